# SPDX-License-Identifier: GPL-2.0
"""Where an index lies, and the file by whose lock nobody takes it away from another."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from svacheck.cachedirs import Cache
from svacheck.errors import Problem

NAME = "index.sqlite"
MEMORY = ":memory:"
PATIENCE = 30.0  # seconds that one process waits for another


class Busy(Problem):
    """Another process holds the index for longer than anybody wants to wait."""

    def __init__(self) -> None:
        super().__init__("another process holds the index", NAME, "try again when it is done")


def candidates(results: Path) -> Iterator[Path | None]:
    """Where it may lie, the best first: in results, in the cache, and None for in memory."""
    if results.is_dir():
        yield results / NAME
        try:
            folder = Cache.default().root / "index"
            folder.mkdir(exist_ok=True)
            name = hashlib.sha256(os.fsencode(results.resolve())).hexdigest()[:16]
            yield folder / f"{name}.sqlite"
        except (Problem, OSError):
            pass
    yield None


def lock(file: Path) -> int:
    """A descriptor that the functions below hold the index by; OSError if it cannot be made."""
    beside = file.with_name(f".{file.name}.lock")
    return os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def share(handle: int) -> None:
    """Keep others from taking the file away; Busy if one does just that."""
    _wait(handle, fcntl.LOCK_SH)


@contextmanager
def alone(handle: int) -> Iterator[None]:
    """While nobody else has the file open; Busy if that does not come to be."""
    fcntl.flock(handle, fcntl.LOCK_UN)  # two that wait for one another would wait for ever
    try:
        _wait(handle, fcntl.LOCK_EX)
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_SH)


def _wait(handle: int, how: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise Busy() from None
            time.sleep(0.05)
