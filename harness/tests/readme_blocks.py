# SPDX-License-Identifier: GPL-2.0
"""Output that documents show: where it stands, and whether what is printed today is that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEFT_OUT = "[...]"

# What differs from run to run and from machine to machine, and what is shown for it
_DIFFER = (
    (re.compile(r"\S*/results/(?=[\w.-]+[/,])"), "results/"),
    (re.compile(r"\d{8}T\d{6}Z"), "TIME"),
    (re.compile(r"-[0-9a-f]{5,6}\b(?=/|,| and|$)"), "-ID"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "COMMIT"),
    (re.compile(r"(\(Linux |Linux |TIME-)(\d+\.\d+)\.\d+"), r"\1\2.N"),
    (re.compile(r"^(  time      ).*"), r"\1SECONDS"),
    (re.compile(r"done in [\d.]+ s"), "done in SECONDS"),
    (re.compile(r"(\.[ch]):\d+"), r"\1:LINE"),
    (re.compile(r"\S*/\.cache/svacheck|\S*/svacheck(?=/work/)"), "CACHE"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"(QEMU|system-x86) (\d:)?\d+\.\d+\S*"), r"\1 VERSION"),
)


@dataclass(frozen=True)
class Block:
    """One output that a document shows. line: of the document, where it begins."""

    document: Path
    line: int
    text: str


def blocks(document: Path) -> Iterator[Block]:
    """What stands between lines ```."""
    inside: list[str] | None = None
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.startswith("```"):
            if inside is not None:
                inside.append(line)
        elif inside is None:
            inside, begin = [], number + 1
        else:
            yield Block(document, begin, "\n".join(inside))
            inside = None


def differs(shown: str, printed: str) -> str:
    """The first line shown that is not what is printed there; "" if all of it is.

    A line [...] stands for any number of lines, at the end of a line for the rest of it.
    """
    real = [usual(line) for line in printed.strip("\n").splitlines()]
    at, free = 0, False  # free: after [...], where the next line may stand anywhere below
    for line in shown.splitlines():
        if line.strip() == LEFT_OUT:
            free = True
            continue
        places = range(at, len(real) if free else min(at + 1, len(real)))
        found = next((place for place in places if _is(line, real[place])), None)
        if found is None:
            return f"{line!r} is shown, and printed is:\n{printed}"
        at, free = found + 1, False
    return "" if free or at == len(real) else f"more is printed than is shown:\n{printed}"


def _is(shown: str, real: str) -> bool:
    begin, left_out, _ = shown.partition(LEFT_OUT)
    return real.startswith(usual(begin)) if left_out else real == usual(shown)


def usual(line: str) -> str:
    """The line without what differs each time."""
    line = line.rstrip()
    for what, instead in _DIFFER:
        line = what.sub(instead, line)
    return line
