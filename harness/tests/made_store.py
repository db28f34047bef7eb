# SPDX-License-Identifier: GPL-2.0
"""Results folders full of made-up runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import made_up

_COUNTED = {"pass": "passed", "fail": "failed", "error": "errors", "skip": "skipped"}


def counts(cases: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What run.json has for such cases."""
    found = {"bodies": len(cases), "cases": len(cases)}
    for status, name in _COUNTED.items():
        found[name] = sum(case["status"] == status for case in cases)
    return found


def run(second: int, cases: Sequence[dict[str, Any]] = (), **changes: Any) -> dict[str, Any]:
    """A run that began so many seconds after the first of all."""
    hours, rest = divmod(second, 3600)
    clock = f"{hours:02}{rest // 60:02}{rest % 60:02}"
    those = list(cases) or [made_up.run_case()]
    made = made_up.run(
        id=f"20261122T{clock}Z-6.1.192-uml-{second:06x}",
        started=f"2026-11-22T{clock[:2]}:{clock[2:4]}:{clock[4:]}Z",
        cases=those,
        counts=counts(those),
    )
    return {**made, **changes}


def keep(results: Path, record: Mapping[str, Any], file: str = "run.json") -> Path:
    """Store a record as it is, whether it fits its schema or not."""
    folder = results / str(record["id"])
    folder.mkdir(parents=True)
    (folder / file).write_text(json.dumps(record), encoding="ascii")
    return folder
