# SPDX-License-Identifier: GPL-2.0
"""The options that the running kernel was built with."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Dict, List, Optional

from .root import DENIED, Root

MOST = 8 << 20  # bytes, unpacked

_LINE = re.compile(r"^CONFIG_(\w+)=(.*)$", re.MULTILINE)
_RELEASE = re.compile(r"[\w.+~-]+")


@dataclass(frozen=True)
class Config:
    """The options, and the file that they stand in."""

    where: str
    options: Dict[str, str]

    def get(self, name: str) -> str:
        """y, m, a value, or n."""
        return self.options.get(name, "n")

    def has(self, name: str) -> bool:
        """Built in, or a module."""
        return self.get(name) in ("y", "m")


def load(root: Root, release: str) -> "tuple[Optional[Config], str]":
    """The options, or None and why they are not known."""
    denied = []
    for name in _places(release):
        content = root.read(name)
        if content.state == DENIED:
            denied.append("/" + name)
        data = _unpacked(content.data) if name.endswith(".gz") else content.data
        options = dict(_LINE.findall(data[:MOST].decode("utf-8", "backslashreplace")))
        if options:
            return Config("/" + name, options), ""
    if denied:
        return None, f"{denied[0]} may not be read"
    return None, "there is no /proc/config.gz, and no file for this kernel in /boot or /lib/modules"


def _places(release: str) -> List[str]:
    places = ["proc/config.gz"]
    if _RELEASE.fullmatch(release) and release not in (".", ".."):
        places += [f"boot/config-{release}", f"lib/modules/{release}/config"]
        places += [f"usr/lib/modules/{release}/config", f"usr/lib/ostree-boot/config-{release}"]
        places.append(f"lib/modules/{release}/build/.config")
    return places


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, MOST)
    except zlib.error:
        return b""
