# SPDX-License-Identifier: GPL-2.0
"""Drivers whose flaw programs see: each breaks the rules that it is said to, and not all."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from svacheck import rulebook
from svacheck.brokendrivers import PARAMETER, Driver, load
from svacheck.places import ROOT

DRIVERS = [driver for driver in load(rulebook.load()) if driver.programs]

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.mark.parametrize("driver", DRIVERS, ids=[driver.name for driver in DRIVERS])
def test_programs_catch_it(driver: Driver, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            str(ROOT / "scripts" / "svacheck"),
            "check",
            "--json",
            "-q",
            "--lane=uml-user",
            f"--arg={PARAMETER}={driver.name}",
        ],
        env={**os.environ, "SVACHECK_RESULTS": str(tmp_path)},
        stdout=subprocess.PIPE,
        check=False,
    )
    run: dict[str, Any] = json.loads(done.stdout)
    verdicts = {rule["id"]: rule["verdict"] for rule in run["rules"]}
    broken = {rule for rule, verdict in verdicts.items() if verdict == "broken"}
    assert done.returncode == 1, run["problems"]
    assert set(driver.programs) <= broken
    assert "kept" in verdicts.values()
