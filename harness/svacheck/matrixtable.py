# SPDX-License-Identifier: GPL-2.0
"""The table kernel x rule, for a terminal and as a page, from matrix.json alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from svacheck.errors import EXIT_PASS
from svacheck.judged import BROKEN, KEPT, NOT_BOUND, PASS, number, some
from svacheck.report import Line, visible

NONE = "-"  # there is nothing to say
DIFFERS = "differs"  # by design: another rule is kept instead
FEW = 2  # rules named in one row, and problems of a run
GAP = 2  # columns of the terminal between two of the table
_STYLE = {
    "PASS": "bold green",
    "FAIL": "bold red",
    "ERROR": "bold magenta",
    KEPT: "green",
    BROKEN: "bold red",
    "error": "bold magenta",
    "not covered": "yellow",
    DIFFERS: "yellow",
}

Column = Mapping[str, Any]
Row = tuple[str, list[str]]  # what it is about, and a word for each column


def compose(record: Mapping[str, Any], folder: Path) -> list[Line]:
    """The lines for a terminal, the verdicts right above what stands last."""
    columns = record["columns"]
    heads = [[column["kernel"] for column in columns], [column["lane"] for column in columns]]
    rules, tail = list(_rule_rows(record)), _tail(columns)
    words = [row[1] for row in (*rules, *tail)] + heads
    first = max(len(label) for label, _ in (*rules, *tail))
    widths = [max(len(line[at]) for line in words) + GAP for at in range(len(columns))]
    lines = [_line("", head, first, widths, "bold") for head in heads]
    lines += [_line(label, cells, first, widths) for label, cells in rules]
    lines += [[], *(_line(label, cells, first, widths) for label, cells in tail), []]
    for column in columns:
        for problem in column["problems"][:FEW]:
            lines.append([(_STYLE["ERROR"], "ERROR"), ("", f"  {_name(column)}: {problem}")])
        more = len(column["problems"]) - FEW
        if more > 0:
            lines.append([("", f"  and {number(more, 'more problem')} of {_name(column)}")])
    for pair in record["not_made"]:
        lines.append([(_STYLE["not covered"], "NOT RUN"), ("", f"  {_name(pair)}")])
    for column in columns:
        if column["run"]:
            lines.append([("", f"{_name(column)}: scripts/svacheck show {column['run']}")])
    lines.append([("bold", _summary(record))])
    lines.append([("", f"evidence  {folder}/")])
    return [[(style, visible(text)) for style, text in line] for line in lines]


def page(record: Mapping[str, Any]) -> str:
    """The table as Markdown, with a row for every rule that is not kept by all."""
    columns = record["columns"]
    myself, host = record["svacheck"], record["host"]
    dirty = ", with changes not committed" if myself["dirty"] else ""
    lines = ["# What each kernel makes of the rules", ""]
    lines += [
        f"svacheck {myself['version']}, commit {myself['commit'] or 'unknown'}{dirty};"
        f" {record['started']}, {record['seconds'] / 60:.0f} minutes on {host['cpus']} processors."
        " `make matrix` makes it again.",
        "",
        _markdown("", [f"{column['kernel']}<br>{column['lane']}" for column in columns]),
        _markdown("---", ["---"] * len(columns)).replace(" ", ""),
    ]
    lines += [_markdown(label, cells) for label, cells in _tail(columns)]
    lines.append(_markdown("run", [_link(column) for column in columns]))
    for family, rules in _families(record).items():
        lines.append(_markdown(f"**{family}**", _family_cells(rules, columns)))
        for rule in rules:
            cells = [_verdict(column, rule) for column in columns]
            if not _alike(cells):
                lines.append(_markdown(f"{rule}: {record['rules'][rule]}", cells))
    lines += ["", _summary(record) + ".", "", "## What a reader has to know besides", ""]
    lines += [f"- {line}" for line in _said(record)] or ["Nothing."]
    return "\n".join(lines) + "\n"


# ---- rows ----


def _rule_rows(record: Mapping[str, Any]) -> Iterator[Row]:
    """A row for each family, and under it its rules that are not kept by all: a broken one
    has a row of its own, others share one if every column says the same of them."""
    for family, rules in _families(record).items():
        yield family, _family_cells(rules, record["columns"])
        alike: dict[tuple[str, ...], list[str]] = {}
        for rule in rules:
            cells = tuple(_verdict(column, rule) for column in record["columns"])
            if not _alike(cells):
                alike.setdefault((*cells, rule) if BROKEN in cells else cells, []).append(rule)
        for key, those in alike.items():
            yield "  " + some(those, FEW), list(key[: len(record["columns"])])


def _families(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """The rules in their order, by the letters that their ids begin with."""
    found: dict[str, list[str]] = {}
    for rule in record["rules"]:
        found.setdefault(rule.partition("-")[0], []).append(rule)
    return found


def _family_cells(rules: Sequence[str], columns: Sequence[Column]) -> list[str]:
    cells = []
    for column in columns:
        verdicts = [_verdict(column, rule) for rule in rules]
        verdicts = [verdict for verdict in verdicts if verdict not in (NONE, DIFFERS)]
        kept = verdicts.count(KEPT)
        whole = f"{kept}" if kept == len(verdicts) else f"{kept} of {len(verdicts)}"
        cells.append(whole if verdicts else NONE)
    return cells


def _verdict(column: Column, rule: str) -> str:
    """What a run says of a rule; a run that has judged none says nothing."""
    verdicts = {said["verdict"] for said in column["rules"].values()}
    if rule not in column["rules"] or not verdicts & {KEPT, BROKEN}:
        return NONE
    said = column["rules"][rule]
    if said["verdict"] == NOT_BOUND:
        return DIFFERS if said.get("instead") else NONE
    return str(said["verdict"])


def _alike(cells: Sequence[str]) -> bool:
    """Whether a rule is kept by every run that says something of it: it needs no row."""
    return not set(cells) - {KEPT, NONE}


def _kept(cells: Sequence[str]) -> bool:
    """Whether a rule is kept by every run that it binds."""
    return not set(cells) - {KEPT, NONE, DIFFERS}


def _tail(columns: Sequence[Column]) -> list[Row]:
    """What a run comes to as a whole."""
    counts = [column["counts"] or {} for column in columns]
    return [
        ("version", [column["version"] or NONE for column in columns]),
        ("cases", [str(count.get("cases", NONE)) for count in counts]),
        ("failed", [str(count.get("failed", NONE)) for count in counts]),
        ("known", [str(column["known_issues"]) for column in columns]),
        ("seconds", [f"{column['seconds']:.1f}" for column in columns]),
        ("verdict", [column["verdict"].upper() for column in columns]),
    ]


# ---- words ----


def _name(column: Column) -> str:
    return f"Linux {column['kernel']}, lane {column['lane']}"


def _summary(record: Mapping[str, Any]) -> str:
    columns = record["columns"]
    judged = [[_verdict(column, rule) for column in columns] for rule in record["rules"]]
    judged = [cells for cells in judged if set(cells) - {NONE, DIFFERS}]
    kept = sum(_kept(cells) for cells in judged)
    passed = sum(column["verdict"] == PASS for column in columns)
    known = sum(column["verdict"] != PASS and column["status"] == EXIT_PASS for column in columns)
    planned = len(columns) + len(record["not_made"])
    return (
        f"{kept} of {number(len(judged), 'rule')} kept by every run that judged it;"
        f" {passed} of {number(planned, 'run')} passed"
        + (f", in {known} nothing but known issues fails" if known else "")
    )


def _said(record: Mapping[str, Any]) -> Iterator[str]:
    """Every problem, and why each rule that is not kept is not."""
    for column in record["columns"]:
        for problem in column["problems"]:
            yield f"{_name(column)}: {_plain(problem)}"
        reasons: dict[tuple[str, str], list[str]] = {}
        for rule, said in column["rules"].items():
            if _verdict(column, rule) not in (KEPT, NONE):
                reasons.setdefault((said["verdict"], said["reason"]), []).append(rule)
        for (verdict, reason), rules in reasons.items():
            why = f": {_plain(reason)}" if reason else ""
            yield f"{_name(column)}, {verdict}: {', '.join(rules)}{why}"
    for pair in record["not_made"]:
        yield f"{_name(pair)}: not run"


def _plain(text: str) -> str:
    """Text that means nothing to Markdown: a kernel has written some of it."""
    return re.sub(r"([\\`*<>|\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", visible(text))


def _link(column: Column) -> str:
    return f"[{column['run']}](../{column['run']}/)" if column["run"] else NONE


def _markdown(label: str, cells: Sequence[str]) -> str:
    words = [visible(cell).replace("|", "\\|") for cell in (label, *cells)]
    return f"| {' | '.join(words)} |"


def _line(
    label: str, cells: Sequence[str], first: int, widths: Sequence[int], style: str = ""
) -> Line:
    line: Line = [("", label.ljust(first))]
    for cell, width in zip(cells, widths):
        line.append((style or _STYLE.get(cell, ""), cell.rjust(width)))
    return line
