# SPDX-License-Identifier: GPL-2.0
"""One kernel tree to one verdict: the modules in their order, and the record of it."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from svacheck import build as building
from svacheck import (
    console,
    crosscheck,
    device,
    knownreports,
    ktap,
    overlay,
    programs,
    provenance,
    qemu,
    running,
)
from svacheck import judging, report, rulebook, selection, slots, stock, trees, workload
from svacheck.cachedirs import Cache, hold
from svacheck.carrier import Carrier
from svacheck.citations import Citations
from svacheck.continuation import Continuation
from svacheck.errors import EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.gate import known as knownissues
from svacheck.judged import HALTED, JudgedCase, Outcome, Verdict
from svacheck.kernels import SUITES, find_kernel, load_lane
from svacheck.ktap import Counts
from svacheck.model import Boot, Build, Lane, Machine, Tree
from svacheck.parse import explain
from svacheck.progress import Progress
from svacheck.results import SCHEMA, Run
from svacheck.slots import StoppableLog

_Made = tuple[Boot, Sequence[str]]  # a boot, and the cases it had to run

STOPPED = (HALTED, "power-off")  # endings of a kernel that was told to stop
TAIL = 20  # lines kept in run.json of a console that did not end well


@dataclass(frozen=True)
class Options:
    """What svacheck check was asked for."""

    kernel: str | None = None
    kdir: Path | None = None
    suite: str = ""
    jobs: int = 0  # 0: as many as there are processors
    implementations: tuple[Path, ...] = ()
    lane: str = "uml"
    rounds: int = 1
    strict: bool = False
    allow_known: bool = False  # what fails for known issues alone does not fail the run
    alone: bool = False  # each case has a boot for itself
    kernel_args: tuple[str, ...] = ()  # for the kernel's command line, besides the lane's
    stress: int = 0  # seconds that the program of that name goes on; 0: its steps
    boot_timeout: int = 0  # seconds for one boot; 0: the lane's
    boot_environment: tuple[tuple[str, str], ...] = ()  # what the booted kernel finds in its own
    carrier: Carrier | None = None  # who boots it, if not this machine

    @property
    def added_args(self) -> tuple[str, ...]:
        """All that the kernel's command line has besides the lane's; the last of a name counts."""
        return (*((f"STRESS_SECONDS={self.stress}",) if self.stress else ()), *self.kernel_args)


@dataclass(frozen=True)
class Finished:
    """A run that is over: its record, where it is stored (None: nowhere), exit status,
    and why it could not be stored as asked."""

    run: dict[str, Any]
    folder: Path | None
    status: int
    trouble: Problem | None = None


def check(options: Options, progress: Progress) -> Finished:
    """Take the tree to a verdict and store it.

    Raises Problem when there is nothing to store yet: bad usage, a tree that cannot be
    had, a broken rulebook. From the working copy on, whatever happens is part of the run.
    """
    started = time.time()
    lane = _lane(options)
    whole, everything = rulebook.load(), rulebook.citations()
    _, cited = rulebook.of_lane(whole, everything, lane.name)
    wanted = _select(everything, cited, options)  # a wrong glob is told before the build
    log = StoppableLog(progress.command)
    cache = Cache.default()
    tree = trees.resolve(options.kernel, options.kdir, cache, log, progress)
    book, cited = rulebook.of_lane(whole, everything, lane.name, tree.shape)
    known, issues = knownreports.load(tree.version), knownissues.load(tree.version, lane.name)
    session = _Session(
        options,
        progress,
        started,
        whole,
        book,
        cited,
        wanted,
        lane,
        log,
        tree,
        cache,
        known,
        issues,
    )
    try:
        early = session.measure()
    except Exception as error:
        session.problems.append(f"a defect of svacheck: {type(error).__name__}: {error}")
        session.finish(EXIT_TROUBLE)
        raise
    return session.finish(early)


@dataclass
class _Session:
    """One run from the working copy on; measure() fills it, finish() judges and stores."""

    options: Options
    progress: Progress
    started: float
    whole: rulebook.Rulebook
    book: rulebook.Rulebook  # what of it this lane can tell about
    cited: Citations
    wanted: set[str]  # cases that were asked for
    lane: Lane
    log: StoppableLog
    tree: Tree
    cache: Cache
    known: Sequence[knownreports.KnownReport]
    issues: Sequence[knownissues.Issue]
    build: Build | None = None
    lockdep: bool = False  # the kernel has it
    overlay_sha256: str = ""
    selected: list[str] = field(default_factory=list)
    rounds: list[list[Outcome]] = field(default_factory=list)
    made: list[judging.Made] = field(default_factory=list)  # each boot of rounds
    problems: list[str] = field(default_factory=list)
    planned_boots: int = 0
    cut_short: bool = False  # the last round is not whole
    cases: workload.Workload = field(init=False)  # known once there is a kernel

    def __post_init__(self) -> None:
        self.host = provenance.describe_host()
        self.svacheck = provenance.describe_self(self.log)
        self.run = Run(self.tree.version, self.lane.name, self.started)

    def measure(self) -> int | None:
        """Build and boot; the exit status if that came to an early end, else None."""
        try:
            self._measure()
        except KeyboardInterrupt:
            self.problems.append("interrupted")
            return EXIT_INTERRUPTED
        except Problem as problem:
            self.problems.append(str(problem))
            return EXIT_TROUBLE
        except OSError as error:
            self.problems.append(_trouble(error))
            return EXIT_TROUBLE
        return None

    def _measure(self) -> None:
        if self.lane.stock:
            self._measure_stock()
            return
        source = trees.working_copy(self.tree, self.cache, self.progress)
        laid = overlay.lay(source, self.tree, self.log, self.options.implementations)
        self.overlay_sha256 = laid.sha256
        logs = self.run.path("logs/x").parent
        self.build = building.build(
            source, self.tree, self.lane, self._workers(), self.log, self.progress, logs
        )
        config = self.run.path("config")
        shutil.copyfile(self.build.directory / ".config", config)
        self.lockdep = "CONFIG_LOCKDEP=y" in config.read_text().splitlines()
        if self.lane.machines:
            machines = qemu.provide(self.lane, self.cache, self.log, self.progress)
            first = machines[self.lane.machines[0]]
            self.build = replace(self.build, machine=first, machines=machines)
        elif self.lane.emulated:
            self.build = replace(self.build, machine=self._machine(self.build))
        parts: list[workload.Suites | workload.Programs] = []
        programs_wanted = self.lane.programs and bool(self.wanted & set(self.cited.programs))
        if programs_wanted:
            made = programs.build(self.build, self._workers(), self.log, self.progress, logs)
        with self.progress.phase("boot"):
            if self.lane.suites and self.wanted - set(self.cited.programs):
                out = self.run.path("logs/list.console")
                parts.append(workload.Suites(self.build, self.cited, self.log, out))
            if programs_wanted:
                out = self.run.path("logs/programs.console")
                asked = programs.implementations(self.build, made, self.log, out)
                parts.append(workload.Programs(made, self.cited, self.log, asked))
            self.cases = workload.together(parts)
            self.build = replace(self.build, carrier=self.options.carrier)
            self._boot(self.build, self.cases)

    def _measure_stock(self) -> None:
        """The module in a stock kernel; its source tree is read by kunit.py's reader alone."""
        source = find_kernel(self.tree.name)
        kernel = stock.stock(source, self.cache, self.log, self.progress)
        self.tree = replace(
            self.tree,
            version=kernel.version.split("-")[0],
            identity={**self.tree.identity, "stock": f"{kernel.release} {kernel.version}"},
        )
        folder = self.cache.work(f"device-{kernel.release}") / "build"
        hold(folder.parent, self.progress.note)
        logs = self.run.path("logs/x").parent
        self.build, self.overlay_sha256 = device.build(
            kernel, self.tree, self.lane, folder, self.log, self.progress, logs
        )
        shutil.copyfile(kernel.config, self.run.path("config"))
        self.cases = device.Devices(self.build, self.cited, self.log)
        with self.progress.phase("boot"):
            self._boot(self.build, self.cases)

    def _machine(self, build: Build) -> Machine:
        if self.options.carrier:
            return self.options.carrier.machine
        with self.progress.phase("probe"):
            out = self.run.path("logs/kvm.console")
            machine = qemu.choose_machine(build, self.log, out)
        self.progress.note(f"machine: {machine.program}, {machine.accelerator}: {machine.why}")
        return machine

    def _boot(self, build: Build, cases: workload.Workload) -> None:
        self.problems += cases.problems
        self.selected = cases.select(self.options.suite)
        plan = cases.plan(self.selected, self.options.alone)
        self.planned_boots = len(plan) * self.options.rounds
        further = Continuation(cases.listed, build.lane.boot_timeout)
        for number in range(1, self.options.rounds + 1):
            self.rounds.append([])
            suffix = f".{number}" if number > 1 else ""
            jobs = [replace(planned, name=planned.name + suffix) for planned in plan]
            while jobs:
                self._make(build, jobs, further)
                jobs = further.plan(self.rounds[-1])
                jobs = [one for one in jobs if cases.resumes(one.cases)]
                self.planned_boots += len(jobs)
            left = further.given_up(self.rounds[-1])
            if left:
                self.problems.append(f"boots are given up: {left}")
                self.cut_short = True
                break

    def _make(
        self, build: Build, jobs: Sequence[selection.BootPlan], further: Continuation
    ) -> None:
        """Make these boots and read them; KeyboardInterrupt only when that is done."""
        made: list[_Made] = []
        take = partial(self._take, made)
        work = partial(self._one, further)
        try:
            slots.each(build, jobs, work, self._workers(), self.log.stop, take, self.progress.tick)
        finally:
            self._read_all(build, made)
        if any(outcome.boot.interrupted for outcome in self.rounds[-1]):
            raise KeyboardInterrupt

    def _take(self, made: list[_Made], one: _Made | None) -> None:
        made += [one] if one else []
        done = sum(map(len, self.rounds)) + len(made)
        self.progress.count(done, self.planned_boots, "boots")

    def _workers(self) -> int:
        return self.options.jobs or len(os.sched_getaffinity(0))

    def _one(
        self, further: Continuation, build: Build, planned: selection.BootPlan
    ) -> _Made | None:
        if planned.why and further.exhausted():
            return None
        out = self.run.path(f"boots/{planned.name}.console")
        by_itself = self.options.alone or bool(planned.why)
        made = self.cases.boot(build, planned, by_itself, out)
        made = replace(
            made, name=planned.name, why=planned.why, implementation=planned.implementation
        )
        if planned.why:
            further.count(made)
        return made, planned.cases

    def _read_all(self, build: Build, made: Sequence[_Made]) -> None:
        """Read the consoles of these boots; kunit.py's reader is asked once for all of them."""
        theirs: list[Counts | Problem | None] = [None] * len(made)
        read = len(self.rounds[-1])
        answers = self.run.path(f"logs/kunit-parse.{len(self.rounds)}.{read}.json")
        try:
            consoles = [one.console for one, _ in made]
            theirs[:] = crosscheck.kunit_counts(build.src, consoles, self.log, answers)
        except Problem as problem:
            theirs = [problem] * len(made)
        except KeyboardInterrupt:
            for one, _ in made:
                one.interrupted = True  # what the boot itself gave is kept
        for (one, planned), counts in zip(made, theirs):
            reader = self.cases.reader(planned)
            outcome = read_outcome(one, planned, counts, self.known, self.lockdep, reader)
            self.rounds[-1].append(outcome)
            self.made.append(judging.Made(len(self.rounds), one, planned, counts))

    # ---- verdict and record ----

    def finish(self, status: int | None) -> Finished:
        """Judge, record and store; status: that of an early end, None to let the verdict say."""
        handlers = _ignore_signals()  # what was measured is stored before anything else
        try:
            terms = self._terms(status is not None)
            judged = judging.judge(terms, self.rounds)
            record = self._record(judged)
            if status is None:
                status = judged.exit_status
                if self.options.allow_known and report.all_known(record):
                    status = EXIT_PASS
            beside = {judging.FILE: judging.record(terms, self.made, self.run.folder)}
            try:
                return Finished(record, self.run.commit(record, self.log.commands, beside), status)
            except Problem as problem:
                return Finished(record, self.run.folder, max(status, EXIT_TROUBLE), problem)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _terms(self, early: bool) -> judging.Terms:
        whole = len(self.rounds)
        if (early or self.cut_short) and whole > 1:
            whole -= 1  # the round that was cut short has nothing to compare
        return judging.Terms(
            rulebook=self.whole,
            lane_rules=list(self.book.rules),
            cited=self.cited,
            selected=self.selected,
            known=self.known,
            lockdep=self.lockdep,
            strict=self.options.strict,
            implementations=1 + len(self.options.implementations),
            rounds=whole,
            problems=[self._lasting(problem) for problem in self.problems],
        )

    def _record(self, judged: Verdict) -> dict[str, Any]:
        build = self.build and {
            "compiler": self.build.compiler,
            "config_sha256": self.build.config_sha256,
            "overlay_sha256": self.overlay_sha256,
            "objects": self.build.objects,
        }
        outcomes = [outcome for outcomes in self.rounds for outcome in outcomes]
        whole = self.lane.suites and self.lane.folder == SUITES
        rulebook_size = {} if whole else {"rulebook": len(self.whole.rules)}
        files = {"commands": "commands.sh", "logs": "logs", "judging": judging.FILE}
        if self.build:
            files["config"] = "config"
        record: dict[str, Any] = {
            "schema": SCHEMA,
            "id": self.run.id,
            "svacheck": self.svacheck,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started)),
            "seconds": round(max(0.0, time.time() - self.started), 3),
            "tree": {
                "name": self.tree.name,
                "kind": self.tree.kind,
                "version": self.tree.version,
                "identity": self.tree.identity,
            },
            "lane": self.lane.name,
            **rulebook_size,
            "implementations": judged.implementations,
            "plugged_in": [str(folder) for folder in self.options.implementations],
            "select": self.options.suite,
            "strict": self.options.strict,
            "rounds": len(self.rounds),
            "alone": self.options.alone,
            "lockdep": self.lockdep,
            "kernel_args": list(self.options.added_args),
            "build": build,
            "host": self.host,
            "machine": self._record_machine(),
            "phases": {name: round(s, 3) for name, s in self.progress.phases.items()},
            "cpu": {name: round(s, 3) for name, s in self.progress.cpu.items()},
            "verdict": judged.verdict,
            "problems": judged.problems,
            "counts": judged.counts(),
            "rules": [asdict(rule) for rule in judged.rules],
            "cases": [
                {
                    "id": case.id,
                    **asdict(case),
                    "alone": alone(self.tree, self.options, case.key),
                    "replay": self._again(case),
                }
                for case in judged.cases
            ],
            "boots": [self._record_boot(outcome) for outcome in outcomes],
            "commands": [
                {
                    "shell": self._lasting(command.shell()),
                    "status": command.status,
                    "seconds": round(command.seconds, 3),
                }
                for command in self.log.commands
            ],
            "files": files,
        }
        return {**record, "known_issues": knownissues.failing(record, self.issues, date.today())}

    def _record_machine(self) -> dict[str, Any] | None:
        if not self.build or not self.build.machine:
            return None
        others = {
            wanted.cases: machine.version
            for wanted, machine in self.build.machines.items()
            if wanted.cases
        }
        return {**asdict(self.build.machine), **({"others": others} if others else {})}

    def _again(self, case: JudgedCase) -> str:
        """The command that does again what failed, "" if the case does not say how."""
        if case.key in self.cited.programs and case.reproducer:  # the program's environment
            args = (*self.options.kernel_args, *case.reproducer.split())
            return alone(self.tree, replace(self.options, kernel_args=args), case.key)
        return again(self.tree, self.options, case.reproducer)

    def _record_boot(self, outcome: Outcome) -> dict[str, Any]:
        made = outcome.boot
        ending = outcome.ending.kind
        return {
            "name": made.name,
            "glob": made.glob,
            "why": made.why,
            "console": str(made.console.relative_to(self.run.folder)),
            "ktap": str(made.console.with_suffix(".ktap").relative_to(self.run.folder)),
            "seconds": round(made.seconds, 3),
            "ending": ending,
            "warnings": len(outcome.reports),
            "known": [
                {
                    "kind": report.kind,
                    "line": report.line,
                    "text": report.text,
                    "functions": list(pin.functions),
                    "reason": pin.reason,
                }
                for report, pin in outcome.pinned
            ],
            "lockdep_off": outcome.lockdep_off
            and {
                "line": outcome.lockdep_off.line,
                "text": outcome.lockdep_off.text,
                "not_watched": outcome.without_lockdep(),
            },
            "tail": [] if ending == HALTED else tail(made.console),
        }

    def _lasting(self, text: str) -> str:
        """text with the run's folder named as it will be when the run is stored."""
        return text.replace(str(self.run.folder), str(self.run.final))


