# SPDX-License-Identifier: GPL-2.0
"""The diagnosis for people: what stands in the way first, the verdict last.

What a machine calls its parts is shown, never obeyed: control characters are written out.
"""

from __future__ import annotations

import unicodedata
from typing import Dict, Iterable, Iterator, List, Sequence, TextIO, Tuple

from .diagnose import NOT_USABLE, UNDECIDED, USABLE
from .machine import TITLES
from .model import HIDDEN, NO, UNKNOWN, YES, Device, Diagnosis, Finding, Unit, missing, together

QUIET, NORMAL, VERBOSE = -1, 0, 1

Line = List[Tuple[str, str]]  # (style of rich, text)

_STYLE = {
    YES: "green",
    NO: "bold red",
    UNKNOWN: "yellow",
    HIDDEN: "yellow",
    USABLE: "bold green",
    NOT_USABLE: "bold red",
    UNDECIDED: "bold yellow",
}
_MOST = 6  # devices that are named in a line unless verbose
_INDENT = " " * 15


def show(diagnosis: Diagnosis, level: int, stream: TextIO, colour: bool) -> None:
    """Write the report to stream, in colour if rich is there."""
    lines = compose(diagnosis, level)
    if not (colour and _in_colour(lines, stream)):
        stream.write(plain(lines))


def plain(lines: Iterable[Line]) -> str:
    """The lines as plain text."""
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)


def _in_colour(lines: Sequence[Line], stream: TextIO) -> bool:
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        return False
    console = Console(file=stream, highlight=False, soft_wrap=True, force_terminal=True)
    for line in lines:
        console.print(Text.assemble(*((text, style) for style, text in line)))
    return True


def compose(diagnosis: Diagnosis, level: int) -> List[Line]:
    """The lines of the report, with nothing in them to obey."""
    lines: List[Line] = []
    if level > QUIET:
        lines += _machine(diagnosis, level)
        for unit in diagnosis.units:
            lines += _unit(unit, level)
        lines += _devices(diagnosis, level)
    lines += _headline(diagnosis)
    return [[(style, visible(text)) for style, text in line] for line in lines]


def visible(text: str) -> str:
    """text in which what could drive a terminal or hide something is written out."""
    return "".join(c if _harmless(c) else _escaped(c) for c in text)


