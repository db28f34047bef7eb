# SPDX-License-Identifier: GPL-2.0
"""What a person sees of a gate, made from its gate.json alone; the verdict comes last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from svacheck.gate.compare import (
    APPEARED,
    CLASSES,
    DISAPPEARED,
    FIXED,
    NEW_FAILURE,
    REGRESSION,
    STILL_FAILING,
    UNSTABLE,
)
from svacheck.gate import speed
from svacheck.judged import number, some
from svacheck.report import FEW, MOST, QUIET, VERBOSE, Line, visible

TOLD = (REGRESSION, NEW_FAILURE, DISAPPEARED, UNSTABLE)  # with their evidence
SHOWN = 5  # changes told with their evidence unless verbose
_PLURAL = {REGRESSION: "regressions", NEW_FAILURE: "new failures"}
_STYLE = {
    "pass": "bold green",
    "fail": "bold red",
    "error": "bold magenta",
    REGRESSION: "bold red",
    NEW_FAILURE: "bold red",
    DISAPPEARED: "bold red",
    UNSTABLE: "yellow",
    STILL_FAILING: "yellow",
    FIXED: "green",
    APPEARED: "green",
    "known": "yellow",
    "slower": "bold red",
    "same": "green",
    "faster": "green",
}


def render(gate: Mapping[str, Any], folder: Path, level: int = 0) -> str:
    """The report as plain text. folder: where the gate is stored."""
    return "".join(
        "".join(text for _, text in line).rstrip() + "\n" for line in compose(gate, folder, level)
    )


def show(gate: Mapping[str, Any], folder: Path, level: int, stream: TextIO, colour: bool) -> None:
    """Write the report to stream, in colour or plain."""
    if not colour:
        stream.write(render(gate, folder, level))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True, force_terminal=True)
    for line in compose(gate, folder, level):
        console.print(Text.assemble(*((text, style) for style, text in line)))


def compose(gate: Mapping[str, Any], folder: Path, level: int) -> list[Line]:
    """The lines of the report, each a list of styled pieces, nothing in them to obey."""
    lines: list[Line] = []
    if level > QUIET:
        lines += _changes(gate, level)
        lines += _known(gate)
        lines += [[(_STYLE["fail"], "EXPIRED"), ("", f"  {text}")] for text in gate["expired"]]
        lines += [[(_STYLE["known"], "NOTE"), ("", f"  {text}")] for text in gate["notes"]]
    lines += [[(_STYLE["error"], "ERROR"), ("", f"  {text}")] for text in gate["problems"]]
    if gate["speed"]:
        style = _STYLE.get(gate["speed"]["answer"], _STYLE["unstable"])
        lines.append([(style, "SPEED"), ("", f"  {speed.said(gate['speed'])}")])
    lines.append([(_STYLE[gate["verdict"]], gate["verdict"].upper()), ("", f"  {headline(gate)}")])
    if level > QUIET:
        lines += [[("", f"  classes   {classes(gate)}")]] if not gate["problems"] else []
        lines.append([("", f"  time      {gate['seconds']:.1f} s ({spent(gate)})")])
        lines.append([("", f"  evidence  {folder}/, runs {runs(gate)}")])
    return [[(style, visible(text)) for style, text in line] for line in lines]


# ---- in words, for this report and the page ----


def headline(gate: Mapping[str, Any]) -> str:
    """What was compared."""
    sides = [side["title"] for side in (gate["base"], gate["head"]) if side]
    parts = [" -> ".join(sides), f"lane {gate['lane']}"]
    names = [
        name for side in (gate["base"], gate["head"]) if side for name in side["implementations"]
    ]
    if names:
        parts.insert(1, ", ".join(dict.fromkeys(names)))
    if gate["select"]:
        parts.append(f"only {gate['select']}")
    return " | ".join(parts)


def classes(gate: Mapping[str, Any]) -> str:
    """How many rules and cases changed in what way."""
    return "; ".join(f"{what}: {_tally(gate['counts'][what])}" for what in ("rules", "cases"))


def _tally(found: Mapping[str, int]) -> str:
    said = [f"{found[name]} {_named(name, found[name])}" for name in (*CLASSES, "known")]
    return ", ".join(text for text in said if not text.startswith("0 ")) or "no change"


def _named(change: str, count: int) -> str:
    return _PLURAL.get(change, change) if count != 1 else change


def spent(gate: Mapping[str, Any]) -> str:
    """Where the time went."""
    said = []
    for name in ("base", "head"):
        side = gate[name]
        if side and side["measured"]:
            phases = ", ".join(f"{n} {s:.1f}" for n, s in side["phases"].items() if s >= 0.05)
            said.append(f"{name}: {phases or 'nothing'}")
        elif side:
            said.append(f"{name}: stored")
    if gate["again"]["runs"]:
        said.append(f"again: {gate['again']['seconds']:.1f}")
    if gate["speed"]:
        said.append(f"speed: {gate['speed']['seconds']:.1f}")
    return "; ".join(said)


def runs(gate: Mapping[str, Any]) -> str:
    """The runs that were compared, and that in which both were timed."""
    sides = " and ".join(side["run"] for side in (gate["base"], gate["head"]) if side)
    return f"{sides}, {gate['speed']['bench']}" if (gate["speed"] or {}).get("bench") else sides


def groups(
    gate: Mapping[str, Any],
) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """The changes to tell, each rule with its cases; then the cases that no rule told of."""
    cases = {case["id"]: case for case in gate["cases"] if case["change"] in TOLD}
    made: list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]] = []
    told: set[str] = set()
    for change in TOLD:
        for rule in gate["rules"]:
            if rule["change"] == change and not rule["known"]:
                mine = [cases[name] for name in rule["cases"] if name in cases]
                told.update(case["id"] for case in mine)
                made.append((rule, mine))
    for change in TOLD:
        for case in cases.values():
            if case["change"] == change and not case["known"] and case["id"] not in told:
                made.append((case, []))
    return made


def said_of(case: Mapping[str, Any]) -> str:
    """The evidence of a change in a line."""
    where = f"{case['where']}: " if case["where"] else ""
    again = f" ({case['again']})" if case["again"] else ""
    became = f"{case['base']} -> {case['head']}"
    return f"{where}{case['evidence'] or became}{again}"


# ---- what changed ----


def _changes(gate: Mapping[str, Any], level: int) -> Iterator[Line]:
    told = groups(gate)
    shown = told if level >= VERBOSE else told[:SHOWN]
    for at, (change, cases) in enumerate(shown):
        yield from _one(change, cases, level, level >= VERBOSE or not at)
    if told[len(shown) :]:
        ids = [change["id"] for change, _ in told[len(shown) :]]
        yield [(_STYLE[REGRESSION], f"AND {len(ids)} MORE"), ("", f"  {some(ids, MOST)}; see -v")]
    for name in (STILL_FAILING, FIXED, APPEARED):
        rules = [one["id"] for one in gate["rules"] if one["change"] == name and not one["known"]]
        others = [one["id"] for one in gate["cases"] if one["change"] == name and not one["known"]]
        if rules or (others and level >= VERBOSE):
            ids = [*rules, *others] if level >= VERBOSE else rules
            names = some(ids, len(ids) if level >= VERBOSE else MOST)
            yield [(_STYLE[name], name.upper()), ("", f"  {names}")]


def _one(
    change: Mapping[str, Any], cases: Sequence[Mapping[str, Any]], level: int, alone: bool
) -> Iterator[Line]:
    """A change and its cases, the first one unless verbose; alone: with the command for it."""
    name = change["change"]
    detail = " (a detail of an implementation)" if change["detail"] else ""
    said = change["sentence"] or said_of(change)
    yield [(_STYLE[name], f"{name.upper()} {change['id']}"), ("", f"{detail}  {said}")]
    if change["sentence"] and not cases:
        yield [("", f"  {said_of(change)}")]
    shown = cases if level >= VERBOSE else cases[:1]
    for case in shown:
        rest = number(len(cases) - len(shown), "more case")
        more = f", and {rest}" if len(cases) > len(shown) else ""
        yield [("bold", f"  {case['id']}"), ("", f"  {said_of(case)}{more}")]
    command = cases[0]["alone"] if cases else change["alone"]
    if command and alone:
        yield [("dim", f"  alone: {command}")]


def _known(gate: Mapping[str, Any]) -> Iterator[Line]:
    for issue in gate["known"]:
        if issue["found"]:
            text = f"  {some(issue['found'], FEW)}: {issue['reason']} ({issue['link']}"
            text += f", until {issue['expires']}, {issue['owner']})"
            yield [(_STYLE["known"], "KNOWN"), ("", text)]
