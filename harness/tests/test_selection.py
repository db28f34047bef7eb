# SPDX-License-Identifier: GPL-2.0
"""Which cases a glob means, and in which boots they run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svacheck.errors import Problem
from svacheck.selection import BootPlan, boots, matched, ours, select

PLAN = [
    "svac_domain.free",
    "svac_domain.alloc",
    "svac_pasid.set",
    "svac_pasid.set_again",
    "svac_pasid.block",
    "svac1_pasid.block_null",
    "svac1_pasid.set_null",
]
GLOBS: list[tuple[str, list[str]]] = [
    ("", PLAN),
    ("svac_pasid", PLAN[2:5]),
    ("pasid", PLAN[2:]),
    ("svac1_pasid", PLAN[5:]),
    ("pasid.set*", [PLAN[2], PLAN[3], PLAN[6]]),
    ("svac_pasid.set", [PLAN[2]]),
    ("*.free", [PLAN[0]]),
    ("*block*", [PLAN[4], PLAN[5]]),
    ("svac_pasid.[bs]?[!x]*", PLAN[2:5]),
    ("svac_pasid.block,domain", [PLAN[0], PLAN[1], PLAN[4]]),
]


@pytest.mark.parametrize("row", GLOBS, ids=[row[0] for row in GLOBS])
def test_select(row: tuple[str, list[str]]) -> None:
    assert select(PLAN, row[0]) == row[1]


def test_a_glob_that_matches_nothing_names_near_ones() -> None:
    with pytest.raises(Problem, match="no suite or case matches 'pasit'.*did you mean svac_pasid"):
        select(PLAN, "pasit")
    with pytest.raises(Problem, match="did you mean svac_pasid.block"):
        select(PLAN, "svac_pasid.blockk")
    with pytest.raises(Problem, match="no suite or case matches 'nothing'"):
        select(PLAN, "pasid,nothing")
    with pytest.raises(Problem, match="suites are svac_domain, svac_pasid, svac1_pasid"):
        select(PLAN, "$(reboot)")


BOOTS: list[tuple[str, list[BootPlan]]] = [
    ("svac_*", [BootPlan("main", "svac_*", tuple(PLAN[:5]))]),
    ("svac_pasid", [BootPlan("main", "svac_pasid", tuple(PLAN[2:5]))]),
    ("svac_pasid.set", [BootPlan("main", "svac_pasid.set", (PLAN[2],))]),
    ("svac1_*.set*", [BootPlan(PLAN[6], PLAN[6], (PLAN[6],))]),
    (
        "svac_*[tk]",  # one suite in part, none whole
        [BootPlan(case, case, (case,)) for case in (PLAN[2], PLAN[4])],
    ),
]


@pytest.mark.parametrize("row", BOOTS, ids=[row[0] for row in BOOTS])
def test_boots(row: tuple[str, list[BootPlan]]) -> None:
    assert boots(PLAN, select(PLAN, row[0])) == row[1]


def test_a_whole_suite_beside_a_part_of_another() -> None:
    chosen = [*PLAN[:2], PLAN[4]]
    assert boots(PLAN, chosen) == [
        BootPlan("svac_domain", "svac_domain", tuple(PLAN[:2])),
        BootPlan(PLAN[4], PLAN[4], (PLAN[4],)),
    ]


@given(st.sets(st.sampled_from(PLAN)))
def test_any_selection_runs_exactly_once(chosen: set[str]) -> None:
    selected = [case for case in PLAN if case in chosen]
    made = boots(PLAN, selected)
    assert sorted(case for boot in made for case in matched(PLAN, boot.glob)) == sorted(selected)
    for boot in made:
        assert matched(PLAN, boot.glob) == list(boot.cases)
        assert len(boot.cases) == 1 or not any(c.startswith("svac1_") for c in boot.cases)


def test_ours() -> None:
    assert ours(["example.x", *PLAN]) == PLAN
    with pytest.raises(Problem, match="lists no case of ours"):
        ours(["example.x"])
    with pytest.raises(Problem, match="lists svac_domain.free twice"):
        ours([*PLAN, PLAN[0]])
