# SPDX-License-Identifier: GPL-2.0
"""The doctor in the machines of lane vtd, with what its kernel adds to the devices and to the
remapping hardware, and without either: it says of each device what the kernel answers there to
who binds a process to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

import doctor_guest
from doctor_guest import findings, function
from svacheck import build as building
from svacheck import overlay, qemu, trees
from svacheck.cachedirs import Cache
from svacheck.kernels import load_lane
from svacheck.model import Build
from svacheck.places import ROOT
from svacheck.progress import Progress
from svacheck.slots import StoppableLog

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

KERNEL = "7.3"
FRAGMENT = ROOT / "harness" / "tests" / "doctor-guest.config"
# With two, interpreted, now and then one waits for the other as the clock source changes
ONE_CPU = "maxcpus=1"
NO_OVERLAY, NO_SHIM = "svac_vtd_overlay=0", "svac_vtd_shim=0"
# The functions by the names of kunit/vtd/vtd.h
SLOTS = ("full", "second", "narrow", "no-ats", "no-pasid", "plain", "pri")
AT = {name: f"0000:00:{slot:02x}.0" for slot, name in enumerate(SLOTS, start=4)}
# Rows of svac_vtd_entry, each with the function that it binds a process to
ROWS = {"wide": "full", "another-wide": "second", "narrow": "narrow", "unheard": "pri"}
ALL = set(ROWS.values())
# What a function that is as QEMU has it needs, and has not
PLAIN = {
    "device.pasid",
    "device.prefix",
    "device.acs",
    "device.pasid-enabled",
    "device.ats",
    "device.ats-enabled",
}


@dataclass(frozen=True)
class Guest:
    """args: for its kernel; suite: whose machine it is; cases: that the kernel runs first."""

    args: tuple[str, ...] = ()
    suite: str = "svac_vtd_entry"
    cases: str = "svac_vtd_*.*bound*"


GUESTS = {
    "whole": Guest(),
    "bare": Guest((NO_OVERLAY, NO_SHIM)),
    "no overlay": Guest((NO_OVERLAY,)),
    "no shim": Guest((NO_SHIM,)),
    "pri": Guest((), "svac_vtd11_requests", "svac_vtd11_*.*asked_for_is_there*"),
}


@dataclass(frozen=True)
class Said:
    """By the doctor, and by the kernel before it."""

    doctor: dict[str, Any]
    kernel: str


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The kernel of lane vtd with what a Python needs, and an initramfs that is one."""
    place = tmp_path_factory.mktemp("guest")
    log, progress, cache = StoppableLog(), Progress(quiet=True), Cache.default()
    tree = trees.resolve(KERNEL, None, cache, log, progress)
    source = trees.working_copy(tree, cache, progress)
    overlay.lay(source, tree, log, ())
    lane = load_lane("vtd")
    lane = replace(lane, name="vtd-doctor", kconfig=(*lane.kconfig, FRAGMENT))
    built = building.build(source, tree, lane, 2, log, progress, place)
    doctor_guest.write(place / "initramfs", {})
    (place / "linux").symlink_to(built.directory / "linux")
    machines = qemu.provide(lane, cache, log, progress)
    return replace(built, directory=place, machines=machines)


@pytest.fixture(scope="module")
def said(guest: Build) -> dict[str, Said]:
    """What is said in each machine."""
    found = {}
    for name, one in GUESTS.items():
        out = guest.directory / f"{name.replace(' ', '-')}.console"
        args = ("kunit.enable=1", f"kunit.filter_glob={one.cases}", ONE_CPU, *one.args)
        log = StoppableLog()
        qemu.boot_program(guest, name, one.suite, guest.directory / "initramfs", args, log, out)
        found[name] = Said(doctor_guest.said(out), doctor_guest.console(out))
    return found


def rows(kernel: str) -> dict[str, bool]:
    """Which functions the kernel has bound to a process, of those it was asked to."""
    part = kernel.partition("# Subtest: bound_entry_is_the_process")[2]
    results = re.findall(
        r"^ +((?:not )?ok) \d+ upstream:(\S+)$", part.partition("ok 1 bound")[0], re.M
    )
    return {ROWS[row]: result == "ok" for result, row in results}


def passed(kernel: str, case: str) -> bool:
    """Whether a case passed, which has to have run."""
    (result,) = re.findall(rf"^ +((?:not )?ok) \d+ {re.escape(case)}$", kernel, re.M)
    return bool(result == "ok")