def _lane(options: Options) -> Lane:
    """The lane with what the options add to it."""
    lane = load_lane(options.lane)
    if lane.stock and (options.kdir or options.implementations):
        raise Problem(
            f"lane {lane.name} boots stock kernels of Debian, nothing that is built here",
            str(options.kdir or options.implementations[0]),
            "KERNEL=6.12, or: make -C kunit/device KDIR=... builds the module for another kernel",
        )
    if options.carrier and (not lane.emulated or lane.machines or lane.stock):
        raise Problem(
            f"lane {lane.name} boots in no plain machine of QEMU",
            "LANE",
            "boot it here; LAVA can boot the lanes qemu, qemu-kcsan and qemu-user",
        )
    if lane.bench:
        raise Problem(f"lane {lane.name} judges nothing", "LANE", "svacheck bench measures in it")
    if lane.imported:
        raise Problem(
            f"lane {lane.name} boots nothing",
            "LANE",
            "make kit; what it brings, svacheck import takes in",
        )
    if options.stress and not lane.programs:
        raise Problem(f"lane {lane.name} runs no program", "STRESS", "uml-user is one that does")
    chosen = [arg for arg in options.kernel_args if arg.startswith(programs.CHOOSE)]
    if chosen and lane.suites:
        raise Problem(
            f"the suites of lane {lane.name} run for every implementation, whatever programs ask",
            chosen[-1],
            "--lane uml-user runs programs alone",
        )
    return replace(
        lane,
        kernel_args=(*lane.kernel_args, *options.added_args),
        boot_timeout=(options.boot_timeout or lane.boot_timeout) + options.stress,
        environment=options.boot_environment,
    )


