# SPDX-License-Identifier: GPL-2.0
"""What a failed case printed, made fit for a report."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_LINES = 40  # of one case in a report; the console has them all

_OVERLAY = re.compile(r"[\w./+-]*drivers/iommu/svacheck/")  # where kunit/ lies in a working copy
_CHATTER = re.compile(
    r"# (?:\w+|Totals): pass:\d+ fail:\d+ (?:\w+:\d+ )*\w+:\d+$"
    r"|#\s+(?:RUN|OK|FAIL)\s+\S+(?: \.\.\.)?$"
    r"|# (?:Starting \d+ tests|(?:PASSED|FAILED): \d+ /) .*"
    r"|kmemleak: .*"
    r"|\S+ \S+: (?:Adding to|Removing from) iommu group \d+$"
)
_DUMP = re.compile(r"-+\[ cut here \]-+")
_DUMP_END = re.compile(r"---\[ end trace")
_ASSERTION = re.compile(r"(?:EXPECTATION|ASSERTION) FAILED at (\S+:\d+)")
_OF_PROGRAM = re.compile(
    r"(# )([\w/]+\.[ch]:\d+)(?=:\w+:)"
)  # file:line:case: ..., below selftests/


def readable(diagnostics: Sequence[str]) -> list[str]:
    """The lines that say what went wrong, with paths as in this checkout.

    A line of KUnit's own ("# case: ...") stands at the margin, what follows it is indented.
    Dumps of the kernel are left out: their reports are told by one line each.
    """
    kept: list[str] = []
    dump = False
    for line in map(_placed, map(str.strip, diagnostics)):
        dump = dump or bool(_DUMP.search(line))
        if line and not dump and not _CHATTER.match(line):
            indent = "" if line.startswith("# ") else "  "
            kept.append(indent + _OVERLAY.sub("kunit/", line.removeprefix("# ")))
        dump = dump and not _DUMP_END.search(line)
    if len(kept) > MOST_LINES:
        kept[MOST_LINES:] = [f"({len(kept) - MOST_LINES} more lines in the console)"]
    return kept


def assertion_place(diagnostics: Sequence[str]) -> str:
    """kunit/suites/x.c:12 or selftests/x.c:12 of the first failed assertion, or ""."""
    for line in diagnostics:
        match = _ASSERTION.search(line)
        if match:
            return _OVERLAY.sub("kunit/", match[1])
        match = _OF_PROGRAM.match(line)
        if match:
            return f"selftests/{match[2]}"
    return ""


def _placed(line: str) -> str:
    return _OF_PROGRAM.sub(r"\1selftests/\2", line, count=1)
