# SPDX-License-Identifier: GPL-2.0
"""A workbench: a build folder and sources of one worker's own, in which one file at a time
is changed, what depends on it is compiled again, the kernel linked and booted.

make takes longer to find out what to do than it takes to do it, so objects are compiled by
the command lines that kbuild has recorded, and the kernel is linked by the tree's own
link-vmlinux.sh (which makes kallsyms anew: warnings name functions) with the environment
that kbuild gives it. vmlinux.a and built-in.a are thin archives: they name objects, and
hold none.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from svacheck import boot as booting
from svacheck.build import REPRODUCIBLE, clean_environment, make_options
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Boot, Build
from svacheck.mutation.operators import Mutant
from svacheck.mutation.sources import level
from svacheck.overlay import FOLDER

IOMMU = "drivers/iommu"
RECORDED = re.compile(r"^cmd_\S+ := (.*)$", re.MULTILINE)
LINK = "scripts/link-vmlinux.sh"


@dataclass
class Bench:
    """folder: holds build (of kbuild) and src (drivers/iommu alone); build: to boot from;
    linking: the environment of link-vmlinux.sh; good: the objects of the unchanged code."""

    folder: Path
    build: Build
    log: CommandLog
    linking: Mapping[str, str]
    good: dict[str, bytes] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    @property
    def src(self) -> Path:
        return self.folder / "src"

    def compile(self, mutant: Mutant) -> str:
        """Put the mutant's objects in place; "" or the compiler's first error."""
        file = self.src / mutant.path
        before = file.read_text()
        file.write_text(level(before, mutant.text))
        try:
            for target in self.users_of(mutant.path):
                self.good.setdefault(target, (self.build.directory / target).read_bytes())
                self.changed.append(target)
                trouble = self._compile(target)
                if trouble:
                    return trouble
        finally:
            file.write_text(before)
        return ""

    def compile_unchanged(self, path: str) -> None:
        """Compile what includes a file as it is, so that objects can be compared."""
        for target in self.users_of(path):
            trouble = self._compile(target)
            if trouble:
                raise Problem(f"{target} does not compile on its own: {trouble}", str(self.folder))

    def objects(self) -> str:
        """A hash of the objects that were compiled; "" if they are the same as before."""
        digest, same = hashlib.sha256(), True
        for target in self.changed:
            data = (self.build.directory / target).read_bytes()
            same = same and data == self.good[target]
            digest.update(f"{target} {len(data)}\0".encode() + data)
        return "" if same else digest.hexdigest()

    def link(self) -> str:
        """Link the kernel; "" or the first error."""
        script = Path(self.linking["srctree"]) / LINK
        arguments = [self.linking[name] for name in ("LD", "KBUILD_LDFLAGS", "LDFLAGS_vmlinux")]
        directory, said = self.build.directory, self.folder / "link.log"
        settings = [f"{name}={value}" for name, value in self.linking.items()]
        argv = ["env", "-i", *settings, str(script), *arguments]
        done = self.log.run(argv, cwd=directory, output=said)
        if done.status:
            return _first(said.read_text(errors="replace"))
        kernel = directory / "linux"
        kernel.unlink(missing_ok=True)
        os.link(directory / "vmlinux", kernel)
        return ""

    def boot(self, name: str, glob: str, seconds: int, out: Path) -> Boot:
        """Boot the kernel for a glob of cases; seconds: the time limit."""
        limited = replace(self.build, lane=replace(self.build.lane, boot_timeout=seconds))
        return replace(booting.boot_alone(limited, glob, self.log, out), name=name)

    def restore(self) -> None:
        """The unchanged objects again; the kernel stays that of the mutant."""
        for target in self.changed:
            (self.build.directory / target).write_bytes(self.good[target])
        self.changed.clear()

    def users_of(self, path: str) -> list[str]:
        """The objects that a file goes into, by what kbuild has recorded."""
        directory = self.build.directory
        mark = re.compile(rf"/{re.escape(path)}(?= |$)", re.MULTILINE)
        found = [
            str((file.parent / file.name[1:-4]).relative_to(directory))
            for file in sorted((directory / IOMMU).rglob(".*.o.cmd"))
            if mark.search(file.read_text(errors="replace"))
        ]
        if not found:
            raise Problem("no object is built from it", path)
        return found

    def _compile(self, target: str) -> str:
        directory = self.build.directory
        record = directory / target
        recorded = RECORDED.search((record.parent / f".{record.name}.cmd").read_text())
        if not recorded:
            raise Problem("kbuild has recorded no command", str(record))
        command = recorded[1].replace("\\#", "#").replace("$$", "$")
        command = command.replace(f"{self.linking['srctree']}/{IOMMU}", f"{self.src}/{IOMMU}")
        command = command.replace(" -c -o ", f" -fmacro-prefix-map={self.src}/= -c -o ", 1)
        said = self.folder / "compile.log"
        done = self.log.run(
            ["sh", "-c", command], cwd=directory, output=said, environment=self._compiling()
        )
        return _first(said.read_text(errors="replace")) if done.status else ""

    def _compiling(self) -> dict[str, str]:
        names = ("CCACHE_DIR", "CCACHE_BASEDIR", "CCACHE_NOHASHDIR")
        given = {name: self.linking[name] for name in names if name in self.linking}
        return {"LC_ALL": "C.UTF-8", **given}


def set_up(folder: Path, build: Build, log: CommandLog, environment: Mapping[str, str]) -> Bench:
    """A bench in a folder, as the build is; environment: of kbuild for this build.

    Both are copied: what is changed here is seen by nobody else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    directory = folder / "build"
    copies: list[list[str | Path]] = [
        ["cp", "-a", "--reflink=auto", build.directory, directory],
        ["cp", "-rs", build.src / IOMMU, _made(folder / "src" / "drivers")],
    ]
    for argv in copies:
        if log.run(argv, cwd=folder, output=folder / "copy.log").status:
            raise Problem(_first((folder / "copy.log").read_text()), str(folder), "make room")
    # gcc looks beside the file that includes, so what is changed, or includes it, is no link
    for path in [IOMMU + "/iommu.c", *_overlay(build.src)]:
        (folder / "src" / path).unlink()
        shutil.copy(build.src / path, folder / "src" / path)
    return Bench(folder, replace(build, directory=directory), log, environment)


