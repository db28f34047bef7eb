# SPDX-License-Identifier: GPL-2.0
"""The middle of the boots' figures of a metric, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

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
