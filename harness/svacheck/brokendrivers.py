# SPDX-License-Identifier: GPL-2.0
"""`svacheck broken-drivers`: is each driver that breaks one rule caught by that rule alone?

One kernel is built and booted once for each driver of configs/broken-drivers.toml, which
its command line chooses, with the suites that call a driver. The verdict is the usual one.
"""

from __future__ import annotations

import json
import os
import time
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from svacheck import boot as booting
from svacheck import build as building
from svacheck import crosscheck, knownreports, overlay, provenance, rulebook, selection, slots
from svacheck import trees, verdict
from svacheck.cachedirs import Cache
from svacheck.check import read_outcome
from svacheck.errors import EXIT_FAIL, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.judged import BROKEN, ERROR, FAIL, PASS, Verdict, number, some
from svacheck.kernels import load_lane
from svacheck.model import Boot, Build
from svacheck.places import BROKEN_DRIVERS
from svacheck.progress import Progress
from svacheck.report import Line, plain, visible, write
from svacheck.results import Run
from svacheck.rulebook import Rulebook
from svacheck.slots import StoppableLog

NORMAL = "normal"  # the driver that breaks nothing: the control
PARAMETER = "svacheck.driver"
# The suites binding, domain, driver, pasid and singleton: they ask the driver call by call. The
# others generate their calls by the thousand, or run out of memory on purpose: what one case
# leaves behind with a broken driver then breaks another.
GLOB = selection.SHARED + "[bdps][aior]*"
KIND = "broken-drivers-"


@dataclass(frozen=True)
class Driver:
    """flaw: what its vendor did wrong, in a sentence; rules: those it breaks in suites, none if
    these cannot tell; programs: some of those that programs find broken."""

    name: str
    flaw: str
    rules: tuple[str, ...]
    programs: tuple[str, ...] = ()


@dataclass
class Row:
    """A driver and what the suites made of it.

    broken: for each broken rule the ids of the cases that say so; problems: why its boot
    cannot be trusted, or its own are; cases: how many came to what.
    """

    name: str
    flaw: str
    rules: list[str]
    caught: bool
    broken: dict[str, list[str]]
    problems: list[str]
    cases: dict[str, int]
    console: str


@dataclass(frozen=True)
class Options:
    """What svacheck broken-drivers was asked for. only: names of drivers, or all."""

    kernel: str | None = None
    kdir: Path | None = None
    jobs: int = 0  # 0: as many as there are processors
    only: tuple[str, ...] = ()


@dataclass
class Matrix:
    """All rows, the control first, and where they are stored (None: nowhere)."""

    record: dict[str, Any]
    rows: list[Row]
    folder: Path | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """0 if each driver was caught by exactly its rules, 1 if not, 2 if nobody knows."""
        if self.problems:
            return EXIT_TROUBLE
        return EXIT_PASS if all(row.caught for row in self.rows) else EXIT_FAIL


