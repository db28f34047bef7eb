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
    lines = shown.splitlines()
    real = "".join(usual(line) + "\n" for line in printed.strip("\n").splitlines())
    if re.fullmatch(_pattern(lines), real):
        return ""
    for end in range(1, len(lines) + 1):
        if not re.match(_pattern(lines[:end]), real):
            return f"{lines[end - 1]!r} is shown, and printed is:\n{printed}"
    return f"nothing is shown of what is printed last:\n{printed}"


def usual(line: str) -> str:
    """The line without what differs each time."""
    line = line.rstrip()
    for what, instead in _DIFFER:
        line = what.sub(instead, line)
    return line


def _pattern(lines: list[str]) -> str:
    return "".join(map(_line_pattern, lines))


def _line_pattern(line: str) -> str:
    if line.strip() == LEFT_OUT:
        return r"(?:.*\n)*?"
    begin, left_out, _ = line.partition(LEFT_OUT)
    return re.escape(usual(begin) if not left_out else _begun(begin)) + (
        r".*\n" if left_out else r"\n"
    )


def _begun(text: str) -> str:
    return usual(text + "x")[:-1]  # with the blank that it may end with
