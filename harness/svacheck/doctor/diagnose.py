# SPDX-License-Identifier: GPL-2.0
"""The whole diagnosis of a machine."""

from __future__ import annotations

import dataclasses
from typing import List, Optional

from . import accelerators, boot, capable, cpu, device, kernel, klog, machine
from .fabric import Fabric
from .machine import INTEL, TITLES, Machine
from .model import HIDDEN, NO, UNKNOWN, YES, Device, Diagnosis, Finding, together
from .root import Root
from .units import units as all_units

USABLE, NOT_USABLE, UNDECIDED = "usable", "not usable", "undecided"


class NoSuchDevice(Exception):
    """The device that was asked for is not there."""


def diagnose(root: Root, asked: str = "", log: str = "") -> Diagnosis:
    """Look at everything, or at one device and what it depends on."""
    known = machine.load(root)
    units = all_units(known, klog.load(root, log))
    by_name = {unit.name: unit for unit in units}
    fabric = Fabric(root)
    wanted = _address(asked, fabric, root) if asked else ""
    devices: List[Device] = []
    for address, function in fabric.functions.items():
        if wanted in ("", address):
            devices.append(device.pci_device(known, fabric, function, by_name))
    for name in accelerators.parents(root):
        if name not in fabric.functions and wanted in ("", name):
            devices.append(device.other_device(known, name, by_name))
    found = cpu.findings(known.cpu) + _with_evidence(known, fabric, kernel.findings(known))
    devices = [device.judged(each, found) for each in devices]
    used = {each.unit for each in devices}
    return Diagnosis(
        root=root.path,
        arch=known.cpu.arch,
        cpu=known.cpu.title,
        kernel=known.version.release,
        asked=wanted,
        verdict=_verdict(devices, found),
        findings=found,
        units=[unit for unit in units if not wanted or unit.name in used],
        devices=devices,
    )


def _address(asked: str, fabric: Fabric, root: Root) -> str:
    names = [*fabric.functions, *accelerators.parents(root)]
    for name in (asked, asked.lower(), "0000:" + asked.lower()):
        if name in names:
            return name
    raise NoSuchDevice(asked)


def _with_evidence(known: Machine, fabric: Fabric, found: List[Finding]) -> List[Finding]:
    """PASIDs that are switched on show that VT-d is in scalable mode, whatever was said."""
    if INTEL not in known.kinds:
        return found
    enabled: Optional[bool] = any(
        function.unit and capable.Subject(known, fabric, function, INTEL, False).enabled
        for function in fabric.functions.values()
    )
    if not enabled:
        return found
    shown = boot.scalable(known, enabled=True)
    return [shown if each.id == shown.id else each for each in found]


def _verdict(devices: List[Device], found: List[Finding]) -> str:
    verdicts = {each.verdict for each in devices} or {_nobody(found)}
    if YES in verdicts:
        return USABLE
    return UNDECIDED if verdicts & {HIDDEN, UNKNOWN} else NOT_USABLE


def _nobody(found: List[Finding]) -> str:
    """Without a device to be seen only what rules SVA out at all is certain."""
    return NO if together(found) == NO else UNKNOWN


def as_json(diagnosis: Diagnosis) -> "dict[str, object]":
    """The diagnosis as results/schema/doctor.schema.json has it."""
    record: "dict[str, object]" = {"schema": 1}
    record.update(dataclasses.asdict(diagnosis))
    return record


__all__ = ["TITLES", "NoSuchDevice", "as_json", "diagnose"]
