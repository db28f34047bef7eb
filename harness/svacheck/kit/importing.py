# SPDX-License-Identifier: GPL-2.0
"""svacheck import: what a kit brought back becomes a run like any other.

The archive is read as that of a certificate is, and has to be whole. The consoles are then judged
by the readers and the judge of check; the archive itself stays beside them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from svacheck import crosscheck, judging, knownreports, programlog, results, rulebook, trees
from svacheck.cachedirs import Cache
from svacheck.certify import archive
from svacheck.certify.archive import Damaged
from svacheck.certify.evidence import sha256
from svacheck.check import Finished, read_outcome, tail
from svacheck.commands import CommandLog
from svacheck.errors import EXIT_TROUBLE, Problem
from svacheck.judged import HALTED, Outcome
from svacheck.ktap import Counts, Document
from svacheck.kernels import HARDWARE, MODELLED
from svacheck.kit import layout, suite
from svacheck.model import Boot, Case
from svacheck.places import KIT_SCHEMA
from svacheck.progress import Progress
from svacheck.provenance import describe_self
from svacheck.results import SCHEMA, Run

ARCHIVE = "kit-results.tar.xz"  # in the run, as it came
WHOLE = "send it again, or run the kit again"


@dataclass(frozen=True)
class Brought:
    """What an archive holds. record: its own account of it."""

    files: Mapping[str, bytes]
    record: Mapping[str, Any]

    @property
    def lane(self) -> str:
        """A model is never taken for a device."""
        return MODELLED if self.record["driver"].endswith(layout.MODEL) else HARDWARE

    @property
    def programs(self) -> list[str]:
        """That were run."""
        return list(dict.fromkeys(boot["program"] for boot in self.record["boots"]))


def read(path: Path) -> Brought:
    """An archive of results; Problem if it is none, or not as it was made."""
    try:
        files = archive.unpack(path, layout.RESULTS)
    except Damaged as damage:
        raise Problem(f"the results were changed: {damage}", str(path), WHOLE) from damage
    for name in (layout.RECORD, layout.SUMS):
        if name not in files:
            raise Problem(f"the results were changed: {name} is not there", str(path), WHOLE)
    sums = "".join(
        f"{sha256(files[name])}  {name}\n" for name in sorted(files) if name != layout.SUMS
    )
    if files[layout.SUMS] != sums.encode("ascii"):
        raise Problem(f"the results were changed: {_changed(files)}", str(path), WHOLE)
    record = results.parse(files[layout.RECORD], layout.RECORD, KIT_SCHEMA)
    brought = Brought(files, record)
    _check(brought, path)
    return brought


def _changed(files: Mapping[str, bytes]) -> str:
    """What is not as the sums say."""
    try:
        lines = files[layout.SUMS].decode("ascii").splitlines()
        listed = {name: wanted for wanted, _, name in (line.partition("  ") for line in lines)}
    except UnicodeDecodeError:
        return f"{layout.SUMS} cannot be read"
    for name in sorted({*files, *listed} - {layout.SUMS}):
        if name not in files:
            return f"{name} is not there any more"
        if name not in listed:
            return f"{name} was added"
        if sha256(files[name]) != listed[name]:
            return f"{name} is not what its SHA-256 says"
    return f"{layout.SUMS} is not as it was written"


def _check(brought: Brought, path: Path) -> None:
    """Problem unless the record fits its files and this svacheck."""
    record, made_by = brought.record, brought.record["kit"]["svacheck"]
    if record["kit"]["suite_sha256"] != suite.sha256():
        by = made_by["commit"] or f"version {made_by['version']}"
        raise Problem(
            "the kit has other cases than this svacheck",
            str(path),
            f"import it with the svacheck that made the kit ({by}), or run a new kit",
        )
    known, boots = set(suite.programs()), record["boots"]
    for boot in boots:
        if boot["program"] not in known:
            raise Problem(f"there is no program {boot['program']}", layout.RECORD)
        wanted = f"{layout.CONSOLES}/{boot['round']}-{boot['program']}.console"
        if boot["console"] != wanted or wanted not in brought.files:
            raise Problem(f"the record does not fit its files: {wanted}", layout.RECORD)
    numbers = [(boot["round"], boot["program"]) for boot in boots]
    if len(set(numbers)) != len(numbers) or max(n for n, _ in numbers) > record["rounds"]:
        raise Problem("a program ran twice in a round, or in one too many", layout.RECORD)


def take_in(path: Path, progress: Progress) -> Finished:
    """The archive as a stored run."""
    brought = read(path)
    return _Import(brought, path, progress).store()


class _Import:
    """One archive on its way to a run."""

    def __init__(self, brought: Brought, path: Path, progress: Progress) -> None:
        self.brought, self.record = brought, brought.record
        self.progress = progress
        self.log = CommandLog(progress.command)
        self.version = str(self.record["kernel"]["release"])
        whole = rulebook.load()
        shape = "upstream"  # kernels as they are
        self.book, self.cited = rulebook.of_lane(whole, suite.cited(), brought.lane, shape)
        self.whole = whole
        self.known = knownreports.load(self.version)
        self.archive = path.read_bytes()

    def store(self) -> Finished:
        """Judge it and store it."""
        run = Run(self.version, self.brought.lane, time.time())
        (run.folder / ARCHIVE).write_bytes(self.archive)
        for name, content in self.brought.files.items():
            if name.startswith((layout.PLACE + "/", layout.MODULE + "/")) or name == layout.RECORD:
                run.path(f"kit/{name}").write_bytes(content)
        made = self._boots(run)
        rounds, outcomes = self._read(made)
        terms = self._terms()
        judged = judging.judge(terms, rounds)
        record = self._record(run, terms, judged, outcomes)
        beside = {judging.FILE: judging.record(terms, made, run.folder)}
        try:
            return Finished(
                record, run.commit(record, self.log.commands, beside), judged.exit_status
            )
        except Problem as problem:
            return Finished(record, run.folder, EXIT_TROUBLE, problem)

    def _boots(self, run: Run) -> list[judging.Made]:
        """What ran, with its console in the run; what kunit.py's reader counts there."""
        made = []
        for one in self.record["boots"]:
            suffix = f".{one['round']}" if one["round"] > 1 else ""
            name = one["program"] + suffix
            console = run.path(f"boots/{name}.console")
            console.write_bytes(self.brought.files[one["console"]])
            boot = Boot(
                name=name,
                glob=one["program"],
                console=console,
                seconds=one["seconds"],
                timed_out=one["timed_out"],
                interrupted=one["interrupted"],
                implementation=layout.IMPLEMENTATION,
            )
            planned = [
                case for case in self.cited.cases if self.cited.programs[case].program == boot.glob
            ]
            made.append(judging.Made(one["round"], boot, planned, None))
        counted = self._count([one.boot.console for one in made], run)
        return [replace(one, kunit=counts) for one, counts in zip(made, counted)]

    def _count(self, consoles: Sequence[Path], run: Run) -> list[Counts | Problem]:
        cache = Cache.default()
        tree = trees.resolve(None, None, cache, self.log, self.progress)
        answers = run.path("logs/kunit-parse.json")
        return crosscheck.kunit_counts(tree.origin, consoles, self.log, answers)

    def _read(self, made: Sequence[judging.Made]) -> tuple[list[list[Outcome]], list[Outcome]]:
        rounds: list[list[Outcome]] = [[] for _ in range(self.record["rounds"])]
        for one in made:
            outcome = read_outcome(one.boot, one.planned, one.kunit, self.known, False, self._cases)
            rounds[one.round - 1].append(outcome)
        return rounds, [outcome for outcomes in rounds for outcome in outcomes]

    def _cases(
        self, document: Document, lines: Sequence[str], planned: Sequence[str], stopped: bool
    ) -> tuple[list[Case], list[str]]:
        return programlog.read(document, lines, self.cited.programs, planned, stopped)

    def _selected(self) -> list[str]:
        ran = set(self.brought.programs)
        return [case for case in self.cited.cases if self.cited.programs[case].program in ran]

    def _select(self) -> str:
        """As SUITE would have it; "" if all programs ran."""
        ran = self.brought.programs
        every = set(suite.programs()) - set(layout.MACHINE_WIDE)
        return "" if every <= set(ran) else ",".join(ran)

    def _terms(self) -> judging.Terms:
        problems = []
        ran = {(one["round"], one["program"]) for one in self.record["boots"]}
        whole = self.record["rounds"]
        if len(ran) < whole * len(self.brought.programs):
            problems.append("not every program ran in every round")
        if not self.record["kernel_log"] and self.brought.lane == HARDWARE:
            problems.append(
                "what the kernel said could not be read (/dev/kmsg): run the kit as root"
            )
        return judging.Terms(
            rulebook=self.whole,
            lane_rules=list(self.book.rules),
            cited=self.cited,
            selected=self._selected(),
            known=self.known,
            lockdep=False,
            strict=False,
            implementations=1,
            rounds=whole,
            problems=problems,
        )

    def _record(
        self, run: Run, terms: judging.Terms, judged: Any, outcomes: Sequence[Outcome]
    ) -> dict[str, Any]:
        its = self.record
        return {
            "schema": SCHEMA,
            "id": run.id,
            "svacheck": describe_self(self.log),
            "started": its["started"],
            "seconds": its["seconds"],
            "tree": {
                "name": its["kernel"]["release"],
                "kind": "installed",
                "version": self.version,
                "identity": {
                    "build": its["kernel"]["version"],
                    "driver": its["driver"],
                    "device": its["device"],
                    "results_sha256": sha256(self.archive),
                },
            },
            "lane": self.brought.lane,
            "rulebook": len(self.whole.rules),
            "implementations": judged.implementations,
            "plugged_in": [],
            "select": self._select(),
            "strict": False,
            "rounds": its["rounds"],
            "alone": False,
            "lockdep": False,
            "kernel_args": [],
            "build": None,
            "host": its["host"],
            "machine": None,
            "phases": {},
            "verdict": judged.verdict,
            "problems": judged.problems,
            "counts": judged.counts(),
            "rules": [asdict(rule) for rule in judged.rules],
            "cases": [
                {"id": case.id, **asdict(case), "alone": self._alone(case), "replay": ""}
                for case in judged.cases
            ],
            "boots": [_boot(outcome, run) for outcome in outcomes],
            "commands": [
                {
                    "shell": command.shell().replace(str(run.folder), str(run.final)),
                    "status": command.status,
                    "seconds": round(command.seconds, 3),
                }
                for command in self.log.commands
            ],
            "files": {
                "commands": "commands.sh",
                "logs": "logs",
                "judging": judging.FILE,
                "results": ARCHIVE,
                "record": f"kit/{layout.RECORD}",
            },
            "known_issues": [],
        }

    def _alone(self, case: Any) -> str:
        """There, where the device is."""
        program = self.cited.programs[case.key].program if case.key in self.cited.programs else ""
        return f"./run --driver {self.record['driver']} --programs {program}"


def _boot(outcome: Outcome, run: Run) -> dict[str, Any]:
    made = outcome.boot
    return {
        "name": made.name,
        "glob": made.glob,
        "why": "",
        "console": str(made.console.relative_to(run.folder)),
        "ktap": str(made.console.with_suffix(".ktap").relative_to(run.folder)),
        "seconds": round(made.seconds, 3),
        "ending": outcome.ending.kind,
        "warnings": len(outcome.reports),
        "known": [],
        "lockdep_off": None,
        "tail": [] if outcome.ending.kind == HALTED else tail(made.console),
    }
