# SPDX-License-Identifier: GPL-2.0
"""The kernel: what it was built with, and what it was told when it started."""

from __future__ import annotations

from typing import List, Optional

from . import binding, boot
from .cpu import X86
from .machine import AMD, INTEL, KALLSYMS, SMMU3, Machine
from .model import HIDDEN, NO, UNKNOWN, YES, Finding

# What each IOMMU's driver and its part for SVA are called
_DRIVERS = {
    INTEL: ("INTEL_IOMMU", "INTEL_IOMMU_SVM"),
    AMD: ("AMD_IOMMU",),
    SMMU3: ("ARM_SMMU_V3", "ARM_SMMU_V3_SVA"),
}
_USERS = {
    "INTEL_IDXD": "Intel DSA and IAA",
    "INTEL_IDXD_SVM": "programs at queues of DSA and IAA",
    "UACCE": "accelerators of HiSilicon, and others under /dev by uacce",
    "IOMMU_IOPF": "page faults of devices",
    "PCI_PRI": "page requests of PCI devices",
}


def findings(machine: Machine) -> List[Finding]:
    """All that is about the kernel and no device."""
    found = [_sva(machine)]
    if machine.cpu.arch == X86 and found[0].verdict != NO:
        found.append(binding.finding(machine))
    for kind in sorted(machine.kinds):
        found += [_built_in(machine, name) for name in _DRIVERS[kind]]
        if kind == AMD and found[-1].verdict != NO:
            found.append(_amd_has_sva(machine))
    found += [_built_in(machine, name) for name in ("PCI_PASID", "PCI_ATS", "MMU_NOTIFIER")]
    found += [_user(machine, name, what) for name, what in _USERS.items()]
    found += boot.findings(machine)
    return found


def _sva(machine: Machine) -> Finding:
    what, remedy = "The kernel can bind processes to devices (IOMMU_SVA)", _rebuild("IOMMU_SVA")
    if machine.symbols is not None:
        there = "iommu_sva_bind_device" in machine.symbols
        return Finding(
            "kernel.sva",
            what,
            YES if there else NO,
            KALLSYMS,
            value="iommu_sva_bind_device" if there else "",
            why="" if there else "it has no iommu_sva_bind_device()",
            remedy="" if there else _selected(machine),
            needed=True,
        )
    names = ("IOMMU_SVA", "IOMMU_SVA_LIB")  # the second before 6.0
    if machine.config and any(machine.config.has(name) for name in names):
        return Finding("kernel.sva", what, YES, machine.config.where, needed=True)
    if machine.config:
        why = "CONFIG_IOMMU_SVA is not set"
        where = machine.config.where
        return Finding(
            "kernel.sva", what, NO, where, why=why, remedy=_selected(machine), needed=True
        )
    return _no_config(machine, "kernel.sva", what, remedy, needed=True)


def _selected(machine: Machine) -> str:
    by = [_DRIVERS[kind][-1] for kind in sorted(machine.kinds)]
    return _rebuild(" or ".join(by) or "a driver that selects IOMMU_SVA")


def _rebuild(name: str) -> str:
    return f"a kernel with CONFIG_{name}" if name.isupper() else f"a kernel with {name}"


def _built_in(machine: Machine, name: str) -> Finding:
    what = f"The kernel has {name}"
    id = f"kernel.{name}"
    if not machine.config:
        return _no_config(machine, id, what, _rebuild(name), needed=True)
    return _option(machine, id, what, name, f"CONFIG_{name} is not set", True)


def _user(machine: Machine, name: str, use: str) -> Finding:
    what = f"The kernel has {name}: {use}"
    id = f"kernel.{name}"
    if not machine.config:
        return _no_config(machine, id, what, _rebuild(name), needed=False)
    return _option(machine, id, what, name, f"CONFIG_{name} is not set", False)


def _option(machine: Machine, id: str, what: str, name: str, why: str, needed: bool) -> Finding:
    assert machine.config
    value, where = machine.config.get(name), machine.config.where
    if value in ("y", "m"):
        return Finding(id, what, YES, where, value=f"CONFIG_{name}={value}", needed=needed)
    return Finding(id, what, NO, where, why=why, remedy=_rebuild(name), needed=needed)


def _no_config(machine: Machine, id: str, what: str, wanted: str, needed: bool) -> Finding:
    """Where the options cannot be read, what shows that one is set all the same."""
    shown = _shown(machine, id)
    if shown:
        return Finding(id, what, YES, shown, needed=needed)
    denied = "may not be read" in machine.no_config
    return Finding(
        id,
        what,
        HIDDEN if denied else UNKNOWN,
        "",
        why=machine.no_config,
        remedy=f"run as root; wanted is {wanted}" if denied else f"wanted is {wanted}",
        needed=needed,
    )


def _shown(machine: Machine, id: str) -> Optional[str]:
    """IOMMUs in sysfs show their driver, and the function that binds all that it builds on."""
    name = id.partition(".")[2]
    if machine.units and any(name == _DRIVERS[kind][0] for kind in machine.kinds):
        return "/sys/class/iommu"
    if machine.symbols is None or "iommu_sva_bind_device" not in machine.symbols:
        return None
    if name == "MMU_NOTIFIER" or any(name == _DRIVERS[kind][-1] for kind in machine.kinds):
        return KALLSYMS  # whatever selects IOMMU_SVA selects it, and it is selected by those alone
    if name in ("PCI_PASID", "PCI_ATS") and machine.units and {INTEL, AMD} & machine.kinds:
        return "/sys/class/iommu"
    return None


def _amd_has_sva(machine: Machine) -> Finding:
    """The driver of AMD's came to domains for SVA later than the others."""
    id, what = "kernel.amd-sva", "The kernel's driver of AMD-Vi has SVA domains"
    remedy = "Linux 6.12 or later"
    where = machine.version.where
    function = "amd_iommu_domain_alloc_sva"
    if machine.symbols is not None:
        where = KALLSYMS
        there = function in machine.symbols
    else:
        there = machine.version.since(6, 12)
    if there:
        return Finding(id, what, YES, where, needed=True)
    why, verdict = f"it has no {function}()", NO
    if machine.symbols is None and (not machine.version.known or machine.version.since(6, 2)):
        why, verdict = "6.12 has them and 6.1 has not; of this one it is not known", UNKNOWN
    return Finding(id, what, verdict, where, why=why, remedy=remedy, needed=True)
