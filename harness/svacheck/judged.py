# SPDX-License-Identifier: GPL-2.0
"""What the judge is given and what it gives: outcomes in, judged cases and rules out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from svacheck.console import Ending, LockdepOff
from svacheck.errors import EXIT_FAIL, EXIT_PASS, EXIT_TROUBLE
from svacheck.knownreports import Pinned
from svacheck.ktap import Counts
from svacheck.model import Boot, Case, Report

PASS, FAIL, ERROR, SKIP = "pass", "fail", "error", "skip"
KEPT, BROKEN, NOT_COVERED = "kept", "broken", "not covered"
NOT_BOUND = "not bound"  # a rule for implementations that this kernel does not have
NOT_JUDGED = "not judged"  # what a case says of a rule when the driver stood in its way
HALTED = "halted"
EXIT = {PASS: EXIT_PASS, FAIL: EXIT_FAIL, ERROR: EXIT_TROUBLE}


@dataclass(frozen=True)
class Outcome:
    """One boot as it was read: what the judge is given.

    planned: the "suite.case" it had to run; counts, kunit_counts: of our reader, judging
    each line as kunit.py does, and of kunit.py's (None: it could not be asked);
    explained: why the two differ, if that is known; faults: what is wrong with the KTAP
    as a whole, one line each; pinned: reports that are known, which are not among reports;
    lockdep_off: where lockdep stopped, None if it did not or the kernel has none.
    """

    boot: Boot
    planned: Sequence[str]
    cases: Sequence[Case]
    reports: Sequence[Report]
    ending: Ending
    counts: Counts
    kunit_counts: Counts | None
    explained: str = ""
    faults: Sequence[str] = ()
    pinned: Sequence[Pinned] = ()
    lockdep_off: LockdepOff | None = None

    @property
    def went_down(self) -> bool:
        """Whether the kernel came to an end that was not its own choice, nor a person's."""
        halted = self.ending.kind == HALTED and not self.boot.timed_out
        return not halted and not self.boot.interrupted

    def never_begun(self) -> list[str]:
        """The planned cases that a kernel which went down left without a word."""
        begun = {f"{case.suite}.{case.name}" for case in self.cases}
        return [key for key in self.planned if key not in begun] if self.went_down else []

    def without_lockdep(self) -> list[str]:
        """Ids of the cases that lockdep, which had stopped, did not watch."""
        off = self.lockdep_off
        if not off:
            return []
        return [
            case.id
            for case in self.cases
            if case.name
            and (case.first_line > off.line or (case.last_line >= off.line and not off.announced))
        ]


@dataclass
class JudgedCase:
    """One (suite, case, param) with its verdict and what a reader needs to believe it."""

    suite: str
    name: str
    param: str
    status: str  # PASS, FAIL, ERROR or SKIP
    rules: list[str]
    broken: list[str]  # if not empty: what failed is these rules, its own hold
    blamed: list[str]  # if not empty: the driver broke these, its own were not judged
    unwarned: bool  # the kernel reported what the case had not declared, or did not warn
    reason: str  # of a skip or an error
    messages: list[str]
    where: str  # file:line of the first failed assertion, "" if none is known
    boot: str
    first_line: int  # of that boot's console, 1-based; 0 if it never ran
    last_line: int
    rows: int = 0  # of its table; 0 for a case without
    explored: dict[str, int | str] = field(default_factory=dict)  # as the case says itself
    reproducer: str = ""  # the shortest sequence of calls that fails, "" for none

    @property
    def key(self) -> str:
        """suite.case"""
        return f"{self.suite}.{self.name}"

    @property
    def id(self) -> str:
        """suite.case/param"""
        return self.key + (f"/{self.param}" if self.param else "")

    def outcome_for(self, rule: str) -> str:
        """What this case says of a rule: its status, but for a leak found after it, and
        for a driver that stood in its way."""
        if self.blamed and rule not in self.blamed:
            return NOT_JUDGED
        if self.status == FAIL and self.broken and rule not in self.broken:
            return PASS
        return self.status

    @property
    def judges(self) -> list[str]:
        """The rules it says something about."""
        return list(dict.fromkeys([*self.rules, *self.broken, *self.blamed]))

    @property
    def implementation(self) -> str:
        """The param without its row, "" for a case without."""
        return self.param.split(":", 1)[0]


@dataclass
class JudgedRule:
    """A rule's verdict: KEPT, BROKEN, ERROR, NOT_COVERED or NOT_BOUND, and the ids of its
    cases; instead: the rules that implementations of this kernel keep in its place."""

    id: str
    verdict: str
    kind: str
    sentence: str
    source: str
    cases: list[str]
    reason: str
    instead: list[str] = field(default_factory=list)


@dataclass
class Verdict:
    """What a run comes to."""

    verdict: str  # PASS, FAIL or ERROR
    problems: list[str]
    cases: list[JudgedCase]
    rules: list[JudgedRule]
    implementations: list[str] = field(default_factory=list)

    @property
    def exit_status(self) -> int:
        """0, 1 or 2."""
        return EXIT[self.verdict]

    def counts(self) -> dict[str, int]:
        """How many cases came to what; bodies: the same body counts once, whatever it is given."""
        found = Counter(case.status for case in self.cases)
        return {
            "bodies": len({case.key for case in self.cases}),
            "cases": len(self.cases),
            "passed": found[PASS],
            "failed": found[FAIL],
            "errors": found[ERROR],
            "skipped": found[SKIP],
        }


def some(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many there are beyond."""
    shown = ", ".join(names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def number(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
