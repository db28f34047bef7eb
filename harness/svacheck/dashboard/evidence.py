# SPDX-License-Identifier: GPL-2.0
"""The newest evidence for each rule, with the lines of its console."""

from __future__ import annotations

from dataclasses import dataclass, replace

from svacheck.dashboard.collect import Courses
from svacheck.dashboard.excerpts import Consoles, Excerpt
from svacheck.dashboard.shown import CaseResult, RunFacts, Source
from svacheck.errors import Problem


@dataclass(frozen=True)
class Evidence:
    """What a case said in a run that came to a verdict on a rule."""

    run: RunFacts
    verdict: str
    case: CaseResult
    excerpt: Excerpt


def gather(source: Source, courses: Courses, consoles: Consoles) -> dict[str, Evidence]:
    """Rule to its evidence; each run is read once."""
    by_run: dict[str, list[str]] = {}
    for name, course in courses.rules.items():
        if course.evidence:
            by_run.setdefault(course.evidence[0].id, []).append(name)
    made: dict[str, Evidence] = {}
    for names in by_run.values():
        told = [found for name in names if (found := courses.rules[name].evidence)]
        run, trouble = told[0][0], ""
        try:
            details = source.details(run, {case.id for _, _, case in told})
        except Problem as problem:
            details, trouble = {}, problem.what
        for name, (_, verdict, brief) in zip(names, told):
            case = details.get(brief.id, brief)
            excerpt = consoles.excerpt(run, case)
            made[name] = Evidence(
                run, verdict, case, replace(excerpt, trouble=trouble) if trouble else excerpt
            )
    return made
