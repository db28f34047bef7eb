# SPDX-License-Identifier: GPL-2.0
"""Boots of one side or two, in an order that is fair, until there is an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from svacheck.bench.compare import FEWEST, Answer, Comparison, Terms, compare, least, together
from svacheck.bench.counting import stepper
from svacheck.bench.series import Series, values
from svacheck.bench.side import SUITES, Side
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.progress import Progress

COUNTED = 2  # boots of a side: they are alike, or it shows
LOOKS = (8, 16, 32, 64)  # boots of a side after which an answer is looked for


@dataclass
class Timed:
    """A side and what its boots have measured: a list of series for each boot.

    args: for its kernel, besides the lane's; counted: boots whose instructions were counted.
    """

    side: Side
    name: str
    args: tuple[str, ...] = ()
    boots: list[list[Series]] = field(default_factory=list)
    counted: list[list[Series]] = field(default_factory=list)

    def boot(self, place: Path, log: CommandLog, suites: str = SUITES) -> None:
        """One more boot; place: folder for its console."""
        nth = len(self.boots)
        out = place / f"{self.name}.{nth}.console"
        self.boots.append(self.side.boot(nth, suites, self.args, log, out))

    def boot_all(self, place: Path, log: CommandLog) -> None:
        """One more boot of the suites and of the programs, which count as one."""
        nth = len(self.boots)
        self.boot(place, log)
        for one in self.side.implementations:
            out = place / f"{self.name}.{nth}.{one}.console"
            self.boots[-1] += self.side.boot_program(nth, one, self.args, log, out)

    def count(self, tracer: Path, place: Path, log: CommandLog, suites: str = SUITES) -> None:
        """One more boot, whose instructions are counted; place: folder for its console."""
        nth = len(self.counted)
        out = place / f"{self.name}.counted.{nth}.console"
        self.counted.append(self.side.count(nth, suites, self.args, log, out, tracer))

    def values(self) -> dict[str, list[float]]:
        """Key of a series to the figures of the boots that have it."""
        return values(self.boots)

    def counts(self) -> dict[str, list[float]]:
        """As values(), in instructions of a call."""
        return values(self.counted)


def order(boots: int) -> Iterator[int]:
    """Whose boot is next, 0 or 1: A B B A, so that what drifts is in both alike."""
    for pair in range(boots):
        yield from (0, 1) if pair % 2 == 0 else (1, 0)


def measure(timed: Timed, boots: int, place: Path, log: CommandLog, progress: Progress) -> None:
    """So many boots of one side; place: folder for their consoles."""
    for nth in range(boots):
        timed.boot_all(place, log)
        progress.count(nth + 1, boots, "boots")


def count_all(timed: Sequence[Timed], place: Path, log: CommandLog, progress: Progress) -> str:
    """Count the instructions of each side, in some boots; why they cannot be counted, or "".

    place: folder for the consoles, and for what counts.
    """
    try:
        tracer = stepper.stepper(place, log)
        for nth in range(COUNTED):
            for one in timed:
                one.count(tracer, place, log)
            progress.count(nth + 1, COUNTED, "boots that are counted")
    except Problem as problem:
        return str(problem)  # times can be taken all the same
    return ""


def looks(boots: int, metrics: int, alpha: float) -> list[int]:
    """After how many boots of a side an answer is looked for, that many boots at most.

    Each look has its share of alpha, the chance of a false alarm, so that none is made at
    which no metric could be told. Empty if there are too few boots for any.
    """
    chosen = [*(look for look in LOOKS if look < boots), boots]
    while chosen:
        worst = max(chosen, key=least)
        if least(worst) * metrics < alpha / len(chosen):
            break
        chosen.remove(worst)
    return chosen


def enough(metrics: int, alpha: float) -> int:
    """The fewest boots of a side with which one of the metrics could be told."""
    return next(boots for boots in count(FEWEST) if looks(boots, metrics, alpha))


@dataclass(frozen=True)
class Outcome:
    """What a duel came to. looks: after so many boots of a side an answer was looked for,
    empty if no number of boots that was allowed can tell; share: the terms of each look."""

    answers: list[Comparison]
    looks: list[int]
    share: Terms


def duel(
    both: tuple[Timed, Timed],
    boots: int,
    terms: Terms,
    place: Path,
    log: CommandLog,
    progress: Progress,
) -> Outcome:
    """Boots of base and head in turns, at most so many of each; what they come to.

    It ends as soon as every metric has an answer, or with the last look.
    """
    planned: list[int] = []
    share = terms
    answers: list[Comparison] = []
    for done, who in enumerate(order(boots), start=1):
        both[who].boot_all(place, log)
        progress.count(done, 2 * boots, "boots")
        if done == 2:
            metrics = both[0].values().keys() & both[1].values().keys()
            planned = looks(boots, len(metrics), terms.alpha)
            share = Terms(terms.margin, terms.alpha / max(1, len(planned)))
        if done % 2 == 0 and done // 2 in (planned or [boots]):
            answers = answer(both[0].values(), both[1].values(), share)
            told = all(one.answer is not Answer.UNCLEAR for one in answers)
            if told or [done // 2] == planned[-1:]:
                break
    return Outcome(answers, planned, share)


def answer(
    base: Mapping[str, Sequence[float]], head: Mapping[str, Sequence[float]], terms: Terms
) -> list[Comparison]:
    """Every metric that both sides have."""
    return together(
        [compare(key, base[key], head[key], terms) for key in base if key in head], terms
    )
