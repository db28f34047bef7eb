# SPDX-License-Identifier: GPL-2.0
"""make test: the project's own tests, part by part, summed up in one last line."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from svacheck.commands import has_ended, kill_group
from svacheck.errors import EXIT_FAIL, EXIT_PASS, Problem
from svacheck.places import ROOT

LIMIT = 1800.0  # seconds for a part; the longest of `make test` takes less than half of it
SLOW_LIMIT = 6 * 3600.0
GRACE = 30.0  # for a part that is stopped to say where it was


@dataclass(frozen=True)
class Tally:
    """How many tests of a part came to what."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass(frozen=True)
class Part:
    """One part of the tests: a command, and how its standard output is counted."""

    name: str
    argv: tuple[str, ...]
    count: Callable[[str], Tally]
    slow: bool = False  # only with --all
    limit: float | None = None  # seconds; None: that of all, or of all slow ones

    def seconds(self) -> float:
        """How long it may take before it counts as hung."""
        return self.limit or (SLOW_LIMIT if self.slow else LIMIT)


def count_lint(output: str) -> Tally:
    """Lines "ok NAME", "failed NAME", "skipped NAME: why"."""
    words = [line.split()[0] for line in output.splitlines() if line[:1].strip()]
    return Tally(words.count("ok"), words.count("failed"), words.count("skipped"))


def count_pytest(output: str) -> Tally:
    """The last line of pytest -q: "1 failed, 30 passed, 2 skipped, 1 error in 3.21s"."""
    summaries = re.findall(r"^(?:=+ )?(\d+ [a-z].*) in [\d.]+s", output, re.MULTILINE)
    found: dict[str, int] = {}
    for number, word in re.findall(r"(\d+) ([a-z]+)", summaries[-1] if summaries else ""):
        found[word.removesuffix("s")] = int(number)
    return Tally(
        found.get("passed", 0) + found.get("xfailed", 0),
        found.get("failed", 0) + found.get("error", 0) + found.get("xpassed", 0),
        found.get("skipped", 0),
    )


def count_tap(output: str) -> Tally:
    """Result lines of TAP, as bats prints it."""
    skipped = len(re.findall(r"^ok \d+ .*# skip", output, re.MULTILINE | re.IGNORECASE))
    passed = len(re.findall(r"^ok \d+", output, re.MULTILINE))
    return Tally(passed - skipped, len(re.findall(r"^not ok \d+", output, re.MULTILINE)), skipped)


def count_run(output: str) -> Tally:
    """The run.json that svacheck check --json prints; known issues count as skipped."""
    try:
        run = json.loads(output)
        counts, known = run["counts"], len(run["known_issues"])
    except (ValueError, KeyError, TypeError):
        return Tally(failed=1)
    failed = counts["failed"] + counts["errors"] - known
    return Tally(counts["passed"], failed, counts["skipped"] + known)


def count_drivers(output: str) -> Tally:
    """The matrix.json that svacheck broken-drivers --json prints: one test a driver."""
    try:
        caught = [driver["caught"] for driver in json.loads(output)["drivers"]]
    except (ValueError, KeyError, TypeError):
        return Tally(failed=1)
    return Tally(caught.count(True), len(caught) - caught.count(True))


def count_mutants(output: str) -> Tally:
    """The report.json that svacheck mutants --json prints; what cannot tell is skipped."""
    try:
        report = json.loads(output)
        counts, whole, lists = report["counts"], report["mutants"], report["lists"]
        undetected = sum(counts[kind] for kind in ("survived", "uncovered", "hung"))
        aside = sum(counts[kind] for kind in ("same object", "twin", "not built", "equivalent"))
        wrong = len(lists["judged equivalent, but not"])
    except (ValueError, KeyError, TypeError):
        return Tally(failed=1)
    return Tally(whole - undetected - aside - wrong, undetected + wrong, aside)


SVACHECK = str(ROOT / "scripts" / "svacheck")
PYTEST = (sys.executable, "-m", "pytest", "-q", "--color=no")


def _known(kernel: str, lane: str = "uml") -> tuple[str, ...]:
    """A check of a kernel of which failures are known."""
    return (SVACHECK, "check", "--json", "--allow-known", "--kernel", kernel, "--lane", lane)


