# SPDX-License-Identifier: GPL-2.0
"""Defects of what serves programs: the fuzzer finds each of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from svacheck.lint import sources
from svacheck.places import ROOT

DEFECTS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "fuzz-defects.toml").read_text()
)["defect"]
ASKED = ("--kernel=7.3", "--lane=uml-debug-user", "--suite=fuzz", "--arg=svac_calls=6000")

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture(name="checkout", scope="module")
def copy_of_this_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("checkout")
    for file in sources().files:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    return copy


def judge(checkout: Path, results: Path) -> tuple[int, list[str]]:
    """The exit status, and all that is said to be wrong."""
    done = subprocess.run(
        [str(checkout / "scripts" / "svacheck"), "check", "--json", "-q", *ASKED],
        env={**os.environ, "SVACHECK_RESULTS": str(results)},
        stdout=subprocess.PIPE,
        check=False,
    )
    run: dict[str, Any] = json.loads(done.stdout)
    said = [*run["problems"], *(text for case in run["cases"] for text in case["messages"])]
    return done.returncode, said


@pytest.mark.parametrize("defect", DEFECTS, ids=[defect["name"] for defect in DEFECTS])
def test_the_fuzzer_finds_it(defect: dict[str, Any], checkout: Path, tmp_path: Path) -> None:
    file = checkout / "kunit/mock" / defect["file"]
    whole = file.read_text()
    assert whole.count(defect["old"]) == 1, "the defect does not fit the source any more"
    file.write_text(whole.replace(defect["old"], defect["new"]))
    try:
        status, said = judge(checkout, tmp_path)
    finally:
        file.write_text(whole)
    assert status in (1, 2)
    assert any(defect["says"] in text for text in said), said


def test_with_no_defect_there_is_nothing_to_find(checkout: Path, tmp_path: Path) -> None:
    assert judge(checkout, tmp_path) == (0, [])
