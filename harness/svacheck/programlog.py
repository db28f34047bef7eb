# SPDX-License-Identifier: GPL-2.0
"""What the console of a boot says of the program that ran in it. No I/O.

The results of kselftest_harness.h are flat, and that of a skipped case has no name in older
versions: each is announced by a line "#  RUN  fixture.variant.test ...".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from svacheck import ktap
from svacheck.judged import number, some
from svacheck.ktap import Document, Node
from svacheck.model import Case
from svacheck.programcases import ProgramCase

_RUN = re.compile(r"\s*#\s+RUN\s+(\S+) \.\.\.")
_INIT = re.compile(r"# init: (.*\S)")
_ANSWERS = re.compile(r"implementation (\w+)$")
_ENDED = re.compile(r"(\S+) (?:ended with status|was killed by signal) (\d+)$")
# UML of 6.12 and before has room for 2696 bytes of a program's floating point registers. With
# AMX a host has 11008, and takes them whole or not at all.
_NO_ROOM = re.compile(r"ptrace set fp regs failed, errno = 14$")
_NO_ROOM_MEANS = (
    "this User Mode Linux has no room for the registers that the host's processor saves for a"
    " program (AMX), and kunit/hooks/xstate.c, which is to help it, did not: on such a host take"
    " a kernel that has room (7.2 or later)"
)
PASSED, FAILED, SKIPPED = 0, 1, 4  # exit statuses of kselftest


@dataclass(frozen=True)
class Said:
    """What init says. ending: its line on how the program ended, "" if there is none;
    status: of a program that exited by itself; troubles: its other lines."""

    implementation: str
    ending: str
    status: int | None
    troubles: Sequence[str]


def said(lines: Sequence[str]) -> Said:
    """The lines of init in a console."""
    implementation, ending, status = "", "", None
    troubles: list[str] = []
    for line in lines:
        match = _INIT.search(line)
        if not match:
            continue
        answers, ended = _ANSWERS.match(match[1]), _ENDED.match(match[1])
        if answers:
            implementation = answers[1]
        elif ended:
            ending = match[1]
            status = int(ended[2]) if "ended with" in ending else None
        else:
            troubles.append(match[1])
    return Said(implementation, ending, status, troubles)


def read(
    document: Document,
    lines: Sequence[str],
    programs: Mapping[str, ProgramCase],
    planned: Sequence[str],
    stopped: bool,
) -> tuple[list[Case], list[str]]:
    """The cases that ran, and what is wrong with the boot as a whole.

    programs: all that are known; planned: the cases that had to run: others of the same
    program are left out; stopped: the kernel was told to stop, so init had its say."""
    init = said(lines)
    program = programs[planned[0]].program
    named = {
        name: (key, variant)
        for key, case in programs.items()
        if case.program == program
        for name, variant in case.names.items()
    }
    faults: list[str] = []
    cases: list[Case] = []
    for node in _results(document):
        name = _announced(node) or node.name
        if node.line and node.name and node.name != name:
            faults.append(f"the result of {name} is called {node.name}")
        key, variant = named.get(name, (name if "." in name else f"{program}.{name}", ""))
        suite, test = key.split(".", 1)
        param = init.implementation + (f":{variant}" if variant else "")
        if key in planned or name not in named:
            cases.append(ktap.case_of(node, suite, test, param))
    faults += _twice(cases) + _rows(cases, programs, planned)
    faults += init.troubles
    if any(_NO_ROOM.search(line.rstrip()) for line in lines):
        faults.append(_NO_ROOM_MEANS)
    elif not init.implementation:
        faults.append("nobody says which implementation answers")
    if stopped:
        faults += _ended(init, program, document.root.children)
    return cases, faults


def _results(document: Document) -> list[Node]:
    """One for each result, and one for a case that began and has none."""
    found = list(document.root.children)
    begun = next((line for line in document.root.diagnostics if _RUN.match(line)), "")
    if begun:
        first = found[-1].last_line + 1 if found else document.started
        last = document.root.last_line
        found.append(Node(diagnostics=document.root.diagnostics, first_line=first, last_line=last))
    return found


def _announced(node: Node) -> str:
    names = [match[1] for line in node.diagnostics if (match := _RUN.match(line))]
    return names[-1] if names else ""


def _twice(cases: Sequence[Case]) -> list[str]:
    ids = [case.id for case in cases]
    twice = [id for id in dict.fromkeys(ids) if ids.count(id) > 1]
    return [f"more than one result for {some(twice)}"] if twice else []


def _rows(
    cases: Sequence[Case], programs: Mapping[str, ProgramCase], planned: Sequence[str]
) -> list[str]:
    """Of each case that ran, the variants that did not."""
    ran: dict[str, set[str]] = {}
    for case in cases:
        ran.setdefault(f"{case.suite}.{case.name}", set()).add(case.param.partition(":")[2])
    faults = []
    for key in planned:
        absent = [v for v in programs[key].names.values() if key in ran and v not in ran[key]]
        if absent:
            faults.append(f"{key} did not run as {some(absent)}")
    return faults


def _ended(init: Said, program: str, results: Sequence[Node]) -> list[str]:
    """What the program's end says that its results do not."""
    if not init.ending:
        return [f"init does not say how {program} ended"]
    after = f"after {number(len(results), 'result')}"
    if init.status is None or init.status not in (PASSED, FAILED, SKIPPED):
        return [f"{init.ending} {after}"]
    # One that passes against expectation is no failure for the program
    failed = any(node.outcome not in ("pass", "skip", "xfail", "xpass") for node in results)
    if failed != (init.status == FAILED):
        return [f"{init.ending} {after}, which say otherwise"]
    return []
