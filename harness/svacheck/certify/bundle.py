# SPDX-License-Identifier: GPL-2.0
"""A certificate as files: pages to read, and one archive with these and all the evidence."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from svacheck.certify import archive, evidence, pages
from svacheck.errors import Problem

RECORD, HTML, MARKDOWN = "certificate.json", "certificate.html", "certificate.md"
SUMS = "SHA256SUMS"
PAGES = (RECORD, HTML, MARKDOWN, SUMS)  # made from the record, and no evidence
ARCHIVE = "certificate.tar.xz"


def made_of(record: Mapping[str, Any]) -> dict[str, bytes]:
    """The pages of a record."""
    made = {
        RECORD: json_text(record),
        HTML: pages.html(record),
        MARKDOWN: pages.markdown(record),
        SUMS: evidence.sums_text(record["evidence"]),
    }
    return {name: content.encode("utf-8", "backslashreplace") for name, content in made.items()}


def json_text(record: Mapping[str, Any]) -> str:
    """A record as it is stored."""
    return json.dumps(record, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def check_free(folder: Path) -> None:
    """Problem unless the folder is empty, or not there yet."""
    try:
        free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    except OSError as error:
        raise Problem(f"cannot look into the folder: {error.strerror}", str(folder)) from error
    if not free:
        raise Problem("the folder is not empty", str(folder), "name another one with --out")


def write(folder: Path, files: Mapping[str, bytes], record: Mapping[str, Any]) -> None:
    """The certificate into a folder that must not hold anything yet. files: its evidence."""
    made = made_of(record)
    packed = archive.pack({**files, **made})
    check_free(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in {**made, ARCHIVE: packed}.items():
            if name != SUMS:
                _store(folder / name, content)
    except OSError as error:
        raise Problem(f"cannot write the certificate: {error.strerror}", str(folder)) from error


def _store(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
