# SPDX-License-Identifier: GPL-2.0
"""The judge: from what was planned and what the consoles tell to a verdict. No I/O.

When in doubt it says error: a wrong pass is the worst that could come out of here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from svacheck.bootverdict import judge_boot
from svacheck.continuation import taken_over
from svacheck.judged import (
    BROKEN,
    ERROR,
    FAIL,
    KEPT,
    NOT_BOUND,
    NOT_COVERED,
    NOT_JUDGED,
    PASS,
    SKIP,
    JudgedCase,
    JudgedRule,
    Outcome,
    Verdict,
    number,
    some,
)
from svacheck.rulebook import Rule, Rulebook


def judge(
    selected: Sequence[str],
    outcomes: Sequence[Outcome],
    rulebook: Rulebook,
    cited: Mapping[str, Sequence[str]],
    *,
    strict: bool = False,
    implementations: int = 0,
) -> Verdict:
    """The verdict on one round of boots.

    selected: all "suite.case" that had to run; outcomes: the boots made, each with its
    share of them, and after one that went down those that ran what it had left; cited:
    rules by "suite.case" from the sources, for cases that never printed theirs; strict: a
    broken detail fails the run too; implementations: how many the kernel holds at least.
    Every case must have run for each one that any case ran for.
    """
    trouble: list[str] = []
    cases: list[JudgedCase] = []
    for outcome, taken in zip(outcomes, taken_over(outcomes)):
        judged, said = judge_boot(outcome, cited, taken)
        cases += judged
        trouble += said
    cases, said = _once_each(cases)
    trouble += said
    seen = _implementations(cases)
    trouble += _missing_implementations(cases, seen)
    trouble += _missing_rows(cases)
    if seen and len(seen) < implementations:
        trouble.append(f"{implementations} implementations built in, only {', '.join(seen)} ran")
    trouble += _unruled(cases, rulebook)
    trouble += _disowned(cases, rulebook)
    cases += _not_run(selected, cases, cited)
    if not any(case.boot for case in cases):
        trouble.append("no case was executed")
    elif all(case.status == SKIP for case in cases):
        trouble.append(f"no case was executed: all {len(cases)} were skipped")
    order = {key: at for at, key in enumerate(selected)}
    cases.sort(key=lambda case: order.get(case.key, len(order)))
    return Verdict(
        overall(cases, trouble, rulebook, strict),
        trouble,
        cases,
        judge_rules(rulebook, cases, selected, cited, seen),
        seen,
    )


def overall(
    cases: Sequence[JudgedCase], problems: Sequence[str], rulebook: Rulebook, strict: bool
) -> str:
    """ERROR before FAIL before PASS; cases that cite details alone fail only when strict."""
    if problems or any(case.status == ERROR for case in cases):
        return ERROR
    if any(case.status == FAIL and (strict or blocks(case, rulebook)) for case in cases):
        return FAIL
    return PASS


def blocks(case: JudgedCase, rulebook: Rulebook) -> bool:
    """Whether this case's failure is a failure of the run without --strict.

    What the kernel says of its own health is never a detail.
    """
    if case.unwarned:
        return True
    failing = case.blamed or case.broken or case.rules
    return not failing or any(rulebook.is_contract(rule) for rule in failing)


# ---- all boots ----


def _once_each(cases: Sequence[JudgedCase]) -> tuple[list[JudgedCase], list[str]]:
    """Each id once, the worst of those that came twice, and a problem for each of these."""
    badness = [PASS, SKIP, FAIL, ERROR]
    best: dict[str, JudgedCase] = {}
    twice: list[str] = []
    for case in cases:
        other = best.get(case.id)
        if other:
            twice.append(case.id)
        if not other or badness.index(case.status) > badness.index(other.status):
            best[case.id] = case
    problems = [f"more than one result for {some(list(dict.fromkeys(twice)))}"] if twice else []
    return list(best.values()), problems


def _implementations(cases: Sequence[JudgedCase]) -> list[str]:
    return list(dict.fromkeys(case.implementation for case in cases if case.param))


def _missing_implementations(
    cases: Sequence[JudgedCase], implementations: Sequence[str]
) -> list[str]:
    """KTAP of 6.1 has no plan for parameters: a case must have run for every implementation."""
    ran: dict[str, set[str]] = {}
    for case in cases:
        if case.param:
            ran.setdefault(case.key, set()).add(case.implementation)
    problems = []
    for implementation in implementations:
        without = [key for key, those in ran.items() if implementation not in those]
        if without:
            problems.append(f"implementation {implementation} has no result in {some(without)}")
    return problems


def _missing_rows(cases: Sequence[JudgedCase]) -> list[str]:
    """A case that runs for each row of a table says in each run how many rows there are."""
    ran: dict[tuple[str, str], list[JudgedCase]] = {}
    for case in cases:
        if case.rows:
            ran.setdefault((case.key, case.implementation), []).append(case)
    return [
        f"{key}/{implementation} ran for {len(those)} of {max(case.rows for case in those)} rows"
        for (key, implementation), those in ran.items()
        if len(those) != max(case.rows for case in those)
    ]


def _unruled(cases: Sequence[JudgedCase], rulebook: Rulebook) -> list[str]:
    """A case that names no rule, or an unknown one, judges nothing."""
    problems = []
    bare = [case.id for case in cases if case.status == PASS and not case.rules]
    if bare:
        problems.append(f"passed without naming a rule: {some(bare)}")
    for rule in dict.fromkeys(rule for case in cases for rule in case.judges):
        if rule not in rulebook.rules:
            citing = [case.id for case in cases if rule in case.judges]
            problems.append(f"rule {rule} is in no rulebook file, but cited by {some(citing)}")
    return problems


def _disowned(cases: Sequence[JudgedCase], rulebook: Rulebook) -> list[str]:
    """An implementation cannot skip itself out of a rule that binds it by its name, unless
    the rule is one that not every kernel can keep."""
    problems = []
    for name in _implementations(cases):
        mine = [case for case in cases if case.implementation == name]
        judged = {rule for case in mine if case.status != SKIP for rule in case.rules}
        left = {
            rule: case.reason
            for case in mine
            if case.status == SKIP and case.reason.startswith(f"{name} has no ")
            for rule in case.rules
            if rule in rulebook.rules
            and name in rulebook.rules[rule].binds
            and not rulebook.rules[rule].where
            and rule not in judged
        }
        if left:
            said = "; ".join(dict.fromkeys(left.values()))
            problems.append(
                f"{some(sorted(left))} bind {name}, which skips all their cases: {said}"
            )
    return problems


def _not_run(
    selected: Sequence[str], cases: Sequence[JudgedCase], cited: Mapping[str, Sequence[str]]
) -> list[JudgedCase]:
    ran = {case.key for case in cases}
    return [
        JudgedCase(
            suite=key.split(".", 1)[0],
            name=key.split(".", 1)[1],
            param="",
            status=ERROR,
            rules=list(cited.get(key, ())),
            broken=[],
            blamed=[],
            unwarned=False,
            reason="not run",
            messages=[],
            where="",
            boot="",
            first_line=0,
            last_line=0,
        )
        for key in selected
        if key not in ran
    ]


def absent(listed: Sequence[str], cited: Mapping[str, Sequence[str]]) -> list[str]:
    """Problems if the kernel holds other cases than the sources: silence is no pass."""
    gone, strange = sorted(set(cited) - set(listed)), sorted(set(listed) - set(cited))
    problems = []
    if gone:
        problems.append(f"{number(len(gone), 'case')} of the sources not built in: {some(gone)}")
    if strange:
        problems.append(
            f"{number(len(strange), 'case')} built in but not in the sources: {some(strange)}"
        )
    return problems


# ---- rules ----


def judge_rules(
    rulebook: Rulebook,
    cases: Sequence[JudgedCase],
    selected: Sequence[str],
    cited: Mapping[str, Sequence[str]],
    implementations: Sequence[str] = (),
) -> list[JudgedRule]:
    """A verdict for every rule of the book, in its order.

    A case says of a rule only what it says for an implementation that the rule binds.
    """
    chosen = set(selected)
    left_out = {rule for key, rules in cited.items() if key not in chosen for rule in rules}
    judging: dict[str, list[JudgedCase]] = defaultdict(list)
    for case in cases:
        for judges in case.judges:
            judging[judges].append(case)
    judged = []
    for rule in rulebook.rules.values():
        mine = [case for case in judging[rule.id] if rule.binds_to(case.implementation)]
        statuses = Counter(case.outcome_for(rule.id) for case in mine)
        unjudged = [case for case in mine if case.outcome_for(rule.id) == NOT_JUDGED]
        skips = list(dict.fromkeys(case.reason for case in mine if case.status == SKIP))
        passed = statuses[PASS]
        instead = _instead(rule, rulebook, implementations)
        reason = ""
        if statuses[FAIL]:
            verdict = BROKEN
            reason = f"{statuses[ERROR]} of its cases ended in error" if statuses[ERROR] else ""
        elif statuses[ERROR]:
            verdict = ERROR
            reason = "; ".join(dict.fromkeys(c.reason for c in mine if c.status == ERROR))
        elif passed:
            verdict = KEPT
            if skips:
                reason = f"{number(statuses[SKIP], 'case')} skipped: {'; '.join(skips)}"
            if unjudged:
                reason += "; " if reason else ""
                reason += f"{number(len(unjudged), 'case')} {_not_judged(unjudged)}"
        else:
            verdict = NOT_COVERED
            if unjudged:
                reason = _not_judged(unjudged)
            elif skips:
                reason = "; ".join(skips)
            elif implementations and not any(map(rule.binds_to, implementations)):
                verdict, reason = NOT_BOUND, f"binds {', '.join(rule.binds)}"
                if instead:
                    reason = f"differs by design: {', '.join(instead)}"
            else:
                reason = "not selected" if rule.id in left_out else "no case ran"
        judged.append(
            JudgedRule(
                rule.id,
                verdict,
                rule.kind,
                rule.sentence,
                rule.source,
                [case.id for case in mine],
                reason,
                instead,
            )
        )
    return judged


def _instead(rule: Rule, rulebook: Rulebook, implementations: Sequence[str]) -> list[str]:
    """The rules that some of the implementations keep in place of this one."""
    return [
        other.id
        for other in rulebook.rules.values()
        if rule.id in other.instead_of and any(map(other.binds_to, implementations))
    ]


def _not_judged(cases: Sequence[JudgedCase]) -> str:
    """Why these cases say nothing of their own rules."""
    rules = dict.fromkeys(rule for case in cases for rule in case.blamed)
    return f"not judged: the driver broke {', '.join(rules)}"
