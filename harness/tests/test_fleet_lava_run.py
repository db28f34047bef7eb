# SPDX-License-Identifier: GPL-2.0
"""A real lane by LAVA: jobs run by lava-run of Debian, in a root that is made for that, on a device
of LAVA's own type qemu, come to what QEMU comes to without it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fake_fleet import said

from svacheck import check, results
from svacheck.fleet import costs, lavacarrier, lavalog, making, merge
from svacheck.fleet.planfile import Item
from svacheck.fleet.work import RUNS, Work
from svacheck.places import ROOT
from svacheck.progress import Progress

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="LAVA's dispatcher runs as root alone"),
]
KERNEL, LANE, PROGRAM = "6.12", "qemu-user", "limits"


def execute(work: Work, item: Item, *more: str) -> Path:
    """The run that an item has made."""
    argv = [str(ROOT / "scripts/svacheck"), "execute", str(work.folder / "plan.json")]
    argv += ["--work", str(work.folder), "--only", item.id, "--no-collect", *more]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (work.done(item) / RUNS).iterdir()
    return run


def test_a_lane_by_lava_is_the_lane(tmp_path: Path) -> None:
    asked = making.Request((KERNEL,), (LANE,), shards=12)
    plan = making.make(asked, costs.Costs({}, []), Progress(quiet=True))
    item = next(one for one in plan.items if PROGRAM in one.command[-1].split(","))
    here = execute(Work.open(tmp_path / "here", plan), item)
    there = execute(Work.open(tmp_path / "lava", plan), item, "--on", "lava")
    one, other = merge.load("here", here), merge.load("lava", there)
    assert said(other.run) == said(one.run)
    assert one.run["counts"]["cases"] > 0 and one.run["verdict"] == "pass"
    assert other.run["machine"]["why"] == "each boot is a LAVA job on a device of type qemu"
    for boot in other.run["boots"]:
        log = lavalog.read(there / "boots" / f"{boot['name']}.console.lava.yaml")
        assert dict(log.results) == _status(other.run, boot["name"])


def _status(run: Any, boot: str) -> dict[str, str]:
    """What each case of a boot came to, by the name that the program printed."""
    found: dict[str, str] = {}
    for case in run["cases"]:
        if case["boot"] == boot:
            row = case["param"].partition(":")[2]
            fixture = case["suite"] + (f".{row}" if row else "")
            found[f"{fixture}.{case['name']}"] = case["status"]
    return found


def test_a_kernel_that_panics_in_a_job_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine is gone before LAVA has seen an end: the job fails, its console counts."""
    quiet = Progress(quiet=True)
    carrier = lavacarrier.lava(tmp_path / "jobs", "", quiet)
    asked = check.Options(
        kernel=KERNEL,
        lane=LANE,
        suite="limits.*",
        kernel_args=("svacheck.implementation=carried", "rdinit=/none"),
        carrier=carrier,
    )
    done = check.check(asked, quiet)
    assert done.folder and done.run["verdict"] == "error"
    assert {boot["ending"] for boot in done.run["boots"]} == {"panic"}
    log = lavalog.read(next(done.folder.glob("boots/*.console.lava.yaml")))
    assert log.failed and not log.timed_out
    assert results.read(done.folder / "run.json") == done.run
