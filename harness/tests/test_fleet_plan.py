# SPDX-License-Identifier: GPL-2.0
"""A plan is whole, the same each time, longest first, and says where its figures come from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_fleet import Fleet
from faketree import make_tree

from svacheck import programs, rulebook
from svacheck.cachedirs import Cache
from svacheck.citations import Citations
from svacheck.errors import Problem
from svacheck.fleet import costs, making, model, planfile, shards
from svacheck.fleet.planfile import CHECK, Item, Plan, Whole, misfit
from svacheck.progress import Progress

LANES = ("uml", "uml-user", "uml-smp", "qemu", "qemu-user", "vtd")


# ---- shards ----


@pytest.fixture(scope="module")
def rules() -> tuple[rulebook.Rulebook, Citations]:
    return rulebook.load(), rulebook.citations()


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("shape", ["plain", "upstream"])
def test_no_case_is_in_two_shards_and_none_in_no_shard(
    lane: str, shape: str, rules: tuple[rulebook.Rulebook, Citations]
) -> None:
    """By what SUITE really means in that lane."""
    _, cited = rulebook.of_lane(*rules, lane, shape)
    whole = shards.units(cited)
    for number in (1, 2, 3, len(whole)):
        made = shards.divide(whole, number, lambda unit: float(len(unit.cases)))
        assert len(made) == number
        meant = [programs.choose(list(cited.cases), cited.programs, shard.suite) for shard in made]
        assert planfile.uneven(list(cited.cases), meant) == ""
        assert [sorted(one) for one in meant] == [sorted(shard.cases) for shard in made]


def test_shards_take_alike_long(rules: tuple[rulebook.Rulebook, Citations]) -> None:
    _, cited = rulebook.of_lane(*rules, "uml", "plain")
    made = shards.divide(shards.units(cited), 4, lambda unit: float(len(unit.cases)))
    sizes = [len(shard.cases) for shard in made]
    assert max(sizes) < 1.2 * min(sizes)
    assert sizes == sorted(sizes, reverse=True)


def test_more_shards_than_there_is_to_divide(rules: tuple[rulebook.Rulebook, Citations]) -> None:
    _, cited = rulebook.of_lane(*rules, "qemu-user", "upstream")
    with pytest.raises(Problem, match="99 shards of"):
        shards.divide(shards.units(cited), 99, lambda unit: 1.0)


# ---- the file ----


def item(name: str, parts: Sequence[str], number: int = 1, of: int = 1, **more: Any) -> Item:
    seconds = more.get("seconds", 1.0)
    return Item(name, "k-l", number, of, ("x", "check"), tuple(parts), seconds, 0.5, "a guess")


def plan(*items: Item) -> Plan:
    return Plan((Whole("k-l", CHECK, "k", "l", ("a.1", "a.2", "b.1")),), items)


GOOD = plan(item("one", ["a.1", "a.2"], 1, 2), item("two", ["b.1"], 2, 2))


@pytest.mark.parametrize(
    "bad, why",
    [
        (plan(item("one", ["a.1", "a.2"])), "b.1 is not there"),
        (plan(item("one", ["a.1"])), "a.2 is not there, nor 1 more"),
        (plan(item("one", ["a.1", "a.2", "b.1", "b.1"])), "b.1 is there twice"),
        (plan(item("o", ["a.1", "a.2"], 1, 2), item("t", ["a.2", "b.1"], 2, 2)), "there twice"),
        (plan(item("one", ["a.1", "a.2", "b.1", "c.1"])), "c.1 is none of it"),
        (plan(item("one", ["a.1", "a.2"], 1, 2), item("two", ["b.1"], 3, 2)), "not numbered"),
        (plan(item("one", ["a.1", "a.2"], 1, 2), item("one", ["b.1"], 2, 2)), "called alike"),
        (replace(GOOD, wholes=()), "no whole k-l"),
    ],
)
def test_a_plan_that_is_not_whole_is_refused(bad: Plan, why: str, tmp_path: Path) -> None:
    assert why in misfit(bad)
    file = tmp_path / "plan.json"
    file.write_text(bad.text())
    with pytest.raises(Problem):
        planfile.load(file)


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    assert misfit(GOOD) == ""
    (tmp_path / "plan.json").write_text(GOOD.text())
    assert planfile.load(tmp_path / "plan.json") == GOOD


@pytest.mark.parametrize("name", ["../x", "a b", "", "-x", "x\n", "$(x)"])
def test_an_id_that_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    """It becomes a folder's name, and a word of a script."""
    file = tmp_path / "plan.json"
    file.write_text(plan(item(name, ["a.1", "a.2", "b.1"])).text())
    with pytest.raises(Problem, match="schema"):
        planfile.load(file)


