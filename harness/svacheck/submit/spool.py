# SPDX-License-Identifier: GPL-2.0
"""What is to be sent, as files: waiting until it is taken, then in sent/ or in refused/.

A file is there whole before anything is sent, and has the same name whenever the same is
submitted: whoever dies between sending and saying so sends the very same again. No token is in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from svacheck.errors import Problem
from svacheck.export.document import replace

SENT, REFUSED = "sent", "refused"
FIRST, LONGEST = 60, 24 * 3600  # seconds until the next try: doubled each time, up to a day


@dataclass
class Entry:
    """A submission. of: the runs in it; fields: the parts of a form, or one "body"; tries: so
    many in vain; due: not before that; said: what came of the last one."""

    id: str
    format: str
    address: str
    of: str
    fields: Mapping[str, str]
    tries: int = 0
    due: float = 0.0
    said: str = ""


def entry(format_: str, address: str, of: str, fields: Mapping[str, str]) -> Entry:
    """A new one; the same if it is of the same."""
    key = json.dumps([format_, address, dict(fields)], sort_keys=True)
    return Entry(hashlib.sha256(key.encode()).hexdigest()[:32], format_, address, of, fields)


def folder() -> Path:
    """$SVACHECK_SPOOL, or ${XDG_STATE_HOME:-~/.local/state}/svacheck/spool."""
    chosen = os.environ.get("SVACHECK_SPOOL")
    if chosen:
        return Path(chosen).expanduser().absolute()
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return base / "svacheck" / "spool"


@dataclass
class Spool:
    """The folder, while no other process sends from it."""

    root: Path
    now: Callable[[], float] = field(default=time.time)
    damaged: set[Path] = field(default_factory=set)

    def add(self, one: Entry) -> str:
        """Keep a new one; where it was already: "", "waiting", SENT or REFUSED."""
        if self._file(one, SENT).exists():
            return SENT
        if self._file(one).exists():
            return "waiting"
        was = REFUSED if self._file(one, REFUSED).exists() else ""
        self._write(one)
        return was

    def waiting(self) -> Iterator[Entry]:
        """All that are not sent, the oldest first; what cannot be read is in damaged then."""
        files = sorted(self.root.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        for file in files:
            try:
                made = Entry(**json.loads(file.read_bytes()))
            except (OSError, ValueError, TypeError, RecursionError):
                self.damaged.add(file)  # it must not keep the others from being sent
            else:
                yield made

    def done(self, one: Entry, where: str) -> None:
        """It was taken, or refused for good."""
        target = self._file(one, where)
        target.parent.mkdir(exist_ok=True)
        self._write(one)
        os.replace(self._file(one), target)
        if where == SENT:
            self._file(one, REFUSED).unlink(missing_ok=True)  # at another time

    def later(self, one: Entry, said: str, seconds: float = 0.0) -> None:
        """It could not be sent; seconds: the receiver asked for that much time."""
        wait = min(LONGEST, FIRST * 2 ** min(one.tries, 20))
        one.tries += 1
        one.said = said
        one.due = self.now() + max(wait, min(seconds, LONGEST))
        self._write(one)

    def _file(self, one: Entry, where: str = "") -> Path:
        return self.root / where / f"{one.id}.json"

    def _write(self, one: Entry) -> None:
        try:
            replace(self._file(one), json.dumps(asdict(one), indent=1) + "\n")
        except OSError as error:
            remedy = "set SVACHECK_SPOOL to a folder that can be written"
            raise Problem(f"cannot spool: {error.strerror}", str(self.root), remedy) from error


@contextmanager
def opened(root: Path | None = None) -> Iterator[Spool]:
    """The spool, which is waited for. Problem: it cannot be made."""
    where = root or folder()
    try:
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(where, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        remedy = "set SVACHECK_SPOOL to a folder that can be written"
        raise Problem(f"cannot make the spool: {error.strerror}", str(where), remedy) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield Spool(where)
    finally:
        os.close(handle)
