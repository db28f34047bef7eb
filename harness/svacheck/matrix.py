# SPDX-License-Identifier: GPL-2.0
"""svacheck matrix: every kernel in every lane, and one table of what each makes of the rules.

Each column is an ordinary run of svacheck check, stored as such.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck import check as checking
from svacheck import matrixtable, provenance, report
from svacheck.cachedirs import released
from svacheck.commands import CommandLog
from svacheck.errors import EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.judged import ERROR
from svacheck.kernels import find_kernel, load_kernels, load_lane
from svacheck.progress import Progress
from svacheck.results import Run

KIND = "matrix-"
PAGE, RECORD = "matrix.md", "matrix.json"


@dataclass(frozen=True)
class Options:
    """What svacheck matrix was asked for. kernels: of configs/kernels.toml, none for all."""

    kernels: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ("uml",)
    jobs: int = 0  # 0: as many as there are processors
    allow_known: bool = False  # as of check


@dataclass(frozen=True)
class Matrix:
    """A matrix that is over: its record, where it is stored, exit status, and why it could
    not be stored as asked."""

    record: dict[str, Any]
    folder: Path
    status: int
    trouble: Problem | None = None


def matrix(options: Options, progress: Progress) -> Matrix:
    """Run check for each kernel and lane, one after the other, and store the table.

    A kernel that cannot be had or judged does not keep the others from being run; an
    interrupt does, and what was run until then is in the table. Problem: a kernel or a
    lane that is not known.
    """
    started = time.time()
    log = CommandLog(progress.command)
    kernels = [find_kernel(name).name for name in options.kernels] or list(load_kernels())
    for lane in options.lanes:
        load_lane(lane)  # a wrong name is told before hours of work
    left = [(kernel, lane) for kernel in kernels for lane in options.lanes]
    run = Run("_".join(kernels), "_".join(options.lanes), started, kind=KIND)
    columns: list[dict[str, Any]] = []
    sentences: dict[str, str] = {}
    status = EXIT_PASS
    try:
        while left and status != EXIT_INTERRUPTED:
            with released():  # others may want to use the tree of a run that is over
                columns.append(_column(*left[0], options, progress, sentences))
            del left[0]
            status = max(status, columns[-1]["status"])
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
    made = {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 1),
        "status": status,
        "columns": columns,
        "not_made": [{"kernel": kernel, "lane": lane} for kernel, lane in left],
        "rules": sentences,
    }
    return store(run, made, log)


def store(run: Run, made: Mapping[str, Any], log: CommandLog) -> Matrix:
    """The table. made: the record, but for who has made it."""
    record: dict[str, Any] = {
        "schema": 1,
        "id": run.id,
        "svacheck": provenance.describe_self(log),
        "host": provenance.describe_host(),
        **made,
    }
    status = int(record["status"])
    run.path(PAGE).write_text(matrixtable.page(record), encoding="utf-8")
    try:
        return Matrix(record, run.keep(RECORD, record, log.commands), status)
    except Problem as problem:
        return Matrix(record, run.folder, max(status, EXIT_TROUBLE), problem)


def _column(
    kernel: str, lane: str, options: Options, progress: Progress, sentences: dict[str, str]
) -> dict[str, Any]:
    """What a run comes to; sentences is told what the rules say that it names."""
    progress.note(f"== Linux {kernel}, lane {lane}")
    start = time.monotonic()
    known = options.allow_known
    asked = checking.Options(kernel=kernel, lane=lane, jobs=options.jobs, allow_known=known)
    try:
        done = checking.check(asked, Progress(progress.quiet, progress.verbose))
    except Problem as problem:
        found = without_run(str(problem))
    except Exception as error:
        found = without_run(f"a defect of svacheck: {type(error).__name__}: {error}")
    else:
        progress.note(report.render(done.run, done.folder, report.QUIET).rstrip())
        sentences.update({rule["id"]: rule["sentence"] for rule in done.run["rules"]})
        found = of_run(done)
    seconds = round(time.monotonic() - start, 1)
    return {"kernel": kernel, "lane": lane, "seconds": seconds, **found}


def of_run(done: checking.Finished) -> Mapping[str, Any]:
    """A column, but for what it is of and how long it took."""
    run = done.run
    return {
        "run": run["id"],
        "version": run["tree"]["version"],
        "identity": run["tree"]["identity"],
        "status": done.status,
        "verdict": run["verdict"],
        "problems": run["problems"] + ([str(done.trouble)] if done.trouble else []),
        "counts": run["counts"],
        "known_issues": len(run["known_issues"]),
        "rules": {
            rule["id"]: {
                "verdict": rule["verdict"],
                "reason": rule["reason"],
                "instead": rule.get("instead", []),
            }
            for rule in run["rules"]
        },
    }


def without_run(problem: str) -> Mapping[str, Any]:
    """A column that says why there is no run."""
    return {
        "run": None,
        "version": None,
        "identity": {},
        "status": EXIT_TROUBLE,
        "verdict": ERROR,
        "problems": [problem],
        "counts": None,
        "known_issues": 0,
        "rules": {},
    }
