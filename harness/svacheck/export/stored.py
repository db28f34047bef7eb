# SPDX-License-Identifier: GPL-2.0
"""The runs and sessions of times that are exported, and what a case says for itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.bench.record import KIND, RECORD
from svacheck.errors import Problem
from svacheck.places import BENCH_SCHEMA
from svacheck.store.figures import around, middle

Record = Mapping[str, Any]
RUNS, SESSIONS = "runs of svacheck check", "sessions of svacheck bench"


@dataclass(frozen=True)
class Stored:
    """A record as it lies in its folder. bench: it is a session of times."""

    folder: Path
    record: Record
    bench: bool

    @property
    def id(self) -> str:
        """Its name, which no other has."""
        return str(self.record["id"])


@dataclass(frozen=True)
class Figure:
    """What a session measured of a metric, of one call. low, high: None for few boots."""

    key: str
    metric: str
    implementation: str
    unit: str
    what: str
    median: float
    low: float | None
    high: float | None
    boots: int
    samples: list[float]


def find(references: Sequence[str], takes: Sequence[str]) -> list[Stored]:
    """What the user named, each once. Problem: there is none such, or takes has not its kind."""
    found: dict[Path, Stored] = {}
    for reference in references:
        one = _find(reference, takes)
        kind = SESSIONS if one.bench else RUNS
        if kind not in takes:
            remedy = "svacheck export --list says what each takes"
            raise Problem(f"this format takes {takes[0]} alone", reference, remedy)
        _finite(one)
        found.setdefault(one.folder.resolve(), one)
    made = list(found.values())
    if len({one.id for one in made}) < len(made):
        raise Problem("two of the folders say that they are the same run", "", "name one of them")
    return made


def _find(reference: str, takes: Sequence[str]) -> Stored:
    name = Path(reference).name if Path(reference).name != RECORD else Path(reference).parent.name
    if name.startswith(KIND) or (RUNS not in takes and not _is_run(reference)):
        folder = results.find(reference, kind=KIND, record=RECORD)
        return Stored(folder, results.read(folder / RECORD, BENCH_SCHEMA), True)
    folder, record = results.load(reference)
    return Stored(folder, record, False)


def _is_run(reference: str) -> bool:
    return reference != "last" and Path(reference).name[:8].isdigit()


def _finite(one: Stored) -> None:
    """Problem if a number is too large to be one: JSON has no other for what it becomes."""
    try:
        json.dumps(one.record, allow_nan=False)
    except ValueError as error:
        raise Problem("it holds a number that is none", str(one.folder)) from error


# ---- runs ----


def parts(case: Record) -> list[str]:
    """From the suite to the parameter: what leads to a case."""
    return [case["suite"], case["name"], *(case["param"].split(":") if case["param"] else ())]


def said(case: Record, run: Record) -> str:
    """All that a case says for itself: why, what went wrong, and how to see it again."""
    issue = next((one for one in run.get("known_issues", ()) if one["case"] == case["id"]), None)
    lines = [case["reason"], *case["messages"]]
    if case["status"] in ("fail", "error"):
        lines += [f"at {case['where']}" if case["where"] else ""]
        lines += [f"rules: {' '.join(case['rules'])}" if case["rules"] else ""]
        lines += [f"reproducer: {case['reproducer']}" if case["reproducer"] else ""]
        lines += [f"known issue: {issue['reason']} ({issue['link']})" if issue else ""]
        lines += [f"alone: {case['alone']}" if case["alone"] else ""]
    return "\n".join(line for line in lines if line)


def shares(run: Record) -> dict[str, float]:
    """Seconds of each boot divided by the cases that ran in it: nobody measures a case alone."""
    ran: dict[str, int] = {}
    for case in run["cases"]:
        ran[case["boot"]] = ran.get(case["boot"], 0) + 1
    seconds = {boot["name"]: boot["seconds"] for boot in run["boots"]}
    return {name: seconds.get(name, 0.0) / count for name, count in ran.items()}


def trouble(run: Record) -> str:
    """Why a run has no verdict, or what it broke; "" if it passed."""
    lines = list(run["problems"])
    lines += [f"{r['id']} is {r['verdict']}" for r in run["rules"] if r["verdict"] == "broken"]
    counts = run["counts"]
    lines += [f"{counts['errors']} cases are errors"] if counts["errors"] else []
    return "\n".join(lines) if run["verdict"] != "pass" else ""


# ---- sessions ----


def figures(side: Record) -> Iterator[Figure]:
    """What a side of a session measured."""
    from svacheck.bench.series import NOBODY, undisturbed

    found: dict[str, list[Record]] = {}
    for boot in side["boots"]:
        for one in boot["series"]:
            who = one["implementation"]
            key = one["metric"] if who == NOBODY else f"{one['metric']}/{who}"
            found.setdefault(key, []).append(one)
    for key, series in found.items():
        boots = [undisturbed(one["samples"]) / one["loops"] for one in series]
        low, high = around(boots) or (None, None)
        samples = [sample / one["loops"] for one in series for sample in one["samples"]]
        first = series[0]
        names = (first["metric"], first["implementation"], first["unit"], first["what"])
        yield Figure(key, *names, middle(boots), low, high, len(boots), samples)
