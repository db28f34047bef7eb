# SPDX-License-Identifier: GPL-2.0
"""What is known of the whole machine before a device is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import FrozenSet, Optional

from . import cmdline, config, cpu, version
from .root import READ, Root

INTEL, AMD, SMMU3, OTHER = "intel", "amd", "arm-smmu-v3", "other"
TITLES = {INTEL: "Intel VT-d", AMD: "AMD-Vi", SMMU3: "Arm SMMUv3", OTHER: "another IOMMU"}
SYMBOLS = frozenset(
    ("iommu_sva_bind_device", "iommu_sva_invalidate_kva_range", "amd_iommu_domain_alloc_sva")
)
KALLSYMS = "/proc/kallsyms"
TABLES = "sys/firmware/acpi/tables"

_MOST_SYMBOLS = 256 << 20


@dataclass(frozen=True)
class Machine:
    """symbols: those of SYMBOLS that the kernel has, None if it does not say; tables: of ACPI."""

    root: Root
    cpu: cpu.Cpu
    version: version.Version
    config: Optional[config.Config]
    no_config: str
    cmdline: cmdline.Cmdline
    symbols: Optional[FrozenSet[str]]
    tables: FrozenSet[str]
    kinds: FrozenSet[str]
    units: int


def load(root: Root) -> Machine:
    """Read it all once."""
    running = version.load(root)
    options, no_config = config.load(root, running.release)
    processor = cpu.load(root)
    units = root.names("sys/class/iommu")
    tables = frozenset(name[:4] for name in root.names(TABLES))
    kinds = frozenset(kind_of(root, name) for name in units) - {OTHER}
    return Machine(
        root=root,
        cpu=processor,
        version=running,
        config=options,
        no_config=no_config,
        cmdline=cmdline.load(root),
        symbols=_symbols(root),
        tables=tables,
        kinds=kinds if units else _likely(processor, tables),
        units=len(units),
    )


def kind_of(root: Root, unit: str) -> str:
    """Whose driver registered an IOMMU: by what it shows of it, and by its name."""
    where = f"sys/class/iommu/{unit}"
    if root.there(where + "/intel-iommu"):
        return INTEL
    if root.there(where + "/amd-iommu"):
        return AMD
    return SMMU3 if unit.startswith("smmu3.") else OTHER


def _likely(processor: cpu.Cpu, tables: FrozenSet[str]) -> FrozenSet[str]:
    """Whose IOMMU it would be, where none is registered."""
    found = set()
    if "DMAR" in tables:
        found.add(INTEL)
    if "IVRS" in tables:
        found.add(AMD)
    if not found and processor.arch == cpu.ARM64:
        found.add(SMMU3)
    if not found and processor.arch == cpu.X86:
        found.add(AMD if processor.vendor in ("AMD", "Hygon") else INTEL)
    return frozenset(found)


def _symbols(root: Root) -> Optional[FrozenSet[str]]:
    """Which of SYMBOLS stand in kallsyms: the names are there for everybody."""
    content = root.read(KALLSYMS[1:], _MOST_SYMBOLS)
    if content.state != READ or not content.data:
        return None
    return frozenset(name for name in SYMBOLS if f" {name}\n".encode() in content.data)