# ---- what runs took ----


def stored(
    results: Path, number: int, kernel: str = "6.1", select: str = "", **more: Any
) -> dict[str, Any]:
    """A run in which main takes 8 s, of which svac_a has three quarters, and a program 3 s."""
    run = {
        "id": f"20260101T00000{number}Z-{kernel}-uml-00000{number}",
        "tree": {"name": kernel, "kind": "debian"},
        "lane": "uml",
        "verdict": "pass",
        "plugged_in": [],
        "kernel_args": [],
        "select": select,
        "rounds": 1,
        "phases": {"copy": 1.0, "build": float(number), "boot": 10.0},
        "cases": [
            {"suite": suite, "boot": "main"} for suite in ("svac_a", "svac_a", "svac_a", "svac_b")
        ],
        "boots": [
            {"name": "main", "glob": "svac_*", "why": "", "seconds": 9.0},
            {"name": "bind", "glob": "bind", "why": "", "seconds": 4.0},
            {"name": "svac1_c.x", "glob": "svac1_c.x", "why": "", "seconds": 1.0},
            {"name": "main+1", "glob": "svac_a", "why": "boot main: hung", "seconds": 90.0},
        ],
        **more,
    }
    folder = results / str(run["id"])
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(run))
    return run


def test_boots_are_divided_among_suites(results: Path) -> None:
    stored(results, 1)
    lane, basis = costs.read(results).of("6.1", "uml")
    assert lane
    assert (lane.startup, lane.at_once) == (1.0, [1.4])
    assert dict(lane.suites) == {"svac_a": [6.0], "svac_b": [2.0], "bind": [3.0], "svac1_c": [0.0]}
    assert basis == "1 stored run, the last 20260101T000001Z-6.1-uml-000001"
    assert lane.boots(["svac_b", "bind"], 2) == pytest.approx((2.0 + 3.0 + 2 * 1.0) / 1.4)
    assert lane.boots(["never seen"], 1) == pytest.approx((2.5 + 1.0) / 1.4)


def test_what_is_expected_is_the_median(results: Path) -> None:
    for number in (1, 2, 9):
        stored(results, number)
    lane, _ = costs.read(results).of("6.1", "uml")
    assert lane and (lane.before, lane.whole, lane.cold) == (3.0, 13.0, 10.0)


@pytest.mark.parametrize(
    "odd",
    [
        {"verdict": "error"},
        {"plugged_in": ["/x"]},
        {"kernel_args": ["slow=1"]},
        {"alone": True},
        {"tree": {"name": "6.1", "kind": "git"}},
        {"phases": {"build": 1.0}},
        {"boots": []},
    ],
)
def test_what_tells_nothing_is_left_out(odd: dict[str, Any], results: Path) -> None:
    stored(results, 1, **odd)
    (results / "20260101T000003Z-6.1-uml-000003").mkdir()
    (results / "20260101T000003Z-6.1-uml-000003" / "run.json").write_text("{")
    assert costs.read(results).of("6.1", "uml")[0] is None


def test_another_kernel_is_better_than_a_guess(results: Path) -> None:
    stored(results, 1, kernel="7.3")
    found = costs.read(results)
    assert found.of("6.1", "uml")[1].startswith("none of 6.1 is stored; of 7.3: 1 stored run")
    assert found.of("6.1", "qemu")[1].startswith("a guess")


# ---- making ----


