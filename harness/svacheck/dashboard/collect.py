# SPDX-License-Identifier: GPL-2.0
"""All runs together: what each rule and case came to in each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from svacheck.dashboard.data import ABSENT, STATUSES, VERDICTS, Interned
from svacheck.dashboard.shown import CaseResult, Results, RuleResult, RunFacts

_TOLD = ("kept", "broken", "error")  # verdicts that rest on what a case has done


@dataclass
class RuleCourse:
    """A rule over all runs. says: the newest of them; verdicts: a letter for each; reasons: by
    the number of the run; cases: each that ever stood for it; evidence: the newest."""

    says: RuleResult
    verdicts: bytearray
    reasons: dict[int, str] = field(default_factory=dict)
    cases: dict[str, None] = field(default_factory=dict)
    evidence: tuple[RunFacts, str, CaseResult] | None = None  # with the verdict


class Courses:
    """runs: all of them, the oldest first; also those that cannot be read."""

    def __init__(self, runs: Sequence[RunFacts]) -> None:
        self.runs = list(runs)
        self.rules: dict[str, RuleCourse] = {}
        self.cases: dict[str, bytearray] = {}
        self.entries = Interned()  # of (id of a case, its rules)

    def _blank(self) -> bytearray:
        return bytearray(ABSENT.encode() * len(self.runs))

    def add(self, at: int, results: Results) -> None:
        """What run number at says."""
        cases = {case.id: case for case in results.cases}
        for case in results.cases:
            course = self.cases.get(case.id)
            if course is None:
                course = self.cases[case.id] = self._blank()
            course[at] = ord(STATUSES[case.status])
        for rule in results.rules:
            self._rule(at, rule, cases)

    def _rule(self, at: int, rule: RuleResult, cases: dict[str, CaseResult]) -> None:
        course = self.rules.get(rule.id)
        if course is None:
            course = self.rules[rule.id] = RuleCourse(rule, self._blank())
        course.says = rule
        course.verdicts[at] = ord(VERDICTS[rule.verdict])
        if rule.reason:
            course.reasons[at] = rule.reason
        course.cases.update(dict.fromkeys(rule.cases))
        if rule.verdict in _TOLD:
            told = _telling(rule, [cases[name] for name in rule.cases if name in cases])
            if told:
                course.evidence = (self.runs[at], rule.verdict, told)

    def newest(self) -> Iterator[tuple[int, RunFacts]]:
        """Of each kernel and lane the newest run, one that was whole if there is any."""
        best: dict[tuple[str, str], tuple[bool, int]] = {}
        for at, run in enumerate(self.runs):
            if not run.trouble:
                key = run.kernel, run.lane
                best[key] = max(best.get(key, (False, -1)), (not run.partial, at))
        return ((at, self.runs[at]) for _, at in best.values())


def _telling(rule: RuleResult, cases: Sequence[CaseResult]) -> CaseResult | None:
    """The case on whose word the verdict rests, the first of several."""
    ill = [case for case in cases if case.status in ("fail", "error")]
    breaking = [case for case in ill if rule.id in case.breaks]
    # First those that are about the rule, then those that found a leak in passing
    breaking.sort(key=lambda case: rule.id not in case.rules)
    if rule.verdict != "kept":
        return next(iter([*breaking, *ill]), None)
    return next((case for case in cases if case.status == "pass"), None)
