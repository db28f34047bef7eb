# SPDX-License-Identifier: GPL-2.0
"""Failures that are known and waited for: configs/known-issues.toml."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from svacheck import kernelrange, places
from svacheck.errors import Problem
from svacheck.gate.compare import FAILING, Change, Comparison, broken_by, troubles
from svacheck.kernels import lane_names

FILE = places.ROOT / "configs" / "known-issues.toml"
_TEXTS = ("kernels", "reason", "link", "owner")


@dataclass
class Issue:
    """A rule, or the cases that a glob matches, of which a failure is known.

    kernels: a range, as in kernelrange.py; found: the ids of what fails because of it.
    """

    number: int
    rule: str
    case: str
    kernels: str
    reason: str
    link: str
    expires: datetime.date
    owner: str
    says: str = ""  # of a case: what must stand in all that went wrong, or it is another failure
    lanes: tuple[str, ...] = ()  # that have the case; () for all
    found: list[str] = field(default_factory=list)

    def is_of(self, version: str) -> bool:
        """Whether it is expected of a kernel of this version."""
        return kernelrange.holds(self.kernels, version)

    def expired(self, today: datetime.date) -> bool:
        """Whether it is past the last day on which it counts."""
        return today > self.expires

    def record(self, today: datetime.date) -> dict[str, Any]:
        """As it stands in gate.json."""
        return {
            "number": self.number,
            "rule": self.rule,
            "case": self.case,
            "kernels": self.kernels,
            "reason": self.reason,
            "link": self.link,
            "expires": self.expires.isoformat(),
            "owner": self.owner,
            "expired": self.expired(today),
            "found": self.found,
        }


def load(version: str, lane: str, path: Path = FILE) -> list[Issue]:
    """Those of a kernel version in a lane; Problem if the file is wrong."""
    issues = load_all(path)
    return [one for one in issues if one.is_of(version) and lane in (one.lanes or (lane,))]


def load_all(path: Path = FILE) -> list[Issue]:
    """Those of every kernel and lane; Problem if the file is wrong."""
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"cannot read the known issues: {error}", str(path)) from error
    entries = content.get("issue", [])
    if set(content) - {"issue"} or not isinstance(entries, list):
        raise Problem("it must hold [[issue]] tables and nothing else", str(path))
    return [_issue(entry, number, path) for number, entry in enumerate(entries, start=1)]


def _issue(entry: object, number: int, path: Path) -> Issue:
    where = f"{path}, issue number {number}"
    if not isinstance(entry, Mapping):
        raise Problem("an issue must be a table", where)
    subject = sorted(set(entry) & {"rule", "case"})
    says = {"says"} & set(entry) if subject == ["case"] else set()
    lanes = {"lanes"} & set(entry)
    if len(subject) != 1 or set(entry) != {*_TEXTS, "expires", *subject, *says, *lanes}:
        names = ", ".join((*_TEXTS, "expires"))
        raise Problem(f"a known issue has a rule or a case, {names}, and no more", where)
    for key in (*subject, *_TEXTS, *says):
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise Problem(f"{key!r} must be text, not empty", where)
    kernelrange.check(entry["kernels"], where)
    expires = entry["expires"]
    if type(expires) is not datetime.date:
        raise Problem("'expires' must be a date, such as 2027-03-31 without quotes", where)
    named = entry.get("lanes", [])
    if not isinstance(named, list) or not set(named) <= set(lane_names()):
        raise Problem("'lanes' must name lanes of configs/lanes.toml", where)
    both: dict[str, Any] = {"rule": "", "case": "", **entry, "lanes": tuple(named)}
    return Issue(number=number, **both)


def mark(comparison: Comparison, issues: Sequence[Issue]) -> None:
    """Give every failure that is known the number of its issue, and the issue the failure.

    A case is known by its own id, or if each rule that it breaks is; a rule by its own id, or
    if each case that breaks it is.
    """
    by_rule = {issue.rule: issue for issue in issues if issue.rule}
    by_case = [issue for issue in issues if issue.case]
    known: dict[str, Issue] = {}
    for case in comparison.cases:
        if case.change not in FAILING:
            continue
        issue = _of_case(case.id, case.rules, case.troubles, by_rule, by_case)
        if issue:
            known[case.id] = issue
            _pin(case, issue)
    for rule in comparison.rules:
        if rule.change not in FAILING:
            continue
        whole = bool(rule.cases) and all(case in known for case in rule.cases)
        issue = by_rule.get(rule.id) or (known[rule.cases[0]] if whole else None)
        if issue:
            _pin(rule, issue)


def _of_case(
    name: str,
    rules: Sequence[str],
    said: Sequence[str],
    by_rule: Mapping[str, Issue],
    by_case: Sequence[Issue],
) -> Issue | None:
    fitting = (one for one in by_case if fnmatchcase(name, one.case))
    direct = next((one for one in fitting if all(one.says in line for line in said)), None)
    if direct or not rules or not all(rule in by_rule for rule in rules):
        return direct
    return by_rule[rules[0]]


def failing(
    run: Mapping[str, Any], issues: Sequence[Issue], today: datetime.date
) -> list[dict[str, Any]]:
    """The failing cases of a run that are known, each with its issue, for run.json; one that
    has expired is known no more."""
    good = [issue for issue in issues if not issue.expired(today)]
    by_rule = {issue.rule: issue for issue in good if issue.rule}
    by_case = [issue for issue in good if issue.case]
    found = []
    for case in run["cases"]:
        if case["status"] != "fail":
            continue
        issue = _of_case(case["id"], broken_by(case), troubles(case), by_rule, by_case)
        if issue:
            found.append(
                {
                    "case": case["id"],
                    "reason": issue.reason,
                    "link": issue.link,
                    "expires": issue.expires.isoformat(),
                }
            )
    return found


def _pin(change: Change, issue: Issue) -> None:
    change.known = issue.number
    issue.found.append(change.id)


def remarks(
    issues: Sequence[Issue], today: datetime.date, whole: bool
) -> tuple[list[str], list[str]]:
    """What is wrong with the issues: for which the gate fails, and what is only pointed out.

    whole: all cases ran, so that an issue which matches nothing is one too many.
    """
    bad = [
        f"known issue {one.number} ({one.rule or one.case}, {one.owner}) expired on {one.expires}"
        for one in issues
        if one.expired(today)
    ]
    idle = [
        f"known issue {one.number} ({one.rule or one.case}, {one.owner}) matches no failure:"
        " if it is fixed, remove it"
        for one in issues
        if whole and not one.found
    ]
    return bad, idle
