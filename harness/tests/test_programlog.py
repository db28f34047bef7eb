# SPDX-License-Identifier: GPL-2.0
"""What a program and init print, from pass to panic. planted.c, which printed most of these
consoles, has a case for each way in which one can come out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from svacheck import check
from svacheck.bootverdict import judge_boot
from svacheck.citations import Citations
from svacheck.commands import CommandLog
from svacheck.judged import JudgedCase
from svacheck.ktap import counts, read
from svacheck.model import Boot
from svacheck.programcases import scan
from svacheck.programs import Programs as Built
from svacheck.workload import Programs

GOLDEN = Path(__file__).parent / "golden" / "programs"

SOURCE = """
FIXTURE(planted) { int unused; };
FIXTURE_VARIANT(planted) { int value; };
FIXTURE_VARIANT_ADD(planted, one) { .value = 1 };
FIXTURE_VARIANT_ADD(planted, two) { .value = 2 };
TEST_F(planted, holds_for_one) { rules("BIND-001"); }
TEST_F(planted, is_expected_to_fail) { rules("BIND-001"); }
TEST(passes) { rules("BIND-002"); }
TEST(is_skipped) { rules("BIND-002"); }
TEST(dies) { rules("BIND-002"); }
TEST(warns) { rules("BIND-002"); }
TEST(kills_the_program) { rules("BIND-003"); }
TEST(comes_last) { rules("BIND-003"); }
"""


@pytest.fixture(name="cited")
def of_source(tmp_path: Path) -> Citations:
    (tmp_path / "planted.c").write_text(SOURCE)
    return scan(tmp_path)


def judged(
    name: str, cited: Citations, place: Path, planned: Sequence[str] = (), timed_out: bool = False
) -> tuple[dict[str, JudgedCase], list[str]]:
    """The cases of a golden console by id, and the problems of the boot."""
    console = place / f"{name}.console"
    console.write_bytes((GOLDEN / console.name).read_bytes())
    made = Boot("planted", "planted", console, 1.0, timed_out)
    running = Programs(Built(place / "x.cpio", True), cited, CommandLog(), ("upstream",))
    theirs = counts(read(check.read_lines(console)))
    planned = list(planned or cited.cases)
    outcome = check.read_outcome(made, planned, theirs, read=running.reader(planned))
    cases, problems = judge_boot(outcome, cited.cases)
    return {case.id: case for case in cases}, problems


def statuses(cases: dict[str, JudgedCase]) -> dict[str, str]:
    return {name.removeprefix("planted."): case.status for name, case in cases.items()}


def test_each_way_in_which_a_case_comes_out(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("mixed-7.3", cited, tmp_path)
    assert statuses(cases) == {
        "passes/upstream": "pass",
        "is_skipped/upstream": "skip",
        "dies/upstream": "fail",
        "warns/upstream": "pass",
        "kills_the_program/upstream": "pass",
        "comes_last/upstream": "pass",
        "holds_for_one/upstream:one": "pass",
        "is_expected_to_fail/upstream:one": "error",  # XFAIL proves nothing
        "holds_for_one/upstream:two": "fail",
        "is_expected_to_fail/upstream:two": "fail",
    }
    assert problems == []
    assert cases["planted.is_skipped/upstream"].reason == "nothing to see here"
    assert cases["planted.dies/upstream"].messages == [
        "dies: Test terminated unexpectedly by signal 11"
    ]
    failed = cases["planted.holds_for_one/upstream:two"]
    assert failed.where == "selftests/planted.c:18" and failed.rules == ["BIND-001"]
    assert failed.messages == [
        "selftests/planted.c:18:holds_for_one:Expected variant->value (2) == 1 (1)",
        "selftests/planted.c:18:holds_for_one:it is 2",
        "holds_for_one: Test failed",
    ]


def test_an_older_harness_gives_a_skipped_case_no_name(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("mixed-6.1", cited, tmp_path)
    assert cases["planted.is_skipped/carried"].status == "skip"
    assert cases["planted.is_skipped/carried"].reason == "nothing to see here"
    assert cases["planted.is_expected_to_fail/carried:one"].status == "fail"
    assert (len(cases), problems) == (10, [])


def test_a_pass_against_expectation_is_a_failure(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("xpass", cited, tmp_path)
    assert cases["planted.is_expected_to_fail/upstream:one"].status == "fail"
    assert problems == []


def test_what_was_not_selected_is_left_out(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("mixed-6.1", cited, tmp_path, ["planted.passes"])
    assert (statuses(cases), problems) == ({"passes/carried": "pass"}, [])


def test_a_case_that_runs_as_one_variant_alone(cited: Citations, tmp_path: Path) -> None:
    mine = ["planted.passes", "planted.holds_for_one"]
    cases, problems = judged("only", cited, tmp_path, mine)
    assert statuses(cases) == {"passes/upstream": "pass", "holds_for_one/upstream:two": "fail"}
    assert problems == ["boot planted: planted.holds_for_one did not run as one"]


def test_a_program_that_dies(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("killed", cited, tmp_path)
    assert statuses(cases)["kills_the_program/upstream"] == "error"
    assert "comes_last/upstream" not in statuses(cases)
    assert problems[0].startswith(
        "boot planted: the kernel stopped before its results were complete"
        " in planted.kills_the_program/upstream"
    )
    assert "boot planted: planted was killed by signal 11 after 4 results" in problems
    assert any("3 planned cases did not run" in problem for problem in problems)


def test_a_program_that_is_not_there(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("missing", cited, tmp_path)
    assert cases == {}
    told = "cannot run /selftests/absent: No such file or directory"
    assert f"boot planted: {told}" in problems
    assert any("8 planned cases did not run" in problem for problem in problems)


def test_a_panic_in_the_middle_of_a_case(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("panic", cited, tmp_path)
    assert statuses(cases) == {
        "passes/carried": "pass",
        "is_skipped/carried": "skip",
        "dies/carried": "fail",
        "warns/carried": "error",
    }
    assert problems[0].startswith("boot planted: the kernel panicked in planted.warns/carried")
    assert "iommu_sva_domain_bind" in cases["planted.warns/carried"].messages[-1]
    assert not any("did not run as" in problem or "ended" in problem for problem in problems)


def test_a_hang(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("truncated", cited, tmp_path, timed_out=True)
    assert problems[0].startswith("boot planted: the time limit ended it in planted.comes_last/")
    assert statuses(cases)["comes_last/upstream"] == "error"


def test_output_that_stops(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("truncated", cited, tmp_path)
    assert problems[0].startswith("boot planted: the output stops without a word from the kernel")
    assert statuses(cases)["comes_last/upstream"] == "error"


def test_output_that_stops_in_a_result(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("cut-in-line", cited, tmp_path)
    assert statuses(cases)["holds_for_one/upstream:one"] == "error"
    assert any("the result of planted.one.holds_for_one is called" in told for told in problems)


def test_a_warning_of_the_kernel_fails_the_case(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("warn", cited, tmp_path)
    case = cases["planted.warns/carried"]
    assert (case.status, case.unwarned, problems) == ("fail", True, [])
    assert "a WARNING in iommu_sva_domain_bind()" in case.messages[0]


ISOLATION = """
FIXTURE(isolation) { int unused; };
TEST_F(isolation, processes_have_pasids_of_their_own) { rules("BIND-003", "ISO-001"); }
TEST_F(isolation, same_address_is_other_memory) { rules("ISO-001"); }
TEST_F(isolation, writing_ours_leaves_theirs) { rules("ISO-001"); }
TEST_F(isolation, pasid_of_another_process_on_our_device_reaches_nothing) { rules("ISO-004"); }
TEST_F(isolation, pasid_that_nobody_has_reaches_nothing) { rules("ISO-004"); }
TEST_F(isolation, two_processes_on_one_device) { rules("ISO-001"); }
TEST_F(isolation, after_unbind_nothing_arrives) { rules("ISO-002"); }
TEST_F(isolation, pasid_of_a_process_that_has_gone_is_not_ours) { rules("ISO-003"); }
"""


def test_what_a_program_prints_by_way_of_the_log(tmp_path: Path) -> None:
    """In QEMU: lines of the kernel and of the program, none within another."""
    (tmp_path / "isolation.c").write_text(ISOLATION)
    cases, problems = judged("qemu-kasan", scan(tmp_path), tmp_path)
    assert problems == [] and len(cases) == 8
    (case,) = [case for case in cases.values() if case.status != "pass"]
    assert case.id == "isolation.two_processes_on_one_device/upstream" and case.unwarned
    assert "a KASAN in op_free_sva()" in case.messages[-1]


def test_a_host_whose_registers_have_no_room(cited: Citations, tmp_path: Path) -> None:
    cases, problems = judged("registers", cited, tmp_path)
    assert cases == {}
    assert "boot planted: the kernel panicked before the first case" in problems[0]
    assert any("no room for the registers" in problem for problem in problems)
    assert not any("which implementation" in problem for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("# init: implementation upstream\n", "", "nobody says which implementation answers"),
        ("# init: planted ended with status 1\n", "", "init does not say how planted ended"),
        ("status 1\n", "status 0\n", "ended with status 0 after 10 results, which say otherwise"),
        ("status 1\n", "status 139\n", "planted ended with status 139 after 10 results"),
        ("global.passes", "global.nobody", "ran what was not planned: global.nobody/upstream"),
        ("ok 6 global.comes", "ok 6 global.came", "of global.comes_last is called global.came"),
        ("ok 6 global.comes_last\n", "", "fewer or more results than the plan says"),
    ],
)
def test_what_cannot_be_right(
    cited: Citations, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    place = tmp_path / "changed"
    place.mkdir()
    text = (GOLDEN / "mixed-7.3.console").read_text()
    assert old in text
    console = place / "x.console"
    console.write_text(text.replace(old, new))
    made = Boot("planted", "planted", console, 1.0, False)
    running = Programs(Built(place / "x.cpio", True), cited, CommandLog(), ("upstream",))
    theirs = counts(read(check.read_lines(console)))
    planned = list(cited.cases)
    outcome = check.read_outcome(made, planned, theirs, read=running.reader(planned))
    _, problems = judge_boot(outcome, cited.cases)
    assert any(problem in told for told in problems), problems