def load(book: Rulebook, file: Path = BROKEN_DRIVERS) -> list[Driver]:
    """The drivers of the file, in its order; Problem names the one at fault."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"cannot read the drivers: {error}", str(file)) from error
    tables = content.pop("driver", None)
    if content or not isinstance(tables, dict) or not tables:
        raise Problem("must hold [driver.NAME] tables and nothing else", str(file))
    return [_driver(name, table, book, file) for name, table in tables.items()]


def _driver(name: str, table: object, book: Rulebook, file: Path) -> Driver:
    where = f"{file}, driver {name}"
    if not isinstance(table, dict) or set(table) - {"why", "programs"} != {"flaw", "rules"}:
        raise Problem("a driver has a flaw and rules, and a reason why if they are several", where)
    flaw, rules, programs = table["flaw"], table["rules"], table.get("programs", [])
    if not isinstance(flaw, str) or not flaw.strip():
        raise Problem("'flaw' must be a sentence", where)
    for name_of, those in (("rules", rules), ("programs", programs)):
        if not isinstance(those, list) or not all(rule in book.rules for rule in those):
            raise Problem(f"'{name_of}' must name rules of the rulebook", where)
    if not rules and not programs:
        raise Problem("'rules' must name rules of the rulebook", where)
    if (len(rules) > 1) != ("why" in table):
        raise Problem("several rules need a reason 'why', one rule needs none", where)
    return Driver(name, flaw, tuple(rules), tuple(programs))


def broken_drivers(options: Options, progress: Progress) -> Matrix:
    """Boot every driver, judge each, and store the matrix.

    Raises Problem if there is no kernel to boot, KeyboardInterrupt if it is interrupted.
    """
    started = time.time()
    lane = load_lane("uml")
    whole = rulebook.load()
    drivers = _chosen([one for one in load(whole) if one.rules], options.only)
    log = StoppableLog(progress.command)
    cache = Cache.default()
    tree = trees.resolve(options.kernel, options.kdir, cache, log, progress)
    everything = rulebook.citations()
    book, cited = rulebook.of_lane(whole, everything, lane.name, tree.shape, programs=False)
    known = knownreports.load(tree.version)
    host, myself = provenance.describe_host(), provenance.describe_self(log)
    run = Run(tree.version, lane.name, started, kind=KIND)
    workers = options.jobs or len(os.sched_getaffinity(0))
    source = trees.working_copy(tree, cache, progress)
    overlay.lay(source, tree, log)
    build = building.build(source, tree, lane, workers, log, progress, run.path("logs/x").parent)
    with progress.phase("boot"):
        listed = selection.ours(booting.list_cases(build, log, run.path("logs/list.console")))
        planned = selection.matched(listed, GLOB)
        made: list[Boot] = []

        def take(one: Boot) -> None:
            made.append(one)
            progress.count(len(made), len(drivers), "drivers")

        work = partial(_boot, run, log)
        slots.each(build, drivers, work, workers, log.stop, take, progress.tick)
    answers = run.path("logs/kunit-parse.json")
    counts = crosscheck.kunit_counts(build.src, [one.console for one in made], log, answers)
    rows = []
    for driver, one, theirs in zip(drivers, made, counts):
        outcome = read_outcome(one, planned, theirs, known)
        judged = verdict.judge(planned, [outcome], book, cited.cases, implementations=1)
        rows.append(row(driver, judged, str(one.console.relative_to(run.folder))))
    matrix = Matrix({}, rows, problems=verdict.absent(listed, cited.cases))
    matrix.record = {
        "schema": 1,
        "id": run.id,
        "svacheck": myself,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "tree": {"name": tree.name, "version": tree.version, "identity": tree.identity},
        "lane": lane.name,
        "host": host,
        "phases": {name: round(seconds, 3) for name, seconds in progress.phases.items()},
        "verdict": {EXIT_PASS: PASS, EXIT_FAIL: FAIL, EXIT_TROUBLE: ERROR}[matrix.status],
        "problems": matrix.problems,
        "drivers": [asdict(row) for row in rows],
    }
    run.path("matrix.txt").write_text(render(matrix), encoding="utf-8")
    matrix.folder = run.keep("matrix.json", matrix.record, log.commands)
    return matrix


def _chosen(drivers: Sequence[Driver], only: Sequence[str]) -> list[Driver]:
    """The control and the drivers of that name, or all."""
    for name in only:
        if name not in [driver.name for driver in drivers]:
            names = ", ".join(driver.name for driver in drivers)
            raise Problem(f"no driver {name!r}", "--only", f"drivers are {names}")
    control = Driver(NORMAL, "Nothing: this is the control.", ())
    return [control] + [driver for driver in drivers if not only or driver.name in only]


def _boot(run: Run, log: StoppableLog, build: Build, driver: Driver) -> Boot:
    argument = f"{PARAMETER}={driver.name}"
    lane = replace(build.lane, kernel_args=(*build.lane.kernel_args, argument))
    out = run.path(f"boots/{driver.name}.console")
    made = booting.boot_alone(replace(build, lane=lane), GLOB, log, out)
    if made.interrupted:
        raise KeyboardInterrupt
    return replace(made, name=driver.name)


def row(driver: Driver, judged: Verdict, console: str = "") -> Row:
    """What the verdict says of a driver. It is caught if the rules that are broken are
    those it breaks, all of them and no other, and its boot came to a good end."""
    broken = {
        rule.id: [
            case.id
            for case in judged.cases
            if rule.id in case.judges and case.outcome_for(rule.id) == FAIL
        ]
        for rule in judged.rules
        if rule.verdict == BROKEN
    }
    problems = list(judged.problems)
    dead = [case.id for case in judged.cases if case.status == ERROR]
    if dead:
        problems.append(f"{number(len(dead), 'case')} ended in error: {some(dead)}")
    caught = not problems and set(broken) == set(driver.rules)
    if not driver.rules:
        caught = caught and judged.verdict == PASS
    counts = judged.counts()
    return Row(
        driver.name, driver.flaw, list(driver.rules), caught, broken, problems, counts, console
    )


# ---- what a person sees ----

HIT, MISS, STRAY, NONE = "X", "-", "!", "."
_STYLE = {HIT: "green", MISS: "bold red", STRAY: "bold red", NONE: "dim"}


def render(matrix: Matrix) -> str:
    """The matrix as plain text."""
    return plain(_lines(matrix))


def show(matrix: Matrix, stream: TextIO, colour: bool) -> None:
    """Write the matrix to stream, in colour or plain."""
    write(_lines(matrix), stream, colour)


def _lines(matrix: Matrix) -> list[Line]:
    """One row for each driver, one column for each rule that any breaks or should break."""
    rules = columns(matrix.rows)
    width = max([len(row.name) for row in matrix.rows], default=0)
    wide = max([len(rule.split("-")[0]) for rule in rules], default=0)
    lines: list[Line] = []
    for part in (0, 1):
        cells = [rule.split("-")[part].rjust(wide) for rule in rules]
        lines.append([("bold", " " * width + "  " + " ".join(cells))])
    for row in matrix.rows:
        line: Line = [("", row.name.ljust(width) + "  ")]
        for rule in rules:
            sign = mark(row, rule)
            line.append((_STYLE[sign], sign.rjust(wide) + " "))
        word, style = ("caught", "green") if row.caught else ("NOT CAUGHT", "bold red")
        if not row.rules:
            word = "passes" if row.caught else "DOES NOT PASS"
        lines.append([*line, (style, word)])
    lines.append([])
    for row in matrix.rows:
        lines += [] if row.caught else _why(row)
    lines += [[("bold red", visible(problem))] for problem in matrix.problems]
    lines.append([("bold", _summary(matrix))])
    if matrix.folder:
        lines.append([("", f"evidence  {matrix.folder}/")])
    return lines


def columns(rows: Sequence[Row]) -> list[str]:
    """The rules that any driver breaks or should break, those about drivers first."""
    named = {rule for row in rows for rule in (*row.rules, *row.broken)}
    return sorted(named, key=lambda rule: (not rule.startswith("DRV-"), rule))


def mark(row: Row, rule: str) -> str:
    """What became of a rule with a driver: HIT, MISS, STRAY or NONE."""
    if rule in row.broken:
        return HIT if rule in row.rules else STRAY
    return MISS if rule in row.rules else NONE


def _why(row: Row) -> list[Line]:
    said = [f"{row.name}: {row.flaw}"]
    said += [f"  not broken, although the driver breaks it: {r}" for r in _sorted_out(row, MISS)]
    said += [
        f"  broken, although the driver keeps it: {rule}, by {some(row.broken[rule], 3)}"
        for rule in _sorted_out(row, STRAY)
    ]
    said += [f"  {problem}" for problem in row.problems]
    return [[("", visible(text))] for text in said]


def _sorted_out(row: Row, sign: str) -> list[str]:
    return [rule for rule in dict.fromkeys([*row.rules, *row.broken]) if mark(row, rule) == sign]


def _summary(matrix: Matrix) -> str:
    broken = [row for row in matrix.rows if row.rules]
    caught = sum(row.caught for row in broken)
    control = all(row.caught for row in matrix.rows if not row.rules)
    return (
        f"{number(len(broken), 'broken driver')}: {caught} caught by exactly the rule they break,"
        f" {len(broken) - caught} not; the normal driver"
        f" {'passes' if control else 'DOES NOT PASS'}"
    )


def print_json(matrix: Matrix, stream: TextIO) -> None:
    """matrix.json, for selftest and other programs."""
    stream.write(json.dumps(matrix.record, indent=1) + "\n")
