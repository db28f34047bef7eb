# SPDX-License-Identifier: GPL-2.0
"""What one module hands to the next: tree -> overlay -> build -> run -> KTAP -> verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from svacheck.carrier import Carrier


@dataclass(frozen=True)
class Tree:
    """A kernel source tree under test. Nothing under origin is ever written."""

    name: str  # "6.1" of configs/kernels.toml, or the path the user gave
    origin: Path
    kind: str  # "debian", "git" or "plain"
    version: str  # of its Makefile, e.g. "6.1.192"
    identity: dict[str, str]  # what tells this tree from any other, for run.json
    upstream: bool = False  # it has SVA domains of its own

    @property
    def shape(self) -> str:
        """What the rulebook calls such a tree."""
        return "upstream" if self.upstream else "plain"


@dataclass(frozen=True)
class Emulated:
    """A machine that a lane asks for. version: of QEMU, at least; suites: of Debian, the
    first has one, all of them together what it needs; cpu: as of -cpu; devices: of -device;
    cases: a glob of the suites that boot in it, "" for those of no other machine."""

    version: tuple[int, ...]
    suites: tuple[str, ...]
    cpu: str
    devices: tuple[str, ...]
    cases: str = ""


@dataclass(frozen=True)
class Lane:
    """One of configs/lanes.toml: how a tree is configured, built and run."""

    name: str
    arch: str
    kconfig: tuple[Path, ...]  # fragments, in order
    kernel_args: tuple[str, ...]
    boot_timeout: int  # seconds for one boot
    make_options: tuple[str, ...] = ()  # variables for kbuild, NAME=value
    environment: tuple[tuple[str, str], ...] = ()  # variables of the booted kernel's process
    suites: bool = True  # those of a folder of kunit/ run in it
    folder: str = "suites"  # that one
    programs: bool = False  # those of selftests/ do
    bench: bool = False  # benchmarks do, with nothing between a call and what it costs
    kernel_of: str = ""  # the lane whose kernel it is; "" for one of its own
    machines: tuple[Emulated, ...] = ()  # (): a plain one, in whatever QEMU there is
    stock: bool = False  # kunit/device runs, as a module in a stock kernel of Debian
    imported: bool = False  # its runs are made by a kit, on another machine

    def machine_of(self, case: str) -> Emulated | None:
        """The machine that boots a "suite", "suite.case" or glob of suites."""
        suite = case.split(".", 1)[0]
        own = (one for one in self.machines if one.cases and fnmatchcase(suite, one.cases))
        return next(own, self.machines[0] if self.machines else None)

    @property
    def emulated(self) -> bool:
        """Its kernel boots in a machine, and is no process as that of UML."""
        return self.arch != "um"


@dataclass(frozen=True)
class Machine:
    """What a kernel boots in that is no process by itself."""

    program: str
    accelerator: str  # "kvm" or "tcg"
    why: str  # it is that one
    version: str = ""  # of the program and where it is from; "" if the lane does not ask


@dataclass
class Build:
    """A kernel that can be booted."""

    src: Path  # the working copy with the overlay laid in
    directory: Path  # O= of kbuild, --build_dir of kunit.py
    lane: Lane
    config_sha256: str
    compiler: str  # first line of `gcc --version`
    objects: int  # object files in the build directory
    seconds: float
    machine: Machine | None = None  # of an emulated lane, once it is chosen
    # Of each machine that the lane asks for, the first of which is the one above
    machines: dict[Emulated, Machine] = field(default_factory=dict)
    carrier: Carrier | None = None  # boots it in place of this machine


@dataclass
class Boot:
    """One start of the kernel: its console as bytes on disk, and how it came to an end."""

    name: str  # "main", the case that has this boot for itself, or "main+1" after "main"
    glob: str  # kunit.filter_glob, or the program
    console: Path
    seconds: float
    timed_out: bool
    interrupted: bool = False
    why: str = ""  # of one that goes on after another: which, and what became of that one
    implementation: str = ""  # that it had to run its cases for, "" for all


@dataclass
class Report:
    """Something the kernel said about its own health (a WARN, an oops, KASAN ...)."""

    kind: str  # "WARNING", "BUG", "Oops", "KASAN", "lockdep", "panic" ...
    function: str  # where, without offset; "" if the report names none
    line: int  # 1-based line of the console
    text: str  # its first line
    frames: list[str] = field(default_factory=list)  # functions of its stack dumps, in order


@dataclass
class Case:
    """One case as its KTAP tells it, before judgement."""

    suite: str
    name: str
    param: str  # implementation or generated parameter; "" for a case without
    status: str  # "pass", "fail", "skip", "error" (no result line, TIMEOUT, ERROR)
    reason: str  # of a skip or error
    rules: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # named by a leak found after the case
    # rules that the driver broke, each with how: what the case is about was not judged
    blamed: list[tuple[str, str]] = field(default_factory=list)
    expected_warns: list[tuple[str, int]] = field(default_factory=list)
    # Of a positive control: (kind of a Report, a function in it) which an instrument must give
    expected_reports: list[tuple[str, str]] = field(default_factory=list)
    diagnostics: list[str] = field(default_factory=list)
    first_line: int = 0  # 1-based, inclusive, of the console
    last_line: int = 0
    rows: int = 0  # in the case's table, as it says itself; 0 for a case without
    explored: dict[str, int | str] = field(default_factory=dict)  # how many sequences, states ...
    reproducer: str = ""  # the sequence of calls that failed, for svacheck replay

    @property
    def id(self) -> str:
        """suite.name/param: stable between versions."""
        return f"{self.suite}.{self.name}" + (f"/{self.param}" if self.param else "")
