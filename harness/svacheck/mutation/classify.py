# SPDX-License-Identifier: GPL-2.0
"""What became of a mutant, from the verdict on its boots. No I/O.

A rule kills a mutant when a case of that rule fails: an expectation does not hold, a leak
is found after the case, or the kernel warns. A case in which the kernel crashes kills it as
well, but is told apart: where a check for NULL is missing nothing else can happen. A case
in which it hangs kills nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from svacheck import verdict
from svacheck.judged import ERROR, FAIL, HALTED, KEPT, PASS, JudgedCase, Outcome, Verdict
from svacheck.rulebook import Rulebook

KILLED = "killed"  # a rule is broken
CRASHED = "crashed"  # only a panic, an oops or a sanitizer's report in a case tells
REFUSED = "refused"  # no case tells, but the judge sees what is missing, and gives no verdict
HUNG = "hung"
UNCOVERED = "uncovered"  # passes, with a rule less
SURVIVED = "survived"
SAME = "same object"  # the compiler makes the same of it as of the unchanged code
TWIN = "twin"  # the compiler makes the same of it as of another mutant
NOT_BUILT = "not built"
CLASSES = (KILLED, CRASHED, REFUSED, HUNG, UNCOVERED, SURVIVED, SAME, TWIN, NOT_BUILT)

EXPECTATION, LEAK, WARNING, CRASH = "expectation", "leak", "warning", "crash"
HANG = "hang"  # of an ending


@dataclass(frozen=True)
class Fate:
    """rules: that are broken, or of the case that crashed; by: how they were seen to be;
    cases: some that failed, or the one that crashed; also: a crash or hang besides; why:
    for those that no rule killed."""

    kind: str
    rules: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    why: str = ""
    seconds: float = field(default=0.0, compare=False)


def classify(
    outcomes: Sequence[Outcome],
    selected: Sequence[str],
    book: Rulebook,
    cited: Mapping[str, Sequence[str]],
    kept: frozenset[str],
) -> Fate:
    """The fate of a mutant whose boots had these outcomes.

    selected: what those boots had to run; kept: the rules that the unchanged code keeps
    in them."""
    judged = verdict.judge(selected, outcomes, book, cited, strict=True, implementations=1)
    rules: dict[str, None] = {}
    ways: dict[str, None] = {}
    cases: list[str] = []
    crashes: list[tuple[JudgedCase, str]] = []
    for case in judged.cases:
        if case.status == ERROR and case.boot:
            crashes += [(case, text) for text in _end_of(case.boot, outcomes)]
        if case.status != FAIL:
            continue
        way, report = _way(case, outcomes)
        if way:
            ways[way] = None
            cases.append(case.id)
            rules |= dict.fromkeys(r for r in case.judges if case.outcome_for(r) == FAIL)
        if report:
            crashes.append((case, report))
    hung = any(outcome.ending.kind == HANG for outcome in outcomes)
    crashed = crashes or any(_end_of(outcome.boot.name, outcomes) for outcome in outcomes)
    also = ((CRASHED,) if crashed else ()) + ((HUNG,) if hung else ())
    if rules:
        return Fate(KILLED, tuple(rules), tuple(sorted(ways)), tuple(cases[:5]), also)
    if crashes:
        case, text = crashes[0]
        return Fate(CRASHED, tuple(case.rules), (CRASH,), (case.id,), also, text[:300])
    if hung:
        return Fate(HUNG, also=also, why=_first(judged, HANG))
    if judged.verdict != PASS:
        return Fate(REFUSED, why=_first(judged, ""))
    now = kept_rules(judged)
    if kept - now:
        why = "no case of it ran any more: " + ", ".join(sorted(kept - now))
        return Fate(UNCOVERED, why=why)
    return Fate(SURVIVED)


def kept_rules(judged: Verdict) -> frozenset[str]:
    """The rules that a verdict finds kept."""
    return frozenset(rule.id for rule in judged.rules if rule.verdict == KEPT)


def _way(case: JudgedCase, outcomes: Sequence[Outcome]) -> tuple[str, str]:
    """How a failed case tells that its rule is broken ("" if it does not), and the report
    of a crash in it, if any."""
    outcome = next(o for o in outcomes if o.boot.name == case.boot)
    raw = next(c for c in outcome.cases if c.id == case.id)
    declared = {function for function, _ in raw.expected_warns}
    inside = [r for r in outcome.reports if raw.first_line <= r.line <= raw.last_line]
    crashes = [f"{r.kind}: {r.text}" for r in inside if r.kind != "WARNING"]
    crash = crashes[0] if crashes else ""
    if raw.status == FAIL:
        return (LEAK if case.broken else EXPECTATION), crash
    strange = [r for r in inside if r.kind == "WARNING" and r.function not in declared]
    if len(inside) - len(crashes) - len(strange) != sum(count for _, count in raw.expected_warns):
        return EXPECTATION, crash
    return (WARNING if strange else ""), crash


def _end_of(boot: str, outcomes: Sequence[Outcome]) -> list[str]:
    """How the kernel of a boot crashed; [] if it did not."""
    endings = [outcome.ending for outcome in outcomes if outcome.boot.name == boot]
    return [f"{e.kind}: {e.text}" for e in endings if e.kind not in (HALTED, HANG, "power-off")]


def _first(judged: Verdict, word: str) -> str:
    errors = [f"{c.id}: {c.reason}" for c in judged.cases if c.status == ERROR]
    said = [problem for problem in judged.problems if word in problem]
    return (said or judged.problems or errors or ["no reason"])[0][:300]
