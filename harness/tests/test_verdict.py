# SPDX-License-Identifier: GPL-2.0
"""Every way to a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from made_up import BOOK, CITED, case, outcome

from svacheck.console import LockdepOff
from svacheck.judged import Outcome, Verdict, some
from svacheck.ktap import Counts
from svacheck.model import Case, Report
from svacheck.rulebook import Rulebook
from svacheck.verdict import absent, judge

WARN = Report("WARNING", "iommu_block_device_pasid", 5, "WARNING: CPU: 0 PID: 7 at iommu.c:9")
OTHER = Report("WARNING", "elsewhere", 5, "WARNING: CPU: 0 PID: 7 at else.c:9")
OOPS = Report("BUG", "", 5, "BUG: sleeping function called")
SELF = Report("WARNING", "", 5, "WARNING: no function")


def ruling(*outcomes: Outcome, **more: Any) -> Verdict:
    """Judge boots that together had to run what each planned."""
    selected = more.pop("selected", [key for o in outcomes for key in o.planned])
    return judge(selected, outcomes, more.pop("book", BOOK), CITED, **more)


def statuses(verdict: Verdict) -> dict[str, str]:
    return {judged.id: judged.status for judged in verdict.cases}


@dataclass
class Row:
    """What is judged, and what must come out."""

    name: str
    outcomes: list[Outcome]
    verdict: str
    problems: list[str] = field(default_factory=list)  # one part of each, in order
    statuses: dict[str, str] = field(default_factory=dict)  # those that matter
    messages: list[str] = field(default_factory=list)  # one part of each, of all cases
    more: dict[str, Any] = field(default_factory=dict)


def warned(status: str = "pass", **more: Any) -> Any:
    """A case on lines 1..9, within which a report on line 5 falls."""
    return case("svac_pasid.set", status, (1, 9), **more)


KASAN = Report("KASAN", "inner", 5, "BUG: KASAN: use-after-free in inner", ["inner", "outer"])
PLANTED = [("KASAN", "inner")]
DECLARED = [("iommu_block_device_pasid", 1)]
SET, TAKEN, FREE = "svac_pasid.set", "svac_pasid.taken", "svac_domain.free"
ROWS = [
    Row("all pass", [outcome(case(SET), case(TAKEN))], "pass"),
    Row("one fails", [outcome(case(SET), case(TAKEN, "fail"))], "fail"),
    Row("only a detail fails", [outcome(case(SET), case(FREE, "fail"))], "pass"),
    Row(
        "a detail fails, strict",
        [outcome(case(SET), case(FREE, "fail"))],
        "fail",
        more={"strict": 1},
    ),
    Row(
        "a detail and a contract in one case",
        [outcome(case(SET, "fail", rules=["DOM-001", "PASID-001"]))],
        "fail",
    ),
    Row("a skip beside a pass", [outcome(case(SET), case(TAKEN, "skip"))], "pass"),
    Row(
        "a skip without a reason",
        [outcome(case(SET), case(TAKEN, "skip", reason=" "))],
        "error",
        statuses={f"{TAKEN}/carried": "error"},
    ),
    Row(
        "all skipped",
        [outcome(case(SET, "skip"))],
        "error",
        ["no case was executed: all 1 were skipped"],
    ),
    Row("nothing at all", [], "error", ["no case was executed"]),
    Row(
        "a boot that ran nothing",
        [outcome(planned=[SET])],
        "error",
        ["1 planned case did not run: svac_pasid.set", "no case was executed"],
        {SET: "error"},
    ),
    Row(
        "fewer than planned",
        [outcome(case(SET), planned=[SET, TAKEN])],
        "error",
        ["1 planned case did not run: svac_pasid.taken"],
        {f"{SET}/carried": "pass", TAKEN: "error"},
    ),
    Row(
        "more than planned",
        [outcome(case(SET), case(TAKEN), planned=[SET])],
        "error",
        ["not planned: svac_pasid.taken/carried"],
    ),
    Row(
        "selected, but in no boot",
        [outcome(case(SET))],
        "error",
        statuses={TAKEN: "error"},
        more={"selected": [SET, TAKEN]},
    ),
    Row(
        "a case for a boot of its own in the shared one",
        [outcome(case(SET), case("svac1_pasid.null"), planned=[SET])],
        "error",
        ["boot main ran what was not planned: svac1_pasid.null/carried"],
    ),
    Row(
        "twice in one boot",
        [outcome(case(SET), case(SET, "fail"))],
        "error",
        ["more than one result for svac_pasid.set/carried"],
        {f"{SET}/carried": "fail"},
    ),
    Row(
        "twice in two boots",
        [outcome(case(SET)), outcome(case(SET), name="second")],
        "error",
        ["more than one result"],
    ),
    Row(
        "no result line",
        [outcome(case(SET), case(TAKEN, "error"))],
        "error",
        statuses={f"{TAKEN}/carried": "error"},
    ),
    Row("an unknown status", [outcome(case(SET, "odd"))], "error"),
    Row(
        "an unknown rule", [outcome(case(SET, rules=["HW-999"]))], "error", ["rule HW-999 is in no"]
    ),
    Row(
        "passed without a rule", [outcome(case(SET, rules=[]))], "error", ["without naming a rule"]
    ),
    Row("failed without a rule", [outcome(case(SET, "fail", rules=[]))], "fail"),
    Row("failed, never citing", [outcome(case("svac_x.y", "fail", rules=[]))], "fail"),
    Row(
        "an undeclared warning",
        [outcome(warned(), reports=[WARN])],
        "fail",
        messages=["a WARNING in iommu_block_device_pasid(), line 5"],
    ),
    Row("a declared warning", [outcome(warned(expected_warns=DECLARED), reports=[WARN])], "pass"),
    Row(
        "a declared warning that is missing",
        [outcome(warned(expected_warns=DECLARED))],
        "fail",
        messages=["expected 1 warning from iommu_block_device_pasid(), saw 0"],
    ),
    Row(
        "one warning too many",
        [outcome(warned(expected_warns=DECLARED), reports=[WARN, WARN])],
        "fail",
        messages=["expected 1 warning from iommu_block_device_pasid(), saw 2"],
    ),
    Row(
        "two declarations add up",
        [outcome(warned(expected_warns=DECLARED * 2), reports=[WARN, WARN])],
        "pass",
    ),
    Row(
        "a warning of another function beside the declared one",
        [outcome(warned(expected_warns=DECLARED), reports=[WARN, OTHER])],
        "fail",
        messages=["a WARNING in elsewhere()"],
    ),
    Row(
        "a warning without a function is nobody's",
        [outcome(warned(expected_warns=[("", 1)]), reports=[OOPS])],
        "fail",
        messages=["expected 1 warning from ()", "a BUG, line 5"],
    ),
    Row(
        "what is no warning cannot be declared",
        [outcome(warned(expected_warns=DECLARED), reports=[WARN, OOPS])],
        "fail",
        messages=["a BUG, line 5"],
    ),
    Row(
        "a control whose instrument spoke",
        [outcome(warned(expected_reports=PLANTED), reports=[KASAN])],
        "pass",
    ),
    Row(
        "a control whose instrument spoke of it in the middle of its dump",
        [outcome(warned(expected_reports=[("KASAN", "outer")]), reports=[KASAN, KASAN])],
        "pass",
    ),
    Row(
        "a control whose instrument was silent",
        [outcome(warned(expected_reports=PLANTED))],
        "error",
        statuses={f"{SET}/carried": "error"},
    ),
    Row(
        "a control that another instrument reported",
        [outcome(warned(expected_reports=PLANTED), reports=[OTHER])],
        "error",
        messages=["a WARNING in elsewhere()"],
    ),
    Row(
        "a control whose instrument reported something else",
        [outcome(warned(expected_reports=[("KASAN", "planted")]), reports=[KASAN])],
        "error",
        messages=["a KASAN in inner()"],
    ),
    Row(
        "a control that was reported twice over",
        [outcome(warned(expected_reports=PLANTED), reports=[KASAN, OTHER])],
        "fail",
        messages=["a WARNING in elsewhere()"],
    ),
    Row(
        "a control that was skipped",
        [outcome(case(TAKEN), warned("skip", expected_reports=PLANTED))],
        "pass",
    ),
    Row(
        "lockdep stopped and said why",
        [outcome(case(SET), lockdep_off=LockdepOff(3, True, "taint"))],
        "pass",
    ),
    Row(
        "lockdep stopped in silence",
        [outcome(case(SET), lockdep_off=LockdepOff(3, False, "# lockdep-off"))],
        "error",
        ["lockdep had stopped, line 3, and the console does not say why"],
    ),
    Row("none declared, none seen", [outcome(warned(expected_warns=[("x", 0)]))], "pass"),
    Row(
        "a warning in a skipped case",
        [outcome(warned("skip"), reports=[OTHER])],
        "fail",
        messages=["a WARNING in elsewhere()"],
    ),
    Row(
        "a suite's own trouble",
        [outcome(case(SET), Case("svac_pasid", "", "", "error", "no result line"), planned=[SET])],
        "error",
        ["boot main: suite svac_pasid: no result line"],
    ),
    Row(
        "a declaration of a skipped case",
        [outcome(case(TAKEN), warned("skip", expected_warns=DECLARED))],
        "pass",
    ),
    Row(
        "a warning in a failed case",
        [outcome(warned("fail"), reports=[OTHER])],
        "fail",
        messages=["a WARNING in elsewhere()"],
    ),
    Row(
        "a warning before any case",
        [outcome(case(SET, lines=(6, 9)), reports=[OTHER])],
        "error",
        ["a WARNING in elsewhere() outside any case, line 5"],
        {f"{SET}/carried": "pass"},
    ),
    Row(
        "a warning between two cases",
        [outcome(case(SET, lines=(1, 4)), case(TAKEN, lines=(6, 9)), reports=[SELF])],
        "error",
        ["a WARNING outside any case"],
    ),
    Row(
        "the reader's faults",
        [outcome(case(SET), faults=["no plan line"])],
        "error",
        ["boot main: no plan line"],
    ),
    Row(
        "counts differ",
        [outcome(case(SET), kunit_counts=Counts(0, 1, 0, 0, 0))],
        "error",
        ["kunit.py counts 0 passed, 1 failed"],
    ),
    Row(
        "counts differ, though for a known reason",
        [outcome(case(SET), kunit_counts=Counts(0, 1, 0, 0, 0), explained="XFAIL")],
        "error",
        ["(XFAIL)"],
    ),
    Row(
        "a report in a case that is about a detail",
        [outcome(case("svac_domain.free", lines=(5, 9)), reports=[OTHER])],
        "fail",
        messages=["a WARNING in elsewhere()"],
    ),
    Row(
        "a row is missing",
        [outcome(case(SET, param="carried:a", rows=2))],
        "error",
        [f"{SET}/carried ran for 1 of 2 rows"],
    ),
    Row(
        "all rows ran",
        [outcome(*(case(SET, param=f"carried:{row}", rows=2) for row in "ab"))],
        "pass",
    ),
    Row(
        "a warning on the first line of a case",
        [outcome(case(SET, lines=(5, 9)), reports=[OTHER])],
        "fail",
        messages=["a WARNING in elsewhere()"],
    ),
    Row(
        "a warning on the last line of a case",
        [outcome(case(SET, lines=(1, 5)), reports=[OTHER])],
        "fail",
        messages=["a WARNING in elsewhere()"],
    ),
    Row(
        "kunit.py cannot read it",
        [outcome(case(SET), kunit_counts=None)],
        "error",
        ["kunit.py could not read the console"],
    ),
    Row(
        "one implementation missed one case",
        [outcome(case(SET), case(SET, param="other"), case(TAKEN))],
        "error",
        ["implementation other has no result in svac_pasid.taken"],
    ),
    Row(
        "rows are one implementation",
        [outcome(case(SET, param="carried:zero"), case(SET, param="carried:one"), case(TAKEN))],
        "pass",
    ),
    Row(
        "a case that is no matter of implementations",
        [outcome(case(SET, param=""), case(TAKEN), case(TAKEN, param="other"))],
        "pass",
    ),
    Row(
        "only cases that are no matter of implementations",
        [outcome(case(SET, param=""))],
        "pass",
        more={"implementations": 2},
    ),
    Row(
        "an implementation that never ran",
        [outcome(case(SET))],
        "error",
        ["2 implementations built in, only carried ran"],
        more={"implementations": 2},
    ),
    Row(
        "interrupted",
        [
            outcome(
                case(SET),
                planned=[SET, TAKEN],
                interrupted=True,
                ending="truncated",
                kunit_counts=None,
            )
        ],
        "error",
        ["interrupted after svac_pasid.set/carried", "did not run: svac_pasid.taken"],
    ),
    Row(
        "timed out although the console looks whole",
        [outcome(case(SET), timed_out=True)],
        "error",
        ["the time limit ended it"],
    ),
    Row(
        "failures before a panic are kept",
        [outcome(case(SET, "fail"), case(TAKEN, "error", (2, 3)), ending="panic")],
        "error",
        ["the kernel panicked in svac_pasid.taken/carried, line 9: its last words"],
        {f"{SET}/carried": "fail", f"{TAKEN}/carried": "error"},
    ),
]
ENDINGS = {
    "panic": "the kernel panicked",
    "oops": "the kernel crashed",
    "hang": "the time limit ended it",
    "power-off": "stopped before its results",
    "truncated": "the output stops",
    "melted": "unknown way (melted)",
}
ROWS += [
    Row(f"ends in {kind}", [outcome(case(SET), ending=kind)], "error", [f"{words}"])
    for kind, words in ENDINGS.items()
]
ROWS += [
    Row(
        f"{kind} before a case",
        [outcome(planned=[SET], ending=kind)],
        "error",
        ["before the first case", "did not run", "no case was executed"],
    )
    for kind in ENDINGS
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_verdict(row: Row) -> None:
    verdict = ruling(*row.outcomes, **row.more)
    assert verdict.verdict == row.verdict, verdict.problems
    assert len(verdict.problems) == len(row.problems), verdict.problems
    for problem, part in zip(verdict.problems, row.problems):
        assert part in problem
    assert row.statuses.items() <= statuses(verdict).items()
    messages = [message for judged in verdict.cases for message in judged.messages]
    assert len(messages) == len(row.messages), messages
    for message, part in zip(messages, row.messages):
        assert part in message
    assert verdict.exit_status == {"pass": 0, "fail": 1, "error": 2}[row.verdict]


def test_counts_and_order_follow_the_plan() -> None:
    boots = [outcome(case(TAKEN, "fail"), case(FREE, "skip")), outcome(case(SET), name="second")]
    verdict = ruling(*boots, selected=[SET, "svac_x.never", FREE, TAKEN])
    assert [judged.key for judged in verdict.cases] == [SET, "svac_x.never", FREE, TAKEN]
    assert verdict.counts() == {
        "bodies": 4,
        "cases": 4,
        "passed": 1,
        "failed": 1,
        "errors": 1,
        "skipped": 1,
    }
    assert verdict.implementations == ["carried"]


def test_a_case_that_never_ran_leaves_its_rules_in_error() -> None:
    verdict = ruling(outcome(case(SET), planned=[SET, TAKEN]))
    rules = {rule.id: rule.verdict for rule in verdict.rules}
    assert rules["PASID-002"] == "error"
    assert verdict.cases[1].rules == ["PASID-002"]


RULES: list[tuple[str, list[Outcome], list[str], str, str]] = [
    ("kept", [outcome(case(SET))], [SET], "kept", ""),
    ("broken", [outcome(case(SET, "fail"))], [SET], "broken", ""),
    ("error", [outcome(case(SET, "error"))], [SET], "error", "it has no result"),
    (
        "broken goes before error",
        [outcome(case(SET, "fail"), case(TAKEN, "error", rules=["PASID-001"]))],
        [SET, TAKEN],
        "broken",
        "1 of its cases ended in error",
    ),
    ("all skipped", [outcome(case(SET, "skip"))], [SET], "not covered", "why"),
    (
        "kept, with a skip",
        [outcome(case(SET), case(TAKEN, "skip", rules=["PASID-001"]))],
        [SET, TAKEN],
        "kept",
        "1 case skipped: why",
    ),
    ("not selected", [outcome(case(TAKEN))], [TAKEN], "not covered", "not selected"),
]


@pytest.mark.parametrize("row", RULES, ids=[row[0] for row in RULES])
def test_rule(row: tuple[str, list[Outcome], list[str], str, str]) -> None:
    _, outcomes, selected, verdict, reason = row
    rule = ruling(*outcomes, selected=selected).rules[0]
    assert (rule.id, rule.verdict, rule.reason) == ("PASID-001", verdict, reason)


def test_rule_without_any_case() -> None:
    rule = ruling(outcome(case(SET))).rules[3]
    assert (rule.id, rule.verdict, rule.reason) == ("DOM-002", "not covered", "no case ran")


@pytest.mark.parametrize("status", ["pass", "fail"])
def test_rule_that_binds_another_implementation_says_nothing_of_this_one(status: str) -> None:
    judged = ruling(outcome(case(TAKEN, status, param="other")))
    rule = judged.rules[1]
    assert (rule.verdict, rule.reason, rule.cases) == ("not bound", "binds carried", [])
    assert judged.verdict == status  # a case that fails fails the run all the same


def test_rule_is_judged_by_the_implementations_it_binds_alone() -> None:
    for carried, other, verdict in (
        ("pass", "fail", "kept"),
        ("fail", "pass", "broken"),
        ("skip", "pass", "not covered"),
    ):
        ran = [case(TAKEN, carried), case(TAKEN, other, param="other")]
        assert ruling(outcome(*ran)).rules[1].verdict == verdict


def test_rule_that_differs_by_design_names_what_is_kept_instead() -> None:
    instead = replace(
        BOOK.rules["PASID-002"], id="PASID-900", binds=("other",), instead_of=("PASID-002",)
    )
    book = Rulebook({**BOOK.rules, instead.id: instead})
    both = case(TAKEN, rules=["PASID-002", "PASID-900"], param="other")
    rules = {rule.id: rule for rule in ruling(outcome(both), book=book).rules}
    assert (rules["PASID-002"].verdict, rules["PASID-900"].verdict) == ("not bound", "kept")
    assert rules["PASID-002"].reason == "differs by design: PASID-900"
    assert rules["PASID-002"].instead == ["PASID-900"]
    alone = replace(both, param="carried")
    rules = {rule.id: rule for rule in ruling(outcome(alone), book=book).rules}
    assert (rules["PASID-002"].verdict, rules["PASID-900"].verdict) == ("kept", "not bound")
    assert rules["PASID-900"].reason == "binds other"


def test_a_case_that_failed_before_it_named_its_rules_has_those_of_the_sources() -> None:
    verdict = ruling(outcome(case(SET, "fail", rules=[])))
    assert verdict.cases[0].rules == ["PASID-001"]
    assert verdict.rules[0].verdict == "broken"


def test_messages_and_place_of_a_failure() -> None:
    lines = [
        "platform svac-mock-dev.0.auto: Adding to iommu group 0",
        "------------[ cut here ]------------",
        "WARNING: CPU: 0 PID: 155 at x.c:189 f+0xf9/0x310",
        " 00000000 98cc7d40 601de671 60186511",
        "---[ end trace 0000000000000000 ]---",
        "        # set: EXPECTATION FAILED at drivers/iommu/svacheck/suites/pasid.c:12",
        "    Expected ret == -16, but ret == -12",
        "",
        "    # set: pass:0 fail:1 skip:0 total:1",
    ]
    failed, passed = (
        ruling(outcome(case(SET, status, diagnostics=lines))).cases[0]
        for status in ("fail", "pass")
    )
    assert failed.where == "kunit/suites/pasid.c:12"
    assert failed.messages == [
        "set: EXPECTATION FAILED at kunit/suites/pasid.c:12",
        "  Expected ret == -16, but ret == -12",
    ]
    assert (passed.where, passed.messages) == ("", [])


def test_long_messages_are_cut() -> None:
    lines = [f"# line {number}" for number in range(1000)]
    messages = ruling(outcome(case(SET, "fail", diagnostics=lines))).cases[0].messages
    assert messages[-2:] == ["line 39", "(960 more lines in the console)"]


def test_cases_of_the_sources_that_the_kernel_lacks() -> None:
    assert absent(list(CITED), CITED) == []
    (problem,) = absent([SET], CITED)
    assert problem.startswith("3 cases of the sources not built in: svac1_pasid.null, ")
    (problem,) = absent([*CITED, "svac_old.gone"], CITED)
    assert problem == "1 case built in but not in the sources: svac_old.gone"


def test_some_names() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some(list("abcdefg")) == "a, b, c, d, e and 2 more"


def verdicts(verdict: Verdict) -> dict[str, str]:
    return {judged.id: judged.verdict for judged in verdict.rules}


def test_a_leak_breaks_its_own_rule_and_not_those_of_the_case() -> None:
    judged = verdicts(ruling(outcome(case(SET, "fail", broken=["DOM-002"]))))
    assert judged["DOM-002"] == "broken" and judged["PASID-001"] == "kept"


def test_a_leak_of_a_contract_fails_the_run_though_the_case_is_about_a_detail() -> None:
    assert ruling(outcome(case("svac_domain.free", "fail"))).verdict == "pass"
    leaked = case("svac_domain.free", "fail", broken=["DOM-002"])
    assert ruling(outcome(leaked)).verdict == "fail"


def test_a_leak_with_an_unexpected_report_breaks_the_rules_of_the_case() -> None:
    leaked = case(SET, "fail", broken=["DOM-002"], lines=(1, 9))
    report = Report("WARNING", "f", 5, "WARNING")
    assert verdicts(ruling(outcome(leaked, reports=[report])))["PASID-001"] == "broken"


def test_a_leak_of_an_unknown_rule_is_an_error() -> None:
    assert ruling(outcome(case(SET, "fail", broken=["HW-999"]))).verdict == "error"


def test_a_silent_instrument_is_named() -> None:
    (judged,) = ruling(outcome(warned(expected_reports=PLANTED))).cases
    assert judged.reason.startswith("KASAN did not report inner(): a lane in which it is silent")


def test_a_leak_shows_where_it_was_allocated() -> None:
    frames = ["kmalloc_trace", "bind", "block_clears"]
    leak = Report("kmemleak", "bind", 5, "kmemleak: unreferenced object 0x1", frames)
    (judged,) = ruling(outcome(warned(), reports=[leak])).cases
    assert judged.messages[0].endswith("unreferenced object 0x1; from bind < block_clears")


@pytest.mark.parametrize(
    ("announced", "missed"),
    [(True, [TAKEN + "/carried"]), (False, [SET + "/carried", TAKEN + "/carried"])],
)
def test_what_lockdep_did_not_watch(announced: bool, missed: list[str]) -> None:
    cases = (case(FREE, lines=(1, 4)), case(SET, lines=(5, 9)), case(TAKEN, lines=(10, 12)))
    boot = outcome(*cases, lockdep_off=LockdepOff(7, announced, "x"))
    assert boot.without_lockdep() == missed
    assert outcome(*cases).without_lockdep() == []


BLAME = [("DOM-002", "free did nothing")]


def test_a_driver_that_stands_in_the_way_is_blamed_and_nothing_else_judged() -> None:
    verdict = ruling(outcome(case(SET, "fail", blamed=BLAME)))
    assert verdict.verdict == "fail"
    judged = verdicts(verdict)
    assert judged["DOM-002"] == "broken" and judged["PASID-001"] == "not covered"
    assert verdict.rules[0].reason == "not judged: the driver broke DOM-002"
    assert verdict.cases[0].messages[0] == "the driver broke DOM-002: free did nothing"


def test_what_other_cases_say_of_a_rule_stands_beside_a_blamed_one() -> None:
    blamed = case(TAKEN, "fail", rules=["PASID-001"], blamed=BLAME)
    rule = ruling(outcome(case(SET), blamed)).rules[0]
    assert (rule.verdict, rule.reason) == (
        "kept",
        "1 case not judged: the driver broke DOM-002",
    )
    assert verdicts(ruling(outcome(case(SET, "fail"), blamed)))["PASID-001"] == "broken"


def test_a_blamed_case_fails_the_run_though_it_is_about_a_detail() -> None:
    assert ruling(outcome(case("svac_domain.free", "fail", blamed=BLAME))).verdict == "fail"


def test_a_blamed_case_with_a_leak_or_a_report_says_nothing_of_its_own_rules() -> None:
    blamed = case(SET, "fail", broken=["DOM-001"], lines=(1, 9), blamed=BLAME)
    judged = verdicts(ruling(outcome(blamed, reports=[OTHER])))
    assert (judged["DOM-002"], judged["PASID-001"]) == ("broken", "not covered")
    assert judged["DOM-001"] == "not covered"


def test_a_case_that_died_while_the_driver_was_to_blame_is_an_error() -> None:
    verdict = ruling(outcome(case(SET, "error", blamed=BLAME)))
    assert verdict.verdict == "error" and verdicts(verdict)["PASID-001"] == "error"


@pytest.mark.parametrize(
    "reason,ran,where,verdict",
    [
        ("carried has no singleton rule", False, "", "error"),
        ("carried has no singleton rule", True, "", "pass"),
        ("carried has no singleton rule", False, "kernels of 7.3", "pass"),
        ("carried beside upstream has no singleton rule", False, "", "pass"),
        ("this kernel has no failslab", False, "", "pass"),
    ],
)
def test_no_implementation_skips_itself_out_of_a_rule_that_names_it(
    reason: str, ran: bool, where: str, verdict: str
) -> None:
    bound = replace(BOOK.rules["PASID-001"], id="PASID-009", binds=("carried",), where=where)
    book = replace(BOOK, rules={**BOOK.rules, "PASID-009": bound})
    skipped = case("svac_x.skipped", "skip", rules=["PASID-009"], reason=reason)
    cases = [case(SET), skipped]
    cases += [case("svac_x.other", rules=["PASID-009"])] if ran else []
    boot = outcome(*cases)
    judged = judge(list(boot.planned), [boot], book, {})
    assert judged.verdict == verdict, judged.problems
    assert ("PASID-009 bind carried, which skips" in " ".join(judged.problems)) == (
        verdict == "error"
    )
