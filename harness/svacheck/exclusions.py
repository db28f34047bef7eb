# SPDX-License-Identifier: GPL-2.0
"""configs/coverage.toml: branches that need not be taken, each with its reason."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck.covered import File
from svacheck.errors import Problem
from svacheck.places import ROOT

FILE = ROOT / "configs" / "coverage.toml"
FIELDS = {"class": str, "file": str, "line": str, "branches": list, "of": int, "reason": str}


@dataclass(frozen=True)
class Exclusion:
    """Some of the branches of one line."""

    kind: str  # its class
    file: str  # as File.path
    line: str  # the whole line without the space around it
    branches: tuple[int, ...]  # in gcov's order, from 0
    of: int  # branches of the line
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.line}"


def load(path: Path = FILE) -> list[Exclusion]:
    """All exclusions in the file's order. Problem if the file is wrong."""
    try:
        with open(path, "rb") as file:
            data = tomllib.load(file)
    except OSError as error:
        raise Problem(f"cannot read it: {error.strerror}", str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"not valid TOML: {error}", str(path)) from error
    classes = data.get("class", {})
    entries = data.get("exclude", [])
    if set(data) - {"class", "exclude"} or not isinstance(entries, list):
        raise Problem("it has something else than [class] and [[exclude]]", str(path))
    return [
        _exclusion(entry, classes, f"{path}, exclude {n + 1}") for n, entry in enumerate(entries)
    ]


def _exclusion(entry: object, classes: object, where: str) -> Exclusion:
    if not isinstance(entry, dict) or set(entry) != set(FIELDS):
        raise Problem("an exclusion has exactly: " + ", ".join(FIELDS), where)
    for name, kind in FIELDS.items():
        if type(entry[name]) is not kind or not entry[name]:
            raise Problem(f"{name} is no {kind.__name__}, or empty", where)
    branches = tuple(entry["branches"])
    if not all(type(n) is int and 0 <= n < entry["of"] for n in branches):
        raise Problem(f"branches are numbers from 0 to {entry['of'] - 1}", where)
    if not isinstance(classes, dict) or entry["class"] not in classes:
        raise Problem(f"{entry['class']!r} is no class of [class]", where)
    return Exclusion(
        entry["class"], entry["file"], entry["line"], branches, entry["of"], entry["reason"]
    )


def apply(files: Sequence[File], exclusions: Sequence[Exclusion]) -> None:
    """Mark what is excluded in files.

    Problem: an exclusion that matches nothing, does not fit, or is not needed."""
    for exclusion in exclusions:
        lines = [
            line
            for file in files
            if file.path == exclusion.file
            for line in file.lines
            if line.text == exclusion.line
        ]
        if not lines:
            raise Problem("an exclusion matches no line", str(exclusion), f"remove it from {FILE}")
        for line in lines:
            if len(line.branches) != exclusion.of:
                raise Problem(
                    f"an exclusion is for {exclusion.of} branches, gcov sees {len(line.branches)}",
                    f"{exclusion.file}:{line.number}",
                    f"see {FILE}",
                )
            for number in exclusion.branches:
                if line.branches[number].count:
                    raise Problem(
                        f"branch {number} is taken, although it is excluded",
                        f"{exclusion.file}:{line.number}",
                        f"remove it from {FILE}",
                    )
                line.branches[number].excluded = True
