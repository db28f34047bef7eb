# SPDX-License-Identifier: GPL-2.0
"""What changed between two runs, rule by rule and case by case. No I/O."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from svacheck.errors import Problem

REGRESSION = "regression"
NEW_FAILURE = "new failure"
DISAPPEARED = "disappeared"
UNSTABLE = "unstable"
STILL_FAILING = "still failing"
FIXED = "fixed"
APPEARED = "appeared"
CLASSES = (REGRESSION, NEW_FAILURE, DISAPPEARED, UNSTABLE, STILL_FAILING, FIXED, APPEARED)
FAILING = (REGRESSION, NEW_FAILURE, STILL_FAILING)  # of what does not hold at head
SLOWER = "slower"  # of a metric: neither a rule nor a case is
FAIL_ON = (REGRESSION, NEW_FAILURE, DISAPPEARED, SLOWER)  # unless the user says otherwise

ABSENT = "absent"
# What the judge makes of the driver's and the kernel's doings
_OWN = re.compile(r"the (?:driver broke|kernel reported) |expected \d+ warning")
_HEADLINE = re.compile(r"(?:EXPECTATION|ASSERTION) FAILED at ")
_GOOD, _BAD, _SILENT, _GONE = range(4)
_MEANING = {
    "kept": _GOOD,
    "pass": _GOOD,
    "broken": _BAD,
    "fail": _BAD,
    "error": _BAD,
    "not covered": _SILENT,
    "not bound": _SILENT,
    "skip": _SILENT,
    ABSENT: _GONE,
}
# From base (row) to head (column): good, bad, silent, gone. A case that says nothing any more,
# or a rule that nothing covers, is as little to be trusted as one that is gone.
_CLASS = (
    ("", REGRESSION, DISAPPEARED, DISAPPEARED),
    (FIXED, STILL_FAILING, DISAPPEARED, DISAPPEARED),
    (APPEARED, NEW_FAILURE, "", DISAPPEARED),
    (APPEARED, NEW_FAILURE, APPEARED, ""),
)


@dataclass
class Change:
    """A rule or case that is not the same at head, or does not hold there.

    base, head: its verdict or status, or ABSENT; detail: it is no contract; rules: of a case,
    those its failure breaks; cases: of a rule, the ids of those that break it at head;
    evidence: the first thing that went wrong, or why nothing is said; troubles: of a case,
    everything that went wrong, a line each; again: what the case came to when it was run
    again; known: the number of its known issue, from 1, 0 for none.
    """

    id: str
    change: str
    base: str
    head: str
    detail: bool
    evidence: str = ""
    troubles: list[str] = field(default_factory=list)
    where: str = ""
    rules: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    sentence: str = ""
    alone: str = ""
    console: str = ""
    again: str = ""
    known: int = 0


@dataclass
class Comparison:
    """All changes, the rules in the order of the rulebook, the cases in that of the runs."""

    rules: list[Change]
    cases: list[Change]

    def failing(self, fail_on: Sequence[str], strict: bool) -> list[Change]:
        """The changes for which a gate does not open."""
        return [
            one
            for one in (*self.rules, *self.cases)
            if one.change in fail_on and not one.known and (strict or not one.detail)
        ]


def counts(changes: Sequence[Change]) -> dict[str, int]:
    """How many there are of each class; the known ones are counted apart."""
    found = Counter("known" if one.known else one.change for one in changes)
    return {name: found[name] for name in (*CLASSES, "known")}


def comparable(base: Mapping[str, Any], head: Mapping[str, Any]) -> None:
    """Problem if the two runs did not do the same."""
    for key, name in (("lane", "lane"), ("select", "selection"), ("kernel_args", "parameters")):
        if base[key] != head[key]:
            raise Problem(
                f"the runs are not of one {name}: {_shown(base[key])} and {_shown(head[key])}",
                f"{base['id']}, {head['id']}",
                "compare runs that were made alike",
            )


def _shown(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else str(value) or "all"


def compare(base: Mapping[str, Any], head: Mapping[str, Any]) -> Comparison:
    """The changes from one run.json to another, neither of which is an error."""
    kinds = {
        rule["id"]: rule["kind"] for run in (base, head) for rule in run["rules"]
    }  # of head where both have it
    return Comparison(_rules(base, head), _cases(base, head, kinds))


def _pairs(
    base: Sequence[Mapping[str, Any]], head: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """What has the same id, in the order of head; then what head does not have."""
    before = {one["id"]: one for one in base}
    now = {one["id"]: one for one in head}
    both = [(before.get(one["id"]), one) for one in head]
    return [*both, *((one, None) for one in base if one["id"] not in now)]


def _change(base: str, head: str) -> str:
    return _CLASS[_MEANING[base]][_MEANING[head]]


def change_table() -> dict[str, dict[str, str]]:
    """The class of each verdict or status at base, by that at head; "" for no change."""
    return {base: {head: _change(base, head) for head in _MEANING} for base in _MEANING}


def _rules(base: Mapping[str, Any], head: Mapping[str, Any]) -> list[Change]:
    cases = {case["id"]: case for case in head["cases"]}
    changes = []
    for before, now in _pairs(base["rules"], head["rules"]):
        was = before["verdict"] if before else ABSENT
        has = now["verdict"] if now else ABSENT
        change = _change(was, has)
        if not change:
            continue
        rule = now or before or {}
        breaking = [
            cases[name]
            for name in (now or {}).get("cases", ())
            if name in cases and breaks(cases[name], rule["id"])
        ]
        # First those that are about the rule, then those that found a leak in passing
        breaking.sort(key=lambda case: bool(case["broken"]))
        made = Change(rule["id"], change, was, has, rule["kind"] == "detail")
        made.sentence = rule["sentence"]
        made.cases = [case["id"] for case in breaking]
        made.evidence = evidence(breaking[0]) if breaking else (now or {}).get("reason", "")
        made.where = breaking[0]["where"] if breaking else ""
        changes.append(made)
    return changes


def breaks(case: Mapping[str, Any], rule: str) -> bool:
    """Whether it is this rule that the case's failure breaks."""
    return case["status"] in ("fail", "error") and rule in broken_by(case)


