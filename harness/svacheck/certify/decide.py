# SPDX-License-Identifier: GPL-2.0
"""From runs, a profile and waivers to what a certificate says of each rule and of all. No I/O.

What did not run is never a pass: a rule that nobody has demonstrated says so.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from svacheck.certify.evidence import Judged
from svacheck.certify.profiles import MUST, Profile
from svacheck.certify.waivers import BROKEN, NOT_DEMONSTRATED, Waiver, waiving
from svacheck.errors import EXIT_FAIL, EXIT_PASS, EXIT_TROUBLE
from svacheck.judged import ERROR, KEPT, JudgedCase, JudgedRule, number, some
from svacheck.kernels import MODELLED
from svacheck.rulebook import Rule
from svacheck.verdict import judge_rules

CERTIFIED, NOT_CERTIFIED, NO_VERDICT = "certified", "not certified", "no verdict"
EXIT = {CERTIFIED: EXIT_PASS, NOT_CERTIFIED: EXIT_FAIL, NO_VERDICT: EXIT_TROUBLE}
OUTSIDE = "outside"  # the class of a rule that the profile does not name
CONTROLS = "CTL-"  # rules about the oracles: one that fails proves nothing


@dataclass
class RuleVerdict:
    """What is said of a rule: kept, broken, error, or not demonstrated, and why; cases: those
    that cite it, each with the number of its run; waived: numbers of the waivers that count."""

    rule: Rule
    kind: str
    verdict: str
    reason: str
    cases: list[tuple[int, JudgedCase]] = field(default_factory=list)
    waived: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Decision:
    """The whole. reasons: of the verdict, one line each; used: waivers without which it would
    be another."""

    verdict: str
    reasons: Sequence[str]
    rules: Sequence[RuleVerdict]
    used: Sequence[Waiver]

    @property
    def valid_until(self) -> datetime.date | None:
        """The last day on which all the waivers count that it needs."""
        days = [waiver.expires for waiver in self.used]
        return min(days) if days and self.verdict == CERTIFIED else None


def decide(
    profile: Profile, runs: Sequence[Judged], waivers: Sequence[Waiver], today: datetime.date
) -> Decision:
    """What the runs, which are of one kernel and were judged by one rulebook, come to."""
    version = str(runs[0].run["tree"]["version"])
    good = [w for w in waivers if w.is_of(version, profile.name) and not w.expired(today)]
    by_run = [_judge(profile, run) for run in runs]
    rules = [
        _rule(rule, profile, runs, [judged.get(rule.id) for judged in by_run])
        for rule in runs[0].terms.rulebook.rules.values()
        if profile.is_about(rule)
    ]
    used: list[Waiver] = []
    for one in rules:
        if one.kind == MUST:
            mine = waiving(one.rule.id, one.verdict, [case for _, case in one.cases], good)
            one.waived = [waiver.number for waiver in mine]
            used += mine
    verdict, reasons = _verdict(profile, runs, rules)
    return Decision(verdict, reasons, rules, used)


def _judge(profile: Profile, run: Judged) -> dict[str, JudgedRule]:
    """The rules of a run, by the cases alone that ran for what the profile is about."""
    names = [name for name in run.verdict.implementations if name in profile.implementations]
    cases = of_profile(profile, run.verdict.cases)
    terms = run.terms
    judged = judge_rules(terms.book, cases, terms.selected, terms.cited.cases, names)
    return {rule.id: rule for rule in judged}


def of_profile(profile: Profile, cases: Sequence[JudgedCase]) -> list[JudgedCase]:
    """Those that ran for an implementation that the profile is about, or for none."""
    return [case for case in cases if case.implementation in ("", *profile.implementations)]


def _rule(
    rule: Rule, profile: Profile, runs: Sequence[Judged], judged: Sequence[JudgedRule | None]
) -> RuleVerdict:
    """One rule, by the worst that a run says of it."""
    said = [(run, one) for run, one in zip(runs, judged) if one]
    verdict = next(
        (v for v in (BROKEN, ERROR, KEPT) if any(one.verdict == v for _, one in said)),
        NOT_DEMONSTRATED,
    )
    if not said:
        lanes = f" (lanes {', '.join(rule.lanes)} can)" if rule.lanes else ""
        reason = f"no lane that ran can tell{lanes}"
    else:
        telling = [one for _, one in said if one.verdict == verdict] or [one for _, one in said]
        reason = "; ".join(dict.fromkeys(one.reason for one in telling if one.reason))
    cases = [
        (at, case)
        for at, (run, one) in enumerate(zip(runs, judged))
        if one
        for case in of_profile(profile, run.verdict.cases)
        if case.id in set(one.cases)
    ]
    return RuleVerdict(rule, profile.classes.get(rule.id, OUTSIDE), verdict, reason, cases)


def _verdict(
    profile: Profile, runs: Sequence[Judged], rules: Sequence[RuleVerdict]
) -> tuple[str, list[str]]:
    trouble = [
        f"run {run.id} has no verdict: {some(run.verdict.problems or ['a case ended in error'], 2)}"
        for run in runs
        if run.verdict.verdict == ERROR
    ]
    trouble += _strange(profile, runs) + _rounds(profile, runs) + _unstable(profile, runs)
    for one in rules:
        if one.rule.id.startswith(CONTROLS) and one.verdict in (BROKEN, ERROR):
            trouble.append(f"{one.rule.id}: an oracle failed its control, so that none is believed")
        elif one.kind == MUST and one.verdict == ERROR:
            trouble.append(f"{one.rule.id}, which is mandatory, has no verdict: {one.reason}")
    open_ = [one for one in rules if one.kind == MUST and not one.waived]
    broken = [one.rule.id for one in open_ if one.verdict == BROKEN]
    absent = [one.rule.id for one in open_ if one.verdict == NOT_DEMONSTRATED]
    reasons = list(trouble)
    if broken:
        reasons.append(f"{_rules(broken, 'broken')}: {some(broken, 10)}")
    if absent:
        reasons.append(f"{_rules(absent, 'not demonstrated')}: {some(absent, 10)}")
    if trouble:
        return NO_VERDICT, reasons
    if broken:
        return NOT_CERTIFIED, reasons
    if absent:
        return NO_VERDICT, reasons
    waived = sum(bool(one.waived) for one in rules)
    kept = sum(one.kind == MUST for one in rules) - waived
    reasons.append(f"{number(kept, 'mandatory rule')} kept, {waived} waived")
    return CERTIFIED, reasons


def _rules(found: Sequence[str], what: str) -> str:
    return f"{number(len(found), 'mandatory rule')} {what}"


def _strange(profile: Profile, runs: Sequence[Judged]) -> list[str]:
    """Runs that this class of drivers is not judged by. A model is never taken for a device."""
    lanes = {run.id: str(run.run["lane"]) for run in runs}
    trouble = [
        f"run {id} is of a model, which says nothing of the device"
        for id, lane in lanes.items()
        if lane == MODELLED
    ]
    return trouble + [
        f"run {id} is of lane {lane}: such drivers are judged by lane {', '.join(profile.lanes)}"
        for id, lane in lanes.items()
        if profile.lanes and lane not in (MODELLED, *profile.lanes)
    ]


def _rounds(profile: Profile, runs: Sequence[Judged]) -> list[str]:
    made: Counter[str] = Counter()
    for run in runs:
        made[str(run.run["lane"])] += run.terms.rounds
    return [
        f"lane {lane} was booted in {number(count, 'round')} of the {profile.rounds} demanded"
        for lane, count in made.items()
        if count < profile.rounds
    ]


def _unstable(profile: Profile, runs: Sequence[Judged]) -> list[str]:
    """Cases that do not come to the same in each run of a lane."""
    trouble = []
    for lane in dict.fromkeys(str(run.run["lane"]) for run in runs):
        mine = [run for run in runs if run.run["lane"] == lane]
        statuses: dict[str, list[str]] = {}
        for run in mine:
            for case in of_profile(profile, run.verdict.cases):
                statuses.setdefault(case.id, []).append(case.status)
        odd = [id for id, found in statuses.items() if _differ(found, len(mine))]
        if odd:
            trouble.append(f"lane {lane}: not the same in {len(mine)} runs: {some(odd)}")
    return trouble


def _differ(found: Sequence[str], runs: int) -> bool:
    return len(set(found)) > 1 or len(found) != runs
