# SPDX-License-Identifier: GPL-2.0
"""kunit/device in stock kernels: the module is built against their headers, and loaded in QEMU.

Each machine that is booted has a PCI function for the module to judge: one that has PASIDs, one
that has none, one with a driver, or one without an IOMMU. Which suites are for which machine is
written here; the init of the machines is kunit/device/vm/init.c.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from svacheck import build as building
from svacheck import cpio, overlay, qemu, running, selection
from svacheck.citations import Citations
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Boot, Build, Lane, Machine, Tree
from svacheck.places import KUNIT
from svacheck.progress import Progress
from svacheck.selection import BootPlan
from svacheck.stock import StockKernel
from svacheck.workload import Reader, read_suites

MODULES = ("svac_device", "svac_pasid_function")
NEEDED = ("api/probe.sh",)  # what of kunit/ the module is built with besides its own folder
FOLDERS = ("dev", "sys")
ARCHIVE = "initramfs"
IOMMU = "intel-iommu,x-scalable-mode=on,x-pasid-mode=on,intremap=off"
FUNCTION, OTHER = "nvme,serial=1,addr=2", "nvme,serial=2,addr=3"
KERNEL_ARGS = ("console=ttyS0", *qemu.ENDING, "printk.time=0", "printk.devkmsg=on")
WITH_IOMMU = "intel_iommu=on,sm_on"
LONGEST = 1000  # characters for names of cases that a command line has room for


@dataclass(frozen=True)
class DeviceMachine:
    """A machine to boot. suites: those that it is for; asks: what its init is asked for."""

    name: str
    suites: tuple[str, ...]
    asks: tuple[str, ...]
    iommu: bool = True


DEVICES = (
    DeviceMachine(
        "pasids",
        (
            "svac_device_domain",
            "svac_device_pasid",
            "svac_device_bind",
            "svac_device_refusal",
            "svac_device_state",
        ),
        ("svac_function=device=0000:00:02.0", "svac_device=device=pci:0000:00:02.0,peer"),
    ),
    DeviceMachine(
        "no-pasids", ("svac_device_plain",), ("svac_device=device=pci:0000:00:03.0,peer",)
    ),
    DeviceMachine(
        "driver",
        ("svac_module_load",),
        ("svac_function=device=0000:00:02.0,driver=1", "svac_suite=svac_module_load"),
    ),
    DeviceMachine(
        "no-iommu",
        ("svac_module_no_iommu",),
        ("svac_suite=svac_module_no_iommu",),
        iommu=False,
    ),
)


def build(
    kernel: StockKernel,
    tree: Tree,
    lane: Lane,
    folder: Path,
    log: CommandLog,
    progress: Progress,
    logs: Path,
) -> tuple[Build, str]:
    """The modules and the init, built in folder and put into an archive there: that takes
    seconds. With it the hash of their sources.

    logs: a folder for build.log. Opens the phase "build". Problem: a missing tool, or something
    does not build.
    """
    with progress.phase("build"):
        start = time.monotonic()
        qemu.require()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        sha256 = _copy_sources(folder / "kunit")
        _make(kernel, folder, log, progress, logs)
        source = folder / "kunit" / "device"
        files = {f"{name}.ko": source / f"{name}.ko" for name in MODULES}
        cpio.write(folder / ARCHIVE, FOLDERS, {"init": folder / "init", **files})
        (folder / "linux").symlink_to(kernel.image)
        made = Build(
            src=tree.origin,
            directory=folder,
            lane=lane,
            config_sha256=hashlib.sha256(kernel.config.read_bytes()).hexdigest(),
            compiler=building.compiler(log),
            objects=building.count_objects(folder),
            seconds=time.monotonic() - start,
            machine=Machine(qemu.PROGRAM, "tcg", "the IOMMU is emulated either way"),
        )
        return made, sha256


def _copy_sources(to: Path) -> str:
    """What the module is built from, so that nothing is built in the checkout; its hash."""
    contents = {f"device/{name}": data for name, data in overlay.collect(KUNIT / "device").items()}
    contents |= {name: (KUNIT / name).read_bytes() for name in NEEDED}
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        digest.update(f"{len(content)} {name}\0".encode() + content)
    return digest.hexdigest()


def _make(
    kernel: StockKernel, folder: Path, log: CommandLog, progress: Progress, logs: Path
) -> None:
    source, said = folder / "kunit" / "device", logs / "build.log"
    logs.mkdir(parents=True, exist_ok=True)
    settings = {"LC_ALL": "C.UTF-8", **building.REPRODUCIBLE}
    # Debian's headers name the compiler of the kernel, which need not be there by that name
    make = [*building.clean_environment(but=settings), "make", "CC=gcc"]
    for argv in (
        [*make, "-C", str(source), f"KDIR={kernel.headers}", "SVAC_VM=1"],
        [*make, "-C", str(source / "vm"), f"OUTPUT={folder}"],
    ):
        done = log.run(
            argv, cwd=folder, output=said, append=True, environment=settings, tick=progress.tick
        )
        if done.status:
            raise _failure(said, kernel)


def _failure(said: Path, kernel: StockKernel) -> Problem:
    lines = said.read_text(errors="replace").splitlines()
    errors = [line.strip() for line in lines if "rror: " in line or "ERROR: " in line]
    first = errors[0] if errors else (lines or ["no message"])[-1]
    return Problem(
        f"the module does not build for Linux {kernel.release}: {first}",
        str(said),
        "the log has all of it",
    )


# ---- boots ----


@dataclass
class Devices:
    """The cases of kunit/device, as their sources have them, and the machines they are for."""

    built: Build
    cited: Citations
    log: CommandLog
    problems: Sequence[str] = ()
    _machines: dict[str, DeviceMachine] = field(init=False)

    def __post_init__(self) -> None:
        self._machines = {suite: one for one in DEVICES for suite in one.suites}
        lost = [suite for suite in selection.suites(self.listed) if suite not in self._machines]
        self.problems = [f"no machine is for the cases of {suite}" for suite in lost]

    @property
    def listed(self) -> Sequence[str]:
        """All cases, in the order of the machines."""
        order = [suite for one in DEVICES for suite in one.suites]
        cases = [
            case
            for case in self.cited.cases
            if case.startswith((selection.DEVICE, selection.MODULE))
        ]
        return sorted(cases, key=lambda case: _place(order, case))

    def resumes(self, cases: Sequence[str]) -> bool:
        """Each case can be run by itself."""
        return True

    def select(self, glob: str) -> list[str]:
        """Those that a SUITE glob means."""
        return selection.select(self.listed, glob)

    def plan(self, selected: Sequence[str], alone: bool) -> list[BootPlan]:
        """A boot of each machine that has selected cases, or for each of these one."""
        if alone:
            return selection.each_alone(selected)
        mine: dict[str, list[str]] = {}
        for case in selected:
            mine.setdefault(self._machine(case).name, []).append(case)
        return [BootPlan(name, name, tuple(cases)) for name, cases in mine.items()]

    def boot(self, build: Build, planned: BootPlan, alone: bool, out: Path) -> Boot:
        """Boot the machine of these cases for them alone."""
        machine = self._machine(planned.cases[0])
        asks = [*machine.asks, f"svac_only={only(planned.cases, self.listed)}"]
        argv = command(self.built, machine, asks, out)
        return _boot(self.built, planned, argv, self.log, out)

    def reader(self, planned: Sequence[str]) -> Reader:
        """The module prints as KUnit does."""
        return read_suites

    def _machine(self, case: str) -> DeviceMachine:
        return self._machines[case.split(".", 1)[0]]


def _place(order: Sequence[str], case: str) -> int:
    suite = case.split(".", 1)[0]
    return order.index(suite) if suite in order else len(order)


def only(cases: Sequence[str], listed: Sequence[str]) -> str:
    """How the module is told which cases to run: whole suites, and each case of the others.

    Problem if that is more than a command line has room for."""
    words: list[str] = []
    for suite in selection.suites(cases):
        whole = selection.matched(listed, suite)
        mine = [case for case in cases if case in whole]
        words += [suite] if mine == whole else mine
    said = ",".join(words)
    if len(said) > LONGEST:
        raise Problem("too many cases to name", "SUITE", "take whole suites, or fewer cases")
    return said


def command(build: Build, machine: DeviceMachine, asks: Sequence[str], out: Path) -> list[str]:
    """How a machine is booted. asks: what its init is asked for; out: for its console."""
    argv = [qemu.PROGRAM, "-no-user-config", "-nodefaults", "-machine", "q35,graphics=off"]
    # VT-d cannot translate for processes on a processor with five levels of page tables
    argv += ["-accel", "tcg", "-cpu", "max,la57=off", "-smp", "2", "-m", "1G"]
    argv += ["-display", "none", "-no-reboot", "-serial", f"file:{out.absolute()}"]
    for device in (*((IOMMU,) if machine.iommu else ()), FUNCTION, OTHER):
        argv += ["-device", device]
    arguments = [*KERNEL_ARGS, *build.lane.kernel_args, *((WITH_IOMMU,) if machine.iommu else ())]
    argv += ["-kernel", str((build.directory / "linux").resolve())]
    argv += ["-initrd", str(build.directory / ARCHIVE)]
    return [*argv, "-append", " ".join([*arguments, *asks])]


def _boot(build: Build, planned: BootPlan, argv: list[str], log: CommandLog, out: Path) -> Boot:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    printed = out.with_name(out.name + ".log")
    ran = running.run(build, argv, log, printed, build.lane.boot_timeout, cwd=build.directory)
    if ran.status or (ran.status == 0 and not out.exists()):
        raise qemu.failure(printed)
    out.touch()  # killed before the kernel began
    timed_out = not ran.interrupted and ran.status is None
    return Boot(planned.name, planned.glob, out, ran.seconds, timed_out, ran.interrupted)
