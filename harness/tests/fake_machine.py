# SPDX-License-Identifier: GPL-2.0
"""Machines that exist as files alone: /sys and /proc of them, for the doctor to read."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT_PORT, UPSTREAM, DOWNSTREAM, ENDPOINT, INTEGRATED, TO_PCI = 4, 5, 6, 0, 9, 7
ACS_ALL = 0x1D
CAP = 1 << 56 | 1 << 60
ECAP = sum(1 << bit for bit in (1, 2, 29, 40, 42, 43, 46, 47, 48)) | 19 << 35
EFR = sum(1 << bit for bit in (1, 4, 48, 50)) | 15 << 32
INTEL_FLAGS = "fpu pcid pdpe1gb movdir64b enqcmd"
INTEL_CONFIG = (
    "INTEL_IOMMU INTEL_IOMMU_SVM IOMMU_SVA PCI_PASID PCI_ATS PCI_PRI MMU_NOTIFIER INTEL_IDXD"
    " INTEL_IDXD_SVM UACCE IOMMU_IOPF INTEL_IOMMU_DEFAULT_ON ASYNC_KERNEL_PGTABLE_FREE"
)
ARM_CONFIG = "ARM_SMMU_V3 ARM_SMMU_V3_SVA IOMMU_SVA PCI_PASID PCI_ATS PCI_PRI MMU_NOTIFIER UACCE"
SYMBOLS = ("iommu_sva_bind_device", "iommu_sva_invalidate_kva_range", "amd_iommu_domain_alloc_sva")


@dataclass(frozen=True)
class Cap:
    """An extended capability with its capability and control registers."""

    id: int
    cap: int = 0
    ctl: int = 0


def acs(ctl: int = ACS_ALL, cap: int = ACS_ALL) -> Cap:
    """Access Control Services."""
    return Cap(0x0D, cap, ctl)


def ats(on: bool = True) -> Cap:
    """Address Translation Service."""
    return Cap(0x0F, 0, 0x8000 if on else 0)


def pasid(on: bool = True, width: int = 20) -> Cap:
    """Process Address Space ID."""
    return Cap(0x1B, width << 8, 1 if on else 0)


def pri(on: bool = True) -> Cap:
    """Page Request Interface: control is in front of status."""
    return Cap(0x13, 1 if on else 0, 0x8000)


CAPABLE = (pasid(), ats(), pri())


def space(
    kind: int | None = ENDPOINT,
    caps: Sequence[Cap] = (),
    prefixes: bool = True,
    multifunction: bool = False,
) -> bytes:
    """A config space of 4096 bytes; without a kind, that of a conventional function."""
    data = bytearray(4096)
    struct.pack_into("<HH", data, 0, 0x8086, 0x0B25)
    data[0x0E] = 0x80 if multifunction else 0
    if kind is None:
        return bytes(data[:256])
    struct.pack_into("<H", data, 6, 0x10)
    data[0x34] = 0x40
    struct.pack_into("<BBH", data, 0x40, 0x05, 0x50, 0)  # one in front: MSI
    struct.pack_into("<BBH", data, 0x50, 0x10, 0, kind << 4 | 2)
    struct.pack_into("<I", data, 0x50 + 0x24, 1 << 21 if prefixes else 0)
    offset = 0x100
    for number, cap in enumerate(caps, start=1):
        following = offset + 0x20 if number < len(caps) else 0
        header = cap.id | 1 << 16 | following << 20
        struct.pack_into("<IHH", data, offset, header, cap.cap, cap.ctl)
        offset += 0x20
    return bytes(data)


@dataclass
class FakeMachine:
    """A root that grows by calls, each of which writes the files of one thing."""

    root: Path
    places: dict[str, Path] = field(default_factory=dict)

    def write(self, name: str, content: str | bytes) -> None:
        """A file below the root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def link(self, name: str, target: Path) -> None:
        """A link below the root, relative as those of sysfs are."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.path.relpath(target, path.parent.resolve()))

    def cpu(self, vendor: str, flags: str) -> None:
        """Of x86."""
        text = f"vendor_id\t: {vendor}\nmodel name\t: A processor\nflags\t\t: {flags}\n"
        self.write("proc/cpuinfo", "processor\t: 0\n" + text)

    def arm(self) -> None:
        """Of arm64."""
        text = "processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x48\nCPU part\t: 0xd01\n"
        self.write("proc/cpuinfo", text)

    def kernel(self, release: str, version: str = "", cmdline: str = "", config: str = "") -> None:
        """Its release, and what it was built with and told."""
        self.write("proc/sys/kernel/osrelease", release + "\n")
        compiler = "(x@debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0)"
        self.write("proc/version", f"Linux version {release} {compiler} #1 SMP {version}\n")
        self.write("proc/cmdline", cmdline + "\n")
        if config:
            lines = [f"CONFIG_{name}=y" for name in config.split()]
            self.write(f"boot/config-{release}", "# of a kernel\n" + "\n".join(lines) + "\n")

    def symbols(self, *names: str) -> None:
        """What stands in /proc/kallsyms."""
        lines = [f"0000000000000000 T {name}\n" for name in ("_text", *names)]
        self.write("proc/kallsyms", "".join(lines))

    def tables(self, *names: str) -> None:
        """Tables of ACPI."""
        for name in ("FACP", *names):
            self.write(f"sys/firmware/acpi/tables/{name}", b"")

    def intel_unit(self, name: str = "dmar0", cap: int = CAP, ecap: int = ECAP) -> None:
        """A VT-d unit."""
        where = f"sys/devices/virtual/iommu/{name}"
        files = {"cap": f"{cap:x}", "ecap": f"{ecap:x}", "address": "fed90000", "version": "5:0"}
        for file, text in files.items():
            self.write(f"{where}/intel-iommu/{file}", text + "\n")
        self.link(f"sys/class/iommu/{name}", self.root / where)

    def amd_unit(self, features: str) -> None:
        """An AMD-Vi unit; features as Linux prints them."""
        name = "ivhd0"
        where = f"sys/devices/pci0000:00/0000:00:00.2/iommu/{name}"
        self.write(f"{where}/amd-iommu/cap", f"{1 << 24:x}\n")
        self.write(f"{where}/amd-iommu/features", features + "\n")
        self.link(f"sys/class/iommu/{name}", self.root / where)

    def plain_unit(self, name: str, device: str, driver: str) -> None:
        """One that shows nothing of itself."""
        where = f"sys/devices/platform/{device}"
        (self.root / where / "iommu" / name).mkdir(parents=True)
        self.link(f"{where}/iommu/{name}/device", self.root / where)
        self._driver(where, driver)
        self.link(f"sys/class/iommu/{name}", self.root / where / "iommu" / name)

    def function(
        self,
        address: str,
        config: bytes,
        *,
        above: str = "",
        driver: str = "",
        unit: str = "",
        group: str = "",
        ids: tuple[str, str] = ("0x8086", "0x0b25"),
    ) -> str:
        """A PCI function below another one, or on the root bus."""
        upper = self.places[above] if above else Path("sys/devices/pci0000:00")
        where = upper / address
        self.places[address] = where
        self.write(f"{where}/config", config)
        self.write(f"{where}/vendor", ids[0] + "\n")
        self.write(f"{where}/device", ids[1] + "\n")
        self.write(f"{where}/class", "0x088000\n")
        self._driver(str(where), driver)
        if unit:
            self.link(f"{where}/iommu", self.root / "sys/class/iommu" / unit)
        if group:
            self.join(str(where), address, group)
        self.link(f"sys/bus/pci/devices/{address}", self.root / where)
        return address

    def join(self, where: str, name: str, group: str, kind: str = "identity") -> None:
        """Put a device into an IOMMU group."""
        place = f"sys/kernel/iommu_groups/{group}"
        self.write(f"{place}/type", kind + "\n")
        self.link(f"{place}/devices/{name}", self.root / where)
        self.link(f"{where}/iommu_group", self.root / place)

    def _driver(self, where: str, driver: str) -> None:
        if driver:
            place = self.root / "sys/bus/any/drivers" / driver
            place.mkdir(parents=True, exist_ok=True)
            self.link(f"{where}/driver", place)

    def dsa(self, address: str, *, enabled: str = "1", queues: Sequence[str] = ()) -> None:
        """What idxd shows of a function; queues: of a type and a state, user/enabled."""
        where = f"{self.places[address]}/dsa0"
        self.write(f"{where}/pasid_enabled", enabled + "\n")
        self.link("sys/bus/dsa/devices/dsa0", self.root / where)
        for number, queue in enumerate(queues):
            place, (kind, state) = f"{where}/wq0.{number}", queue.split("/")
            files = {"type": kind, "state": state, "mode": "shared", "block_on_fault": "1"}
            for file, text in files.items():
                self.write(f"{place}/{file}", text + "\n")
            self.link(f"sys/bus/dsa/devices/wq0.{number}", self.root / place)

    def uacce(self, name: str, parent: str, flags: str) -> None:
        """An accelerator of a device."""
        where = f"{parent}/uacce/{name}"
        self.write(f"{where}/flags", flags + "\n")
        self.link(f"{where}/device", self.root / parent)
        self.link(f"sys/class/uacce/{name}", self.root / where)


def intel_server(root: Path, **changes: object) -> FakeMachine:
    """A server with DSA behind VT-d, on which all is well, or all but what is changed."""
    machine = FakeMachine(root)
    machine.cpu("GenuineIntel", str(changes.get("flags", INTEL_FLAGS)))
    config = str(changes.get("config", INTEL_CONFIG))
    release = str(changes.get("release", "7.3.4"))
    version = str(changes.get("version", ""))
    machine.kernel(release, version, str(changes.get("cmdline", "intel_iommu=on,sm_on")), config)
    symbols = changes.get("symbols", SYMBOLS)
    if isinstance(symbols, tuple):
        machine.symbols(*symbols)
    machine.tables("DMAR")
    cap, ecap = changes.get("cap", CAP), changes.get("ecap", ECAP)
    assert isinstance(cap, int) and isinstance(ecap, int)
    machine.intel_unit(cap=cap, ecap=ecap)
    config_space = changes.get("space", space(INTEGRATED, CAPABLE))
    assert isinstance(config_space, bytes)
    machine.function("0000:6a:01.0", config_space, driver="idxd", unit="dmar0", group="7")
    machine.function("0000:00:1f.0", space(None), unit="dmar0", group="8")
    machine.dsa("0000:6a:01.0", queues=("user/enabled", "kernel/disabled"))
    return machine
