# SPDX-License-Identifier: GPL-2.0
"""What the README shows is what its commands print today, and its commands can be typed.

A block that comes from a run is held against the run that `make test` has just made of that
kernel and lane, or, if there is none by this commit, against one that is made now.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import test_bench_history
from fake_machine import FakeMachine, space
from readme_blocks import Block, blocks, differs, usual
from test_defects import DEFECTS, checkout, planted  # noqa: F401  checkout is a fixture

from svacheck import cli, report, results
from svacheck.bench import power
from svacheck.bench.compare import Terms
from svacheck.commands import CommandLog
from svacheck.places import ROOT, results_folder
from svacheck.provenance import describe_self

DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "verdict.md")
SVACHECK = str(ROOT / "scripts" / "svacheck")
STORED = results_folder()  # that of whoever runs the tests
DEFECT = "max_pasids off by one"

# Words that one block alone has, and where that comes from: a run of a kernel in a lane ...
RUNS = {
    "README: $ ./scripts/check": ("6.1", "uml"),
    "README: Linux 7.3.4 | carried, upstream | lane uml\n": ("7.3", "uml"),
    "verdict: Linux 7.3.4 | carried, upstream | lane uml\n": ("7.3", "uml"),
    "verdict: BROKEN GRP-041": ("7.3", "uml"),
    "verdict: DIFFERS  GRP-037": ("7.3", "uml"),
    "verdict: KNOWN ISSUE": ("7.3", "uml"),
}
SLOW_RUNS = {
    "README: Linux 6.12.117 | carried, upstream | lane uml-user": ("6.12", "uml-user"),
    "README: Linux 7.3.4 | upstream | lane vtd": ("7.3", "vtd"),
    "README: Linux 6.12.117 | no implementation | lane device": ("6.12", "device"),
}
# ... or a test of its own, below
DEFECTIVE = "README: BROKEN PASID-009"
POWER, HISTORY, DOCTOR = "README: 95 % interval", "README: $ make bench-", "README: Machine  AMD"
OTHERS = (DEFECTIVE, POWER, HISTORY, DOCTOR)
# ... or one of another file
ELSEWHERE: Mapping[str, str] = {
    "README: REGRESSION GRP-036": "test_readme_tasks.py",
    "README: FIRST BAD": "test_readme_tasks.py",
    "README: CERTIFIED  SVA with": "test_readme_tasks.py",
    "README: --driver dsa-model": "test_kit.py",
}


def shown(which: str) -> Block:
    """The block of a document that has these words: "README: words"."""
    stem, _, words = which.partition(": ")
    (document,) = [name for name in DOCUMENTS if name.stem == stem]
    found = [block for block in blocks(document) if words in block.text + "\n"]
    assert len(found) == 1, f"{len(found)} blocks have {which!r}"
    return found[0]


def hold(which: str, printed: str) -> None:
    """Fail if the block shows anything but that."""
    block = shown(which)
    wrong = differs(re.sub(r"^\$ .*\n", "", block.text), printed)
    assert not wrong, f"{block.document.name}:{block.line}: stale: {wrong}"


def test_each_block_has_a_test() -> None:
    known = [*RUNS, *SLOW_RUNS, *OTHERS, *ELSEWHERE]
    with_one = [shown(words) for words in known]
    without = [b for name in DOCUMENTS for b in blocks(name) if b not in with_one]
    assert not without, [f"{b.document.name}:{b.line}: {b.text[:60]}" for b in without]
    for words, file in ELSEWHERE.items():
        assert words in Path(__file__).with_name(file).read_text(), f"{file} has no {words!r}"


# ---- runs ----


@cache
def run_of(kernel: str, lane: str) -> dict[str, Any]:
    """The newest whole run that is stored, if this very commit has made it; else a new one."""
    commit = describe_self(CommandLog())["commit"]
    for folder in reversed(results.stored(STORED)):
        run: dict[str, Any] = json.loads((folder / "run.json").read_bytes())
        whole = not (run["select"] or run["plugged_in"] or run["kernel_args"])
        if run["lane"] == lane and run["tree"]["name"] == kernel and whole:
            if commit and run["svacheck"]["commit"] == commit:
                return run
            break
    argv = [SVACHECK, "check", "--json", "--kernel", kernel, "--lane", lane]
    said = subprocess.run(argv, stdout=subprocess.PIPE, check=False).stdout
    made: dict[str, Any] = json.loads(said)
    return made


def printed_of(kernel: str, lane: str, *, phases: bool = False) -> str:
    """What svacheck check prints of that run, where its kernel had been fetched before."""
    run = run_of(kernel, lane)
    out = io.StringIO()
    for name in run["phases"] if phases else ():
        if not name.startswith(("download ", "unpack ")):
            out.write(f"{name} ...\n{name}: done in 1 s\n")
    report.show(run, Path("results", run["id"]), 0, out, False)
    return out.getvalue()


@pytest.mark.kernel
@pytest.mark.parametrize("words", RUNS)
def test_run(words: str) -> None:
    hold(words, printed_of(*RUNS[words], phases="$" in words))


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.parametrize("words", SLOW_RUNS)
def test_slow_run(words: str) -> None:
    hold(words, printed_of(*SLOW_RUNS[words]))


@pytest.mark.kernel
@pytest.mark.slow
def test_run_with_the_defect(checkout: Path, tmp_path: Path) -> None:  # noqa: F811
    (defect,) = [d for d in DEFECTS if d["name"] == DEFECT]
    environment = {**os.environ, "SVACHECK_RESULTS": str(tmp_path / "results")}
    argv = [str(checkout / "scripts" / "svacheck"), "check"]
    with planted(defect, checkout):
        done = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 1
    hold(DEFECTIVE, done.stdout)


# ---- what takes no kernel ----


def test_power() -> None:
    record = (ROOT / "results" / "power.md").read_text()
    levels = []
    for row in re.findall(r"^\| 44 \| 0.25 % \|(.*)\|$", record, re.MULTILINE):
        percent, measured, trials, slower, faster = (
            re.findall(r"-?[\d.]+", cell)[0] for cell in row.split("|")[:5]
        )
        ratio = 1 + float(measured) / 100
        level = power.Level(float(percent), 0, int(trials), int(slower), int(faster))
        levels.append(replace(level, ratios=[ratio]))
    options = power.Options(boots=44, terms=Terms(margin=0.0025))
    hold(POWER, "\n".join(power._table(levels, options)))


def test_history(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results.mkdir()
    test_bench_history.year(results, lambda nth: 1.0, 1)
    assert cli.main(["bench-history", "--kernel", "7.3"]) == 2
    # The lines before it are the progress, which a terminal shows live
    said = capsys.readouterr().err.splitlines()[-1].replace(str(results), "/src/svacheck/results")
    block = shown(HISTORY).text.partition("\n")[2]
    here, there = (re.sub(r"\d+ metrics: it takes \d+", "N", text) for text in (block, said))
    assert usual(here) == usual(there)


def test_doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = FakeMachine(tmp_path)
    machine.cpu("AuthenticAMD", "fpu")
    cpu = (tmp_path / "proc/cpuinfo").read_text()
    machine.write("proc/cpuinfo", cpu.replace("A processor", "AMD EPYC"))
    machine.kernel("6.18.44-fc-v669", config="MMU_NOTIFIER")
    machine.symbols()
    machine.tables()
    for number in range(6):
        machine.function(f"0000:00:0{number}.0", space(None))
    (tmp_path / "sys/class/iommu").mkdir(parents=True)
    cli.main(["doctor", "--root", str(tmp_path)])
    hold(DOCTOR, capsys.readouterr().out.replace(f" (of {tmp_path})", ""))
