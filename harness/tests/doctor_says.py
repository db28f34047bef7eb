# SPDX-License-Identifier: GPL-2.0
"""What the doctor has said of a machine, for tests to look at."""

from __future__ import annotations

import json
from typing import Any

from fake_machine import INTEGRATED, Cap, FakeMachine, ats, pasid, pri, space

from svacheck.doctor.diagnose import as_json, diagnose
from svacheck.doctor.root import Root
from svacheck.places import DOCTOR_SCHEMA
from svacheck.results import schema_fault

DSA = "0000:6a:01.0"


def look(machine: FakeMachine, asked: str = "", log: str = "") -> dict[str, Any]:
    """The diagnosis as JSON, which fits its schema."""
    record: dict[str, Any] = json.loads(
        json.dumps(as_json(diagnose(Root(str(machine.root)), asked, log)))
    )
    assert schema_fault(record, DOCTOR_SCHEMA) == ""
    return record


def device(record: dict[str, Any], address: str = DSA) -> dict[str, Any]:
    """One device of a diagnosis."""
    found: dict[str, Any] = next(each for each in record["devices"] if each["address"] == address)
    return found


def finding(holder: dict[str, Any], id: str) -> dict[str, Any]:
    """One finding of a machine, a unit or a device."""
    found: dict[str, Any] = next(each for each in holder["findings"] if each["id"] == id)
    return found


def lacking(holder: dict[str, Any]) -> list[str]:
    """The ids of what is needed and was not found."""
    return [f["id"] for f in holder["findings"] if f["needed"] and f["verdict"] != "yes"]


def off(*caps: Cap) -> bytes:
    """DSA that nobody has switched on."""
    return space(INTEGRATED, caps or (pasid(False), ats(False), pri(False)))
