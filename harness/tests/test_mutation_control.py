# SPDX-License-Identifier: GPL-2.0
"""Positive controls of svacheck mutants: one that rules must kill, one that nothing can."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from svacheck.mutation.report import EQUIVALENT
from svacheck.places import ROOT

pytestmark = pytest.mark.kernel
NO_GRAB = "drop-get.iommu_sva_alloc_domain"
NO_EFFECT = "lock-late.iommu_set_device_pasid"  # a local variable is set without the lock


def test_controls(tmp_path: Path) -> None:
    listed = _svacheck(tmp_path, "--list").splitlines()
    names = [line.split()[0] for line in listed]
    (killed,) = (name for name in names if name.startswith(NO_GRAB))
    (equal,) = (name for name in names if name.startswith(NO_EFFECT))
    report: dict[str, Any] = json.loads(
        _svacheck(tmp_path, "--json", "--only", killed, "--only", equal)
    )
    assert "DOM-003" in report["killed_by"][killed]
    assert list(report["killed_by"]) == [killed]
    assert report["counts"]["killed"] == 1
    assert report["counts"][EQUIVALENT] == 1


def _svacheck(results: Path, *options: str) -> str:
    return subprocess.run(
        [str(ROOT / "scripts" / "svacheck"), "mutants", "-q", *options],
        env={**os.environ, "SVACHECK_RESULTS": str(results)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout
