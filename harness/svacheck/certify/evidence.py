# SPDX-License-Identifier: GPL-2.0
"""What a certificate rests on: the files of runs, their sums, and each run judged again from
its consoles, by the readers and the judge that made its verdict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from svacheck import judging, programlog, results
from svacheck.certify import archive
from svacheck.check import read_outcome
from svacheck.errors import Problem
from svacheck.judged import Outcome, Verdict, some
from svacheck.ktap import Document
from svacheck.model import Case
from svacheck.places import JUDGING_SCHEMA
from svacheck.workload import Reader, read_suites

RUNS = "runs"
KTAP = ".ktap"


@dataclass(frozen=True)
class Judged:
    """A run, judged again. differences: in what its own record says something else than its
    evidence, one line each."""

    run: Mapping[str, Any]
    terms: judging.Terms
    verdict: Verdict
    differences: Sequence[str]

    @property
    def id(self) -> str:
        """That of the run."""
        return str(self.run["id"])

    @property
    def folder(self) -> str:
        """Where its files are in the archive."""
        return f"{RUNS}/{self.id}"


def collect(folder: Path, run_id: str) -> dict[str, bytes]:
    """The files of a stored run, by their names in the archive; Problem if one cannot be there."""
    files: dict[str, bytes] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        name = f"{RUNS}/{run_id}/{path.relative_to(folder)}"
        if path.is_dir() and not path.is_symlink():
            continue
        if path.is_symlink() or not path.is_file() or not archive.is_name(name):
            raise Problem("this cannot be part of a certificate", str(path), "move it elsewhere")
        try:
            files[name] = path.read_bytes()
        except OSError as error:
            raise Problem(f"cannot read the evidence: {error.strerror}", str(path)) from error
        size += len(files[name])
        if len(files[name]) > archive.LARGEST_FILE or size > archive.LARGEST:
            raise Problem("there is too much evidence for a certificate", str(path))
    return files


def sums(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Name, size and SHA-256 of each file."""
    return [
        {"path": name, "bytes": len(files[name]), "sha256": sha256(files[name])}
        for name in sorted(files)
    ]


def sha256(content: bytes) -> str:
    """As sha256sum prints it."""
    return hashlib.sha256(content).hexdigest()


def sums_text(listed: Sequence[Mapping[str, Any]]) -> str:
    """The sums as sha256sum -c reads them."""
    return "".join(f"{one['sha256']}  {one['path']}\n" for one in listed)


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files below folder, which is our own."""
    for name, content in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:  # no room, or one that is a file and a folder
            raise Problem(f"cannot lay out the evidence: {error.strerror}", name) from error


def runs_of(files: Mapping[str, bytes]) -> list[str]:
    """The ids of the runs there are files of, in the order of an archive."""
    return sorted({name.split("/")[1] for name in files if name.startswith(RUNS + "/")})


def judge(folder: Path, run_id: str) -> Judged:
    """A run that is laid out below folder, judged again; its KTAP is written anew."""
    where = folder / RUNS / run_id
    run = results.read(where / "run.json")
    if run["id"] != run_id:
        raise Problem(f"the record of run {run_id} is that of {run['id']}", "run.json")
    if not (where / judging.FILE).is_file():
        remedy = "an older svacheck has made it; run it again"
        raise Problem("the run does not say what it was judged by", run_id, remedy)
    content = results.read(where / judging.FILE, JUDGING_SCHEMA)
    try:
        terms, made = judging.load(content, where)
        ktap = {str(path.relative_to(where)): path.read_bytes() for path in _ktap(made)}
        outcomes = [read(terms, one) for one in made]
    except (OSError, TypeError, ValueError, LookupError) as error:
        raise Problem(f"the evidence cannot be read: {error}", run_id) from error
    numbers = [one.round for one in made]
    rounds = [
        [outcome for outcome, number in zip(outcomes, numbers) if number == wanted]
        for wanted in range(1, max(numbers, default=0) + 1)
    ]
    verdict = judging.judge(terms, rounds)
    after = {name: (where / name).read_bytes() for name in ktap}
    differences = [
        f"run {run_id}: {name} is not the KTAP of its console"
        for name in ktap
        if after[name] != ktap[name]
    ]
    differences += _differences(run, verdict, outcomes, where, len(rounds))
    return Judged(run, terms, verdict, differences)


def _ktap(made: Sequence[judging.Made]) -> list[Path]:
    return [one.boot.console.with_suffix(KTAP) for one in made]


def read(terms: judging.Terms, one: judging.Made) -> Outcome:
    """A boot as it was read when its run was judged."""
    return read_outcome(
        one.boot, one.planned, one.kunit, terms.known, terms.lockdep, _reader(terms, one.planned)
    )


def _reader(terms: judging.Terms, planned: Sequence[str]) -> Reader:
    programs = terms.cited.programs
    if not any(key in programs for key in planned):
        return read_suites

    def read(
        document: Document, lines: Sequence[str], planned: Sequence[str], stopped: bool
    ) -> tuple[list[Case], list[str]]:
        return programlog.read(document, lines, programs, planned, stopped)

    return read


# ---- what a run's own record says ----


def _differences(
    run: Mapping[str, Any],
    verdict: Verdict,
    outcomes: Sequence[Outcome],
    where: Path,
    rounds: int,
) -> Iterator[str]:
    """In what run.json says something else than its evidence."""
    who = f"run {run['id']}"
    said = {
        "verdict": verdict.verdict,
        "problems": verdict.problems,
        "counts": verdict.counts(),
        "implementations": verdict.implementations,
        "rounds": rounds,
    }
    for key, mine in said.items():
        if run[key] != mine:
            yield f"{who}: run.json says {key} {_short(run[key])}, the evidence {_short(mine)}"
    rules = {rule.id: _plain(asdict(rule)) for rule in verdict.rules}
    yield from _compare(who, "rule", run["rules"], rules, "verdict")
    cases = {case.id: _plain(asdict(case)) for case in verdict.cases}
    yield from _compare(who, "case", run["cases"], cases, "status")
    boots = {
        one.boot.name: {
            "ending": one.ending.kind,
            "warnings": len(one.reports),
            "console": str(one.boot.console.relative_to(where)),
        }
        for one in outcomes
    }
    yield from _compare(who, "boot", run["boots"], boots, "ending", "name")


def _compare(
    who: str,
    what: str,
    said: Sequence[Mapping[str, Any]],
    found: Mapping[str, Mapping[str, Any]],
    first: str,
    key: str = "id",
) -> Iterator[str]:
    """Entries of run.json beside those made again; first: what to tell before anything else."""
    names = [str(entry[key]) for entry in said]
    if names != list(found):
        odd = sorted(set(names) ^ set(found)) or ["their order"]
        yield f"{who}: run.json has other {what}s than the evidence: {some(odd)}"
        return
    for entry, name in zip(said, names):
        mine = found[name]
        odd = [part for part in (first, *mine) if entry.get(part) != mine[part]]
        if odd:
            theirs, ours = _short(entry.get(odd[0])), _short(mine[odd[0]])
            yield f"{who}: {what} {name}: run.json says {odd[0]} {theirs}, the evidence {ours}"


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """As it comes back from JSON."""
    return dict(json.loads(json.dumps(record)))


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:80] + "..."
