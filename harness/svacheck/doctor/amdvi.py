# SPDX-License-Identifier: GPL-2.0
"""What an AMD IOMMU can do: its extended features, and its capability header.

Offsets are those of the AMD I/O Virtualization Technology specification, document 48882.
"""

from __future__ import annotations

from typing import List, Optional

from .cpu import Cpu
from .model import NO, UNKNOWN, YES, Finding
from .version import Version
from .vtd import register

_EFR = "48882, MMIO offset 0030h"
_HARDWARE = "another machine; of a virtual one, an IOMMU with this bit"

# The four that drivers/iommu/amd asks for together, amd_iommu_gt_ppr_supported()
_BITS = (
    (4, "GTSup", "guest translation, by PASID", "a process's page table is a guest table"),
    (48, "GIoSup", "I/O with guest tables", "guest tables are for interrupts alone without it"),
    (1, "PPRSup", "peripheral page requests", "the driver of Linux has no PASIDs without it"),
    (50, "EPHSup", "enhanced PPR handling", "the driver of Linux has no PASIDs without it"),
)


def extended_features(features: str, version: Version) -> str:
    """The register of that name in the text that sysfs has: there are two of them in it, and
    Linux 6.1 has the second one in front, 6.12 and later behind. Empty if it cannot be told."""
    first, colon, second = features.partition(":")
    if not colon or version.since(6, 12):
        return first
    return "" if version.since(6, 2) or not version.known else second


def findings(where: str, cap: str, features: str, cpu: Cpu) -> List[Finding]:
    """Each feature of a unit. cap and features are as text; where: the folder they stand in."""
    value = register(features)
    found = [_feature(where, value, *bit) for bit in _BITS]
    found += [_levels(where, value, cpu), _width(where, value), _tlb(where, register(cap))]
    return found


def _feature(where: str, value: Optional[int], bit: int, name: str, use: str, why: str) -> Finding:
    id, what = f"amd.{name}", f"{name}: {use} ({_EFR}, bit {bit})"
    return _judged(id, what, f"{where}/features", value, bit, why, True)


def _judged(
    id: str, what: str, place: str, value: Optional[int], bit: int, why: str, needed: bool
) -> Finding:
    if value is None:
        why = "the register cannot be read, or its place in the file is not known of this kernel"
        return Finding(id, what, UNKNOWN, place, "", why, "Linux 6.12 or later", needed)
    if value >> bit & 1:
        return Finding(id, what, YES, place, f"{value:#x}", needed=needed)
    return Finding(id, what, NO, place, f"{value:#x}", why, _HARDWARE, needed)


def _levels(where: str, value: Optional[int], cpu: Cpu) -> Finding:
    """As many levels as the processor's: GATS is 0 for four and 1 for five."""
    id, what = "amd.GATS", f"GATS: tables of five levels ({_EFR}, bits 13:12)"
    place, needed = f"{where}/features", "la57" in cpu.flags
    why = "this processor has no use for it"
    if needed:
        why = "processes have page tables of five levels here: start with no5lvl"
    if value is not None and value >> 12 & 3 == 1:
        return Finding(id, what, YES, place, f"{value:#x}", needed=needed)
    return _judged(id, what, place, None if value is None else 0, 0, why, needed)


def _width(where: str, value: Optional[int]) -> Finding:
    id, what = "amd.PASmax", f"PASmax: PASIDs of more than one bit ({_EFR}, bits 36:32)"
    place = f"{where}/features"
    if value is None:
        return Finding(id, what, UNKNOWN, place, "", "the register cannot be read", "mount /sys")
    bits = (value >> 32 & 0x1F) + 1
    if bits > 1:
        return Finding(id, what, YES, place, f"{bits} bits")
    return Finding(id, what, NO, place, f"{bits} bit", "it has one PASID at most", _HARDWARE)


def _tlb(where: str, value: Optional[int]) -> Finding:
    id, what = "amd.IotlbSup", "IotlbSup: device TLBs, ATS (48882, capability header, bit 24)"
    why = "devices can use only memory that is there"
    return _judged(id, what, f"{where}/cap", value, 24, why, False)