def _select(everything: Citations, cited: Citations, options: Options) -> set[str]:
    """What of this lane was asked for; Problem if it matches nothing."""
    elsewhere = sorted(set(everything.cases) - set(cited.cases))
    chosen = workload.chosen(cited, elsewhere, options.suite)
    mine = set(chosen) - set(elsewhere)
    if not mine:
        raise Problem(
            f"lane {options.lane} cannot run {chosen[0]}",
            "SUITE",
            "svacheck rules says which lane can tell something about its rules",
        )
    return mine


def read_outcome(
    made: Boot,
    planned: Sequence[str],
    theirs: Counts | Problem | None,
    known: Sequence[knownreports.KnownReport] = (),
    lockdep: bool = False,
    read: workload.Reader = workload.read_suites,
) -> Outcome:
    """What a boot came to, read from its console; the KTAP of it is left beside the console.

    planned: the "suite.case" it had to run; theirs: what kunit.py counts in the console,
    or why it cannot; known: reports that are the kernel's own; lockdep: the kernel has it;
    read: finds the cases in it."""
    lines = read_lines(made.console)
    document = ktap.read(lines)
    excerpt = lines[document.started - 1 : document.ended or None] if document.started else []
    made.console.with_suffix(".ktap").write_text("".join(excerpt), encoding="utf-8")
    faults = [_fault(anomaly) for anomaly in document.anomalies if anomaly.serious]
    if made.console.stat().st_size > running.MOST_SAID:
        faults.append(f"its console has more than {running.MOST_SAID >> 20} MB, so it was ended")
    counts, explained = ktap.counts(document), ""
    ending = console.ending(lines, made.timed_out)
    stopped = ending.kind in STOPPED and not made.timed_out
    cases, wrong = read(document, lines, planned, stopped)
    faults += wrong
    found = console.reports(lines)
    reports, pinned = knownreports.split(found, known)
    if isinstance(theirs, Problem):
        faults.append(str(theirs))
        theirs = None
    if theirs and theirs != counts:
        counts = ktap.counts(document, like_kunit=True)
        explained = explain(document, theirs)
        if explained and read != workload.read_suites:
            theirs = counts  # kunit.py does not read all that kselftest prints
    return Outcome(
        boot=made,
        planned=planned,
        cases=cases,
        reports=reports,
        ending=ending,
        counts=counts,
        kunit_counts=theirs,
        explained=explained,
        faults=faults,
        pinned=pinned,
        lockdep_off=console.lockdep_off(lines, found) if lockdep else None,
    )


