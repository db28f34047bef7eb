# SPDX-License-Identifier: GPL-2.0
"""svacheck bisect: which commit broke a rule? git bisect says what is tried."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from svacheck import check, provenance, rulebook
from svacheck.cachedirs import Cache
from svacheck.commands import CommandLog
from svacheck.errors import EXIT_FAIL, EXIT_INTERRUPTED, EXIT_PASS, Problem
from svacheck.gate.compare import breaks, evidence
from svacheck.gate.history import HEAD, History, Revision
from svacheck.judged import BROKEN, KEPT
from svacheck.progress import Progress
from svacheck.report import visible
from svacheck.results import Run

GOOD, BAD, SKIP = "good", "bad", "skip"
KIND = "bisect-"
RECORD = "bisect.json"
_FOUND = re.compile(r"^([0-9a-f]{40,64}) is the first bad commit$", re.MULTILINE)
_LEFT = re.compile(r"^([0-9a-f]{40,64})$", re.MULTILINE)


@dataclass(frozen=True)
class Options:
    """What svacheck bisect was asked for. how: how a kernel is checked. If its suite is "",
    the cases that cite the rule are run, or all if these do not break it at bad."""

    kdir: Path
    good: str
    bad: str
    rule: str
    how: check.Options = check.Options()


@dataclass
class Step:
    """A revision that was tried: word is GOOD, BAD or SKIP; the rest is why.

    case, message, where: the first case that breaks the rule; console: file and line of it.
    """

    commit: str
    subject: str
    word: str
    why: str = ""
    case: str = ""
    message: str = ""
    where: str = ""
    alone: str = ""
    console: str = ""
    run: str = ""
    seconds: float = 0.0


@dataclass
class Bisected:
    """What it came to. first: the first bad commit, None if only skipped ones are left, which
    are suspects then."""

    rule: str
    sentence: str
    steps: list[Step]
    first: Step | None = None
    suspects: list[Revision] = field(default_factory=list)
    seconds: float = 0.0
    folder: Path | None = None

    @property
    def status(self) -> int:
        """0 if the commit was found, 1 if it is one of several."""
        return EXIT_PASS if self.first else EXIT_FAIL


def bisect(options: Options, progress: Progress) -> Bisected:
    """Find the first commit that breaks the rule, and store how.

    Problem: there is no such rule or revision, good does not keep the rule, or bad does not
    break it. KeyboardInterrupt: it was interrupted; the runs made until then are stored.
    """
    started = time.time()
    log = CommandLog(progress.command)
    rule = _rule(options.rule)
    history = History(options.kdir, Cache.default(), log, progress.note)
    good, bad = (_revision(history, name) for name in (options.good, options.bad))
    _require_ancestor(history, good, bad)
    result = Bisected(rule.id, rule.sentence, [])
    suite = options.how.suite or _citing(options.rule, options.how.lane)

    def tried(revision: Revision) -> Step:
        step = _try(history, revision, rule.id, replace(options.how, suite=suite), progress)
        result.steps.append(step)
        progress.note(f"{step.word:<4}  {revision}  {step.why}".rstrip())
        return step

    if tried(bad).word == GOOD and not options.how.suite:
        progress.note("other cases may break the rule too, such as with a leak: all are run")
        suite = ""
        result.steps.clear()
        tried(bad)
    tried(good)
    for step, word in zip(result.steps, (BAD, GOOD)):
        if step.word != word:
            what = f"{Revision(step.commit, step.subject)} is not {word}: {step.why}"
            raise Problem(what, word.upper(), f"svacheck show {step.run}" if step.run else "")
    _drive(history, good, bad, tried, result)
    if result.first:  # the command that runs its case alone is of this place
        first = Revision(result.first.commit, result.first.subject)
        history.check_out(HEAD, first, Progress(quiet=True))
    result.seconds = time.time() - started
    run = Run(options.rule, options.how.lane, started, kind=KIND)
    result.folder = run.keep(RECORD, record(result, log), log.commands)
    return result


def _rule(name: str) -> rulebook.Rule:
    book = rulebook.load()
    if name not in book.rules:
        raise Problem(f"no rule {name!r}", "RULE", "svacheck rules lists them")
    return book.rules[name]


def _citing(rule: str, lane: str) -> str:
    """The selection of all cases that cite a rule."""
    _, cited = rulebook.of_lane(rulebook.load(), rulebook.citations(), lane)
    cases = [case for case, rules in cited.cases.items() if rule in rules]
    if not cases:
        raise Problem(
            f"no case of lane {lane} cites {rule}", "RULE", "give --suite, or another --lane"
        )
    return ",".join(cases)


def _revision(history: History, name: str) -> Revision:
    revision = history.revision(name)
    if not revision:
        raise Problem(f"no revision {name!r}", str(history.kdir), "give one that git knows")
    return revision


def _require_ancestor(history: History, good: Revision, bad: Revision) -> None:
    """git would take the merge base for good otherwise, without its being tried."""
    if history.ours("merge-base", "--is-ancestor", good.commit, bad.commit).status:
        raise Problem(
            f"good is no ancestor of bad: {good.commit[:12]}, {bad.commit[:12]}",
            str(history.kdir),
            "give as GOOD an ancestor of BAD, such as their git merge-base",
        )


def _try(
    history: History, revision: Revision, rule: str, how: check.Options, progress: Progress
) -> Step:
    """What the revision is. KeyboardInterrupt: it was interrupted."""
    step = Step(revision.commit, revision.subject, SKIP)
    mine = Progress(progress.quiet, progress.verbose)
    place = history.check_out(HEAD, revision, mine)
    try:
        done = check.check(replace(how, kdir=place), mine)
    except Problem as problem:  # a tree that cannot be judged
        step.why = str(problem)
        return step
    if done.status == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    run = done.run
    step.run, step.seconds = run["id"], run["seconds"]
    if run["problems"]:
        step.why = run["problems"][0]
        return step
    found = next((one for one in run["rules"] if one["id"] == rule), None)
    verdict = found["verdict"] if found else "not in this lane"
    if verdict == KEPT:
        step.word = GOOD
    elif verdict == BROKEN:
        step.word = BAD
        _note_evidence(step, run, rule, done.folder)
    step.why = f"{rule} is {verdict}" + (f": {step.case}" if step.case else "")
    return step


def _note_evidence(step: Step, run: Mapping[str, Any], rule: str, folder: Path | None) -> None:
    breaking = [case for case in run["cases"] if breaks(case, rule)]
    case = min(breaking, key=lambda one: bool(one["broken"]))  # one that is about the rule first
    consoles = {boot["name"]: boot["console"] for boot in run["boots"]}
    step.case, step.message, step.where = case["id"], evidence(case), case["where"]
    step.alone = case["alone"]
    step.console = f"{folder}/{consoles[case['boot']]}:{case['first_line']}"


def _drive(
    history: History,
    good: Revision,
    bad: Revision,
    tried: Callable[[Revision], Step],
    result: Bisected,
) -> None:
    """Let git choose the revisions, until it names the first bad one."""
    place = history.place(HEAD)
    answer = history.git(place, "bisect", "start", "--no-checkout", bad.commit, good.commit)
    try:
        while True:
            found = _FOUND.search(answer.text)
            if found:
                result.first = _step_of(result, found[1])
                return
            if "only 'skip'ped commits left" in answer.text:
                result.suspects = [history.described(one) for one in _LEFT.findall(answer.text)]
                return
            if answer.status:
                raise Problem(f"git bisect fails: {answer.trouble}", str(history.kdir))
            head = history.git(place, "rev-parse", "--verify", "BISECT_HEAD")
            step = tried(history.described(head.text))
            answer = history.git(place, "bisect", step.word, step.commit)
    finally:
        history.git(place, "bisect", "reset")


def _step_of(result: Bisected, commit: str) -> Step:
    return next(step for step in result.steps if step.commit == commit)


# ---- what is printed and stored ----


def record(result: Bisected, log: CommandLog) -> dict[str, Any]:
    """bisect.json."""
    return {
        "schema": 1,
        "svacheck": provenance.describe_self(log),
        "seconds": round(result.seconds, 3),
        "rule": result.rule,
        "sentence": result.sentence,
        "first_bad": asdict(result.first) if result.first else None,
        "suspects": [asdict(revision) for revision in result.suspects],
        "steps": [asdict(step) for step in result.steps],
    }


def render(result: Bisected) -> str:
    """The report."""
    return "".join(visible(line) + "\n" for line in _lines(result))


def _lines(result: Bisected) -> list[str]:
    skipped = sum(step.word == SKIP for step in result.steps)
    count = f"{len(result.steps)} revisions tried, {skipped} skipped"
    first = result.first
    if first:
        said = [
            f"FIRST BAD  {Revision(first.commit, first.subject)}",
            f"  breaks    {result.rule}  {result.sentence}",
            f"  case      {first.case}  {first.where}",
            f"  message   {first.message}",
            f"  console   {first.console}",
            f"  alone     {first.alone}",
        ]
    else:
        said = [f"NOT FOUND  {result.rule} was broken by one of these, which were skipped:"]
        said += [f"  {revision}" for revision in result.suspects]
    said.append(f"  time      {result.seconds:.1f} s, {count}")
    return said + ([f"  evidence  {result.folder}/"] if result.folder else [])
