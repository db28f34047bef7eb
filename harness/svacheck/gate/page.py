# SPDX-License-Identifier: GPL-2.0
"""A gate as Markdown, to be read as it stands in a mail or rendered in a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from svacheck.gate import speed
from svacheck.gate.report import classes, groups, said_of, spent
from svacheck.judged import some
from svacheck.report import FEW, MOST, visible

WORDS = {"pass": "PASS", "fail": "FAIL", "error": "NO VERDICT"}


def markdown(gate: Mapping[str, Any], folder: Path) -> str:
    """The page. folder: where the gate is stored."""
    return "\n".join(_lines(gate, folder)) + "\n"


def _lines(gate: Mapping[str, Any], folder: Path) -> Iterator[str]:
    yield f"### svacheck gate: {WORDS[gate['verdict']]}"
    yield ""
    for name in ("base", "head"):
        if gate[name]:
            yield f"- {name}: {_plain(gate[name]['title'])}, run {_code(gate[name]['run'])}"
    selection = f", only {_code(gate['select'])}" if gate["select"] else ""
    yield f"- lane {gate['lane']}{selection}"
    yield f"- {_plain('; '.join(gate['problems']) or classes(gate))}"
    if gate["speed"]:
        yield f"- speed: {_plain(speed.said(gate['speed']))}"
    told = groups(gate)
    if told:
        yield ""
    for change, cases in told[:MOST]:
        sentence = change["sentence"] or said_of(change)
        yield f"- **{change['change']}** {_code(change['id'])} {_plain(sentence)}"
        if change["sentence"] and not cases:
            yield f"  - {_plain(said_of(change))}"
        for case in cases[:FEW]:
            yield f"  - {_code(case['id'])} {_plain(said_of(case))}"
        if len(cases) > FEW:
            yield f"  - and {len(cases) - FEW} more cases"
        alone = change["alone"] or (cases[0]["alone"] if cases else "")
        if alone:
            yield f"  - alone: {_code(alone)}"
    if len(told) > MOST:
        yield f"- and {len(told) - MOST} more changes"
    rest = [f"- expired: {text}" for text in gate["expired"]]
    rest += [
        f"- known: {some(issue['found'], FEW)}: {issue['reason']} ({issue['link']},"
        f" until {issue['expires']})"
        for issue in gate["known"]
        if issue["found"]
    ]
    rest += [f"- note: {text}" for text in gate["notes"]]
    if rest:
        yield ""
        yield from map(_plain, rest)
    yield ""
    yield _plain(f"{gate['seconds']:.1f} s ({spent(gate)}); evidence in {folder}/")


def _plain(text: str) -> str:
    """Text that means nothing to Markdown: a commit's subject is anybody's."""
    return re.sub(r"([\\`*<>|\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", visible(text))


def _code(text: str) -> str:
    shown = visible(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
