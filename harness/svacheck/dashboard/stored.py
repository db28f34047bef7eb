# SPDX-License-Identifier: GPL-2.0
"""Runs as their run.json has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.dashboard.shown import CaseResult, Results, RuleResult, RunFacts
from svacheck.errors import Problem
from svacheck.gate import compare
from svacheck.progress import Progress

INTERRUPTED = "interrupted-"
KILLED = "it was killed before it was stored: its consoles can be read, but it has no verdict"


class Stored:
    """The runs of a results folder, each read when it is asked for."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        found = results.stored(folder)
        self._runs = []
        for nth, one in enumerate(found):
            self._runs.append(_facts_of(one))
            progress.count(nth + 1, len(found), "runs")
        for one in sorted(folder.glob(INTERRUPTED + "*")):
            self._runs.append(RunFacts(one.name, one, KILLED))

    def runs(self) -> Sequence[RunFacts]:
        """All of them, the oldest first."""
        return self._runs

    def results(self, run: RunFacts) -> Results:
        """What run.json says."""
        return of_record(results.read(run.folder / "run.json"))


def _facts_of(folder: Path) -> RunFacts:
    try:
        return facts(results.read(folder / "run.json"), folder)
    except Problem as problem:
        return RunFacts(folder.name, folder, problem.what)


def facts(record: Mapping[str, Any], folder: Path) -> RunFacts:
    """The row of a run, from its run.json."""
    tree, host, build = record["tree"], record["host"], record["build"] or {}
    return RunFacts(
        id=folder.name,
        folder=folder,
        started=record["started"],
        kernel=tree["name"] if tree["kind"] == "debian" else tree["version"],
        version=tree["version"],
        lane=record["lane"],
        verdict=record["verdict"],
        implementations=tuple(record["implementations"]),
        select=record["select"],
        kernel_args=tuple(record["kernel_args"]),
        commit=record["svacheck"]["commit"] or "",
        dirty=bool(record["svacheck"]["dirty"]),
        compiler=build.get("compiler", ""),
        host=f"{host['distribution']}, Linux {host['kernel']}, {host['machine']}",
        seconds=record["seconds"],
        rounds=record["rounds"],
        counts=record["counts"],
        problems=tuple(record["problems"]),
    )


def of_record(record: Mapping[str, Any]) -> Results:
    """Rules and cases of a run.json."""
    known = {one["case"]: one["reason"] for one in record.get("known_issues", ())}
    consoles = {boot["name"]: boot["console"] for boot in record["boots"]}
    rules = [
        RuleResult(
            rule["id"],
            rule["verdict"],
            rule["kind"],
            rule["sentence"],
            rule["source"],
            rule["reason"],
            tuple(rule["cases"]),
        )
        for rule in record["rules"]
    ]
    return Results(rules, [_case(case, consoles, known) for case in record["cases"]])


def _case(
    case: Mapping[str, Any], consoles: Mapping[str, str], known: Mapping[str, str]
) -> CaseResult:
    ill = case["status"] in ("fail", "error")
    return CaseResult(
        case["id"],
        case["status"],
        tuple(case["rules"]),
        case["reason"],
        consoles.get(case["boot"], ""),
        case["first_line"],
        case["last_line"],
        tuple(compare.broken_by(case)) if ill else (),
        case["where"] if ill else "",
        tuple(case["messages"]) if ill else (),
        compare.evidence(case) if ill else "",
        case["alone"] if ill else "",
        case["replay"] if ill else "",
        known.get(case["id"], ""),
    )
