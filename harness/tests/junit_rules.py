# SPDX-License-Identifier: GPL-2.0
"""What the xUnit plugin of Jenkins takes, by its junit-10.xsd, as far as svacheck goes near it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

_TIME = re.compile(r"[0-9]*(\.[0-9]*)?")
# Of each element: what it must have, what it may have, and what may be in it
_RULES: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
            "group",
        },
        {"testsuite", "testcase", "properties", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"failure", "error", "skipped", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
}


def jenkins_fault(text: str) -> str:
    """The first thing that Jenkins would not take, or ""."""
    root = ElementTree.fromstring(text.encode())
    if root.tag != "testsuites":
        return f"it begins with {root.tag}"
    for one in root.iter():
        must, may, inside = _RULES[one.tag]
        names = set(one.attrib)
        if must - names or names - must - may:
            return f"{one.tag} has {sorted(names)}"
        if {child.tag for child in one} - inside:
            return f"{one.tag} holds {[child.tag for child in one]}"
        if not _TIME.fullmatch(one.get("time", "")):
            return f"{one.tag} took {one.get('time')}"
        if one.tag == "testcase" and len(one) > 1:
            return "a case came to two things"
    return ""
