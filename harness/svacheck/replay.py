# SPDX-License-Identifier: GPL-2.0
"""svacheck replay: one sequence of calls again, step by step, as a failed case printed it.

What the words of a sequence mean: kunit/suites/model_text.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from svacheck.check import Finished, Options, check, read_lines
from svacheck.errors import Problem
from svacheck.progress import Progress
from svacheck.report import visible

CASE = "svac_sequence.replayed_sequence_is_as_the_model_has_it"
DIFFER = "svac_differ.carried_and_upstream_agree_in_the_replayed_sequence"
MOST = 1024  # calls, as the kernel has it
LONGEST = 1023  # characters of a parameter that the kernel takes

_CALL = re.compile(
    r"(?:alloc|free)\([ABU]\)|exit\([AB]\)|fail\((?:driver|memory)\)"
    r"|d[01]\.(?:set\(p[012],[ABU]\)|block\(p[012]\)|join\(g[01]\)|leave)"
)
# A sequence for two implementations side by side begins with where it runs, and may bind
_PLACE = re.compile(r"in\([a-z]+\)")
_BOND = re.compile(r"d[01]\.(?:bind|unbind)\([AB]\)")
_STEP = re.compile(r"\s*# (?:\S+: )?step: (.*)$")


def kernel_arg(sequence: str) -> str:
    """The kernel parameter that replays sequence; Problem if it is none."""
    calls = sequence.replace(";", " ").split()
    if not calls:
        raise Problem("the sequence is empty", "replay", "a failed case prints one: # reproducer")
    differ = bool(_PLACE.fullmatch(calls[0]))
    for call in calls[differ:]:
        if not _CALL.fullmatch(call) and not (differ and _BOND.fullmatch(call)):
            raise Problem(
                f"{call!r} is no call",
                "replay",
                "calls look like alloc(A) d0.set(p1,A) d1.join(g0) d0.block(p1) fail(memory)",
            )
    value = ";".join(calls)
    if len(calls) - differ > MOST or len(value) > LONGEST:
        raise Problem(f"the sequence is longer than {LONGEST} characters", "replay")
    return f"svacheck.{'differ_' if differ else ''}replay={value}"


def replay(options: Options, sequence: str, progress: Progress) -> Finished:
    """Build, boot and judge the one case that replays sequence; Problem as check() raises."""
    argument = kernel_arg(sequence)
    case = DIFFER if argument.startswith("svacheck.differ_") else CASE
    return check(
        replace(options, suite=case, kernel_args=(*options.kernel_args, argument)), progress
    )


def steps(done: Finished) -> Iterator[str]:
    """One line for each call of each implementation, or of both side by side: the call,
    and what came of it."""
    for case in done.run["cases"]:
        boots = [boot for boot in done.run["boots"] if boot["name"] == case["boot"]]
        if not done.folder or not boots:
            continue
        lines = read_lines(done.folder / Path(boots[0]["console"]))
        yield f"{case['param'] or case['suite']}:"
        yield from _said(lines[case["first_line"] - 1 : case["last_line"]])


def _said(lines: Sequence[str]) -> Iterator[str]:
    number = 0
    for line in lines:
        match = _STEP.match(line)
        if match:
            number += 1
            yield f"  {number:3} {visible(match[1].strip())}"
