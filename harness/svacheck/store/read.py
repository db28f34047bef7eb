# SPDX-License-Identifier: GPL-2.0
"""What stored runs have said over time of a rule, a case or a metric."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from svacheck.store.index import Index

RULE, CASE, METRIC = "rule", "case", "metric"
_GOOD = ("kept", "pass")
_BAD = ("broken", "fail", "error")


@dataclass(frozen=True)
class Point:
    """What one run said. made_of: what another run has to have been made of to say the same,
    "" if that is not known; changed: it is not what the run before said."""

    run: str
    started: str
    verdict: str
    reason: str
    revision: str
    made_of: str
    changed: bool = False


@dataclass(frozen=True)
class Strip:
    """All that was said of a rule or case on a kernel in a lane, the oldest first.

    flaky: ids of two runs of the same that do not agree; () if there are none."""

    kernel: str
    lane: str
    points: list[Point]
    flaky: tuple[str, ...] = ()


@dataclass(frozen=True)
class Course:
    """What sessions measured of a metric on a kernel and a host, the oldest first."""

    key: str
    kernel: str
    host: str
    unit: str
    points: list[dict[str, Any]] = field(default_factory=list)


def what_is(index: Index, name: str) -> str:
    """RULE, CASE or METRIC, or "" if no stored run has one of that name."""
    for what, sql in (
        (RULE, "SELECT 1 FROM rule JOIN rule_of o ON o.rule = rule.id WHERE name = ?"),
        (CASE, "SELECT 1 FROM text JOIN case_of o ON o.name = text.id WHERE text = ?"),
        (METRIC, "SELECT 1 FROM metrics WHERE key = ?"),
    ):
        if index.rows(sql + " LIMIT 1", (name,)):
            return what
    return ""


def names_like(index: Index, part: str, most: int) -> list[str]:
    """Rules, cases and metrics in whose names this stands, in any case."""
    pattern = "%" + part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    found = index.rows(
        "SELECT name FROM (SELECT name, 1 AS rank FROM rule"
        " UNION SELECT text, 2 FROM text JOIN (SELECT DISTINCT name FROM case_of) o"
        " ON o.name = text.id UNION SELECT key, 3 FROM metrics)"
        " WHERE name LIKE ? ESCAPE '\\' ORDER BY rank, length(name), name LIMIT ?",
        (pattern, most),
    )
    return [str(row[0]) for row in found]


_STRIP = """SELECT v.kernel, v.lane, v.run, v.started, v.{verdict} AS verdict, v.reason,
  runs.revision, runs.identity, runs.svacheck_commit, runs.svacheck_dirty, runs.compiler,
  runs.kernel_args
  FROM {view} v JOIN runs ON runs.id = v.run
  WHERE v.{name} = ? AND (v.{verdict} <> 'not covered' OR runs.selection = '')
  ORDER BY v.kernel, v.lane, v.place"""


def rule(index: Index, name: str) -> list[Strip]:
    """The strips of a rule; a run of some suites alone says nothing of what they leave out."""
    rows = index.rows(_STRIP.format(view="rules", verdict="verdict", name="rule"), (name,))
    return list(_strips(rows))


def case(index: Index, name: str) -> list[Strip]:
    """The strips of a case."""
    rows = index.rows(_STRIP.format(view="cases", verdict="status", name="id"), (name,))
    return list(_strips(rows))


def metric(index: Index, key: str) -> list[Course]:
    """The courses of a metric."""
    rows = index.rows("SELECT * FROM metrics WHERE key = ? ORDER BY kernel, host, place", (key,))
    made = []
    for (kernel, host, unit), mine in groupby(rows, lambda r: (r["kernel"], r["host"], r["unit"])):
        names = ("session", "started", "side", "revision", "median", "low", "high", "boots", "file")
        points = [{name: row[name] for name in names} for row in mine]
        made.append(Course(key, kernel, host, unit, points))
    return made


def _strips(rows: Sequence[sqlite3.Row]) -> Iterator[Strip]:
    for (kernel, lane), mine in groupby(rows, lambda row: (row["kernel"], row["lane"])):
        points = list(_points(mine))
        yield Strip(kernel, lane, points, _flaky(points))


def _points(rows: Iterable[sqlite3.Row]) -> Iterator[Point]:
    before = None
    for row in rows:
        names = ("run", "started", "verdict", "reason", "revision")
        said = {name: str(row[name]) for name in names}
        changed = before not in (None, said["verdict"])
        before = said["verdict"]
        yield Point(**said, made_of=_made_of(row), changed=changed)


def _made_of(row: sqlite3.Row) -> str:
    """ "" if the suite had changes that nobody knows any more."""
    if row["svacheck_dirty"] != 0 or row["compiler"] is None:
        return ""
    names = ("identity", "svacheck_commit", "compiler", "kernel_args")
    return "\n".join(str(row[name]) for name in names)


def _flaky(points: Sequence[Point]) -> tuple[str, ...]:
    """Two runs of the very same, one of which is good and one bad, that are closest in time.

    A run that was skipped or stopped says nothing; one whose own rounds do not agree does."""
    for one in points:
        if one.verdict == "error" and one.reason.startswith("unstable: "):
            return (one.run,)
    said = [one for one in points if one.made_of and one.verdict in (*_GOOD, *_BAD)]
    said.sort(key=lambda one: (one.made_of, one.started))
    for one, other in pairwise(said):
        if one.made_of == other.made_of and (one.verdict in _GOOD) != (other.verdict in _GOOD):
            return one.run, other.run
    return ()
