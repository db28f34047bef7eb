# SPDX-License-Identifier: GPL-2.0
"""What runs in a kernel of a lane: the suites that are built into it, programs, or both.

Both are listed, selected, divided into boots, booted and read; how differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from svacheck import boot as booting
from svacheck import ktap, programlog, programs, selection, verdict
from svacheck.citations import Citations
from svacheck.commands import CommandLog
from svacheck.ktap import Document
from svacheck.model import Boot, Build, Case
from svacheck.selection import BootPlan

# A console as KTAP and as lines, its planned cases, and whether the kernel was told to stop:
# the cases that ran, and what is wrong with the boot as a whole
Reader = Callable[[Document, Sequence[str], Sequence[str], bool], tuple[list[Case], list[str]]]


class Workload(Protocol):
    """The cases of one build."""

    @property
    def listed(self) -> Sequence[str]:
        """All that there are."""
        ...

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with them."""
        ...

    def resumes(self, cases: Sequence[str]) -> bool:
        """Whether a boot can run these, which another one that went down has left."""
        ...

    def select(self, glob: str) -> list[str]:
        """Those that a SUITE glob means."""
        ...

    def plan(self, selected: Sequence[str], alone: bool) -> list[BootPlan]:
        """The boots that run these."""
        ...

    def boot(self, build: Build, planned: BootPlan, alone: bool, out: Path) -> Boot:
        """Make one of these boots, with the console in out."""
        ...

    def reader(self, planned: Sequence[str]) -> Reader:
        """Reads the console of a boot that had to run these."""
        ...


def read_suites(
    document: Document, lines: Sequence[str], planned: Sequence[str], stopped: bool
) -> tuple[list[Case], list[str]]:
    """The cases of suites, as KUnit prints them."""
    return ktap.cases(document), []


class Suites:
    """The suites that are built into a kernel; it lists them itself."""

    def __init__(self, build: Build, cited: Citations, log: CommandLog, out: Path) -> None:
        self.listed: Sequence[str] = selection.ours(booting.list_cases(build, log, out))
        mine = {case: rules for case, rules in cited.cases.items() if case not in cited.programs}
        self.problems: Sequence[str] = verdict.absent(self.listed, mine)
        self._log = log
        self._lane = build.lane

    def resumes(self, cases: Sequence[str]) -> bool:
        return True

    def select(self, glob: str) -> list[str]:
        return selection.select(self.listed, glob)

    def plan(self, selected: Sequence[str], alone: bool) -> list[BootPlan]:
        if alone:
            return selection.each_alone(selected)
        plans: list[BootPlan] = []
        for machine in self._lane.machines or (None,):
            mine = [case for case in selected if self._lane.machine_of(case) == machine]
            made = selection.boots(self.listed, mine)
            if plans:  # no boot has the name of one in another machine
                made = [replace(one, name=f"{one.name}-{len(plans)}") for one in made]
            plans += made
        return plans

    def boot(self, build: Build, planned: BootPlan, alone: bool, out: Path) -> Boot:
        if alone or planned.glob.startswith(selection.ALONE):
            return booting.boot_alone(build, planned.glob, self._log, out)
        return booting.boot(build, planned.name, planned.glob, self._log, out)

    def reader(self, planned: Sequence[str]) -> Reader:
        return read_suites


@dataclass
class Programs:
    """The programs that were built for a kernel, as their sources have them."""

    built: programs.Programs
    cited: Citations
    log: CommandLog
    implementations: Sequence[str]
    problems: Sequence[str] = ()

    @property
    def listed(self) -> Sequence[str]:
        return [case for case in self.cited.cases if case in self.cited.programs]

    def resumes(self, cases: Sequence[str]) -> bool:
        return self.built.chooses

    def select(self, glob: str) -> list[str]:
        return programs.choose(self.listed, self.cited.programs, glob)

    def plan(self, selected: Sequence[str], alone: bool) -> list[BootPlan]:
        return programs.boots(self.cited, selected, self.implementations, alone)

    def boot(self, build: Build, planned: BootPlan, alone: bool, out: Path) -> Boot:
        return programs.boot(build, self.built, planned, self.cited, self.log, out)

    def reader(self, planned: Sequence[str]) -> Reader:
        def read(
            document: Document, lines: Sequence[str], planned: Sequence[str], stopped: bool
        ) -> tuple[list[Case], list[str]]:
            return programlog.read(document, lines, self.cited.programs, planned, stopped)

        return read


@dataclass
class Both:
    """Suites and programs of one kernel; no boot has cases of both."""

    suites: Suites
    programs: Programs

    @property
    def listed(self) -> Sequence[str]:
        return [*self.suites.listed, *self.programs.listed]

    @property
    def problems(self) -> Sequence[str]:
        return [*self.suites.problems, *self.programs.problems]

    def resumes(self, cases: Sequence[str]) -> bool:
        return self._of(cases).resumes(cases)

    def select(self, glob: str) -> list[str]:
        return programs.choose(self.listed, self.programs.cited.programs, glob)

    def plan(self, selected: Sequence[str], alone: bool) -> list[BootPlan]:
        known = self.programs.cited.programs
        ours = [case for case in selected if case not in known]
        theirs = [case for case in selected if case in known]
        return self.suites.plan(ours, alone) + self.programs.plan(theirs, alone)

    def boot(self, build: Build, planned: BootPlan, alone: bool, out: Path) -> Boot:
        return self._of(planned.cases).boot(build, planned, alone, out)

    def reader(self, planned: Sequence[str]) -> Reader:
        return self._of(planned).reader(planned)

    def _of(self, cases: Sequence[str]) -> Suites | Programs:
        return self.programs if cases[0] in self.programs.cited.programs else self.suites


def together(parts: Sequence[Suites | Programs]) -> Workload:
    """One workload of what a kernel has."""
    suites = next((part for part in parts if isinstance(part, Suites)), None)
    theirs = next((part for part in parts if isinstance(part, Programs)), None)
    if suites and theirs:
        return Both(suites, theirs)
    return parts[0]


def chosen(cited: Citations, elsewhere: Sequence[str], glob: str) -> list[str]:
    """What a SUITE glob means before there is a kernel. elsewhere: cases of other lanes."""
    return programs.choose([*cited.cases, *elsewhere], cited.programs, glob)
