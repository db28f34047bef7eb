# SPDX-License-Identifier: GPL-2.0
"""Has a series of figures changed at all: by its ranks alone.

Whatever the noise of the figures looks like, each test has its stated chance of a false
alarm as long as no session is more likely to be slow than another one.

Sources: Mann and Whitney 1947 at each place (a step, or two of which the second takes back
the first), with the bound of Bonferroni over the places that could be told (Tarone 1990);
Kendall 1938 (a creep).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import count

import numpy as np
from scipy import stats

from svacheck.bench.compare import SEED

FEWEST = 6  # sessions that have a metric: with fewer nothing is asked about it
TESTS = 3  # that each metric is given: a creep, a step, and one that ends again
EXACT = 900  # pairs, beyond which the normal approximation will do; it tells less, not more


def least_step(sessions: int) -> float:
    """The smallest p of a step that so many sessions can come to."""
    return _bound(2 / math.comb(sessions, sessions // 2), sessions, range(1, sessions))


def least_creep(sessions: int) -> float:
    """As least_step(), of a creep: each session is slower than the one before."""
    return 2 / math.factorial(sessions)


def enough(metrics: int, alpha: float, step: bool) -> int:
    """The fewest sessions with which a creep, or a step, of one of the metrics could be told."""
    least = least_step if step else least_creep
    return next(n for n in count(FEWEST) if TESTS * metrics * least(n) < alpha)


def chance(figures: Sequence[float]) -> float:
    """The chance of figures that look so much like a change if nothing changed."""
    ranks = _ranks(figures)
    creep = stats.kendalltau(range(len(ranks)), ranks).pvalue
    return float(min(1.0, TESTS * min(_cut(ranks)[1], creep)))


def cut(figures: Sequence[float]) -> tuple[int, ...]:
    """Where those that are most unlike the rest begin, and where they end if before the last."""
    return _cut(_ranks(figures))[0]


def _ranks(figures: Sequence[float]) -> list[int]:
    """Which is the how-manieth; of equal ones chance decides, always in the same way."""
    lots = np.random.default_rng(SEED).permutation(len(figures))
    order = np.lexsort((lots, np.asarray(figures)))
    ranks = np.empty(len(figures), dtype=int)
    ranks[order] = range(len(figures))
    return [int(rank) for rank in ranks]


def _cut(ranks: Sequence[int]) -> tuple[tuple[int, ...], float]:
    """cut(), and the chance of that, among all places of its kind."""
    n = len(ranks)
    whiles = [(begin, end) for begin in range(1, n - 1) for end in range(begin + 1, n)]
    sinces = [(begin, n) for begin in range(1, n)]
    told = [(_most_unlike(ranks, places), places) for places in (sinces, whiles)]
    (begin, end), p = min((one for one, _ in told), key=lambda one: one[1])
    return ((begin,) if end == n else (begin, end)), p


def _most_unlike(
    ranks: Sequence[int], places: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], float]:
    """The place whose ranks differ most from those of the rest, and the chance of that."""
    n = len(ranks)
    begins, ends = np.transpose(places)
    sums = np.concatenate([[0], np.cumsum(ranks)])
    inside = ends - begins
    over = sums[ends] - sums[begins] - inside * (n - 1) / 2
    begin, end = places[int(np.argmax(np.abs(over) / np.sqrt(inside * (n - inside))))]
    mine, rest = ranks[begin:end], [*ranks[:begin], *ranks[end:]]
    method = "exact" if len(mine) * len(rest) <= EXACT else "asymptotic"
    p = float(stats.mannwhitneyu(mine, rest, method=method).pvalue)
    return (begin, end), _bound(p, n, [int(one) for one in inside])


def _bound(p: float, sessions: int, lengths: Iterable[int]) -> float:
    """The chance of that p at any of places so long: only some can come to so little."""
    least = {length: 2 / math.comb(sessions, length) for length in range(1, sessions)}
    return min(1.0, p * sum(least[length] <= p * (1 + 1e-9) for length in lengths))
