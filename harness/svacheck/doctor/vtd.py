# SPDX-License-Identifier: GPL-2.0
"""What an Intel VT-d unit can do: its capability registers, by the names of the specification.

Sections are those of the VT-d specification, revision 4.1: 11.4.2, Capability Register, and
11.4.3, Extended Capability Register.
"""

from __future__ import annotations

from typing import Callable, List, NamedTuple, Optional

from .cpu import Cpu
from .model import NO, UNKNOWN, YES, Finding

CAP, ECAP = "cap", "ecap"
SECTION = {CAP: "VT-d 4.1, 11.4.2", ECAP: "VT-d 4.1, 11.4.3"}

_HARDWARE = "another machine; of a virtual one, an IOMMU with this bit"


class Bit(NamedTuple):
    """One capability. needed: whether SVA has to have it, with this processor."""

    name: str
    register: str
    bit: int
    what: str
    needed: Callable[[Cpu], bool]
    why: str


def _always(cpu: Cpu) -> bool:
    return True


def _never(cpu: Cpu) -> bool:
    return False


def _flag(flag: str) -> Callable[[Cpu], bool]:
    return lambda cpu: flag in cpu.flags


BITS = (
    Bit("SMTS", ECAP, 43, "scalable mode", _always, "PASIDs are of scalable mode only"),
    Bit("PASID", ECAP, 40, "requests with PASID", _always, "it drops requests with PASID"),
    Bit(
        "FSTS",
        ECAP,
        47,
        "first-stage translation",
        _always,
        "a process's page table is a first-stage table",
    ),
    Bit(
        "SMPWCS",
        ECAP,
        48,
        "coherent page walks in scalable mode",
        _always,
        "it would not see what the processor has in its caches of the page table; the driver of"
        " Linux does without SVA then",
    ),
    Bit(
        "FS1GP",
        CAP,
        56,
        "pages of 1 GB in the first stage",
        _flag("pdpe1gb"),
        "processes may have pages of 1 GB here; the driver of Linux does without SVA then",
    ),
    Bit(
        "FS5LP",
        CAP,
        60,
        "five levels in the first stage",
        _flag("la57"),
        "processes have page tables of five levels here; the driver of Linux does without SVA"
        " then: start with no5lvl",
    ),
    Bit(
        "DT",
        ECAP,
        2,
        "device TLBs (ATS)",
        _always,
        "Linux binds only devices with ATS enabled to a process",
    ),
    Bit(
        "PRS",
        ECAP,
        29,
        "page requests",
        _never,
        "devices can use only memory that is there, unless they handle faults by themselves",
    ),
    Bit(
        "PDS",
        ECAP,
        42,
        "draining of page requests",
        _never,
        "Linux enables page requests only with it",
    ),
    Bit("NEST", ECAP, 26, "nested translation", _never, "virtual machines get no SVA from it"),
    Bit("SSTS", ECAP, 46, "second-stage translation", _never, "not needed for SVA"),
    Bit("QI", ECAP, 1, "queued invalidation", _always, "scalable mode has no other"),
)


def register(text: str) -> Optional[int]:
    """A register as sysfs has it; None if that is no number of 64 bits."""
    try:
        value = int(text, 16)
    except ValueError:
        return None
    return value if 0 <= value < 1 << 64 else None


def findings(where: str, cap: str, ecap: str, cpu: Cpu) -> List[Finding]:
    """Each bit of a unit, whose registers stand as text in files of the folder where."""
    values = {CAP: register(cap), ECAP: register(ecap)}
    found = [_bit(bit, where, values[bit.register], cpu) for bit in BITS]
    found.insert(2, _width(where, values[ECAP]))
    return found


def _bit(bit: Bit, where: str, value: Optional[int], cpu: Cpu) -> Finding:
    id = f"vtd.{bit.name}"
    what = f"{bit.name}: {bit.what} ({SECTION[bit.register]}, bit {bit.bit})"
    place, needed = f"{where}/{bit.register}", bit.needed(cpu)
    if value is None:
        why = "the register cannot be read"
        return Finding(id, what, UNKNOWN, place, "", why, "mount /sys", needed)
    if value >> bit.bit & 1:
        return Finding(id, what, YES, place, f"{value:#x}", needed=needed)
    why, remedy = bit.why, _HARDWARE
    if not needed:
        why, remedy = why if bit.needed is _never else "this processor has no use for it", "nothing"
    return Finding(id, what, NO, place, f"{value:#x}", why, remedy, needed)


def _width(where: str, value: Optional[int]) -> Finding:
    id, what = "vtd.PSS", f"PSS: PASIDs of more than one bit ({SECTION[ECAP]}, bits 39:35)"
    place = f"{where}/{ECAP}"
    if value is None:
        return Finding(id, what, UNKNOWN, place, "", "the register cannot be read", "mount /sys")
    bits = (value >> 35 & 0x1F) + 1
    if bits > 1:
        return Finding(id, what, YES, place, f"{bits} bits")
    return Finding(id, what, NO, place, f"{bits} bit", "it has one PASID at most", _HARDWARE)
