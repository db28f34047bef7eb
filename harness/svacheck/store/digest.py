# SPDX-License-Identifier: GPL-2.0
"""What the index keeps of a record, as rows of its tables. What does not fit raises.

That a record is what its schema says would take a second for each to find out. The tables
insist on what counts: types, verdicts, counts that agree, and each rule and case once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from svacheck.gate.compare import broken_by, evidence
from svacheck.mutation.report import DETECTED, LEFT_OUT
from svacheck.store.figures import around, middle
from svacheck.store.folders import RUN, Found

Record = Mapping[str, Any]
Row = dict[str, Any]


class Shared(str):
    """A text that many rows have: its number in the table text stands for it there."""


class RuleName(Shared):
    """The same of the table rule."""


@dataclass
class Rows:
    """By table, in the order in which they are stored."""

    tables: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        """One more row of a table."""
        self.tables.setdefault(table, []).append(row)


def digest(found: Found, content: bytes) -> Rows:
    """The rows of a record; ValueError, or whatever a wrong shape gives, if it is none."""
    record = json.loads(content)
    if not isinstance(record, dict):
        raise ValueError("it is no object")
    rows = Rows()
    make = _MAKERS.get(found.kind)
    if make:
        make(rows, found, record)
    return rows


def safe(value: object) -> object:
    """A text that SQLite can hold and give back, or what is no text as it is."""
    if isinstance(value, str):
        if "\0" in value:
            value = value.replace("\0", "\\x00")
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, bool):
        return int(value)
    return value


def kernel_of(tree: Record) -> str:
    """By what name the runs of a tree are told from those of others."""
    return str(tree["name"] if tree["kind"] == "debian" else tree["version"])


def revision_of(identity: Record) -> str:
    """What tells a tree best: a commit, a version of Debian's, or a hash."""
    names = ("commit", "debian_version", "content_sha256")
    return str(next((identity[name] for name in names if identity.get(name)), ""))


def _spaced(words: Any) -> str:
    return " ".join(map(_text, words))


def _lines(lines: Any) -> str:
    return "\n".join(map(_text, lines))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:40]!r} is no text")
    return value


def _own(record: Record, found: Found) -> str:
    if record["id"] != found.folder:
        raise ValueError(f"it says that it is {str(record['id'])[:140]}")
    return found.folder


# ---- runs ----


def _run(rows: Rows, found: Found, run: Record) -> None:
    tree, counts, suite = run["tree"], run["counts"], run["svacheck"]
    rows.add(
        "run",
        id=_own(run, found),
        **{name: run[name] for name in ("started", "lane", "verdict", "seconds", "rounds")},
        kernel=kernel_of(tree),
        version=tree["version"],
        kind=tree["kind"],
        tree=tree["name"],
        revision=revision_of(tree["identity"]),
        identity=json.dumps(tree["identity"], sort_keys=True),
        **{name: counts[name] for name in ("bodies", "cases", "passed", "failed", "errors")},
        skipped=counts["skipped"],
        known_issues=len(run.get("known_issues", ())),
        problems=_lines(run["problems"]),
        implementations=_spaced(run["implementations"]),
        selection=run["select"],
        kernel_args=_spaced(run["kernel_args"]),
        strict=run["strict"],
        alone=run.get("alone", False),
        svacheck=suite["version"],
        svacheck_commit=suite["commit"],
        svacheck_dirty=suite["dirty"],
        compiler=run["build"]["compiler"] if run["build"] else None,
        host=run["host"]["machine"],
        place=found.place,
    )
    if len(run["cases"]) != counts["cases"]:
        raise ValueError(f"it has {len(run['cases'])} cases and counts {counts['cases']}")
    for rule in run["rules"]:
        rows.add(
            "rule_of",
            rule=RuleName(_text(rule["id"])),
            verdict=rule["verdict"],
            kind=rule["kind"],
            reason=Shared(_text(rule["reason"])),
            sentence=Shared(_text(rule["sentence"])),
            source=Shared(_text(rule["source"])),
        )
    alone = _alone(run)
    for case in run["cases"]:
        bad = case["status"] in ("fail", "error")
        rows.add(
            "case_of",
            name=Shared(_text(case["id"])),
            status=case["status"],
            seconds=alone.get(case["boot"]),
            reason=Shared(evidence(case) if bad else _text(case["reason"])),
            source=Shared(_text(case["where"])),
            rules=Shared(_spaced(case["rules"])),
            breaks=Shared(_spaced(broken_by(case) if bad else ())),
        )


def _alone(run: Record) -> dict[str, float]:
    """The seconds of boots that ran one case, by their names."""
    ran: dict[str, int] = {}
    for case in run["cases"]:
        ran[case["boot"]] = ran.get(case["boot"], 0) + 1
    return {b["name"]: b["seconds"] for b in run["boots"] if ran.get(b["name"]) == 1}


