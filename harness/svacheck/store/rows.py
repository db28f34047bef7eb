# SPDX-License-Identifier: GPL-2.0
"""Rows into tables, each record whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from svacheck.store.digest import RuleName, Row, Rows, Shared, safe
from svacheck.store.folders import Found


class Writer:
    """Stores records in a connection; it remembers which texts have which number."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers: dict[type[Shared], dict[Shared, int]] = {Shared: {}, RuleName: {}}

    def forget(self) -> None:
        """What was remembered may never have been stored."""
        for known in self._numbers.values():
            known.clear()

    def store(self, found: Found, rows: Rows, fault: str) -> str:
        """In place of what was stored of that folder; why it is left out, or ""."""
        self._connection.execute("DELETE FROM record WHERE folder = ?", (found.folder,))
        made = self._connection.execute(
            "INSERT INTO record (folder, kind, stamp) VALUES (?, ?, ?)",
            (found.folder, found.kind, found.stamp),
        )
        number = made.lastrowid or 0
        if not fault:
            fault = self._fill(number, rows)
        if fault:
            self._connection.execute(
                "UPDATE record SET fault = ? WHERE num = ?", (safe(fault), number)
            )
        return fault

    def _fill(self, number: int, rows: Rows) -> str:
        self._connection.execute("SAVEPOINT one")
        try:
            for table, those in rows.tables.items():
                self._insert(number, table, those)
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError) as error:
            fault = f"it does not fit the index: {error}"
        except (OverflowError, TypeError, AttributeError) as error:
            fault = f"it does not fit its schema: {str(error)[:200]}"
        else:
            fault = ""
        if fault:
            self.forget()
            self._connection.execute("ROLLBACK TO one")
        self._connection.execute("RELEASE one")
        return fault

    def _insert(self, number: int, table: str, those: Sequence[Row]) -> None:
        own = {"run": "num", "rule_of": "run", "case_of": "run"}.get(table, "record")
        names = [own, *those[0]]
        marks = ", ".join("?" * len(names))
        self._connection.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",
            [(number, *map(self._value, row.values())) for row in those],
        )

    def _value(self, value: object) -> object:
        return self._number(value) if isinstance(value, Shared) else safe(value)

    def _number(self, text: Shared) -> int:
        """That of a text, which has one from now on."""
        known = self._numbers[type(text)]
        number = known.get(text)
        if number is None:
            number = known[text] = self._given(text)
        return number

    def _given(self, text: Shared) -> int:
        table, column = ("rule", "name") if isinstance(text, RuleName) else ("text", "text")
        stored = (safe(str(text)),)
        self._connection.execute(f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", stored)
        found = self._connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", stored)
        return int(found.fetchone()[0])
