# SPDX-License-Identifier: GPL-2.0
"""What the site shows of runs, whoever has read them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class RunFacts:
    """A run as a row of a table. folder: where its consoles lie; trouble: why it cannot be
    read, and then it has no verdict; partial: it was asked for less than its lane has."""

    id: str
    folder: Path
    trouble: str = ""
    started: str = ""
    kernel: str = ""
    version: str = ""
    lane: str = ""
    verdict: str = ""
    implementations: tuple[str, ...] = ()
    select: str = ""
    kernel_args: tuple[str, ...] = ()
    commit: str = ""
    dirty: bool = False
    compiler: str = ""
    host: str = ""
    seconds: float = 0.0
    rounds: int = 1
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Only some of the suites ran, or with parameters of somebody's own."""
        return bool(self.select or self.kernel_args)


@dataclass(frozen=True)
class RuleResult:
    """What a run says of a rule."""

    id: str
    verdict: str
    kind: str = ""
    sentence: str = ""
    source: str = ""
    reason: str = ""
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseResult:
    """What a run says of a case. console: the file in the run's folder with its lines, from
    first to last; these, and what follows breaks, only a source's details() have."""

    id: str
    status: str
    rules: tuple[str, ...] = ()
    reason: str = ""
    breaks: tuple[str, ...] = ()
    console: str = ""
    first: int = 0
    last: int = 0
    where: str = ""
    messages: tuple[str, ...] = ()
    evidence: str = ""
    alone: str = ""
    replay: str = ""
    known: str = ""  # the known issue that it is


@dataclass(frozen=True)
class Results:
    """All that a run says of rules and cases."""

    rules: Sequence[RuleResult]
    cases: Sequence[CaseResult]


class Source(Protocol):
    """Where runs come from."""

    def runs(self) -> Sequence[RunFacts]:
        """All that is stored, the oldest first, with what cannot be read."""

    def results(self, run: RunFacts) -> Results:
        """Of a run that can be read; Problem if it cannot any more."""

    def details(self, run: RunFacts, cases: Collection[str]) -> Mapping[str, CaseResult]:
        """All that is known of some cases of a run; Problem if it cannot be read."""


class Together:
    """Several sources as one, by the ids of their runs."""

    def __init__(self, *sources: Source) -> None:
        self._of = {run.id: source for source in sources for run in source.runs()}
        found = [run for source in sources for run in source.runs()]
        self._runs = sorted(found, key=lambda run: run.id.removeprefix("interrupted-"))

    def runs(self) -> Sequence[RunFacts]:
        """Those of all sources, the oldest first."""
        return self._runs

    def results(self, run: RunFacts) -> Results:
        """As the source has them that the run is from."""
        return self._of[run.id].results(run)

    def details(self, run: RunFacts, cases: Collection[str]) -> Mapping[str, CaseResult]:
        """As the source has them that the run is from."""
        return self._of[run.id].details(run, cases)


def families(rules: Sequence[str]) -> list[str]:
    """The families of rules, each once, in their order."""
    return list(dict.fromkeys(family(rule) for rule in rules))


def family(rule: str) -> str:
    """PASID of PASID-004."""
    return rule.partition("-")[0]


def readable(runs: Sequence[RunFacts]) -> Iterator[RunFacts]:
    """Those that can be read."""
    return (run for run in runs if not run.trouble)
