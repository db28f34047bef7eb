# SPDX-License-Identifier: GPL-2.0
"""svacheck bench: time the calls of a kernel, or of two kernels in turns."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck import provenance
from svacheck.bench import record, table
from svacheck.bench.compare import Answer, Comparison, Terms
from svacheck.bench.counting.changes import changes, said
from svacheck.bench.finished import Finished
from svacheck.bench.plots import command as plots
from svacheck.bench.session import Outcome, Timed, answer, count_all, duel, enough, measure
from svacheck.bench.side import LANE, Wanted, drop_kernels, make
from svacheck.errors import EXIT_FAIL, EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.kernels import load_kernels
from svacheck.progress import Progress
from svacheck.results import Run
from svacheck.slots import StoppableLog

ALONE, EACH = 8, 16  # boots of a kernel by itself, and of each of two at most
BASE, HEAD = "base", "head"


@dataclass(frozen=True)
class Options:
    """What svacheck bench was asked for.

    base, head: kernels or trees to compare, or neither; boots: 0 for the usual number.
    """

    kernel: str | None = None
    kdir: Path | None = None
    base: str = ""
    head: str = ""
    boots: int = 0
    jobs: int = 0
    terms: Terms = Terms()


def bench(options: Options, progress: Progress) -> Finished:
    """Build, boot in turns, compare and store. What was measured until an interrupt or a
    failing boot is stored too. Problem: a side that does not exist or cannot be built."""
    return session(_wanted(options), options, progress)


def session(wanted: Sequence[Wanted], options: Options, progress: Progress) -> Finished:
    """As bench(), of these sides, whichever options name."""
    started = time.time()
    log = StoppableLog(progress.command)
    run = Run("_".join(one.name for one in wanted), LANE, started, kind=record.KIND)
    place = run.path("kernels/x").parent
    timed: list[Timed] = []
    status, problems = EXIT_PASS, list[str]()
    outcome, uncounted = Outcome([], [], options.terms), "it ended before that"
    try:
        jobs = options.jobs or len(os.sched_getaffinity(0))
        boots = options.boots or (ALONE if len(wanted) == 1 else EACH)
        for nth, one in enumerate(wanted):
            side = make(one, boots, jobs, place, log, progress, nth * boots)
            timed.append(Timed(side, one.name))
        with progress.phase("boot"):
            uncounted = count_all(timed, run.path(f"{record.BOOTS}/x").parent, log, progress)
            outcome = _boot(timed, boots, options.terms, run, log, progress)
    except KeyboardInterrupt:
        status, problems = EXIT_INTERRUPTED, ["interrupted"]
    except Problem as problem:
        status, problems = EXIT_TROUBLE, [str(problem).replace(str(run.folder), str(run.final))]
    if len(timed) == 2 and timed[1].boots and not outcome.answers:
        answers = answer(timed[0].values(), timed[1].values(), options.terms)
        outcome = Outcome(answers, [], options.terms)
    if status == EXIT_PASS and any(one.answer is Answer.SLOWER for one in outcome.answers):
        status = EXIT_FAIL
    drop_kernels(place)
    made = _record(run.id, started, timed, outcome, problems, options, log)
    made["instructions"] = _instructions(timed, uncounted, options.terms.margin)
    made["plots"] = plots.names(made)
    run.path(record.SAMPLES).write_text(record.samples(made["sides"]))
    text = "\n".join([*_text(made, outcome.answers), f"evidence  {run.final}/", ""])
    run.path(record.TEXT).write_text(text)
    folder = record.keep(run, made, log.commands)
    plots.draw(made, folder)
    return Finished(made, folder, text, status)


def _boot(
    timed: Sequence[Timed],
    boots: int,
    terms: Terms,
    run: Run,
    log: StoppableLog,
    progress: Progress,
) -> Outcome:
    place = run.path(f"{record.BOOTS}/x").parent
    if len(timed) == 1:
        measure(timed[0], boots, place, log, progress)
        return Outcome([], [], terms)
    return duel((timed[0], timed[1]), boots, terms, place, log, progress)


def _wanted(options: Options) -> list[Wanted]:
    if bool(options.base) != bool(options.head):
        missing = "HEAD" if options.base else "BASE"
        raise Problem("one kernel alone cannot be compared", missing, "give both, or neither")
    if options.base and (options.kernel or options.kdir):
        raise Problem("two kernels are compared, and no third is timed", "--kernel", "leave it out")
    if not options.base:
        kernel = options.kernel or (None if options.kdir else next(iter(load_kernels())))
        return [Wanted("kernel", kernel, options.kdir)]
    return [_side(BASE, options.base), _side(HEAD, options.head)]


def _side(name: str, word: str) -> Wanted:
    if word in load_kernels():
        return Wanted(name, word)
    folder = Path(word).expanduser().absolute()
    if not folder.is_dir():
        raise Problem(
            f"{word!r} is no kernel and no folder",
            name.upper(),
            f"kernels are {', '.join(load_kernels())}",
        )
    return Wanted(name, kdir=folder)


def _record(
    name: str,
    started: float,
    timed: Sequence[Timed],
    outcome: Outcome,
    problems: Sequence[str],
    options: Options,
    log: StoppableLog,
) -> dict[str, Any]:
    return {
        "schema": record.SCHEMA,
        "id": name,
        "svacheck": provenance.describe_self(log),
        "host": record.host(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "terms": {"margin": options.terms.margin, "alpha": options.terms.alpha},
        "looks": outcome.looks,
        "share": outcome.share.alpha,
        "problems": list(problems),
        "comparisons": [record.comparison(one) for one in outcome.answers],
        "sides": [record.side(one) for one in timed],
    }


def _instructions(timed: Sequence[Timed], problem: str, margin: float) -> dict[str, Any]:
    """What became of the instructions of calls, if there are two sides."""
    if problem or len(timed) < 2:
        return {"problem": problem, "changes": [], "said": problem and f"not counted: {problem}"}
    found = changes(timed[0].counts(), timed[1].counts(), margin)
    told = said(found, margin)
    return {"problem": "", "changes": [record.change(one) for one in found], "said": told}


def few_boots(made: Mapping[str, Any]) -> Iterator[str]:
    """A line if no difference of any metric could have been told by so few boots."""
    if made["comparisons"] and not made["looks"] and not made["problems"]:
        boots, metrics = len(made["sides"][0]["boots"]), len(made["comparisons"])
        least = enough(metrics, made["terms"]["alpha"])
        yield f"{boots} boots can tell no difference of {metrics} metrics: it takes {least}"


def _text(made: dict[str, Any], answers: Sequence[Comparison]) -> Iterator[str]:
    sides = made["sides"]
    if len(sides) == 1:
        yield from table.figures(sides[0])
        yield from table.rivals(sides[0])
    elif sides:
        names = [f"{one['tree']['name']} ({one['tree']['version']})" for one in sides]
        yield from table.comparisons(answers, BASE, HEAD)
        yield ""
        yield f"base {names[0]}, head {names[1]}"
        told = ", ".join(
            f"{sum(one.answer is kind for one in answers)} {kind.value}" for kind in Answer
        )
        yield f"{len(answers)} metrics: {told}"
        yield from few_boots(made)
    if made["instructions"]["said"]:
        yield made["instructions"]["said"]
    boots = " and ".join(str(len(one["boots"])) for one in sides)
    yield f"{boots} boots, load {made['host']['load']}, {made['seconds']:.0f} s"
    for problem in made["problems"]:
        yield f"ERROR  {problem}"
