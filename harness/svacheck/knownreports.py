# SPDX-License-Identifier: GPL-2.0
"""Reports that are the kernel's own, whoever is judged: configs/known-reports.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck import kernelrange, places
from svacheck.errors import Problem
from svacheck.model import Report

FILE = places.ROOT / "configs" / "known-reports.toml"
_KEYS = {"kernels", "kind", "text", "function", "functions", "reason", "source"}


@dataclass(frozen=True)
class KnownReport:
    """A report pinned by its signature: kind, text, function and functions must all fit.

    kernels: a range, as in kernelrange.py; text: part of the report's first line;
    function: where it arose, "" if it does not say; functions: all in its stack dump, in
    this order, others may stand between them.
    """

    kernels: str
    kind: str
    text: str
    function: str
    functions: tuple[str, ...]
    reason: str
    source: str

    def is_of(self, version: str) -> bool:
        """Whether a kernel of this version has it."""
        return kernelrange.holds(self.kernels, version)

    def fits(self, report: Report) -> bool:
        """Whether this is that report."""
        if (report.kind, report.function) != (self.kind, self.function):
            return False
        if self.text not in report.text:
            return False
        frames = iter(report.frames)
        return all(function in frames for function in self.functions)


Pinned = tuple[Report, KnownReport]


def load(version: str, path: Path = FILE) -> list[KnownReport]:
    """Those of a kernel version; Problem if the file is wrong."""
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"cannot read the known reports: {error}", str(path)) from error
    entries = content.get("report")
    if set(content) - {"report"} or not isinstance(entries, list):
        raise Problem("it must hold [[report]] tables and nothing else", str(path))
    known = [_entry(entry, f"{path}, report number {n}") for n, entry in enumerate(entries, 1)]
    return [one for one in known if one.is_of(version)]


def _entry(entry: object, where: str) -> KnownReport:
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise Problem("a known report has " + ", ".join(sorted(_KEYS)) + " and no more", where)
    functions, function = entry.pop("functions"), entry.pop("function")
    listed = functions if isinstance(functions, list) else []
    texts = [*entry.values(), *listed, function or "not named"]
    if not listed or not all(isinstance(text, str) and text.strip() for text in texts):
        raise Problem("each of its keys must be text, functions a list of text", where)
    kernelrange.check(entry["kernels"], where)
    return KnownReport(function=function, functions=tuple(listed), **entry)


def split(
    found: Sequence[Report], known: Sequence[KnownReport]
) -> tuple[list[Report], list[Pinned]]:
    """The reports that nobody has pinned, and those that are known, each with its pin."""
    strange: list[Report] = []
    pinned: list[Pinned] = []
    for report in found:
        pin = next((one for one in known if one.fits(report)), None)
        if pin:
            pinned.append((report, pin))
        else:
            strange.append(report)
    return strange, pinned
