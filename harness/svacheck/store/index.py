# SPDX-License-Identifier: GPL-2.0
"""results/index.sqlite, brought up to date with the records whenever it is opened.

It holds nothing that the records do not: whatever is wrong with it, it is made anew.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from svacheck.errors import Problem
from svacheck.places import results_folder
from svacheck.store import place, schema
from svacheck.store.digest import Rows, digest
from svacheck.store.folders import Found, content, look
from svacheck.store.rows import Writer

BATCH = 25  # records in a transaction: others wait no longer than these take
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNUSABLE = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_NOLFS,
)
Say = Callable[[str], None]
Made = TypeVar("Made")


class _Unfit(Exception):
    """A file that is no index of this svacheck, and why."""


@dataclass
class Tally:
    """What bringing up to date came to. left_out: folders and why, of those just looked at."""

    added: int = 0
    gone: int = 0
    left_out: dict[str, str] = field(default_factory=dict)


def to_stderr(line: str) -> None:
    """Say a line where it is in nobody's way."""
    print(f"svacheck: {line}", file=sys.stderr)


class Index:
    """An open index that is up to date. Close it soon: while it is open nobody can repair it.

    file: where it lies, None for in memory.
    """

    def __init__(self, results: Path, say: Say = to_stderr, *, anew: bool = False) -> None:
        self.results = results
        self.file: Path | None = None
        self.tally = Tally()
        self._say = say
        self._lock = -1
        found = look(results)
        for file in place.candidates(results):
            try:
                self._open(file, anew)
                self._sound(lambda: self._update(found))
                return
            except (sqlite3.Error, OSError, place.Busy) as error:
                self.close()
                if file is None or not _elsewhere(error):
                    raise Problem(f"cannot make the index: {error}", str(results)) from error
                say(f"the index is not {file}: {error}")
        raise AssertionError("one in memory can always be made")

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file free."""
        with suppress(AttributeError, sqlite3.Error):
            self.connection.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """What a query comes to."""
        return self.sound(lambda: self.connection.execute(sql, values).fetchall())

    def sound(self, work: Callable[[], Made]) -> Made:
        """What some work on the connection comes to; an index that turns out to be damaged is
        made anew, and the work done again."""
        return self._sound(work, lambda: self._update(look(self.results)))

    def _sound(self, work: Callable[[], Made], before: Callable[[], None] | None = None) -> Made:
        try:
            return work()
        except sqlite3.DatabaseError as error:
            if not _damaged(error):
                raise
            self._anew(str(error))
            if before:
                before()
            return work()

    # ---- opening ----

    def _open(self, file: Path | None, anew: bool) -> None:
        self.file = file
        if file:
            self._lock = place.lock(file)
            place.share(self._lock)
        try:
            self._connect()
            if anew:
                raise _Unfit("")
            self._check()
        except _Unfit as unfit:
            self._anew(str(unfit))
        except sqlite3.DatabaseError as error:
            if not _damaged(error):
                raise
            self._anew(str(error))

    def _connect(self) -> None:
        where = str(self.file) if self.file else place.MEMORY
        # Transactions begin where it says so
        self.connection = sqlite3.connect(where, timeout=place.PATIENCE, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.execute("PRAGMA cache_size = -65536")

    def _check(self) -> None:
        """Make the tables of a new file; _Unfit: it has others."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
            program = self.connection.execute("PRAGMA application_id").fetchone()[0]
            empty = not self.connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            if empty and not version:
                self._make_tables()
            elif program != schema.APPLICATION:
                raise _Unfit("it was made by another program")
            elif version != schema.VERSION:
                age = "an older" if version < schema.VERSION else "a newer"
                raise _Unfit(f"it is of {age} svacheck")
        finally:
            if self.connection.in_transaction:  # one that met damage has been rolled back
                self.connection.execute("COMMIT")

    def _make_tables(self) -> None:
        for statement in filter(str.strip, schema.statements().split(";\n")):
            self.connection.execute(statement)
        self.connection.execute(f"PRAGMA application_id = {schema.APPLICATION}")
        self.connection.execute(f"PRAGMA user_version = {schema.VERSION}")

    def _anew(self, why: str) -> None:
        """Take the file away and make a new one, unless another process just did that."""
        self.connection.close()
        if not self.file:
            self._connect()
            self._check()
            return
        before = _identity(self.file)
        with place.alone(self._lock):
            if before == _identity(self.file):
                for one in (self.file, Path(f"{self.file}-journal"), Path(f"{self.file}-wal")):
                    one.unlink(missing_ok=True)
                if why:
                    self._say(f"{self.file} is made anew: {why}")
            self._connect()
            self._check()

    # ---- bringing up to date ----

    def _update(self, found: dict[str, Found]) -> None:
        self.tally = Tally()
        known = self._known()
        self._forget([name for name in known if name not in found])
        new = [one for name, one in found.items() if known.get(name) != one.stamp]
        new.sort(key=lambda one: one.place)
        writer = Writer(self.connection)
        for at in range(0, len(new), BATCH):
            self._take(new[at : at + BATCH], writer)
        if self.tally.left_out:
            self._say(_left_out(self.results, self.tally.left_out))

    def _known(self) -> dict[str, str]:
        return dict(self.connection.execute("SELECT folder, stamp FROM record").fetchall())

    def _forget(self, names: Sequence[str]) -> None:
        if not names:
            return
        self.connection.execute("BEGIN IMMEDIATE")
        # One that has come back meanwhile is found by the next who looks
        for name in names:
            done = self.connection.execute("DELETE FROM record WHERE folder = ?", (name,))
            self.tally.gone += done.rowcount
        self.connection.execute("COMMIT")

    def _take(self, new: Iterable[Found], writer: Writer) -> None:
        """Store some records; what cannot be read is stored as such."""
        read = [(one, *_read(self.results, one)) for one in new]
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            known = self._known()  # another process may have been faster
            for one, rows, fault in read:
                if known.get(one.folder) == one.stamp:
                    continue
                fault = writer.store(one, rows, fault)
                if fault:
                    self.tally.left_out[one.folder] = fault
                else:
                    self.tally.added += 1
            self.connection.execute("COMMIT")
        except BaseException:
            writer.forget()
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise


