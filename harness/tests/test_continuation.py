# SPDX-License-Identifier: GPL-2.0
"""A kernel that goes down in a boot: what it had not begun runs in further boots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from fake_kernel import FakeKernel, console
from made_up import case, outcome

from svacheck import ktap, report
from svacheck.check import Options, check, read_lines, read_outcome
from svacheck.commands import CommandLog
from svacheck.continuation import HANGS, PATIENCE, Continuation, taken_over
from svacheck.judged import Outcome
from svacheck.model import Boot, Build
from svacheck.progress import Progress
from svacheck.results import schema_fault

GOLDEN = Path(__file__).parent / "golden"
SET, TAKEN, BLOCK = "svac_pasid.set", "svac_pasid.taken", "svac_pasid.block"
FREE, ALLOC, JOIN, NULL = "svac_domain.free", "svac_domain.alloc", "svac_group.join", "svac1_x.null"
LISTED = (SET, TAKEN, BLOCK, FREE, ALLOC, JOIN, NULL)
PANIC = "Kernel panic - not syncing: x\n"
HANG = "it hangs here\n"


@dataclass
class Mortal(FakeKernel):
    """deadly: where the kernel goes down, and what the console ends with there; a suite's name
    stands for the time before its first case."""

    deadly: dict[str, str] = field(default_factory=dict)

    def boot(self, build: Build, name: str, glob: str, log: CommandLog, out: Path) -> Boot:
        made = super().boot(build, name, glob, log, out)
        text = out.read_text()
        ends = [(text.find(f"# Subtest: {key.split('.')[-1]}\n"), key) for key in self.deadly]
        at, key = min((end for end in ends if end[0] >= 0), default=(0, ""))
        if not key:
            return made
        header = at + text[at:].index("\n") + 1
        out.write_text(text[:header] + self.deadly[key])
        hangs = self.deadly[key] == HANG
        return replace(made, timed_out=hangs, seconds=60.0 if hangs else made.seconds)


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mortal:
    cited = {key: ("PASID-002" if key in (TAKEN, JOIN) else "PASID-001",) for key in LISTED}
    monkeypatch.setattr("fake_kernel.CITED", cited)
    made = Mortal(tmp_path / "tree", listed=LISTED)
    made.folder.mkdir()
    made.install(monkeypatch)
    return made


def go(options: Options = Options()) -> dict[str, Any]:
    """The run, which fits the schema and has each case once at most."""
    done = check(replace(options, jobs=1), Progress(quiet=True))
    assert schema_fault(done.run) == ""
    ids = [one["id"] for one in done.run["cases"]]
    assert len(ids) == len(set(ids))
    assert (done.status, done.run["verdict"]) == (2, "error")
    return done.run


def statuses(run: dict[str, Any]) -> dict[str, str]:
    return {f"{one['suite']}.{one['name']}": one["status"] for one in run["cases"]}


def boots(run: dict[str, Any]) -> dict[str, str]:
    """The glob of each boot by its name, but for the case that always has one for itself."""
    return {boot["name"]: boot["glob"] for boot in run["boots"] if NULL not in boot["name"]}


def test_a_panic_in_the_middle_of_a_suite(kernel: Mortal) -> None:
    kernel.deadly = {TAKEN: PANIC}
    kernel.says = lambda name, keys: console(keys, [SET, JOIN])
    run = go()
    assert statuses(run) == {
        **dict.fromkeys(LISTED, "pass"),
        SET: "fail",
        TAKEN: "error",
        JOIN: "fail",
    }
    assert boots(run) == {
        "main": "svac_*",
        "main+1": "svac_domain",
        "main+2": "svac_group",
        "main+3": BLOCK,
    }
    rules = {rule["id"]: rule["verdict"] for rule in run["rules"]}
    assert (run["verdict"], rules["PASID-002"]) == ("error", "broken")
    assert run["problems"][0].startswith(f"boot main: the kernel panicked in {TAKEN}")
    assert not any("did not run" in problem for problem in run["problems"])
    why = [boot["why"] for boot in run["boots"]]
    assert why == ["", "", *[f"boot main: the kernel panicked in {TAKEN}"] * 3]
    told = report.render(run)
    assert f"WENT ON  {why[-1]}; the cases that it had not begun ran in boot main+1 and 2" in told


def test_a_panic_in_a_further_boot_as_well(kernel: Mortal) -> None:
    kernel.deadly = {TAKEN: PANIC, FREE: PANIC}
    run = go()
    assert boots(run) == {
        "main": "svac_*",
        "main+1": "svac_domain",
        "main+2": "svac_group",
        "main+3": BLOCK,
        "main+4": ALLOC,
    }
    assert statuses(run) == {**dict.fromkeys(LISTED, "pass"), TAKEN: "error", FREE: "error"}
    assert run["boots"][-1]["why"] == f"boot main+1: the kernel panicked in {FREE}"
    text = report.render(run)
    assert text.count("WENT ON") == 2


def test_every_case_is_deadly(kernel: Mortal) -> None:
    kernel.deadly = dict.fromkeys(LISTED, PANIC)
    run = go()
    assert set(statuses(run).values()) == {"error"}
    assert sorted(boots(run).values()) == sorted(
        ["svac_*", "svac_domain", "svac_group", TAKEN, BLOCK, ALLOC]
    )


@pytest.mark.parametrize("end", [HANG, "", "reboot: System halted\n", "Oops: 0000 [#1]\n"])
def test_any_unclean_end_is_gone_on_after(kernel: Mortal, end: str) -> None:
    kernel.deadly = {ALLOC: end}
    run = go()
    assert statuses(run) == {**dict.fromkeys(LISTED, "pass"), ALLOC: "error"}
    assert boots(run) == {"main": "svac_*", "main+1": "svac_group"}


def test_boot_that_dies_before_any_case(kernel: Mortal) -> None:
    kernel.deadly = {"svac_pasid": PANIC}
    run = go()
    pasid = (SET, TAKEN, BLOCK)
    assert statuses(run) == {**dict.fromkeys(LISTED, "pass"), **dict.fromkeys(pasid, "error")}
    assert boots(run) == {  # what came to no case is not tried once more
        "main": "svac_*",
        "main+1": "svac_pasid",
        "main+2": "svac_domain",
        "main+3": "svac_group",
    }
    assert any(
        "boot main+1: 3 planned cases did not run: svac_pasid.set" in problem
        for problem in run["problems"]
    )


def test_kernel_that_always_hangs_is_given_up(kernel: Mortal) -> None:
    kernel.deadly = dict.fromkeys(LISTED, HANG)
    run = go(Options(rounds=50))
    assert len(boots(run)) == 1 + HANGS
    assert run["rounds"] == 1
    left = set(LISTED) - {SET, FREE, JOIN, NULL}
    given_up = f"boots are given up: 3 further boots hung, and {len(left) - 1} cases are left: "
    assert [p for p in run["problems"] if p.startswith("boots")] == [given_up + f"{BLOCK}, {ALLOC}"]
    assert set(statuses(run).values()) == {"error"}


def test_further_boots_that_take_too_long_are_given_up(kernel: Mortal) -> None:
    kernel.deadly = {TAKEN: PANIC}

    def slow(*arguments: Any) -> Boot:
        return replace(kernel.boot_alone(*arguments), seconds=61.0 * PATIENCE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("svacheck.check.workload.booting.boot_alone", slow)
        run = go()
    assert boots(run) == {"main": "svac_*", "main+1": "svac_domain"}
    assert any("the further boots took 183 s, and 2 cases are left" in p for p in run["problems"])
    assert statuses(run)[BLOCK] == statuses(run)[JOIN] == "error"


def test_rounds_that_all_panic_are_equal(kernel: Mortal) -> None:
    kernel.deadly = {TAKEN: PANIC}
    run = go(Options(rounds=3))
    assert statuses(run) == {**dict.fromkeys(LISTED, "pass"), TAKEN: "error"}
    assert not any("unstable" in problem for problem in run["problems"])
    names = [f"main{round_}{n}" for round_ in ("", ".2", ".3") for n in ("", "+1", "+2", "+3")]
    assert sorted(boots(run)) == sorted(names)


def test_round_that_is_cut_short_is_not_compared(kernel: Mortal) -> None:
    kernel.deadly = {SET: PANIC, FREE: HANG}
    run = go(Options(rounds=9))
    assert run["rounds"] == HANGS
    assert any("boots are given up" in problem for problem in run["problems"])
    assert not any("unstable" in problem for problem in run["problems"])
    assert statuses(run) == {**dict.fromkeys(LISTED, "pass"), SET: "error", FREE: "error"}


def test_panic_in_one_round_alone_is_unstable(kernel: Mortal) -> None:
    whole = kernel.boot

    def boot(build: Build, name: str, glob: str, log: CommandLog, out: Path) -> Boot:
        kernel.deadly = {TAKEN: PANIC} if name == "main.2" else {}
        return whole(build, name, glob, log, out)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("svacheck.check.workload.booting.boot", boot)
        run = go(Options(rounds=3))
    unstable = {one["name"] for one in run["cases"] if one["reason"].startswith("unstable")}
    assert unstable == {"taken"}


def test_interrupted_in_a_further_boot(kernel: Mortal) -> None:
    kernel.deadly = {TAKEN: PANIC}
    kernel.interrupted_in = "svac_group"
    done = check(Options(jobs=1), Progress(quiet=True))
    assert done.status == 130
    assert done.run["problems"][0] == "interrupted"
    assert list(boots(done.run))[:3] == ["main", "main+1", "main+2"]
    found = statuses(done.run)
    assert (found[SET], found[FREE], found[ALLOC]) == ("pass", "pass", "pass")


def test_report_that_does_not_end_the_boot_changes_nothing(kernel: Mortal) -> None:
    kasan = "BUG: KASAN: use-after-free in f+0x1/0x2\n"
    kernel.says = lambda name, keys: console(keys).replace(
        "# Subtest: taken\n", "# Subtest: taken\n" + kasan
    )
    done = check(Options(), Progress(quiet=True))
    assert (done.status, list(boots(done.run))) == (1, ["main"])


def test_case_alone_is_not_gone_on_after(kernel: Mortal) -> None:
    kernel.deadly = {TAKEN: PANIC, NULL: PANIC}
    run = go(Options(alone=True, suite="pasid,svac1_x"))
    assert [boot["glob"] for boot in run["boots"]] == [SET, TAKEN, BLOCK, NULL]


def test_part_of_a_suite_goes_on_with_that_part(kernel: Mortal) -> None:
    kernel.deadly = {SET: PANIC}
    run = go(Options(suite="pasid,domain.alloc"))
    assert boots(run) == {
        "svac_pasid": "svac_pasid",
        ALLOC: ALLOC,
        "svac_pasid+1": TAKEN,
        "svac_pasid+2": BLOCK,
    }


def test_further_boot_must_run_what_it_had_to(kernel: Mortal) -> None:
    kernel.deadly = {TAKEN: PANIC}
    kernel.says = lambda name, keys: console(
        {"svac_domain": (FREE,), BLOCK: (BLOCK, SET)}.get(name, keys)
    )
    run = go()
    assert statuses(run)[ALLOC] == "error"
    problems = [p for p in run["problems"] if not p.startswith("boot main:")]
    assert problems == [
        f"boot main+1: 1 planned case did not run: {ALLOC}",
        f"boot main+3 ran what was not planned: {SET}/carried",
    ]


def test_counts_of_a_further_boot_are_compared_as_well(
    kernel: Mortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def theirs(src: Path, logs: Sequence[Path], *rest: Any) -> list[ktap.Counts]:
        wrong = ktap.Counts(passed=99)
        right = [ktap.counts(ktap.read(read_lines(path))) for path in logs]
        return [wrong if "main+2" in path.name else one for path, one in zip(logs, right)]

    monkeypatch.setattr("svacheck.check.crosscheck.kunit_counts", theirs)
    kernel.deadly = {TAKEN: PANIC}
    found = [problem for problem in go()["problems"] if "kunit.py counts" in problem]
    assert found == [
        "boot main+2: kunit.py counts 99 passed, 0 failed, 0 skipped, 0 crashed, 0 errors"
        " where our reader counts 1 passed, 0 failed, 0 skipped, 0 crashed, 0 errors"
    ]


# ---- consoles as kernels wrote them ----

FIRST, SECOND = "svac_pasid.set_taken_is_ebusy", "svac_pasid.block_clears"
REAL = (FIRST, SECOND, "svac_pasid.third", "svac_domain.alloc_grabs_mm", "svac_domain.free")
CONSOLES: dict[str, list[str]] = {
    "panic": ["svac_domain", "svac_pasid.third"],
    "hang": ["svac_domain", "svac_pasid.third"],
    "power-off": ["svac_domain", "svac_pasid.third"],
    "cut-in-line": ["svac_domain", "svac_pasid.third"],
    "oops": ["svac_domain", "svac_pasid.third"],
    "no-tests": [],
    "pass": [],
    "kasan": [],
}


@pytest.mark.parametrize("name", CONSOLES)
def test_golden_console(name: str, tmp_path: Path) -> None:
    text = tmp_path / "main.console"
    text.write_bytes((GOLDEN / f"{name}.console").read_bytes())
    made = Boot("main", "svac_*", text, 1.0, name == "hang")
    plans = Continuation(REAL, 60).plan([read_outcome(made, REAL, None)])
    assert [plan.glob for plan in plans] == CONSOLES[name]
    assert [plan.name for plan in plans] == [f"main+{n + 1}" for n in range(len(plans))]


# ---- who is answerable for what ----


def down(*keys: str, planned: Sequence[str], name: str = "main", why: str = "") -> Outcome:
    cases = [case(key) for key in keys]
    made = outcome(*cases, name=name, planned=planned, ending="panic")
    return replace(made, boot=replace(made.boot, why=why))


def test_a_case_is_taken_over_by_a_later_further_boot_alone() -> None:
    first = down(SET, planned=[SET, TAKEN, BLOCK])
    second = down(TAKEN, planned=[TAKEN, BLOCK], name="main+1", why="so")
    assert taken_over([first, second]) == [{TAKEN, BLOCK}, frozenset()]
    beside = down(TAKEN, planned=[TAKEN, BLOCK], name="other")
    assert taken_over([first, beside]) == [frozenset(), frozenset()]
    theirs = replace(second, boot=replace(second.boot, implementation="upstream"))
    assert taken_over([first, theirs]) == [frozenset(), frozenset()]
    whole = outcome(case(SET), planned=[SET, TAKEN])  # halted, and ran less than planned
    assert taken_over([whole, second]) == [frozenset(), frozenset()]


def test_nothing_is_planned_after_an_interrupt() -> None:
    stopped = outcome(case(SET), planned=LISTED, ending="truncated", interrupted=True)
    assert Continuation(LISTED, 60).plan([stopped]) == []
