# SPDX-License-Identifier: GPL-2.0
"""One program on this machine: what it says and what the kernel says meanwhile, as they come."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Dict, List, Optional

from .layout import GOES_ON, IMPLEMENTATION

MOST = 64 << 20  # bytes that are kept of what a program says
PIECE = 1 << 16
KMSG = "/dev/kmsg"
_RECORD = re.compile(rb"\d+,\d+,(\d+),[^;]*;([^\n]*)")
_RESULT = re.compile(r"(ok|not ok) \d+\b(.*)")


@dataclass
class Ran:
    """What became of it. status: None if it was killed; log: the kernel's was read."""

    program: str
    console: Path
    seconds: float
    timed_out: bool
    interrupted: bool
    status: Optional[int]
    log: bool


class KernelLog:
    """What the kernel says from now on."""

    def __init__(self) -> None:
        try:
            self.fd = os.open(KMSG, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            os.lseek(self.fd, 0, os.SEEK_END)
        except OSError:
            self.fd = -1

    def lines(self) -> bytes:
        """What it has said since, as dmesg has it."""
        out = b""
        while self.fd >= 0:
            try:
                match = _RECORD.match(os.read(self.fd, 8192))
            except BrokenPipeError:  # records were overwritten
                out += b"svacheck kit: the kernel has said more than could be read\n"
                continue
            except OSError:
                break
            if match:
                stamp = int(match[1])
                out += b"[%5d.%06d] %s\n" % (stamp // 1000000, stamp % 1000000, match[2])
        return out

    def close(self) -> None:
        """Done with it."""
        if self.fd >= 0:
            os.close(self.fd)


class _Console:
    """A file of whole lines from two sources."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = open(path, "wb")
        self._begun = b""
        self._size = 0

    def program(self, piece: bytes) -> None:
        """What the program says; a line is written when it is whole."""
        self._begun += piece
        whole, end, rest = self._begun.rpartition(b"\n")
        self._begun = rest
        self.line(whole + end)

    def line(self, lines: bytes) -> None:
        """Whole lines."""
        self._size += len(lines)
        if self._size <= MOST:
            self._file.write(lines)

    def close(self) -> None:
        """With what was left of a line."""
        if self._begun:
            self.line(self._begun + b"\n")
        self._file.close()


def run(
    program: Path, console: Path, environment: Dict[str, str], limit: float, log: KernelLog
) -> Ran:
    """Run it, until it ends or the limit is over, in seconds. No process of it is left."""
    out = _Console(console)
    out.line(b"# init: implementation %s\n" % IMPLEMENTATION.encode())
    start = time.monotonic()
    log.lines()  # of before is not of interest
    with subprocess.Popen(
        [str(program)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    ) as made:
        interrupted = False
        try:
            timed_out = not _listen(made, out, log, start + limit)
        except KeyboardInterrupt:
            interrupted, timed_out = True, False
        finally:
            _end(made.pid)
        status = made.wait()
    out.line(log.lines())
    if not timed_out and not interrupted:
        how = f"ended with status {status}" if status >= 0 else f"was killed by signal {-status}"
        out.program(f"# init: {program.name} {how}\n{GOES_ON}\n".encode())
    out.close()
    seconds = time.monotonic() - start
    left = None if timed_out or interrupted or status < 0 else status
    return Ran(program.name, console, seconds, timed_out, interrupted, left, log.fd >= 0)


def _listen(made: "subprocess.Popen[bytes]", out: _Console, log: KernelLog, until: float) -> bool:
    """Write down what comes until the program has ended; False if that takes too long."""
    assert made.stdout
    fd = made.stdout.fileno()
    os.set_blocking(fd, False)
    while True:
        if time.monotonic() > until:
            return False
        ready, _, _ = select.select([fd], [], [], 0.05)
        out.line(log.lines())
        if ready:
            piece = os.read(fd, PIECE)
            out.program(piece)
            if not piece:
                return True
        elif os.waitid(os.P_PID, made.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return True  # who has the pipe still is an orphan of it, and is ended now


def _end(session: int) -> None:
    """All processes of a session of ours, whatever groups they have made of themselves: a
    harness gives each case one of its own."""
    while True:
        left = _members(session)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)


def _members(session: int) -> List[int]:
    """Those that are alive."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{int(name)}/stat", "rb") as file:
                fields = file.read().rsplit(b")", 1)[1].split()
        except (ValueError, OSError, IndexError):
            continue  # no process, or one that has ended
        if int(fields[3]) == session and fields[0] not in (b"Z", b"X"):
            found.append(int(name))
    return found


def count(console: Path) -> Dict[str, int]:
    """How many cases came to what."""
    found = {"passed": 0, "failed": 0, "skipped": 0}
    with open(console, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = _RESULT.match(line)
            if match:
                word = "passed" if match[1] == "ok" else "failed"
                found["skipped" if "# SKIP" in match[2] else word] += 1
    return found


def reasons(console: Path) -> List[str]:
    """Why nothing ran."""
    with open(console, encoding="utf-8", errors="replace") as file:
        return [line[len("1..0 # SKIP ") :].strip() for line in file if line.startswith("1..0 # S")]
