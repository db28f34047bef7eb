# SPDX-License-Identifier: GPL-2.0
"""The doctor in virtual machines: without an IOMMU, behind one of Intel's, and there with a
function that has PASIDs. It runs in the guest itself, with a Python of its own."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from svacheck import cpio, device, trees
from svacheck.cachedirs import Cache
from svacheck.device import DeviceMachine
from svacheck.kernels import find_kernel, load_lane
from svacheck.model import Build
from svacheck.places import ROOT
from svacheck.progress import Progress
from svacheck.slots import StoppableLog
from svacheck.stock import stock

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

KERNEL = "6.12"
PYTHON = Path("/usr/bin/python3.11")
LIBRARY = Path("/usr/lib/python3.11")
LEFT_OUT = {"__pycache__", "test", "idlelib", "lib2to3", "pydoc_data", "dist-packages", "tkinter"}
MACHINES = {
    "no iommu": DeviceMachine("no-iommu", (), (), iommu=False),
    "iommu": DeviceMachine("iommu", (), ()),
    "pasids": DeviceMachine("pasids", (), ("svac_function=device=0000:00:02.0",)),
}


def _libraries(program: Path) -> Iterator[Path]:
    said = subprocess.run(["ldd", str(program)], stdout=subprocess.PIPE, text=True, check=True)
    yield from map(Path, re.findall(r"(/\S+) \(0x", said.stdout))


def _files(built: Path) -> dict[str, Path]:
    """By their names in the guest: a Python, the doctor, and the module that gives PASIDs."""
    sources = [path for path in LIBRARY.rglob("*") if path.is_file()]
    mine = [path for path in sources if not LEFT_OUT & set(path.relative_to(LIBRARY).parts)]
    objects = [PYTHON, *(path for path in mine if path.suffix == ".so")]
    needed = {library for one in objects for library in _libraries(one)}
    package = ROOT / "harness" / "svacheck"
    doctor = [package / "__init__.py", *(package / "doctor").glob("*.py")]
    return {
        "init": ROOT / "harness" / "tests" / "doctor_init.py",
        "usr/bin/python3": PYTHON,
        "svac_pasid_function.ko": built / "kunit" / "device" / "svac_pasid_function.ko",
        **{str(path).lstrip("/"): path.resolve() for path in (*mine, *sorted(needed))},
        **{f"lib/harness/{path.relative_to(ROOT / 'harness')}": path for path in doctor},
    }


def _folders(files: Mapping[str, Path]) -> list[str]:
    parents = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    return sorted({*parents, "dev", "proc", "sys", "tmp"})


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A stock kernel of Debian, with an initramfs that is a Python and the doctor."""
    place = tmp_path_factory.mktemp("guest")
    log, progress, cache = StoppableLog(), Progress(quiet=True), Cache.default()
    tree = trees.resolve(KERNEL, None, cache, log, progress)
    kernel = stock(find_kernel(KERNEL), cache, log, progress)
    lane = load_lane("device")
    built, _ = device.build(kernel, tree, lane, place / "build", log, progress, place)
    files = _files(place / "build")
    cpio.write(place / "build" / device.ARCHIVE, _folders(files), files)
    return replace(built, directory=place / "build")


@pytest.fixture(scope="module")
def said(guest: Build) -> dict[str, Any]:
    """What the doctor says in each machine."""
    found = {}
    for name, machine in MACHINES.items():
        out = guest.directory / f"{machine.name}.console"
        argv = device.command(guest, machine, machine.asks, out)
        subprocess.run(argv, cwd=guest.directory, timeout=300, check=True)
        console = out.read_text(errors="replace").replace("\r", "")
        match = re.search(r"DOCTOR BEGINS\n(.*)\nDOCTOR ENDS (\d+)", console, re.S)
        assert match, console[-3000:]
        found[name] = json.loads(match[1])
    return found


def findings(of: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {finding["id"]: finding for finding in of["findings"]}


def function(report: Mapping[str, Any], address: str) -> dict[str, Mapping[str, Any]]:
    """What is said of a PCI function."""
    (mine,) = [one for one in report["devices"] if one["address"] == address]
    return findings(mine)


def test_without_an_iommu_no_device_has_a_unit(said: dict[str, Any]) -> None:
    report = said["no iommu"]
    assert report["verdict"] == "not usable"
    assert findings(report)["boot.iommu"]["verdict"] == "no"
    assert {findings(one)["device.unit"]["verdict"] for one in report["devices"]} == {"no"}


@pytest.mark.parametrize("machine", ["iommu", "pasids"])
def test_an_emulated_unit_is_seen_with_what_it_lacks(said: dict[str, Any], machine: str) -> None:
    report = said[machine]
    assert report["verdict"] == "not usable"
    whole = findings(report)
    for name in ("boot.DMAR", "boot.iommu", "boot.scalable", "kernel.INTEL_IOMMU_SVM"):
        assert whole[name]["verdict"] == "yes"
    mine = function(report, "0000:00:02.0")
    assert mine["device.unit"]["verdict"] == mine["device.group"]["verdict"] == "yes"
    assert mine["device.unit-sva"]["verdict"] == "no"
    assert "SMPWCS" in mine["device.unit-sva"]["why"]  # no QEMU sets that bit


@pytest.mark.parametrize(("machine", "there"), [("iommu", "no"), ("pasids", "yes")])
def test_pasids_are_seen_where_a_function_has_them(
    said: dict[str, Any], machine: str, there: str
) -> None:
    mine = function(said[machine], "0000:00:02.0")
    assert mine["device.pasid"]["verdict"] == mine["device.pasid-enabled"]["verdict"] == there
    assert function(said[machine], "0000:00:03.0")["device.pasid"]["verdict"] == "no"


@pytest.mark.parametrize("machine", list(MACHINES))
def test_a_kernel_that_refuses_to_bind_is_known(said: dict[str, Any], machine: str) -> None:
    bind = findings(said[machine])["kernel.bind"]
    assert bind["verdict"] == "no" and bind["why"] and bind["remedy"]
