# SPDX-License-Identifier: GPL-2.0
"""Run what boots a kernel, with a time limit, and leave no process of it behind."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from svacheck.commands import CommandLog
from svacheck.model import Build

TOKEN = "SVACHECK_BOOT"  # set for all processes of a boot, to find them again


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
) -> Ran:
    """Run argv, which boots build, to its end; an interrupt is reported, not raised.

    output: for what it prints; limit: seconds; cwd: the tree if not given; tick: see
    CommandLog.run()."""
    token = uuid.uuid4().hex
    status, interrupted = None, False
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
            tick=tick,
        ).status
    except KeyboardInterrupt:
        interrupted = True
    finally:
        seconds = time.monotonic() - start
        _kill_all(token)
    return Ran(status, seconds, interrupted)


def _kill_all(token: str) -> None:
    """Kill what is left of a boot. A UML kernel makes itself a session of its own, so
    killing kunit.py's process group does not reach it."""
    mark = f"{TOKEN}={token}".encode()
    for _ in range(20):
        left = [pid for pid in processes() if mark in environment(pid)]
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        time.sleep(0.05)


def processes() -> list[int]:
    """All processes of this machine but this one."""
    return [
        int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()
    ]


def environment(pid: int) -> list[bytes]:
    """The variables that a process was started with; [] if it is gone, or not ours."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []
