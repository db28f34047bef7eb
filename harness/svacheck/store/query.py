# SPDX-License-Identifier: GPL-2.0
"""svacheck query: SQL of the user's on the index, which it can read and nothing else."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from svacheck.errors import Problem
from svacheck.store.index import Index
from svacheck.store.schema import TABLES

LIMIT = 1000  # rows, unless the user asks for more
PATIENCE = 60.0  # seconds, after which a query is stopped
LONGEST = 16 << 20  # bytes of a value
_STEPS = 100_000  # of SQLite's machine between two looks at the clock
_READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE)
_FUNCTIONS = ("load_extension", "readfile", "writefile", "edit")
_DESCRIBED = "results/schema/index.md describes the tables"


@dataclass(frozen=True)
class Answer:
    """rows: as many as were asked for; more: there are others."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    more: bool


def ask(index: Index, sql: str, limit: int = LIMIT) -> Answer:
    """What a query comes to. Problem: it is none, it changes something, or takes too long."""
    try:
        columns, rows = index.sound(lambda: _ask(index.connection, sql, limit + 1))
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        raise _problem(error) from error
    if not columns:
        raise Problem("that is no query", "query", "begin with SELECT; " + _DESCRIBED)
    return Answer(columns, rows[:limit], len(rows) > limit)


def _ask(
    connection: sqlite3.Connection, sql: str, most: int
) -> tuple[list[str], list[tuple[Any, ...]]]:
    end = time.monotonic() + PATIENCE
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    connection.set_authorizer(_allowed)
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        cursor = connection.execute(sql)
        rows = [tuple(row) for row in cursor.fetchmany(most)]
        return [one[0] for one in cursor.description or ()], rows
    finally:
        connection.set_progress_handler(None, 0)
        connection.set_authorizer(None)


def _allowed(
    action: int, one: str | None, other: str | None, base: str | None, by: str | None
) -> int:
    """Reading alone; a function that opens files is in no library of Python's, and not here."""
    if action in _READING:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (other or "").lower() not in _FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and one in ("table_info", "table_list") and other != "":
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _problem(error: Exception) -> Problem:
    said = " ".join(str(error).split())
    if any(word in said for word in ("not authorized", "authorization denied", "prohibited")):
        return Problem("a query can read and nothing else", "query", _DESCRIBED)
    if "interrupted" in said:
        return Problem(f"stopped after {PATIENCE:.0f} seconds", "query", "ask for less")
    return Problem(f"SQLite does not understand it: {said}", "query", _DESCRIBED)


def views() -> str:
    """What can be asked, in short."""
    return "\n".join(f"{name:<13} {', '.join(columns)}" for name, (_, columns) in TABLES.items())


# ---- as text ----


def as_csv(answer: Answer) -> str:
    """With a line of names."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return out.getvalue()


def as_json(answer: Answer) -> str:
    """A list with an object for each row; what is no text is written out."""
    named = [dict(zip(answer.columns, map(_plain, row))) for row in answer.rows]
    return json.dumps(named, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and value - value != 0:  # no number of JSON's
        return str(value)
    return value


def as_table(answer: Answer) -> str:
    """Columns under one another, for a person."""
    from svacheck.report import visible

    cells = [answer.columns] + [[visible(_cell(value)) for value in row] for row in answer.rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(answer.columns))]
    return "".join(_joined(row, widths) + "\n" for row in cells)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return " ".join(str(value).split()) if isinstance(value, str) else str(value)


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
