# SPDX-License-Identifier: GPL-2.0
"""Data for the pages, as scripts: a page that is opened as a file cannot fetch anything else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from svacheck.dashboard.names import shown

ABSENT = "."
VERDICTS = {"kept": "k", "broken": "b", "error": "e", "not covered": "n", "not bound": "o"}
STATUSES = {"pass": "p", "fail": "f", "error": "e", "skip": "s"}


def put(path: Path, name: str, value: Any) -> None:
    """Write a value as the script that gives it to the page under a name."""
    both = [
        json.dumps(clean(one), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        for one in (name, value)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"svacheck.put({','.join(both)});\n", encoding="ascii")


def clean(value: Any) -> Any:
    """The same with every text in it made visible."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return {shown(str(key)): clean(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(one) for one in value]
    return value


class Interned:
    """Texts that are told once, and by their number after that."""

    def __init__(self) -> None:
        self._of: dict[Any, int] = {}

    def __call__(self, what: Any) -> int:
        return self._of.setdefault(what, len(self._of))

    def all(self) -> list[Any]:
        """In the order of their numbers."""
        return list(self._of)


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """[first, how many] of each stretch of numbers that follow one another."""
    made: list[list[int]] = []
    for number in numbers:
        if made and number == made[-1][0] + made[-1][1]:
            made[-1][1] += 1
        else:
            made.append([number, 1])
    return made
