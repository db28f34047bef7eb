# SPDX-License-Identifier: GPL-2.0
"""svacheck history: what stored runs have said of a rule, a case or a metric, as a strip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from svacheck.errors import Problem
from svacheck.store import read
from svacheck.store.index import Index
from svacheck.store.read import Course, Strip

SIGNS = {
    "kept": "+",
    "pass": "+",
    "broken": "X",
    "fail": "X",
    "error": "!",
    "not covered": ".",
    "not bound": ".",
    "skip": ".",
}
LEGEND = "+ holds   X does not   ! no verdict   . says nothing   | changed"
WIDEST = 60  # points of a strip that are shown, the newest
MOST = 5  # names that are proposed, and changes that are told


@dataclass(frozen=True)
class History:
    """Of a rule or case: strips; of a metric: courses."""

    name: str
    what: str
    strips: list[Strip]
    courses: list[Course]


def history(index: Index, name: str, kernel: str = "", lane: str = "") -> History:
    """All that is stored of a name. Problem: there is none such, or not there."""
    what = read.what_is(index, name)
    if not what:
        near = read.names_like(index, name, MOST)
        remedy = f"there are {', '.join(near)}" if near else "svacheck rules lists the rules"
        raise Problem(f"no stored run has a rule, case or metric {name!r}", "history", remedy)
    if what == read.METRIC:
        courses = [one for one in read.metric(index, name) if kernel in ("", one.kernel)]
        found = History(name, what, [], courses)
    else:
        strips = read.rule(index, name) if what == read.RULE else read.case(index, name)
        mine = [one for one in strips if kernel in ("", one.kernel) and lane in ("", one.lane)]
        found = History(name, what, mine, [])
    if not found.strips and not found.courses:
        asked = " ".join(filter(None, (kernel, lane)))
        raise Problem(f"no stored run of {asked} has {name}", "history", "leave out what limits it")
    return found


def record(found: History) -> dict[str, Any]:
    """The same for programs."""
    strips = [asdict(replace(one, points=[])) for one in found.strips]
    for made, strip in zip(strips, found.strips):
        made["points"] = [
            {key: value for key, value in asdict(point).items() if key != "made_of"}
            for point in strip.points
        ]
    return {
        "name": found.name,
        "what": found.what,
        "strips": strips,
        "courses": [asdict(one) for one in found.courses],
    }


def lines(found: History) -> Iterator[str]:
    """The same for a person."""
    yield f"{found.what} {found.name}"
    if found.strips:
        yield LEGEND
    for strip in found.strips:
        yield from _strip(strip)
    for course in found.courses:
        yield from _course(course)


def _strip(strip: Strip) -> Iterator[str]:
    said = f"{len(strip.points)} runs, {_span([one.started for one in strip.points])}"
    yield f"{strip.kernel:<8} {strip.lane:<16} {signs(strip)}  {said}"
    if strip.flaky:
        yield f"  FLAKY  {' and '.join(strip.flaky)}" + (
            " are of the same and do not agree" if len(strip.flaky) > 1 else " has unequal rounds"
        )
    changed = [point for point in strip.points if point.changed]
    for point in changed[-MOST:]:
        reason = point.reason.splitlines()[0][:100] if point.reason else ""
        yield f"  {point.started}  {point.verdict}  {point.run}" + (f"  {reason}" if reason else "")
    if changed[MOST:]:
        yield f"  and {len(changed) - MOST} changes before"


def signs(strip: Strip) -> str:
    """The newest points in a line, a bar where what was said has changed."""
    shown = strip.points[-WIDEST:]
    more = "..." if len(strip.points) > len(shown) else ""
    return more + "".join(("|" if one.changed else "") + SIGNS[one.verdict] for one in shown)


def _span(times: Sequence[str]) -> str:
    days = [text for text, _ in groupby(_day(one) for one in times)]
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _day(started: str) -> str:
    return datetime.fromisoformat(started.replace("Z", "+00:00")).date().isoformat()


def _course(course: Course) -> Iterator[str]:
    yield f"{course.kernel}, {len(course.points)} sessions on one host"
    for one in course.points:
        between = f"{one['low']:.1f} to {one['high']:.1f}" if one["low"] else "too few boots"
        side = "" if one["side"] == "kernel" else f" ({one['side']})"
        figure = f"{one['median']:.1f} {course.unit}"
        yield f"  {one['started']}  {figure:>14}  {between}, {one['boots']} boots{side}"