def broken_by(case: Mapping[str, Any]) -> list[str]:
    """The rules that a failing case breaks."""
    return list(case["blamed"] or case["broken"] or case["rules"])


def _cases(
    base: Mapping[str, Any], head: Mapping[str, Any], kinds: Mapping[str, str]
) -> list[Change]:
    consoles = {boot["name"]: boot["console"] for boot in head["boots"]}
    changes = []
    for before, now in _pairs(base["cases"], head["cases"]):
        was = before["status"] if before else ABSENT
        has = now["status"] if now else ABSENT
        change = _change(was, has)
        if not change:
            continue
        case = now or before or {}
        rules = broken_by(case)
        made = Change(case["id"], change, was, has, _is_detail(case, rules, kinds), rules=rules)
        made.alone = case["alone"]
        if now:
            made.evidence, made.where = evidence(now), now["where"]
            made.troubles = troubles(now) if has in ("fail", "error") else []
            if now["boot"] in consoles:
                made.console = f"{consoles[now['boot']]}:{now['first_line']}"
        changes.append(made)
    return changes


def _is_detail(case: Mapping[str, Any], rules: Sequence[str], kinds: Mapping[str, str]) -> bool:
    """As in a run: what the kernel says of its own health is never a detail."""
    return not case["unwarned"] and bool(rules) and all(kinds.get(r) == "detail" for r in rules)


def evidence(case: Mapping[str, Any]) -> str:
    """One line: what was expected of which call, or why the case says nothing."""
    lines = _lines(case)
    at = next((n for n, line in enumerate(lines) if _HEADLINE.search(line)), None)
    if at is not None:
        return _expected(lines, at)
    if not lines:
        return str(case["reason"])
    return next((line for line in lines if _OWN.match(line)), lines[0]).strip()


def troubles(case: Mapping[str, Any]) -> list[str]:
    """A line for each thing that went wrong, at least one."""
    lines = _lines(case)
    found = [_expected(lines, n) for n, line in enumerate(lines) if _HEADLINE.search(line)]
    found += [line.strip() for line in lines if _OWN.match(line)]
    return found or [evidence(case)]


def _lines(case: Mapping[str, Any]) -> list[str]:
    return [str(line) for message in case["messages"] for line in message.splitlines()]


def _expected(lines: Sequence[str], at: int) -> str:
    """What the failure says whose headline stands there.

    Below it KUnit prints its own words, and the suite's come last; what the kernel printed
    meanwhile stands before the headline, what is made of it after.
    """
    below = [line.strip() for line in takewhile(lambda one: one.startswith(" "), lines[at + 1 :])]
    words = 0  # of KUnit's own: what was expected, and if it is of two values, these
    if below and below[0].startswith("Expected "):
        words = 3 if below[0].endswith(", but") else 1
    if len(below) > words:
        return below[-1]
    return " ".join(below[:2]) or lines[at].strip()
