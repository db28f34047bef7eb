# SPDX-License-Identifier: GPL-2.0
"""The programs of selftests/: built against a tree, put into an archive, booted one by one.

selftests/Makefile knows what is built and how; a kernel finds its programs, and the init that
runs one of them, in an initramfs that the tree's own gen_init_cpio writes.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck import boot as booting
from svacheck.build import SCRATCH, ccache_settings, clean_environment
from svacheck.citations import Citations
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Boot, Build
from svacheck.places import SELFTESTS
from svacheck.programcases import ProgramCase, program_names
from svacheck.progress import Progress
from svacheck.selection import BootPlan, meant, select

HARNESS = "tools/testing/selftests/kselftest_harness.h"
CHOOSES = "getopt("  # in a harness that can be told which cases to run
LONGEST = 1500  # characters for the names of cases of the 2048 that a command line has on x86
BENCH = "svac_bench"  # measures, and has no cases
CHOOSE = "svacheck.implementation="
FOLDERS = ("/dev", "/proc", "/sys", "/tmp", "/selftests")

_ASKED = re.compile(r"svacheck: programs can ask (\S+)\s*$")


@dataclass(frozen=True)
class Programs:
    """What a kernel boots from. chooses: its programs can be told which cases to run."""

    archive: Path
    chooses: bool


def build(kernel: Build, jobs: int, log: CommandLog, progress: Progress, logs: Path) -> Programs:
    """The programs for a kernel, made anew: that takes a second or two for each.

    logs: a folder for programs.log. Opens the phase "programs". Problem: the tree has no
    kselftest_harness.h or no gen_init_cpio, or a program does not build.
    """
    with progress.phase("programs"):
        header = kernel.src / HARNESS
        if not header.is_file():
            raise Problem("the tree has no header for programs", str(header))
        folder = kernel.directory / "programs"
        shutil.rmtree(folder, ignore_errors=True)
        scratch = folder / SCRATCH
        scratch.mkdir(parents=True)
        logs.mkdir(parents=True, exist_ok=True)
        said = logs / "programs.log"
        settings = {"LC_ALL": "C.UTF-8", "TMPDIR": str(scratch)}
        compiler = "gcc"
        if shutil.which("ccache"):
            compiler = "ccache gcc"
            settings |= ccache_settings(kernel.src)
        argv: list[str | Path] = [*clean_environment(but=settings)]
        argv += ["make", "-C", SELFTESTS, f"--jobs={jobs}"]
        argv += [f"KSRC={kernel.src}", f"OUTPUT={folder}", f"CC={compiler}"]
        argv += ["DRIVER=mock", "MODEL="]  # whatever the environment has for a kit
        names = [BENCH] if kernel.lane.bench else program_names(SELFTESTS)
        if kernel.lane.bench:
            argv += [folder / name for name in (*names, "init")]
        made = log.run(argv, cwd=SELFTESTS, output=said, environment=settings, tick=progress.tick)
        lacking = [name for name in (*names, "init") if not (folder / name).is_file()]
        if made.status or lacking:
            raise _failure(said, lacking)
        archive = _archive(kernel, folder, names, log, said)
        return Programs(archive, CHOOSES in header.read_text(errors="replace"))


def _archive(
    kernel: Build, folder: Path, names: Sequence[str], log: CommandLog, said: Path
) -> Path:
    writer = kernel.directory / "usr" / "gen_init_cpio"  # kbuild makes it for any initramfs
    lines = [f"dir {path} 0755 0 0" for path in FOLDERS]
    lines += ["nod /dev/console 0600 0 0 c 5 1", f"file /init {folder / 'init'} 0755 0 0"]
    lines += [f"file /selftests/{name} {folder / name} 0755 0 0" for name in names]
    listed, archive = folder / "initramfs.list", folder / "initramfs.cpio"
    listed.write_text("".join(line + "\n" for line in lines))
    # It writes to standard output in every version
    command = 'exec "$0" "$1" >"$2"'
    argv: list[str | Path] = ["sh", "-c", command, writer, listed, archive]
    done = log.run(argv, cwd=folder, output=said, append=True)
    if done.status:
        raise Problem("no initramfs can be written", str(said), "the log has all of it")
    return archive


def _failure(said: Path, lacking: Sequence[str]) -> Problem:
    lines = said.read_text(errors="replace").splitlines()
    errors = [line.strip() for line in lines if "error:" in line or "***" in line]
    first = errors[0] if errors else f"{', '.join(lacking)} not made"
    return Problem(f"the programs do not build: {first}", str(said), "the log has all of it")


# ---- boots ----


def implementations(kernel: Build, made: Programs, log: CommandLog, out: Path) -> list[str]:
    """Those that a program can ask in this kernel, as it says itself in a boot without one.

    Only one if the command line says which. out: file for the console. Problem: it says none."""
    chosen = [arg for arg in kernel.lane.kernel_args if arg.startswith(CHOOSE)]
    if chosen:
        return [chosen[-1].removeprefix(CHOOSE)]
    tried = booting.boot_program(kernel, "list", "", made.archive, [], log, out)
    if tried.interrupted:
        raise KeyboardInterrupt
    lines = out.read_text(errors="replace").splitlines()
    found = [match[1] for line in lines if (match := _ASKED.search(line))]
    if not found:
        last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        raise Problem(f"the kernel has nobody to ask for programs; it ends with: {last}", str(out))
    return found


def boots(
    cited: Citations,
    selected: Sequence[str],
    implementations: Sequence[str],
    alone: bool = False,
) -> list[BootPlan]:
    """For each implementation a boot of each program that has selected cases, or of each of
    these alone."""
    mine: dict[str, list[str]] = {}
    for case in selected:
        mine.setdefault(case if alone else cited.programs[case].program, []).append(case)
    return [
        BootPlan(
            f"{name}-{one}" if len(implementations) > 1 else name,
            name,
            tuple(cases),
            implementation=one,
        )
        for one in implementations
        for name, cases in mine.items()
    ]


def boot(
    kernel: Build,
    programs: Programs,
    planned: BootPlan,
    cited: Citations,
    log: CommandLog,
    out: Path,
) -> Boot:
    """Boot for one program. It is told which of its cases to run if these are not all that it
    has and it can be told; else all run, and whoever reads the console takes what was planned."""
    program = cited.programs[planned.cases[0]].program
    args = [f"svac_run={program}"]
    choice = CHOOSE + planned.implementation
    if planned.implementation and choice not in kernel.lane.kernel_args:
        args.append(choice)
    only = ",".join(_names(cited.programs, planned.cases))
    whole = [case for case, held in cited.programs.items() if held.program == program]
    if programs.chooses and set(planned.cases) < set(whole) and len(only) <= LONGEST:
        args.append(f"svac_only={only}")
    return booting.boot_program(
        kernel, planned.name, planned.glob, programs.archive, args, log, out
    )


def _names(programs: Mapping[str, ProgramCase], cases: Sequence[str]) -> list[str]:
    return [name for case in cases for name in programs[case].names]


def choose(names: Sequence[str], programs: Mapping[str, ProgramCase], glob: str) -> list[str]:
    """Those of names that a SUITE glob means: a program's name means all of its cases there."""
    words: list[str] = []
    for word in glob.split(",") if glob else []:
        theirs = [case for case in names if case in programs and programs[case].program == word]
        words += theirs
        words += [word] if not theirs or meant(names, word) else []
    return select(names, ",".join(words))
