# SPDX-License-Identifier: GPL-2.0
"""The work queues of Intel's accelerators, DSA and IAA, as the driver idxd shows them."""

from __future__ import annotations

import re
from typing import List

from .fabric import Function
from .model import NO, UNKNOWN, YES, Finding, Queue
from .root import Root

_BUS = "sys/bus/dsa/devices"
_DEVICE = re.compile(r"(?:dsa|iax)(\d{1,6})")


def _name(root: Root, function: Function) -> str:
    """dsa0 or iax1 of a function; empty if it has none."""
    if function.driver != "idxd":
        return ""
    for name in root.names(_BUS):
        way = (root.real(f"{_BUS}/{name}") or "").split("/")
        if _DEVICE.fullmatch(name) and function.address in way:
            return name
    return ""


def queues(root: Root, function: Function) -> List[Queue]:
    """Its work queues."""
    match = _DEVICE.fullmatch(_name(root, function))
    if not match:
        return []
    found = []
    for name in root.names(_BUS):
        if re.fullmatch(rf"wq{match[1]}\.\d{{1,6}}", name):
            where = f"{_BUS}/{name}"
            files = ("type", "mode", "state", "block_on_fault", "driver_name")
            found.append(Queue(name, *(root.value(f"{where}/{file}") for file in files)))
    return found


def findings(root: Root, function: Function) -> List[Finding]:
    """Whether its driver lets programs have PASIDs, and has a queue for them."""
    name = _name(root, function)
    if not name:
        return []
    return [_pasid(root, name), _queue(queues(root, function))]


def _pasid(root: Root, name: str) -> Finding:
    id, what = "idxd.pasid", "Its driver gives programs PASIDs"
    where = f"{_BUS}/{name}/pasid_enabled"
    value = root.value(where)
    remedy = "modprobe idxd sva=1, and a kernel with CONFIG_INTEL_IDXD_SVM; see dmesg"
    if value == "1":
        return Finding(id, what, YES, "/" + where, value, needed=True)
    if value == "0":
        why = "idxd has not switched SVA on"
        return Finding(id, what, NO, "/" + where, value, why, remedy, needed=True)
    why = "it does not say"
    return Finding(id, what, UNKNOWN, "/" + where, value, why, remedy, needed=True)


def _queue(found: List[Queue]) -> Finding:
    id, what, where = "idxd.queue", "It has an enabled queue for programs", "/" + _BUS
    ready = [queue for queue in found if queue.type == "user" and queue.state == "enabled"]
    if ready:
        return Finding(id, what, YES, where, ", ".join(queue.name for queue in ready))
    why = "no queue is of type user and enabled"
    remedy = "accel-config config-wq with --type=user and --driver-name=user, then enable-wq"
    return Finding(id, what, NO, where, "", why, remedy)
