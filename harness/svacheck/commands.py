# SPDX-License-Identifier: GPL-2.0
"""External commands: each is logged as it was run, and none outlives us."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from svacheck.errors import Problem
from svacheck.processes import marked


@dataclass
class Command:
    """One external command: what run.json and -v show."""

    argv: list[str]
    cwd: str
    environment: dict[str, str]  # only what we set
    status: int | None = None  # None: killed by a time limit or an interrupt
    seconds: float = 0.0

    def shell(self) -> str:
        """The command as a person would type it."""
        settings = [f"{k}={shlex.quote(v)}" for k, v in sorted(self.environment.items())]
        return " ".join(["cd", shlex.quote(self.cwd), "&&", *settings, shlex.join(self.argv)])


@dataclass
class CommandLog:
    """All external commands of one run, in order."""

    echo: Callable[[str], None] | None = None  # called with each command line under -v
    commands: list[Command] = field(default_factory=list)

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path,
        output: Path | None = None,
        append: bool = False,
        environment: Mapping[str, str] | None = None,
        timeout: float | None = None,
        tick: Callable[[], None] | None = None,
    ) -> Command:
        """Run argv to its end; return it with its exit status (None: timed out).

        output: a file for stdout and stderr (default: thrown away). timeout: seconds.
        tick: called about ten times a second while it runs. The command has a process
        group of its own, which is killed whole on time-out, interrupt or error.
        Raises Problem if the program is missing or cannot be started.
        """
        command = Command([str(a) for a in argv], str(cwd), dict(environment or {}))
        self.commands.append(command)
        if self.echo:
            self.echo(command.shell())
        start = time.monotonic()
        with open(output or os.devnull, "ab" if append else "wb") as sink:
            try:
                process = subprocess.Popen(
                    command.argv,
                    cwd=cwd,
                    env={**marked(), **command.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise Problem(
                    f"cannot run {command.argv[0]}: {error.strerror}",
                    where=command.shell(),
                    remedy="./scripts/check installs what is missing",
                ) from error
            over = False
            try:
                while not (over := has_ended(process, 0.1)):
                    if tick:
                        tick()
                    if timeout is not None and time.monotonic() - start > timeout:
                        break
            finally:
                kill_group(process.pid)
                status = process.wait()
                command.seconds = time.monotonic() - start
            command.status = status if over else None
        return command


def has_ended(process: subprocess.Popen[Any], seconds: float) -> bool:
    """Whether it has, or does within so many seconds; wait() tells how, and reaps it.

    An interrupt may leave the lock of Popen's own poll() and wait(timeout) taken for ever."""
    end, pause = time.monotonic() + seconds, 0.0005
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        left = end - time.monotonic()
        if left <= 0:
            return False
        pause = min(2 * pause, left, 0.05)
        time.sleep(pause)
    return True


def kill_group(pid: int) -> None:
    """Kill what is left of the process group that pid leads."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