def read_lines(console_file: Path) -> list[str]:
    """The lines of a console with their newlines; only a newline ends one."""
    with open(console_file, encoding="utf-8", errors="replace", newline="\n") as file:
        return list(file)


def tail(console_file: Path) -> list[str]:
    """The last lines of a console that hold something."""
    lines = (line.rstrip() for line in read_lines(console_file) if line.strip())
    return list(deque(lines, maxlen=TAIL))


def _trouble(error: OSError) -> str:
    where = str(error.filename2 or error.filename or "")
    remedy = ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "make room, or set XDG_CACHE_HOME and SVACHECK_RESULTS to folders that have it"
    return str(Problem(error.strerror or str(error), where, remedy))


def _fault(anomaly: ktap.Anomaly) -> str:
    meaning = ktap.ANOMALIES[anomaly.kind][1]
    return f"KTAP, line {anomaly.line}: {meaning}: {anomaly.text}"


def alone(tree: Tree, options: Options, case: str) -> str:
    """The command a person types, in this checkout, to run one case by itself."""
    if len(options.implementations) > 1 or options.kernel_args:  # make check has one at most
        words = ["scripts/svacheck", "check", "--suite", case, "--lane", options.lane]
        words += ["--kdir", str(options.kdir)] if options.kdir else ["--kernel", tree.name]
        for folder in options.implementations:
            words += ["--impl", str(folder)]
        words += ["--stress", str(options.stress)] if options.stress else []
        for arg in options.kernel_args:
            words += ["--arg", arg]
        return shlex.join(words)
    settings = {"KDIR": str(options.kdir)} if options.kdir else {"KERNEL": tree.name}
    if options.lane != Options.lane:
        settings["LANE"] = options.lane
    if options.implementations:
        settings["IMPL"] = str(options.implementations[0])
    if options.stress:
        settings["STRESS"] = str(options.stress)
    if options.strict:
        settings["STRICT"] = "1"
    settings["SUITE"] = case
    # make would take a single $ as the beginning of one of its variables
    words = [f"{name}={shlex.quote(v.replace('$', '$$'))}" for name, v in settings.items()]
    return " ".join(["make check", *words])


def again(tree: Tree, options: Options, sequence: str) -> str:
    """The command that replays a sequence of calls, "" for none."""
    if not sequence:
        return ""
    words = ["scripts/svacheck", "replay", sequence]
    words += ["--kdir", str(options.kdir)] if options.kdir else ["--kernel", tree.name]
    words += ["--lane", options.lane] if options.lane != Options.lane else []
    for folder in options.implementations:
        words += ["--impl", str(folder)]
    return shlex.join(words)


def _ignore_signals() -> dict[int, Any]:
    return {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)
    }
