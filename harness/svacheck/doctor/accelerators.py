# SPDX-License-Identifier: GPL-2.0
"""What uacce has made known to programs: accelerators, on PCI or elsewhere."""

from __future__ import annotations

from typing import List, Sequence

from .model import NO, UNKNOWN, YES, Finding
from .root import Root

_CLASS = "sys/class/uacce"
_SVA = 1  # UACCE_DEV_SVA, include/uapi/misc/uacce/uacce.h


def parents(root: Root) -> List[str]:
    """The devices that there are accelerators of."""
    found = [root.link(f"{_CLASS}/{name}/device") for name in root.names(_CLASS)]
    return sorted({name for name in found if name})


def of(root: Root, device: str) -> List[str]:
    """The accelerators of a device."""
    names = root.names(_CLASS)
    return [name for name in names if root.link(f"{_CLASS}/{name}/device") == device]


def findings(root: Root, names: Sequence[str]) -> List[Finding]:
    """Whether each takes addresses of processes."""
    return [_flags(root, name) for name in names]


def _flags(root: Root, name: str) -> Finding:
    id, what = "uacce.sva", f"{name} takes addresses of processes (UACCE_DEV_SVA)"
    where = f"{_CLASS}/{name}/flags"
    value = root.value(where)
    remedy = "see what is said of the machine and the device; of HiSilicon's drivers, uacce_mode=1"
    if not value.isdecimal():
        return Finding(id, what, UNKNOWN, "/" + where, value, "it does not say", remedy, True)
    if int(value[:9]) & _SVA:
        return Finding(id, what, YES, "/" + where, value, needed=True)
    why = "its driver did not ask for SVA, or the kernel could not switch it on"
    return Finding(id, what, NO, "/" + where, value, why, remedy, True)
