# SPDX-License-Identifier: GPL-2.0
"""Rules, cases, boots and runs invented for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from svacheck.console import Ending, LockdepOff
from svacheck.judged import Outcome
from svacheck.ktap import Counts
from svacheck.model import Boot, Case, Report
from svacheck.rulebook import Rule, Rulebook

BOOK = Rulebook(
    {
        rule.id: rule
        for rule in (
            Rule("PASID-001", "A PASID can be set.", "a mail", "contract", ("all",)),
            Rule("PASID-002", "A taken PASID is refused.", "a mail", "contract", ("carried",)),
            Rule("DOM-001", "Free is counted.", "our choice", "detail", ("carried",)),
            Rule("DOM-002", "Nobody checks this.", "our choice", "contract", ("all",)),
        )
    }
)
CITED = {
    "svac_pasid.set": ("PASID-001",),
    "svac_pasid.taken": ("PASID-002",),
    "svac_domain.free": ("DOM-001",),
    "svac1_pasid.null": ("PASID-001",),
}


def case(
    name: str,
    status: str = "pass",
    lines: tuple[int, int] = (1, 1),
    param: str = "carried",
    rules: Sequence[str] | None = None,
    **more: Any,
) -> Case:
    """A case "suite.case" on console lines from..to, citing what CITED says."""
    suite, short = name.split(".")
    cites = list(CITED.get(name, ()) if rules is None else rules)
    reason = more.pop("reason", "why" if status == "skip" else "")
    return Case(
        suite, short, param, status, reason, cites, first_line=lines[0], last_line=lines[1], **more
    )


def outcome(
    *cases: Case,
    name: str = "main",
    planned: Sequence[str] | None = None,
    reports: Sequence[Report] = (),
    ending: str = "halted",
    counts: Counts = Counts(1, 0, 0, 0, 0),
    kunit_counts: Counts | None = Counts(1, 0, 0, 0, 0),
    timed_out: bool = False,
    interrupted: bool = False,
    explained: str = "",
    faults: Sequence[str] = (),
    lockdep_off: LockdepOff | None = None,
) -> Outcome:
    """A boot that ran these cases, planned exactly them and halted, unless told otherwise."""
    ran = list(dict.fromkeys(f"{c.suite}.{c.name}" for c in cases))
    return Outcome(
        boot=Boot(name, "svac_*", Path("console"), 0.1, timed_out, interrupted),
        planned=ran if planned is None else planned,
        cases=cases,
        reports=reports,
        ending=Ending(ending, 9, "its last words" if ending != "halted" else ""),
        counts=counts,
        kunit_counts=kunit_counts,
        explained=explained,
        faults=faults,
        lockdep_off=lockdep_off,
    )


def run(**changes: Any) -> dict[str, Any]:
    """A run.json that fits the schema: one rule kept by one case."""
    made: dict[str, Any] = {
        "schema": 1,
        "id": "20261122T093000Z-6.1.192-uml-1a2b3c",
        "svacheck": {"version": "0.1.0", "commit": None, "dirty": None},
        "started": "2026-11-22T09:30:00Z",
        "seconds": 12.3,
        "tree": {"name": "6.1", "kind": "debian", "version": "6.1.192", "identity": {"a": "b"}},
        "lane": "uml",
        "implementations": ["carried"],
        "select": "",
        "strict": False,
        "rounds": 1,
        "kernel_args": [],
        "build": {
            "compiler": "gcc 12",
            "config_sha256": "0" * 64,
            "overlay_sha256": "1" * 64,
            "objects": 406,
        },
        "host": {
            "machine": "x86_64",
            "kernel": "6.1",
            "cpus": 2,
            "load": 0.5,
            "distribution": "Debian",
        },
        "phases": {"copy": 0.1, "build": 11.2, "boot": 0.42, "read": 0.01},
        "verdict": "pass",
        "problems": [],
        "counts": {"bodies": 1, "cases": 1, "passed": 1, "failed": 0, "errors": 0, "skipped": 0},
        "rules": [run_rule()],
        "cases": [run_case()],
        "boots": [
            {
                "name": "main",
                "glob": "svac_*",
                "console": "boots/main.console",
                "ktap": "boots/main.ktap",
                "seconds": 0.42,
                "ending": "halted",
                "warnings": 0,
                "tail": [],
            }
        ],
        "commands": [{"shell": "cd / && true", "status": 0, "seconds": 0.1}],
        "files": {"config": "config"},
        "known_issues": [],
    }
    return {**made, **changes}


def run_rule(**changes: Any) -> dict[str, Any]:
    """A rule of a run.json."""
    rule: dict[str, Any] = {
        "id": "PASID-001",
        "verdict": "kept",
        "kind": "contract",
        "sentence": "A PASID can be set.",
        "source": "a mail",
        "cases": ["svac_pasid.set/carried"],
        "reason": "",
    }
    return {**rule, **changes}


def run_case(name: str = "svac_pasid.set", **changes: Any) -> dict[str, Any]:
    """A case of a run.json."""
    suite, short = name.split(".")
    made: dict[str, Any] = {
        "suite": suite,
        "name": short,
        "param": "carried",
        "status": "pass",
        "rules": ["PASID-001"],
        "broken": [],
        "blamed": [],
        "rows": 0,
        "unwarned": False,
        "reason": "",
        "messages": [],
        "where": "",
        "boot": "main",
        "first_line": 5,
        "last_line": 9,
        "explored": {},
        "reproducer": "",
        "alone": f"make check KERNEL=6.1 SUITE={name}",
        "replay": "",
    }
    made.update(changes)
    return {"id": f"{name}/{made['param']}" if made["param"] else name, **made}
