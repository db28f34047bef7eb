# SPDX-License-Identifier: GPL-2.0
"""Boots by LAVA: each is a job, whose log is taken for its console.

A folder holds the jobs, what they boot, and their logs. A job without a log is run by lava-run if
there is a dispatcher; if not it waits for a lab, and check is run again once the logs are there.
A log belongs to a definition, which names the kernel by its SHA-256: no other is ever taken.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

from svacheck import qemu
from svacheck.cachedirs import Cache
from svacheck.carrier import Errand
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.fleet import lavajob, lavalog, lavaroot
from svacheck.fleet.lavaroot import JOBS, Root
from svacheck.fleet.work import WAITING
from svacheck.model import Boot, Machine
from svacheck.progress import Progress

LOGS, ARTIFACTS = "logs", "artifacts"
KERNEL_SPACES = 4  # before the result of a case that KUnit runs
MACHINE, CPU, MEMORY = "q35,graphics=off", "qemu64", 1024


@dataclass
class Lava:
    """url: where a lab finds what is in the folder of artifacts; root: a dispatcher of our own,
    for which url does not count; waiting: jobs that nobody has run yet."""

    folder: Path
    url: str
    root: Root | None
    waiting: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def machine(self) -> Machine:
        """As LAVA's device type has it."""
        return Machine(qemu.PROGRAM, "tcg", "each boot is a LAVA job on a device of type qemu")

    def boot(self, errand: Errand) -> Boot:
        """Take the log of the job for the console, once there is one."""
        if errand.talks:
            raise Problem(
                f"LAVA plugs nothing in while a kernel runs: {errand.name}", "SUITE", "boot it here"
            )
        text = lavajob.text(self._job(errand))
        name = f"{errand.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        (self.folder / f"{name}.yaml").write_text(text, encoding="ascii")
        log = self.folder / LOGS / f"{name}.yaml"
        if not log.is_file() and self.root:
            self._run(self.root, errand, name, log)
        if not log.is_file():
            with self.lock:
                self.waiting.append(name)
                waiting = "".join(f"{one}\n" for one in sorted(self.waiting))
                (self.folder / WAITING).write_text(waiting)
            errand.out.touch()
            return Boot(errand.name, errand.glob, errand.out, 0.0, False, interrupted=True)
        return self._taken(errand, text, log)

    def _job(self, errand: Errand) -> lavajob.Job:
        program = errand.initrd is not None
        return lavajob.Job(
            name=errand.name,
            kernel=self._artifact(errand.kernel),
            initrd=self._artifact(errand.initrd) if errand.initrd else None,
            kernel_args=errand.kernel_args,
            machine=MACHINE,
            cpu=CPU,
            processors=qemu.PROCESSORS,
            memory=MEMORY,
            indent=0 if program else KERNEL_SPACES,
            limit=errand.limit,
            arguments=errand.machine,
        )

    def _artifact(self, file: Path) -> lavajob.Artifact:
        with open(file, "rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        kept = self.folder / ARTIFACTS / digest
        with self.lock:
            kept.parent.mkdir(parents=True, exist_ok=True)
            if not kept.is_file():
                shutil.copyfile(file, kept.with_suffix(".new"))
                kept.with_suffix(".new").replace(kept)
        base = f"file:///{JOBS}/{ARTIFACTS}" if self.root else self.url.rstrip("/")
        return lavajob.Artifact(f"{base}/{digest}", digest)

    def _run(self, root: Root, errand: Errand, name: str, log: Path) -> None:
        """lava-run, whose whole log gets its name only when it has come to its end."""
        log.parent.mkdir(exist_ok=True)
        context = lavajob.definition(self._job(errand))["context"]
        (self.folder / f"{name}.device").write_text(root.device(context), encoding="utf-8")
        made = log.with_suffix(f".{os.getpid()}")
        limit = errand.limit + 2 * lavajob.BEFORE
        root.run(self.folder, name, limit, errand.log, made)
        made.replace(log)

    def _taken(self, errand: Errand, text: str, log: Path) -> Boot:
        found = lavalog.read(log)
        errand.out.write_text(found.console, encoding="utf-8")
        beside = errand.out.name
        errand.out.with_name(f"{beside}.job.yaml").write_text(text, encoding="ascii")
        shutil.copyfile(log, errand.out.with_name(f"{beside}.lava.yaml"))
        return Boot(errand.name, errand.glob, errand.out, found.seconds, found.timed_out)


def lava(folder: Path, url: str, progress: Progress) -> Lava:
    """Boots by LAVA, with jobs in the folder; url: see Lava, "" to run them here."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WAITING).unlink(missing_ok=True)
    except OSError as error:
        raise Problem(f"cannot write LAVA's jobs: {error.strerror}", str(folder)) from error
    log = CommandLog(progress.command)
    root = None if url else lavaroot.provide(Cache.default(), log, progress)
    return Lava(folder.absolute(), url, root)


def require_run(made: Lava) -> None:
    """Problem if jobs wait for a lab."""
    if made.waiting:
        raise Problem(
            f"{len(made.waiting)} LAVA jobs are to be run before there is a verdict",
            str(made.folder / WAITING),
            f"submit each, put its log into {made.folder / LOGS} under the same name, and say this "
            "again",
        )
