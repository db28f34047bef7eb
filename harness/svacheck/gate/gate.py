# SPDX-License-Identifier: GPL-2.0
"""svacheck gate: two kernels, or two stored runs, to one answer: does HEAD make it worse?"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache as once
from pathlib import Path
from typing import Any

from svacheck import check, provenance, results
from svacheck.cachedirs import Cache, released
from svacheck.commands import CommandLog
from svacheck.errors import EXIT_FAIL, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.gate import known, page, speed
from svacheck.gate.again import Again, again
from svacheck.gate.arguments import TIMES
from svacheck.gate.compare import FAIL_ON, SLOWER, Comparison, comparable, compare, counts
from svacheck.gate.history import BASE, HEAD, History
from svacheck.gate.mail import Patch
from svacheck.gate.sides import REVISION, RUN, SERIES, Meant, Side, meaning, measure, prepare
from svacheck.judged import ERROR, FAIL, PASS
from svacheck.places import GATE_SCHEMA
from svacheck.progress import Progress
from svacheck.results import Run, schema_fault

KIND = "gate-"
RECORD, PAGE = "gate.json", "gate.md"
STATUS = {PASS: EXIT_PASS, FAIL: EXIT_FAIL, ERROR: EXIT_TROUBLE}


@dataclass(frozen=True)
class Options:
    """What svacheck gate was asked for.

    head: "" if patches are to be applied to base; patches_from: where they come from; how:
    how a kernel is checked; times: how often a failing case runs again; fresh: no
    stored run of the same kernel will do; bench: boots in which each side is timed, at most,
    0 for the usual number, None if neither is.
    """

    base: str
    head: str = ""
    kdir: Path | None = None
    patches: tuple[Patch, ...] = ()
    patches_from: str = ""
    how: check.Options = check.Options()
    fail_on: tuple[str, ...] = FAIL_ON
    times: int = TIMES
    fresh: bool = False
    bench: int | None = None
    known: Path = known.FILE


@dataclass(frozen=True)
class Gated:
    """A gate that is over: its record and where it is stored."""

    record: dict[str, Any]
    folder: Path

    @property
    def status(self) -> int:
        """0, 1 or 2."""
        return STATUS[self.record["verdict"]]


def gate(options: Options, progress: Progress) -> Gated:
    """Measure or load both sides, compare them and store the result.

    Raises Problem if a side cannot be had or the two cannot be compared, KeyboardInterrupt if
    it is interrupted; the runs made until then are stored.
    """
    started = time.time()
    log = CommandLog(progress.command)
    history = open_history(options.kdir, log, progress)
    meant = _meant(options, history)
    _alike(options, meant)
    if options.bench is not None:
        speed.refuse(meant, options.how)
    known.load("", options.how.lane, options.known)  # a wrong file is told before the build too
    own = [Progress(progress.quiet, progress.verbose) for _ in meant]
    ready = [prepare(one, options.how, history, mine) for one, mine in zip(meant, own)]
    sides: list[Side] = []
    for name, one, (how, revision), mine in zip((BASE, HEAD), meant, ready, own):
        if how:
            progress.note(f"== {name}: {revision or one.given}")
        with released():  # two gates that want the same two kernels must not wait for each other
            sides.append(measure(one, how, revision, options.fresh, mine))
        if sides[-1].run["verdict"] == ERROR:
            break  # there is nothing to compare with
    run = Run(sides[-1].run["tree"]["version"], sides[-1].run["lane"], started, kind=KIND)
    record = _record(options, run.id, started, sides, log, progress)
    if options.bench is not None:
        _time(record, options.bench, [how for how, _ in ready], progress)
    record["seconds"] = round(max(0.0, time.time() - started), 3)
    fault = schema_fault(record, GATE_SCHEMA)
    if fault:
        raise ValueError(f"{RECORD} does not fit its schema: {fault}")
    run.path(PAGE).write_text(page.markdown(record, run.final), encoding="utf-8")
    return Gated(record, run.keep(RECORD, record, log.commands))


def open_history(
    kdir: Path | None, log: CommandLog, progress: Progress
) -> Callable[[], History] | None:
    """What opens the history of a tree when it is first asked for; None without a tree."""
    if not kdir:
        return None
    tree = kdir
    return once(lambda: History(tree, Cache.default(), log, progress.note))


def _meant(options: Options, history: Callable[[], History] | None) -> list[Meant]:
    base = meaning(options.base, BASE, history)
    if options.head:
        return [base, meaning(options.head, HEAD, history)]
    name = options.patches_from
    if base.kind != REVISION:
        raise Problem(
            f"a patch series is applied to a revision, and {options.base!r} is a {base.kind}",
            name,
            "give KDIR=path of a git tree and as BASE a revision of it",
        )
    head = Meant(name, SERIES, revision=base.revision, patches=options.patches, place=HEAD)
    return [base, head]


def _alike(options: Options, meant: Sequence[Meant]) -> None:
    """Problem if a stored run is to be compared with one that will be made in another way."""
    stored = [results.load(one.run)[1] for one in meant if one.kind == RUN]
    for run in stored if len(stored) < len(meant) else ():
        if (run["lane"], run["select"]) != (options.how.lane, options.how.suite):
            raise Problem(
                f"the stored run is of lane {run['lane']}, and of {run['select'] or 'all cases'}",
                run["id"],
                f"--lane {run['lane']}" + (f" --suite {run['select']!r}" if run["select"] else ""),
            )


# ---- judge and record ----


def _time(
    record: dict[str, Any], boots: int, ready: Sequence[check.Options | None], progress: Progress
) -> None:
    """Add to a record how fast its sides are, and what follows for the verdict."""
    if record["problems"]:
        record["speed"] = speed.not_measured("a side has no verdict, and neither was timed")
        return
    own = Progress(progress.quiet, progress.verbose)
    record["speed"] = speed.measure(ready, boots, own)
    answer = record["speed"]["answer"]
    if answer == SLOWER and SLOWER in record["fail_on"]:
        record["verdict"] = FAIL
    if answer == speed.NO_VERDICT and record["verdict"] == PASS:
        record["verdict"] = ERROR


def _record(
    options: Options,
    name: str,
    started: float,
    sides: Sequence[Side],
    log: CommandLog,
    progress: Progress,
) -> dict[str, Any]:
    today = datetime.date.today()
    comparison, tried = Comparison([], []), Again(options.times)
    issues: list[known.Issue] = []
    expired: list[str] = []
    notes = _suites(sides)
    problems = _no_verdict(sides)
    if not problems:
        base, head = sides
        comparable(base.run, head.run)
        comparison = compare(base.run, head.run)
        issues = known.load(head.run["tree"]["version"], head.run["lane"], options.known)
        known.mark(comparison, issues)
        tried = again(comparison, head, options.times, progress)
        expired, idle = known.remarks(issues, today, whole=not head.run["select"])
        notes += idle
        if tried.why:
            notes.append(f"failing cases could not be run again: {tried.why}")
    strict = options.how.strict
    failing = comparison.failing(options.fail_on, strict)
    verdict = ERROR if problems else FAIL if failing or expired else PASS
    return {
        "schema": 1,
        "id": name,
        "svacheck": provenance.describe_self(log),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": 0,
        "lane": sides[0].run["lane"],
        "select": sides[0].run["select"],
        "strict": strict,
        "fail_on": list(options.fail_on),
        "verdict": verdict,
        "problems": problems,
        "expired": expired,
        "notes": notes,
        "base": _side(sides[0]),
        "head": _side(sides[1]) if len(sides) > 1 else None,
        "counts": {"rules": counts(comparison.rules), "cases": counts(comparison.cases)},
        "failing": list(dict.fromkeys(one.id for one in failing)),
        "rules": [asdict(change) for change in comparison.rules],
        "cases": [asdict(change) for change in comparison.cases],
        "known": [issue.record(today) for issue in issues],
        "again": asdict(tried),
        "speed": None,
        "files": {"page": PAGE, "commands": "commands.sh"},
    }


def _no_verdict(sides: Sequence[Side]) -> list[str]:
    """Why there is nothing to compare."""
    said = []
    for name, side in zip((BASE, HEAD), sides):
        if side.run["verdict"] == ERROR:
            first = next(iter(side.run["problems"]), "")
            dead = [case for case in side.run["cases"] if case["status"] == ERROR]
            if not first and dead:
                first = f"{dead[0]['id']}: {dead[0]['reason']}"
            said.append(f"the run of {name} has no verdict: {first or 'it ended in error'}")
    return said


def _suites(sides: Sequence[Side]) -> list[str]:
    """What else differs but the kernel: two runs may be of different days."""
    if len(sides) < 2:
        return []
    notes = []
    one, other = (side.run["svacheck"] for side in sides)
    if one != other:
        notes.append(
            "the runs were made by different versions of svacheck: their suites may differ"
        )
    if sides[0].folder == sides[1].folder:
        notes.append("BASE and HEAD are the same run")
    return notes


def _side(side: Side) -> dict[str, Any]:
    run = side.run
    return {
        "given": side.given,
        "kind": side.kind,
        "title": side.title,
        "commit": side.revision.commit if side.revision else "",
        "subject": side.revision.subject if side.revision else "",
        "run": run["id"],
        "folder": str(side.folder or ""),
        "measured": side.measured,
        "tree": run["tree"],
        "implementations": run["implementations"],
        "verdict": run["verdict"],
        "counts": run["counts"],
        "phases": run["phases"] if side.measured else {},
        "seconds": run["seconds"] if side.measured else 0,
    }
