# SPDX-License-Identifier: GPL-2.0
"""svacheck proof: everything that shows what the suites would catch, on one page.

Each step is a command of its own, whose JSON is kept beside the page.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from svacheck import provenance
from svacheck.commands import CommandLog
from svacheck.errors import EXIT_FAIL, EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE
from svacheck.places import ROOT
from svacheck.progress import Progress
from svacheck.results import Run

SVACHECK = str(ROOT / "scripts" / "svacheck")
PAGE, RECORD = "proof.md", "proof.json"
LENGTH = 6  # calls of the sequences that are walked through without exception
PARTS = 4  # boots they are shared out to: KUnit gives a case five minutes
RANDOM = "1000,60"  # sequences drawn, and how long each is
BOOT_TIMEOUT = 900  # seconds
WORDS = {EXIT_PASS: "holds", EXIT_FAIL: "does not hold"}


@dataclass(frozen=True)
class Options:
    """What svacheck proof was asked for. sample: so many mutants, 0 for all."""

    kernel: str | None = None
    kdir: Path | None = None
    sample: int = 0
    seed: int = 0  # of the random sequences; 0: by the clock
    resume: str = ""  # a campaign of mutants to go on with


@dataclass
class Done:
    """A step that has been made: said is what its commands printed as JSON."""

    name: str
    claim: str
    status: int
    seconds: float
    said: list[Mapping[str, Any]]
    figures: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)  # what a reader has to know besides

    @property
    def word(self) -> str:
        """The step in a word."""
        return WORDS.get(self.status, "no verdict")


@dataclass(frozen=True)
class Step:
    """claim: what it shows; commands: of svacheck, each printing JSON; read: fills Done."""

    name: str
    claim: str
    commands: Sequence[Sequence[str]]
    read: Callable[[Done], None]


def proof(options: Options, progress: Progress) -> int:
    """Make every step, write the page, and return the exit status: that of the worst step.

    A step that fails does not keep the others from being made; an interrupt does, and
    what was made until then is on the page.
    """
    started = time.time()
    log = CommandLog(progress.command)
    made = steps(options, options.seed or int(started))
    run = Run("proof", "all", started, kind="proof-")
    done: list[Done] = []
    status = EXIT_PASS
    try:
        for step in made:
            progress.note(f"== {step.name}")
            done.append(_make(step, run))
            print(f"{done[-1].word:<14} {step.name}: {'; '.join(done[-1].figures)}", flush=True)
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
    left = [step.name for step in made[len(done) :]]
    status = max([status, *(one.status for one in done)])
    record = {
        "schema": 1,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 1),
        "svacheck": provenance.describe_self(log),
        "host": provenance.describe_host(),
        "status": status,
        "not_made": left,
        "steps": [
            {
                "name": one.name,
                "claim": one.claim,
                "status": one.status,
                "seconds": round(one.seconds, 1),
                "figures": one.figures,
                "open": one.open,
            }
            for one in done
        ],
    }
    run.path(PAGE).write_text(page(record), encoding="utf-8")
    folder = run.keep(RECORD, record, log.commands)
    print(f"page {folder}/{PAGE}")
    return status


def steps(options: Options, seed: int) -> list[Step]:
    """What is made, in this order: the quick ones first."""
    tree = ["--kernel", options.kernel] if options.kernel else []
    tree += ["--kdir", str(options.kdir)] if options.kdir else []
    walk = ["check", *tree, "--suite", "sequence", "--json", "-q"]
    walk += ["--boot-timeout", str(BOOT_TIMEOUT), "--arg", f"svacheck.explore_length={LENGTH}"]
    walk += ["--arg", f"svacheck.explore_random={RANDOM}"]
    parts = [
        [*walk, "--arg", f"svacheck.explore_part={part}/{PARTS}"]
        + ["--arg", f"svacheck.explore_seed={seed + part}"]
        for part in range(PARTS)
    ]
    mutants = ["mutants", *tree, "--json"]
    mutants += ["--sample", str(options.sample)] if options.sample else []
    mutants += ["--resume", options.resume] if options.resume else []
    return [
        Step(
            "suites",
            "The code under test keeps every rule that the suites judge.",
            [["check", *tree, "--json", "-q"]],
            _read_suites,
        ),
        Step(
            "broken drivers",
            "A driver that breaks one rule is caught by that rule and by no other.",
            [["broken-drivers", *tree, "--json"]],
            _read_drivers,
        ),
        Step(
            "coverage",
            "The suites run every line and take every branch of the code under test.",
            [["coverage", *tree, "--json"]],
            _read_coverage,
        ),
        Step(
            "sequences",
            f"Every sequence of up to {LENGTH} calls ends as a model of the rules says.",
            parts,
            _read_sequences,
        ),
        Step(
            "mutants",
            "The code under test, changed in one place, is found out.",
            [mutants],
            _read_mutants,
        ),
    ]


def svacheck(arguments: Sequence[str], out: Path) -> int:
    """Run scripts/svacheck with its standard output in the file out; its exit status."""
    with open(out, "wb") as file:
        return subprocess.run([SVACHECK, *arguments], stdout=file, check=False).returncode


def _make(step: Step, run: Run) -> Done:
    start = time.monotonic()
    done = Done(step.name, step.claim, EXIT_PASS, 0.0, [])
    for number, arguments in enumerate(step.commands):
        out = run.path(f"{step.name.replace(' ', '-')}.{number}.json")
        status = svacheck(arguments, out)
        if status == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        done.status = max(done.status, status)
        try:
            done.said.append(json.loads(out.read_bytes()))
        except ValueError:
            done.status = max(done.status, EXIT_TROUBLE)
            done.open.append(f"`svacheck {' '.join(arguments)}` came to nothing")
    done.seconds = time.monotonic() - start
    if len(done.said) == len(step.commands):
        step.read(done)
    return done


# ---- what the steps say, in figures ----


def _read_suites(done: Done) -> None:
    (run,) = done.said
    counts = run["counts"]
    rules = [rule["verdict"] for rule in run["rules"]]
    done.figures = [
        f"Linux {run['tree']['version']}",
        f"{rules.count('kept')} rules kept, {len(rules) - rules.count('kept')} not",
        f"{counts['bodies']} case bodies, {counts['cases']} cases, {counts['failed']} failed",
    ]
    done.open = list(run["problems"])


def _read_drivers(done: Done) -> None:
    (matrix,) = done.said
    broken = [row for row in matrix["drivers"] if row["rules"]]
    caught = [row for row in broken if row["caught"]]
    done.figures = [f"{len(caught)} of {len(broken)} broken drivers caught"]
    done.open = [
        f"not caught as it should be: {row['name']}" for row in broken if row not in caught
    ]
    done.open += list(matrix["problems"])


def _read_coverage(done: Done) -> None:
    (record,) = done.said
    score = record["folders"]["kunit/carried"]
    done.figures = [
        f"lines {score['run']} of {score['lines']}",
        f"branches {score['taken']} of {score['branches']}",
        f"{score['excluded']} excluded",
    ]
    done.open = [
        f"excluded, {each['kind']}: {each['file']}, `{each['line']}`: {each['reason']}"
        for each in record["exclusions"]
    ]


def _read_sequences(done: Done) -> None:
    exhaustive, drawn, states, seeds = 0, 0, 0, []
    for run in done.said:
        done.open += run["problems"]
        for case in run["cases"]:
            said = case["explored"]
            if case["reproducer"]:
                done.open.append(f"fails: `{case['reproducer']}`")
            if "seed" in said:
                drawn += int(said["sequences"])
                seeds.append(str(said["seed"]))
            elif said.get("length") == LENGTH:
                exhaustive += int(said["sequences"])
                states = max(states, int(said["states"]))
    done.figures = [
        f"{exhaustive} sequences of {LENGTH} calls or fewer, at least {states} distinct states",
        f"{drawn} random ones of {RANDOM.split(',')[1]}, seeds {' '.join(seeds)}",
    ]
    if not exhaustive:
        done.status = max(done.status, EXIT_TROUBLE)
        done.open.append("no case says that it has walked through sequences")


def _read_mutants(done: Done) -> None:
    (report,) = done.said
    counts = report["counts"]
    done.figures = [
        f"{report['mutants']} mutants, {report['score']} % found out",
        f"{report['score_by_rule']} % by a rule without a crash",
        f"{report['equivalent_percent']} % judged equivalent",
        f"{report['per_cpu_minute']} mutants a CPU-minute",
    ]
    done.figures += [f"{number} {name}" for name, number in counts.items() if number]
    for name in ("survived", "uncovered", "hung", "equivalent"):
        for entry in report["lists"].get(name, ()):
            where = f"{entry['name']}:{entry['line']}"
            done.open.append(f"{name}: `{entry['id']}` ({where}) {entry.get('proof', '')}".rstrip())


# ---- the page ----


def page(record: Mapping[str, Any]) -> str:
    """The page as Markdown, from proof.json alone."""
    whole = all(step["status"] == EXIT_PASS for step in record["steps"]) and not record["not_made"]
    myself, host = record["svacheck"], record["host"]
    dirty = ", with changes not committed" if myself["dirty"] else ""
    lines = ["# What the suites would catch", ""]
    lines += [f"**{'All of it holds.' if whole else 'Not all of it holds.'}**", ""]
    lines += [
        f"svacheck {myself['version']}, commit {myself['commit'] or 'unknown'}{dirty};"
        f" {record['started']}, {record['seconds'] / 60:.0f} minutes on {host['cpus']} processors."
        " `make proof` makes it again.",
        "",
        "| claim | verdict | figures |",
        "|---|---|---|",
    ]
    for step in record["steps"]:
        word = WORDS.get(step["status"], "no verdict")
        lines.append(f"| {step['claim']} | {word} | {'; '.join(step['figures'])} |")
    lines += [f"| {name} | not made | |" for name in record["not_made"]]
    lines += ["", "## What a reader has to know besides", ""]
    said = [f"- {step['name']}: {text}" for step in record["steps"] for text in step["open"]]
    lines += said or ["Nothing."]
    lines += ["", "The JSON that each step printed is in this folder."]
    return "\n".join(lines) + "\n"
