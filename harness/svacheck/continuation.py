# SPDX-License-Identifier: GPL-2.0
"""After a boot that went down: the further boots, for the cases that it never began. No I/O.

A case that has a result keeps it, the one in which the kernel went down is an error, and the
others run as if only they had been selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from svacheck.bootverdict import downfall
from svacheck.judged import Outcome, number, some
from svacheck.model import Boot
from svacheck.selection import BootPlan, boots_of_suites, suites

HANGS = 3  # further boots that may hang in a run
PATIENCE = 3  # time limits of one boot that the further ones of a run may take together
MARK = "+"  # main+1 is the first further boot after main


@dataclass
class Continuation:
    """The further boots of one run. listed: the cases of the kernel; limit: seconds for a boot."""

    listed: Sequence[str]
    limit: int
    hangs: int = 0
    seconds: float = 0.0
    lock: Lock = field(default_factory=Lock)  # boots are made by several threads

    def plan(self, outcomes: Sequence[Outcome]) -> list[BootPlan]:
        """The boots to make after those of a round so far; [] if none is left to make."""
        made: list[BootPlan] = []
        for outcome, cases in [] if self.exhausted() else _left(outcomes):
            why = f"boot {outcome.boot.name}: {downfall(outcome)}"
            for plan in boots_of_suites(self.listed, cases):
                name, one = _first(outcome.boot.name), outcome.boot.implementation
                made.append(replace(plan, name=name, why=why, implementation=one))
        made.sort(key=lambda plan: "." in plan.glob)  # a suite of which nothing is known tells most
        names = [outcome.boot.name for outcome in outcomes if outcome.boot.why]
        for at, plan in enumerate(made):
            names.append(plan.name + MARK + str(1 + sum(_first(n) == plan.name for n in names)))
            made[at] = replace(plan, name=names[-1])
        return made

    def count(self, boot: Boot) -> None:
        """Note a further boot that was made."""
        with self.lock:
            self.hangs += boot.timed_out
            self.seconds += boot.seconds

    def exhausted(self) -> str:
        """Why no more boots are made, "" if they are."""
        if self.hangs >= HANGS:
            return f"{number(self.hangs, 'further boot')} hung"
        if self.seconds >= PATIENCE * self.limit:
            return f"the further boots took {self.seconds:.0f} s"
        return ""

    def given_up(self, outcomes: Sequence[Outcome]) -> str:
        """Which cases of a round are left because no more boots are made; "" if none are."""
        why = self.exhausted()
        left = [case for _, cases in _left(outcomes) for case in cases]
        return (
            f"{why}, and {number(len(left), 'case')} are left: {some(left)}" if why and left else ""
        )


def taken_over(outcomes: Sequence[Outcome]) -> list[frozenset[str]]:
    """For each boot of a round the cases that it never began and a later one had to run."""
    taken: list[frozenset[str]] = []
    later: dict[str, set[str]] = {}  # by implementation
    for outcome in reversed(outcomes):
        mine = later.setdefault(outcome.boot.implementation, set())
        taken.append(frozenset(mine.intersection(outcome.never_begun())))
        mine.update(outcome.planned if outcome.boot.why else ())
    return taken[::-1]


def _left(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, list[str]]]:
    """The boots of a round that can be gone on with, each with the cases that nobody ran."""
    found: list[tuple[Outcome, list[str]]] = []
    for outcome, taken in zip(outcomes, taken_over(outcomes)):
        never = outcome.never_begun()
        left = [case for case in never if case not in taken]
        # One suite that came to no case would be booted again as it was
        if left and (len(never) < len(outcome.planned) or len(suites(never)) > 1):
            found.append((outcome, left))
    return found


def _first(name: str) -> str:
    """The name of the boot that a further one goes back to."""
    return name.split(MARK)[0]