def copy(bench: Bench, folder: Path, log: CommandLog) -> Bench:
    """One more bench, as this one is now."""
    shutil.rmtree(folder, ignore_errors=True)
    argv: list[str | Path] = ["cp", "-a", "--reflink=auto", bench.folder, folder]
    if log.run(argv, cwd=bench.folder).status:
        raise Problem("cannot copy a bench", str(folder), "make room")
    return Bench(folder, replace(bench.build, directory=folder / "build"), log, bench.linking)


def kbuild_environment(build: Build, log: CommandLog, out: Path) -> dict[str, str]:
    """What kbuild exports to the commands it runs for this build; out: a file for it."""
    settings = {**REPRODUCIBLE, "LC_ALL": "C.UTF-8", "SVACHECK_ENVIRONMENT": str(out)}
    goal = "svacheck-environment"
    argv = [*clean_environment(but=settings), "make", "-s", f"ARCH={build.lane.arch}"]
    argv += ["CC=gcc", "HOSTCC=gcc", *make_options(build.lane)]
    argv += [f"--eval={goal}: ; @env -0 >$$SVACHECK_ENVIRONMENT", goal]
    said = out.with_suffix(".log")
    done = log.run(argv, cwd=build.directory, output=said, environment=settings)
    if done.status or not out.is_file():
        raise Problem(f"make does not tell: {_first(said.read_text())}", str(build.directory))
    pairs = (part.split("=", 1) for part in out.read_text(errors="replace").split("\0"))
    found = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "SVACHECK_ENVIRONMENT"):
        found.pop(name, None)
    # It would only look whether init/version-timestamp.o is there, which it is
    return found | {"MAKE": "true"}


def _overlay(src: Path) -> list[str]:
    files = (src / FOLDER).rglob("*.[ch]")
    return [str(file.relative_to(src)) for file in files]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _first(said: str) -> str:
    errors = re.findall(r"^.*(?:\berror: |undefined reference|rror \d|No space left).*", said, re.M)
    lines = errors or said.strip().splitlines() or ["no message"]
    return re.sub(r"^\S*/drivers/", "drivers/", lines[0].strip())[:300]
