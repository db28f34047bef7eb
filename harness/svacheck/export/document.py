# SPDX-License-Identifier: GPL-2.0
"""What an export comes to, and where it is written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from svacheck.errors import Problem


@dataclass(frozen=True)
class Document:
    """A file. name: below the folder, if there are several."""

    name: str
    text: str


def as_json(name: str, content: Any) -> Document:
    """A file of JSON, in ASCII, with no number that JSON does not have."""
    return Document(name, json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False) + "\n")


def write(documents: Sequence[Document], output: Path | None, stream: TextIO) -> list[Path]:
    """To the stream, into a file, or into a folder; the files, each of which is whole at once.

    Problem: several documents and no folder for them, or it cannot be written."""
    if not output:
        if len(documents) > 1:
            names = f"{documents[0].name} to {documents[-1].name}"
            raise Problem(f"these are {len(documents)} files, {names}", "--output", "name a folder")
        stream.write(documents[0].text)
        return []
    try:
        if len(documents) == 1 and not output.is_dir():
            return [replace(output, documents[0].text)]
        return [replace(output / one.name, one.text) for one in documents]
    except OSError as error:
        raise Problem(f"cannot write it: {error.strerror}", str(output)) from error


def replace(path: Path, text: str) -> Path:
    """Write a file so that whoever reads it sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}-", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # mkstemp() keeps it from all others
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return path
