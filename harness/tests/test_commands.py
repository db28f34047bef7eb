# SPDX-License-Identifier: GPL-2.0
"""External commands: how they end, and that an interrupt at the worst moment ends them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from svacheck import parallel
from svacheck.commands import CommandLog, has_ended
from svacheck.errors import Problem
from svacheck.places import ROOT


class Interrupted:
    """The lock of a Popen, when Ctrl-C comes just after poll() or wait(timeout) has taken it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.release = self.lock.release

    def acquire(self, blocking: bool = True) -> bool:
        self.lock.acquire(blocking)
        if not blocking:
            raise KeyboardInterrupt
        return True

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


@pytest.mark.timeout(20)
def test_an_interrupt_at_the_worst_moment_ends_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self._waitpid_lock = Interrupted()
            made.append(self.pid)

    def tick() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Popen)
    with pytest.raises(KeyboardInterrupt):
        CommandLog().run(["sleep", "60"], cwd=tmp_path, tick=tick)
    with pytest.raises(ProcessLookupError):
        os.kill(made[0], 0)


@pytest.mark.parametrize("script, status", [("exit 3", 3), ("kill -9 $$", -signal.SIGKILL)])
def test_how_a_command_ended(script: str, status: int, tmp_path: Path) -> None:
    assert CommandLog().run(["sh", "-c", script], cwd=tmp_path).status == status


def test_a_command_over_its_time_has_no_status(tmp_path: Path) -> None:
    command = CommandLog().run(["sleep", "60"], cwd=tmp_path, timeout=0.2)
    assert command.status is None and 0.2 < command.seconds < 30


def test_who_has_ended_is_still_there_to_be_reaped() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        assert not has_ended(process, 0) and not has_ended(process, 0.05)
        process.kill()
        assert has_ended(process, 10) and has_ended(process, 0)
        assert process.wait() == -signal.SIGKILL


# ---- parallel ----


def killed(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.timeout(20)
def test_a_worker_that_is_killed_is_told() -> None:
    """Jobs that do not fit into a pipe would have us wait for it for ever."""
    with pytest.raises(Problem, match="a process that reads files was killed"):
        list(parallel.over(killed, [f"{n:0200}" for n in range(4000)]))


# ---- started by somebody who ignores that children end ----


def test_commands_have_a_status_whoever_starts_us() -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from svacheck import cli; from svacheck.commands import CommandLog\n"
        "cli.main(['rules', '--json'])\n"
        "print(CommandLog().run(['sh', '-c', 'exit 3'], cwd=Path('/')).status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "harness")},
        preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1:] == ["3"], done.stderr
