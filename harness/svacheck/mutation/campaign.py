# SPDX-License-Identifier: GPL-2.0
"""svacheck mutants: each mutant built, booted and judged; results land one by one."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from svacheck import boot as booting
from svacheck import build as building
from svacheck import (
    console,
    knownreports,
    ktap,
    overlay,
    provenance,
    rulebook,
    selection,
    slots,
    trees,
    verdict,
)
from svacheck.cachedirs import Cache, release
from svacheck.check import read_lines
from svacheck.citations import Citations
from svacheck.errors import Problem
from svacheck.judged import PASS, Outcome
from svacheck.kernels import load_lane
from svacheck.knownreports import KnownReport
from svacheck.model import Boot, Build, Tree
from svacheck.mutation import bench as benches
from svacheck.mutation import classify, equivalents, operators
from svacheck.mutation.bench import Bench
from svacheck.mutation.classify import HUNG, KILLED, NOT_BUILT, SAME, TWIN, Fate
from svacheck.mutation.operators import Mutant
from svacheck.mutation.sources import Source, sources
from svacheck.places import results_folder
from svacheck.progress import Progress, cpu_seconds
from svacheck.slots import StoppableLog

FORMAT = 1
RECORDS = "mutants.jsonl"
HEADER = "campaign.json"
PATIENCE = 8  # times what the unchanged kernel takes, and at least ...
AT_LEAST = 6  # seconds: then a boot hangs
CONFIRM = 3  # times that before it is believed
ENDLESS = 4 << 20  # bytes of a console, of which whole ones have a tenth


@dataclass(frozen=True)
class Options:
    """What svacheck mutants was asked for. sample: so many, 0 for all; resume: a campaign."""

    kernel: str | None = None
    kdir: Path | None = None
    lane: str = "uml"
    jobs: int = 0
    sample: int = 0
    seed: int = 1
    only: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    resume: str = ""


@dataclass
class Campaign:
    """What is known before the first boot. mutants: those chosen; all: how many there are."""

    options: Options
    tree: Tree
    build: Build
    log: StoppableLog
    progress: Progress
    cache: Cache
    book: rulebook.Rulebook
    cited: Citations
    mutants: list[Mutant]
    all: int
    proofs: Mapping[str, str]
    inputs: str
    known: Sequence[KnownReport] = ()
    folder: Path = Path()
    records: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)


def prepare(options: Options, progress: Progress) -> Campaign:
    """Build the unchanged kernel and make the mutants.

    Problem: an unknown operator or mutant, an equivalent that there is not, a tree or a
    kernel that cannot be had."""
    known = operators.names()
    for name in options.operators:
        if name not in known:
            raise Problem(f"no operator {name!r}", "--operator", "there are " + ", ".join(known))
    log = StoppableLog(progress.command)
    cache = Cache.default()
    lane = load_lane(options.lane)
    book = rulebook.load()
    _, cited = rulebook.of_lane(book, rulebook.citations(), lane.name, programs=False)
    tree = trees.resolve(options.kernel, options.kdir, cache, log, progress)
    trees.require_carried(tree, "mutants are made of")
    src = trees.working_copy(tree, cache, progress)
    laid = overlay.lay(src, tree, log)
    work = trees.work_folder(tree, cache)
    files = sources(src, tree.origin)
    everything = _made(files, work, log, progress)
    proofs = equivalents.load({mutant.id for mutant in everything})
    chosen = choose(everything, options)
    build = building.build(
        src, tree, lane, _workers(options), log, progress, work / "mutants" / "logs"
    )
    if tree.kind == "debian":
        release(tree.origin.parent)  # a campaign is long, and others may want to copy the tree
    inputs = [FORMAT, laid.sha256, build.config_sha256, build.compiler, tree.identity]
    inputs += [operators.fingerprint(files)]
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    return Campaign(
        options,
        tree,
        build,
        log,
        progress,
        cache,
        book,
        cited,
        chosen,
        len(everything),
        proofs,
        digest,
        knownreports.load(tree.version),
    )


def choose(mutants: Sequence[Mutant], options: Options) -> list[Mutant]:
    """Those of the operators and ids asked for; of these a sample, the same for one seed,
    whatever else comes and goes."""
    for name in options.only:
        if not any(mutant.id == name for mutant in mutants):
            raise Problem(f"no mutant {name!r}", "--only", "svacheck mutants --list has them all")
    chosen = [
        mutant
        for mutant in mutants
        if (not options.only or mutant.id in options.only)
        and (not options.operators or mutant.operator in options.operators)
    ]
    if options.sample:
        drawn = {mutant.id for mutant in _drawn(chosen, options.seed)[: options.sample]}
        chosen = [mutant for mutant in chosen if mutant.id in drawn]
    return chosen


def _drawn(mutants: Sequence[Mutant], seed: int) -> list[Mutant]:
    """In an order by chance, but the same for one seed."""
    return sorted(mutants, key=lambda m: hashlib.sha256(f"{seed} {m.id}".encode()).digest())


def _workers(options: Options) -> int:
    return options.jobs or len(os.sched_getaffinity(0))


def _made(
    files: Sequence[Source], work: Path, log: StoppableLog, progress: Progress
) -> list[Mutant]:
    """All mutants, of the cache if they were made of the same files by the same operators."""
    store = work / "mutants" / "made.json"
    key = operators.fingerprint(files)
    try:
        data = json.loads(store.read_bytes())
        if data["key"] == key:
            return [Mutant(**entry) for entry in data["mutants"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    store.parent.mkdir(parents=True, exist_ok=True)
    names = operators.names()
    found: list[Mutant] = []

    def one(name: str) -> list[Mutant]:
        return operators.mutate(name, files, store.parent / "spatch" / name, log)

    with progress.phase("mutate"), ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        try:
            for number, made in enumerate(pool.map(one, names), start=1):
                found += made
                progress.count(number, len(names), "operators")
        except BaseException:
            log.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    found = operators.distinct(found)
    temporary = store.with_suffix(".new")
    temporary.write_text(json.dumps({"key": key, "mutants": [asdict(m) for m in found]}))
    temporary.replace(store)
    return found


# ---- results ----


def open_results(campaign: Campaign) -> None:
    """A folder for the results, or that of the campaign to go on with.

    Problem: there is no such campaign, or it was about other code."""
    results = results_folder()
    if not campaign.options.resume:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        campaign.folder = results / f"mutants-{stamp}-{secrets.token_hex(3)}"
        try:
            campaign.folder.mkdir(parents=True)
        except OSError as error:
            raise Problem(f"cannot make it: {error.strerror}", str(campaign.folder)) from error
        write_header(campaign)
        return
    campaign.folder = find(campaign.options.resume, results)
    header = json.loads((campaign.folder / HEADER).read_text())
    if header["inputs"] != campaign.inputs:
        raise Problem(
            "the code, the operators, the kernel or the compiler have changed since",
            str(campaign.folder),
            "begin a new campaign",
        )
    campaign.parts = list(header["parts"])
    campaign.records = read_records(campaign.folder / RECORDS)


def find(reference: str, results: Path) -> Path:
    """The folder of a campaign: "last", or its name or the beginning of that."""
    known = sorted(file.parent.name for file in results.glob(f"mutants-*/{HEADER}"))
    if reference == "last":
        names = known[-1:]
    else:
        names = [n for n in known if n.startswith((reference, f"mutants-{reference}"))]
    if len(names) != 1:
        what = "no campaign" if not names else f"{len(names)} campaigns begin with"
        raise Problem(f"{what} {reference!r}", str(results), "svacheck mutants begins one")
    return results / names[0]


def write_header(campaign: Campaign) -> None:
    """What this campaign is about, so that it can be gone on with, and compared."""
    text = {
        "format": FORMAT,
        "inputs": campaign.inputs,
        "tree": {"version": campaign.tree.version, "identity": campaign.tree.identity},
        "lane": campaign.build.lane.name,
        "compiler": campaign.build.compiler,
        "svacheck": provenance.describe_self(campaign.log),
        "mutants": campaign.all,
        "chosen": len(campaign.mutants),
        "sample": campaign.options.sample,
        "seed": campaign.options.seed,
        "parts": campaign.parts,
    }
    file = campaign.folder / HEADER
    file.with_suffix(".new").write_text(json.dumps(text, indent=1) + "\n")
    file.with_suffix(".new").replace(file)


def read_records(file: Path) -> list[dict[str, Any]]:
    """The results that have landed; a line cut short by a crash of the machine is none."""
    found = {}
    for line in file.read_text().splitlines() if file.is_file() else []:
        try:
            record = json.loads(line)
            found[record["id"]] = record
        except (ValueError, KeyError, TypeError):
            continue
    return list(found.values())


# ---- the boots ----


@dataclass(frozen=True)
class Round:
    """One boot of every mutant that lives to see it: a suite, or a case with a boot of its own.

    rules: that its cases cite; limit: seconds for it."""

    glob: str
    cases: tuple[str, ...]
    rules: frozenset[str]
    limit: int


@dataclass
class Bounds:
    """What the unchanged kernel does. rounds: its boots, the quickest first."""

    rounds: list[Round]
    kept: frozenset[str]


def run(campaign: Campaign) -> None:
    """Build, boot and judge every mutant that has no result yet.

    Each result is a line of mutants.jsonl as soon as it is known. KeyboardInterrupt:
    what is there stays, and the campaign can be gone on with."""
    done = {record["id"] for record in campaign.records}
    # By chance, so that what an interrupted campaign leaves is a fair sample
    order = _drawn(campaign.mutants, campaign.options.seed)
    left = [mutant for mutant in order if mutant.id not in done]
    start, cpu = time.monotonic(), cpu_seconds()
    before = len(campaign.records)
    try:
        if left:
            with campaign.progress.phase("benches"):
                found, bounds = _benches(campaign)
            with campaign.progress.phase("mutants"):
                expected = operators.expected()
                whole = len(done) + len(left)
                _Runner(campaign, bounds, expected, len(done), whole).run(found, left)
    finally:
        part = {
            "mutants": len(campaign.records) - before,
            "seconds": round(time.monotonic() - start, 1),
            "cpu_seconds": round(cpu_seconds() - cpu, 1),
        }
        campaign.parts.append(part)
        write_header(campaign)


def _benches(campaign: Campaign) -> tuple[list[Bench], Bounds]:
    work = trees.work_folder(campaign.tree, campaign.cache) / "mutants"
    first = work / "bench-0"
    environment = benches.kbuild_environment(campaign.build, campaign.log, work / "environment")
    environment |= building.ccache_settings(campaign.build.src)
    bench = benches.set_up(first, campaign.build, campaign.log, environment)
    for path in sorted({mutant.path for mutant in campaign.mutants}):
        bench.compile_unchanged(path)
    trouble = bench.link()
    if trouble:
        raise Problem(f"the unchanged kernel does not link: {trouble}", str(first))
    bounds = _unchanged(campaign, bench)
    found = [bench]
    for number in range(1, min(_workers(campaign.options), len(campaign.mutants))):
        folder = work / f"bench-{number}"
        log = StoppableLog(campaign.progress.command, stop=campaign.log.stop)
        found.append(benches.copy(bench, folder, log))
    return found, bounds


def _unchanged(campaign: Campaign, bench: Bench) -> Bounds:
    """The unchanged kernel must keep every rule, or nothing can be said of a mutant."""
    listed = selection.ours(
        booting.list_cases(bench.build, campaign.log, bench.folder / "list.console")
    )
    suites = dict.fromkeys(case.split(".")[0] for case in listed)
    plans = [
        (suite, tuple(case for case in listed if case.startswith(suite + ".")))
        for suite in suites
        if suite.startswith(selection.SHARED)
    ]
    plans += [(case, (case,)) for case in listed if case.startswith(selection.ALONE)]
    outcomes, rounds = [], []
    patient = campaign.build.lane.boot_timeout
    for glob, cases in plans:
        outcome = _boot(bench, glob, glob, cases, patient, campaign.known)
        outcomes.append(outcome)
        rules = frozenset(rule for case in outcome.cases for rule in case.rules)
        rounds.append(Round(glob, cases, rules, _limit(outcome.boot.seconds)))
    judged = verdict.judge(
        listed, outcomes, campaign.book, campaign.cited.cases, strict=True, implementations=1
    )
    if judged.verdict != PASS:
        failed = [case.id for case in judged.cases if case.status not in (PASS, "skip")]
        why = (judged.problems or failed)[0]
        raise Problem(f"the unchanged code does not pass: {why}", "", "make check tells more")
    quick = {outcome.boot.name: outcome.boot.seconds for outcome in outcomes}
    rounds.sort(key=lambda one: quick[one.glob])
    return Bounds(rounds, classify.kept_rules(judged))


def _limit(seconds: float) -> int:
    return max(AT_LEAST, round(PATIENCE * seconds))


def _boot(
    bench: Bench,
    name: str,
    glob: str,
    cases: Sequence[str],
    seconds: int,
    known: Sequence[KnownReport],
) -> Outcome:
    """Boot and read; a boot that seems to hang gets more time before that is believed."""
    out = bench.folder / "boot.console"
    made = bench.boot(name, glob, seconds, out)
    if made.interrupted:
        raise KeyboardInterrupt
    if made.timed_out and out.stat().st_size < ENDLESS:
        made = bench.boot(name, glob, seconds * CONFIRM, out)
        if made.interrupted:
            raise KeyboardInterrupt
    return read(made, cases, known)


def read(made: Boot, planned: Sequence[str], known: Sequence[KnownReport] = ()) -> Outcome:
    """A boot as the judge wants it; kunit.py's reader is not asked: its agreement with ours
    is no matter of the code under test, and make check asks it."""
    if made.console.stat().st_size > ENDLESS:
        os.truncate(made.console, ENDLESS)  # to read all that an endless loop says takes hours
    lines = read_lines(made.console)
    document = ktap.read(lines)
    counts = ktap.counts(document)
    found, pinned = knownreports.split(console.reports(lines), known)
    faults = [
        f"KTAP, line {anomaly.line}: {anomaly.text}"
        for anomaly in document.anomalies
        if anomaly.serious
    ]
    return Outcome(
        boot=made,
        planned=planned,
        cases=ktap.cases(document),
        reports=found,
        ending=console.ending(lines, made.timed_out),
        counts=counts,
        kunit_counts=counts,
        faults=faults,
        pinned=pinned,
    )


@dataclass
class _Runner:
    campaign: Campaign
    bounds: Bounds
    expected: Mapping[str, Sequence[str]]
    done: int
    total: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    compiled: dict[str, str] = field(default_factory=dict)
    start: float = field(default_factory=time.monotonic)
    new: int = 0
    killed: int = 0

    def run(self, found: Sequence[Bench], left: Sequence[Mutant]) -> None:
        campaign = self.campaign
        with open(campaign.folder / RECORDS, "a", encoding="utf-8") as self.sink:
            slots.over(
                found,
                left,
                self.one,
                campaign.log.stop,
                lambda result: None,
                campaign.progress.tick,
            )

    def one(self, bench: Bench, mutant: Mutant) -> None:
        start = time.monotonic()
        bench.log.commands.clear()
        try:
            fate = self._fate(bench, mutant)
        finally:
            bench.restore()
        fate = replace(fate, seconds=round(time.monotonic() - start, 2))
        self._record(mutant, fate)

    def _fate(self, bench: Bench, mutant: Mutant) -> Fate:
        trouble = bench.compile(mutant)
        if trouble:
            return Fate(NOT_BUILT, why=trouble)
        objects = bench.objects()
        if not objects:
            return Fate(SAME)
        with self.lock:
            twin = self.compiled.setdefault(objects, mutant.id)
        if twin != mutant.id:
            return Fate(TWIN, why=f"of {twin}")
        trouble = bench.link()
        if trouble:
            return Fate(NOT_BUILT, why=trouble)
        return self._judge(bench, mutant)

    def _judge(self, bench: Bench, mutant: Mutant) -> Fate:
        """Boot suite by suite, those first whose rules the function is there for, until a
        rule kills the mutant or it hangs: the next boot would hang as well."""
        cited, book, known = self.campaign.cited.cases, self.campaign.book, self.campaign.known
        wanted = self.expected.get(mutant.function, [])
        order = sorted(self.bounds.rounds, key=lambda one: not operators.meets(one.rules, wanted))
        outcomes: list[Outcome] = []
        also: tuple[str, ...] = ()
        for one in order:
            outcomes.append(_boot(bench, one.glob, one.glob, one.cases, one.limit, known))
            fate = classify.classify(outcomes[-1:], one.cases, book, cited, frozenset())
            also = tuple(dict.fromkeys((*also, *fate.also)))
            if fate.kind in (KILLED, HUNG):
                return replace(fate, also=also)
        cases = [case for one in order for case in one.cases]
        return classify.classify(outcomes, cases, book, cited, self.bounds.kept)

    def _record(self, mutant: Mutant, fate: Fate) -> None:
        known = asdict(mutant)
        del known["text"], known["path"]
        record = known | {"fate": fate.kind} | asdict(fate)
        del record["kind"]
        with self.lock:
            self.campaign.records.append(record)
            self.sink.write(json.dumps(record) + "\n")
            self.sink.flush()
            self.done += 1
            self.new += 1
            self.killed += fate.kind == KILLED
            self._tell()

    def _tell(self) -> None:
        left = (time.monotonic() - self.start) / self.new * (self.total - self.done)
        ahead = f"{left / 60:.0f} min" if left > 90 else f"{left:.0f} s"
        text = f"mutants, {self.killed} of {self.new} killed, about {ahead} left"
        self.campaign.progress.count(self.done, self.total, text)
        if not self.campaign.progress.live and self.done % 50 == 0:
            self.campaign.progress.note(f"{self.done} of {self.total} {text}")
