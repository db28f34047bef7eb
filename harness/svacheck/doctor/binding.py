# SPDX-License-Identifier: GPL-2.0
"""Whether iommu_sva_bind_device() of this kernel refuses on x86, whatever the device.

Until a kernel tells IOMMUs of kernel page tables that it frees, processes cannot be bound
safely where those are a part of every process's. Stable kernels refuse instead: commit
72f98ef9a4be ("iommu: disable SVA when CONFIG_X86 is set", CVE-2025-71089). The remedy is
commit e37d5a2d60a3 (CVE-2025-71202), in 6.18.7 and 6.19, with which
iommu_sva_invalidate_kva_range() and CONFIG_ASYNC_KERNEL_PGTABLE_FREE came.
"""

from __future__ import annotations

from typing import Optional, Tuple

from .machine import KALLSYMS, Machine
from .model import NO, UNKNOWN, YES, Finding

WHAT = "The kernel does not refuse to bind a process on x86"
REMEDY = "Linux 6.18.7, 6.19 or later, or a kernel with commit e37d5a2d60a3"

# Of each stable series: from which release on it is known to refuse, and who says so
_REFUSES = {
    (6, 1): (163, "ChangeLog-6.1.163, and drivers/iommu/iommu.c of 6.1.192"),
    (6, 12): (117, "drivers/iommu/iommu-sva.c of 6.12.117"),
    (6, 18): (4, "the announcement of 6.18.4"),
}
_FIRST_REFUSAL = "January 2026"


def finding(machine: Machine) -> Finding:
    """The finding about x86."""
    verdict, where, why = _judge(machine)
    return Finding(
        "kernel.bind",
        WHAT,
        verdict,
        where,
        value=machine.version.upstream,
        why=why,
        remedy="" if verdict == YES else REMEDY,
        needed=True,
    )


def _judge(machine: Machine) -> Tuple[str, str, str]:
    version, config = machine.version, machine.config
    symbols = machine.symbols
    if symbols is not None and "iommu_sva_invalidate_kva_range" in symbols:
        return YES, KALLSYMS, ""
    if config and config.get("ASYNC_KERNEL_PGTABLE_FREE") == "y":
        return YES, config.where, ""
    if symbols is None and _has_remedy(version.numbers):
        return YES, version.where, ""
    refusal = _refusal(version.numbers)
    if refusal:
        why = f"it has commit 72f98ef9a4be (CVE-2025-71089): -EOPNOTSUPP, according to {refusal}"
        return NO, version.where, why
    if version.known and version.numbers < (5, 2, 0):
        return UNKNOWN, version.where, "it is older than iommu_sva_bind_device()"
    why = f"stable kernels since {_FIRST_REFUSAL} do (CVE-2025-71089); of this one it is not known"
    return UNKNOWN, version.where, why


def _has_remedy(numbers: Tuple[int, int, int]) -> bool:
    return numbers >= (6, 19, 0) or numbers[:2] == (6, 18) and numbers[2] >= 7


def _refusal(numbers: Tuple[int, int, int]) -> Optional[str]:
    since, who = _REFUSES.get(numbers[:2], (0, ""))
    return who if who and numbers[2] >= since else None
