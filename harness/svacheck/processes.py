# SPDX-License-Identifier: GPL-2.0
"""Whose a process is: what a run starts bears its mark, and none of it outlives the run.

A run that is killed cannot end what it has started, and what goes on building or booting writes
into folders that the next run uses. So a guard, this file run as a program, waits for the end of
the run and kills what is left; if the guard was killed as well, whoever gets a lock does so.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

OWNER = "SVACHECK_OWNER"
NOBODYS = {OWNER: ""}  # added to the environment of what is meant to outlive us
_MARK = re.compile(r"[0-9]+ [0-9]+ \S+")
_PDEATHSIG = 1  # of prctl()
_ROUNDS = 200  # of waiting for what was killed
_PAUSE = 0.05  # seconds

_guards: dict[int, int] = {}  # by the process that has one, the end of its pipe that stays open


def everybody() -> list[int]:
    """All processes of this machine but this one."""
    return [
        int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()
    ]


def variables(pid: int) -> list[bytes]:
    """The environment that a process was started with; [] if it is gone, or not ours."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []


def kill_all(doomed: Callable[[list[bytes]], bool]) -> None:
    """Kill each process whose environment is doomed, and wait until none is left.

    A UML kernel makes itself a session of its own, so that no process group has them all."""
    for _ in range(_ROUNDS):
        left = [pid for pid in everybody() if doomed(variables(pid))]
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        time.sleep(_PAUSE)


def marked() -> dict[str, str]:
    """Our environment with our mark, for whatever we start."""
    return {**os.environ, OWNER: _mark(os.getpid())}


def reap() -> None:
    """Kill what runs that are no more have left behind."""
    kill_all(is_orphan)


def is_orphan(environment: list[bytes]) -> bool:
    """Whether the run that has started a process of this environment is no more."""
    its = owner(environment)
    if not its or its.rsplit(" ", 1)[1] != _place():
        return False  # elsewhere another process has the number of its owner
    return its != _mark(int(its.split(" ", 1)[0]))


def owner(environment: list[bytes]) -> str:
    """The mark in an environment; "" for that of a process which no run has started."""
    start = f"{OWNER}=".encode()
    marks = (one[len(start) :] for one in environment if one.startswith(start))
    mark = next(marks, b"").decode("ascii", "replace")
    return mark if _MARK.fullmatch(mark) else ""


def guard() -> None:
    """Have what we start killed when we end, however that comes. Again does nothing."""
    if os.getpid() in _guards:
        return
    ours, theirs = os.pipe()
    nothing: dict[str, str] = {}  # with another run's mark it would be killed as one of its own
    subprocess.Popen(
        [sys.executable, "-S", "-E", __file__, _mark(os.getpid())],
        stdin=ours,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=nothing,
        start_new_session=True,
    ).returncode = 0  # nobody waits for it
    os.close(ours)
    _guards[os.getpid()] = theirs


def die_with(parent: int) -> None:
    """Let this process, which parent has forked, be killed when its parent ends."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was faster
        os._exit(1)


def _mark(pid: int) -> str:
    """One that no other process has, had or will have: "PID START PLACE"; "" if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            seen = file.read().rsplit(b")", 1)[1].decode().split()
        return "" if seen[0] in "ZX" else f"{pid} {seen[19]} {_place()}"
    except (OSError, IndexError):
        return ""


def _place() -> str:
    """Where a number means one process: a namespace of this machine since it was started. The
    first namespace is called the same everywhere, and Slurm takes variables to other machines."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return os.readlink("/proc/self/ns/pid") + "@" + file.read().strip()


def _stand_guard(mark: str) -> None:
    while os.read(0, 1):
        pass
    kill_all(lambda environment: owner(environment) == mark)


if __name__ == "__main__":
    _stand_guard(sys.argv[1])
