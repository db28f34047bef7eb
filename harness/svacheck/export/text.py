# SPDX-License-Identifier: GPL-2.0
"""What kernels and users wrote, as text that every reader's format can hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from svacheck.report import visible

_CUT = "\n[...]\n"


def clean(text: str) -> str:
    """text whose control characters, lone surrogates and the like are written out; lines stay.

    What is left is allowed in XML 1.0, JSON, CSV and a terminal.
    """
    if text.isascii() and text.isprintable():
        return text
    return "\n".join(map(visible, text.split("\n")))


def excerpt(text: str, most: int) -> str:
    """The same, its beginning and its end if it is longer than that."""
    half = (most - len(_CUT)) // 2
    if len(text) > most:
        text = text[:half] + _CUT + text[-half:]
    made = clean(text)
    return made if len(made) <= most else made[:half] + _CUT + made[-half:]


def words(parts: Iterable[str], allowed: str, between: str) -> str:
    """Parts with nothing in them but the allowed characters (of a regular expression's set)."""
    return between.join(re.sub(f"[^{allowed}]", "_", part) or "_" for part in parts)


class Names:
    """Names that must be unique: one that is taken gets the hash of what it stands for."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique(self, name: str, of: str) -> str:
        """name, or another one that nothing else has."""
        if name in self._taken:
            digest = hashlib.sha256(of.encode("utf-8", "backslashreplace")).hexdigest()
            name = f"{name}-{digest[:12]}"
        self._taken.add(name)
        return name
