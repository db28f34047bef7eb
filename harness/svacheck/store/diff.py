# SPDX-License-Identifier: GPL-2.0
"""svacheck diff: what changed between two stored runs, in the classes of a gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from svacheck import results
from svacheck.errors import EXIT_FAIL, EXIT_PASS, Problem
from svacheck.gate.compare import CLASSES, FAIL_ON, comparable, compare, counts
from svacheck.gate.report import said_of


def diff(base: str, head: str) -> dict[str, Any]:
    """The changes from one run to another. Problem: they cannot be compared."""
    runs = [results.load(one)[1] for one in (base, head)]
    for run in runs:
        if run["verdict"] == "error":
            why = run["problems"][0] if run["problems"] else "a case is an error"
            raise Problem(f"it has no verdict: {why}", run["id"], "compare runs that have one")
    comparable(*runs)
    found = compare(*runs)
    return {
        "base": runs[0]["id"],
        "head": runs[1]["id"],
        "counts": {"rules": counts(found.rules), "cases": counts(found.cases)},
        "worse": bool(found.failing(FAIL_ON, strict=runs[1]["strict"])),
        "rules": [_shown(asdict(one)) for one in found.rules],
        "cases": [_shown(asdict(one)) for one in found.cases],
    }


def _shown(change: dict[str, Any]) -> dict[str, Any]:
    """Without what only a gate knows: it runs failures again, and minds known issues."""
    return {name: value for name, value in change.items() if name not in ("again", "known")}


def status(made: Mapping[str, Any]) -> int:
    """1 if something of the contract got worse."""
    return EXIT_FAIL if made["worse"] else EXIT_PASS


def lines(made: Mapping[str, Any], most: int) -> Iterator[str]:
    """For a person; most: changes of each class that are told, 0 for all."""
    yield f"{made['base']} -> {made['head']}"
    for what in ("rules", "cases"):
        for name in CLASSES:
            mine = [one for one in made[what] if one["change"] == name]
            if not mine:
                continue
            yield f"{name}: {len(mine)} {what if len(mine) > 1 else what[:-1]}"
            for one in mine[:most] if most else mine:
                detail = " (a detail of an implementation)" if one["detail"] else ""
                yield f"  {one['id']}{detail}  {said_of({**one, 'again': ''})}"
            if most and len(mine) > most:
                yield f"  and {len(mine) - most} more; see -v"
    if not made["rules"] and not made["cases"]:
        yield "no change"
