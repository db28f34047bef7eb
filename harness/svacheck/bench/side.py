# SPDX-License-Identifier: GPL-2.0
"""One kernel whose calls are timed: built in several layouts, booted again and again.

What a call costs depends on where code and data lie, which any change of the source moves.
A kernel that was linked once would be compared by its luck; so it is linked for each boot,
with a gap of another size before all of svacheck and the IOMMU core, and no two sides of a
comparison have a gap in common.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from svacheck import boot as booting
from svacheck import build as building
from svacheck import overlay, programs, trees
from svacheck.bench.counting import stepper
from svacheck.bench.series import Series, calm, read
from svacheck.cachedirs import Cache, released
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.kernels import load_lane
from svacheck.model import Boot, Build, Tree
from svacheck.progress import Progress

LANE = "uml-bench"
SUITES = "svac_bench*"
FLOORS = "svac_bench_floors"
FIRST = 3  # boots that are not counted, from which the others know what calm is
# Bytes, in no order, the same in every run
GAPS = tuple(random.Random(20220519).sample(range(0, 12288, 16), 512))
KERNEL = "linux"


@dataclass
class Calm:
    """What never changes, in ns, in the least disturbed moment of all boots; 0: none yet.
    A boot that is told of it knows from its beginning whether it is disturbed, and waits."""

    least: int = 0

    def args(self) -> tuple[str, ...]:
        """For the next boot."""
        return (f"svac_bench.calm={self.least}",) if self.least else ()

    def learn(self, said: int) -> None:
        """What a boot has said; 0 if nothing."""
        self.least = min(self.least or said, said or self.least)


@dataclass(frozen=True)
class Side:
    """A kernel to be timed. layouts: one build for each, alike but for where things lie;
    programs: what of selftests/bench it boots, for each of implementations; calm: what its
    boots have learned of the machine."""

    name: str
    tree: Tree
    layouts: tuple[Build, ...]
    overlay_sha256: str
    programs: programs.Programs
    implementations: tuple[str, ...]
    calm: Calm = field(default_factory=Calm)

    def boot(
        self, nth: int, suites: str, args: Sequence[str], log: CommandLog, out: Path
    ) -> list[Series]:
        """Boot the next layout and read what it has measured; out: file for the console.

        suites: a glob; args: for the kernel, besides the lane's. KeyboardInterrupt if it was
        interrupted; Problem if it did not come to its end or a benchmark failed.
        """
        build = self._layout(nth, (*self.calm.args(), *args))
        found = _read(booting.boot_alone(build, suites, log, out), build)
        self.calm.learn(calm(out.read_text(errors="replace").splitlines()))
        return found

    def count(
        self, nth: int, suites: str, args: Sequence[str], log: CommandLog, out: Path, tracer: Path
    ) -> list[Series]:
        """As boot(), for the instructions of calls, which the tracer counts (see counting)."""
        build = self._layout(nth, (stepper.ARGUMENT, *args))
        before = stepper.command(tracer, build.directory / KERNEL, log)
        return _read(booting.boot_alone(build, suites, log, out, before), build)

    def boot_program(
        self, nth: int, implementation: str, args: Sequence[str], log: CommandLog, out: Path
    ) -> list[Series]:
        """As boot(), for what a program measures with an implementation."""
        build = self._layout(nth, ())
        words = [f"svac_run={programs.BENCH}", programs.CHOOSE + implementation, *args]
        archive = self.programs.archive
        made = booting.boot_program(build, programs.BENCH, "", archive, words, log, out)
        return [replace(one, implementation=implementation) for one in _read(made, build)]

    def _layout(self, nth: int, args: Sequence[str]) -> Build:
        build = self.layouts[nth % len(self.layouts)]
        return replace(
            build, lane=replace(build.lane, kernel_args=(*build.lane.kernel_args, *args))
        )


def _read(made: Boot, build: Build) -> list[Series]:
    where = str(made.console)
    if made.interrupted:
        raise KeyboardInterrupt
    if made.timed_out:
        raise Problem(f"the time limit of {build.lane.boot_timeout} s ended a boot", where)
    return read(made.console.read_text(errors="replace").splitlines(), where)


@dataclass(frozen=True)
class Wanted:
    """What a side is made of. kernel: of configs/kernels.toml, or kdir: a tree;
    make_options: for kbuild, NAME=VALUE."""

    name: str
    kernel: str | None = None
    kdir: Path | None = None
    make_options: tuple[str, ...] = ()


@released()  # once its kernels lie in place, other runs may have the working copy
def make(
    wanted: Wanted,
    layouts: int,
    jobs: int,
    place: Path,
    log: CommandLog,
    progress: Progress,
    first: int = 0,
) -> Side:
    """Build a side; place: folder for its kernels and logs.

    layouts: so many; first: the number of its first one, which no other side may have.
    Problem: as svacheck check.
    """
    gaps = GAPS[first : first + layouts]
    if len(gaps) < layouts:
        raise Problem(f"there are {len(GAPS)} layouts", "--boots", "one is needed for each boot")
    cache = Cache.default()
    tree = trees.resolve(wanted.kernel, wanted.kdir, cache, log, progress)
    source = trees.working_copy(tree, cache, progress)
    laid = overlay.lay(source, tree, log, ())
    lane = load_lane(LANE)
    made = []
    for gap in gaps:
        options = (*lane.make_options, *wanted.make_options, f"SVACHECK_PAD={gap}")
        built = building.build(
            source, tree, replace(lane, make_options=options), jobs, log, progress, place
        )
        folder = place / f"{wanted.name}-{gap}"
        folder.mkdir(parents=True)
        shutil.copy2((built.directory / KERNEL).resolve(), folder / KERNEL)
        made.append(replace(built, directory=folder))
    own = programs.build(built, jobs, log, progress, place)
    kept = shutil.copy2(own.archive, place / f"{wanted.name}.cpio")
    own = replace(own, archive=Path(kept))
    out = place / f"{wanted.name}-implementations.console"
    asked = programs.implementations(made[0], own, log, out)
    side = Side(wanted.name, tree, tuple(made), laid.sha256, own, tuple(asked))
    for nth in range(min(FIRST, layouts)):
        side.boot(nth, FLOORS, (), log, place / f"{wanted.name}-first-{nth}.console")
    return side


def drop_kernels(place: Path) -> None:
    """Remove the kernels that make() has put there; the logs of their builds stay."""
    for kernel in place.glob(f"*/{KERNEL}"):
        shutil.rmtree(kernel.parent)
    for archive in place.glob("*.cpio"):
        archive.unlink()
