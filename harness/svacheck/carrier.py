# SPDX-License-Identifier: GPL-2.0
"""Who boots a kernel that is made for a machine, in place of this machine's own QEMU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from svacheck.commands import CommandLog
from svacheck.model import Boot, Machine


@dataclass(frozen=True)
class Errand:
    """One boot. initrd: with the program to run, None if suites do; machine: more
    arguments of QEMU; talks: something is to be done to the machine meanwhile; limit: seconds;
    out: file for the console; log: of the commands."""

    name: str
    glob: str
    kernel: Path
    initrd: Path | None
    kernel_args: Sequence[str]
    machine: Sequence[str]
    talks: bool
    limit: int
    out: Path
    log: CommandLog


class Carrier(Protocol):
    """Boots kernels."""

    @property
    def machine(self) -> Machine:
        """What they boot in."""
        ...

    def boot(self, errand: Errand) -> Boot:
        """Make the boot, with the console in errand.out. Problem: it cannot be made."""
        ...
