# SPDX-License-Identifier: GPL-2.0
"""What a stock kernel or the module for one device does wrong is found by the right rule."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from test_defects import assert_caught, checkout, judge

__all__ = ["checkout"]  # a fixture

_FILE = Path(__file__).parent / "device-defects.toml"
DEFECTS: list[dict[str, Any]] = tomllib.loads(_FILE.read_text())["defect"]
LEAST = 10  # cases that have to run on a stock kernel, apart from those of the module itself

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.mark.parametrize("defect", DEFECTS, ids=[d["name"] for d in DEFECTS])
def test_device_defect(defect: dict[str, Any], checkout: Path, tmp_path: Path) -> None:
    also = defect.get("also", [])
    file = checkout / "kunit" / defect["file"]
    whole = planted = file.read_text()
    for old, new in [(defect["old"], defect["new"]), *zip(also[::2], also[1::2])]:
        assert planted.count(old) == 1, "the defect does not fit the source any more"
        planted = planted.replace(old, new)
    file.write_text(planted)
    try:
        where = ("--kernel", defect.get("kernel", "6.12"), "--lane", defect.get("lane", "device"))
        status, run = judge(checkout, tmp_path, *where, *defect["options"])
    finally:
        file.write_text(whole)
    assert_caught(defect, status, run)


@pytest.mark.parametrize("kernel, least", [("6.1", LEAST), ("6.12", 2 * LEAST)])
def test_enough_cases_run(kernel: str, least: int, checkout: Path, tmp_path: Path) -> None:
    status, run = judge(
        checkout, tmp_path, "--kernel", kernel, "--lane", "device", "--suite", "svac_device*"
    )
    ran = [case["id"] for case in run["cases"] if case["status"] == "pass"]
    assert status == 0
    assert len([id for id in ran if not id.startswith("svac_module_")]) >= least
