# SPDX-License-Identifier: GPL-2.0
"""Every kernel has its benchmarks, in the kernel and of programs, each with its floor."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from svacheck.bench.side import GAPS, KERNEL, Wanted, make
from svacheck.places import ROOT
from svacheck.progress import Progress
from svacheck.slots import StoppableLog

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

KERNELS = [("6.1", "carried"), ("6.12", "upstream"), ("7.3", "carried"), ("7.3", "upstream")]
CACHE_LINE = 64  # a function begins one
OF_PROGRAMS = ("dma.", "fault.", "bond.", "exit.", "mmap.", "munmap.", "mprotect.", "fork.")


@pytest.fixture(scope="module")
def boots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The series of one boot of each kernel."""
    found = {}
    for kernel in dict.fromkeys(kernel for kernel, _ in KERNELS):
        command = ["bench", "--json", "--kernel", kernel, "--boots", "1"]
        done = subprocess.run(
            [str(ROOT / "scripts" / "svacheck"), *command],
            env={**os.environ, "SVACHECK_RESULTS": str(tmp_path_factory.mktemp("results"))},
            stdout=subprocess.PIPE,
            check=False,
        )
        run: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == 0, run["problems"]
        found[kernel] = run["sides"][0]["boots"][0]["series"]
    return found


@pytest.mark.parametrize(("kernel", "implementation"), KERNELS)
def test_every_metric_is_measured(
    kernel: str, implementation: str, boots: dict[str, list[dict[str, Any]]]
) -> None:
    names = {series["metric"] for series in boots[kernel]}
    mine = {s["metric"]: s for s in boots[kernel] if s["implementation"] == implementation}
    assert {series["floor"] for series in mine.values()} <= {*names, "-"}
    programs = {name for name in mine if name.startswith(OF_PROGRAMS)}
    assert len(programs) >= 24
    assert len(set(mine) - programs) >= 30


MOVED = ("iommu_device_register", "iommu_group_ida", "mock_iommu", "mock_inject", "bench_measure")


def addresses(kernel: Path) -> dict[str, int]:
    """Where the symbols of a kernel lie, those that are there once."""
    said = subprocess.run(["nm", str(kernel)], stdout=subprocess.PIPE, check=True, text=True).stdout
    rows = [line.split() for line in said.splitlines()]
    names = Counter(row[-1] for row in rows)
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3 and names[row[2]] == 1}


@pytest.mark.parametrize("kernel", ["6.1", "7.3"])
def test_layouts_move_the_core_and_what_is_called_besides(kernel: str, tmp_path: Path) -> None:
    log, quiet = StoppableLog(None), Progress(quiet=True)
    jobs = len(os.sched_getaffinity(0))
    side = make(Wanted("x", kernel), 3, jobs, tmp_path, log, quiet)
    found = [addresses(build.directory / KERNEL) for build in side.layouts]
    assert [one for one in MOVED if one not in found[0]] == []
    for name in MOVED:
        assert len({one[name] for one in found}) == 3, name
    far = [one["iommu_device_register"] - found[0]["iommu_device_register"] for one in found]
    gaps = [gap - GAPS[0] for gap in GAPS[:3]]
    assert all(abs(moved - gap) < CACHE_LINE for moved, gap in zip(far, gaps)), (far, gaps)
