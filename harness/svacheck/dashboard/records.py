# SPDX-License-Identifier: GPL-2.0
"""What else is stored beside the runs: gates, matrices of drivers, mutants, certificates."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from svacheck import brokendrivers, results
from svacheck.errors import Problem
from svacheck.places import CERTIFICATE_SCHEMA, GATE_SCHEMA


@dataclass(frozen=True)
class Record:
    """One record. trouble: why it cannot be read, and then it has no content."""

    id: str
    folder: Path
    content: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""


@dataclass(frozen=True)
class Finding:
    """A page of results/findings."""

    name: str
    title: str
    lines: tuple[str, ...]


Reader = Callable[[Path], dict[str, Any]]


def gates(folder: Path) -> list[Record]:
    """The gates that are stored, the newest first."""
    return _all(folder, "gate-", lambda one: results.read(one / "gate.json", GATE_SCHEMA))


def certificates(folder: Path) -> list[Record]:
    """The certificates, the newest first."""
    read: Reader = lambda one: results.read(one / "certificate.json", CERTIFICATE_SCHEMA)
    return _all(folder, "certificate-", read)


def drivers(folder: Path) -> list[Record]:
    """The matrices of broken drivers, the newest first."""
    return _all(folder, brokendrivers.KIND, lambda one: _plain(one / "matrix.json", _DRIVERS))


def mutants(folder: Path) -> list[Record]:
    """The campaigns of mutants that came to an end, the newest first."""
    found = sorted(folder.glob("mutants-*"), reverse=True)
    return [_read(one, lambda one: _plain(one / "report.json", _MUTANTS)) for one in found]


_DRIVERS = ("id", "tree", "lane", "started", "drivers", "problems", "verdict")
_MUTANTS = ("campaign", "mutants", "counts", "score", "operators", "lists")


def _all(folder: Path, kind: str, read: Reader) -> list[Record]:
    return [_read(one, read) for one in reversed(results.stored(folder, kind))]


def _read(folder: Path, read: Reader) -> Record:
    try:
        return Record(folder.name, folder, read(folder))
    except Problem as problem:
        return Record(folder.name, folder, trouble=problem.what)


def _plain(file: Path, needed: tuple[str, ...]) -> dict[str, Any]:
    """A record that has no schema, if it has what the page shows."""
    try:
        content = json.loads(file.read_bytes())
        missing = [name for name in needed if name not in content]
    except OSError as error:
        raise Problem(f"{file.name}: {error.strerror}", str(file)) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise Problem(f"{file.name} is no JSON: {error}", str(file)) from error
    if not isinstance(content, dict) or missing:
        raise Problem(f"{file.name} has no {missing[0] if missing else 'fields'}", str(file))
    return content


def findings(folder: Path) -> Iterator[Finding]:
    """What the suites have found in kernels, as its pages tell it."""
    for file in sorted(folder.glob("findings/*.md")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        title = lines[0].lstrip("# ") if lines else file.stem
        yield Finding(file.stem, title, tuple(lines[1:]))


def finding_of(link: str) -> str:
    """The name of the finding that a known issue links to, or ""."""
    match = re.fullmatch(r"results/findings/([A-Za-z0-9._-]+)\.md", link)
    return match[1] if match else ""
