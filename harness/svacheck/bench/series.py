# SPDX-License-Identifier: GPL-2.0
"""What the benchmarks of a boot have printed, as series of samples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import quantiles

from svacheck.errors import Problem

_METRIC = re.compile(r"# metric: (\S+) (\S+) (\S+) loops (\d+) floor (\S+)")
_MEASURES = re.compile(r"# measures: (.+)")
_SAMPLES = re.compile(r"# samples:((?: \d+)+)")
_CALM = re.compile(r"# calm: (\d+)$")
_RESULT = re.compile(r"(?:not )?ok \d+")
_FAILED = re.compile(r"not ok \d+ -? ?(\S+)")
NOBODY = "-"  # the implementation of a floor, and the floor of a floor


def undisturbed(samples: Sequence[int]) -> float:
    """The lowest decile of some times."""
    if len(samples) < 2:
        return float(samples[0])
    return quantiles(samples, n=10, method="inclusive")[0]


@dataclass(frozen=True)
class Series:
    """The samples of one metric in one boot.

    samples: of a batch each, in unit (ns), in the order in which they were taken;
    loops: calls in a batch; floor: the metric without which nothing could do.
    """

    metric: str
    implementation: str
    unit: str
    loops: int
    floor: str
    what: str
    samples: tuple[int, ...]

    @property
    def key(self) -> str:
        """What it is a series of, the same in every boot: METRIC/IMPLEMENTATION."""
        if self.implementation == NOBODY:
            return self.metric
        return f"{self.metric}/{self.implementation}"

    @property
    def value(self) -> float:
        """The boot's own figure: the batch than which a tenth took less, by call, in unit.

        What else runs on a machine only ever makes a batch longer, and on a busy one most
        of them: the median of such a boot says more of the others than of the kernel.
        """
        return undisturbed(self.samples) / self.loops


def values(boots: Iterable[Iterable[Series]]) -> dict[str, list[float]]:
    """Key of a series to the figures of the boots that have it."""
    found: dict[str, list[float]] = {}
    for boot in boots:
        for series in boot:
            found.setdefault(series.key, []).append(series.value)
    return found


def read(lines: Sequence[str], where: str) -> list[Series]:
    """The series of a console.

    where: of it, for the messages. Problem: a case failed, a series without samples, or
    one that is there twice; whatever else is on the console is passed over.
    """
    found: dict[str, Series] = {}
    for series in _series(lines, where):
        if series.key in found:
            raise Problem(f"{series.key} was measured twice", where, "report it")
        found[series.key] = series
    failed = [match[1] for line in lines if (match := _FAILED.search(line))]
    if failed:
        raise Problem(f"a benchmark failed: {failed[0]}", where, "its reason stands above it")
    if not found:
        raise Problem("nothing was measured", where, "the end of that file may say why")
    return list(found.values())


def calm(lines: Sequence[str]) -> int:
    """ns of what never changes, in the least disturbed moment of a boot; 0 if it is not said."""
    return min((int(match[1]) for line in lines if (match := _CALM.search(line))), default=0)


def _series(lines: Sequence[str], where: str) -> Iterator[Series]:
    """Each metric with the samples below it."""
    head: re.Match[str] | None = None
    what, samples = "", list[int]()
    for line in lines:
        match = _METRIC.search(line)
        ends = match or _RESULT.search(line)
        if ends and head:
            yield _made(head, what, samples, where)
            head = None
        if match:
            head, what, samples = match, "", []
        elif head and (told := _MEASURES.search(line)):
            what = told[1]
        elif head and (some := _SAMPLES.search(line)):
            samples += map(int, some[1].split())
    if head:
        raise Problem(f"the kernel ended in the midst of {head[1]}", where)


def _made(head: re.Match[str], what: str, samples: Sequence[int], where: str) -> Series:
    if not samples or not int(head[4]):
        raise Problem(f"{head[1]} has no samples", where)
    return Series(head[1], head[2], head[3], int(head[4]), head[5], what, tuple(samples))
