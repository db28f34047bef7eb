# SPDX-License-Identifier: GPL-2.0
"""Boots of one side or two, in an order that is fair, until there is an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from svacheck.bench.compare import Answer, Comparison, Terms, compare, together
from svacheck.bench.series import Series, values
from svacheck.bench.side import SUITES, Side
from svacheck.commands import CommandLog
from svacheck.progress import Progress

LOOKS = (8, 16, 32, 64)  # boots of a side after which an answer is looked for


@dataclass
class Timed:
    """A side and what its boots have measured: a list of series for each boot.

    args: for its kernel, besides the lane's.
    """

    side: Side
    name: str
    args: tuple[str, ...] = ()
    boots: list[list[Series]] = field(default_factory=list)

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

    def values(self) -> dict[str, list[float]]:
        """Key of a series to the figures of the boots that have it."""
        return values(self.boots)


def order(boots: int) -> Iterator[int]:
    """Whose boot is next, 0 or 1: A B B A, so that what drifts is in both alike."""
    for pair in range(boots):
        yield from (0, 1) if pair % 2 == 0 else (1, 0)


def measure(timed: Timed, boots: int, place: Path, log: CommandLog, progress: Progress) -> None:
    """So many boots of one side; place: folder for their consoles."""
    for nth in range(boots):
        timed.boot_all(place, log)
        progress.count(nth + 1, boots, "boots")


def duel(
    both: tuple[Timed, Timed],
    boots: int,
    terms: Terms,
    place: Path,
    log: CommandLog,
    progress: Progress,
) -> list[Comparison]:
    """Boots of base and head in turns, at most so many of each; what they come to.

    It ends as soon as every metric has an answer. That is looked for a few times, and each
    look has its share of the chance of a false alarm.
    """
    looks = [*(look for look in LOOKS if look < boots), boots]
    share = Terms(terms.margin, terms.alpha / len(looks))
    answers: list[Comparison] = []
    for done, who in enumerate(order(boots), start=1):
        both[who].boot_all(place, log)
        progress.count(done, 2 * boots, "boots")
        if done % 2 == 0 and done // 2 in looks:
            answers = answer(both[0].values(), both[1].values(), share)
            if all(one.answer is not Answer.UNCLEAR for one in answers):
                break
    return answers


def answer(
    base: Mapping[str, Sequence[float]], head: Mapping[str, Sequence[float]], terms: Terms
) -> list[Comparison]:
    """Every metric that both sides have."""
    return together(
        [compare(key, base[key], head[key], terms) for key in base if key in head], terms
    )
