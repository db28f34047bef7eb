# SPDX-License-Identifier: GPL-2.0
"""Whether one device can do SVA."""

from __future__ import annotations

import dataclasses
from typing import List, Mapping, Optional, Sequence

from . import accelerators, capable, idxd
from .fabric import Fabric, Function
from .machine import AMD, OTHER, Machine
from .model import NO, UNKNOWN, YES, Device, Finding, Unit, missing, together


def pci_device(
    machine: Machine, fabric: Fabric, function: Function, units: Mapping[str, Unit]
) -> Device:
    """All about a PCI function, but for the verdict."""
    unit = units.get(function.unit)
    faults = unit is not None and all(
        finding.verdict == YES for finding in unit.findings if finding.id in ("vtd.PRS", "vtd.PDS")
    )
    kind = unit.kind if unit else _only_kind(machine)
    subject = capable.Subject(machine, fabric, function, kind, faults)
    members = fabric.members(function)
    found = _behind(machine, function.unit, unit, f"/{function.where}/iommu")
    found += capable.findings(subject)
    found.append(_group(subject, members))
    if kind == AMD:
        found.append(_amd_domain(subject))
    found.append(_driver(function))
    found += idxd.findings(machine.root, function)
    users = accelerators.of(machine.root, function.address)
    found += accelerators.findings(machine.root, users)
    return Device(
        address=function.address,
        name=function.name,
        driver=function.driver,
        unit=function.unit,
        group=function.group,
        members=members,
        findings=found,
        queues=idxd.queues(machine.root, function),
        accelerators=users,
    )


def other_device(machine: Machine, name: str, units: Mapping[str, Unit]) -> Device:
    """All about a device that is not on PCI, which uacce has made known."""
    root = machine.root
    users = accelerators.of(root, name)
    where = f"sys/class/uacce/{users[0]}/device"
    unit, group = root.link(f"{where}/iommu"), root.link(f"{where}/iommu_group")
    found = _behind(machine, unit, units.get(unit), f"/{where}/iommu")
    found += accelerators.findings(root, users)
    return Device(
        address=name,
        name="",
        driver=root.link(f"{where}/driver"),
        unit=unit,
        group=group,
        members=root.names(f"{where}/iommu_group/devices"),
        findings=found,
        accelerators=users,
    )


def judged(device: Device, of_machine: Sequence[Finding]) -> Device:
    """The device with its verdict: nothing that it needs, or the machine, may be missing."""
    return dataclasses.replace(device, verdict=together([*of_machine, *device.findings]))


def _only_kind(machine: Machine) -> str:
    return next(iter(machine.kinds)) if len(machine.kinds) == 1 else OTHER


def _behind(machine: Machine, name: str, unit: Optional[Unit], where: str) -> List[Finding]:
    id, what = "device.unit", "It is behind an IOMMU"
    if not name:
        why = "no IOMMU is at work"
        remedy = "see what is said of the machine"
        if machine.units:
            why = "none of those at work has it"
            remedy = "dmesg | grep -i iommu; the firmware's tables may leave it out"
        return [Finding(id, what, NO, where, "", why, remedy, needed=True)]
    found = [Finding(id, what, YES, where, name, needed=True)]
    id, what = "device.unit-sva", "That IOMMU can do SVA"
    if not unit:
        why, remedy = f"{name} is not in /sys/class/iommu", "mount /sys"
        return found + [Finding(id, what, UNKNOWN, where, name, why, remedy, needed=True)]
    verdict, lacking = together(unit.findings), missing(unit.findings)
    names = ", ".join(finding.id.partition(".")[2] for finding in lacking)
    why = f"of {name} it lacks, or is not known: {names}" if lacking else ""
    remedy = lacking[0].remedy if lacking else ""
    return found + [Finding(id, what, verdict, unit.where, name, why, remedy, needed=True)]


def _group(subject: capable.Subject, members: Sequence[str]) -> Finding:
    id, what = "device.group", "It is alone in its IOMMU group"
    function = subject.function
    where = f"/{function.where}/iommu_group"
    if not function.group:
        why, remedy = "it is in no group", "see whether it is behind an IOMMU"
        return Finding(id, what, NO, where, "", why, remedy, needed=True)
    needed = not subject.since(6, 2)
    if len(members) == 1:
        return Finding(id, what, YES, where, function.group, needed=needed)
    others = [name for name in members if name != function.address]
    if not others:
        why, remedy = "its members cannot be read", "mount /sys"
        return Finding(id, what, UNKNOWN, where, function.group, why, remedy, needed)
    why = f"with it are {', '.join(others[:4])}{' and more' if len(others) > 4 else ''}"
    if not needed:
        why += ": what is bound to it is set on those of them that have PASIDs"
    remedy = "see where its way to the root is not isolated"
    return Finding(id, what, NO, where, function.group, why, remedy, needed)


def _amd_domain(subject: capable.Subject) -> Finding:
    """The driver switches PASIDs on where the default domain has no table, or a v2 one."""
    id, what = "device.amd-domain", "Its default domain allows PASIDs (identity, or pgtbl_v2)"
    needed = not subject.enabled
    group = subject.function.group
    where = f"sys/kernel/iommu_groups/{group}/type"
    kind = subject.machine.root.value(where) if group else ""
    if "pgtbl_v2" in subject.machine.cmdline.options("amd_iommu"):
        return Finding(id, what, YES, "/proc/cmdline", "pgtbl_v2", needed=needed)
    if kind == "identity":
        return Finding(id, what, YES, "/" + where, kind, needed=needed)
    remedy = "start with amd_iommu=pgtbl_v2, or iommu=pt"
    if not kind:
        why = "its type cannot be read"
        return Finding(id, what, UNKNOWN, "/" + where, "", why, remedy, needed)
    why = f"it is of type {kind}, and pgtbl_v2 is not on the command line"
    return Finding(id, what, NO, "/" + where, kind, why, remedy, needed)


def _driver(function: Function) -> Finding:
    id, what = "device.driver", "It has a driver, which may bind processes to it"
    where = f"/{function.where}/driver"
    if function.driver:
        return Finding(id, what, YES, where, function.driver)
    why, remedy = "no driver is bound", "modprobe its driver"
    return Finding(id, what, NO, where, "", why, remedy)
