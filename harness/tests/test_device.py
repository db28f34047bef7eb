# SPDX-License-Identifier: GPL-2.0
"""The cases for one device: their machines, their boots, and what the module is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from svacheck import device, rulebook
from svacheck.check import Options, _lane
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.kernels import load_lane
from svacheck.model import Build


@pytest.fixture
def devices(tmp_path: Path) -> device.Devices:
    lane = load_lane("device")
    build = Build(tmp_path, tmp_path, lane, "0" * 64, "gcc", 1, 0.0)
    _, cited = rulebook.of_lane(rulebook.load(), rulebook.citations(), lane.name)
    return device.Devices(build, cited, CommandLog())


def test_each_suite_has_one_machine(devices: device.Devices) -> None:
    named = [suite for machine in device.DEVICES for suite in machine.suites]
    assert len(named) == len(set(named))
    assert set(named) == {case.split(".")[0] for case in devices.listed}
    assert devices.problems == []


def test_a_boot_for_each_machine(devices: device.Devices) -> None:
    plan = devices.plan(devices.select(""), False)
    assert [boot.name for boot in plan] == [machine.name for machine in device.DEVICES]
    assert [case for boot in plan for case in boot.cases] == list(devices.listed)
    # What is seen of the device in the end is seen after everything else
    assert plan[0].cases[-1] == "svac_device_state.the_device_is_as_it_was"


def test_the_module_is_told_suites_or_cases(devices: device.Devices) -> None:
    whole = devices.select("svac_device_plain")
    one = devices.select("svac_device_pasid.pasid_0_is_einval")
    said = device.only([*one, *whole], devices.listed)
    assert said == "svac_device_pasid.pasid_0_is_einval,svac_device_plain"


def test_too_many_cases_for_a_command_line(devices: device.Devices) -> None:
    most = [case for case in devices.listed if not case.endswith("_is_einval")]
    listed = [*devices.listed, *(f"{case.split('.')[0]}.another" for case in most)]
    with pytest.raises(Problem, match="too many cases"):
        device.only(most, listed)


def test_machines_with_and_without_an_iommu(devices: device.Devices, tmp_path: Path) -> None:
    commands = [device.command(devices.built, one, [], tmp_path / "c") for one in device.DEVICES]
    assert [device.IOMMU in argv for argv in commands] == [one.iommu for one in device.DEVICES]
    assert [device.WITH_IOMMU in argv[-1] for argv in commands] == [
        one.iommu for one in device.DEVICES
    ]


def test_the_lane_takes_no_tree(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="stock kernels"):
        _lane(Options(lane="device", kdir=tmp_path))
    with pytest.raises(Problem, match="stock kernels"):
        _lane(Options(lane="device", implementations=(tmp_path,)))


def test_no_other_lane_has_its_cases() -> None:
    book, cited = rulebook.load(), rulebook.citations()
    for lane in ("uml", "uml-user", "qemu"):
        rules, mine = rulebook.of_lane(book, cited, lane)
        assert not any(case.startswith(("svac_device_", "svac_module_")) for case in mine.cases)
        assert "HW-104" not in rules.rules
    _, mine = rulebook.of_lane(book, cited, "device")
    assert {case.split("_")[1] for case in mine.cases} == {"device", "module"}
    rules, mine = rulebook.of_lane(book, cited, "uml-device")
    assert "svac_device_bind.a_bond_has_a_valid_pasid" in mine.cases
    assert "HW-104" in rules.rules and "HW-105" not in rules.rules
    assert not any(case.startswith("svac_module_") for case in mine.cases)
