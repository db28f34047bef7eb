# SPDX-License-Identifier: GPL-2.0
"""The overview, the lists of rules and runs, and the page of each rule, of all runs together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from svacheck.dashboard.collect import Courses, RuleCourse
from svacheck.dashboard.data import ABSENT, VERDICTS, put
from svacheck.dashboard.evidence import Evidence
from svacheck.dashboard.names import file_of
from svacheck.dashboard.pages import Pages
from svacheck.dashboard.shown import RunFacts, families, family, readable

# The worst first: what a cell of several rules shows
ORDER = ("broken", "error", "not covered", "kept", "not bound")
_NAMES = {letter: verdict for verdict, letter in VERDICTS.items()}
NEWEST = 10  # runs on the overview


@dataclass(frozen=True)
class Row:
    """The newest run of a kernel in a lane, and what each family came to in it."""

    at: int
    run: RunFacts
    cells: dict[str, dict[str, int]]  # family to how many rules came to what, the worst first


def write(pages: Pages, courses: Courses, told: Mapping[str, Evidence]) -> None:
    """All these pages, and the data that all pages share."""
    data = pages.out / "data"
    put(data / "runs.js", "runs", [_run(run) for run in courses.runs])
    put(data / "rules.js", "rules", [_rule(one) for one in courses.rules.values()])
    cases = [[id, " ".join(rules)] for id, rules in courses.entries.all()]
    put(data / "cases.js", "cases", cases)
    rows = _rows(courses)
    put(data / "newest.js", "newest", [[row.at, _letters(courses, row.at)] for row in rows])
    unread = [run for run in courses.runs if run.trouble]
    choices = choices_of(courses)
    pages.write(
        "index.html",
        "index",
        rows=rows,
        families=families(list(courses.rules)),
        newest=courses.runs[::-1][:NEWEST],
        unread=unread,
        runs=courses.runs,
        order=ORDER,
        **choices,
    )
    pages.write("rules.html", "rules", rows=rows, count=len(courses.rules), **choices)
    pages.write("runs.html", "runs", count=len(courses.runs), unread=unread, **choices)
    pages.write("compare.html", "compare", count=len(courses.runs))
    for course in courses.rules.values():
        _rule_page(pages, courses, course, rows, told.get(course.says.id), choices)


def choices_of(courses: Courses) -> dict[str, Any]:
    """What filters offer."""
    runs = list(readable(courses.runs))
    return {
        "kernels": sorted({run.kernel for run in runs}, key=_natural),
        "lanes": sorted({run.lane for run in runs}),
        "all_families": families(sorted(courses.rules)),
    }


def _natural(text: str) -> list[tuple[int, str]]:
    """6.12 after 6.1 and 6.2."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def _rows(courses: Courses) -> list[Row]:
    rows = []
    for at, run in courses.newest():
        cells: dict[str, Counter[str]] = {}
        for name, course in courses.rules.items():
            letter = chr(course.verdicts[at])
            if letter != ABSENT:
                cells.setdefault(family(name), Counter())[_NAMES[letter]] += 1
        sorted_cells = {
            name: {verdict: counts[verdict] for verdict in ORDER if counts[verdict]}
            for name, counts in cells.items()
        }
        rows.append(Row(at, run, sorted_cells))
    return sorted(rows, key=lambda row: (_natural(row.run.kernel), row.run.lane))


def _letters(courses: Courses, at: int) -> str:
    return "".join(chr(course.verdicts[at]) for course in courses.rules.values())


def _run(run: RunFacts) -> list[Any]:
    """id, file, started, kernel, version, lane, verdict, passed, failed, errors, skipped, only,
    why it cannot be read."""
    counts = [run.counts.get(name, 0) for name in ("passed", "failed", "errors", "skipped")]
    only = " ".join([*([run.select] if run.select else []), *run.kernel_args])
    verdict = run.verdict or "unread"
    return [
        run.id,
        file_of(run.id),
        run.started,
        run.kernel,
        run.version,
        run.lane,
        verdict,
        *counts,
        only,
        run.trouble,
    ]


def _rule(course: RuleCourse) -> list[str]:
    """id, file, kind, sentence."""
    rule = course.says
    return [rule.id, file_of(rule.id), rule.kind, rule.sentence]


def _rule_page(
    pages: Pages,
    courses: Courses,
    course: RuleCourse,
    rows: Sequence[Row],
    evidence: Evidence | None,
    choices: dict[str, Any],
) -> None:
    rule = course.says
    file = file_of(rule.id)
    put(
        pages.out / "data" / "rules" / f"{file}.js",
        "rule",
        {
            "id": rule.id,
            "verdicts": course.verdicts.decode(),
            "reasons": course.reasons,
            "cases": [[name, courses.cases[name].decode()] for name in _known(courses, course)],
        },
    )
    latest = [
        (row, _NAMES.get(chr(course.verdicts[row.at]), "absent"), course.reasons.get(row.at, ""))
        for row in rows
    ]
    pages.write(
        f"rules/{file}.html",
        "rule",
        rule=rule,
        evidence=evidence,
        latest=[one for one in latest if one[1] != "absent"],
        **choices,
    )


def _known(courses: Courses, course: RuleCourse) -> Sequence[str]:
    """Its cases of which any run says something."""
    return [name for name in course.cases if name in courses.cases]
