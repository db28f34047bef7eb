# SPDX-License-Identifier: GPL-2.0
"""From tree to stored run, with a kernel that is only consoles."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fake_kernel import LANE, FakeKernel, console
from made_up import BOOK, CITED

from svacheck import ktap
from svacheck.check import Finished, Options, alone, check
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.knownreports import KnownReport
from svacheck.model import Build, Machine, Tree
from svacheck.progress import Progress
from svacheck.results import load
from svacheck.rulebook import Rulebook

KEYS = list(CITED)


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKernel:
    made = FakeKernel(tmp_path / "tree")
    made.folder.mkdir()
    made.install(monkeypatch)
    return made


def go(options: Options = Options()) -> Finished:
    return check(options, Progress(quiet=True))


def test_pass(kernel: FakeKernel, results: Path) -> None:
    done = go()
    assert (done.status, done.run["verdict"], done.run["problems"]) == (0, "pass", [])
    assert sorted(kernel.booted) == [("main", "svac_*"), ("svac1_pasid.null", "svac1_pasid.null")]
    assert done.folder is not None
    assert load("last") == (done.folder, done.run)
    files = {str(p.relative_to(done.folder)) for p in done.folder.rglob("*") if p.is_file()}
    assert files >= {
        "run.json",
        "config",
        "commands.sh",
        "boots/main.console",
        "boots/main.ktap",
        "boots/svac1_pasid.null.console",
    }
    assert (done.folder / "boots/main.ktap").read_text().startswith("KTAP version 1\n1..2\n")
    assert done.run["counts"] == {
        "bodies": 4,
        "cases": 4,
        "passed": 4,
        "failed": 0,
        "errors": 0,
        "skipped": 0,
    }
    assert {rule["id"]: rule["verdict"] for rule in done.run["rules"]} == {
        "PASID-001": "kept",
        "PASID-002": "kept",
        "DOM-001": "kept",
        "DOM-002": "not covered",
    }


def test_evidence_can_be_traced(kernel: FakeKernel) -> None:
    kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    done = go()
    assert done.status == 1 and done.folder
    (case,) = [case for case in done.run["cases"] if case["status"] == "fail"]
    assert case["where"] == "kunit/suites/x.c:7"
    assert case["alone"] == "make check KERNEL=6.1 SUITE=svac_pasid.taken"
    lines = (done.folder / "boots" / f"{case['boot']}.console").read_text().splitlines()
    evidence = lines[case["first_line"] - 1 : case["last_line"]]
    assert any("EXPECTATION FAILED" in line for line in evidence)
    assert evidence[-1].strip() == "not ok 1 carried"


def test_a_detail_fails_only_when_strict(kernel: FakeKernel) -> None:
    kernel.says = lambda name, keys: console(keys, ["svac_domain.free"])
    assert go().status == 0
    assert go(Options(strict=True)).status == 1


def test_a_selection_runs_only_that(kernel: FakeKernel) -> None:
    done = go(Options(suite="pasid.set"))
    assert kernel.booted == [("main", "svac_pasid.set")]
    assert (done.status, done.run["select"]) == (0, "pasid.set")
    reasons = {rule["id"]: rule["reason"] for rule in done.run["rules"]}
    assert reasons["PASID-002"] == "not selected"


def test_each_case_alone(kernel: FakeKernel) -> None:
    done = go(Options(suite="pasid", alone=True, rounds=2))
    keys = ["svac_pasid.set", "svac_pasid.taken", "svac1_pasid.null"]
    assert sorted(kernel.booted) == sorted([(key, key) for key in keys] * 2)
    assert (done.status, done.run["counts"]["passed"]) == (0, 3)


def test_a_glob_that_matches_nothing_stores_nothing(kernel: FakeKernel, results: Path) -> None:
    with pytest.raises(Problem, match="no suite or case matches"):
        go(Options(suite="nothing"))
    assert not results.exists()


def panic(name: str, keys: Sequence[str]) -> str:
    whole = console(keys, ["svac_pasid.set"], end="")
    cut = whole.index("        # Subtest: taken") if "taken" in whole else len(whole)
    return whole[:cut] + "        # Subtest: taken\nKernel panic - not syncing: x\n"


def test_what_was_found_before_a_panic_is_kept(kernel: FakeKernel) -> None:
    kernel.says = panic
    done = go()
    assert (done.status, done.run["verdict"]) == (2, "error")
    statuses = {case["id"]: case["status"] for case in done.run["cases"]}
    assert statuses["svac_pasid.set/carried"] == "fail"
    assert statuses["svac_pasid.taken"] == "error"
    assert statuses["svac_domain.free/carried"] == "pass"
    assert done.run["boots"][0]["ending"] == "panic"
    assert done.run["boots"][0]["tail"][-1] == "Kernel panic - not syncing: x"
    assert any("panicked in svac_pasid.taken" in problem for problem in done.run["problems"])


@pytest.mark.parametrize("step", ["copy", "overlay", "build", "list"])
def test_trouble_on_the_way_is_part_of_the_run(kernel: FakeKernel, step: str) -> None:
    kernel.trouble[step] = Problem("it broke", "here", "mend it")
    done = go()
    assert (done.status, done.run["verdict"]) == (2, "error")
    assert done.run["problems"] == ["it broke (here); mend it"]
    assert (done.run["build"] is None) == (step != "list")
    assert done.folder and load("last")[0] == done.folder


def test_a_full_disk_says_what_to_do(kernel: FakeKernel) -> None:
    kernel.trouble["copy"] = OSError(28, "No space left on device", "/x/y")
    assert go().run["problems"] == [
        "No space left on device (/x/y);"
        " make room, or set XDG_CACHE_HOME and SVACHECK_RESULTS to folders that have it"
    ]


def test_trouble_before_the_run_is_raised(kernel: FakeKernel, results: Path) -> None:
    kernel.trouble["resolve"] = Problem("no such tree")
    with pytest.raises(Problem, match="no such tree"):
        go()
    assert not results.exists()


def test_a_defect_of_ours_is_stored_and_raised(kernel: FakeKernel) -> None:
    kernel.trouble["list"] = ZeroDivisionError("x")
    with pytest.raises(ZeroDivisionError):
        go()
    assert load("last")[1]["problems"] == ["a defect of svacheck: ZeroDivisionError: x"]


@pytest.mark.parametrize("step", ["copy", "build", "list", "boot"])
def test_interrupted(kernel: FakeKernel, step: str) -> None:
    kernel.trouble[step] = KeyboardInterrupt()
    done = go()
    assert (done.status, done.run["verdict"]) == (130, "error")
    assert done.run["problems"][0] == "interrupted"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupted_in_a_boot_keeps_its_console(kernel: FakeKernel) -> None:
    kernel.interrupted_in = "main"
    kernel.says = lambda name, keys: console(keys, end="")
    done = go()
    assert (done.status, done.run["verdict"]) == (130, "error")
    assert done.run["boots"][0]["name"] == "main"
    statuses = [case["status"] for case in done.run["cases"]]
    assert statuses[:3] == ["pass", "pass", "pass"]


def test_interrupted_after_a_boot_keeps_it(kernel: FakeKernel) -> None:
    kernel.trouble["counts"] = KeyboardInterrupt()
    done = go()
    assert (done.status, done.run["verdict"]) == (130, "error")
    assert done.run["counts"]["passed"] >= 3


def test_interrupted_in_a_later_round_keeps_the_whole_ones(kernel: FakeKernel) -> None:
    kernel.interrupted_in = "main.3"
    done = go(Options(rounds=5))
    assert done.status == 130
    assert done.run["problems"] == ["interrupted"]
    assert {case["status"] for case in done.run["cases"]} == {"pass"}
    assert done.run["boots"][4]["name"] == "main.3"


def test_rounds(kernel: FakeKernel) -> None:
    done = go(Options(rounds=3))
    assert (done.status, done.run["rounds"], len(done.run["boots"])) == (0, 3, 6)
    kernel.says = lambda name, keys: console(keys, ["svac_pasid.set"] if name == "main.2" else [])
    done = go(Options(rounds=3))
    assert done.status == 2
    assert done.run["problems"] == ["unstable in 3 rounds: svac_pasid.set/carried"]


def test_a_kernel_without_our_cases(kernel: FakeKernel) -> None:
    kernel.listed = ["example.test"]
    done = go()
    assert done.status == 2 and "lists no case of ours" in done.run["problems"][0]


def test_a_suite_that_is_not_in_the_kernel(kernel: FakeKernel) -> None:
    kernel.listed = KEYS[:2]
    done = go()
    assert done.status == 2
    assert done.run["problems"][0].startswith("2 cases of the sources not built in: svac1_pasid")


def test_counts_that_kunit_py_does_not_share(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "svacheck.check.crosscheck.kunit_counts",
        lambda tree, logs, *_: [ktap.Counts(passed=99)] * len(logs),
    )
    done = go()
    assert done.status == 2 and "kunit.py counts 99 passed" in done.run["problems"][0]


def test_kunit_py_that_fails(kernel: FakeKernel) -> None:
    kernel.trouble["counts"] = Problem("kunit.py gives no counts")
    done = go()
    assert done.status == 2
    text = " ".join(done.run["problems"])
    assert "kunit.py could not read the console" in text and "gives no counts" in text


def test_a_hang(kernel: FakeKernel) -> None:
    kernel.timed_out = True
    kernel.says = lambda name, keys: console(keys, end="")
    done = go()
    assert done.status == 2 and done.run["boots"][0]["ending"] == "hang"


def test_a_halt_after_the_time_limit_is_a_hang(kernel: FakeKernel) -> None:
    kernel.timed_out = True
    done = go()
    assert done.status == 2 and done.run["boots"][0]["ending"] == "hang"
    assert done.run["boots"][0]["tail"]


def test_results_that_cannot_be_written_still_give_a_verdict(
    kernel: FakeKernel, results: Path
) -> None:
    results.write_text("no folder")
    done = go()
    assert done.run["verdict"] == "pass" and done.status == 2
    assert done.trouble and "cannot write the results folder" in str(done.trouble)


def test_paths_in_the_record_are_those_of_the_stored_run(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*arguments: object) -> None:
        assert "/.tmp-" in str(arguments[-1])
        raise Problem("the kernel does not build", f"{arguments[-1]}/build.log")

    monkeypatch.setattr("svacheck.check.building.build", build)
    done = go()
    assert done.run["problems"] == [f"the kernel does not build ({done.folder}/logs/build.log)"]


ALONE: list[tuple[Options, str]] = [
    (Options(), "make check KERNEL=6.1 SUITE=svac_x.y"),
    (Options(kernel="6.1", lane="debug"), "make check KERNEL=6.1 LANE=debug SUITE=svac_x.y"),
    (Options(kdir=Path("/a b/$x")), "make check KDIR='/a b/$$x' SUITE=svac_x.y"),
    (
        Options(implementations=(Path("my impl"),)),
        "make check KERNEL=6.1 IMPL='my impl' SUITE=svac_x.y",
    ),
    (
        Options(kdir=Path("/k"), implementations=(Path("a"), Path("b"))),
        "scripts/svacheck check --suite svac_x.y --lane uml --kdir /k --impl a --impl b",
    ),
    (
        Options(kernel_args=("svacheck.x=1",)),
        "scripts/svacheck check --suite svac_x.y --lane uml --kernel 6.1 --arg svacheck.x=1",
    ),
]


@pytest.mark.parametrize("row", ALONE, ids=[row[1] for row in ALONE])
def test_the_command_that_runs_a_case_alone(row: tuple[Options, str]) -> None:
    tree = Tree("6.1", Path("/pristine"), "debian", "6.1.192", {})
    command = alone(tree, row[0], "svac_x.y")
    assert command == row[1]
    assert shlex.split(command)


def test_the_made_up_console_is_what_our_reader_takes_for_healthy() -> None:
    document = ktap.read(console(KEYS).splitlines(keepends=True))
    assert document.complete and not document.serious()
    assert len(ktap.cases(document)) == 4


def with_lockdep(kernel: FakeKernel, patch: pytest.MonkeyPatch) -> None:
    build = kernel.build

    def built(*arguments: object) -> Build:
        made = build(*arguments)
        (kernel.folder / ".config").write_text("CONFIG_LOCKDEP=y\n")
        return made

    patch.setattr("svacheck.check.building.build", built)


FORK = "WARNING: suspicious RCU usage\n" + "".join(
    f" [<6>] {name}+0x1/0x2\n" for name in ("dup_mmap", "copy_process")
)


def known(patch: pytest.MonkeyPatch) -> None:
    frames = ("dup_mmap", "copy_process")
    pin = KnownReport("6.1", "lockdep", "suspicious RCU usage", "", frames, "it is so", "seen")
    patch.setattr("svacheck.check.knownreports.load", lambda version: [pin])


def reporting(report: str, keys: Sequence[str]) -> str:
    return console(keys).replace("# Subtest: taken\n", f"# Subtest: taken\n{report}")


def test_a_known_report_fails_nothing_and_is_shown(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_lockdep(kernel, monkeypatch)
    known(monkeypatch)
    kernel.says = lambda name, keys: reporting(FORK, keys)
    done = go()
    assert (done.status, done.run["problems"], done.run["lockdep"]) == (0, [], True)
    main = done.run["boots"][0]
    assert [one["kind"] for one in main["known"]] == ["lockdep"]
    assert main["lockdep_off"]["not_watched"] == ["svac_domain.free/carried"]
    assert done.run["boots"][1]["lockdep_off"] is None


def test_a_report_that_only_resembles_a_known_one_fails(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch)
    fork = FORK.replace("dup_mmap", "dup_other")
    kernel.says = lambda name, keys: reporting(fork, keys)
    done = go()
    assert (done.status, done.run["lockdep"]) == (1, False)
    assert all(not boot["known"] and boot["lockdep_off"] is None for boot in done.run["boots"])


def test_a_kernel_that_boots_in_a_machine(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine("qemu-system-x86_64", "tcg", "there is no /dev/kvm")
    monkeypatch.setattr("svacheck.check.qemu.choose_machine", lambda *arguments: machine)
    monkeypatch.setattr("svacheck.check.load_lane", lambda name: replace(LANE, arch="x86_64"))
    booted: list[Machine | None] = []

    def list_cases(build: Build, log: CommandLog, out: Path) -> list[str]:
        booted.append(build.machine)
        return KEYS

    monkeypatch.setattr("svacheck.check.workload.booting.list_cases", list_cases)
    done = go()
    assert (done.status, booted) == (0, [machine])
    assert done.run["machine"] == asdict(machine)
    assert load("last")[1]["machine"]["accelerator"] == "tcg"
    assert "probe" in done.run["phases"]


def test_a_machine_that_cannot_be_had_is_part_of_the_run(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*arguments: object) -> Machine:
        raise Problem("missing to boot this lane: qemu")

    monkeypatch.setattr("svacheck.check.qemu.choose_machine", none)
    monkeypatch.setattr("svacheck.check.load_lane", lambda name: replace(LANE, arch="x86_64"))
    done = go()
    assert (done.status, done.run["verdict"], done.run["machine"]) == (2, "error", None)
    assert done.run["problems"] == ["missing to boot this lane: qemu"]


def test_a_case_of_another_lane(kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = dict(BOOK.rules)
    rules["DOM-001"] = replace(rules["DOM-001"], lanes=("uml-debug",))
    monkeypatch.setattr("svacheck.check.rulebook.load", lambda: Rulebook(rules))
    kernel.listed = [key for key in KEYS if key != "svac_domain.free"]
    done = go()
    assert (done.status, done.run["problems"]) == (0, [])
    assert "DOM-001" not in {rule["id"] for rule in done.run["rules"]}
    with pytest.raises(Problem, match="lane uml cannot run svac_domain.free"):
        go(Options(suite="svac_domain"))
