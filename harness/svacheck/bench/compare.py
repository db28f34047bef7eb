# SPDX-License-Identifier: GPL-2.0
"""Is one series of boots slower than another, and how sure is that.

A boot gives one figure for a metric: batches of one boot share its memory and its
processor, and are no independent samples. So a test is on the figures of boots, and asks
for enough of them. Times differ by factors: all is done on their logarithms.

Sources: Mann and Whitney 1947 (the test), Hodges and Lehmann 1963 (the estimate), Efron
1987 (the interval), Holm 1979 (many metrics at once), as scipy has the first three.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from scipy import stats

RESAMPLES = 2000
SEED = 20220519  # a comparison of the same samples comes out the same
FEWEST = 5  # boots of a side: with fewer no test at all can tell


class Answer(Enum):
    """What a comparison came to."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"  # whatever difference there may be is within the margin
    UNCLEAR = "not enough data"


@dataclass(frozen=True)
class Terms:
    """When a difference is one.

    margin: a ratio of less than 1 + margin is of no interest; alpha: the chance of a false
    alarm over all metrics of a comparison together.
    """

    margin: float = 0.01
    alpha: float = 0.01


@dataclass(frozen=True)
class Comparison:
    """head against base: ratio of times, its interval, p of no difference in that direction.

    boots: of base and of head.
    """

    key: str
    ratio: float
    low: float
    high: float
    p: float
    boots: tuple[int, int]
    answer: Answer = Answer.UNCLEAR


def ratio(base: Sequence[float], head: Sequence[float]) -> float:
    """How many times as long head takes: the median of all ratios of one to another."""
    logs = np.subtract.outer(np.log(head), np.log(base))
    return float(np.exp(np.median(logs)))


def interval(
    base: Sequence[float], head: Sequence[float], confidence: float
) -> tuple[float, float]:
    """Where the ratio lies, by resampling the boots of either side."""
    generator = np.random.default_rng(SEED)
    one, other = np.log(base), np.log(head)
    ones = one[generator.integers(0, len(one), (RESAMPLES, len(one)))]
    others = other[generator.integers(0, len(other), (RESAMPLES, len(other)))]
    shifts = np.median(others[:, :, None] - ones[:, None, :], axis=(1, 2))
    tail = (1 - confidence) / 2
    low, high = np.quantile(shifts, (tail, 1 - tail))
    return float(np.exp(low)), float(np.exp(high))


def _p(base: Sequence[float], head: Sequence[float], margin: float) -> tuple[float, float]:
    """The chance of such figures if head were slower by the margin at most, and faster."""
    one, other, shift = np.log(base), np.log(head), math.log1p(margin)
    slower = stats.mannwhitneyu(other - shift, one, alternative="greater").pvalue
    faster = stats.mannwhitneyu(other + shift, one, alternative="less").pvalue
    return float(slower), float(faster)


def least(boots: int) -> float:
    """The smallest p that so many boots of each side can come to: no figure of the one is
    among those of the other."""
    if boots < FEWEST:
        return 1.0
    base, head = range(1, boots + 1), range(boots + 1, 2 * boots + 1)
    return min(1.0, 2 * min(_p(base, head, 0.0)))


def compare(
    key: str, base: Sequence[float], head: Sequence[float], terms: Terms = Terms()
) -> Comparison:
    """One metric by itself; the answer waits for all of them: see together()."""
    boots = (len(base), len(head))
    if min(boots) < FEWEST:
        return Comparison(key, ratio(base, head), 0.0, math.inf, 1.0, boots)
    low, high = interval(base, head, 1 - terms.alpha)
    p = min(1.0, 2 * min(_p(base, head, terms.margin)))
    return Comparison(key, ratio(base, head), low, high, p, boots)


def together(comparisons: Sequence[Comparison], terms: Terms = Terms()) -> list[Comparison]:
    """The answers, with the chance of any false alarm among them below alpha (Holm)."""
    order = sorted(range(len(comparisons)), key=lambda at: comparisons[at].p)
    judged = list(comparisons)
    adjusted = 0.0
    for rank, at in enumerate(order):
        one = comparisons[at]
        adjusted = max(adjusted, min(1.0, one.p * (len(order) - rank)))
        judged[at] = replace(one, p=adjusted, answer=_answer(one, adjusted, terms))
    return judged


def _answer(one: Comparison, p: float, terms: Terms) -> Answer:
    if p < terms.alpha:
        return Answer.SLOWER if one.ratio > 1 else Answer.FASTER
    if 1 / (1 + terms.margin) <= one.low and one.high <= 1 + terms.margin:
        return Answer.SAME
    return Answer.UNCLEAR
