# SPDX-License-Identifier: GPL-2.0
"""The working copy of a tree: the same content, in a place that may be built from.

make compares times, so a file whose content changed is written anew (with the time of
writing), and a file whose content did not change is not touched.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from svacheck import overlay, sources
from svacheck.errors import Problem
from svacheck.parallel import over
from svacheck.sources import Record, Sources

RECORD = "copied.json"
SPARE = 400 << 20  # bytes a build needs besides the copy


def is_copy(src: Path, of: str, origin: Path) -> bool:
    """Whether src is a copy of that, whole and untouched but for the overlay.

    The overlay is hooked into files as they are in origin now, so these are read."""
    if not of or not src.is_dir():
        return False
    record = sources.load(src.parent / RECORD)
    if record.of != of:
        return False
    hooked = overlay.hooked_files(src)
    files, _ = _survey(src)
    if len(files) != len(record.files):
        return False
    return all(
        path in files
        and (
            entry.startswith(sources.held(str(origin / path)) + " ")
            if path in hooked
            else entry.endswith(files[path])
        )
        for path, entry in record.files.items()
    )


def synchronise(
    origin: Path, wanted: Sources, src: Path, of: str, count: Callable[[int], None]
) -> int:
    """Make src hold what wanted says of origin; return how many files were written.

    What overlay.py lays into src is left alone. An interrupted call is made good by the
    next one. of: what is_copy() will be asked for. count is told how many files are
    done. Problem: no space, or a file of origin is no longer what wanted says.
    """
    src.mkdir(parents=True, exist_ok=True)
    before = sources.load(src.parent / RECORD).files
    hooked = overlay.hooked_files(src)
    files, folders = _survey(src)
    parents = _parents(wanted)
    _clear(src, files, folders, wanted, parents)
    now: dict[str, str] = {}
    doubtful = []
    for path, holds in wanted.files.items():
        known, there = before.get(path, ""), files.get(path)
        if there is None or not known.startswith(holds + " "):
            doubtful.append(path)
        elif path in hooked:
            now[path] = known
        elif known != holds + there:
            doubtful.append(path)
        else:
            now[path] = known
    if not before:
        _require_space(origin, wanted, src)
    for parent in sorted(parents - folders):
        (src / parent).mkdir()
    jobs = [(str(origin / path), str(src / path), wanted.files[path]) for path in doubtful]
    written = 0
    for number, (wrote, entry) in enumerate(over(_bring, jobs), start=1):
        now[doubtful[number - 1]] = entry
        written += wrote
        if number % 500 == 0:
            count(number)
    sources.save(src.parent / RECORD, Record(now, of))
    return written


def _survey(src: Path) -> tuple[dict[str, str], set[str]]:
    """Files (with " " and their state) and folders of src, without the overlay."""
    files: dict[str, str] = {}
    folders: set[str] = set()
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(src / folder) as entries:
            for entry in entries:
                path = folder + entry.name
                if path == overlay.FOLDER:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.add(path)
                    pending.append(path + "/")
                else:
                    files[path] = " " + sources.state(entry.stat(follow_symlinks=False))
    return files, folders


def _parents(wanted: Sources) -> set[str]:
    parents: set[str] = set()
    for path in wanted.files:
        while "/" in path:
            path = path.rsplit("/", 1)[0]
            if path in parents:
                break
            parents.add(path)
    return parents


def _clear(
    src: Path,
    files: dict[str, str],
    folders: set[str],
    wanted: Sources,
    parents: set[str],
) -> None:
    """Remove what the tree does not have, and what stands where it has something else."""
    for path in [path for path in files if path not in wanted.files]:
        (src / path).unlink()
        del files[path]
    keeps = set(parents)
    above = overlay.FOLDER
    while "/" in above:
        above = above.rsplit("/", 1)[0]
        keeps.add(above)
    for path in sorted(folders - keeps, reverse=True):
        (src / path).rmdir()
        folders.discard(path)


def _require_space(origin: Path, wanted: Sources, src: Path) -> None:
    need = SPARE
    for path in wanted.files:
        need += -(-sources.look(str(origin / path)).st_size // 4096) * 4096
    require_space(need, src, "a working copy")


def require_space(need: int, place: Path, what: str) -> None:
    """Problem unless need bytes are free where place lies."""
    free = shutil.disk_usage(place).free
    if free < need:
        raise Problem(
            f"no disk space: {what} needs {need / 1e9:.1f} GB, {free / 1e9:.1f} GB are free",
            str(place),
            "free some, or set XDG_CACHE_HOME to a folder on a larger disk",
        )


def _bring(job: tuple[str, str, str]) -> tuple[bool, str]:
    """Make one file of the copy hold what it should; whether it was written, its record."""
    origin, copy, holds = job
    # A link in place of a file may lead to the right content, and be changed from there
    right_kind = os.path.lexists(copy) and os.path.islink(copy) == holds.startswith("l")
    if right_kind and sources.held(copy) == holds:
        return False, f"{holds} {sources.state(os.lstat(copy))}"
    try:
        os.unlink(copy)
    except FileNotFoundError:
        pass
    try:
        _write(origin, copy, holds)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            error.filename = copy
        raise
    if sources.held(copy) != holds:
        raise OSError(errno.EBUSY, "it changed while it was copied: run again", origin)
    return True, f"{holds} {sources.state(os.lstat(copy))}"


def _write(origin: str, copy: str, holds: str) -> None:
    if holds.startswith("l"):
        os.symlink(os.readlink(origin), copy)
        return
    mode = 0o755 if holds.startswith("x") else 0o644
    with open(origin, "rb") as source:
        descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
