# SPDX-License-Identifier: GPL-2.0
"""The doctor on the way from a device up to the root: ACS, prefixes, groups."""

from __future__ import annotations

from pathlib import Path

import fake_machine
import pytest
from doctor_says import device, finding, lacking, look
from fake_machine import CAPABLE, ENDPOINT, FakeMachine, acs, ats, intel_server, pasid, pri, space


def below_a_switch(root: Path, port: bytes, capable: tuple[fake_machine.Cap, ...]) -> FakeMachine:
    """A device below a root port, an upstream and a downstream port, which is given."""
    machine = intel_server(root)
    good = space(fake_machine.ROOT_PORT, (acs(),))
    machine.function("0000:00:03.0", good, unit="dmar0", group="20")
    up = space(fake_machine.UPSTREAM)
    machine.function("0000:03:00.0", up, above="0000:00:03.0", unit="dmar0", group="21")
    machine.function("0000:04:02.0", port, above="0000:03:00.0", unit="dmar0", group="22")
    end = space(ENDPOINT, capable)
    machine.function("0000:05:00.0", end, above="0000:04:02.0", unit="dmar0", group="22")
    return machine


@pytest.mark.parametrize(
    ("caps", "says"),
    [
        ((), "0000:04:02.0: it has no ACS capability"),
        ((acs(ctl=0x09),), "0000:04:02.0: ACS P2P Request Redirect, Upstream Forwarding is off"),
    ],
)
def test_acs_is_broken_at_a_switch_port(
    caps: tuple[fake_machine.Cap, ...], says: str, tmp_path: Path
) -> None:
    down = space(fake_machine.DOWNSTREAM, caps)
    machine = below_a_switch(tmp_path, down, (pasid(False), ats(False), pri(False)))
    found = device(look(machine), "0000:05:00.0")
    assert finding(found, "device.acs")["why"] == says
    assert "device.acs" in lacking(found)
    assert "with it are 0000:04:02.0" in finding(found, "device.group")["why"]


def test_redirection_is_enough_for_pasids_but_isolates_not(tmp_path: Path) -> None:
    down = space(fake_machine.DOWNSTREAM, (acs(ctl=0x14),))
    found = device(look(below_a_switch(tmp_path, down, CAPABLE)), "0000:05:00.0")
    assert finding(found, "device.acs")["verdict"] == "yes"
    assert finding(found, "device.isolated")["verdict"] == "no"
    assert found["verdict"] == "yes"


def test_a_port_on_the_way_without_prefixes(tmp_path: Path) -> None:
    down = space(fake_machine.DOWNSTREAM, (acs(),), prefixes=False)
    found = device(look(below_a_switch(tmp_path, down, (pasid(False), ats(False)))), "0000:05:00.0")
    assert finding(found, "device.prefix")["why"].startswith("0000:04:02.0 does not")


def test_the_kernel_may_know_of_a_port_without_acs_that_it_isolates(tmp_path: Path) -> None:
    machine = intel_server(tmp_path)
    bare = space(fake_machine.ROOT_PORT)
    machine.function("0000:00:03.0", bare, unit="dmar0", group="20")
    end = space(ENDPOINT, (pasid(False), ats(False)))
    machine.function("0000:03:00.0", end, above="0000:00:03.0", unit="dmar0", group="21")
    found = finding(device(look(machine), "0000:03:00.0"), "device.acs")
    assert (found["verdict"], found["where"][-11:]) == ("yes", "iommu_group")


def test_functions_of_one_device_without_acs(tmp_path: Path) -> None:
    machine = intel_server(tmp_path)
    good = space(fake_machine.ROOT_PORT, (acs(),))
    machine.function("0000:00:03.0", good, unit="dmar0", group="20")
    end = space(ENDPOINT, (pasid(False), ats(False)), multifunction=True)
    machine.function("0000:03:00.0", end, above="0000:00:03.0", unit="dmar0", group="21")
    found = device(look(machine), "0000:03:00.0")
    assert finding(found, "device.acs")["why"] == "0000:03:00.0: it has no ACS capability"


def test_a_virtual_function_has_the_pasids_of_its_physical_one(tmp_path: Path) -> None:
    machine = below_a_switch(tmp_path, space(fake_machine.DOWNSTREAM, (acs(),)), CAPABLE)
    end = space(ENDPOINT, (ats(),))
    machine.function("0000:05:00.1", end, above="0000:04:02.0", unit="dmar0", group="23")
    physical = tmp_path / machine.places["0000:05:00.0"]
    machine.link(f"{machine.places['0000:05:00.1']}/physfn", physical)
    assert device(look(machine), "0000:05:00.1")["verdict"] == "yes"
