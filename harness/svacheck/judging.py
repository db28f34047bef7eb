# SPDX-License-Identifier: GPL-2.0
"""What a run was judged by, kept beside its evidence, so that it can be judged again from both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from svacheck import verdict
from svacheck.citations import Citations
from svacheck.errors import Problem
from svacheck.judged import ERROR, Outcome, Verdict
from svacheck.knownreports import KnownReport
from svacheck.ktap import Counts
from svacheck.model import Boot
from svacheck.programcases import ProgramCase
from svacheck.rulebook import Rule, Rulebook
from svacheck.stability import combine

FILE = "judging.json"  # beside run.json
SCHEMA = 1


@dataclass(frozen=True)
class Terms:
    """The terms of a run. rulebook: whole; lane_rules: those that its lane can tell about;
    problems: those of the run itself, besides what its boots show; rounds: how many of them
    are whole; implementations: how many the kernel holds at least."""

    rulebook: Rulebook
    lane_rules: Sequence[str]
    cited: Citations
    selected: Sequence[str]
    known: Sequence[KnownReport]
    lockdep: bool
    strict: bool
    implementations: int
    rounds: int
    problems: Sequence[str]

    @property
    def book(self) -> Rulebook:
        """What the lane can tell about."""
        return Rulebook({id: self.rulebook.rules[id] for id in self.lane_rules})


@dataclass(frozen=True)
class Made:
    """One boot that was made. kunit: what kunit.py counts in it, why it cannot, or None if it
    was never asked."""

    round: int
    boot: Boot
    planned: Sequence[str]
    kunit: Counts | Problem | None


def judge(terms: Terms, rounds: Sequence[Sequence[Outcome]]) -> Verdict:
    """The verdict on a run: of each whole round, of all of them, and of what was wrong besides."""
    cited = terms.cited.cases
    judged = [
        verdict.judge(
            terms.selected,
            outcomes,
            terms.book,
            cited,
            strict=terms.strict,
            implementations=terms.implementations,
        )
        for outcomes in rounds[: terms.rounds]
    ]
    if judged:
        result = combine(judged, terms.book, terms.selected, cited, strict=terms.strict)
    else:
        rules = verdict.judge_rules(terms.book, [], list(cited), cited)
        result = Verdict(ERROR, [], [], rules)
    if terms.problems:
        result.problems[:0] = terms.problems
        result.verdict = ERROR
    return result


def record(terms: Terms, made: Sequence[Made], folder: Path) -> dict[str, Any]:
    """As it stands in judging.json. folder: that of the run."""
    return {
        "schema": SCHEMA,
        "rulebook": [asdict(rule) for rule in terms.rulebook.rules.values()],
        "lane_rules": list(terms.lane_rules),
        "cited": {case: list(rules) for case, rules in terms.cited.cases.items()},
        "programs": {case: asdict(one) for case, one in terms.cited.programs.items()},
        "selected": list(terms.selected),
        "known_reports": [asdict(one) for one in terms.known],
        "lockdep": terms.lockdep,
        "strict": terms.strict,
        "implementations": terms.implementations,
        "rounds": terms.rounds,
        "problems": list(terms.problems),
        "boots": [_record_boot(one, folder) for one in made],
    }


def _record_boot(one: Made, folder: Path) -> dict[str, Any]:
    boot = {**asdict(one.boot), "console": str(one.boot.console.relative_to(folder))}
    kunit: dict[str, Any] | None = None
    if isinstance(one.kunit, Problem):
        kunit = {"problem": str(one.kunit)}
    elif one.kunit:
        kunit = asdict(one.kunit)
    return {"round": one.round, "boot": boot, "planned": list(one.planned), "kunit": kunit}


def load(content: Mapping[str, Any], folder: Path) -> tuple[Terms, list[Made]]:
    """Both of a judging.json that fits its schema; Problem if it does not fit together."""
    rules = [Rule(**_tuples(entry)) for entry in content["rulebook"]]
    book = Rulebook({rule.id: rule for rule in rules})
    strange = [id for id in content["lane_rules"] if id not in book.rules]
    programs = {case: ProgramCase(**one) for case, one in content["programs"].items()}
    if strange or len(book.rules) != len(rules):
        raise Problem("its rulebook does not fit together", FILE)
    cases = {case: tuple(cites) for case, cites in content["cited"].items()}
    terms = Terms(
        rulebook=book,
        lane_rules=content["lane_rules"],
        cited=Citations(cases, {}, [], programs),
        selected=content["selected"],
        known=[KnownReport(**_tuples(one)) for one in content["known_reports"]],
        lockdep=content["lockdep"],
        strict=content["strict"],
        implementations=content["implementations"],
        rounds=content["rounds"],
        problems=content["problems"],
    )
    return terms, [_made(entry, folder) for entry in content["boots"]]


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists alone."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()}


def _made(entry: Mapping[str, Any], folder: Path) -> Made:
    kunit: Counts | Problem | None = None
    if entry["kunit"]:
        problem = entry["kunit"].get("problem")
        kunit = Problem(problem) if problem else Counts(**entry["kunit"])
    console = folder / entry["boot"]["console"]
    boot = Boot(**{**entry["boot"], "console": console})
    return Made(entry["round"], boot, entry["planned"], kunit)
