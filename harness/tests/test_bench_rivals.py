# SPDX-License-Identifier: GPL-2.0
"""Benchmarks of two implementations in one kernel, boot by boot."""

from __future__ import annotations

import pytest

from svacheck.bench import table
from svacheck.bench.rivals import FEWEST, rivals
from svacheck.bench.series import Series


def series(metric: str, implementation: str, value: float) -> Series:
    return Series(metric, implementation, "ns", 1, "-", "what", (round(value * 1000),))


def boots(count: int, carried: float, upstream: float) -> list[list[Series]]:
    """Boots that differ by a tenth from each other, and within by nothing."""
    return [
        [
            series("floor.x", "-", 10),
            series("m", "carried", carried * (1 + nth / 50)),
            series("m", "upstream", upstream * (1 + nth / 50)),
            series("only", "carried", 7),
        ]
        for nth in range(count)
    ]


def test_what_boots_have_in_common_is_no_difference() -> None:
    (one,) = rivals(boots(8, 98, 100))
    assert (one.metric, one.one, one.other, one.boots) == ("m", "carried", "upstream", 8)
    assert one.low is not None and one.high is not None
    assert 0.979 < one.low <= one.ratio <= one.high < 0.981


def test_interval_holds_what_boots_differ_by() -> None:
    given = [boots(1, carried, 100)[0] for carried in (100, 101, 102, 103, 104, 105, 106, 150)]
    (one,) = rivals(given)
    assert one.ratio == pytest.approx(1.035, abs=0.001)
    assert one.low is not None and one.high is not None
    assert one.low < 1.02 < 1.05 < one.high


def test_a_few_boots_have_no_interval() -> None:
    (one,) = rivals(boots(FEWEST - 1, 98, 100))
    assert one.low is None and one.high is None
    assert list(table.rivals({"rivals": [vars(one)]}))[-1].split()[-1] == "-"


@pytest.mark.parametrize(
    ("metric", "cost", "another"),
    [
        ("set_block.pci.3", "acs_path.3", "acs_path.9"),
        ("reset.pci.1024", "acs_path.filled.1024", "acs_path.filled.1"),
    ],
)
def test_what_one_has_to_find_out_is_told_by_itself(metric: str, cost: str, another: str) -> None:
    boot = [
        series(metric, "carried", 430),
        series(cost, "carried", 220),
        series(another, "carried", 620),
        series(metric, "upstream", 200),
    ]
    whole, less = rivals([boot] * 5)
    assert (whole.metric, less.metric) == (metric, f"{metric} less {cost}")
    assert whole.ratio == pytest.approx(2.15)
    assert less.ratio == pytest.approx(1.05)


def test_one_implementation_has_no_rival() -> None:
    alone = [[one for one in boot if one.implementation != "upstream"] for boot in boots(4, 1, 1)]
    assert not rivals(alone)
    assert not list(table.rivals({"rivals": []}))
