# SPDX-License-Identifier: GPL-2.0
"""Whether two run.json say the same of every rule and of every case: exit 0, else 1."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def verdicts(run: dict[str, Any]) -> dict[str, str]:
    """What became of each rule and each case, by its id."""
    said = {rule["id"]: str(rule["verdict"]) for rule in run["rules"]}
    said |= {case["id"]: str(case["status"]) for case in run["cases"]}
    return said | {"verdict": str(run["verdict"])}


def main(one: str, other: str) -> int:
    """Print each difference, or how much is the same."""
    first, second = (verdicts(json.loads(Path(name).read_bytes())) for name in (one, other))
    differ = [name for name in first | second if first.get(name) != second.get(name)]
    for name in differ:
        print(f"{name}: {first.get(name)} and {second.get(name)}")
    print(f"{len(first) - len(differ)} verdicts are the same")
    return 1 if differ or len(first) < 2 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
