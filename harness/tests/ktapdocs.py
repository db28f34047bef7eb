# SPDX-License-Identifier: GPL-2.0
"""KTAP documents for fuzzing: made by grammar, rendered as KUnit prints them, and damaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from made_up import BOOK
from made_up import outcome as made

from svacheck import console, ktap, verdict
from svacheck.judged import PASS

HALT = "reboot: System halted\n"
OUTCOMES = ("pass", "fail", "skip")
RULE = "PASID-001"


@dataclass(frozen=True)
class Param:
    """A result of a case for one parameter."""

    name: str
    outcome: str


@dataclass(frozen=True)
class TestCase:
    """A case; without parameters it has an outcome of its own."""

    name: str
    params: tuple[Param, ...]
    outcome: str = "pass"

    @property
    def ok(self) -> bool:
        return "fail" not in [param.outcome for param in self.params] + [self.outcome]


@dataclass(frozen=True)
class Suite:
    """A suite of cases."""

    name: str
    cases: tuple[TestCase, ...]

    @property
    def ok(self) -> bool:
        return all(case.ok for case in self.cases)


Doc = tuple[Suite, ...]

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
PARAM_NAMES = st.from_regex(r"carried(:[a-z0-9_. -]{0,8}[a-z0-9])?", fullmatch=True)
PARAMS = st.builds(Param, PARAM_NAMES, st.sampled_from(OUTCOMES))


def its_name(one: Any) -> str:
    return str(one.name)


CASES = st.builds(
    lambda name, params, outcome: TestCase(name, tuple(params), "pass" if params else outcome),
    NAMES,
    st.lists(PARAMS, max_size=3, unique_by=its_name),
    st.sampled_from(OUTCOMES),
)
SUITES = st.builds(
    lambda name, cases: Suite("svac_" + name, tuple(cases)),
    NAMES,
    st.lists(CASES, min_size=1, max_size=4, unique_by=its_name),
)
DOCS: st.SearchStrategy[Doc] = st.lists(SUITES, min_size=1, max_size=3, unique_by=its_name).map(
    lambda suites: tuple(suites)
)


def line(depth: int, ok: bool, number: int, name: str, outcome: str) -> str:
    skip = " # SKIP not here" if outcome == "skip" else ""
    return f"{'    ' * depth}{'ok' if ok else 'not ok'} {number} {name}{skip}\n"


def render(doc: Doc) -> list[str]:
    """As the KUnit of 6.1 prints it."""
    lines = ["KTAP version 1\n", f"1..{len(doc)}\n"]
    for at, suite in enumerate(doc, 1):
        lines += ["    KTAP version 1\n", f"    # Subtest: {suite.name}\n"]
        lines.append(f"    1..{len(suite.cases)}\n")
        for number, case in enumerate(suite.cases, 1):
            if case.params:
                lines += ["        KTAP version 1\n", f"        # Subtest: {case.name}\n"]
            if not case.params:
                lines.append(f"    # {case.name}: rule: {RULE}\n")
            for nth, param in enumerate(case.params, 1):
                lines.append(f"    # {case.name}: rule: {RULE}\n")
                lines.append(line(2, param.outcome != "fail", nth, param.name, param.outcome))
            lines.append(line(1, case.ok, number, case.name, case.outcome))
        lines.append(line(0, suite.ok, at, suite.name, "pass"))
    return [*lines, HALT]


def parsed(lines: Sequence[str]) -> Doc:
    """What the reader makes of it, in the words of the grammar."""
    document = ktap.read(lines)
    return tuple(
        Suite(
            suite.name,
            tuple(
                TestCase(
                    case.name,
                    tuple(Param(param.name, param.outcome) for param in case.children),
                    "pass" if case.group else case.outcome,
                )
                for case in suite.children
            ),
        )
        for suite in document.root.children
    )


def results(lines: Sequence[str]) -> list[int]:
    """Where the result lines stand."""
    return [n for n, text in enumerate(lines) if text.lstrip().startswith(("ok ", "not ok "))]


def passes(lines: Sequence[str], planned: Sequence[str]) -> bool:
    """Whether a console with these lines, which was to run what was planned, is a pass for the
    judge; what kunit.py counts is taken to be what we count."""
    document = ktap.read(lines)
    counts = ktap.counts(document)
    faults = [a.text for a in document.anomalies if a.serious]
    faults += ["more"] if document.serious() and not faults else []
    one = made(
        *ktap.cases(document),
        planned=planned,
        reports=console.reports(lines),
        ending=console.ending(lines, False).kind,
        counts=counts,
        kunit_counts=counts,
        faults=faults,
    )
    cited = {key: (RULE,) for key in planned}
    return verdict.judge(planned, [one], BOOK, cited).verdict == PASS


def planned(doc: Doc) -> list[str]:
    """All cases of a document, as "suite.case"."""
    return [f"{suite.name}.{case.name}" for suite in doc for case in suite.cases]