def _read(results: Path, found: Found) -> tuple[Rows, str]:
    """The rows of a record, or why there are none."""
    if found.fault:
        return Rows(), found.fault
    try:
        return digest(found, content(results, found)), ""
    except KeyError as error:
        return Rows(), f"{found.file} has no {error}"
    except (OSError, ValueError) as error:
        return Rows(), f"{found.file} cannot be read: {' '.join(str(error).split())[:200]}"
    except (TypeError, AttributeError, IndexError, ArithmeticError, RecursionError) as error:
        return Rows(), f"{found.file} does not fit its schema: {str(error)[:200]}"


def _left_out(results: Path, folders: Mapping[str, str]) -> str:
    """One line: a folder that is told of each time would be in the way of all others."""
    first, why = next(iter(folders.items()))
    line = f"{results / first} is left out of the index: {why}"
    more = len(folders) - 1
    return line + (f"; so are {more} more: svacheck reindex lists them" if more else "")


def _damaged(error: sqlite3.Error) -> bool:
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGED


def _elsewhere(error: Exception) -> bool:
    """Whether an index at another place may do."""
    if not isinstance(error, sqlite3.Error):
        return True
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _UNUSABLE


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        about = os.stat(file)
    except FileNotFoundError:
        return None
    return about.st_ino, about.st_ctime_ns


def opened(results: Path | None = None, say: Say = to_stderr) -> Index:
    """The index of a results folder, up to date."""
    return Index(results or results_folder(), say)


def rebuilt(results: Path | None = None, say: Say = to_stderr) -> Index:
    """The same, made anew from the records."""
    return Index(results or results_folder(), say, anew=True)