# ---- times ----


def _bench(rows: Rows, found: Found, bench: Record) -> None:
    session = _own(bench, found)
    host = json.dumps({k: v for k, v in bench["host"].items() if k != "load"}, sort_keys=True)
    for side in bench["sides"]:
        for key, series in _series(side).items():
            figures = [_figure(one) for one in series]
            between = around(figures)
            rows.add(
                "metric",
                session=session,
                started=bench["started"],
                kernel=kernel_of(side["tree"]),
                version=side["tree"]["version"],
                revision=revision_of(side["tree"]["identity"]),
                side=side["name"],
                key=key,
                median=middle(figures),
                low=between[0] if between else None,
                high=between[1] if between else None,
                boots=len(figures),
                samples=sum(len(one["samples"]) for one in series),
                **{n: series[0][n] for n in ("metric", "implementation", "unit", "floor", "what")},
                file=f"{session}/{found.file}",
                host=host,
                place=found.place,
            )
    for one in bench["comparisons"]:
        names = ("key", "ratio", "low", "high", "p", "answer")
        rows.add("comparison", session=session, **{name: one[name] for name in names})


def _series(side: Record) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for boot in side["boots"]:
        for one in boot["series"]:
            name, who = _text(one["metric"]), _text(one["implementation"])
            found.setdefault(name if who == "-" else f"{name}/{who}", []).append(one)
    return found


def _figure(one: Record) -> float:
    from svacheck.bench.series import undisturbed

    return undisturbed(one["samples"]) / int(one["loops"])


# ---- what compares and sums up ----


def _gate(rows: Rows, found: Found, gate: Record) -> None:
    base, head, speed = gate["base"], gate["head"], gate.get("speed")
    rows.add(
        "gate",
        id=_own(gate, found),
        **{name: gate[name] for name in ("started", "lane", "verdict", "seconds")},
        base=base["title"],
        base_run=base["run"],
        head=head["title"] if head else None,
        head_run=head["run"] if head else None,
        speed=speed["answer"] if speed else None,
        problems=_lines(gate["problems"]),
    )
    for what in ("rule", "case"):
        for one in gate[what + "s"]:
            rows.add(
                "change",
                gate=found.folder,
                what=what,
                known=1 if one["known"] else 0,
                **{name: one[name] for name in ("id", "change", "base", "head", "evidence")},
            )


def _matrix(rows: Rows, found: Found, matrix: Record) -> None:
    for one in matrix["columns"]:
        rows.add(
            "matrix",
            id=_own(matrix, found),
            started=matrix["started"],
            **{name: one[name] for name in ("kernel", "lane", "run", "verdict", "seconds")},
        )


def _certificate(rows: Rows, found: Found, made: Record) -> None:
    rows.add(
        "certificate",
        id=_own(made, found),
        **{name: made[name] for name in ("issued", "verdict", "valid_until")},
        profile=made["profile"]["name"],
        kernel=kernel_of(made["kernel"]),
        version=made["kernel"]["version"],
        reasons=_lines(made["reasons"]),
        runs=_spaced(run["id"] for run in made["runs"]),
    )


def _campaign(rows: Rows, found: Found, report: Record) -> None:
    counts, about = report["counts"], report["campaign"]
    detected = sum(counts[kind] for kind in DETECTED)
    out = sum(counts[kind] for kind in LEFT_OUT)
    rows.add(
        "campaign",
        id=found.folder,
        version=about["tree"]["version"],
        lane=about["lane"],
        detected=detected,
        left_out=out,
        survived=report["mutants"] - detected - out,
        **{name: report[name] for name in ("mutants", "score", "verdict", "cpu_seconds")},
    )
    for mutant, rules in report["killed_by"].items():
        for rule in rules:
            rows.add("kill", campaign=found.folder, mutant=mutant, rule=rule)


def _drivers(rows: Rows, found: Found, matrix: Record) -> None:
    for one in matrix["drivers"]:
        rows.add(
            "driver",
            id=_own(matrix, found),
            started=matrix["started"],
            version=matrix["tree"]["version"],
            driver=one["name"],
            flaw=one["flaw"],
            rules=_spaced(one["rules"]),
            broken=_spaced(one["broken"]),
            caught=one["caught"],
        )


_MAKERS: dict[str, Callable[[Rows, Found, Record], None]] = {
    RUN: _run,
    "bench": _bench,
    "gate": _gate,
    "matrix": _matrix,
    "certificate": _certificate,
    "campaign": _campaign,
    "drivers": _drivers,
}
