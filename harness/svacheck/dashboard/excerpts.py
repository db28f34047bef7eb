# SPDX-License-Identifier: GPL-2.0
"""Lines of consoles, as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from svacheck.check import read_lines
from svacheck.dashboard.shown import CaseResult, RunFacts

LINES = 40  # of a console that a page quotes
WIDEST = 400  # characters of a line


@dataclass(frozen=True)
class Excerpt:
    """first: the number of its first line; more: how many lines are left out behind them;
    trouble: why there are none."""

    console: str
    first: int
    lines: tuple[str, ...] = ()
    more: int = 0
    trouble: str = ""


class Consoles:
    """Reads them, and keeps the last one: cases of a run come one after the other."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._lines: list[str] = []

    def excerpt(self, run: RunFacts, case: CaseResult) -> Excerpt:
        """What the console says of a case."""
        if not case.console or not case.first:
            return Excerpt("", 0, trouble="it never ran")
        path = run.folder / case.console
        if not path.resolve().is_relative_to(run.folder.resolve()):
            return Excerpt(case.console, case.first, trouble="it lies outside of the run's folder")
        try:
            if path != self._path:
                self._path, self._lines = path, read_lines(path)
        except OSError as error:
            self._path = None
            return Excerpt(case.console, case.first, trouble=error.strerror or "it cannot be read")
        found = self._lines[case.first - 1 : case.last]
        if not found:
            return Excerpt(case.console, case.first, trouble="it does not have these lines")
        quoted = tuple(_cut(line.rstrip()) for line in found[:LINES])
        return Excerpt(case.console, case.first, quoted, len(found) - len(quoted))


def _cut(line: str) -> str:
    return line if len(line) <= WIDEST else line[:WIDEST] + " [...]"
