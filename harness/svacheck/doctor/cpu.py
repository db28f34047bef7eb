# SPDX-License-Identifier: GPL-2.0
"""What the processor has to do with SVA, from /proc/cpuinfo."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, FrozenSet, List

from .model import NO, UNKNOWN, YES, Finding
from .root import READ, Root

WHERE = "/proc/cpuinfo"
X86, ARM64, OTHER = "x86", "arm64", "other"

_VENDORS = {"GenuineIntel": "Intel", "AuthenticAMD": "AMD", "HygonGenuine": "Hygon"}


@dataclass(frozen=True)
class Cpu:
    """The first processor; the others are taken to be like it."""

    known: bool
    arch: str
    vendor: str
    model: str
    flags: FrozenSet[str]

    @property
    def title(self) -> str:
        """Its model, or else its vendor."""
        return self.model or self.vendor or self.arch


def load(root: Root) -> Cpu:
    """What /proc/cpuinfo has of the first processor."""
    content = root.read("proc/cpuinfo", 1 << 16)
    fields: Dict[str, str] = {}
    for line in content.text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip(), value.strip())
    raw = fields.get("vendor_id", "")
    vendor = _VENDORS.get(raw, raw[:40])
    arch = X86 if "flags" in fields else ARM64 if "CPU implementer" in fields else _said(root)
    model = fields.get("model name", "")[:80]
    if arch == ARM64 and not model:
        implementer, part = fields.get("CPU implementer", ""), fields.get("CPU part", "")
        model = f"implementer {implementer}, part {part}"[:80]
    flags = frozenset((fields.get("flags") or fields.get("Features") or "").split())
    return Cpu(content.state == READ and bool(fields), arch, vendor, model, flags)


def _said(root: Root) -> str:
    machine = root.value("proc/sys/kernel/arch")
    if not machine and root.is_here:
        machine = os.uname().machine
    if machine in ("x86_64", "i686"):
        return X86
    return ARM64 if machine == "aarch64" else OTHER


def findings(cpu: Cpu) -> List[Finding]:
    """None of them is needed by itself: what follows from 5 levels is asked of the IOMMU."""
    if cpu.arch != X86:
        return []
    return [
        _flag(
            cpu,
            "la57",
            "The processes have page tables of five levels",
            "the processor has four, or the kernel does not use more",
            "nothing: four levels do; each IOMMU has to know as many",
        ),
        _flag(
            cpu,
            "pcid",
            "The processor tags its TLB by process (PCID)",
            "the processor or the hypervisor does not offer it",
            "nothing: SVA does without",
        ),
        _flag(
            cpu,
            "movdir64b",
            "Programs can hand 64 bytes to a dedicated queue (MOVDIR64B)",
            "the processor or the hypervisor does not offer it",
            "dedicated queues of idxd need it: a processor or a CPU model that has it",
        ),
        _flag(
            cpu,
            "enqcmd",
            "Programs can hand work to a shared queue (ENQCMD)",
            "the processor or the hypervisor does not offer it, or the kernel has cleared it",
            "shared queues of idxd need it: a processor or a CPU model that has it",
        ),
    ]


def _flag(cpu: Cpu, flag: str, what: str, why: str, remedy: str) -> Finding:
    if not cpu.known:
        why, remedy = f"{WHERE} cannot be read", "mount /proc"
        return Finding(f"cpu.{flag}", what, UNKNOWN, WHERE, why=why, remedy=remedy)
    if flag in cpu.flags:
        return Finding(f"cpu.{flag}", what, YES, WHERE, value=flag)
    return Finding(f"cpu.{flag}", what, NO, WHERE, why=why, remedy=remedy)
