# SPDX-License-Identifier: GPL-2.0
"""Boot a kernel of UML under a tracer that counts the instructions of each call, one by one.

A processor's own counters are out of reach in most virtual machines, and valgrind ends as
soon as UML traces its first process. Single steps need nothing but ptrace.
"""

from __future__ import annotations

import platform
from pathlib import Path

from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.queries import ask

SOURCE = Path(__file__).with_name("steps.c")
BEGIN, END = "svac_bench_steps_begin", "svac_bench_steps_end"
CALLS = 5  # that are counted of each metric in a boot
ARGUMENT = f"svac_bench.steps={CALLS}"
MACHINE = "x86_64"


def stepper(place: Path, log: CommandLog) -> Path:
    """The tracer, built in the folder place. Problem: it cannot be, here."""
    if platform.machine() != MACHINE:
        raise Problem(f"instructions are counted on {MACHINE} alone")
    made = place / "steps"
    built = ask(log, ["gcc", "-O2", "-o", made, SOURCE], place)
    if built.status:
        raise Problem(f"the program that counts cannot be built: {built.trouble}", str(SOURCE))
    return made


def command(tracer: Path, kernel: Path, log: CommandLog) -> list[str]:
    """What to put before the command line of kernel. Problem: there is nothing to count."""
    told = ask(log, ["nm", "--defined-only", kernel], kernel.parent)
    symbols = {name: address for address, _, name in map(str.split, told.text.splitlines())}
    try:
        return [str(tracer), symbols[BEGIN], symbols[END]]
    except KeyError as missing:
        raise Problem(f"the kernel has no symbol {missing}", str(kernel)) from missing
