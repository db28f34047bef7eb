# SPDX-License-Identifier: GPL-2.0
"""External commands whose answer is read rather than shown."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck.commands import Command, CommandLog
from svacheck.errors import Problem
from svacheck.processes import marked


@dataclass(frozen=True)
class Answer:
    """status: the exit status. output: standard output. trouble: standard error, one line."""

    status: int
    output: bytes
    trouble: str

    @property
    def text(self) -> str:
        """The output as text without white space around it."""
        return self.output.decode(errors="replace").strip()


def ask(log: CommandLog, argv: Sequence[str | Path], cwd: Path) -> Answer:
    """Run a short command in cwd and return what it says. Problem if it cannot be started."""
    command = Command([str(a) for a in argv], str(cwd), {})
    log.commands.append(command)
    if log.echo:
        log.echo(command.shell())
    start = time.monotonic()
    try:
        done = subprocess.run(
            command.argv,
            cwd=cwd,
            env={**marked(), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise Problem(
            f"cannot run {command.argv[0]}: {error.strerror}",
            command.shell(),
            "./scripts/check installs what is missing",
        ) from error
    command.status, command.seconds = done.returncode, time.monotonic() - start
    trouble = " ".join(done.stderr.decode(errors="replace").split())
    return Answer(done.returncode, done.stdout, trouble)
