# SPDX-License-Identifier: GPL-2.0
"""The table of faults: read by the tests that inject them, and rendered as faults.md."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TABLE = HERE / "faults.toml"
PAGE = HERE / "faults.md"

HEAD = """\
# What must not fool svacheck

Each of these faults is injected by the tests named in its row. This page is made from `faults.toml`
by `python3 harness/tests/faulttable.py`; `test_faults.py` holds both against the tests there are.

| fault | how it is injected | verdict | exit | what is said | tests |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Fault:
    """One row. verdict: of run.json, "" where no run is stored; exit: the status of svacheck;
    says: a regular expression that its message has; key, case: for the tests of a kind."""

    id: str
    fault: str
    how: str
    verdict: str
    exit: int
    says: str
    tests: tuple[str, ...]
    key: str = ""
    case: str = ""

    def __str__(self) -> str:
        return self.id


def load() -> list[Fault]:
    """The whole table."""
    rows: list[dict[str, Any]] = tomllib.loads(TABLE.read_text())["fault"]
    return [Fault(tests=tuple(row.pop("tests")), **row) for row in rows]


def of(test: str) -> list[Fault]:
    """The rows that a test is parametrized with."""
    return [fault for fault in load() if f"{test}[{fault.id}]" in fault.tests]


def one(id: str) -> Fault:
    """The row of that id."""
    (found,) = [fault for fault in load() if fault.id == id]
    return found


def page() -> str:
    """The table to read."""
    rows = [
        [
            fault.fault,
            fault.how,
            fault.verdict or "no run",
            str(fault.exit),
            f"`{fault.says}`",
            "<br>".join(f"`{test}`" for test in fault.tests),
        ]
        for fault in load()
    ]
    return HEAD + "".join(
        f"| {' | '.join(c.replace('|', chr(92) + '|') for c in r)} |\n" for r in rows
    )


if __name__ == "__main__":
    sys.stdout.write(page())
