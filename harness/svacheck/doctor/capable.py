# SPDX-License-Identifier: GPL-2.0
"""What one PCI function can do that SVA needs: PASID, ATS and PRI, and the way to the root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List

from . import acs, pci
from .fabric import Fabric, Function
from .machine import INTEL, SMMU3, Machine
from .model import HIDDEN, NO, UNKNOWN, YES, Finding

ROOT_SEES = "run as root, on the host"
_OTHER = "another device"
_SLOT = "another slot, or the ACS and ATS settings of the firmware's setup"

# HiSilicon: in the chip, and PCI only to look at; quirk_huawei_pcie_sva() of Linux
_WITHOUT_PREFIX = {
    ("0x19e5", f"0x{device}") for device in ("a250", "a251", "a255", "a256", "a258", "a259")
}


@dataclass(frozen=True)
class Subject:
    """A function in its surroundings. kind: of its IOMMU; faults: whether that takes page
    requests, as far as is known."""

    machine: Machine
    fabric: Fabric
    function: Function
    kind: str
    faults: bool

    @property
    def able(self) -> Function:
        """Whose PASID and PRI count."""
        return self.fabric.able(self.function)

    @property
    def enabled(self) -> bool:
        """PASIDs are switched on: whatever that takes was found by the kernel."""
        config = self.able.config
        capability = config.extended(pci.PASID)
        return bool(capability) and config.word(capability.offset + 6) & 1 == 1

    def since(self, major: int, minor: int) -> bool:
        """Whether the kernel is at least this; one that nobody knows is taken for new."""
        return not self.machine.version.known or self.machine.version.since(major, minor)


def findings(subject: Subject) -> List[Finding]:
    """In the order in which one leads to the next."""
    return [
        _pasid(subject),
        _prefixes(subject),
        _redirected(subject),
        _isolated(subject),
        _pasid_enabled(subject),
        _ats(subject),
        _ats_enabled(subject),
        _pri(subject),
        _pri_enabled(subject),
    ]


def _place(function: Function) -> str:
    return f"/{function.where}/config"


def _lacking(
    id: str, what: str, function: Function, found: pci.Found, remedy: str, needed: bool
) -> Finding:
    """There is no such capability, or none to be seen."""
    verdict = NO if found.visible else HIDDEN
    remedy = remedy if found.visible else ROOT_SEES
    return Finding(id, what, verdict, _place(function), "", found.why, remedy, needed)


def _pasid(subject: Subject) -> Finding:
    id, what, function = "device.pasid", "It can send PASIDs", subject.able
    found = function.config.extended(pci.PASID)
    if not found:
        return _lacking(id, what, function, found, _OTHER, True)
    width = function.config.word(found.offset + 4) >> 8 & 0x1F
    if width:
        return Finding(id, what, YES, _place(function), f"{width} bits", needed=True)
    why = "its PASIDs are of no bits, so that it has 0 alone"
    return Finding(id, what, NO, _place(function), "0 bits", why, _OTHER, True)


def _prefixes(subject: Subject) -> Finding:
    id, what = "device.prefix", "All up to the root pass End-End TLP Prefixes, as PASIDs are"
    needed = not subject.enabled
    if (subject.able.vendor, subject.able.device) in _WITHOUT_PREFIX:
        where = f"/{subject.able.where}/device"
        return Finding(id, what, YES, where, "it is no PCI Express inside: it needs none")
    for step in subject.fabric.path(subject.able):
        express = step.config.capability(pci.EXPRESS)
        if not express.visible:
            return _lacking(id, what, step, express, "", needed)
        if not step.config.prefixes:
            why = f"{step.address} does not (Device Capabilities 2, bit 21)"
            return Finding(id, what, NO, _place(step), "", why, "another device or slot", needed)
    return Finding(id, what, YES, _place(subject.able), needed=needed)


def _redirected(subject: Subject) -> Finding:
    """What pci_enable_pasid() asks of the way since 6.2."""
    id, what = "device.acs", "ACS sends what has a PASID up to the root (Redirect, Forwarding)"
    return _way(subject, id, what, acs.REDIRECT, subject.since(6, 2) and not subject.enabled)


def _isolated(subject: Subject) -> Finding:
    id, what = "device.isolated", "It reaches nobody but through the IOMMU (ACS, all services)"
    return _way(subject, id, what, acs.ALL, False)


def _way(subject: Subject, id: str, what: str, services: int, needed: bool) -> Finding:
    function = subject.function
    found = acs.along(subject.fabric, function, services)
    if found.verdict == YES:
        return Finding(id, what, YES, _place(function), needed=needed)
    place = f"/sys/bus/pci/devices/{found.at}/config"
    why = f"{found.at}: {found.why}"
    if found.bare and _kernel_knows_better(subject, found.at):
        where = f"/{function.where}/iommu_group"
        return Finding(id, what, YES, where, "the groups are apart all the same", needed=needed)
    remedy = ROOT_SEES if found.verdict == HIDDEN else _SLOT
    if "is off" in found.why:
        remedy = f"setpci or pci=config_acs= for {found.at}; an IOMMU that is on asks for it"
    return Finding(id, what, found.verdict, place, "", why, remedy, needed)


def _kernel_knows_better(subject: Subject, port: str) -> bool:
    """Some vendors said of ports without ACS that they isolate, and the kernel has a list: its
    groups then are apart at such a port."""
    above = subject.fabric.functions.get(port)
    group = subject.function.group
    if not group or not above or not above.group or port == subject.function.address:
        return False
    return above.group != group and len(subject.fabric.members(subject.function)) == 1


def _pasid_enabled(subject: Subject) -> Finding:
    id, what, function = "device.pasid-enabled", "Its PASIDs are switched on", subject.able
    needed = subject.since(6, 12) or subject.kind == SMMU3
    why = "the driver of the IOMMU has not done so"
    return _switched(id, what, function, pci.PASID, 1, needed, why)


def _switched(
    id: str, what: str, function: Function, capability: int, bit: int, needed: bool, why: str
) -> Finding:
    """The enable bit of a capability."""
    found = function.config.extended(capability)
    if not found:
        return _lacking(id, what, function, found, _OTHER, needed)
    control = function.config.word(found.offset + (4 if capability == pci.PRI else 6))
    if control & bit:
        return Finding(id, what, YES, _place(function), f"control {control:#06x}", needed=needed)
    if not needed:
        why = "nobody has switched it on: in this kernel that may come with the device's driver"
    remedy = "see what else is said here of the IOMMU and of this device; and dmesg"
    return Finding(id, what, NO, _place(function), f"control {control:#06x}", why, remedy, needed)


def _ats(subject: Subject) -> Finding:
    """A virtual function has to have ATS itself, and its physical one as well."""
    id, what, needed = "device.ats", "It can ask for translations (ATS)", subject.kind == INTEL
    for function in dict.fromkeys((subject.function.address, subject.able.address)):
        step = subject.fabric.functions[function]
        found = step.config.extended(pci.ATS)
        if not found:
            return _lacking(id, what, step, found, _OTHER, needed)
    return Finding(id, what, YES, _place(subject.function), needed=needed)


def _ats_enabled(subject: Subject) -> Finding:
    id, what = "device.ats-enabled", "ATS is switched on"
    needed = subject.kind == INTEL and subject.since(6, 12)
    why = (
        "the driver of the IOMMU has not done so: pci=noats, a unit without device TLBs (DT), a"
        " root port that no ATSR of the DMAR table has, or a device that is not trusted"
    )
    return _switched(id, what, subject.function, pci.ATS, 0x8000, needed, why)


def _pri(subject: Subject) -> Finding:
    id, what, function = "device.pri", "It can ask for pages that are not there (PRI)", subject.able
    needed = subject.kind == INTEL and not subject.since(6, 2)
    found = function.config.extended(pci.PRI)
    if found:
        return Finding(id, what, YES, _place(function), needed=needed)
    made = _lacking(id, what, function, found, "", needed)
    if made.verdict == HIDDEN:
        return made
    remedy = _OTHER if needed else "lock what it uses in memory, unless it handles its own faults"
    if subject.kind == INTEL and not subject.since(6, 12) and subject.since(6, 2):
        why = made.why + ": 6.1 does not bind such a device and 6.12 does"
        return Finding(id, what, UNKNOWN, made.where, "", why, remedy, needed=True)
    return Finding(id, what, NO, made.where, "", made.why, remedy, needed)


def _pri_enabled(subject: Subject) -> Finding:
    """What can page has to have it on in newer kernels; what cannot need not."""
    id, what, function = "device.pri-enabled", "PRI is switched on", subject.able
    found = function.config.extended(pci.PRI)
    needed = subject.kind == INTEL and subject.faults and subject.since(7, 2) and bool(found)
    why = "the driver of the IOMMU has not done so"
    if found and not function.config.word(found.offset + 6) & 0x8000:
        why += ": the device does not want PASIDs in answers (PRG Response PASID Required)"
    return _switched(id, what, function, pci.PRI, 1, needed, why)
