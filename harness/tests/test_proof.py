# SPDX-License-Identifier: GPL-2.0
"""make proof: what its steps say lands on the page, and nothing that failed looks well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from svacheck import proof as proving
from svacheck.progress import Progress

CASE: dict[str, Any] = {"reproducer": "", "explored": {"sequences": 10, "states": 7, "length": 6}}
DRAWN: dict[str, Any] = {"reproducer": "", "explored": {"sequences": 5, "states": 7, "seed": 42}}
SAID: dict[str, dict[str, Any]] = {
    "check": {
        "tree": {"version": "6.1.192"},
        "counts": {"bodies": 3, "cases": 9, "failed": 0},
        "rules": [{"verdict": "kept"}],
        "problems": [],
    },
    "walk": {"problems": [], "cases": [CASE, DRAWN]},
    "broken-drivers": {"drivers": [{"rules": ["DRV-001"], "caught": True}], "problems": []},
    "coverage": {
        "folders": {
            "kunit/carried": {"lines": 2, "run": 2, "branches": 4, "taken": 4, "excluded": 1}
        },
        "exclusions": [{"kind": "macro", "file": "a.c", "line": "x();", "reason": "so it is"}],
    },
    "mutants": {
        "mutants": 4,
        "score": 97.5,
        "score_by_rule": 90.0,
        "equivalent_percent": 1.0,
        "per_cpu_minute": 9.0,
        "counts": {"killed": 3, "survived": 1, "hung": 0},
        "lists": {"survived": [{"id": "drop-put.f.1", "name": "f.c", "line": 3}]},
    },
}


class Svacheck:
    """Stands in for scripts/svacheck: says what it was given, by the command's name."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {name: json.dumps(said) for name, said in SAID.items()}
        self.status: dict[str, int] = {}
        self.asked: list[list[str]] = []

    def __call__(self, arguments: Sequence[str], out: Path) -> int:
        name = "walk" if "--suite" in arguments else arguments[0]
        self.asked.append(list(arguments))
        out.write_text(self.said[name])
        return self.status.get(name, 0)


@pytest.fixture
def svacheck(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Svacheck:
    """A svacheck whose every step holds, and results in a folder of the test."""
    made = Svacheck()
    monkeypatch.setattr("svacheck.proof.svacheck", made)
    monkeypatch.setenv("SVACHECK_RESULTS", str(tmp_path))
    return made


def go(tmp_path: Path) -> tuple[int, str]:
    status = proving.proof(proving.Options(seed=7), Progress(quiet=True))
    (page,) = tmp_path.glob("proof-*/proof.md")
    return status, page.read_text()


def test_all_of_it_on_one_page(svacheck: Svacheck, tmp_path: Path) -> None:
    status, page = go(tmp_path)
    assert status == 0
    assert "All of it holds." in page
    assert "40 sequences of 6 calls or fewer, at least 7 distinct states" in page
    assert "20 random ones of 60, seeds 42 42 42 42" in page
    assert "- coverage: excluded, macro: a.c, `x();`: so it is" in page
    assert "- mutants: survived: `drop-put.f.1` (f.c:3)" in page
    walks = [asked for asked in svacheck.asked if "--suite" in asked]
    assert [asked[-3:] for asked in walks][:2] == [
        ["svacheck.explore_part=0/4", "--arg", "svacheck.explore_seed=7"],
        ["svacheck.explore_part=1/4", "--arg", "svacheck.explore_seed=8"],
    ]


@pytest.mark.parametrize("name", SAID)
def test_a_step_that_fails_is_told_and_the_others_are_made(
    name: str, svacheck: Svacheck, tmp_path: Path
) -> None:
    svacheck.status[name] = 1
    status, page = go(tmp_path)
    assert status == 1
    assert "Not all of it holds." in page
    assert page.count("| does not hold |") == 1
    assert page.count("| holds |") == 4


@pytest.mark.parametrize("name", SAID)
def test_a_step_that_says_nothing_has_no_verdict(
    name: str, svacheck: Svacheck, tmp_path: Path
) -> None:
    svacheck.said[name] = ""
    status, page = go(tmp_path)
    assert status == 2
    assert page.count("| no verdict |") == 1
    assert "came to nothing" in page


def test_sequences_that_were_never_walked_are_no_proof(svacheck: Svacheck, tmp_path: Path) -> None:
    svacheck.said["walk"] = json.dumps({"problems": [], "cases": []})
    status, page = go(tmp_path)
    assert status == 2
    assert "no case says that it has walked through sequences" in page


def test_interrupted_keeps_what_was_made(svacheck: Svacheck, tmp_path: Path) -> None:
    svacheck.status["coverage"] = 130
    status, page = go(tmp_path)
    assert status == 130
    assert "| coverage | not made | |" in page
    assert "1 of 1 broken drivers caught" in page