def _harmless(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(character: str) -> str:
    return " " if character == "\t" else character.encode("unicode_escape").decode("ascii")


# ---- the parts ----


def _machine(diagnosis: Diagnosis, level: int) -> Iterator[Line]:
    parts = (diagnosis.cpu, f"Linux {diagnosis.kernel or '?'}")
    where = "" if diagnosis.root == "/" else f" (of {diagnosis.root})"
    yield [("bold", "Machine  "), ("", ", ".join(parts) + where)]
    yield from _findings(diagnosis.findings, level)


def _unit(unit: Unit, level: int) -> Iterator[Line]:
    version = f" {unit.version}" if unit.version else ""
    yield [("bold", f"IOMMU {unit.name}  "), ("", TITLES.get(unit.kind, "") + version)]
    yield from _findings(unit.findings, level)


def _findings(findings: Sequence[Finding], level: int) -> Iterator[Line]:
    for finding in findings:
        if finding.needed or level >= VERBOSE:
            yield from _finding(finding, level)


def _finding(finding: Finding, level: int) -> Iterator[Line]:
    line = [(_STYLE[finding.verdict], f"  {finding.verdict:11}  "), ("", finding.what)]
    if level >= VERBOSE:
        value = f" = {finding.value}" if finding.value else ""
        place = f"  [{finding.where}{value}]" if finding.where or value else ""
        line.append(("dim", place + ("" if finding.needed else "  (not needed)")))
    yield line
    if finding.verdict != YES:
        yield [("", f"{_INDENT}why: {finding.why}")]
        yield [("", f"{_INDENT}do:  {finding.remedy}")]


def _devices(diagnosis: Diagnosis, level: int) -> Iterator[Line]:
    if level >= VERBOSE or diagnosis.asked:
        for device in diagnosis.devices:
            yield from _whole(device, level)
        return
    alike: Dict[Tuple[Tuple[str, str, str], ...], List[Device]] = {}
    for device in diagnosis.devices:
        lacking = _telling(device)
        key = tuple((finding.id, finding.verdict, finding.why) for finding in lacking)
        alike.setdefault(key if lacking else ((device.address, "", ""),), []).append(device)
    for devices in alike.values():
        yield from _group(devices, level)


def _telling(device: Device) -> List[Finding]:
    """What is missing; of a device without PASIDs that alone."""
    lacking = missing(device.findings)
    pasid = [finding for finding in lacking if finding.id == "device.pasid"]
    if pasid and pasid[0].verdict == NO:
        return pasid
    if pasid:
        decided = ("device.unit", "device.unit-sva", "uacce.sva", "idxd.pasid")
        return pasid + [each for each in lacking if each.id in decided]
    return lacking


def _group(devices: Sequence[Device], level: int) -> Iterator[Line]:
    lacking = _telling(devices[0])
    if len(devices) == 1:
        yield _title(devices[0])
    else:
        named = [device.address for device in devices[:_MOST]]
        more = f" and {len(devices) - _MOST} more" if len(devices) > _MOST else ""
        yield [("bold", f"{len(devices)} devices  "), ("", ", ".join(named) + more)]
    if not lacking:
        yield [(_STYLE[YES], f"  {YES:11}  "), ("", "It has all that SVA needs of a device")]
    for finding in lacking:
        yield from _finding(finding, level)
    for device in devices:
        yield from _queues(device)


def _title(device: Device) -> Line:
    parts = [device.name, f"driver {device.driver or 'none'}"]
    parts += [f"IOMMU {device.unit}"] if device.unit else []
    parts += [f"group {device.group}"] if device.group else []
    return [("bold", f"Device {device.address}  "), ("", ", ".join(filter(None, parts)))]


def _whole(device: Device, level: int) -> Iterator[Line]:
    yield _title(device)
    for finding in device.findings:
        if finding.needed or level >= VERBOSE or finding.verdict != YES:
            yield from _finding(finding, level)
    yield from _queues(device)


def _queues(device: Device) -> Iterator[Line]:
    for queue in device.queues:
        parts = [f"type {queue.type}", queue.mode, queue.state]
        parts.append(f"block_on_fault {queue.block_on_fault or '?'}")
        parts += [f"driver {queue.driver}"] if queue.driver else []
        yield [("", f"{_INDENT}{queue.name}: {', '.join(parts)}")]


# ---- the verdict ----


def _headline(diagnosis: Diagnosis) -> Iterator[Line]:
    verdict = diagnosis.verdict
    able = [device.address for device in diagnosis.devices if device.verdict == YES]
    if able:
        who = "by " + ", ".join(able)
    elif diagnosis.asked:
        who = f"by {diagnosis.asked}"
    else:
        who = f"by {'any' if verdict == UNDECIDED else 'none'} of {len(diagnosis.devices)} devices"
    yield [(_STYLE[verdict], verdict.upper()), ("", f"  SVA {who}")]
    for_all = missing(diagnosis.findings)
    if verdict != USABLE and for_all:
        alike = [finding for finding in for_all if finding.verdict == for_all[0].verdict]
        count = "1 thing" if len(alike) == 1 else f"{len(alike)} things"
        what = (
            "in the way of every device" if alike[0].verdict == NO else "not known of the machine"
        )
        yield [("", f"  {what}: {count}; first: {alike[0].why}")]
    elif verdict == UNDECIDED and HIDDEN in {together(each.findings) for each in diagnosis.devices}:
        yield [("", "  what decides it is not visible here: run as root, on the host")]
