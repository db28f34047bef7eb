# SPDX-License-Identifier: GPL-2.0
"""The kernel's command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Tuple

from .root import READ, Root

WHERE = "/proc/cmdline"

_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_OF_INTEREST = re.compile(r"(?:\w+[._])?iommu|pci$|pcie_|no5lvl$|idxd\.|clearcpuid$|arm-smmu")


@dataclass(frozen=True)
class Cmdline:
    """The words up to a lone --, as (name, value)."""

    known: bool
    words: List[Tuple[str, str]]

    def options(self, name: str) -> List[str]:
        """All that name= was given, in order: a=1,2 a=3 gives 1, 2, 3."""
        values = [value for word, value in self.words if word == name]
        return [option for value in values for option in value.split(",") if option]

    def has(self, name: str) -> bool:
        """Whether the word is there, with a value or without."""
        return any(word == name for word, _ in self.words)

    def of_interest(self) -> str:
        """What in it is about IOMMUs, PCI and paging, as it stands there."""
        found = [pair for pair in self.words if _OF_INTEREST.match(pair[0])]
        return " ".join(name + ("=" + value if value else "") for name, value in found)


def load(root: Root) -> Cmdline:
    """The command line that the kernel was started with."""
    content = root.read("proc/cmdline", 1 << 16)
    words: List[Tuple[str, str]] = []
    for word in _WORD.findall(content.text):
        if word == "--":  # what follows is init's
            break
        name, _, value = word.replace('"', "").partition("=")
        words.append((name, value))
    return Cmdline(content.state == READ, words)