@pytest.fixture
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees of two kernels that are in the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for package in ("linux-source-6.1", "linux-source-7.3"):
        place = Cache.default().pristine(f"{package}_1")
        place.mkdir(parents=True)
        make_tree(place / "tree")


def made(results: Path, **more: Any) -> Plan:
    asked = making.Request(("6.1", "7.3"), **more)
    return making.make(asked, costs.read(results), Progress(quiet=True))


def test_the_same_plan_twice_and_longest_first(unpacked: None, results: Path) -> None:
    stored(results, 1)
    first = made(results, lanes=("uml", "uml-user"), shards=3)
    assert first.text() == made(results, lanes=("uml", "uml-user"), shards=3).text()
    assert [whole.id for whole in first.wholes] == [
        "6.1-uml",
        "6.1-uml-user",
        "7.3-uml",
        "7.3-uml-user",
    ]
    seconds = [item.seconds for item in first.items]
    assert seconds == sorted(seconds, reverse=True)
    assert misfit(first) == ""


def test_the_command_of_an_item_is_what_a_person_types(unpacked: None, results: Path) -> None:
    whole, shard = made(results).items[0], made(results, shards=2).items[0]
    assert " ".join(whole.command) == "scripts/svacheck check --kernel 6.1 --lane uml -q"
    assert shard.command[:-1] == (*whole.command, "--suite")
    assert whole.basis.startswith("a guess")


@pytest.mark.parametrize("lane", ["hw", "bench", "nothing"])
def test_a_lane_that_check_does_not_judge_is_refused(lane: str, results: Path) -> None:
    with pytest.raises(Problem):
        made(results, lanes=(lane,))


# ---- how it scales ----


@pytest.mark.parametrize(
    "seconds, workers, took",
    [([4, 3, 3, 2], 1, 12), ([4, 3, 3, 2], 2, 6), ([9, 1, 1], 2, 9), ([9, 1, 1], 1000, 9)],
)
def test_the_longest_item_bounds_it(seconds: list[float], workers: int, took: float) -> None:
    assert model.makespan(seconds, workers) == took


def test_the_table_says_where_it_saturates() -> None:
    items = [item(f"i{n}", [f"p{n}"], n, 10, seconds=10.0) for n in range(1, 11)]
    ten = Plan((Whole("k-l", CHECK, "k", "l", tuple(f"p{n}" for n in range(1, 11))),), tuple(items))
    assert model.saturation(ten, 0.0) == 10
    rows = {row.workers: row for row in model.rows(ten, 0.0)}
    assert (rows[1].seconds, rows[2].seconds, rows[1000].seconds) == (100.0, 50.0, 10.0)
    assert rows[1000].gain == 10.0 and rows[1000].busy == 1.0
    text = "\n".join(model.table(ten, 2.0))
    assert "| 1 | 120 | 1.0 | 100 % |" in text
    assert "More than 10 workers change nothing." in text
    assert "10 items are guesses" in text


def test_plan_of_a_stored_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from svacheck.cli import main

    (tmp_path / "plan.json").write_text(GOOD.text())
    assert main(["plan", "--plan", str(tmp_path / "plan.json")]) == 0
    assert capsys.readouterr().out == GOOD.text()
    assert main(["plan", "--plan", str(tmp_path / "plan.json"), "--model"]) == 0
    assert "| 1000 |" in capsys.readouterr().out


def test_execute_and_collect_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from svacheck.cli import main

    fleet = Fleet(tmp_path / "fleet", monkeypatch)
    file = tmp_path / "plan.json"
    file.write_text(fleet.plan().text())
    work = ["--work", str(tmp_path / "work")]
    only = [*work, "--only", "6.1-uml.1of2"]
    assert main(["execute", str(file), *only, "--no-collect"]) == 0
    assert main(["collect", str(file), *work]) == 2
    assert "MISSING   6.1-uml: not done: 6.1-uml.2of2" in capsys.readouterr().out
    assert main(["execute", str(file), *work]) == 0
    assert "taken in" in capsys.readouterr().out
    assert len(fleet.asked) == 2
    assert main(["execute", str(file), "--only", "nothing", *work]) == 2
    assert "the plan has no item 'nothing'" in capsys.readouterr().err
