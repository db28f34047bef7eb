# SPDX-License-Identifier: GPL-2.0
"""Boot a built x86-64 kernel in QEMU.

The tree's kunit.py would give it one processor and no device, and read its console through a
pipe. So the command is ours: a q35 machine whose serial console is the file that is judged,
with what configs/topologies.toml plugs in for the case.

QEMU interprets (TCG) unless this very kernel has been seen to boot under KVM: that a
/dev/kvm is there says little where machines are nested.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from svacheck import emulator, running, topologies
from svacheck.cachedirs import Cache
from svacheck.carrier import Errand
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Boot, Build, Emulated, Lane, Machine
from svacheck.progress import Progress
from svacheck.qmp import Director

PROGRAM = emulator.PROGRAM
PACKAGE = emulator.PACKAGE
KVM = Path("/dev/kvm")
PROBE_LIMIT = 10  # seconds for a kernel to list its cases under KVM; TCG takes three
PROCESSORS = 2
# A kernel that oopses or panics would stand still: it restarts, which ends QEMU
ENDING = ("oops=panic", "panic=-1")
KERNEL_ARGS = ("console=ttyS0", *ENDING, "kunit_shutdown=reboot", "kunit.enable=1")
# For programs: what they print goes by way of the kernel's log, so that no line of theirs is
# broken by one of the kernel's, and all of them
PROGRAM_ARGS = (
    "console=ttyS0",
    *ENDING,
    "kunit.enable=0",
    "printk.devkmsg=on",
    "svac_console=/dev/kmsg",
    "svac_end=restart",
)
ENDED = re.compile(rb"reboot: Restarting system")


def require() -> None:
    """Problem if there is no QEMU."""
    if not shutil.which(PROGRAM):
        raise Problem(
            f"missing to boot this lane: {PROGRAM}", "$PATH", f"apt-get install {PACKAGE}"
        )


def provide(
    lane: Lane, cache: Cache, log: CommandLog, progress: Progress
) -> dict[Emulated, Machine]:
    """A QEMU for each machine that a lane asks for; it interprets. Problem: none can be had."""
    why = f"lane {lane.name} is for an interpreter"
    made = {}
    for wanted in lane.machines:
        found = emulator.provide(wanted, cache, log, progress)
        made[wanted] = Machine(found.program, "tcg", why, found.version)
    return made


def choose_machine(build: Build, log: CommandLog, out: Path) -> Machine:
    """KVM if this kernel boots under it, else TCG; out: file for the console of the trial."""
    require()
    if not os.access(KVM, os.R_OK | os.W_OK):
        why = f"{KVM} cannot be opened" if KVM.exists() else f"there is no {KVM}"
        return Machine(PROGRAM, "tcg", why)
    lane = replace(build.lane, boot_timeout=PROBE_LIMIT)
    trial = replace(build, lane=lane, machine=Machine(PROGRAM, "kvm", "trial"))
    try:
        made = boot(trial, "kvm", "", log, out, ("kunit.action=list",))
    except Problem as problem:
        return Machine(PROGRAM, "tcg", f"KVM does not work: {problem.what}")
    if made.interrupted:
        raise KeyboardInterrupt
    if made.timed_out or not ENDED.search(out.read_bytes()):
        how = f"ends within {PROBE_LIMIT} s" if made.timed_out else "comes to its end"
        return Machine(PROGRAM, "tcg", f"this kernel never {how} under KVM")
    return Machine(PROGRAM, "kvm", "this kernel boots under it")


def boot(
    build: Build,
    name: str,
    glob: str,
    log: CommandLog,
    out: Path,
    kernel_args: tuple[str, ...] = (),
) -> Boot:
    """As boot.boot(). Beside out, out + ".log" holds what QEMU said, out + ".qmp" what was
    asked of it. Problem: it does not start, or refuses what it was asked for."""
    topology = topologies.of(name)
    arguments = (*KERNEL_ARGS, *topology.kernel_args, *kernel_args)
    if glob:
        arguments += (f"kunit.filter_glob={glob}",)
    return _boot(build, name, glob, arguments, log, out, topology)


def boot_program(
    build: Build,
    name: str,
    glob: str,
    archive: Path,
    args: Sequence[str],
    log: CommandLog,
    out: Path,
) -> Boot:
    """As boot.boot_program(); otherwise as boot()."""
    arguments = (*PROGRAM_ARGS, *args)
    return _boot(build, name, glob, arguments, log, out, topologies.Topology(), archive)


def _boot(
    build: Build,
    name: str,
    glob: str,
    kernel_args: tuple[str, ...],
    log: CommandLog,
    out: Path,
    topology: topologies.Topology,
    archive: Path | None = None,
) -> Boot:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    arguments = (*build.lane.kernel_args, *kernel_args)
    limit = build.lane.boot_timeout
    if build.carrier:
        kernel, talks = (build.directory / "linux").resolve(), bool(topology.steps)
        extra = [f"-global {one}" for one in topology.globals]
        extra += [f"-device {one}" for one in topology.devices]
        return build.carrier.boot(
            Errand(name, glob, kernel, archive, arguments, extra, talks, limit, out, log)
        )
    if not build.lane.machines:
        require()
    printed = out.with_name(out.name + ".log")
    with tempfile.TemporaryDirectory(prefix="svacheck-qmp-") as folder:
        # A socket's path has 108 bytes at most, that of a run may have more
        talk = Path(folder) / "qmp"
        director = Director(topology.steps, talk, out)
        wanted = build.lane.machine_of(glob)
        argv = _command(build, wanted, topology, arguments, out, talk if topology.steps else None)
        argv += ["-initrd", str(archive)] if archive else []
        try:
            tick = director.tick if topology.steps else None
            ran = running.run(build, argv, log, printed, limit, tick=tick, console=out)
        finally:
            director.close()
    killed = (ran.status or 0) < 0 and out.exists()  # what it has written is read
    if (ran.status and not killed) or (ran.status == 0 and not out.exists()):
        raise failure(printed)
    out.touch()  # killed before the kernel began
    timed_out = not ran.interrupted and ran.status is None
    return Boot(name, glob, out, ran.seconds, timed_out, ran.interrupted)


def _command(
    build: Build,
    wanted: Emulated | None,
    topology: topologies.Topology,
    kernel_args: tuple[str, ...],
    out: Path,
    talk: Path | None,
) -> list[str]:
    machine = build.machines[wanted] if wanted else build.machine
    accelerator = machine.accelerator if machine else "tcg"
    program = machine.program if machine else PROGRAM
    cpu = wanted.cpu if wanted else "qemu64"
    argv = [program, "-no-user-config", "-nodefaults", "-machine", "q35,graphics=off"]
    argv += ["-accel", accelerator, "-cpu", cpu, "-smp", str(PROCESSORS), "-m", "1G"]
    argv += ["-display", "none", "-no-reboot", "-serial", f"file:{out.absolute()}"]
    for setting in topology.globals:
        argv += ["-global", setting]
    for device in (*(wanted.devices if wanted else ()), *topology.devices):
        argv += ["-device", device]
    if talk:
        argv += ["-qmp", f"unix:{talk},server=on,wait=off"]
    kernel = (build.directory / "linux").resolve()
    return [*argv, "-kernel", str(kernel), "-append", " ".join(kernel_args)]


def failure(printed: Path) -> Problem:
    """Why QEMU has not booted, by what it printed."""
    lines = printed.read_text(errors="replace").strip().splitlines()
    return Problem(f"QEMU does not boot: {lines[-1] if lines else 'no message'}", str(printed))
