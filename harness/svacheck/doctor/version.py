# SPDX-License-Identifier: GPL-2.0
"""Which Linux is running: also where a distribution's name of it hides that."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Tuple

from .root import READ, Root

_NUMBERS = r"(\d+)\.(\d+)(?:\.(\d+))?"

# Where Ubuntu and Debian say it, the latter behind its compiler, which is of Debian as well
_PLACES = (
    ("proc/version_signature", r"^\S+ \S+ " + _NUMBERS),
    ("proc/version", r" #\d+ .*\bDebian " + _NUMBERS + "-"),
)


@dataclass(frozen=True)
class Version:
    """release: as uname -r has it; numbers: of the upstream release; where: who told them."""

    release: str
    numbers: Tuple[int, int, int]
    where: str

    @property
    def known(self) -> bool:
        """Whether there are numbers at all."""
        return self.numbers != (0, 0, 0)

    @property
    def upstream(self) -> str:
        """The upstream release, 6.1.192."""
        return ".".join(map(str, self.numbers)) if self.known else "?"

    def since(self, major: int, minor: int) -> bool:
        """Whether it is of this series or a later one."""
        return self.numbers >= (major, minor, 0)


def load(root: Root) -> Version:
    """The version of the running kernel."""
    release = root.value("proc/sys/kernel/osrelease")
    if not release and root.is_here:
        release = os.uname().release
    found = re.match(_NUMBERS, release)
    told = _three(found) if found else (0, 0, 0)
    for place, pattern in _PLACES:
        content = root.read(place, 4096)
        found = re.search(pattern, content.text) if content.state == READ else None
        if found and _three(found)[:2] == told[:2]:
            return Version(release, _three(found), "/" + place)
    return Version(release, told, "/proc/sys/kernel/osrelease")


def _three(found: "re.Match[str]") -> Tuple[int, int, int]:
    major, minor, sub = (int(number or 0) % 100000 for number in found.groups())
    return major, minor, sub
