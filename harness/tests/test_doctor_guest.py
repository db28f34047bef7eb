# SPDX-License-Identifier: GPL-2.0
"""The doctor in virtual machines: without an IOMMU, behind one of Intel's, and there with a
function that has PASIDs. It runs in the guest itself, with a Python of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

import doctor_guest
from doctor_guest import findings
from svacheck import device, trees
from svacheck.cachedirs import Cache
from svacheck.device import DeviceMachine
from svacheck.kernels import find_kernel, load_lane
from svacheck.model import Build
from svacheck.progress import Progress
from svacheck.slots import StoppableLog
from svacheck.stock import stock

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

KERNEL = "6.12"
MODULE = "svac_pasid_function.ko"
MACHINES = {
    "no iommu": DeviceMachine("no-iommu", (), (), iommu=False),
    "iommu": DeviceMachine("iommu", (), ()),
    "pasids": DeviceMachine("pasids", (), ("svac_function=device=0000:00:02.0",)),
}


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A stock kernel of Debian, with an initramfs that is a Python and the doctor."""
    place = tmp_path_factory.mktemp("guest")
    log, progress, cache = StoppableLog(), Progress(quiet=True), Cache.default()
    tree = trees.resolve(KERNEL, None, cache, log, progress)
    kernel = stock(find_kernel(KERNEL), cache, log, progress)
    lane = load_lane("device")
    built, _ = device.build(kernel, tree, lane, place / "build", log, progress, place)
    module = place / "build" / "kunit" / "device" / MODULE
    doctor_guest.write(place / "build" / device.ARCHIVE, {MODULE: module})
    return replace(built, directory=place / "build")


@pytest.fixture(scope="module")
def said(guest: Build) -> dict[str, Any]:
    """What the doctor says in each machine."""
    found = {}
    for name, machine in MACHINES.items():
        out = guest.directory / f"{machine.name}.console"
        argv = device.command(guest, machine, machine.asks, out)
        subprocess.run(argv, cwd=guest.directory, timeout=300, check=True)
        found[name] = doctor_guest.said(out)
    return found


def function(report: Mapping[str, Any], address: str) -> dict[str, Mapping[str, Any]]:
    """What is found of a PCI function."""
    return findings(doctor_guest.function(report, address))


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
