# SPDX-License-Identifier: GPL-2.0
"""Stored runs for a mail, a pull request or a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from svacheck.export.document import Document
from svacheck.export.stored import Record, Stored, figures, said
from svacheck.export.text import excerpt

MOST = 50  # cases of a run that are told one by one
_COUNTS = ("cases", "passed", "failed", "errors", "skipped")


def make(stored: Sequence[Stored]) -> list[Document]:
    """One page: a table of the runs, then what did not pass in each; the sessions' times last."""
    runs = [one for one in stored if not one.bench]
    lines: list[str] = ["# svacheck", ""]
    if runs:
        lines += ["| run | kernel | lane | verdict | " + " | ".join(_COUNTS) + " |"]
        lines += ["|---" * (4 + len(_COUNTS)) + "|"]
        lines += [_row(one.record) for one in runs] + [""]
    for one in runs:
        lines += _run(one.record)
    for one in stored:
        if one.bench:
            lines += _session(one.record)
    return [Document("svacheck.md", "\n".join(lines).rstrip("\n") + "\n")]


def _row(run: Record) -> str:
    words = [run["id"], run["tree"]["version"], run["lane"], run["verdict"].upper()]
    cells = [_cell(word) for word in words] + [str(run["counts"][name]) for name in _COUNTS]
    return f"| {' | '.join(cells)} |"


def _run(run: Record) -> Iterator[str]:
    broken = [rule for rule in run["rules"] if rule["verdict"] in ("broken", "error")]
    bad = [case for case in run["cases"] if case["status"] in ("fail", "error")]
    if not (broken or bad or run["problems"]):
        return
    yield from (f"## {_cell(run['id'])}: {run['verdict'].upper()}", "")
    yield from (f"- problem: {_cell(one)}" for one in run["problems"])
    for rule in broken:
        yield f"- **{rule['verdict']} {_cell(rule['id'])}** {_cell(rule['sentence'])}"
    for case in bad[:MOST]:
        text = excerpt(said(case, run), 2000).strip("\n")
        yield from ("", f"{case['status']} {_code(case['id'])}", "")
        yield from ("    " + line for line in text.split("\n"))
    if bad[MOST:]:
        yield from ("", f"and {len(bad) - MOST} more cases")
    yield ""


def _session(session: Record) -> Iterator[str]:
    yield from (f"## {_cell(session['id'])}", "")
    yield from (f"- ended early: {_cell(one)}" for one in session["problems"])
    yield from ("| metric | side | median | 95 % interval | boots |", "|---" * 5 + "|")
    for side in session["sides"]:
        for one in figures(side):
            between = f"{one.low:.1f} to {one.high:.1f}" if one.low and one.high else "-"
            figure = f"{one.median:.1f} {one.unit}"
            yield f"| {_code(one.key)} | {side['name']} | {figure} | {between} | {one.boots} |"
    yield ""


def _cell(text: str) -> str:
    """In one line, with nothing in it that Markdown or HTML would obey."""
    line = excerpt(text, 500).replace("\n", " ")
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&@])", r"\\\1", line)


def _code(text: str) -> str:
    """As code; a backtick would end it, and a bar the cell."""
    return (
        "`" + excerpt(text, 500).replace("\n", " ").replace("`", "'").replace("|", "\u00a6") + "`"
    )
