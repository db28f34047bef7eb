# SPDX-License-Identifier: GPL-2.0
"""What gcovr counted, by file, line and branch, and what it comes to. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

REQUIRED = "kunit/carried"  # all of it has to be covered
FOLDERS = (REQUIRED, "kunit/api", "kunit/mock", "kunit/suites")
HOOKED = "drivers/iommu/iommu.c"  # in which only the lines of the hooks count, to REQUIRED


@dataclass
class Branch:
    """One way on from a line."""

    count: int  # how often it was taken
    excluded: bool = False


@dataclass
class Line:
    """A line with code in it."""

    number: int
    text: str  # without the space around it
    count: int  # how often it ran
    branches: list[Branch]


@dataclass
class File:
    """path: in this repository, or HOOKED. idle: functions never called."""

    path: str
    lines: list[Line]
    idle: list[str] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """That of FOLDERS which it counts to, or ""."""
        if self.path == HOOKED:
            return REQUIRED
        return next((name for name in FOLDERS if self.path.startswith(name + "/")), "")


@dataclass(frozen=True)
class Score:
    """Lines and branches, without those that are excluded."""

    lines: int = 0
    run: int = 0
    branches: int = 0
    taken: int = 0
    excluded: int = 0  # branches

    def __add__(self, other: Score) -> Score:
        return Score(
            self.lines + other.lines,
            self.run + other.run,
            self.branches + other.branches,
            self.taken + other.taken,
            self.excluded + other.excluded,
        )


@dataclass(frozen=True)
class Gap:
    """A line that never ran, or one of whose branches was never taken."""

    file: str
    line: int
    text: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}: {self.text}"


def read(
    gcovr: Mapping[str, Any], texts: Mapping[str, Sequence[str]], hooks: Sequence[str]
) -> list[File]:
    """The files of gcovr's JSON that count, in the order of their names.

    texts: the lines of each file. hooks: the lines added to HOOKED, without the space
    around them.
    """
    files = []
    for entry in gcovr["files"]:
        path = entry["file"]
        lines = [
            Line(
                number=raw["line_number"],
                text=texts[path][raw["line_number"] - 1].strip(),
                count=raw["count"],
                branches=[Branch(branch["count"]) for branch in raw["branches"]],
            )
            for raw in entry["lines"]
            if not raw["gcovr/noncode"]
        ]
        idle = [each["name"] for each in entry["functions"] if not each["execution_count"]]
        if path == HOOKED:
            lines, idle = [line for line in lines if line.text in hooks], []
        file = File(path, lines, idle)
        if file.folder:
            files.append(file)
    return sorted(files, key=lambda file: file.path)


def for_html(gcovr: Mapping[str, Any], files: Sequence[File]) -> dict[str, Any]:
    """gcovr's JSON again, of files alone and without what is excluded."""
    by_name = {file.path: file for file in files}
    entries = []
    for entry in gcovr["files"]:
        file = by_name.get(entry["file"])
        if not file:
            continue
        counted = {line.number: line for line in file.lines}
        lines = []
        for raw in entry["lines"]:
            line = counted.get(raw["line_number"])
            if line:
                pairs = zip(raw["branches"], line.branches)
                kept = [branch for branch, ours in pairs if not ours.excluded]
                lines.append({**raw, "branches": kept})
        entries.append({**entry, "lines": lines})
    return {**gcovr, "files": entries}


def score(file: File) -> Score:
    """How much of a file was reached."""
    branches = [branch for line in file.lines for branch in line.branches]
    counted = [branch for branch in branches if not branch.excluded]
    return Score(
        lines=len(file.lines),
        run=sum(line.count > 0 for line in file.lines),
        branches=len(counted),
        taken=sum(branch.count > 0 for branch in counted),
        excluded=len(branches) - len(counted),
    )


def gaps(file: File) -> list[Gap]:
    """What of a file was not reached."""
    found = []
    for line in file.lines:
        missed = [
            str(number)
            for number, branch in enumerate(line.branches)
            if not branch.count and not branch.excluded
        ]
        if not line.count:
            found.append(Gap(file.path, line.number, line.text, "never runs"))
        elif missed:
            what = f"branch {', '.join(missed)} of {len(line.branches)} never taken"
            found.append(Gap(file.path, line.number, line.text, what))
    return found


def table(files: Sequence[File]) -> str:
    """A line for each folder, and below it one for each of its files."""
    rows = [("", "lines", "branches", "excluded")]
    for folder in FOLDERS:
        here = [file for file in files if file.folder == folder]
        rows.append(_row(folder + "/", sum(map(score, here), Score())))
        for file in here:
            name = file.path.removeprefix(folder + "/")
            hooked = f"{name}, hooks" if file.path == HOOKED else name
            rows.append(_row("  " + hooked, score(file)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "".join(
        (row[0].ljust(widths[0]) + "".join(f"  {row[n]:>{widths[n]}}" for n in (1, 2, 3))).rstrip()
        + "\n"
        for row in rows
    )


def _row(name: str, found: Score) -> tuple[str, str, str, str]:
    return (
        name,
        _share(found.run, found.lines),
        _share(found.taken, found.branches),
        str(found.excluded or ""),
    )


def _share(part: int, whole: int) -> str:
    """ "9/10  90.0 %", never rounded up to a hundred."""
    if not whole:
        return "none"
    return f"{part}/{whole}  {part * 1000 // whole / 10:5.1f} %"
