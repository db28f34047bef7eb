# SPDX-License-Identifier: GPL-2.0
"""What a side of a session measured: the middle of the boots' figures, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

CONFIDENCE = 0.95


def middle(figures: Sequence[float]) -> float:
    """The median, which of an even number is the geometric mean of two: times differ by factors."""
    return math.exp(median(map(math.log, figures)))


def around(figures: Sequence[float]) -> tuple[float, float] | None:
    """Between which two of the figures the median lies of all the boots that could have been.

    It is above the k lowest and below the k highest with a chance that the binomial
    distribution gives, whatever the figures' own is. None: they are too few for any k.
    """
    count, chance = len(figures), 0.0
    outside = (1 - CONFIDENCE) / 2
    lowest = 0
    for k in range(count):
        chance += math.comb(count, k) / 2**count
        if chance > outside:
            lowest = k
            break
    if not lowest:
        return None
    ordered = sorted(figures)
    return ordered[lowest - 1], ordered[-lowest]


@dataclass(frozen=True)
class Figure:
    """Of a metric, and of one call. low, high: None for few boots; samples: of all boots."""

    key: str
    metric: str
    implementation: str
    unit: str
    floor: str
    what: str
    median: float
    low: float | None
    high: float | None
    boots: int
    samples: list[float]


def figures(side: Mapping[str, Any]) -> Iterator[Figure]:
    """Of each metric of a side of bench.json."""
    from svacheck.bench.series import NOBODY, undisturbed

    found: dict[str, list[Mapping[str, Any]]] = {}
    for boot in side["boots"]:
        for one in boot["series"]:
            who = one["implementation"]
            key = one["metric"] if who == NOBODY else f"{one['metric']}/{who}"
            found.setdefault(key, []).append(one)
    for key, series in found.items():
        boots = [undisturbed(one["samples"]) / one["loops"] for one in series]
        low, high = around(boots) or (None, None)
        samples = [sample / one["loops"] for one in series for sample in one["samples"]]
        fields = ("metric", "implementation", "unit", "floor", "what")
        names: dict[str, Any] = {name: series[0][name] for name in fields}
        yield Figure(
            key,
            **names,
            median=middle(boots),
            low=low,
            high=high,
            boots=len(boots),
            samples=samples,
        )
