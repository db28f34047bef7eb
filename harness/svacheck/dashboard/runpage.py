# SPDX-License-Identifier: GPL-2.0
"""The page of a run, with the data that its tables are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from svacheck.dashboard.collect import Courses
from svacheck.dashboard.data import ABSENT, STATUSES, VERDICTS, Interned, put, ranges
from svacheck.dashboard.excerpts import Consoles
from svacheck.dashboard.names import file_of
from svacheck.dashboard.pages import Pages
from svacheck.dashboard.shown import CaseResult, Results, RunFacts, family

EXCERPTS = 50  # cases of a run whose console is quoted
DETAILED = 200  # cases of a run of which all is told; of others where it can be read
MESSAGES = 60  # lines that a case says


def failing(results: Results) -> list[str]:
    """The cases of which a page tells all that is known."""
    return [case.id for case in results.cases if case.status in ("fail", "error")]


def write(
    pages: Pages,
    courses: Courses,
    at: int,
    results: Results,
    details: Mapping[str, CaseResult],
    consoles: Consoles,
) -> None:
    """Both, of run number at. details: of the cases that are failing()."""
    run = courses.runs[at]
    file = file_of(run.id)
    data = _data(courses, run, results)
    data["failures"] = _failures(run, results.cases, details, consoles)
    put(pages.out / "data" / "runs" / f"{file}.js", f"run {run.id}", data)
    names = sorted({family(rule.id) for rule in results.rules})
    pages.write(f"runs/{file}.html", "run", run=run, tally=_tally(results), families=names)


def unread(pages: Pages, run: RunFacts) -> None:
    """A page that says why there is nothing on it."""
    pages.write(f"runs/{file_of(run.id)}.html", "unread", run=run)


def _tally(results: Results) -> dict[str, int]:
    verdicts = [rule.verdict for rule in results.rules]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


def _data(courses: Courses, run: RunFacts, results: Results) -> dict[str, Any]:
    numbers = {name: nth for nth, name in enumerate(courses.rules)}
    letters = [ABSENT] * len(numbers)
    for rule in results.rules:
        letters[numbers[rule.id]] = VERDICTS[rule.verdict]
    why = Interned()
    return {
        "id": run.id,
        "made": [run.lane, run.select, list(run.kernel_args), run.verdict],
        "rules": "".join(letters),
        "details": [numbers[rule.id] for rule in results.rules if rule.kind == "detail"],
        "reasons": {numbers[rule.id]: rule.reason for rule in results.rules if rule.reason},
        "entries": ranges(courses.entries((case.id, case.rules)) for case in results.cases),
        "cases": "".join(STATUSES[case.status] for case in results.cases),
        "whys": {nth: why(case.reason) for nth, case in enumerate(results.cases) if case.reason},
        "why": why.all(),
    }


def _failures(
    run: RunFacts,
    cases: Sequence[CaseResult],
    details: Mapping[str, CaseResult],
    consoles: Consoles,
) -> dict[int, dict[str, Any]]:
    made: dict[int, dict[str, Any]] = {}
    for nth, brief in enumerate(cases):
        if brief.status in ("fail", "error"):
            case = details.get(brief.id, brief)
            lines = [line for message in case.messages for line in message.splitlines()]
            shown = lines[:MESSAGES] if len(made) < DETAILED else []
            made[nth] = {
                "breaks": case.breaks,
                "where": case.where,
                "lines": shown,
                "more": len(lines) - len(shown),
                "evidence": case.evidence or brief.reason,
                "alone": case.alone,
                "replay": case.replay,
                "known": case.known,
                "console": f"{case.console}:{case.first}" if case.console else "",
            }
            if len(made) <= EXCERPTS:
                made[nth]["excerpt"] = asdict(consoles.excerpt(run, case))
    return made
