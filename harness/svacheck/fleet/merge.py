# SPDX-License-Identifier: GPL-2.0
"""Shards of a run become the run: their consoles together, judged as if one had booted them all.

No shard's verdict is believed: every console is read again. A case that no shard ran, or two did,
or a shard of another kernel, configuration or rulebook, and there is no run.
"""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from svacheck import judging, results
from svacheck.certify import evidence
from svacheck.errors import Problem
from svacheck.fleet.planfile import uneven
from svacheck.gate import known as knownissues
from svacheck.judged import Verdict
from svacheck.places import JUDGING_SCHEMA, results_folder
from svacheck.results import Run

SHARDS = "shards.json"  # in the run: what it was made of
BOOT = re.compile(r"(?!\.)[A-Za-z0-9_.+-]{1,150}")
_ALIKE = ("svacheck", "lane", "plugged_in", "strict", "rounds", "alone")
_ALIKE_TERMS = ("rulebook", "lane_rules", "cited", "known", "lockdep", "strict", "implementations")


@dataclass(frozen=True)
class Part:
    """A shard's run. item: of the plan; folder: of the run; verdict: made again."""

    item: str
    folder: Path
    run: Mapping[str, Any]
    terms: judging.Terms
    made: Sequence[judging.Made]


def load(item: str, folder: Path) -> Part:
    """A stored run as a part; Problem if its record is not what its evidence gives."""
    judged = evidence.judge(folder.parent.parent, folder.name)
    if judged.differences:
        raise Problem(f"{item}: {judged.differences[0]}", "", "run the item again")
    content = results.read(folder / judging.FILE, JUDGING_SCHEMA)
    terms, made = judging.load(content, folder)
    for one in made:
        if not BOOT.fullmatch(one.boot.name) or one.boot.console != _console(folder, one.boot.name):
            raise Problem(f"{item}: no boot can be called {one.boot.name!r}")
    return Part(item, folder, judged.run, terms, made)


def _console(folder: Path, boot: str) -> Path:
    return folder / "boots" / f"{boot}.console"


def merge(parts: Sequence[Part], cases: Sequence[str], token: str) -> Path:
    """The stored run that these make together. cases: all that it must hold; token: six hex
    digits that tell this run from any other, and are the same each time it is merged.

    Problem: the parts do not make it."""
    _require_alike(parts)
    first = parts[0]
    fault = uneven(cases, [part.terms.selected for part in parts])
    fault = fault or uneven(list(first.terms.cited.cases), [cases])
    if fault:
        raise Problem(f"the shards are not the whole: {fault}", first.item, "run them again")
    started = min(str(part.run["started"]) for part in parts)
    wanted = _id(first, started, token)
    stored = results_folder() / wanted
    if stored.is_dir():
        return stored  # it was merged before
    run = Run(str(first.run["tree"]["version"]), str(first.run["lane"]), time.time())
    run.id = wanted
    made = [one for part in parts for one in _carried(part, parts, run)]
    terms = replace(
        first.terms,
        selected=[case for case in cases if case in first.terms.cited.cases],
        problems=[f"{part.item}: {p}" for part in parts for p in part.terms.problems],
    )
    outcomes = [evidence.read(terms, one) for one in made]
    verdict = judging.judge(terms, [outcomes])
    record = _record(run, parts, verdict, made, started)
    shards = {"shards": [{"item": part.item, "run": part.run["id"]} for part in parts]}
    beside = {judging.FILE: judging.record(terms, made, run.folder), SHARDS: shards}
    return run.commit(record, [], beside)


