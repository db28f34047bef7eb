# SPDX-License-Identifier: GPL-2.0
"""Each check or fix that is taken out of Linux 7.3 is missed by the rule that it is for."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from svacheck import debian
from svacheck.cachedirs import Cache
from svacheck.commands import CommandLog
from svacheck.kernels import find_kernel
from svacheck.places import ROOT
from svacheck.progress import Progress

KERNEL = "7.3"
PLANTED: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "upstream-defects.toml").read_text()
)["defect"]
DEFECTS = [defect for defect in PLANTED if "lane" not in defect]
OF_A_LANE = [defect for defect in PLANTED if "lane" in defect]

pytestmark = [pytest.mark.kernel, pytest.mark.upstream]


@pytest.fixture(scope="session")
def stock() -> Iterator[Path]:
    """A copy of the kernel to plant defects in; it shares the files with the unpacked one."""
    found = debian.pristine(
        find_kernel(KERNEL), Cache.default(), CommandLog(), Progress(quiet=True)
    )
    # Beside the unpacked one, so that hard links can be had
    copy = found.tree.parent.with_name(f"{found.tree.parent.name}-defects")
    subprocess.run(["rm", "-rf", str(copy)], check=True)
    subprocess.run(["cp", "-al", str(found.tree), str(copy)], check=True)
    yield copy
    subprocess.run(["rm", "-rf", str(copy)], check=True)


def judge(tree: Path, results: Path, lane: str = "uml", *more: str) -> dict[str, Any]:
    done = subprocess.run(
        [
            str(ROOT / "scripts" / "svacheck"),
            "check",
            "--json",
            "-q",
            "--kdir",
            str(tree),
            "--suite",
            "svac*",
            "--lane",
            lane,
            *more,
        ],
        env={**os.environ, "SVACHECK_RESULTS": str(results)},
        stdout=subprocess.PIPE,
        check=False,
    )
    run: dict[str, Any] = json.loads(done.stdout)
    return run


def broken(run: dict[str, Any]) -> set[str]:
    return {rule["id"] for rule in run["rules"] if rule["verdict"] == "broken"}


@contextmanager
def planted(defect: dict[str, Any], tree: Path) -> Iterator[None]:
    """tree with the defect in it; the file is written anew, for it is a link."""
    file = tree / "drivers" / "iommu" / defect["file"]
    whole = file.read_text()
    assert whole.count(defect["old"]) == 1, "the defect does not fit the source any more"
    _write(file, whole.replace(defect["old"], defect["new"]))
    try:
        yield
    finally:
        _write(file, whole)


def _write(file: Path, text: str) -> None:
    new = file.with_name(file.name + ".new")
    new.write_text(text)
    new.replace(file)


@pytest.fixture(scope="session")
def known(stock: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The rules that the kernel breaks as it is (results/findings/)."""
    run = judge(stock, tmp_path_factory.mktemp("results"))
    assert run["problems"] == []
    return broken(run)


@pytest.mark.parametrize("defect", DEFECTS, ids=[d["name"] for d in DEFECTS])
def test_defect(defect: dict[str, Any], stock: Path, known: set[str], tmp_path: Path) -> None:
    with planted(defect, stock):
        run = judge(stock, tmp_path)
    assert defect["rule"] in broken(run) - known, run["problems"]
    down = {boot["name"] for boot in run["boots"] if boot["ending"] != "halted"}
    assert run["verdict"] == ("error" if down else "fail"), run["problems"]
    # Each case ran, and has a verdict unless the kernel went down in it, or before any of its suite
    errors = [case for case in run["cases"] if case["status"] == "error"]
    dead = [case["boot"] for case in errors if case["boot"]]
    silent = {boot["name"]: boot["glob"] for boot in run["boots"] if boot["name"] in down - {*dead}}
    assert sorted(dead) == sorted(down - silent.keys())
    assert {case["suite"] for case in errors if not case["boot"]} <= {*silent.values()}
    passed = {case["id"] for case in run["cases"] if case["status"] == "pass"}
    assert any(name.endswith("/carried") for name in passed)


@pytest.fixture(scope="session")
def sound(stock: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The drivers as they are break nothing, in each lane of a driver."""
    for lane in sorted({str(defect["lane"]) for defect in OF_A_LANE}):
        run = judge(stock, tmp_path_factory.mktemp("results"), lane)
        assert run["verdict"] == "pass", run["problems"]


@pytest.mark.parametrize("defect", OF_A_LANE, ids=[d["name"] for d in OF_A_LANE])
def test_defect_in_a_driver(
    defect: dict[str, Any], stock: Path, sound: None, tmp_path: Path
) -> None:
    with planted(defect, stock):
        run = judge(stock, tmp_path, str(defect["lane"]), "--strict")  # some rules are details
    assert run["verdict"] == "fail", run["problems"]
    assert defect["rule"] in broken(run)
