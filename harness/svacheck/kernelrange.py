# SPDX-License-Identifier: GPL-2.0
"""Which kernels something is of: "6.12", "6.12..7.2", "6.12.." or "..7.2"."""

from __future__ import annotations

import re

from svacheck.errors import Problem

_RANGE = re.compile(r"(\d+(?:\.\d+)*)?(?:(\.\.)(\d+(?:\.\d+)*)?)?")


def check(kernels: str, where: str) -> None:
    """Problem if it is no range."""
    if not _RANGE.fullmatch(kernels) or kernels in ("", ".."):
        raise Problem(
            f"{kernels!r} is no range of kernels", where, "write 6.12, 6.12..7.2 or 6.12.."
        )


def holds(kernels: str, version: str) -> bool:
    """Whether a kernel of this version is in it. Both ends are, and "7.2" is every 7.2.x."""
    match = _RANGE.fullmatch(kernels)
    low, dots, high = match.groups() if match else (None, None, None)
    high = high if dots else low
    number = _number(version)
    if low and number < _number(low):
        return False
    end = _number(high or "")
    return number[: len(end)] <= end


def _number(version: str) -> tuple[int, ...]:
    """6.12.3-rc1 as (6, 12, 3)."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