def _id(first: Part, started: str, token: str) -> str:
    moment = time.mktime(time.strptime(started, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    made = results.new_id(str(first.run["tree"]["version"]), str(first.run["lane"]), moment)
    return made[: -len(token)] + token


def _require_alike(parts: Sequence[Part]) -> None:
    """Problem unless all are about the same thing."""
    first = parts[0]
    for part in parts:
        if part.run["rounds"] != 1:
            raise Problem("a shard has several rounds", part.item, "--boots is for one machine")
        differ = [key for key in _ALIKE if part.run.get(key) != first.run.get(key)]
        differ += [
            key for key in _ALIKE_TERMS if getattr(part.terms, key) != getattr(first.terms, key)
        ]
        for key in ("version", "identity"):
            differ += [key] if part.run["tree"][key] != first.run["tree"][key] else []
        build, other = part.run["build"] or {}, first.run["build"] or {}
        for key in ("compiler", "config_sha256", "overlay_sha256"):
            differ += [key] if build.get(key) != other.get(key) else []
        if differ:
            raise Problem(
                f"{part.item} and {first.item} differ in {differ[0]}",
                "",
                "run both again, with the same svacheck and the same tree",
            )


def _names(part: Part, parts: Sequence[Part]) -> dict[str, str]:
    """The boots of a part by their names in the run: two shards may both have one called main."""
    often = Counter(one.boot.name for other in parts for one in other.made)
    at = parts.index(part) + 1
    return {
        one.boot.name: one.boot.name if often[one.boot.name] == 1 else f"shard{at}-{one.boot.name}"
        for one in part.made
    }


def _carried(part: Part, parts: Sequence[Part], run: Run) -> list[judging.Made]:
    """The boots of a part with their files in the run."""
    names = _names(part, parts)
    made = []
    for one in part.made:
        name = names[one.boot.name]
        console = run.path(f"boots/{name}.console")
        for file in sorted(one.boot.console.parent.glob(f"{one.boot.name}.*")):
            end = file.name.removeprefix(one.boot.name)
            if end.startswith((".console", ".ktap")):
                shutil.copyfile(file, console.with_name(name + end))
        made.append(replace(one, boot=replace(one.boot, name=name, console=console)))
    if part is parts[0] and part.run["build"]:
        shutil.copyfile(part.folder / "config", run.path("config"))
    for file in sorted((part.folder / "logs").rglob("*")):
        if file.is_file():
            kept = file.relative_to(part.folder / "logs")
            shutil.copyfile(file, run.path(f"logs/{part.item}/{kept}"))
    shutil.copyfile(part.folder / "commands.sh", run.path(f"logs/{part.item}/commands.sh"))
    return made


def _record(
    run: Run, parts: Sequence[Part], verdict: Verdict, made: Sequence[judging.Made], started: str
) -> dict[str, Any]:
    """run.json: the first shard's, with what they came to together."""
    first = dict(parts[0].run)
    said = {case["id"]: case for part in parts for case in part.run["cases"]}
    boots = {}
    for part in parts:
        names = _names(part, parts)
        for boot in part.run["boots"]:
            new = names[boot["name"]]
            files = {"console": f"boots/{new}.console", "ktap": f"boots/{new}.ktap"}
            boots[new] = {**boot, "name": new, **files}
    cases = [
        {
            "id": case.id,
            **asdict(case),
            "alone": said[case.id]["alone"] if case.id in said else "",
            "replay": said[case.id]["replay"] if case.id in said else "",
        }
        for case in verdict.cases
    ]
    record = {
        **first,
        "id": run.id,
        "started": started,
        "seconds": round(sum(part.run["seconds"] for part in parts), 3),
        "select": "",
        "implementations": verdict.implementations,
        "phases": _sums([part.run["phases"] for part in parts]),
        "cpu": _sums([part.run.get("cpu", {}) for part in parts]),
        "verdict": verdict.verdict,
        "problems": verdict.problems,
        "counts": verdict.counts(),
        "rules": [asdict(rule) for rule in verdict.rules],
        "cases": cases,
        "boots": [boots[one.boot.name] for one in made],
        "commands": [command for part in parts for command in part.run["commands"]],
        "files": {**first["files"], "shards": SHARDS},
    }
    issues = knownissues.load(first["tree"]["version"], first["lane"])
    return {**record, "known_issues": knownissues.failing(record, issues, date.today())}


def _sums(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    whole: Counter[str] = Counter()
    for part in parts:
        whole.update(part)
    return {name: round(seconds, 3) for name, seconds in whole.items()}
