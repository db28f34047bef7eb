# SPDX-License-Identifier: GPL-2.0
"""What pages and texts are called, whatever somebody has called the thing itself."""

from __future__ import annotations

import hashlib
import re

from svacheck.report import visible

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")


def file_of(name: str) -> str:
    """A file name for it, the same each time; what is safe stays as it is."""
    if _SAFE.fullmatch(name):
        return name
    return "x." + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def shown(text: str) -> str:
    """The text with what could hide or turn it around written out."""
    return text if text.isprintable() else visible(text)
