# SPDX-License-Identifier: GPL-2.0
"""The record of a certificate, made from its evidence and its terms and from nothing else, so
that whoever has these can make it again."""

from __future__ import annotations

import datetime
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.certify import evidence, performance, profiles, waivers
from svacheck.certify.decide import OUTSIDE, Decision, RuleVerdict, decide
from svacheck.certify.evidence import Judged
from svacheck.certify.profiles import CLASSES, Profile
from svacheck.certify.waivers import Waiver
from svacheck.check import read_lines
from svacheck.errors import Problem
from svacheck.judged import ERROR, FAIL, JudgedCase
from svacheck.places import REQUEST_SCHEMA

FORMAT = 3  # of the pages and the record: raised whenever one comes out different
TERMS = "terms/"
REQUEST = TERMS + "request.json"  # which certificate, of when, made by which svacheck
PROFILE, BASE, WAIVERS = TERMS + "profile.toml", TERMS + "base.toml", TERMS + "waivers.toml"
WAIVED = "waived"  # in the summary, of a rule that a waiver counts for
EXCERPT = 40  # lines of a console that the pages quote of a case


@dataclass(frozen=True)
class Made:
    """A record, and in what the runs say something else than their evidence."""

    record: dict[str, Any]
    differences: Sequence[str]


def make(files: Mapping[str, bytes]) -> Made:
    """The record of a certificate. files: runs/..., terms/... and
    bench/..., all that it rests on."""
    with tempfile.TemporaryDirectory(prefix="svacheck-certificate-") as name:
        folder = Path(name)
        evidence.lay_out(files, folder)
        runs = [evidence.judge(folder, run) for run in evidence.runs_of(files)]
        _check_runs(runs)
        book = runs[0].terms.rulebook
        request = results.parse(_file(files, REQUEST), REQUEST, REQUEST_SCHEMA)
        if request["format"] != FORMAT:
            raise Problem(
                f"the certificate has format {request['format']}, this svacheck knows {FORMAT}",
                REQUEST,
                f"verify it with the svacheck that made it: {request['svacheck']['commit']}",
            )
        text = _text(files, PROFILE)
        base = profiles.base_of(text, request["profile"])
        core = profiles.parse(_text(files, BASE), base, book)
        profile = profiles.parse(text, request["profile"], book, core)
        waived = waivers.parse(_text(files, WAIVERS), "waivers", book)
        issued = _date(request["issued"])
        decision = decide(profile, runs, waived, issued)
        listed = evidence.sums(files)
        record = {
            "format": FORMAT,
            "id": request["id"],
            "verdict": decision.verdict,
            "reasons": list(decision.reasons),
            "issued": request["issued"],
            "valid_until": decision.valid_until and decision.valid_until.isoformat(),
            "svacheck": request["svacheck"],
            "profile": _profile(profile),
            "kernel": runs[0].run["tree"],
            "runs": [_run(run) for run in runs],
            **_rules(profile, decision, runs, folder),
            "waivers": [_waiver(one, decision, profile, runs, issued) for one in waived],
            "performance": performance.summary(files, runs[0].run["tree"], profile),
            "fingerprint": evidence.sha256(evidence.sums_text(listed).encode()),
            "evidence": listed,
        }
        return Made(record, [line for run in runs for line in run.differences])


def _check_runs(runs: Sequence[Judged]) -> None:
    """Problem unless these runs can be put together."""
    if not runs:
        raise Problem("there is no run to certify", "runs")
    first = runs[0]
    for run in runs:
        if run.run["select"]:
            raise Problem(
                f"run {run.id} is of some cases only ({run.run['select']})",
                "runs",
                "a certificate needs all of them",
            )
        if run.run["tree"] != first.run["tree"]:
            raise Problem(f"runs {first.id} and {run.id} are of different kernels", "runs")
        if run.terms.rulebook != first.terms.rulebook:
            raise Problem(f"runs {first.id} and {run.id} have different rulebooks", "runs")


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "title": profile.title,
        "class": profile.of,
        "about": profile.about,
        "sources": list(profile.sources),
        "implementations": list(profile.implementations),
        "rounds": profile.rounds,
        "base": profile.base,
        "lanes": list(profile.lanes),
    }


