# SPDX-License-Identifier: GPL-2.0
"""Steps and creeps in series of figures: what is found, and how often nothing is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
import pytest

from svacheck.bench.compare import Terms
from svacheck.bench.history.changes import Change, Course, find
from svacheck.bench.history.ranks import FEWEST, chance, enough

# Eight boots of 7.3 on a machine that had three times as much to do, as parts of their middle:
# set_block.paging/carried
BOOTS = (0.985, 0.969, 1.054, 1.029, 0.955, 1.027, 1.002, 0.998)
LEVEL = Terms(alpha=0.05)


def session(draw: np.random.Generator, boots: int = 8) -> float:
    """The middle of some boots, in a session that is a little slower or faster as a whole."""
    whole = math.exp(draw.normal(0, 0.004))
    return float(whole * np.median(draw.choice(BOOTS, boots)))


def course(seed: int, sessions: int, size: Callable[[int], float], key: str = "m") -> Course:
    """One session a week; size: how many times as long it takes."""
    draw = np.random.default_rng(seed)
    figures = [400.0 * session(draw) * size(nth) for nth in range(sessions)]
    return Course(key, [float(nth) for nth in range(sessions)], figures)


def level(nth: int) -> float:
    return 1.0


def creep(nth: int) -> float:
    return float(1.01**nth)


def step(nth: int) -> float:
    return 1.03 if nth >= 20 else 1.0


# ---- what is found ----


def test_a_creep_of_one_percent_a_week_is_seen_among_all_metrics_of_a_kernel() -> None:
    others = [course(seed, 16, level, str(seed)) for seed in range(1, 130)]
    told = [find([course(seed, 16, creep), *others]) for seed in range(200, 210)]
    creeps = [one for found in told for one in found]
    assert len(creeps) >= 9  # 99 of 100 are seen
    for one in creeps:
        assert (one.key, one.creep, one.slower) == ("m", True, True)
        assert one.low < 1.01 < one.high
        assert (one.first, one.last) == (0, 15)
        assert math.isclose(one.total, 1.01**15, rel_tol=0.05)


def test_a_step_of_three_percent_is_seen_where_it_is() -> None:
    told = [find([course(seed, 40, step)]) for seed in range(20)]
    steps = [one for found in told for one in found if not one.creep]
    assert len(steps) >= 18  # 94 of 100 are seen
    assert all(one.slower and not one.undone and one.last == one.first + 1 for one in steps)
    assert sum(abs(one.last - 20) <= 2 for one in steps) >= 14  # noise of a session is a third
    assert sum(one.low < 1.03 < one.high for one in steps) >= 18


def test_what_takes_less_time_is_faster() -> None:
    (found,) = find([course(1, 40, lambda nth: 1 / step(nth))])
    assert not found.slower and found.total < 1


def test_weeks_are_counted_and_not_sessions() -> None:
    daily = course(1, 28, lambda nth: math.exp(0.01 * nth / 7))
    (found,) = find([Course("m", [week / 7 for week in daily.weeks], daily.figures)])
    assert found.creep and math.isclose(found.ratio, 1.01, abs_tol=0.005)


def test_two_steps_are_two_and_may_undo_each_other() -> None:
    def and_back(nth: int) -> float:
        return 1.2 if 12 <= nth < 24 else 1.0

    up, down = find([course(1, 36, and_back)])
    assert (up.last, down.last) == (12, 24)
    assert up.slower and up.undone and not down.slower and not down.undone


def test_half_of_it_undone_is_not_undone() -> None:
    def half_back(nth: int) -> float:
        return 1.0 if nth < 12 else 1.3 if nth < 24 else 1.15

    up, down = find([course(1, 36, half_back)])
    assert up.slower and not up.undone and not down.slower


def test_a_step_before_a_creep_is_both() -> None:
    def both(nth: int) -> float:
        return 1.0 if nth < 14 else 1.5 * float(0.98 ** (nth - 14))

    found = find([course(1, 30, both)])
    assert [(one.creep, one.slower) for one in found] == [(False, True), (True, False)]


def test_a_change_within_the_margin_is_none() -> None:
    small = Course("m", range(30), [100.0 + 0.01 * nth for nth in range(30)])
    assert find([small]) == []
    assert find([small], Terms(margin=0.0005)) != []


# ---- and what is not ----


def alarms(seeds: range, metrics: int, sessions: int) -> int:
    """In how many histories in which nothing changes anything is told."""
    none = Terms(margin=0.0, alpha=LEVEL.alpha)
    told = 0
    for seed in seeds:
        told += bool(
            find([course(seed * 100 + nth, sessions, level) for nth in range(metrics)], none)
        )
    return told


@pytest.mark.parametrize(("metrics", "sessions"), [(1, 12), (1, 30), (6, 16)])
def test_false_alarms_stay_below_what_was_promised(metrics: int, sessions: int) -> None:
    trials = range(200)
    # 10 of 200 are five in a hundred; more than 18 has a chance below 1 %
    assert alarms(trials, metrics, sessions) <= 18


def test_in_all_orders_of_the_same_figures_none_is_told_too_often() -> None:
    orders = permutations([100.0 + rank for rank in range(6)])
    p = sorted(chance(one) for one in orders)
    for nth, one in enumerate(p, start=1):
        if nth == len(p) or p[nth] > one:
            assert nth / len(p) <= one * (1 + 1e-9)


def test_a_single_session_that_was_disturbed_is_no_change() -> None:
    for at in (0, 10, 19):
        assert find([course(3, 20, lambda nth: 2.0 if nth == at else 1.0)], LEVEL) == []


@pytest.mark.parametrize("figures", [[100.0] * 20, [100.0, 100.0, 101.0, 101.0] * 5])
def test_equal_figures_are_no_change(figures: Sequence[float]) -> None:
    assert find([Course("m", range(20), figures)], LEVEL) == []


# ---- how many it takes ----


@pytest.mark.parametrize(
    ("metrics", "step_too"), [(1, False), (1, True), (190, False), (190, True)]
)
def test_with_enough_it_can_be_told_and_with_one_less_it_cannot(
    metrics: int, step_too: bool
) -> None:
    def steep(sessions: int) -> list[Change]:
        rises = [100.0 + nth for nth in range(sessions)]
        halves = [100.0 + nth % 2 / 9 + 50 * (nth >= sessions // 2) for nth in range(sessions)]
        clear = Course("m", range(sessions), halves if step_too else rises)
        others = [course(nth, sessions, level, str(nth)) for nth in range(metrics - 1)]
        return [one for one in find([clear, *others]) if one.key == "m"]

    least = enough(metrics, 0.01, step_too)
    assert steep(least)
    assert least == FEWEST or not steep(least - 1)