def usable(report: Mapping[str, Any]) -> set[str]:
    """The functions of the lane that the doctor finds usable."""
    names = {address: name for name, address in AT.items()}
    able = {one["address"] for one in report["devices"] if one["verdict"] == "yes"}
    assert able <= set(names), f"nobody has given {able - set(names)} anything"
    return {names[address] for address in able}


def lacking(report: Mapping[str, Any], name: str) -> set[str]:
    """What a function needs and has not."""
    found = function(report, AT[name])["findings"]
    return {one["id"] for one in found if one["needed"] and one["verdict"] != "yes"}


@pytest.mark.parametrize("machine", ["whole", "bare", "no overlay", "no shim"])
def test_what_the_kernel_binds_is_usable(said: dict[str, Said], machine: str) -> None:
    here = said[machine]
    bound = rows(here.kernel)
    assert set(bound) == ALL
    assert usable(here.doctor) == {name for name, is_bound in bound.items() if is_bound}
    assert usable(here.doctor) == (ALL if machine == "whole" else set())
    assert here.doctor["verdict"] == ("usable" if machine == "whole" else "not usable")


def test_what_the_kernel_refuses_is_not_usable_and_why(said: dict[str, Said]) -> None:
    here = said["whole"]
    assert passed(here.kernel, "device_without_ats_is_not_bound")
    assert passed(here.kernel, "device_without_pasids_is_not_bound")
    assert lacking(here.doctor, "no-ats") == {"device.ats", "device.ats-enabled"}
    assert lacking(here.doctor, "no-pasid") == {"device.pasid", "device.pasid-enabled"}
    assert lacking(here.doctor, "plain") == PLAIN


def test_a_device_that_asks_for_pages_is_usable(said: dict[str, Said]) -> None:
    here = said["pri"]
    assert passed(here.kernel, "page_that_is_asked_for_is_there_or_refused")
    assert here.doctor["verdict"] == "usable" and usable(here.doctor) == {"pri"}
    found = findings(function(here.doctor, AT["pri"]))
    assert found["device.pri-enabled"]["verdict"] == "yes" and found["device.pri-enabled"]["needed"]
    unheard = findings(function(said["whole"].doctor, AT["pri"]))["device.pri-enabled"]
    assert unheard["verdict"] == "no" and not unheard["needed"]


@pytest.mark.parametrize("machine", ["bare", "no shim"])
def test_a_unit_that_cannot_is_named_with_its_bits(said: dict[str, Said], machine: str) -> None:
    (unit,) = said[machine].doctor["units"]
    bits = {one["id"] for one in unit["findings"] if one["needed"] and one["verdict"] != "yes"}
    assert bits == {"vtd.SMPWCS", "vtd.DT"}
    for name in AT:
        assert "device.unit-sva" in lacking(said[machine].doctor, name)
    why = findings(function(said[machine].doctor, AT["full"]))["device.unit-sva"]["why"]
    assert "SMPWCS" in why and "DT" in why


@pytest.mark.parametrize("machine", ["bare", "no overlay"])
def test_functions_without_pasids_are_named(said: dict[str, Said], machine: str) -> None:
    assert "this case has to bind first: -ENOSPC" in said[machine].kernel
    unit = {"device.unit-sva"} if machine == "bare" else set()
    assert {name: lacking(said[machine].doctor, name) for name in AT} == {
        name: PLAIN | unit for name in AT
    }


def test_a_unit_without_device_tlbs_switches_no_ats_on(said: dict[str, Said]) -> None:
    here = said["no shim"]
    assert "this case has to bind first: -ENODEV" in here.kernel
    assert lacking(here.doctor, "full") == {"device.unit-sva", "device.ats-enabled"}


@pytest.mark.parametrize("machine", list(GUESTS))
def test_nothing_of_the_kernel_is_in_the_way(said: dict[str, Said], machine: str) -> None:
    whole = said[machine].doctor["findings"]
    assert [one["id"] for one in whole if one["needed"] and one["verdict"] != "yes"] == []
    known = findings(said[machine].doctor)
    assert known["kernel.bind"]["where"] == "/proc/kallsyms"
    assert known["kernel.INTEL_IOMMU_SVM"]["where"] == "/proc/config.gz"
