# SPDX-License-Identifier: GPL-2.0
"""The IOMMUs that drivers have registered."""

from __future__ import annotations

import re
from typing import List

from . import amdvi, vtd
from .klog import KernelLog
from .machine import AMD, INTEL, SMMU3, Machine, kind_of
from .model import NO, UNKNOWN, YES, Finding, Unit

_FEAT_SVA = 17  # ARM_SMMU_FEAT_SVA, of 6.1 up to 7.3
_WITHOUT = re.compile(r"smmu\.|arm-smmu(?!-v3)|virtio|s390-iommu|riscv|rockchip|qcom")


def units(machine: Machine, log: KernelLog) -> List[Unit]:
    """Each unit with what it can do."""
    return [_unit(machine, log, name) for name in machine.root.names("sys/class/iommu")]


def _unit(machine: Machine, log: KernelLog, name: str) -> Unit:
    kind = kind_of(machine.root, name)
    where = f"sys/class/iommu/{name}"
    root, registers, version = machine.root, {}, ""
    if kind == INTEL:
        where += "/intel-iommu"
        registers = {file: root.value(f"{where}/{file}") for file in ("cap", "ecap", "address")}
        version = root.value(f"{where}/version")
        found = vtd.findings("/" + where, registers["cap"], registers["ecap"], machine.cpu)
    elif kind == AMD:
        where += "/amd-iommu"
        registers = {file: root.value(f"{where}/{file}") for file in ("cap", "features")}
        features = amdvi.extended_features(registers["features"], machine.version)
        found = amdvi.findings("/" + where, registers["cap"], features, machine.cpu)
    else:
        device = root.link(where + "/device")
        driver = root.link(where + "/device/driver")
        found = [_smmu3(log, device) if kind == SMMU3 else _other(name, driver)]
    return Unit(name, kind, "/" + where, version, registers, found)


def _smmu3(log: KernelLog, device: str) -> Finding:
    """An SMMUv3 shows nothing in sysfs; the kernel's log has what its driver found."""
    id, what = "smmu3.sva", "The SMMU shares page tables with processes (ARM_SMMU_FEAT_SVA)"
    features = log.smmu_features(device) if device else None
    if features is None:
        why = "sysfs does not show what an SMMUv3 can do, and the kernel's log does not say"
        remedy = (
            "as root, or with --log: dmesg | grep 'arm-smmu-v3.*features'; bit 17 has to be set"
        )
        return Finding(id, what, UNKNOWN, log.where, "", why, remedy, needed=True)
    if features >> _FEAT_SVA & 1:
        return Finding(id, what, YES, log.where, f"{features:#x}", needed=True)
    why = (
        "it is not coherent with the processors, or has smaller addresses, ASIDs or other page"
        " sizes than they; or CONFIG_ARM_SMMU_V3_SVA is not set"
    )
    remedy = "a kernel with CONFIG_ARM_SMMU_V3_SVA; dma-coherent, if it is, in its IORT or DT node"
    return Finding(id, what, NO, log.where, f"{features:#x}", why, remedy, needed=True)


def _other(name: str, driver: str) -> Finding:
    id, what = "unit.sva", "Its driver has SVA domains"
    if _WITHOUT.match(driver) or _WITHOUT.match(name):
        why = "of Linux 7.3 only the drivers of Intel VT-d, AMD-Vi and SMMUv3 have them"
        return Finding(id, what, NO, "", driver, why, "another machine", needed=True)
    why = "it is the driver of an IOMMU that the doctor does not know"
    remedy = "look for domain_alloc_sva in its source"
    return Finding(id, what, UNKNOWN, "", driver, why, remedy, needed=True)
