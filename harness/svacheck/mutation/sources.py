# SPDX-License-Identifier: GPL-2.0
"""What is mutated: the carried implementation, what names it, and the hooks in the tree.

Of iommu.c only the lines that carried/hooks.patch puts there are ours. An operator sees
nothing but the functions around them, at the line numbers that they have in the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck.overlay import FOLDER

HOOKED = "drivers/iommu/iommu.c"
FILES = (
    "carried/*.c",
    "carried/iommu-sva-domain.h",
    "carried/internal.h",
    "api/carried.c",
    "api/core.c",
    "api/impl.c",
)


@dataclass(frozen=True)
class Source:
    """A file to mutate. path: in the kernel tree; shown: what an operator is given, the
    text with everything but our own functions blanked; lines: where it may change
    something, 1-based, None for everywhere."""

    path: str
    text: str
    shown: str
    lines: frozenset[int] | None = None

    @property
    def name(self) -> str:
        """As a reader knows it: kunit/... for what the overlay lays."""
        return self.path.replace(FOLDER + "/", "kunit/", 1)


def sources(src: Path, origin: Path) -> list[Source]:
    """The files to mutate, of a working copy with the overlay in it; origin: the tree."""
    found = [
        Source(str(file.relative_to(src)), file.read_text(), file.read_text())
        for pattern in FILES
        for file in sorted((src / FOLDER).glob(pattern))
    ]
    laid = (src / HOOKED).read_text()
    lines = added((origin / HOOKED).read_text(), laid)
    return [*found, Source(HOOKED, laid, around(laid, lines), lines)]


def added(before: str, after: str) -> frozenset[int]:
    """The lines of after, 1-based, that are new in it."""
    match = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    return frozenset(
        line + 1
        for tag, _, _, begin, end in match.get_opcodes()
        if tag != "equal"
        for line in range(begin, end)
    )


def around(text: str, wanted: frozenset[int]) -> str:
    """text with every line blanked that is in no function with one of the wanted lines."""
    lines = text.splitlines()
    kept: list[str] = [""] * len(lines)
    for begin, end in _functions(lines):
        if any(begin < line <= end for line in wanted):
            kept[begin:end] = lines[begin:end]
    return "\n".join(kept) + "\n"


def _functions(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Where functions begin and end, 0-based and exclusive, by the kernel's coding style."""
    found = []
    opened = None
    for at, line in enumerate(lines):
        if line == "{":
            opened = at
        elif line == "}" and opened is not None:
            begin = opened
            while (
                begin and lines[begin - 1].strip() and not lines[begin - 1].startswith(("}", " *"))
            ):
                begin -= 1
            found.append((begin, at + 1))
            opened = None
    return found


def carry_over(shown: str, mutated: str, text: str) -> str:
    """text with what changed between shown and mutated, which has the same lines."""
    old, new, real = shown.splitlines(), mutated.splitlines(), text.splitlines()
    head, tail = _unchanged(old, new)
    out = [*real[:head], *new[head : len(new) - tail], *real[len(real) - tail :]]
    return "\n".join(out) + "\n"


def level(before: str, after: str) -> str:
    """after with blank lines where it has fewer than before, so that what follows a change
    keeps its line number, which a warning records in the object."""
    old, new = before.splitlines(), after.splitlines()
    _, tail = _unchanged(old, new)
    at = len(new) - tail
    return "\n".join([*new[:at], *[""] * (len(old) - len(new)), *new[at:]]) + "\n"


def _unchanged(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines both begin with, and how many of the others both end with."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    most -= head
    tail = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    return head, tail
