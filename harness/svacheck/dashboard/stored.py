# SPDX-License-Identifier: GPL-2.0
"""Runs as the index of the results has them, and what only their run.json knows."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from sqlite3 import Row
from typing import Any

from svacheck.dashboard.shown import CaseResult, Results, RuleResult, RunFacts
from svacheck.errors import Problem
from svacheck.gate import compare
from svacheck.store.index import Index

INTERRUPTED = "interrupted-"
KILLED = "it was killed before it was stored: its consoles can be read, but it has no verdict"

_LEFT_OUT = "SELECT folder, fault FROM record WHERE kind = 'run' AND fault IS NOT NULL"
_RULES = """SELECT rule.name AS id, o.verdict, o.kind, sentence.text AS sentence,
  source.text AS source, reason.text AS reason
  FROM rule_of o JOIN run ON run.num = o.run JOIN rule ON rule.id = o.rule
  JOIN text sentence ON sentence.id = o.sentence JOIN text source ON source.id = o.source
  JOIN text reason ON reason.id = o.reason WHERE run.id = ? ORDER BY rule.name"""
_CASES = "SELECT id, status, rules, reason, breaks FROM cases WHERE run = ? ORDER BY id"


class Stored:
    """The runs of an index that is open."""

    def __init__(self, index: Index) -> None:
        self._index = index
        folder = index.results
        found = [_facts(row, folder) for row in index.rows("SELECT * FROM runs ORDER BY place")]
        for name, why in index.rows(_LEFT_OUT):
            found.append(RunFacts(name, folder / name, why))
        found += [RunFacts(one.name, one, KILLED) for one in folder.glob(INTERRUPTED + "*")]
        self._runs = sorted(found, key=lambda run: run.id.removeprefix(INTERRUPTED)[:16])

    def runs(self) -> Sequence[RunFacts]:
        """All of them, the oldest first."""
        return self._runs

    def results(self, run: RunFacts) -> Results:
        """What the index says."""
        cases = [
            CaseResult(
                row["id"],
                row["status"],
                tuple(row["rules"].split()),
                row["reason"],
                tuple(row["breaks"].split()),
            )
            for row in self._index.rows(_CASES, (run.id,))
        ]
        by_rule: dict[str, list[str]] = {}
        for case in cases:
            for rule in dict.fromkeys((*case.rules, *case.breaks)):
                by_rule.setdefault(rule, []).append(case.id)
        rules = [_rule(row, by_rule) for row in self._index.rows(_RULES, (run.id,))]
        return Results(rules, cases)

    def details(self, run: RunFacts, cases: Collection[str]) -> Mapping[str, CaseResult]:
        """What run.json says of them."""
        file = run.folder / "run.json"
        try:
            return dict(_details(json.loads(file.read_bytes()), set(cases)))
        except OSError as error:
            raise Problem(f"cannot read the run: {error.strerror}", str(file)) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Problem(f"run.json is damaged: {error}", str(file)) from error


def _facts(row: Row, folder: Path) -> RunFacts:
    return RunFacts(
        id=row["id"],
        folder=folder / row["id"],
        started=row["started"],
        kernel=row["kernel"],
        version=row["version"],
        lane=row["lane"],
        verdict=row["verdict"],
        implementations=tuple(row["implementations"].split()),
        select=row["selection"],
        kernel_args=tuple(row["kernel_args"].split()),
        commit=row["svacheck_commit"] or "",
        dirty=bool(row["svacheck_dirty"]),
        compiler=row["compiler"] or "",
        host=row["host"],
        seconds=row["seconds"],
        rounds=row["rounds"],
        counts={name: row[name] for name in ("passed", "failed", "errors", "skipped")},
        problems=tuple(row["problems"].splitlines()),
    )


def _rule(row: Row, by_rule: Mapping[str, list[str]]) -> RuleResult:
    return RuleResult(
        row["id"],
        row["verdict"],
        row["kind"],
        row["sentence"],
        row["source"],
        row["reason"],
        tuple(by_rule.get(row["id"], ())),
    )


def _details(record: Mapping[str, Any], wanted: set[str]) -> Iterator[tuple[str, CaseResult]]:
    known = {one["case"]: one["reason"] for one in record.get("known_issues", ())}
    consoles = {boot["name"]: boot["console"] for boot in record["boots"]}
    for case in record["cases"]:
        if case["id"] in wanted:
            yield case["id"], _case(case, consoles, known)


def _case(
    case: Mapping[str, Any], consoles: Mapping[str, str], known: Mapping[str, str]
) -> CaseResult:
    ill = case["status"] in ("fail", "error")
    return CaseResult(
        case["id"],
        case["status"],
        tuple(map(str, case["rules"])),
        str(case["reason"]),
        tuple(map(str, compare.broken_by(case))) if ill else (),
        str(consoles.get(case["boot"], "")),
        int(case["first_line"]),
        int(case["last_line"]),
        str(case["where"]),
        tuple(map(str, case["messages"])),
        compare.evidence(case) if ill else "",
        str(case["alone"]),
        str(case["replay"]),
        str(known.get(case["id"], "")),
    )
