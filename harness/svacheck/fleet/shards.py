# SPDX-License-Identifier: GPL-2.0
"""A lane divided into shards: which suites and programs run together, so that all take alike long.

A word of SUITE may mean more than one suite: the program domain and the suites svac_domain and
svac1_domain are all called "domain". What one word means stays together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from svacheck import programs, selection
from svacheck.citations import Citations
from svacheck.errors import Problem


@dataclass(frozen=True)
class Unit:
    """What is never divided. words: for SUITE; names: of its suites and programs; cases: all that
    the words mean."""

    words: tuple[str, ...]
    names: tuple[str, ...]
    cases: tuple[str, ...]

    @property
    def boots(self) -> int:
        """How many boots it takes by itself: one for each program and each suite that shares a
        boot, and one for each case of those that do not."""
        alone = [case for case in self.cases if case.startswith(selection.ALONE)]
        return len([n for n in self.names if not n.startswith(selection.ALONE)]) + len(alone)


@dataclass(frozen=True)
class Shard:
    """Units that run together."""

    units: tuple[Unit, ...]
    seconds: float

    @property
    def suite(self) -> str:
        """As SUITE takes it."""
        return ",".join(word for unit in self.units for word in unit.words)

    @property
    def cases(self) -> list[str]:
        """All cases."""
        return [case for unit in self.units for case in unit.cases]


def units(cited: Citations) -> list[Unit]:
    """All that a lane has, divided as far as SUITE can."""
    cases = list(cited.cases)
    made: list[Unit] = []
    for name in dict.fromkeys(_name(case, cited) for case in cases):
        meant = set(programs.choose(cases, cited.programs, name))
        words, names = [name], [name]
        for other in [one for one in made if meant & set(one.cases)]:
            made.remove(other)
            words, names = [*other.words, *words], [*other.names, *names]
            meant |= set(other.cases)
        ordered = tuple(case for case in cases if case in meant)
        made.append(Unit(tuple(words), tuple(names), ordered))
    return made


def _name(case: str, cited: Citations) -> str:
    """The suite of a case, or its program."""
    program = cited.programs.get(case)
    return program.program if program else case.split(".", 1)[0]


def divide(whole: Sequence[Unit], number: int, cost: Callable[[Unit], float]) -> list[Shard]:
    """So many shards: the longest unit goes to the shard with the least, and so on.

    Problem: there are fewer units."""
    if number > len(whole):
        raise Problem(
            f"{number} shards of {len(whole)} suites and programs", "--shards", "ask for fewer"
        )
    bins: list[list[Unit]] = [[] for _ in range(number)]
    loads = [0.0] * number
    for unit in sorted(whole, key=lambda unit: (-cost(unit), unit.words)):
        # Of two with as little the one with fewer units: nothing is left empty
        at = min(range(number), key=lambda at: (loads[at], len(bins[at]), at))
        bins[at].append(unit)
        loads[at] += cost(unit)
    place = {unit.words: at for at, unit in enumerate(whole)}
    found = [
        Shard(tuple(sorted(one, key=lambda unit: place[unit.words])), load)
        for one, load in zip(bins, loads)
    ]
    return sorted(found, key=lambda shard: -shard.seconds)