PARTS: tuple[Part, ...] = (
    # The end-to-end check comes first: it fetches the kernel whose scripts lint uses.
    Part("check", (SVACHECK, "check", "--json"), count_run),
    Part("check-7.3", _known("7.3"), count_run),
    Part("lint", (SVACHECK, "lint"), count_lint),
    Part("pytest", (*PYTEST, "-m", "not kernel and not slow"), count_pytest),
    Part("bats", ("bats", "--tap", "harness/tests/bats"), count_tap),
    Part("defects", (*PYTEST, "-m", "kernel and not slow and not upstream"), count_pytest),
    Part("broken-drivers", (SVACHECK, "broken-drivers", "--json"), count_drivers),
    Part("mutants", (SVACHECK, "mutants", "--sample", "24", "-q", "--json"), count_mutants),
    Part("check-6.12", _known("6.12"), count_run, slow=True),
    Part("check-7.2", _known("7.2"), count_run, slow=True),
    Part("smp", _known("7.3", "uml-smp"), count_run, slow=True),
    Part("selftests", (SVACHECK, "check", "--json", "--lane", "uml-user"), count_run, slow=True),
    Part("selftests-7.3", _known("7.3", "uml-user"), count_run, slow=True),
    Part("selftests-smp", _known("7.3", "uml-smp-user"), count_run, slow=True),
    *(
        Part(f"selftests-qemu-{kernel}", _known(kernel, "qemu-user"), count_run, slow=True)
        for kernel in ("6.1", "6.12", "7.3")
    ),
    Part("selftests-debug-7.3", _known("7.3", "uml-debug-user"), count_run, slow=True),
    Part("qemu", _known("6.1", "qemu"), count_run, slow=True),
    Part("qemu-6.12", _known("6.12", "qemu"), count_run, slow=True),
    Part("qemu-kcsan", _known("6.1", "qemu-kcsan"), count_run, slow=True),
    Part("qemu-kcsan-6.12", _known("6.12", "qemu-kcsan"), count_run, slow=True),
    Part("vtd", _known("7.3", "vtd"), count_run, slow=True),
    Part("vtd-6.12", _known("6.12", "vtd"), count_run, slow=True),
    Part("device", (SVACHECK, "check", "--json", "--lane", "device"), count_run, slow=True),
    Part("device-6.12", _known("6.12", "device"), count_run, slow=True),
    Part(
        "device-mock",
        (*_known("7.3", "uml-device"), "--suite", "svac_device*"),
        count_run,
        slow=True,
    ),
    Part("stability", (SVACHECK, "check", "--json", "--boots", "50"), count_run, slow=True),
    Part("debug", (SVACHECK, "check", "--json", "--lane", "uml-debug"), count_run, slow=True),
    *(
        Part(f"debug-{kernel}", _known(kernel, "uml-debug"), count_run, slow=True)
        for kernel in ("6.12", "7.2", "7.3")
    ),
    Part("debug-defects", (*PYTEST, "-m", "slow"), count_pytest, slow=True),
    Part("upstream-defects", (*PYTEST, "-m", "upstream"), count_pytest, slow=True),
    Part(
        "debug-stability",
        (SVACHECK, "check", "--json", "--lane", "uml-debug", "--boots", "50"),
        count_run,
        slow=True,
    ),
)


def selftest(only: Sequence[str] = (), everything: bool = False) -> int:
    """Run the parts (those of only, or all but the slow ones); 1 if a test failed."""
    names = [part.name for part in PARTS]
    for name in only:
        if name not in names:
            raise Problem(f"no part {name!r}", "--only", "parts are " + ", ".join(names))
    total = Tally()
    for part in PARTS:
        if part.name in only or (not only and (everything or not part.slow)):
            total += run_part(part)
    print(total)
    return EXIT_FAIL if total.failed else EXIT_PASS


def run_part(part: Part) -> Tally:
    """Run one part and print what it came to, and its output if it did not pass.

    A part that ran no test, failed without a failed test, or did not end in its time counts as
    one failure more. What it has said is printed as well when we are interrupted.
    """
    print(f"== {part.name}: {' '.join(part.argv)}", flush=True)
    before, start = _cpu_seconds(), time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        try:
            status = _ended(part, said)
        except BaseException:
            said.seek(0)
            print(said.read(), flush=True)
            raise
        said.seek(0)
        output = said.read()
    wall, cpu = time.monotonic() - start, _cpu_seconds() - before
    tally = part.count(output)
    note = ""
    if status is None:
        tally, note = tally + Tally(failed=1), f" (stopped after {part.seconds():.0f} s)"
    elif not tally.passed and not tally.failed:
        tally, note = tally + Tally(failed=1), " (it ran no test)"
    elif status and not tally.failed:
        tally, note = tally + Tally(failed=1), f" (exit status {status})"
    if tally.failed:
        print(output, end="" if output.endswith("\n") else "\n")
    print(f"== {part.name}: {tally}{note}, {wall:.1f} s wall, {cpu:.1f} s CPU", flush=True)
    return tally


def _ended(part: Part, said: IO[str]) -> int | None:
    """The exit status of the part, whose standard output goes to said; None: it took too long."""
    try:
        process = subprocess.Popen(
            part.argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, start_new_session=True
        )
    except OSError as error:
        said.write(f"cannot run {part.argv[0]}: {error.strerror}\n")
        return 2
    try:
        over = has_ended(process, part.seconds())
    finally:
        if not has_ended(process, 0):
            os.killpg(process.pid, signal.SIGINT)  # which makes pytest show where it waits
            has_ended(process, GRACE)
        kill_group(process.pid)
        status = process.wait()
    return status if over else None


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
