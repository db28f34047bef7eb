# SPDX-License-Identifier: GPL-2.0
"""What the kernel was told on its command line about IOMMUs and PCI."""

from __future__ import annotations

from typing import List, Optional, Tuple

from .cmdline import WHERE
from .cpu import X86
from .machine import AMD, INTEL, TABLES, TITLES, Machine
from .model import HIDDEN, NO, UNKNOWN, YES, Finding

_TABLE = {INTEL: "DMAR", AMD: "IVRS"}


def findings(machine: Machine) -> List[Finding]:
    """The IOMMU is there and switched on, in a mode that has PASIDs, and nothing forbids ATS."""
    found = [_said(machine)]
    for kind in sorted(machine.kinds & set(_TABLE)):
        found.append(_firmware(machine, kind))
    found.append(_registered(machine))
    if INTEL in machine.kinds and machine.units:
        found.append(scalable(machine, enabled=False))
    found += [_ats(machine), _translated(machine), _strict(machine)]
    return found


def _said(machine: Machine) -> Finding:
    id, what = "boot.cmdline", "The kernel's command line can be read"
    if not machine.cmdline.known:
        why, remedy = f"{WHERE} cannot be read", "mount /proc"
        return Finding(id, what, UNKNOWN, WHERE, why=why, remedy=remedy)
    return Finding(id, what, YES, WHERE, value=machine.cmdline.of_interest())


def _firmware(machine: Machine, kind: str) -> Finding:
    table = _TABLE[kind]
    id, what = f"boot.{table}", f"The firmware describes {TITLES[kind]} (ACPI {table})"
    if table in machine.tables:
        return Finding(id, what, YES, "/" + TABLES, value=table)
    if not machine.tables:
        why = "no table is there to be seen, as in many containers"
        return Finding(id, what, HIDDEN, "/" + TABLES, why=why, remedy="look from the host")
    return Finding(
        id,
        what,
        NO,
        "/" + TABLES,
        why=f"no table {table}: the machine has none, or it is off in the firmware's setup",
        remedy='switch VT-d, AMD-Vi or "IOMMU" on in the firmware\'s setup; in a virtual'
        " machine, give it an IOMMU",
    )


def _registered(machine: Machine) -> Finding:
    id, what = "boot.iommu", "An IOMMU is at work"
    where = "/sys/class/iommu"
    if machine.units:
        return Finding(id, what, YES, where, value=f"{machine.units}", needed=True)
    if not machine.root.there("sys/class"):
        why, remedy = "/sys is not there", "mount /sys, or look from the host"
        return Finding(id, what, HIDDEN, where, why=why, remedy=remedy, needed=True)
    why, remedy = _why_none(machine)
    return Finding(id, what, NO, where, why=why, remedy=remedy, needed=True)


def _why_none(machine: Machine) -> "tuple[str, str]":
    line, config = machine.cmdline, machine.config
    if machine.cpu.arch == X86:
        for name in ("iommu", "intel_iommu", "amd_iommu"):
            if "off" in line.options(name):
                return f"{name}=off is on the command line", f"start without {name}=off"
    for kind in sorted(machine.kinds & set(_TABLE)):
        table = _TABLE[kind]
        option = "INTEL_IOMMU" if kind == INTEL else "AMD_IOMMU"
        if machine.tables and table not in machine.tables:
            continue
        if config and not config.has(option):
            return f"CONFIG_{option} is not set", f"a kernel with CONFIG_{option}"
        if kind == INTEL and "on" not in line.options("intel_iommu"):
            by_default = ("INTEL_IOMMU_DEFAULT_ON", "INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF")
            if not config or not any(config.has(name) for name in by_default):
                return "VT-d is off unless asked for", "start with intel_iommu=on,sm_on"
        return (
            f"no driver has registered one; {table} may be broken",
            "dmesg | grep -i -e DMAR -e AMD-Vi",
        )
    if machine.tables:
        return (
            "the firmware describes none",
            "switch it on in the firmware's setup; in a virtual machine, give it an IOMMU",
        )
    return "no driver has registered one", "dmesg | grep -i iommu; look at the device tree or IORT"


