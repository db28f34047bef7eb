# SPDX-License-Identifier: GPL-2.0
"""Runs and sessions that are exported in tests, the hostile one among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import made_up
from made_bench import boot, record, side
from made_store import run

from svacheck.export.stored import Stored

HOSTILE = (
    "\x1b[31mred\x1b[0m \x00 \x07 \x9b \r\n\ud800 \udcff \ufffe \u202e ]]> "
    "<script>alert(1)</script> &amp; \" ' ` | \\ {} % # -- ${HOME} $(id) \U0001f600 "
    "../../etc/passwd\n# HELP x\n| a | b |\n"
)


def cases() -> list[dict[str, Any]]:
    """One of each status, a case that never ran, and one without a parameter."""
    return [
        made_up.run_case("svac_a.good"),
        made_up.run_case("svac_a.bad", status="fail", messages=["it broke"], where="a.c:3"),
        made_up.run_case("svac_a.lost", status="error", reason="no result line"),
        made_up.run_case("svac_a.never", status="error", reason="it never ran", boot=""),
        made_up.run_case("svac_b.left", status="skip", reason="one CPU", param=""),
        made_up.run_case("svac_b.row", param="carried:a/b"),
        made_up.run_case("svac_b.row", param="carried:a_b"),
    ]


def hostile() -> list[dict[str, Any]]:
    """Cases whose every text is hostile, and whose names differ by what cannot be shown."""
    made = []
    for nth, status in enumerate(("pass", "fail", "error", "skip")):
        case = made_up.run_case(status=status, reason=HOSTILE, messages=[HOSTILE, "x" * 100_000])
        names = {"suite": HOSTILE, "name": HOSTILE + "\x01" * nth, "param": f"{HOSTILE}:{HOSTILE}"}
        case |= {**names, "rules": [HOSTILE], "where": HOSTILE, "alone": HOSTILE, "boot": HOSTILE}
        case |= {"id": f"{nth}{HOSTILE}", "reproducer": HOSTILE}
        made.append(case)
    return made


def hostile_run(second: int = 50) -> dict[str, Any]:
    """A run with them, which has no verdict."""
    tree = {"name": HOSTILE, "kind": "git", "version": HOSTILE, "identity": {HOSTILE: HOSTILE}}
    rule = made_up.run_rule(verdict="broken", sentence=HOSTILE, id="X-001" + HOSTILE)
    more = {"verdict": "error", "problems": [HOSTILE], "lane": HOSTILE, "select": HOSTILE}
    return run(second, hostile(), tree=tree, rules=[rule], kernel_args=[HOSTILE], **more)


def session(hour: int = 20, **changes: Any) -> dict[str, Any]:
    """A session of times with eight boots."""
    boots = [boot(seed, ["carried", "upstream"], 0.01, lambda name, who: 1.0) for seed in range(8)]
    made: dict[str, Any] = record([side("kernel", boots)], f"2026-11-25T{hour:02}:00:00Z")
    return {**made, **changes}


def stored(*records: dict[str, Any]) -> list[Stored]:
    """As if they had been found."""
    return [Stored(Path(one["id"]), one, one["id"].startswith("bench-")) for one in records]
