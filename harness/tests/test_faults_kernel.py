# SPDX-License-Identifier: GPL-2.0
"""Faults of a real kernel: planted in it, built, booted, and judged as a user would."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from faultlab import SUITE as SOUND
from faultlab import Lab
from faulttable import Fault, of

pytestmark = pytest.mark.kernel

IN_A_CASE = of("test_faults_kernel.py::test_a_fault_inside_a_case")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    made = Lab(tmp_path_factory.mktemp("lab"))
    made.plant("faults.c")
    return made


@pytest.mark.parametrize("fault", IN_A_CASE, ids=str)
def test_a_fault_inside_a_case(fault: Fault, lab: Lab, tmp_path: Path) -> None:
    case = f"svac1_{'named.fails' if fault.id == 'skip-in-name' else 'fault.' + fault.key}"
    limit = ("--boot-timeout", "5") if fault.key == "hangs" else ()
    done = lab.check(tmp_path, "--suite", f"{case},{SOUND}", *limit)
    assert (done.status, done.run["verdict"]) == (fault.exit, fault.verdict), done.said
    assert re.search(fault.says, done.said), done.said
    assert done.folder and not done.left
    bad = {c["status"] for c in done.run["cases"] if f"{c['suite']}.{c['name']}" == case}
    assert fault.case in bad and ("pass" not in bad or bad == {"pass"})
    sound = [c for c in done.run["cases"] if c["suite"] == SOUND]
    assert sound and {c["status"] for c in sound} == {"pass"}
