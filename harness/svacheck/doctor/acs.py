# SPDX-License-Identifier: GPL-2.0
"""Whether what a function sends goes up to the root, and never to a peer.

Requests are routed by address, and the PASID is no part of it (PCI Express Base
Specification r6.0, 6.20.1): with an address of a process they may go to a peer, unless
Access Control Services (6.12) send them up.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import pci
from .fabric import Fabric, Function
from .model import HIDDEN, NO, YES

SV, RR, CR, UF = 0x01, 0x04, 0x08, 0x10
ALL = SV | RR | CR | UF  # what makes groups of one
REDIRECT = RR | UF  # what pci_enable_pasid() asks for

_NAMES = {
    SV: "Source Validation",
    RR: "P2P Request Redirect",
    CR: "P2P Completion Redirect",
    UF: "Upstream Forwarding",
}
_PORTS = (pci.ROOT_PORT, pci.DOWNSTREAM)
_ENDS = (pci.ENDPOINT, pci.LEGACY_ENDPOINT, pci.INTEGRATED, pci.UPSTREAM)


@dataclass(frozen=True)
class Isolation:
    """verdict: about a function or a way; at: the function that breaks it; bare: for want of
    the capability, so that only its vendor can know."""

    verdict: str
    at: str = ""
    why: str = ""
    bare: bool = False


def along(fabric: Fabric, function: Function, services: int) -> Isolation:
    """About the whole way up from a function."""
    hidden = Isolation(YES)
    for step in fabric.path(function):
        found = isolates(step, services)
        if found.verdict == NO:
            return found
        if found.verdict == HIDDEN and hidden.verdict == YES:
            hidden = found
    return hidden


def isolates(function: Function, services: int) -> Isolation:
    """Does what comes out of, or through, a function go nowhere but up."""
    config = function.config
    if function.physfn or function.has_vfs:
        # 6.12.1.2: these are peers of each other. Those that can reach each other have ACS
        peers = config.extended(pci.ACS)
        found = _controls(function, services) if peers or not peers.visible else Isolation(YES)
        if found.verdict != YES or function.physfn:
            return found
    express = config.capability(pci.EXPRESS)
    if not express.visible:
        return Isolation(HIDDEN, function.address, express.why)
    if not express:
        return Isolation(NO, function.address, "it is on a conventional bus, where everybody hears")
    kind = config.kind
    if function.vendor == "0x8086" and kind == pci.INTEGRATED:
        return Isolation(YES)  # VT-d, 3.16, Root-Complex Peer to Peer Considerations
    if kind in _PORTS or kind in _ENDS and function.has_siblings:
        return _controls(function, services)  # 6.12.1.1: ports always; 6.12.1.2: with siblings
    if kind in _ENDS:
        return Isolation(YES)
    return Isolation(NO, function.address, "it is a bridge to, or from, a conventional bus")


def _controls(function: Function, services: int) -> Isolation:
    """All of the services are at work; one that is not in the capability is not needed there."""
    capability = function.config.extended(pci.ACS)
    if not capability.visible:
        return Isolation(HIDDEN, function.address, capability.why)
    if not capability:
        return Isolation(NO, function.address, "it has no ACS capability", bare=True)
    there = function.config.word(capability.offset + 4)
    at_work = function.config.word(capability.offset + 6)
    off = services & there & ~at_work
    if not off:
        return Isolation(YES)
    names = ", ".join(name for bit, name in _NAMES.items() if off & bit)
    return Isolation(NO, function.address, f"ACS {names} is off")
