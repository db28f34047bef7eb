# SPDX-License-Identifier: GPL-2.0
"""The PCI functions of a machine, and the ways from each up to its root."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Optional

from .pci import WHOLE, ConfigSpace
from .root import Root

ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")

_DEVICES = "sys/bus/pci/devices"


@dataclass(frozen=True)
class Function:
    """above: the bridge that its bus comes from; physfn: of a virtual function."""

    address: str
    where: str
    config: ConfigSpace
    vendor: str
    device: str
    kind: str  # the class code
    driver: str
    unit: str
    group: str
    above: str
    physfn: str
    has_vfs: bool

    @property
    def name(self) -> str:
        """8086:0b25, class 088000."""
        ids = f"{self.vendor[2:]}:{self.device[2:]}"
        return f"{ids}, class {self.kind[2:]}" if self.kind else ids

    @property
    def has_siblings(self) -> bool:
        """A function above 0 is proof of others; the bit of function 0 is a promise."""
        return self.config.multifunction or not self.address.endswith(".0")


class Fabric:
    """All functions that sysfs has."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self.functions: Dict[str, Function] = {}
        for address in root.names(_DEVICES):
            if ADDRESS.fullmatch(address):
                self.functions[address] = self._function(address)

    def _function(self, address: str) -> Function:
        root, where = self._root, f"{_DEVICES}/{address}"
        way = (root.real(where) or "").split("/")
        above = way[-2] if len(way) > 1 else ""
        return Function(
            address=address,
            where=where,
            config=ConfigSpace(root.read(f"{where}/config", WHOLE)),
            vendor=root.value(f"{where}/vendor")[:10],
            device=root.value(f"{where}/device")[:10],
            kind=root.value(f"{where}/class")[:10],
            driver=root.link(f"{where}/driver"),
            unit=root.link(f"{where}/iommu"),
            group=root.link(f"{where}/iommu_group"),
            above=above if ADDRESS.fullmatch(above) else "",
            physfn=root.link(f"{where}/physfn"),
            has_vfs=root.there(f"{where}/virtfn0"),
        )

    def able(self, function: Function) -> Function:
        """The function whose PASIDs one has: of a virtual one it is the physical one."""
        return self.functions.get(function.physfn, function)

    def up(self, function: Function) -> Optional[Function]:
        """The next on the way to the root: from a virtual function its physical one."""
        return self.functions.get(function.physfn or function.above)

    def path(self, function: Function) -> List[Function]:
        """From the function itself up to the one on the root bus."""
        way = [function]
        following = self.up(function)
        while following and following not in way:
            way.append(following)
            following = self.up(following)
        return way

    def members(self, function: Function) -> List[str]:
        """Who is in its IOMMU group."""
        if not function.group:
            return []
        return self._root.names(f"{function.where}/iommu_group/devices")
