# SPDX-License-Identifier: GPL-2.0
"""Runs and records invented for tests of the dashboard: many, of every kind, or hostile."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import made_bench
import made_up
from test_gate_report import GATES

from svacheck.dashboard.shown import CaseResult, Results, RuleResult, RunFacts

KERNELS = ("6.1", "6.12", "7.2", "7.3")
LANES = ("uml", "uml-user", "uml-smp", "uml-debug", "qemu")
FAMILIES = ("BIND", "CTL", "DOM", "DRV", "FLT", "GRP", "HW", "ISO", "PASID", "SEQ")
EPOCH = 1_750_000_000
CASES_OF_ONE = 400  # that the first rule has, so that a page is heavy

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=1">',
    "\x1b[2J\x1b]0;gone\x07",
    "\u202eesrever\u2066\u200f",
    "{{ 7*7 }} ${window.hacked=1} </script><svg/onload=window.hacked=1>",
    "n" * 5000,
    "javascript:window.hacked=1//",
)


class Many:
    """So many runs of so many cases, the same each time: over all kernels and lanes in turn, in
    each some cases that fail, are skipped, or end in error."""

    def __init__(self, runs: int, cases: int, rules: int = 240) -> None:
        self._rules = [
            f"{FAMILIES[nth % len(FAMILIES)]}-{nth // len(FAMILIES) + 1:03}" for nth in range(rules)
        ]
        self._cases = cases
        self._cited = [self._rules[self._rule_of(nth)] for nth in range(cases)]
        self._names = [
            f"svac_suite{nth % 40}.case_that_is_number_{nth}/carried" for nth in range(cases)
        ]
        self._runs = [self._facts(nth) for nth in range(runs)]
        self._good = [
            CaseResult(name, "pass", (rule,)) for name, rule in zip(self._names, self._cited)
        ]

    def _rule_of(self, case: int) -> int:
        return 0 if case < min(CASES_OF_ONE, self._cases // 2) else case % len(self._rules)

    def _facts(self, nth: int) -> RunFacts:
        started = time.gmtime(EPOCH + nth * 3600)
        kernel, lane = KERNELS[nth % len(KERNELS)], LANES[nth // len(KERNELS) % len(LANES)]
        name = f"{time.strftime('%Y%m%dT%H%M%SZ', started)}-{kernel}.9-{lane}-{nth:06x}"
        return RunFacts(
            name,
            Path("/nowhere") / name,
            started=time.strftime("%Y-%m-%dT%H:%M:%SZ", started),
            kernel=kernel,
            version=f"{kernel}.9",
            lane=lane,
            verdict="fail" if nth % 7 == 3 else "pass",
            implementations=("carried",),
            commit=f"{nth:040x}",
            compiler="gcc 12",
            host="Debian",
            seconds=12.5,
            counts={"passed": self._cases, "failed": 0, "errors": 0, "skipped": 0},
        )

    def runs(self) -> Sequence[RunFacts]:
        """All of them, the oldest first."""
        return self._runs

    def details(self, run: RunFacts, cases: Collection[str]) -> dict[str, CaseResult]:
        """All there is to know of them."""
        return {case.id: case for case in self.results(run).cases if case.id in cases}

    def results(self, run: RunFacts) -> Results:
        """Of one of them."""
        nth = int(run.commit, 16)
        cases = list(self._good)
        for at in range(nth % 11, self._cases, 97):
            cases[at] = CaseResult(
                self._names[at], "skip", (self._cited[at],), f"this kernel has no {at % 5} CPUs"
            )
        broken = set()
        for at in range(nth % 5, self._cases, 211) if run.verdict == "fail" else ():
            rule = self._cited[at]
            broken.add(rule)
            cases[at] = CaseResult(
                self._names[at],
                "fail",
                (rule,),
                console="boots/main.console",
                first=3,
                last=9,
                breaks=(rule,),
                where="kunit/suites/pasid.c:12",
                messages=("EXPECTATION FAILED", "  set() returned 0, expected -EBUSY"),
                evidence="set() returned 0, expected -EBUSY",
                alone="make check",
            )
        by_rule: dict[str, list[str]] = {rule: [] for rule in self._rules}
        for case, cited in zip(cases, self._cited):
            by_rule[cited].append(case.id)
        return Results(
            [
                RuleResult(
                    rule,
                    "broken" if rule in broken else "kept",
                    "contract",
                    f"What {rule} says has to hold each time that somebody asks for it.",
                    "a mail",
                    cases=tuple(names),
                )
                for rule, names in by_rule.items()
                if names
            ],
            cases,
        )


def store(folder: Path, record: dict[str, Any], name: str = "run.json") -> Path:
    """A record in a folder of its id, with a console."""
    place = folder / str(record["id"])
    (place / "boots").mkdir(parents=True)
    (place / name).write_text(json.dumps(record))
    lines = [f"line {nth} of the console" for nth in range(1, 30)]
    (place / "boots" / "main.console").write_text("\n".join(lines) + "\n")
    return place


def run(nth: int, **changes: Any) -> dict[str, Any]:
    """One more run.json."""
    return made_up.run(id=f"20261122T0930{nth:02}Z-6.1.192-uml-{nth:06x}", **changes)


def failing(nth: int, text: str = "") -> dict[str, Any]:
    """One in which a case failed, of two; text is put in wherever text can be."""
    ill = made_up.run_case(
        "svac_pasid.taken",
        param=f"carried{text}",
        status="fail",
        messages=[
            f"EXPECTATION FAILED at kunit/suites/pasid.c:12{text}",
            f"  set() returned 0{text}",
        ],
        where=f"kunit/suites/pasid.c:12{text}",
        reason=text,
        alone=f"make check {text}",
        rules=["PASID-001"],
    )
    well = made_up.run_case()
    rule = made_up.run_rule(verdict="broken", cases=[well["id"], ill["id"]])
    rule["sentence"] += text
    rule["source"] += text
    rule["reason"] += text
    other = made_up.run_rule(id=f"DOM-001{text[:3]}", verdict="not covered", cases=[], reason=text)
    counts = {"bodies": 2, "cases": 2, "passed": 1, "failed": 1, "errors": 0, "skipped": 0}
    return run(nth, verdict="fail", rules=[rule, other], cases=[well, ill], counts=counts)


def fill(results: Path) -> None:
    """A results folder with a record of every kind."""
    store(results, run(1))
    store(results, failing(2))
    store(results, run(3, verdict="error", problems=["the kernel panicked"], select="svac_x.*"))
    for nth, text in enumerate(HOSTILE):
        place = store(results, failing(20 + nth, text))
        (place / "boots" / "main.console").write_text(f"{text}\n" * 12, errors="surrogatepass")
    (results / "20261122T095900Z-6.1.192-uml-ffffff").mkdir()
    (results / "20261122T095900Z-6.1.192-uml-ffffff" / "run.json").write_text('{"schema": ')
    (results / "interrupted-20261122T095901Z-6.1.192-uml-ffffff").mkdir()
    for nth, gate in enumerate(GATES.values()):
        told: dict[str, Any] = {**gate, "id": f"gate-20261122T09300{nth}Z-6.1.192-uml-1a2b3c"}
        for side in ("base", "head"):
            if told[side]:
                told[side] = {**told[side], "run": run(1)["id"], "title": HOSTILE[nth]}
        store(results, told, "gate.json")
    for nth in range(4):
        boots = [
            made_bench.boot(nth * 10 + at, ("carried",), 0.02, lambda *_: 1) for at in range(6)
        ]
        told = made_bench.record([made_bench.side("kernel", boots)], f"2026-11-2{nth}T20:00:00Z")
        store(results, told, "bench.json")
    certificate = json.loads((GOLDEN / "certificate" / "certificate.json").read_text())
    certificate["id"] = "certificate-20261122T093000Z-6.1.192-made_up-1a2b3c"
    store(results, certificate, "certificate.json")
    store(results, drivers(), "matrix.json")
    store(results, mutants(), "report.json")
    (results / "findings").mkdir()
    for nth, text in enumerate(HOSTILE[:2]):
        (results / "findings" / f"00{nth}-made-up.md").write_text(f"# {nth}: {text}\n\n{text}\n")


def drivers() -> dict[str, Any]:
    """A matrix of broken drivers, one of which is not caught."""
    rows = [
        ("normal", [], True, {}),
        ("bare-domain", ["DRV-001"], True, {"DRV-001": ["svac_x.y/carried"]}),
        (HOSTILE[0], ["DRV-002"], False, {"PASID-001": ["svac_x.y/carried"]}),
    ]
    return {
        "id": "broken-drivers-20261122T093000Z-6.1.192-uml-1a2b3c",
        "tree": {"version": "6.1.192"},
        "lane": "uml",
        "started": "2026-11-22T09:30:00Z",
        "verdict": "fail",
        "problems": [HOSTILE[1]],
        "drivers": [
            {
                "name": name,
                "flaw": "What the vendor did wrong.",
                "rules": rules,
                "caught": caught,
                "broken": broken,
                "problems": [] if caught else ["a problem"],
                "cases": {},
                "console": "boots/main.console",
            }
            for name, rules, caught, broken in rows
        ],
    }


def mutants() -> dict[str, Any]:
    """The report of a campaign with a survivor."""
    survivor = {"id": "drop-call.f.1", "why": HOSTILE[0], "diff": f"--- a/x\n+{HOSTILE[1]}\n"}
    return {
        "id": "mutants-20261122T093000Z-1a2b3c",
        "campaign": {"tree": {"version": "6.1.192"}},
        "mutants": 2,
        "counts": {"killed": 1, "survived": 1},
        "score": 50.0,
        "score_by_rule": 50.0,
        "operators": {"drop-call": {"killed": 1, "survived": 1}},
        "functions": [
            {"file": "x.c", "function": "f", "counts": {"killed": 1}, "rules": {"PASID-001": 1}}
        ],
        "lists": {"survived": [survivor], "hung": []},
        "verdict": "fail",
    }
