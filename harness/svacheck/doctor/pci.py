# SPDX-License-Identifier: GPL-2.0
"""The config space of one PCI function, as much of it as may be read.

Without privileges that is its first 64 bytes, which have no capability in them. So each
answer about a capability is where it is, that there is none, or that it is not visible.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Dict, Optional

from .root import ABSENT, READ, Content

LEGACY, WHOLE = 256, 4096
HEADER = 64

EXPRESS = 0x10  # capability ids
ACS, ATS, PRI, PASID = 0x0D, 0x0F, 0x13, 0x1B  # extended capability ids

ENDPOINT, LEGACY_ENDPOINT, ROOT_PORT, UPSTREAM, DOWNSTREAM = 0, 1, 4, 5, 6
TO_PCI, FROM_PCI, INTEGRATED, EVENT_COLLECTOR = 7, 8, 9, 10

_STATUS, _POINTER, _TYPE = 0x06, 0x34, 0x0E
_HAS_LIST = 0x10


@dataclass(frozen=True)
class Found:
    """offset: 0 if there is none; visible: False if that cannot be told."""

    visible: bool
    offset: int = 0
    why: str = ""

    def __bool__(self) -> bool:
        return self.offset != 0


class ConfigSpace:
    """content: of the file config in sysfs."""

    def __init__(self, content: Content) -> None:
        self._data = content.data if content.state == READ else b""
        self._absent = content.state == ABSENT
        self._short = content.size == LEGACY  # the kernel reaches no more than this
        self._extended: Optional[Dict[int, int]] = None

    def word(self, offset: int) -> int:
        """16 bits; 0 where nothing is to be read."""
        return self._number("<H", offset, 2)

    def dword(self, offset: int) -> int:
        """32 bits; 0 where nothing is to be read."""
        return self._number("<I", offset, 4)

    def _number(self, form: str, offset: int, size: int) -> int:
        if not 0 <= offset <= len(self._data) - size:
            return 0
        return int(struct.unpack_from(form, self._data, offset)[0])

    @property
    def readable(self) -> bool:
        """At least the header is there."""
        return len(self._data) >= HEADER

    @property
    def gone(self) -> bool:
        """All ones: powered off, or not there any more."""
        return self.readable and self._data[:4] == b"\xff\xff\xff\xff"

    @property
    def multifunction(self) -> bool:
        """The bit in the header."""
        return self.readable and self._data[_TYPE] & 0x80 != 0

    def capability(self, id: int) -> Found:
        """A capability of the first 256 bytes."""
        unseen = self._unseen()
        if unseen is not None:
            return unseen
        if not self.word(_STATUS) & _HAS_LIST:
            return Found(True, why="it has no capabilities")
        if len(self._data) < LEGACY:
            return Found(False, why="without root only the first 64 bytes can be read")
        offset, left = self._data[_POINTER] & 0xFC, 48
        while offset >= HEADER and left:
            if self._data[offset] == id:
                return Found(True, offset)
            offset, left = self._data[offset + 1] & 0xFC, left - 1
        return Found(True, why="it is not in its list of capabilities")

    def extended(self, id: int) -> Found:
        """A capability beyond the first 256 bytes."""
        unseen = self._unseen()
        if unseen is not None:
            return unseen
        express = self.capability(EXPRESS)
        if express.visible and not express:
            return Found(True, why="it is no PCI Express function")
        if self._short:
            return Found(
                True, why="the kernel reaches the first 256 bytes of its config space only"
            )
        if len(self._data) < WHOLE:
            return Found(False, why="without root only the first 64 bytes can be read")
        if self._extended is None:
            self._extended = self._walk()
        offset = self._extended.get(id, 0)
        return Found(True, offset, "" if offset else "it has no such capability")

    def _unseen(self) -> Optional[Found]:
        if not self.readable:
            missing = "there is no file config" if self._absent else "its config cannot be read"
            return Found(False, why=missing)
        if self.gone:
            return Found(False, why="it reads as all ones: it is powered off, or gone")
        return None

    def _walk(self) -> Dict[int, int]:
        found: Dict[int, int] = {}
        offset, left = LEGACY, (WHOLE - LEGACY) // 8
        while LEGACY <= offset <= WHOLE - 4 and left:
            header = self.dword(offset)
            if header in (0, 0xFFFFFFFF):
                break
            found.setdefault(header & 0xFFFF, offset)
            offset, left = header >> 20 & 0xFFC, left - 1
        return found

    @property
    def kind(self) -> Optional[int]:
        """The type of a PCI Express function; None if it is none, or not visible."""
        express = self.capability(EXPRESS)
        return self.word(express.offset + 2) >> 4 & 0xF if express else None

    @property
    def prefixes(self) -> bool:
        """It takes End-End TLP Prefixes (Device Capabilities 2), which a PASID is one of."""
        express = self.capability(EXPRESS)
        second = bool(express) and self.word(express.offset + 2) & 0xF >= 2
        return second and self.dword(express.offset + 0x24) >> 21 & 1 == 1
