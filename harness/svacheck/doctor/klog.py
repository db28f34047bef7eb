# SPDX-License-Identifier: GPL-2.0
"""The kernel's log, for what is nowhere else to be read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Optional

from .root import READ, Root

_MOST = 4 << 20
_SMMU3 = re.compile(
    r"arm-smmu-v3 (\S+): (?:ias \d+-bit, )?oas \d+-bit \(features 0x([0-9a-f]{1,16})\)"
)


@dataclass(frozen=True)
class KernelLog:
    """where it was read; text: of it, or empty."""

    where: str
    text: str

    def smmu_features(self, device: str) -> Optional[int]:
        """The features that the driver of an SMMUv3 has printed, the last time."""
        found = [int(bits, 16) for name, bits in _SMMU3.findall(self.text) if name == device]
        return found[-1] if found else None


def load(root: Root, file: str) -> KernelLog:
    """The log in a file, that of the running kernel, or the one stored at its start."""
    if file:
        with open(file, "rb") as stream:
            return KernelLog(file, stream.read(_MOST).decode("utf-8", "backslashreplace"))
    if root.is_here:
        return KernelLog("/dev/kmsg", _kmsg())
    content = root.read("var/log/dmesg", _MOST)
    return KernelLog("/var/log/dmesg", content.text if content.state == READ else "")


def _kmsg() -> str:
    """All records that are there now; empty if they may not be read."""
    try:
        handle = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return ""
    parts, size = [], 0
    while size < _MOST:
        try:
            record = os.read(handle, 1 << 16)
        except BrokenPipeError:
            continue  # records were overwritten meanwhile
        except OSError:
            break
        parts.append(record)
        size += len(record) or _MOST
    os.close(handle)
    return b"".join(parts).decode("utf-8", "backslashreplace")
