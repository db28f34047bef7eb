# SPDX-License-Identifier: GPL-2.0
"""The judge of one boot: its cases, what the kernel said during them, and how it ended. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from svacheck.console import ENDINGS
from svacheck.judged import ERROR, FAIL, HALTED, PASS, SKIP, JudgedCase, Outcome, number, some
from svacheck.ktap import Counts
from svacheck.messages import assertion_place, readable
from svacheck.model import Case, Report


def judge_boot(
    outcome: Outcome, cited: Mapping[str, Sequence[str]], taken_over: Collection[str] = ()
) -> tuple[list[JudgedCase], list[str]]:
    """Its cases judged one by one, and why the boot as a whole cannot be trusted.

    taken_over: planned cases that a further boot had to run in its place."""
    name, asked = outcome.boot.name, outcome.boot.implementation
    cases: list[JudgedCase] = []
    problems = _judge_ending(outcome)
    strangers: list[str] = []
    by_case, outside = _attribute(outcome)
    for raw, reports in zip(outcome.cases, by_case):
        case = _judge_case(raw, reports, name, cited)
        if not raw.name:  # what a suite has to say beyond its cases
            problems.append(f"boot {name}: suite {raw.suite}: {raw.reason}")
        elif case.key in outcome.planned and asked in ("", case.implementation):
            cases.append(case)
        else:
            strangers.append(case.id)
    if strangers:
        problems.append(f"boot {name} ran what was not planned: {some(strangers)}")
    for report in outside:
        problems.append(
            f"boot {name}: {_named(report)} outside any case, line {report.line}: {report.text}"
        )
    if outcome.lockdep_off and not outcome.lockdep_off.announced:
        problems.append(
            f"boot {name}: lockdep had stopped, line {outcome.lockdep_off.line},"
            " and the console does not say why"
        )
    ran = {case.key for case in cases}.union(taken_over)
    missing = [key for key in outcome.planned if key not in ran]
    if missing:
        problems.append(
            f"boot {name}: {number(len(missing), 'planned case')} did not run: {some(missing)}"
        )
    problems += [f"boot {name}: {fault}" for fault in outcome.faults]
    theirs = outcome.kunit_counts
    if theirs is None and not outcome.boot.interrupted:
        problems.append(
            f"boot {name}: kunit.py could not read the console, so nothing was compared"
        )
    elif theirs and theirs != outcome.counts:
        known = f" ({outcome.explained})" if outcome.explained else ""
        problems.append(
            f"boot {name}: kunit.py counts {_show(theirs)}"
            f" where our reader counts {_show(outcome.counts)}{known}"
        )
    return cases, problems


def _attribute(outcome: Outcome) -> tuple[list[list[Report]], list[Report]]:
    """The reports of each case of the outcome, and those which belong to none."""
    by_case: list[list[Report]] = [[] for _ in outcome.cases]
    outside: list[Report] = []
    for report in outcome.reports:
        for at, case in enumerate(outcome.cases):
            if case.first_line <= report.line <= case.last_line:
                by_case[at].append(report)
                break
        else:
            outside.append(report)
    return by_case, outside


def _judge_case(
    raw: Case, reports: Sequence[Report], boot: str, cited: Mapping[str, Sequence[str]]
) -> JudgedCase:
    status, reason = raw.status, raw.reason
    if status not in (PASS, FAIL, SKIP, ERROR):
        status, reason = ERROR, f"the reader gave it the unknown status {raw.status!r}"
    if status == ERROR and not reason:
        reason = "it has no result"
    if status == SKIP and not reason.strip():
        status, reason = ERROR, "skipped without a reason"
    silent, rest = _judge_control(raw.expected_reports, reports)
    wrong = _judge_reports(raw.expected_warns, rest, finished=status in (PASS, FAIL))
    if silent and status in (PASS, FAIL):
        status, reason = ERROR, silent
    if wrong and status in (PASS, SKIP):
        status, reason = FAIL, ""
    key = f"{raw.suite}.{raw.name}"
    return JudgedCase(
        suite=raw.suite,
        name=raw.name,
        param=raw.param,
        status=status,
        rules=list(dict.fromkeys(raw.rules if raw.rules or status == PASS else cited.get(key, ()))),
        broken=raw.broken if status == FAIL and not wrong and not raw.blamed else [],
        blamed=[rule for rule, _ in raw.blamed] if status == FAIL else [],
        unwarned=bool(wrong),
        reason=reason,
        messages=[f"the driver broke {rule}: {how}" for rule, how in raw.blamed]
        + (readable(raw.diagnostics) if status in (FAIL, ERROR) else [])
        + wrong,
        where=assertion_place(raw.diagnostics) if status in (FAIL, ERROR) else "",
        boot=boot,
        first_line=raw.first_line,
        last_line=raw.last_line,
        rows=raw.rows,
        explored=raw.explored,
        reproducer=raw.reproducer,
    )


def _judge_control(
    expected: Sequence[tuple[str, str]], reports: Sequence[Report]
) -> tuple[str, list[Report]]:
    """Why an instrument that a defect was planted for proves nothing ("" if it spoke), and
    the reports that nobody expected."""
    rest = list(reports)
    for kind, function in expected:
        theirs = [r for r in rest if r.kind == kind and function in (r.function, *r.frames)]
        if not theirs:
            return (
                f"{kind} did not report {function}(): a lane in which it is silent proves nothing",
                rest,
            )
        rest = [report for report in rest if report not in theirs]
    return "", rest


def _judge_reports(
    expected: Sequence[tuple[str, int]], reports: Sequence[Report], finished: bool
) -> list[str]:
    """What the kernel said that the case had not declared, and what it declared in vain.

    finished: the case ran to its end, so a warning that is missing was never given."""
    wanted: Counter[str] = Counter()
    for function, count in expected:
        wanted[function] += count
    seen = Counter(r.function for r in reports if r.kind == "WARNING" and r.function in wanted)
    messages = [
        f"expected {number(count, 'warning')} from {function}(), saw {seen[function]}"
        for function, count in wanted.items()
        if seen[function] > count or (finished and seen[function] < count)
    ]
    messages += [
        f"the kernel reported {_named(report)}, line {report.line} of the console: {report.text}"
        + _way(report)
        for report in reports
        if report.kind != "WARNING" or report.function not in wanted
    ]
    return messages


def _way(report: Report) -> str:
    """How memory that is lost was allocated: kmemleak speaks long after the defect."""
    if report.kind != "kmemleak" or report.function not in report.frames:
        return ""
    return "; from " + " < ".join(report.frames[report.frames.index(report.function) :])


def _judge_ending(outcome: Outcome) -> list[str]:
    ending, name = outcome.ending, outcome.boot.name
    if outcome.boot.interrupted:
        return [f"boot {name}: interrupted {_in_flight(outcome.cases)}"]
    if not outcome.went_down:
        return []
    at = f", line {ending.line}: {ending.text}" if ending.text else ""
    return [f"boot {name}: {downfall(outcome)}{at}"]


def downfall(outcome: Outcome) -> str:
    """How and where the kernel of a boot went down."""
    ending = outcome.ending
    kind = "hang" if outcome.boot.timed_out and ending.kind == HALTED else ending.kind
    text = ENDINGS.get(kind, f"it ended in an unknown way ({kind})")
    return f"{text} {_in_flight(outcome.cases)}"


def _in_flight(cases: Sequence[Case]) -> str:
    """Where in the tests a boot came to its end."""
    named = [case for case in cases if case.name]
    if not named:
        begun = [case.suite for case in cases]
        return f"in {begun[-1]}, before its first result" if begun else "before the first case"
    last = max(named, key=lambda case: case.first_line)
    return f"in {last.id}" if last.status == ERROR else f"after {last.id}"


def _named(report: Report) -> str:
    return f"a {report.kind}" + (f" in {report.function}()" if report.function else "")


def _show(counts: Counts) -> str:
    return (
        f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped,"
        f" {counts.crashed} crashed, {counts.errors} errors"
    )
