# SPDX-License-Identifier: GPL-2.0
"""Instructions of calls: that they are counted exactly, and what a comparison of them says."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fake_sides import FakeSide, fake
from svacheck.bench import command, power, record
from svacheck.bench.counting import stepper
from svacheck.bench.counting.changes import Change, Counted, changes, said
from svacheck.bench.series import Series
from svacheck.bench.session import Timed
from svacheck.errors import EXIT_PASS, Problem
from svacheck.progress import Progress
from svacheck.results import Run
from svacheck.slots import StoppableLog

HERE = Path(__file__).parent
QUIET = Progress(quiet=True)


# ---- the program that counts ----


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that is counted, beside the one that counts."""
    place = tmp_path_factory.mktemp("counted")
    program = place / "linux"
    subprocess.run(
        ["gcc", "-O1", "-fno-inline", "-no-pie", "-o", program, HERE / "counted.c"],
        check=True,
        cwd=place,
    )
    stepper.stepper(place, StoppableLog(None))
    return program


def run(program: Path, *args: str) -> subprocess.CompletedProcess[str]:
    before = stepper.command(program.parent / "steps", program, StoppableLog(None))
    return subprocess.run(
        [*before, str(program), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        text=True,
        timeout=60,
    )


def test_every_instruction_is_counted_whatever_interrupts(counted: Path) -> None:
    done = run(counted, "10", "1010", "10010", "10")
    few, more, many, again = map(int, re.findall(r"counted (\d+)", done.stdout))
    assert more - few == 2 * 1000 and many - few == 2 * 10000 and again == few
    assert "ticks 1" in done.stdout


def test_what_waited_meanwhile_is_given_back(counted: Path) -> None:
    assert "given back 1" in run(counted).stdout


def test_who_sleeps_is_woken_and_its_status_is_passed_on(counted: Path) -> None:
    done = run(counted)
    assert "slept 1" in done.stdout
    assert done.returncode == 3


def test_by_itself_it_counts_nothing(counted: Path) -> None:
    done = subprocess.run([counted, "10"], stdout=subprocess.PIPE, check=False, text=True)
    assert "counted 0" in done.stdout


def test_what_cannot_be_started_is_said(counted: Path) -> None:
    tracer = counted.parent / "steps"
    done = subprocess.run(
        [tracer, "0", "0", counted.parent / "missing"], stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 2
    assert b"missing: No such file" in done.stderr
    assert subprocess.run([tracer], stderr=subprocess.PIPE, check=False).returncode == 2


def test_a_kernel_without_the_functions_is_named(counted: Path) -> None:
    with pytest.raises(Problem, match="no symbol 'svac_bench_steps_begin'"):
        stepper.command(counted, counted.parent / "steps", StoppableLog(None))


def test_other_machines_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(Problem, match="counted on x86_64 alone"):
        stepper.stepper(tmp_path, StoppableLog(None))


# ---- what a comparison says ----


@pytest.mark.parametrize(
    ("base", "head", "answer"),
    [
        ((1000, 1000), (1011, 1011), Counted.MORE),
        ((1000, 1000), (1010, 1010), Counted.SAME),
        ((1011, 1011), (1000, 1000), Counted.FEWER),
        ((1000, 1000), (1000, 1030), Counted.VARIES),
        ((1000, 1030), (1000, 1000), Counted.VARIES),
        ((1000, 1000), (1040, 1045), Counted.MORE),
    ],
)
def test_answers(base: Any, head: Any, answer: Counted) -> None:
    (one,) = changes({"m": base, "gone": (1,)}, {"m": head, "new": (1,)}, 0.01)
    assert one.answer is answer


def test_the_largest_changes_are_named() -> None:
    found = [Change(f"m{n}", 100, 100 + n, 1 + n / 100, Counted.MORE) for n in range(2, 7)]
    found += [Change("f", 100, 90, 0.9, Counted.FEWER), Change("s", 1, 1, 1, Counted.SAME)]
    assert said(found, 0.01) == (
        "instructions of 7 metrics: 5 more, 1 fewer, 1 same, 0 varies (margin 1.0%);"
        " m6 100 to 106 (+6.0%); m5 100 to 105 (+5.0%); m4 100 to 104 (+4.0%); 2 more more;"
        " f 100 to 90 (-10.0%)"
    )


# ---- in a session, and in the trials ----


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """svacheck bench with sides that are not built: what was stored, and the text."""
    monkeypatch.setenv("SVACHECK_RESULTS", str(tmp_path))

    def run(options: command.Options, **timed: Timed) -> Any:
        monkeypatch.setattr(command, "make", lambda wanted, *rest: timed[wanted.name].side)
        done = command.bench(options, QUIET)
        return done, json.loads((done.folder / record.RECORD).read_text())

    return run


BOTH = command.Options(base="6.1", head="7.3", boots=5)


def test_a_comparison_has_its_instructions(session: Any) -> None:
    done, stored = session(BOTH, base=fake("base", 10000), head=fake("head", 10400))
    assert "1 more, 0 fewer, 0 same, 0 varies (margin 1.0%); m/carried 1000 to 1040 (+4.0%)" in (
        done.text
    )
    assert stored["instructions"]["changes"][0]["answer"] == "more"
    assert [len(side["counted"]) for side in stored["sides"]] == [2, 2]
    assert stored["sides"][1]["counted"][1]["console"] == "boots/head.counted.1.console"


def test_a_kernel_by_itself_has_a_column_of_them(session: Any) -> None:
    done, stored = session(command.Options(kernel="7.3"), kernel=fake("kernel", 12340))
    assert re.search(r"instructions +floor\n.* 1234\n", done.text)
    assert stored["instructions"] == {"problem": "", "changes": [], "said": ""}


def test_what_cannot_be_counted_is_timed(session: Any) -> None:
    head = fake("head", 10400, uncountable="it cannot be traced")
    done, stored = session(BOTH, base=fake("base", 10000), head=head)
    assert "not counted: it cannot be traced" in done.text
    assert len(stored["comparisons"]) == 1 and stored["instructions"]["changes"] == []
    assert done.status == EXIT_PASS or "1 slower" in done.text


class Spinning(FakeSide):
    """A side whose calls take as many instructions more as it is told to spin."""

    def count(self, nth: int, suites: str, args: Any, log: Any, out: Path, tracer: Path) -> Any:
        (spin,) = (int(arg.split("=")[1]) for arg in args if arg.startswith("svac_bench.spin"))
        return [Series("m", "carried", "insn", 1, "-", "a call", (1000 + 2 * spin,) * 5)]


def test_trials_are_counted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVACHECK_RESULTS", str(tmp_path))
    side = fake("kernel", 10000, Spinning).side
    side = Spinning(
        side.name, side.tree, side.layouts * 20, side.overlay_sha256, side.programs, ("carried",)
    )
    levels = [power.Level(0.0, 0, trials=6), power.Level(3.0, 15, trials=2)]
    log = StoppableLog(None)
    again = power._count_all(levels, side, 1, power.Options(), Run("x", "l", 0.0), log)
    assert again == ""
    alike, planted = (level.counted for level in levels)
    assert (alike.trials, alike.more, alike.fewer) == (6, 0, 0)
    assert (planted.trials, planted.more, planted.fewer) == (2, 2, 0)
    table = "\n".join(power._counted_table(levels, ""))
    assert re.search(r"3\.0 % +3\.0% +2 +2 +0 +100%", table)
    assert "not counted: no tracer" in "\n".join(power._counted_table(levels, "no tracer"))
