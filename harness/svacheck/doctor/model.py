# SPDX-License-Identifier: GPL-2.0
"""What the doctor says: findings, and what they come to together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable, List

YES, NO, UNKNOWN, HIDDEN = "yes", "no", "unknown", "not visible"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    id: stays the same between versions; what: a sentence that holds if the verdict is yes;
    where: what it was read from; value: as it was read; needed: without it there is no SVA,
    otherwise it is good to know. Whatever is not yes has a reason, and a remedy or what to
    look at next.
    """

    id: str
    what: str
    verdict: str
    where: str = ""
    value: str = ""
    why: str = ""
    remedy: str = ""
    needed: bool = False


def together(findings: Iterable[Finding]) -> str:
    """What all that is needed comes to: one no decides, then what could not be seen."""
    verdicts = {finding.verdict for finding in findings if finding.needed}
    for verdict in (NO, HIDDEN, UNKNOWN):
        if verdict in verdicts:
            return verdict
    return YES


def missing(findings: Iterable[Finding]) -> List[Finding]:
    """What is needed and was not found, the worst first."""
    lacking = [finding for finding in findings if finding.needed and finding.verdict != YES]
    return sorted(lacking, key=lambda finding: (NO, HIDDEN, UNKNOWN).index(finding.verdict))


@dataclass(frozen=True)
class Unit:
    """An IOMMU."""

    name: str
    kind: str
    where: str
    version: str
    registers: "dict[str, str]"
    findings: List[Finding]


@dataclass(frozen=True)
class Queue:
    """A work queue of an idxd device."""

    name: str
    type: str
    mode: str
    state: str
    block_on_fault: str
    driver: str


@dataclass(frozen=True)
class Device:
    """A device that may do DMA."""

    address: str
    name: str
    driver: str
    unit: str
    group: str
    members: List[str]
    findings: List[Finding]
    queues: List[Queue] = field(default_factory=list)
    accelerators: List[str] = field(default_factory=list)
    verdict: str = UNKNOWN


@dataclass(frozen=True)
class Diagnosis:
    """All of it. asked: the one device that was asked for, or nothing."""

    root: str
    arch: str
    cpu: str
    kernel: str
    asked: str
    verdict: str
    findings: List[Finding]
    units: List[Unit]
    devices: List[Device]
