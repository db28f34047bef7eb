# SPDX-License-Identifier: GPL-2.0
"""Two implementations in one kernel: which takes longer, by boots that have both.

A boot has the same memory and processor for either, so its two figures are a pair: what
is judged is the ratio of each pair, which varies less than the figures do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from svacheck.bench.compare import RESAMPLES, SEED
from svacheck.bench.series import NOBODY, Series

CONFIDENCE = 0.95
FEWEST = 3  # boots without which there is no interval
LESS = " less "

# What one implementation alone has to find out, and which metric is that by itself
OWN_COSTS = {"set_block.pci.": "acs_path.", "reset.pci.": "acs_path.filled."}


@dataclass(frozen=True)
class Rivalry:
    """How many times as long one implementation takes as the other, by the median of boots.

    metric: or METRIC less METRIC, if the second is what only the first implementation has to
    do and is taken off; low, high: the interval of 95 %, None with too few boots.
    """

    metric: str
    one: str
    other: str
    ratio: float
    low: float | None
    high: float | None
    boots: int


def rivals(boots: Sequence[Sequence[Series]]) -> list[Rivalry]:
    """Every metric of more than one implementation, the first one of a boot against each
    of the others, and PCI's also without the look at the ports above the function."""
    pairs: dict[tuple[str, str, str], list[float]] = {}
    for boot in boots:
        for metric, one, other, value in _pairs(boot):
            pairs.setdefault((metric, one, other), []).append(value)
    return [_rivalry(*key, values) for key, values in pairs.items()]


def _pairs(boot: Sequence[Series]) -> Iterator[tuple[str, str, str, float]]:
    figures: dict[str, dict[str, float]] = {}
    for series in boot:
        if series.implementation != NOBODY:
            figures.setdefault(series.metric, {})[series.implementation] = series.value
    for metric, values in figures.items():
        (one, value), *others = values.items()
        own = _own_cost(metric, one, figures)
        for other, against in others:
            yield metric, one, other, value / against
            if own and own[1] < value:
                yield f"{metric}{LESS}{own[0]}", one, other, (value - own[1]) / against


def _own_cost(
    metric: str, one: str, figures: dict[str, dict[str, float]]
) -> tuple[str, float] | None:
    for prefix, cost in OWN_COSTS.items():
        name = cost + metric.removeprefix(prefix)
        if metric.startswith(prefix) and one in figures.get(name, {}):
            return name, figures[name][one]
    return None


def _rivalry(metric: str, one: str, other: str, ratios: Sequence[float]) -> Rivalry:
    logs = np.log(ratios)
    middle, count = float(np.exp(np.median(logs))), len(ratios)
    if count < FEWEST:
        return Rivalry(metric, one, other, middle, None, None, count)
    generator = np.random.default_rng(SEED)
    between = stats.bootstrap(
        (logs,),
        np.median,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        random_state=generator,
    ).confidence_interval
    low, high = float(np.exp(between.low)), float(np.exp(between.high))
    return Rivalry(metric, one, other, middle, low, high, count)
