# SPDX-License-Identifier: GPL-2.0
"""Start a built kernel and keep what it says.

The tree's own kunit.py boots it for listing and for the suites that share a boot. It
would read the console through a pipe, and UML drops what a full pipe does not take: on
a busy machine result lines get lost. So what kunit.py starts is a script that lets the
kernel write into the console file, and kunit.py reads nothing.

A case with a boot for itself is started as kunit.py would do it, but without kunit.py:
its Python takes three times as long to start as the kernel to run.

A kernel of a lane with another architecture than UML's boots in a machine: see qemu.py.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from svacheck import qemu, running
from svacheck.build import KUNIT, PYTHON, clean_environment
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Boot, Build

GRACE = 10  # seconds after the time limit in which kunit.py may end by itself
# How often a processor of 4 GHz goes round the loop of udelay() in a jiffy. To find that out takes
# UML three quarters of a short boot, and comes to half of it where others are busy.
LOOPS = "lpj=40000000"
# As kunit.py has them for UML
UML_ARGS = (LOOPS, "mem=1G", "console=tty", "kunit_shutdown=halt", "kunit.enable=1")
# For programs: what they print goes where the kernel's own words go
PROGRAM_ARGS = (LOOPS, "mem=1G", "console=tty", "con0=fd:0,fd:1", "kunit.enable=0")
ENDED = re.compile(r"reboot: (?:System halted|Restarting system)")
LISTED = re.compile(r"(?:\[ *\d+\.\d+\] )?([^\s.]+\.[^\s.]+)")
HEADER = re.compile(r"(?:\[ *\d+\.\d+\] )?K?TAP version \d+")


def list_cases(build: Build, log: CommandLog, out: Path) -> list[str]:
    """Every case in the kernel, as "suite.case", in its order; nothing is run.

    out: file for the console. Problem: the kernel does not tell, or not to the end.
    """
    made = boot(build, "list", "", log, out, ("kunit.action=list",))
    if made.interrupted:
        raise KeyboardInterrupt
    lines = out.read_text(errors="replace").splitlines()
    header = next((n for n, line in enumerate(lines) if HEADER.fullmatch(line.strip())), None)
    ended = any(ENDED.search(line) for line in lines)
    if header is None or not ended or made.timed_out:
        last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        raise Problem(f"the kernel does not list its cases; it ends with: {last}", str(out))
    found = (LISTED.fullmatch(line.strip()) for line in lines[header + 1 :])
    return [match[1] for match in found if match]


def boot(
    build: Build,
    name: str,
    glob: str,
    log: CommandLog,
    out: Path,
    kernel_args: tuple[str, ...] = (),
) -> Boot:
    """Boot once with kunit.filter_glob = glob ("" for all); the console goes to out.

    Beside it, out + ".log" holds what kunit.py printed. No process of the boot is left
    when this returns or raises. An interrupt is reported in the Boot, not raised.
    """
    if build.lane.emulated:
        return qemu.boot(build, name, glob, log, out, kernel_args)
    out.parent.mkdir(parents=True, exist_ok=True)
    printed = out.with_name(out.name + ".log")
    out.unlink(missing_ok=True)
    limit = build.lane.boot_timeout
    argv = [*clean_environment(), PYTHON, KUNIT, "exec", f"--arch={build.lane.arch}"]
    argv += [f"--build_dir={_starter(build, out)}", f"--timeout={limit}", "--raw_output=all"]
    argv += [f"--kernel_args={arg}" for arg in (LOOPS, *build.lane.kernel_args, *kernel_args)]
    argv += [glob] if glob else []
    ran = running.run(build, argv, log, printed, limit + GRACE, console=out)
    if ran.status and not out.exists():
        raise _failure(printed)
    out.touch()  # killed before the kernel began
    timed_out = not ran.interrupted and (ran.status is None or ran.seconds >= limit)
    return Boot(name, glob, out, ran.seconds, timed_out, ran.interrupted)


def _starter(build: Build, out: Path) -> Path:
    """A folder for kunit.py with a "linux" in it that writes into out."""
    folder = build.directory / "starter"
    folder.mkdir(exist_ok=True)
    script = folder / "linux"
    kernel = shlex.quote(str((build.directory / "linux").resolve()))
    console = shlex.quote(str(out.absolute()))
    script.write_text(f'#!/bin/sh\nexec {kernel} "$@" >{console} 2>&1\n')
    script.chmod(0o755)
    return folder


def boot_alone(
    build: Build, case: str, log: CommandLog, out: Path, tracer: Sequence[str] = ()
) -> Boot:
    """Boot once for one "suite.case"; otherwise as boot(). tracer: the beginning of a command
    that runs a kernel of UML."""
    if build.lane.emulated:
        return qemu.boot(build, case, case, log, out)
    args = [*UML_ARGS, f"kunit.filter_glob={case}"]
    return _direct(build, case, case, args, log, out, tracer)


def boot_program(
    build: Build,
    name: str,
    glob: str,
    archive: Path,
    args: Sequence[str],
    log: CommandLog,
    out: Path,
) -> Boot:
    """Boot once for a program, without KUnit. archive: it is in there; args: what it is to do."""
    if build.lane.emulated:
        return qemu.boot_program(build, name, glob, archive, args, log, out)
    return _direct(build, name, glob, [*PROGRAM_ARGS, f"initrd={archive}", *args], log, out)


def _direct(
    build: Build,
    name: str,
    glob: str,
    args: Sequence[str],
    log: CommandLog,
    out: Path,
    tracer: Sequence[str] = (),
) -> Boot:
    out.parent.mkdir(parents=True, exist_ok=True)
    argv = [*tracer, "./linux", *build.lane.kernel_args, *args]
    ran = running.run(build, argv, log, out, build.lane.boot_timeout, build.directory)
    timed_out = not ran.interrupted and ran.status is None
    return Boot(name, glob, out, ran.seconds, timed_out, ran.interrupted)


def _failure(printed: Path) -> Problem:
    lines = printed.read_text(errors="replace").strip().splitlines()
    return Problem(f"kunit.py does not boot: {lines[-1] if lines else 'no message'}", str(printed))
