# SPDX-License-Identifier: GPL-2.0
"""svacheck bench-power: how often a comparison is wrong, found out by trying.

Kernels that are alike but for their layout are compared (every difference is a false
alarm), and with one in which setting a PASID takes a known part longer (every answer but
"slower" is a miss). Boots of one trial are in no other.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from svacheck import provenance
from svacheck.bench import record, sensitivity
from svacheck.bench.compare import Answer, Comparison, Terms, compare, together
from svacheck.bench.counting import stepper
from svacheck.bench.counting.changes import Counted, changes
from svacheck.bench.finished import Finished
from svacheck.bench.session import Timed, order
from svacheck.bench.side import FLOORS, LANE, Side, Wanted, drop_kernels, make
from svacheck.errors import EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.kernels import load_kernels
from svacheck.progress import Progress
from svacheck.results import Run
from svacheck.slots import StoppableLog, over

PLANTED = (0.0, 1.0, 2.0, 3.0, 5.0, 10.0)  # percent that set and block takes longer
METRIC = "set_block.paging"  # by which the loop is measured
METRICS = "set_block."  # how those begin that take longer by it
SUITES = "svac_bench_domains"
SPIN = "floor.spin"
TURNS = 1024  # of the loop that SPIN measures
SPUN = "svac_bench.spin={}"  # one turn more than it takes longer
ALIKE = 3  # times as many comparisons of kernels in which nothing is planted


@dataclass(frozen=True)
class Options:
    """What svacheck bench-power was asked for.

    trials: comparisons with each planted slow-down, and three times as many with none;
    boots: of a side in a trial, each in a layout of its own; layouts: of which each trial
    draws its own; at_once: trials, where processors are no threads of one core.
    """

    kernel: str | None = None
    kdir: Path | None = None
    trials: int = 100
    boots: int = 16
    layouts: int = 64
    at_once: int = 1
    planted: tuple[float, ...] = PLANTED
    jobs: int = 0
    terms: Terms = Terms()


@dataclass
class CountedLevel:
    """What the instructions of a planted slow-down came to. ratios: of head's to base's."""

    trials: int = 0
    more: int = 0
    fewer: int = 0
    seconds: float = 0.0
    ratios: list[float] = field(default_factory=list)

    def told(self) -> tuple[float, float, float]:
        """How often a difference was told, and the interval of that."""
        return sensitivity.rate(self.more + self.fewer, self.trials)


@dataclass
class Level:
    """What came of the trials of one planted slow-down, for each implementation.

    ratios: as they were measured; p: of each by itself, 1 if head was not slower; counted: of
    the same, by the instructions of one boot of each side.
    """

    percent: float
    turns: int
    trials: int = 0
    slower: int = 0
    faster: int = 0
    seconds: float = 0.0
    ratios: list[float] = field(default_factory=list)
    p: list[float] = field(default_factory=list)
    counted: CountedLevel = field(default_factory=CountedLevel)

    def rate(self) -> tuple[float, float, float]:
        """How often a difference was told, and the interval of that."""
        return sensitivity.rate(self.slower + self.faster, self.trials)


def bench_power(options: Options, progress: Progress) -> Finished:
    """Make the trials and store the table. What was tried until an interrupt is stored too."""
    if options.layouts < 2 * options.boots:
        least = f"at least {2 * options.boots}, for {options.boots} boots of each side"
        raise Problem("a comparison has a layout for each boot", "--layouts", least)
    started = time.time()
    log = StoppableLog(progress.command)
    kernel = options.kernel or (None if options.kdir else next(iter(load_kernels())))
    run = Run(kernel or "tree", LANE, started, kind=f"{record.KIND}power-")
    place = run.path("kernels/x").parent
    status, problems, levels = EXIT_PASS, list[str](), list[Level]()
    version, uncounted = "", "it ended before that"
    try:
        wanted = Wanted("kernel", kernel, options.kdir)
        jobs = options.jobs or len(os.sched_getaffinity(0))
        side = make(wanted, options.layouts, jobs, place, log, progress)
        version = side.tree.version
        with progress.phase("trials"):
            turns, metrics = _calibrate(side, run, log)
            for percent in options.planted:
                levels.append(Level(percent, round(turns * percent / 100)))
                _try(levels[-1], side, metrics, options, run, log, progress)
            uncounted = _count_all(levels, side, metrics, options, run, log)
    except KeyboardInterrupt:
        status, problems = EXIT_INTERRUPTED, ["interrupted"]
    except Problem as problem:
        status, problems = EXIT_TROUBLE, [str(problem).replace(str(run.folder), str(run.final))]
    drop_kernels(place)
    made: dict[str, Any] = {
        "schema": record.SCHEMA,
        "id": run.id,
        "svacheck": provenance.describe_self(log),
        "host": provenance.describe_host(),
        "version": version,
        "seconds": round(time.time() - started, 3),
        "metric": f"{METRICS}*",
        "boots": options.boots,
        "layouts": options.layouts,
        "terms": {"margin": options.terms.margin, "alpha": options.terms.alpha},
        "problems": problems,
        "levels": [asdict(level) for level in levels],
        "uncounted": uncounted,
    }
    counted = _counted_table(levels, uncounted)
    text = "\n".join([*_table(levels, options), *counted, *problems, f"evidence  {run.final}/", ""])
    run.path(record.TEXT).write_text(text)
    if status == EXIT_PASS:
        sensitivity.keep(made)
    return Finished(made, run.keep(record.RECORD, made, log.commands), text, status)


def _calibrate(side: Side, run: Run, log: StoppableLog) -> tuple[float, int]:
    """Turns of the empty loop that take as long as setting and blocking a PASID, and how many
    metrics a trial compares."""
    timed = Timed(side, "calibration", (SPUN.format(1),))
    for suites in (FLOORS, SUITES) * 5:
        timed.boot(run.path("boots/x").parent, log, suites)
    values = timed.values()
    mine = [min(found) for key, found in values.items() if key.startswith(METRIC + "/")]
    turns = median(mine) / (min(values[SPIN]) / TURNS)
    return turns, sum(key.startswith(METRICS) for key in values)


def _try(
    level: Level,
    side: Side,
    metrics: int,
    options: Options,
    run: Run,
    log: StoppableLog,
    progress: Progress,
) -> None:
    """Make the trials of a level: each compares several metrics of every implementation, which
    share its boots, in layouts of which its two sides have none in common."""
    begin = time.monotonic()
    place = run.path(f"boots/{level.percent}/x").parent
    wanted = options.trials * (1 if level.percent else ALIKE)
    count = -(-wanted // metrics)

    def work(slot: int, trial: int) -> list[Comparison]:
        mine = StoppableLog(None, stop=log.stop)
        both = _pair(level, side, trial, options.boots)
        for who in order(options.boots):
            both[who].boot(place, mine, SUITES)
        log.commands += mine.commands
        base, head = (timed.values() for timed in both)
        return [together([compare(key, base[key], head[key], options.terms)])[0] for key in base]

    def take(answers: list[Comparison]) -> None:
        for one in answers:
            level.trials += 1
            level.slower += one.answer is Answer.SLOWER
            level.faster += one.answer is Answer.FASTER
            level.ratios.append(one.ratio)
            level.p.append(one.p if one.ratio > 1 else 1.0)
        level.seconds = time.monotonic() - begin
        progress.count(level.trials, wanted, f"comparisons at {level.percent:g} %")

    over(range(options.at_once), range(count), work, log.stop, take)


def _pair(level: Level, side: Side, trial: int, boots: int) -> list[Timed]:
    """Base and head of a trial, in layouts of their own."""
    drawn = random.Random(f"{level.percent}/{trial}").sample(side.layouts, 2 * boots)
    return [
        Timed(
            replace(side, layouts=tuple(drawn[nth::2])),
            f"{trial}.{name}",
            (f"svac_bench.only={METRICS}", SPUN.format(turns)),
        )
        for nth, (name, turns) in enumerate((("base", 1), ("head", 1 + level.turns)))
    ]


def _count_all(
    levels: Sequence[Level],
    side: Side,
    metrics: int,
    options: Options,
    run: Run,
    log: StoppableLog,
) -> str:
    """The trials of all levels by instructions; why there are none of them, or ""."""
    try:
        tracer = stepper.stepper(run.path("boots/x").parent, log)
        for level in levels:
            _count(level, side, metrics, options, tracer, run, log)
    except Problem as problem:
        return str(problem)  # what was timed stands
    return ""


def _count(
    level: Level,
    side: Side,
    metrics: int,
    options: Options,
    tracer: Path,
    run: Run,
    log: StoppableLog,
) -> None:
    """The trials of a level again, by the instructions of one boot of each side."""
    begin = time.monotonic()
    place = run.path(f"boots/{level.percent}/x").parent
    counted = level.counted
    for trial in range(-(-level.trials // metrics)):
        base, head = _pair(level, side, trial, 1)
        for one in (base, head):
            one.count(tracer, place, log, SUITES)
        for change in changes(base.counts(), head.counts(), options.terms.margin):
            counted.trials += 1
            counted.more += change.answer is Counted.MORE
            counted.fewer += change.answer is Counted.FEWER
            counted.ratios.append(change.ratio)
    counted.seconds = time.monotonic() - begin


def _table(levels: Sequence[Level], options: Options) -> Iterator[str]:
    yield f"{METRICS}*, {options.boots} boots of each side, each in a layout of its own, margin"
    yield f"{options.terms.margin:.2%}, chance of a false alarm {options.terms.alpha:.1%}"
    yield ""
    yield f"{'planted':>8}  measured  trials  slower  faster  told  95 % interval"
    for level in levels:
        if level.trials:
            rate, low, high = level.rate()
            yield (
                f"{level.percent:>6} %  {median(level.ratios) - 1:>6.1%}"
                f"  {level.trials:>8}  {level.slower:>6}  {level.faster:>6}"
                f"  {rate:4.0%}  {low:.1%} to {high:.1%}"
            )


def _counted_table(levels: Sequence[Level], uncounted: str) -> Iterator[str]:
    yield ""
    if uncounted:
        yield f"instructions were not counted: {uncounted}"
        return
    yield "the same by instructions, one boot of each side"
    yield ""
    yield f"{'planted':>8}  measured  trials    more   fewer  told  95 % interval"
    for level in levels:
        if level.counted.trials:
            rate, low, high = level.counted.told()
            yield (
                f"{level.percent:>6} %  {median(level.counted.ratios) - 1:>6.1%}"
                f"  {level.counted.trials:>8}  {level.counted.more:>6}  {level.counted.fewer:>6}"
                f"  {rate:4.0%}  {low:.1%} to {high:.1%}"
            )
