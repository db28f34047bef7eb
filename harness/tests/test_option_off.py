# SPDX-License-Identifier: GPL-2.0
"""The IOMMU core compiles with the carried implementation switched off."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from svacheck.cachedirs import Cache

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize("source, works", [("#undef CONFIG_IOMMU_SVA_DOMAIN", True), ("x;", False)])
def test_iommu_core_without_sva_domains(source: str, works: bool, tmp_path: Path) -> None:
    found = sorted(Cache.default().work("").glob("*/build-uml/drivers/iommu/.iommu.o.cmd"))
    if not found:
        pytest.skip("no kernel built yet; make check builds one")
    match = re.match(r"(?:saved)?cmd_\S+ := (.*)", found[-1].read_text())
    assert match
    first = tmp_path / "first.h"
    first.write_text(source + "\n")
    # What kbuild ran, with one more header behind its own, and to no effect but messages
    command = shlex.split(re.sub(r"-Wp,-MMD,\S+", "", match[1]))
    command[-1:-1] = ["-Werror", "-fsyntax-only", "-include", str(first)]
    done = subprocess.run(
        command, cwd=found[-1].parents[2], capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == works, done.stderr