def _run(run: Judged) -> dict[str, Any]:
    its = run.run
    return {
        "id": run.id,
        "folder": run.folder,
        "lane": its["lane"],
        "started": its["started"],
        "rounds": run.terms.rounds,
        "boots": len(its["boots"]),
        "verdict": run.verdict.verdict,
        "problems": run.verdict.problems,
        "counts": run.verdict.counts(),
        "svacheck": its["svacheck"],
        "host": its["host"],
        "machine": its.get("machine"),
        "build": its["build"],
        "kernel_args": its["kernel_args"],
        "plugged_in": its.get("plugged_in", []),
    }


def _rules(
    profile: Profile, decision: Decision, runs: Sequence[Judged], folder: Path
) -> dict[str, Any]:
    """Rules, and the cases that they point at by their number."""
    numbers: dict[tuple[int, str], int] = {}
    cases: list[dict[str, Any]] = []
    quote = _Quote(runs, folder)
    for one in decision.rules:
        for at, case in one.cases:
            if (at, case.id) not in numbers:
                numbers[at, case.id] = len(cases)
                cases.append(_case(at, case, runs[at], quote))
    rules = []
    for one in decision.rules:
        mine = [numbers[at, case.id] for at, case in one.cases]
        rules.append({**_rule(one), "tally": _tally(one), "cases": mine})
    summary: dict[str, Counter[str]] = {kind: Counter() for kind in (*CLASSES, OUTSIDE)}
    for one in decision.rules:
        summary[one.kind][WAIVED if one.waived else one.verdict] += 1
    return {"summary": {k: dict(v) for k, v in summary.items()}, "rules": rules, "cases": cases}


def _rule(one: RuleVerdict) -> dict[str, Any]:
    return {
        "id": one.rule.id,
        "class": one.kind,
        "verdict": one.verdict,
        "waived": one.waived,
        "kind": one.rule.kind,
        "sentence": one.rule.sentence,
        "source": one.rule.source,
        "reason": one.reason,
    }


def _tally(one: RuleVerdict) -> dict[str, int]:
    """How many cases said what of the rule."""
    return dict(Counter(case.outcome_for(one.rule.id) for _, case in one.cases))


def _case(at: int, case: JudgedCase, run: Judged, quote: _Quote) -> dict[str, Any]:
    wrong = case.status in (FAIL, ERROR)
    console = quote.console(at, case)
    return {
        "run": at,
        "id": case.id,
        "status": case.status,
        "rules": case.judges,
        "reason": case.reason,
        "where": case.where,
        "messages": case.messages,
        "console": console and f"{run.folder}/{console}",
        "first_line": case.first_line,
        "last_line": case.last_line,
        "excerpt": quote.lines(at, case) if wrong else [],
    }


class _Quote:
    """The consoles of runs, each read once."""

    def __init__(self, runs: Sequence[Judged], folder: Path) -> None:
        self._runs = runs
        self._folder = folder
        self._read: dict[tuple[int, str], list[str]] = {}
        self._boots = [{boot["name"]: boot["console"] for boot in run.run["boots"]} for run in runs]

    def console(self, at: int, case: JudgedCase) -> str:
        """Its file in the run; "" if it never ran."""
        return str(self._boots[at].get(case.boot, ""))

    def lines(self, at: int, case: JudgedCase) -> list[str]:
        """The first lines that a case has in its console."""
        console = self.console(at, case)
        if not console or not case.first_line:
            return []
        if (at, console) not in self._read:
            self._read[at, console] = read_lines(self._folder / self._runs[at].folder / console)
        lines = self._read[at, console][case.first_line - 1 : case.last_line]
        return [line.rstrip("\n") for line in lines[:EXCERPT]]


def _waiver(
    one: Waiver,
    decision: Decision,
    profile: Profile,
    runs: Sequence[Judged],
    issued: datetime.date,
) -> dict[str, Any]:
    state = "not needed"
    if one.expired(issued):
        state = "expired"
    elif not one.is_of(str(runs[0].run["tree"]["version"]), profile.name):
        state = "for others"
    elif one in decision.used:
        state = "counts"
    return {
        "number": one.number,
        "rule": one.rule,
        "verdict": one.verdict,
        "cases": list(one.cases),
        "owner": one.owner,
        "reason": one.reason,
        "link": one.link,
        "expires": one.expires.isoformat(),
        "state": state,
    }


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise Problem("it is not there", name)
    return files[name]


def _text(files: Mapping[str, bytes], name: str) -> str:
    try:
        return _file(files, name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(f"it is no UTF-8: {error}", name) from error


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise Problem(f"{text!r} is no date", REQUEST) from error
