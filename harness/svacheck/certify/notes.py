# SPDX-License-Identifier: GPL-2.0
"""How the drivers of a kernel differ, as their source has it: configs/profiles/notes/*.toml"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from svacheck.certify.profiles import text_of
from svacheck.errors import Problem
from svacheck.places import PROFILES
from svacheck.rulebook import Rulebook

FOLDER = PROFILES / "notes"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_PLACE = re.compile(r"[\w./-]+\.[ch], \w+")
_KEYS = {"name", "rules", "what", "where"}


@dataclass(frozen=True)
class Note:
    """One of them. rules: that it is about; where: file and function."""

    driver: str
    kernel: str
    name: str
    rules: tuple[str, ...]
    what: str
    where: str


def load(book: Rulebook, folder: Path = FOLDER) -> list[Note]:
    """All notes; Problem names the file and the note at fault."""
    found: dict[str, Note] = {}
    for file in sorted(folder.glob("*.toml")):
        for note in _notes(file, book):
            if note.name in found:
                raise Problem(f"two notes are called {note.name}", str(file))
            found[note.name] = note
    return list(found.values())


def _notes(file: Path, book: Rulebook) -> Iterator[Note]:
    try:
        content = tomllib.loads(text_of(file))
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"it is no TOML: {error}", str(file)) from error
    entries = content.get("note")
    texts = [content.get(key) for key in ("driver", "kernel")]
    if set(content) != {"driver", "kernel", "note"} or not isinstance(entries, list):
        raise Problem("it must hold driver, kernel and [[note]] tables", str(file))
    if not all(isinstance(text, str) and text for text in texts):
        raise Problem("driver and kernel must be text", str(file))
    for number, entry in enumerate(entries, start=1):
        yield _note(str(texts[0]), str(texts[1]), entry, f"{file}, note {number}", book)


def _note(driver: str, kernel: str, entry: object, where: str, book: Rulebook) -> Note:
    if not isinstance(entry, Mapping) or set(entry) != _KEYS:
        raise Problem("a note has " + ", ".join(sorted(_KEYS)) + " and no more", where)
    texts = [entry[key] for key in ("name", "what", "where")]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise Problem("'name', 'what' and 'where' must be text, not empty", where)
    if not _NAME.fullmatch(texts[0]) or not _PLACE.match(texts[2]):
        raise Problem("a note is called as-this, and says 'file.c, function'", where)
    rules = entry["rules"]
    if not isinstance(rules, list):
        raise Problem("'rules' must be a list", where)
    unknown = [rule for rule in rules if rule not in book.rules]
    if unknown:
        raise Problem(f"there is no rule {unknown[0]!r}", where, "svacheck rules lists them")
    return Note(driver, kernel, texts[0], tuple(rules), texts[1], texts[2])


def listing(book: Rulebook) -> str:
    """All notes, as svacheck profiles --notes prints them."""
    lines = []
    for note in load(book):
        about = f" ({', '.join(note.rules)})" if note.rules else ""
        lines += [f"{note.name}{about}", f"  {note.what}"]
        lines += [f"  Linux {note.kernel}, drivers/iommu/{note.where}"]
    return "".join(line + "\n" for line in lines)
