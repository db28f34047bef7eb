# SPDX-License-Identifier: GPL-2.0
"""Waivers: what a certificate does without for now. configs/waivers.toml"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from svacheck import kernelrange
from svacheck.errors import Problem
from svacheck.gate.compare import troubles
from svacheck.judged import FAIL, JudgedCase
from svacheck.rulebook import Rulebook

BROKEN, NOT_DEMONSTRATED = "broken", "not demonstrated"
WAIVABLE = (BROKEN, NOT_DEMONSTRATED)
_TEXTS = ("rule", "verdict", "kernels", "reason", "link", "owner")
_OPTIONAL = {"cases", "says", "profiles"}


@dataclass(frozen=True)
class Waiver:
    """One of them. verdict: what is waived; cases: globs of those that may break the
    rule; says: what must stand in all that went wrong in these; profiles: of which, () for all."""

    number: int
    rule: str
    verdict: str
    kernels: str
    reason: str
    link: str
    owner: str
    expires: datetime.date
    cases: tuple[str, ...] = ()
    says: str = ""
    profiles: tuple[str, ...] = ()

    def expired(self, today: datetime.date) -> bool:
        """Whether it is past the last day on which it counts."""
        return today > self.expires

    def is_of(self, version: str, profile: str) -> bool:
        """Whether it is for a kernel of this version, under this profile."""
        return kernelrange.holds(self.kernels, version) and profile in (self.profiles or (profile,))

    def covers(self, case: JudgedCase) -> bool:
        """Whether it is for what went wrong in this case, all of it."""
        named = any(fnmatchcase(case.id, glob) for glob in self.cases)
        return named and all(self.says in line for line in troubles(asdict(case)))


def waiving(
    rule: str, verdict: str, cases: Sequence[JudgedCase], waivers: Sequence[Waiver]
) -> list[Waiver]:
    """Those of waivers by which this verdict on a rule is waived; [] if it is not.

    cases: those that the verdict is of. Each that breaks the rule needs one that covers it."""
    mine = [one for one in waivers if (one.rule, one.verdict) == (rule, verdict)]
    if verdict != BROKEN:
        return mine[:1]
    breaking = [case for case in cases if case.outcome_for(rule) == FAIL]
    used = [next((one for one in mine if one.covers(case)), None) for case in breaking]
    found = [one for one in used if one]
    return list(dict.fromkeys(found)) if len(found) == len(used) else []


def parse(text: str, where: str, book: Rulebook) -> list[Waiver]:
    """Those of a file with this text; Problem if it is wrong."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Problem(f"it is no TOML: {error}", where) from error
    entries = content.get("waiver", [])
    if set(content) - {"waiver"} or not isinstance(entries, list):
        raise Problem("it must hold [[waiver]] tables and nothing else", where)
    return [_waiver(entry, n, f"{where}, waiver {n}", book) for n, entry in enumerate(entries, 1)]


def _waiver(entry: object, number: int, where: str, book: Rulebook) -> Waiver:
    if not isinstance(entry, Mapping):
        raise Problem("a waiver must be a table", where)
    needed = {*_TEXTS, "expires"}
    if not needed <= set(entry) <= needed | _OPTIONAL:
        names = ", ".join((*_TEXTS, "expires"))
        optional = ", ".join(sorted(_OPTIONAL))
        raise Problem(f"a waiver has {names}, may have {optional}, and no more", where)
    for key in (*_TEXTS, *({"says"} & set(entry))):
        if (
            not isinstance(entry[key], str)
            or not entry[key].strip()
            or not entry[key].isprintable()
        ):
            raise Problem(f"{key!r} must be one line of text, not empty", where)
    if entry["rule"] not in book.rules:
        raise Problem(f"there is no rule {entry['rule']!r}", where, "svacheck rules lists them")
    if entry["verdict"] not in WAIVABLE:
        raise Problem(f"'verdict' must be one of {', '.join(WAIVABLE)}", where)
    lists = {key: _strings(entry, key, where) for key in ("cases", "profiles")}
    of_cases = bool(lists["cases"]), "says" in entry
    if of_cases[0] != (entry["verdict"] == BROKEN) or (of_cases[1] and not of_cases[0]):
        raise Problem("'cases' and 'says' are of what is broken, which needs 'cases'", where)
    kernelrange.check(entry["kernels"], where)
    if type(entry["expires"]) is not datetime.date:
        raise Problem("'expires' must be a date, such as 2027-03-31 without quotes", where)
    both: dict[str, Any] = {**entry, **lists}
    return Waiver(number=number, **both)


def _strings(entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise Problem(f"{key!r} must be a list of text", where)
    return tuple(value)
