# SPDX-License-Identifier: GPL-2.0
"""Several rounds of the same kernel."""

from __future__ import annotations

import pytest
from made_up import BOOK, CITED, case, outcome

from svacheck.judged import Verdict
from svacheck.model import Case
from svacheck.stability import combine
from svacheck.verdict import judge

SET, TAKEN = "svac_pasid.set", "svac_pasid.taken"
KEYS = [SET, TAKEN]


def rounds(*each: tuple[Case, ...]) -> Verdict:
    judged = [judge(KEYS, [outcome(*cases)], BOOK, CITED) for cases in each]
    return combine(judged, BOOK, KEYS, CITED)


def test_equal_rounds() -> None:
    good = (case(SET), case(TAKEN))
    assert rounds(good, good, good).verdict == "pass"
    bad = (case(SET), case(TAKEN, "fail"))
    verdict = rounds(bad, bad)
    assert (verdict.verdict, verdict.problems) == ("fail", [])


def test_a_case_that_flips_is_an_error_and_keeps_its_messages() -> None:
    good = (case(SET), case(TAKEN))
    bad = (case(SET), case(TAKEN, "fail", diagnostics=["# it broke"]))
    verdict = rounds(good, good, bad)
    assert verdict.verdict == "error"
    assert verdict.problems == ["unstable in 3 rounds: svac_pasid.taken/carried"]
    flipped = verdict.cases[1]
    assert (flipped.status, flipped.reason) == ("error", "unstable: fail 1, pass 2 of 3")
    assert flipped.messages == ["it broke"]
    assert verdict.rules[1].verdict == "error"


def test_a_case_missing_in_one_round() -> None:
    verdict = rounds((case(SET), case(TAKEN)), (case(SET),))
    by_id = {judged.id: judged for judged in verdict.cases}
    assert by_id["svac_pasid.taken/carried"].reason == "unstable: absent 1, pass 1 of 2"
    assert verdict.verdict == "error"


def test_problems_say_how_often() -> None:
    one = Verdict("error", ["always", "once"], [], [])
    other = Verdict("error", ["always"], [], [])
    assert combine([one, other], BOOK, [], {}).problems == ["always", "once (1 of 2)"]


def test_no_round() -> None:
    with pytest.raises(ValueError):
        combine([], BOOK, [], {})
