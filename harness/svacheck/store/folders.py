# SPDX-License-Identifier: GPL-2.0
"""What lies in results/: which folder is a record of what, and whether it has changed."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from svacheck.errors import Problem
from svacheck.results import LARGEST, RUN_ID

RUN = "run"
# What a folder's name begins with, what such a record is called here, and its file
_KINDS = (
    ("", RUN, "run.json"),
    ("gate-", "gate", "gate.json"),
    ("bisect-", "bisect", "bisect.json"),
    ("matrix-", "matrix", "matrix.json"),
    ("certificate-", "certificate", "certificate.json"),
    ("broken-drivers-", "drivers", "matrix.json"),
    ("bench-", "bench", "bench.json"),
    ("mutants-", "campaign", "report.json"),
)
_NAME = re.compile(f"({'|'.join(prefix for prefix, _, _ in _KINDS)})({RUN_ID.pattern})")
_CAMPAIGN = re.compile(r"(mutants-)([0-9]{8}T[0-9]{6}Z-[0-9a-f]{6})")
_SET_ASIDE = (".", "interrupted-")  # runs that were never whole


@dataclass(frozen=True)
class Found:
    """A folder. stamp: of its file, another one if that is another; place: sorts by time;
    fault: why it is no record."""

    folder: str
    kind: str
    file: str
    stamp: str
    place: str
    fault: str = ""


def look(results: Path) -> dict[str, Found]:
    """Every record in the folder, by its name. Problem if the folder cannot be read."""
    found = {}
    try:
        with os.scandir(results) as entries:
            for entry in entries:
                one = _look(entry)
                if one:
                    found[one.folder] = one
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Problem(f"cannot read the results: {error.strerror}", str(results)) from error
    return found


def _look(entry: os.DirEntry[str]) -> Found | None:
    if entry.name.startswith(_SET_ASIDE):
        return None
    match = _NAME.fullmatch(entry.name) or _CAMPAIGN.fullmatch(entry.name)
    kind, file = next((k, f) for prefix, k, f in _KINDS if prefix == (match[1] if match else ""))
    try:
        folder = entry.stat()
        about = os.stat(os.path.join(entry.path, file))
    except OSError as error:
        if not match:
            return None  # a folder of something else
        fault = f"{file}: {error.strerror}"
        return Found(_shown(entry.name), kind, file, fault, "", fault)
    if not match:
        fault = f"it holds a {file}, but its name is no run's"
        return Found(_shown(entry.name), kind, file, fault, "", fault)
    stamp = f"{about.st_mtime_ns} {about.st_size} {about.st_ino}"
    fault = "" if stat.S_ISREG(about.st_mode) else f"{file} is no file"
    if about.st_size > LARGEST:
        fault = f"{file} is larger than {LARGEST >> 20} MiB"
    # Two runs may begin in one second: then the one that ended last is the newer
    place = f"{match[2][:16]} {folder.st_mtime_ns:020d}"
    return Found(entry.name, kind, file, stamp, place, fault)


def _shown(name: str) -> str:
    """A folder's name as text that can be stored, whatever bytes it is of."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def content(results: Path, found: Found) -> bytes:
    """What its file holds; OSError if it cannot be read, ValueError if it is too much."""
    # What became a pipe meanwhile must not be waited for
    handle = os.open(
        results / found.folder / found.file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    )
    with open(handle, "rb") as source:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("it is no file")
        text = source.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
    return text
