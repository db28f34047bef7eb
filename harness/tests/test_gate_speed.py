# SPDX-License-Identifier: GPL-2.0
"""A gate that also times its sides: what is timed, what is said of it, and what it decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fake_history import FakeHistory, install, kernel
from fake_sides import Many, fake

from svacheck import check, cli, provenance
from svacheck import results as stored
from svacheck.bench import command, sensitivity
from svacheck.bench.compare import Terms
from svacheck.bench.session import Timed
from svacheck.bench.side import Side, Wanted
from svacheck.errors import Problem
from svacheck.gate import arguments, mail, page, report
from svacheck.gate.compare import FAIL_ON
from svacheck.gate.gate import Gated, Options, gate
from svacheck.places import GATE_SCHEMA
from svacheck.progress import Progress

TAKEN = "svac_pasid.taken"
QUIET = Progress(quiet=True)


class Sides:
    """What stands in for building: sides by their names, and what was to be built."""

    def __init__(self) -> None:
        self.timed: dict[str, Timed] = {}
        self.wanted: list[Wanted] = []
        self.held: list[str] = []  # kernel.sh of what was to be built, at that time

    def make(self, wanted: Wanted, *rest: Any) -> Side:
        self.wanted.append(wanted)
        if wanted.kdir:
            self.held.append((wanted.kdir / "kernel.sh").read_text())
        return self.timed[wanted.name].side


@pytest.fixture
def sides(monkeypatch: pytest.MonkeyPatch) -> Sides:
    made = Sides()
    monkeypatch.setattr(command, "make", made.make)
    return made


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHistory:
    install(monkeypatch, tmp_path)
    made = FakeHistory(tmp_path / "linux")
    made.commit("another", more_c="int x;\n")
    return made


def go(history: FakeHistory, sides: Sides, base: Timed, head: Timed, /, **more: Any) -> Gated:
    sides.timed = {"base": base, "head": head}
    given: dict[str, Any] = {
        "base": "HEAD~1",
        "head": "HEAD",
        "kdir": history.tree,
        "bench": 0,
        **more,
    }
    done = gate(Options(**given), QUIET)
    record = json.loads((done.folder / "gate.json").read_text())
    assert record == done.record and stored.schema_fault(record, GATE_SCHEMA) == ""
    return done


def line(done: Gated) -> str:
    (found,) = [
        text for text in report.render(done.record, done.folder).splitlines() if "SPEED" in text
    ]
    assert f"- speed: {found.partition('  ')[2]}" in page.markdown(
        done.record, done.folder
    ).replace("\\", "")
    return found


def test_what_is_slower_fails_the_gate(history: FakeHistory, sides: Sides, results: Path) -> None:
    done = go(history, sides, fake("base", 10000), fake("head", 13000))
    assert done.status == 1
    assert line(done).startswith("SPEED  slower: m/carried 1.30 (1.")
    assert (
        "; 1 metrics (1 slower, 0 faster, 0 same, 0 not enough data), 8 boots of each;"
        " power unknown: make bench-power" in line(done)
    )
    assert done.record["failing"] == []
    assert (results / done.record["speed"]["bench"] / "samples.csv").is_file()
    assert done.record["speed"]["bench"] in report.render(done.record, done.folder)
    assert done.record["fail_on"][-1] == "slower"


def test_what_is_slower_fails_it_only_if_that_is_asked(history: FakeHistory, sides: Sides) -> None:
    asked = tuple(name for name in FAIL_ON if name != "slower")
    done = go(history, sides, fake("base", 10000), fake("head", 13000), fail_on=asked)
    assert done.status == 0
    assert "slower: m/carried" in line(done)


def test_the_same_passes(history: FakeHistory, sides: Sides) -> None:
    done = go(history, sides, fake("base", 10000), fake("head", 10000))
    assert done.status == 0
    assert line(done).startswith("SPEED  same: no interval beyond 0.99")


def test_what_is_faster_passes(history: FakeHistory, sides: Sides) -> None:
    done = go(history, sides, fake("base", 13000), fake("head", 10000))
    assert done.status == 0
    assert line(done).startswith("SPEED  faster: m/carried 0.77 (0.7")


def test_not_enough_data_passes_and_is_said(history: FakeHistory, sides: Sides) -> None:
    base, head = fake("base", 1, plan=(10000, 0.2)), fake("head", 1, plan=(10100, 0.2))
    done = go(history, sides, base, head, bench=9)
    assert done.status == 0
    assert line(done).startswith("SPEED  not enough data: m/carried 1.0")
    assert "9 boots of each" in line(done)


def test_too_few_boots_for_any_metric_are_said_to_be(history: FakeHistory, sides: Sides) -> None:
    done = go(history, sides, fake("base", 10000, Many), fake("head", 13000, Many), bench=8)
    assert done.status == 0
    assert "8 boots can tell no difference of 140 metrics: it takes 12" in line(done)


def test_nothing_is_timed_unless_asked(history: FakeHistory, sides: Sides) -> None:
    done = go(history, sides, fake("base", 1), fake("head", 1), bench=None)
    assert not sides.wanted and done.record["speed"] is None
    assert "SPEED" not in report.render(done.record, done.folder)
    assert "speed" not in page.markdown(done.record, done.folder)


# ---- what is timed ----


def test_revisions_are_timed_as_they_are_checked_out(history: FakeHistory, sides: Sides) -> None:
    history.commit("slow", kernel_sh=kernel() + "# slow\n")
    done = go(history, sides, fake("base", 10000), fake("head", 13000))
    assert [one.name for one in sides.wanted] == ["base", "head"]
    assert ["# slow" in text for text in sides.held] == [False, True]
    assert done.status == 1


def test_a_series_is_timed(history: FakeHistory, sides: Sides) -> None:
    base = history.head
    history.commit("slow", kernel_sh=kernel() + "# slow\n")
    patches = tuple(mail.series(history.mbox("HEAD~1..HEAD"), "s.mbox"))
    sides.timed = {"base": fake("base", 10000), "head": fake("head", 13000)}
    done = gate(Options(base, kdir=history.tree, patches=patches, bench=0), QUIET)
    assert ["# slow" in text for text in sides.held] == [False, True]
    assert done.status == 1


def test_stored_sides_are_timed_all_the_same(history: FakeHistory, sides: Sides) -> None:
    """A run that needs not be made again leaves a kernel to be timed."""
    for _ in range(2):
        go(history, sides, fake("base", 10000), fake("head", 10000))
    assert len(sides.wanted) == 4


def test_a_stored_run_has_no_kernel_to_time(
    history: FakeHistory, sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    done = go(history, sides, fake("base", 1), fake("head", 1), bench=None)
    run = done.record["base"]["run"]
    with pytest.raises(Problem, match="is a stored run, which has no kernel that could be timed"):
        go(history, sides, fake("base", 1), fake("head", 1), head=run)
    assert cli.main(["gate", "--base", run, "--head", run, "--bench"]) == 2
    assert "leave out --bench" in capsys.readouterr().err
    assert not sides.wanted


def test_what_is_plugged_in_is_not_timed(
    history: FakeHistory, sides: Sides, tmp_path: Path
) -> None:
    how = check.Options(implementations=(tmp_path,))
    with pytest.raises(Problem, match="an implementation that is plugged in is not timed"):
        go(history, sides, fake("base", 1), fake("head", 1), how=how)
    assert not sides.wanted


# ---- what goes wrong ----


def test_a_kernel_that_cannot_be_timed_is_no_verdict(history: FakeHistory, sides: Sides) -> None:
    done = go(history, sides, fake("base", 10000), fake("head", 10000, fails_at=3))
    assert done.status == 2
    assert line(done).startswith("SPEED  no verdict: the kernel went down (")
    assert (done.folder.parent / done.record["speed"]["bench"]).is_dir()


def test_a_regression_is_told_though_nothing_could_be_timed(
    history: FakeHistory, sides: Sides
) -> None:
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    done = go(history, sides, fake("base", 10000), fake("head", 10000, fails_at=0))
    assert done.status == 1
    assert line(done).startswith("SPEED  no verdict: the kernel went down (")


def test_a_side_without_a_verdict_is_not_timed(history: FakeHistory, sides: Sides) -> None:
    history.commit("panic", kernel_sh="#!/bin/sh\necho Kernel panic - not syncing: x\n")
    done = go(history, sides, fake("base", 1), fake("head", 1))
    assert (done.status, sides.wanted) == (2, [])
    assert line(done).endswith("no verdict: a side has no verdict, and neither was timed")


def test_an_interrupt_ends_the_gate(history: FakeHistory, sides: Sides, results: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        go(history, sides, fake("base", 10000), fake("head", 10000, stopped_at=3))
    (kept,) = results.glob("bench-*")
    assert json.loads((kept / "bench.json").read_text())["problems"] == ["interrupted"]


# ---- what it would have told ----


def power(**more: Any) -> dict[str, Any]:
    """A power.json: of twenty trials with 3 % one is missed, with 1 % all."""
    levels: list[dict[str, Any]] = [
        {"percent": 0.0, "p": [0.5] * 20},
        {"percent": 1.0, "p": [0.4] * 20},
        {"percent": 3.0, "p": [1e-4] * 19 + [1.0]},
    ]
    return {
        "id": "bench-power-x",
        "host": provenance.describe_host(),
        "version": "7.3.4",
        "metric": "set_block.paging",
        "boots": 8,
        "terms": {"margin": 0.01, "alpha": 0.01},
        "levels": levels,
        **more,
    }


def store(results: Path, record: Any) -> None:
    results.mkdir(exist_ok=True)
    (results / "power.json").write_text(json.dumps(record))


def test_the_power_is_that_of_the_trials_of_this_machine(
    history: FakeHistory, sides: Sides, results: Path
) -> None:
    store(results, power())
    done = go(history, sides, fake("base", 10000), fake("head", 10000))
    said = "; a slow-down of 3 % is told in 95% (75% to 100%) of trials with set_block.paging"
    assert f"{said} on Linux 7.3.4; instructions of 1 metrics: 0 more" in line(done)
    assert done.record["speed"]["levels"] == [
        {"percent": 1.0, "told": 0, "trials": 20},
        {"percent": 3.0, "told": 19, "trials": 20},
    ]


def test_with_many_metrics_less_is_told(results: Path) -> None:
    store(results, power())
    few, many = (
        sensitivity.stands_for(sensitivity.Asked(Terms(alpha=0.005), metrics, 16))
        for metrics in (10, 140)
    )
    assert [one["told"] for one in few["levels"]] == [0, 19]
    assert [one["told"] for one in many["levels"]] == [0, 0]
    assert sensitivity.sentence(many).startswith("a slow-down of 3 % is told in 0% (")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"host": {**provenance.describe_host(), "cpus": 77}}, "power.json is of another machine"),
        ({"boots": 16}, "power.json is of 16 boots, these are 8"),
        ({"terms": {"margin": 0.02, "alpha": 0.01}}, "power.json is of another margin"),
        ({"levels": [{"percent": 0.0, "p": [0.5]}]}, "no slow-down was tried"),
        ({"levels": None}, "power.json cannot be read"),
    ],
)
def test_trials_that_do_not_fit_say_nothing(results: Path, more: Any, why: str) -> None:
    store(results, power(**more))
    said = sensitivity.sentence(sensitivity.stands_for(sensitivity.Asked(Terms(), 1, 8)))
    assert said.startswith(f"power unknown: {why}") and "make bench-power" in said


def test_load_is_no_other_machine(results: Path) -> None:
    store(results, power(host={**provenance.describe_host(), "load": 99.0}))
    assert not sensitivity.stands_for(sensitivity.Asked(Terms(), 1, 8))["unknown"]


# ---- the arguments ----


def test_slower_is_a_class_to_fail_on() -> None:
    assert arguments._classes("regression,slower") == ("regression", "slower")
    assert "slower" in FAIL_ON
