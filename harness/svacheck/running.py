# SPDX-License-Identifier: GPL-2.0
"""Run what boots a kernel, with a time limit, and leave no process of it behind."""

from __future__ import annotations

import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from svacheck.commands import CommandLog
from svacheck.model import Build
from svacheck.processes import kill_all

TOKEN = "SVACHECK_BOOT"  # set for all processes of a boot, to find them again
MOST_SAID = 128 << 20  # bytes of a console
SPARE = 1 << 20  # bytes that have to be free, or a kernel's words are lost


@dataclass(frozen=True)
class Ran:
    """status: None if it was killed for its time limit or an interrupt."""

    status: int | None
    seconds: float
    interrupted: bool


def run(
    build: Build,
    argv: list[str],
    log: CommandLog,
    output: Path,
    limit: float,
    cwd: Path | None = None,
    tick: Callable[[], None] | None = None,
    console: Path | None = None,
) -> Ran:
    """Run argv, which boots build, to its end; an interrupt is reported, not raised.

    output: for what it prints; limit: seconds; cwd: the tree if not given; tick: see
    CommandLog.run(); console: what the kernel writes to if not output. One that says too much
    is killed. OSError: there was no disk space for it meanwhile."""
    token = uuid.uuid4().hex
    status, interrupted = None, False
    said = console or output

    def look() -> None:
        require_room(said)
        if said.exists() and said.stat().st_size > MOST_SAID:
            raise _TooMuch
        if tick:
            tick()

    start = time.monotonic()
    try:
        status = log.run(
            argv,
            cwd=cwd or build.src,
            output=output,
            environment={
                **dict(build.lane.environment),
                TOKEN: token,
                "LC_ALL": "C.UTF-8",
                "PYTHONDONTWRITEBYTECODE": "1",
                # UML keeps a folder for each kernel in ~/.uml
                "HOME": str(build.directory),
            },
            timeout=limit,
            tick=look,
        ).status
        require_room(said)
    except _TooMuch:
        pass
    except KeyboardInterrupt:
        interrupted = True
    finally:
        seconds = time.monotonic() - start
        kill_all(lambda environment: f"{TOKEN}={token}".encode() in environment)
        shutil.rmtree(build.directory / ".uml", ignore_errors=True)  # of a kernel that was killed
    return Ran(status, seconds, interrupted)


class _TooMuch(Exception):
    """The console has grown beyond what is read."""


def require_room(path: Path) -> None:
    """OSError if what is written to path may be lost."""
    seen = os.statvfs(path.parent)
    free = seen.f_bavail if os.geteuid() else seen.f_bfree
    if free * seen.f_frsize < SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
