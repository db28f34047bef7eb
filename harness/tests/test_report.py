# SPDX-License-Identifier: GPL-2.0
"""The report: golden texts, and nothing hostile gets through.

SVACHECK_WRITE_GOLDEN=1 writes the golden files anew; read the difference before keeping it.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from made_up import run, run_case, run_rule

from svacheck import report
from svacheck.results import schema_fault

GOLDEN = Path(__file__).parent / "golden" / "report"
FOLDER = Path("results/20261122T093000Z-6.1.192-uml-1a2b3c")
FAILED = run_case(
    "svac_pasid.taken",
    status="fail",
    rules=["PASID-002", "PASID-003"],
    where="kunit/suites/pasid.c:123",
    messages=[
        "taken: EXPECTATION FAILED at kunit/suites/pasid.c:123",
        "  iommu_set_device_pasid() returned -12, expected -16",
    ],
)
EXPLORED = run_case(
    "svac_sequence.all",
    status="fail",
    rules=["SEQ-001"],
    broken=["PASID-002", "SEQ-001"],
    messages=["all: after the last call of the reproducer: answered 0, expected -EBUSY"],
    explored={"sequences": 12, "states": 3, "length": 4, "part": "0/1"},
    reproducer="alloc(A) d0.set(p1,A)",
    replay="scripts/svacheck replay 'alloc(A) d0.set(p1,A)' --kernel 6.1",
)
DETAIL = run_case("svac_domain.free", status="fail", rules=["DOM-001"], messages=["free: no"])
DEAD = run_case("svac_pasid.block", status="error", reason="it began and has no result line")
IDLE = run_case(
    "svac_pasid.late",
    param="",
    status="error",
    reason="not run",
    boot="",
    first_line=0,
    last_line=0,
)
SKIPPED = run_case("svac_pasid.two", status="skip", reason="one implementation", rules=["GRP-001"])
BROKEN_RULES = [
    run_rule(),
    run_rule(
        id="PASID-002",
        verdict="broken",
        sentence="A taken PASID is refused with -EBUSY.",
        cases=["svac_pasid.set/carried", "svac_pasid.taken/carried"],
    ),
    run_rule(
        id="PASID-003", verdict="broken", sentence="Busy.", cases=["svac_pasid.taken/carried"]
    ),
    run_rule(
        id="DOM-001",
        verdict="broken",
        kind="detail",
        sentence="Free is counted.",
        cases=["svac_domain.free/carried"],
    ),
    run_rule(id="GRP-001", verdict="not covered", cases=[], reason="one implementation"),
    run_rule(id="GRP-002", verdict="not covered", cases=[], reason="no case ran"),
    run_rule(id="GRP-003", verdict="not covered", cases=[], reason="no case ran"),
]
KNOWN = {"kind": "lockdep", "line": 7, "text": "w", "functions": ["f", "g"], "reason": "it is so"}
WATCHED: dict[str, Any] = {
    **run()["boots"][0],
    "known": [KNOWN],
    "lockdep_off": {
        "line": 7,
        "text": "WARNING: suspicious RCU usage",
        "not_watched": [f"svac_x.{name}/carried" for name in "abcd"],
    },
}
PANIC = {
    "name": "main",
    "glob": "svac_*",
    "console": "boots/main.console",
    "ktap": "boots/main.ktap",
    "seconds": 0.3,
    "ending": "panic",
    "warnings": 1,
    "tail": [f"line {number}" for number in range(1, 15)] + ["Kernel panic - not syncing: x"],
}
RUNS: dict[str, dict[str, Any]] = {
    "differs": run(
        implementations=["upstream"],
        rules=[
            run_rule(),
            run_rule(
                id="PASID-035",
                verdict="not bound",
                cases=[],
                reason="differs by design: PASID-036",
                instead=["PASID-036"],
            ),
            run_rule(id="PASID-036", sentence="It is set on every device.", source="a commit"),
            run_rule(id="GRP-001", verdict="not bound", cases=[], reason="binds carried"),
        ],
    ),
    "pass": run(),
    "fail": run(
        verdict="fail",
        select="pasid",
        counts={"bodies": 4, "cases": 4, "passed": 1, "failed": 2, "errors": 0, "skipped": 1},
        rules=BROKEN_RULES,
        cases=[run_case(), FAILED, DETAIL, SKIPPED],
    ),
    "known": run(
        verdict="fail",
        counts={"bodies": 4, "cases": 4, "passed": 1, "failed": 2, "errors": 0, "skipped": 1},
        rules=BROKEN_RULES,
        cases=[run_case(), FAILED, DETAIL, SKIPPED],
        known_issues=[
            {
                "case": case["id"],
                "reason": "it has been so for ever",
                "link": "results/findings/000.md",
                "expires": "2027-03-31",
            }
            for case in (FAILED, DETAIL)
        ],
    ),
    "error": run(
        verdict="error",
        problems=["boot main: the kernel panicked in svac_pasid.block/carried, line 90: panic"]
        + [f"problem {number}" for number in range(12)],
        counts={"bodies": 4, "cases": 4, "passed": 1, "failed": 1, "errors": 2, "skipped": 0},
        rules=BROKEN_RULES[:3]
        + [run_rule(id="PASID-009", verdict="error", cases=["svac_pasid.block/carried"])],
        cases=[run_case(), FAILED, DEAD, IDLE],
        boots=[PANIC],
    ),
    "further": run(
        verdict="error",
        problems=["boot main: the kernel panicked in svac_pasid.block, line 90: panic"],
        cases=[DEAD, *(run_case(f"svac_pasid.{n}", boot=f"main+{n}") for n in range(1, 8))],
        boots=[PANIC]
        + [
            {**run()["boots"][0], "name": f"main+{number}", "why": f"boot {after}: it panicked"}
            for number, after in enumerate(["main"] * 3 + ["main+1", "main+2", "main+3"], start=1)
        ],
    ),
    "no-kernel": run(
        verdict="error",
        problems=["the kernel does not compile: iommu.c:9: error: x (logs/build.log)"],
        implementations=[],
        build=None,
        rounds=0,
        counts={"bodies": 0, "cases": 0, "passed": 0, "failed": 0, "errors": 0, "skipped": 0},
        rules=[
            run_rule(id=f"PASID-{n:03}", verdict="not covered", cases=[], reason="no case ran")
            for n in range(40)
        ],
        cases=[],
        boots=[],
    ),
    "unruled": run(
        verdict="fail",
        rounds=50,
        tree={"name": "/src/my linux", "kind": "plain", "version": "6.1.0", "identity": {}},
        counts={"bodies": 1, "cases": 1, "passed": 0, "failed": 1, "errors": 0, "skipped": 0},
        cases=[run_case(status="fail", rules=[], messages=["set: no"])],
        rules=[],
    ),
}
LEVELS = {"quiet": report.QUIET, "normal": report.NORMAL, "verbose": report.VERBOSE}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", RUNS)
def test_golden(name: str, level: str) -> None:
    text = report.render(RUNS[name], FOLDER, LEVELS[level])
    golden = GOLDEN / f"{name}.{level}.txt"
    if os.environ.get("SVACHECK_WRITE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_cases_about_the_rule_come_before_those_that_found_a_leak() -> None:
    leaks = [run_case(f"svac_a.leak{n}", status="fail", broken=["PASID-001"]) for n in range(4)]
    cases = [*leaks, run_case("svac_z.about", status="fail")]
    names = [case["id"] for case in cases]
    made = run(verdict="fail", rules=[run_rule(verdict="broken", cases=names)], cases=cases)
    normal = report.render(made, FOLDER, report.NORMAL)
    assert normal.index("svac_z.about") < normal.index("svac_a.leak0")
    assert "svac_a.leak2" not in normal and "and 2 more cases; -v shows them" in normal
    verbose = report.render(made, FOLDER, report.VERBOSE)
    assert "svac_a.leak3" in verbose and "more cases" not in verbose


def test_a_blamed_case_stands_under_the_rule_that_the_driver_broke() -> None:
    about = run_case("svac_a.about", status="fail", rules=["PASID-002"], blamed=["PASID-001"])
    rules = [run_rule(verdict="broken", cases=[about["id"]])]
    rules.append(run_rule(id="PASID-002", verdict="broken", cases=[about["id"]]))
    text = report.render(run(verdict="fail", rules=rules, cases=[about]), FOLDER, report.NORMAL)
    first, second = text.split("BROKEN PASID-002")
    assert "svac_a.about" in first and "svac_a.about" not in second


@pytest.mark.parametrize("name", RUNS)
def test_the_runs_fit_the_schema(name: str) -> None:
    assert schema_fault(RUNS[name]) == ""


@pytest.mark.parametrize("name", RUNS)
def test_in_colour_it_says_the_same(name: str) -> None:
    stream = io.StringIO()
    report.show(RUNS[name], FOLDER, report.VERBOSE, stream, colour=True)
    coloured = stream.getvalue()
    assert "\x1b[" in coloured
    plain = report.render(RUNS[name], FOLDER, report.VERBOSE)
    from rich.text import Text

    stripped = Text.from_ansi(coloured).plain
    assert [line.rstrip() for line in stripped.splitlines()] == plain.splitlines()


def test_a_report_without_a_folder_says_so() -> None:
    assert "evidence  not stored" in report.render(run())


EVIL = "\x1b[2J\x1b]0;owned\x07\r\b\x00\x9b31m[bold]\u202egpj.exe\u2028new\ud800\tend"


def poisoned(value: Any) -> Any:
    """value with the evil text in every free text, keys and enumerations kept."""
    if isinstance(value, dict):
        kept = {"verdict", "status", "kind", "ending"}
        return {k: v if k in kept else poisoned(v) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(item) for item in value]
    return EVIL + value if isinstance(value, str) else value


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_is_shown_and_not_obeyed(name: str, colour: bool) -> None:
    stream = io.StringIO()
    report.show(poisoned(RUNS[name]), None, report.VERBOSE, stream, colour)
    text = stream.getvalue()
    if colour:
        assert "\x1b[2J" not in text and "\x1b]" not in text
        return
    assert all(character == "\n" or character.isprintable() for character in text)
    assert "\\x1b[2J" in text and "[bold]" in text and "\\u202e" in text
    text.encode("utf-8")


def test_what_is_known_and_what_lockdep_did_not_watch() -> None:
    cases = [run_case(f"svac_x.{name}") for name in "abcde"]
    boots = [WATCHED, {**WATCHED, "name": "other"}]
    text = report.render(run(lockdep=True, cases=cases, boots=boots))
    assert "KNOWN  lockdep in f < g, of the kernel's own making: it is so" in text
    assert "(boot main and 1 more)" in text
    assert "svac_x.a/carried, svac_x.b/carried, svac_x.c/carried and 1 more" in text
    assert "it had stopped in boot main, line 7: WARNING: suspicious RCU usage" in text
    assert "  lockdep   watched 1 of 5 cases\n" in text
    assert schema_fault(run(lockdep=True, cases=cases, boots=boots)) == ""
    assert "svac_x.d/carried" in report.render(run(cases=cases, boots=boots), level=report.VERBOSE)


def test_a_kernel_without_lockdep_says_nothing_of_it() -> None:
    assert "lockdep" not in report.render(run(lockdep=False))


def test_reproducer_stands_beside_the_command_that_replays_it() -> None:
    rule = run_rule(id="PASID-002", verdict="broken", cases=[EXPLORED["id"]])
    failed = run(verdict="fail", rules=[rule], cases=[EXPLORED])
    assert schema_fault(failed) == ""
    text = report.render(failed, FOLDER)
    assert "    reproducer: alloc(A) d0.set(p1,A)\n    replay: scripts/svacheck replay" in text
    assert "explored" not in text
    verbose = report.render(failed, FOLDER, report.VERBOSE)
    assert "explored: sequences=12 states=3 length=4 part=0/1\n" in verbose


def test_all_known() -> None:
    assert report.all_known(RUNS["known"])
    assert not report.all_known(RUNS["fail"])
    assert not report.all_known(RUNS["pass"])
    assert not report.all_known({**RUNS["known"], "verdict": "error"})
    assert not report.all_known(
        {**RUNS["known"], "known_issues": RUNS["known"]["known_issues"][:1]}
    )


def test_the_machine_that_it_booted_in() -> None:
    machine = {"program": "qemu-system-x86_64", "accelerator": "tcg", "why": "there is no /dev/kvm"}
    shown = report.render(run(machine=machine))
    assert "  machine   qemu-system-x86_64, tcg: there is no /dev/kvm\n" in shown
    assert "machine" not in report.render(run(machine=None))
    versions = {"version": "10.0.2 of this machine", "others": {"svac_b_*": "11.1.3 of Debian's"}}
    shown = report.render(run(machine={**machine, **versions}))
    assert "  machine   QEMU 10.0.2 of this machine, tcg: there is no /dev/kvm\n" in shown
    assert "            svac_b_*: QEMU 11.1.3 of Debian's\n" in shown