def scalable(machine: Machine, enabled: bool) -> Finding:
    """Whether the driver of VT-d was told to use scalable mode, which PASIDs need.

    enabled: a device has PASIDs switched on behind it, which it would not have without."""
    id, what = "boot.scalable", "VT-d is used in scalable mode"
    remedy = "start with intel_iommu=on,sm_on"
    said = [option for option in machine.cmdline.options("intel_iommu") if option[:3] == "sm_"]
    config = machine.config
    by_default = config.get("INTEL_IOMMU_SCALABLE_MODE_DEFAULT_ON") if config else ""
    if enabled:
        return Finding(id, what, YES, "a PASID capability that is enabled", needed=True)
    if said and said[-1].startswith("sm_on"):
        return Finding(id, what, YES, WHERE, value=said[-1], needed=True)
    if said and said[-1].startswith("sm_off"):
        why = "sm_off is on the command line"
        return Finding(id, what, NO, WHERE, said[-1], why, remedy, needed=True)
    if config and by_default == "y":
        return Finding(id, what, YES, config.where, "by default", needed=True)
    if config and machine.cmdline.known:
        why = "it is off by default in this kernel, and not asked for"
        return Finding(id, what, NO, config.where, "", why, remedy, needed=True)
    why = "nothing on the command line, and the default of this kernel cannot be read"
    return Finding(id, what, UNKNOWN, WHERE, "", why, remedy, needed=True)


def _ats(machine: Machine) -> Finding:
    id, what = "boot.ats", "ATS is not forbidden"
    if "noats" in machine.cmdline.options("pci"):
        why, remedy = "pci=noats is on the command line", "start without pci=noats"
        return Finding(id, what, NO, WHERE, "pci=noats", why, remedy, INTEL in machine.kinds)
    if not machine.cmdline.known:
        why, remedy = f"{WHERE} cannot be read", "mount /proc"
        return Finding(id, what, UNKNOWN, WHERE, why=why, remedy=remedy)
    return Finding(id, what, YES, WHERE)


def _translated(machine: Machine) -> Finding:
    """SVA does without, but a device that is bound can do whatever it likes without a PASID."""
    id, what = "boot.translated", "What devices send without a PASID is translated as well"
    line, by_default = machine.cmdline, _default(machine, "IOMMU_DEFAULT_PASSTHROUGH")
    passes = {"pt": True, "nopt": False}
    said = [passes[option] for option in line.options("iommu") if option in passes]
    said += [_true(option) for option in line.options("iommu.passthrough")]
    remedy = "nothing for SVA; iommu.passthrough=0 keeps devices from the rest of memory"
    return _mode(machine, (id, what), [not one for one in said], by_default, (False, remedy))


def _strict(machine: Machine) -> Finding:
    id, what = "boot.strict", "What is unmapped is taken from device TLBs at once (strict)"
    line, by_default = machine.cmdline, _default(machine, "IOMMU_DEFAULT_DMA_STRICT")
    said = [_true(option) for option in line.options("iommu.strict")]
    said += [True for option in line.options("intel_iommu") if option == "strict"]
    said += [True for option in line.options("amd_iommu") if option == "fullflush"]
    remedy = "nothing for SVA, which always is; iommu.strict=1 for all else"
    return _mode(machine, (id, what), said, by_default, (True, remedy))


def _true(option: str) -> bool:
    return option[:1] in ("1", "y", "Y", "t", "T") or option == "on"


def _default(machine: Machine, name: str) -> Optional[bool]:
    return machine.config.get(name) == "y" if machine.config else None


def _mode(
    machine: Machine,
    names: Tuple[str, str],
    said: List[bool],
    by_default: Optional[bool],
    rest: Tuple[bool, str],
) -> Finding:
    """What was said last counts, and else the kernel's default. rest: what the option of the
    default stands for, and the remedy."""
    where = WHERE if said or not machine.config else machine.config.where
    if not said and by_default is None:
        why = "nothing on the command line, and the default of this kernel cannot be read"
        return Finding(*names, UNKNOWN, where, "", why, rest[1])
    holds = said[-1] if said else by_default == rest[0]
    if holds:
        return Finding(*names, YES, where)
    return Finding(
        *names, NO, where, "", "it was asked not to be" if said else "by default", rest[1]
    )
