# SPDX-License-Identifier: GPL-2.0
"""Where a series of figures has changed: at once, or little by little.

A session's boots share the machine as it was then, so a session counts as one figure.

Sources: Holm 1979 over metrics, Vostrikova 1981 (parts of parts); Hodges and Lehmann 1963
(the size of a step, and its interval), Sen 1968 (of a creep).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from svacheck.bench.compare import Terms, ratio
from svacheck.bench.history.ranks import FEWEST, chance, cut

NEAR = 2  # sessions by which ranks may miss the place of a step


@dataclass(frozen=True)
class Course:
    """A metric over sessions. weeks: when each was; figures: what it said, in ns."""

    key: str
    weeks: Sequence[float]
    figures: Sequence[float]

    def part(self, begin: int, end: int) -> Course:
        """Some sessions of it, one after the other."""
        return Course(self.key, self.weeks[begin:end], self.figures[begin:end])


@dataclass(frozen=True)
class Change:
    """What has changed in a course.

    creep: little by little from session first to last, by ratio in a week; otherwise at
    once, between first and last. p: the chance of such a thing, over all metrics together;
    total: from before it to after it; undone: later changes have taken it back.
    """

    key: str
    creep: bool
    first: int
    last: int
    ratio: float
    low: float
    high: float
    total: float
    p: float
    undone: bool = False

    @property
    def slower(self) -> bool:
        """It takes longer than before."""
        return self.total > 1


def find(courses: Sequence[Course], terms: Terms = Terms()) -> list[Change]:
    """The changes of all courses.

    The chance of any in a course that has not changed is below alpha, and so is that of one
    too many in those that have. What is within the margin is none.
    """
    p = [chance(course.figures) for course in courses]
    order = sorted(range(len(courses)), key=lambda at: p[at])
    found: dict[int, list[Change]] = {}
    adjusted = 0.0
    for rank, at in enumerate(order):
        adjusted = max(adjusted, min(1.0, p[at] * (len(order) - rank)))
        whole = _Part(0, len(courses[at].figures))
        parts = _split(courses[at], whole, adjusted, terms.alpha, len(courses))
        found[at] = _changes(courses[at], parts, terms)
    return [change for at in sorted(found) for change in found[at]]


@dataclass(frozen=True)
class _Part:
    """Sessions begin to end - 1 of a course. p: the chance of what tells them from those
    before; creep: of what happens in them, None if that is nothing."""

    begin: int
    end: int
    p: float = 1.0
    creep: float | None = None


def _split(course: Course, whole: _Part, p: float, alpha: float, metrics: int) -> list[_Part]:
    """Parts in which there is no step, by parts of parts. p: of anything in the whole.

    There are three at most, which together have half of the chance of a false alarm."""
    if p >= alpha:
        return [whole]
    part = course.part(whole.begin, whole.end)
    if _creeps(part):
        return [replace(whole, creep=p)]
    edges = [whole.begin + place for place in _settled(part)]
    made: list[_Part] = []
    for begin, end in zip(edges, edges[1:]):
        piece = _Part(begin, end, whole.p if begin == whole.begin else p)
        inside = 1.0
        if end - begin >= FEWEST:
            inside = min(1.0, chance(course.part(begin, end).figures) * metrics)
        made += _split(course, piece, inside, alpha / 6, metrics)
    return made


def _settled(course: Course) -> list[int]:
    """Where parts begin, and the end: ranks say that there is a cut, figures where exactly."""
    logs = np.log(course.figures)
    edges = [0, *cut(course.figures), len(logs)]
    for at in range(1, len(edges) - 1):
        left, middle, right = edges[at - 1 : at + 2]
        near = range(max(left + 1, middle - NEAR), min(right, middle + NEAR + 1))
        edges[at] = min(near, key=lambda place: _far(logs, [left, place, right]))
    return edges


def _far(logs: Any, edges: Sequence[int]) -> float:
    """How far figures are from the levels of their parts, together."""
    return sum(float(np.sum(_apart(logs[b:e]))) for b, e in zip(edges, edges[1:]))


def _creeps(course: Course) -> bool:
    """A line is nearer to the figures than levels are."""
    logs, weeks = np.log(course.figures), np.asarray(course.weeks)
    line = logs - stats.theilslopes(logs, weeks)[0] * weeks
    return float(np.sum(_apart(line))) < _far(logs, _settled(course))


def _apart(values: Any) -> Any:
    """How far each is from the middle of them."""
    return np.abs(values - np.median(values))


def _changes(course: Course, parts: Sequence[_Part], terms: Terms) -> list[Change]:
    made = []
    for before, part in zip([None, *parts], parts):
        if before:
            made.append(_step_of(course, before, part, terms))
        if part.creep is not None:
            made.append(_creep_of(course, part, part.creep, terms))
    told = [
        one
        for one in made
        if not one.low <= 1 <= one.high and abs(math.log(one.total)) > math.log1p(terms.margin)
    ]
    return [
        replace(
            one,
            undone=one.slower
            and math.prod(later.total for later in told[nth:]) <= 1 + terms.margin,
        )
        for nth, one in enumerate(told)
    ]


def _step_of(course: Course, before: _Part, part: _Part, terms: Terms) -> Change:
    base, head = (course.figures[one.begin : one.end] for one in (before, part))
    found = ratio(base, head)
    low, high = _interval(base, head, 1 - terms.alpha)
    edge = (part.begin - 1, part.begin)
    return Change(course.key, False, *edge, found, low, high, found, part.p)


def _interval(
    base: Sequence[float], head: Sequence[float], confidence: float
) -> tuple[float, float]:
    """Where the ratio lies, by the ranks of all ratios: it holds with few sessions, too."""
    logs = np.sort(np.subtract.outer(np.log(head), np.log(base)), axis=None)
    pairs, all_of_them = len(base) * len(head), len(base) + len(head)
    normal = stats.norm.isf((1 - confidence) / 2)
    out = pairs / 2 - normal * math.sqrt(pairs * (all_of_them + 1) / 12)
    outer = max(0, math.floor(out) - 1)
    return math.exp(logs[outer]), math.exp(logs[-1 - outer])


def _creep_of(course: Course, part: _Part, p: float, terms: Terms) -> Change:
    mine = course.part(part.begin, part.end)
    told = stats.theilslopes(np.log(mine.figures), mine.weeks, 1 - terms.alpha)
    total = math.exp(told[0] * (mine.weeks[-1] - mine.weeks[0]))
    weekly, low, high = (math.exp(told[at]) for at in (0, 2, 3))
    ends = (part.begin, part.end - 1)
    return Change(course.key, True, *ends, weekly, low, high, total, p)
