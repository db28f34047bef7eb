# SPDX-License-Identifier: GPL-2.0
"""Every kernel has its benchmarks, in the kernel and of programs, each with its floor."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from svacheck.places import ROOT

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

KERNELS = [("6.1", "carried"), ("6.12", "upstream"), ("7.3", "carried"), ("7.3", "upstream")]
OF_PROGRAMS = ("dma.", "fault.", "bond.", "exit.", "mmap.", "munmap.", "mprotect.", "fork.")


@pytest.fixture(scope="module")
def boots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The series of one boot of each kernel."""
    found = {}
    for kernel in dict.fromkeys(kernel for kernel, _ in KERNELS):
        command = ["bench", "--json", "--kernel", kernel, "--layouts", "1", "--boots", "1"]
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
