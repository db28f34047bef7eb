# SPDX-License-Identifier: GPL-2.0
"""A campaign: what is chosen, what an interrupt leaves, how it goes on, what it comes to."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from made_up import BOOK, CITED

from svacheck import rulebook
from svacheck.citations import Citations
from svacheck.errors import EXIT_FAIL, EXIT_PASS, Problem
from svacheck.model import Build, Lane, Tree
from svacheck.mutation import campaign as campaigns
from svacheck.mutation import equivalents, operators, report
from svacheck.mutation.campaign import Campaign, Options, choose
from svacheck.mutation.classify import (
    CRASHED,
    EXPECTATION,
    HUNG,
    KILLED,
    LEAK,
    NOT_BUILT,
    SURVIVED,
    UNCOVERED,
    Fate,
)
from svacheck.mutation.operators import Mutant
from svacheck.progress import Progress
from svacheck.slots import StoppableLog


def mutant(number: int, operator: str = "drop-check") -> Mutant:
    name = f"{operator}.f.{number:06x}"
    return Mutant(name, operator, "carried/f.c", "kunit/carried/f.c", "f", number, 1, "", "")


MUTANTS = [mutant(number) for number in range(20)] + [mutant(99, "drop-get")]


def campaign(folder: Path, options: Options = Options(jobs=2), inputs: str = "same") -> Campaign:
    lane = Lane("uml", "um", (), (), 60)
    return Campaign(
        options,
        Tree("6.1", folder, "debian", "6.1.192", {}),
        Build(folder, folder, lane, "0" * 64, "gcc 12", 1, 0.1),
        StoppableLog(),
        Progress(quiet=True),
        None,  # type: ignore[arg-type]
        BOOK,
        Citations(CITED, {}, []),
        choose(MUTANTS, options),
        len(MUTANTS),
        {},
        inputs,
    )


class FakeBenches:
    """Every mutant is killed; after so many the user interrupts."""

    def __init__(self, patch: pytest.MonkeyPatch, interrupt_after: int = 1000) -> None:
        self.tried: list[str] = []
        self.lock = threading.Lock()
        self.left = interrupt_after
        patch.setattr(campaigns, "_benches", self.benches)
        patch.setattr(campaigns._Runner, "_fate", self.fate)

    def benches(self, whole: Campaign) -> tuple[list[Any], campaigns.Bounds]:
        bench = SimpleNamespace(log=StoppableLog(), restore=lambda: None)
        return [bench, bench], campaigns.Bounds([], frozenset())

    def fate(self, bench: Any, one: Mutant) -> Fate:
        with self.lock:
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            self.tried.append(one.id)
        return Fate(KILLED, ("PASID-001",), (EXPECTATION,))


def stored(folder: Path) -> list[str]:
    lines = (folder / campaigns.RECORDS).read_text().splitlines()
    return [json.loads(line)["id"] for line in lines]


def test_an_interrupted_campaign_goes_on(
    tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = FakeBenches(monkeypatch, interrupt_after=7)
    begun = campaign(tmp_path)
    campaigns.open_results(begun)
    with pytest.raises(KeyboardInterrupt):
        campaigns.run(begun)
    assert sorted(stored(begun.folder)) == sorted(first.tried) and len(first.tried) == 7
    with open(begun.folder / campaigns.RECORDS, "a") as file:
        file.write('{"id": "drop-che')  # the machine died while it was written
        file.write("\n")

    second = FakeBenches(monkeypatch)
    resumed = campaign(tmp_path, Options(jobs=2, resume="last"))
    campaigns.open_results(resumed)
    campaigns.run(resumed)
    assert resumed.folder == begun.folder
    assert not set(first.tried) & set(second.tried)
    assert {r["id"] for r in resumed.records} == {m.id for m in MUTANTS}
    assert sum(part["mutants"] for part in resumed.parts) == len(MUTANTS)

    third = FakeBenches(monkeypatch)
    again = campaign(tmp_path, Options(resume=begun.folder.name.removeprefix("mutants-")))
    campaigns.open_results(again)
    campaigns.run(again)
    assert third.tried == []


def test_other_code_is_another_campaign(
    tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeBenches(monkeypatch)
    campaigns.open_results(campaign(tmp_path))
    with pytest.raises(Problem, match="have changed since"):
        campaigns.open_results(campaign(tmp_path, Options(resume="last"), inputs="other"))
    with pytest.raises(Problem, match="no campaign"):
        campaigns.open_results(campaign(tmp_path, Options(resume="mutants-2000")))


def test_a_sample_is_the_same_for_one_seed() -> None:
    some = {m.id for m in choose(MUTANTS, Options(sample=8))}
    assert len(some) == 8
    fewer = [m for m in MUTANTS if m.id not in sorted(some)[:2]]
    assert len(some & {m.id for m in choose(fewer, Options(sample=8))}) == 6
    assert some != {m.id for m in choose(MUTANTS, Options(sample=8, seed=2))}
    assert [m.operator for m in choose(MUTANTS, Options(operators=("drop-get",)))] == ["drop-get"]
    assert choose(MUTANTS, Options(only=(MUTANTS[3].id,))) == [MUTANTS[3]]
    with pytest.raises(Problem, match="no mutant 'x'"):
        choose(MUTANTS, Options(only=("x",)))


# ---- what it comes to ----

HEADER = {
    "tree": {"version": "6.1.192"},
    "lane": "uml",
    "mutants": 100,
    "chosen": 100,
    "parts": [{"mutants": 100, "seconds": 9.0, "cpu_seconds": 600.0}],
}


def records(*fates: Fate) -> list[dict[str, Any]]:
    padded = [*fates, *[Fate(KILLED, ("PASID-001",), (EXPECTATION,))] * (100 - len(fates))]
    made = []
    for number, fate in enumerate(padded):
        one = mutant(number)
        made.append(
            {
                "id": one.id,
                "operator": "drop-check",
                "name": one.name,
                "function": one.function,
                "line": number,
                "diff": f"--- a\n+++ b\n-line {number}\n",
                "fate": fate.kind,
                "rules": list(fate.rules),
                "by": list(fate.by),
                "why": fate.why,
            }
        )
    return made


def summary(fates: Sequence[Fate], judged: Sequence[int] = ()) -> report.Report:
    proofs = {mutant(number).id: "it cannot be seen" for number in judged}
    return report.summarise(HEADER, records(*fates), proofs, {"f": ["PASID"]})


def test_the_score_counts_what_rules_kill() -> None:
    good = summary(
        [Fate(SURVIVED), Fate(UNCOVERED), Fate(HUNG, why="hang"), Fate(CRASHED, why="oops")]
    )
    assert (good.data["score"], good.data["score_by_rule"]) == (97.0, 96.0)
    assert good.status == EXIT_PASS
    bad = summary([Fate(SURVIVED)] * 4)
    assert (bad.data["score"], bad.status) == (96.0, EXIT_FAIL)
    rest = summary([Fate(NOT_BUILT, why="error")] * 50 + [Fate(SURVIVED)])
    assert (rest.data["score"], rest.data["per_cpu_minute"]) == (98.0, 10.0)


def test_at_most_one_in_twenty_is_judged_equivalent() -> None:
    five = summary([Fate(SURVIVED)] * 5, judged=range(5))
    assert (five.data["score"], five.data["counts"]["equivalent"]) == (100.0, 5)
    assert five.status == EXIT_PASS
    assert summary([Fate(SURVIVED)] * 6, judged=range(6)).status == EXIT_FAIL


def test_a_proof_of_what_a_rule_kills_is_wrong() -> None:
    wrong = summary([], judged=[3])
    assert wrong.status == EXIT_FAIL
    assert [entry["id"] for entry in wrong.data["lists"][report.WRONG_PROOF]] == [mutant(3).id]


def test_the_report_lists_what_a_reader_has_to_look_at(tmp_path: Path) -> None:
    made = summary(
        [Fate(SURVIVED), Fate(KILLED, ("GRP-001",), (LEAK,)), Fate(NOT_BUILT, why="no such thing")]
    )
    report.write(made, tmp_path)
    text = (tmp_path / "report.txt").read_text()
    assert "Survived: 1" in text and "    -line 0" in text
    assert "Killed only by a leak found after a case: 1" in text
    assert "Killed, but by no rule of the expected families: 1" in text
    assert f"{mutant(2).id} (kunit/carried/f.c:2): no such thing" in text
    assert "```diff" in (tmp_path / "report.md").read_text()
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "pass"


def test_an_equivalent_that_no_mutant_fits_any_more_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "equivalent.toml"
    file.write_text('"drop-check.f.000001" = "nothing reads it"\n')
    assert equivalents.load([mutant(1).id], file) == {mutant(1).id: "nothing reads it"}
    with pytest.raises(Problem, match="no mutant drop-check.f.000001 is made any more"):
        equivalents.load([mutant(2).id], file)
    file.write_text('"drop-check.f.000001" = ""\n')
    with pytest.raises(Problem, match="has no proof"):
        equivalents.load([mutant(1).id], file)


def test_the_families_that_are_expected_are_known() -> None:
    known = {"DOM", "GRP", "PASID", "BIND", *rulebook.load().rules}
    assert all(set(wanted) <= known for wanted in operators.expected().values())


def test_a_rule_is_wanted_by_its_id_or_by_its_family() -> None:
    assert operators.meets(["GRP-001", "DOM-002"], ["DOM"])
    assert operators.meets(["CTL-005"], ["CTL-005"])
    assert not operators.meets(["CTL-004", "GRP-001"], ["CTL-005", "DOM"])
