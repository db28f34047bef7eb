# SPDX-License-Identifier: GPL-2.0
"""Lay kunit/ into a working copy and hook it into the tree's build.

kunit/ goes to drivers/iommu/svacheck/. In a tree without SVA domains kunit/carried/hooks.patch
and then kunit/mock/windows.patch are applied to the tree's own files; in one that has them the
lines of kunit/hooks/ are appended to Kconfig and Makefile of drivers/iommu, and no other file of
the tree is touched. Only files whose content differs are written.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck import places
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Tree

FOLDER = "drivers/iommu/svacheck"  # where kunit/ lies in the working copy
RECORD = "overlay.json"  # beside the working copy: the files hooked, the hash of the overlay
PATCHING = "patching"  # beside it: for patch, which whoever is killed may leave to the next
HOOKS = ("carried/hooks.patch", "mock/windows.patch")  # in this order
APPENDED = {  # file of the tree: what of kunit/ is appended to it
    "drivers/iommu/Kconfig": "hooks/Kconfig",
    "drivers/iommu/Makefile": "hooks/Makefile",
}
DROPPING = re.compile(
    r"(\..*|.*~|#.*#|.*\.(orig|rej|o|ko|cmd|mod|mod\.c|gcno|gcda|swp|pyc)"
    r"|modules\.order|Module\.symvers)"
)
TARGET = re.compile(rb"^\+\+\+ b/([^\t\n]+)", re.MULTILINE)


@dataclass(frozen=True)
class Overlay:
    """sha256: over every file laid or hooked. changed: how many files were written."""

    sha256: str
    changed: int


def lay(src: Path, tree: Tree, log: CommandLog, implementations: Sequence[Path] = ()) -> Overlay:
    """Make the working copy src hold the overlay as it is now.

    implementations: folders of the user's, each laid into impl/<its name>/. Problem: a
    hook does not apply, or a folder cannot be used.
    """
    contents = collect(places.KUNIT)
    for folder in implementations:
        contents.update(_implementation(folder, contents))
    if tree.upstream:
        hooks = {
            path: _appended(tree.origin / path, contents[name]) for path, name in APPENDED.items()
        }
    else:
        patches = [(name, contents.get(name, b"")) for name in HOOKS]
        hooks = _hooked(tree.origin, patches, src.parent / PATCHING, log)
    digest = hashlib.sha256()
    for path, content in [*sorted(contents.items()), *sorted(hooks.items())]:
        digest.update(f"{len(content)} {path}\0".encode(errors="surrogateescape") + content)
    overlay = src / FOLDER
    # A build must not trust the overlay of before while this one is half laid
    record = src.parent / RECORD
    unhooked = hooked_files(src) - set(hooks)
    _save(record, set(hooks) | unhooked, "")
    changed = sum(_put(src, f"{FOLDER}/{path}", content) for path, content in contents.items())
    changed += _remove_others(overlay, contents)
    changed += sum(_put(src, path, content) for path, content in hooks.items())
    for path in unhooked & set(_existing(tree.origin, unhooked)):
        changed += _put(src, path, (tree.origin / path).read_bytes())
    _save(record, set(hooks), digest.hexdigest())
    return Overlay(digest.hexdigest(), changed)


def hooked_files(src: Path) -> set[str]:
    """The tree's own files that an overlay was hooked into, as paths in src."""
    return set(_load(src.parent / RECORD)[0])


def laid_sha256(src: Path) -> str:
    """The hash of the overlay that src holds; "" if none was laid to its end."""
    return _load(src.parent / RECORD)[1]


def _load(record: Path) -> tuple[list[str], str]:
    try:
        data = json.loads(record.read_bytes())
        return [str(path) for path in data["hooked"]], str(data["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return [], ""


def _save(record: Path, hooked: set[str], sha256: str) -> None:
    temporary = record.with_name(record.name + ".new")
    temporary.write_text(json.dumps({"hooked": sorted(hooked), "sha256": sha256}) + "\n")
    temporary.replace(record)


def collect(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their path in it, without what editors and builds leave."""
    contents: dict[str, bytes] = {}
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not DROPPING.fullmatch(name))
        for name in sorted(names):
            path = Path(parent, name)
            if DROPPING.fullmatch(name) or not path.is_file():
                continue
            try:
                contents[str(path.relative_to(folder))] = path.read_bytes()
            except OSError as error:
                raise Problem(f"cannot read it: {error.strerror}", str(path)) from error
    return contents


def _implementation(folder: Path, laid: dict[str, bytes]) -> dict[str, bytes]:
    name = folder.resolve().name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise Problem(
            "the name of an implementation's folder has letters, digits, - and _ only", str(folder)
        )
    if not (folder / "Makefile").is_file():
        raise Problem(
            "not the folder of an implementation: it has no Makefile",
            str(folder),
            "its Makefile says which objects to build (obj-y += ...)",
        )
    if any(path.startswith(f"impl/{name}/") for path in laid):
        raise Problem(f'two implementations have a folder called "{name}"', str(folder))
    return {f"impl/{name}/{path}": data for path, data in collect(folder).items()}


def _existing(origin: Path, paths: set[str]) -> list[str]:
    return [path for path in paths if (origin / path).is_file()]


def _appended(path: Path, lines: bytes) -> bytes:
    try:
        return path.read_bytes() + lines
    except OSError as error:
        raise Problem("the tree has no such file to hook the overlay into", str(path)) from error


def _hooked(
    origin: Path, patches: Sequence[tuple[str, bytes]], scratch: Path, log: CommandLog
) -> dict[str, bytes]:
    """The tree's own files with the hooks applied, by path; patches: name, content;
    scratch: a folder to make, and to remove."""
    paths: list[str] = []
    for _, patch in patches:
        paths += [os.fsdecode(path) for path in TARGET.findall(patch)]
    paths = list(dict.fromkeys(paths))
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        for path in paths:
            if not (origin / path).is_file():
                raise Problem(
                    "the tree has no such file to hook the overlay into", f"{origin}/{path}"
                )
            copy = scratch / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin / path, copy)
        # No fuzz: a hook in a place that only looks alike would give a wrong verdict
        argv = ["patch", "-p1", "--force", "--fuzz=0", "--no-backup-if-mismatch"]
        said = scratch / ".patch-said"
        for file, patch in patches:
            if not patch:
                continue
            done = log.run([*argv, "-i", places.KUNIT / file], cwd=scratch, output=said)
            rejected = [path for path in paths if (scratch / (path + ".rej")).exists()]
            if done.status or rejected:
                raise _does_not_apply(file, scratch, origin, rejected, said.read_bytes())
        return {path: (scratch / path).read_bytes() for path in paths}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _does_not_apply(
    file: str, scratch: Path, origin: Path, rejected: list[str], said: bytes
) -> Problem:
    hunks = []
    for path in rejected:
        lines = (scratch / (path + ".rej")).read_text(errors="replace").splitlines()
        new = [line[1:].strip() for line in lines if re.match(r"\+(?!\+\+ )", line)]
        hunks.append(f"{path}: " + ", ".join(f'"{line}"' for line in new if line))
    return Problem(
        "a hook does not apply: " + ("; ".join(hunks) or said.decode(errors="replace").strip()),
        str(origin),
        f"see {places.KUNIT / file}; the tree differs there from the ones it was made for",
    )


def _put(base: Path, relative: str, content: bytes) -> bool:
    """Write base/relative (with a new time) unless it holds that already."""
    path = base / relative
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return False
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    folder = base
    for part in Path(relative).parent.parts:
        folder = folder / part
        if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
            folder.unlink()  # never write through a link
        folder.mkdir(exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(content)
    temporary.replace(path)
    return True


def _remove_others(overlay: Path, contents: dict[str, bytes]) -> int:
    """Remove what an earlier overlay, or patch, has left."""
    removed = 0
    for parent, folders, names in os.walk(overlay, topdown=False):
        for name in names:
            path = Path(parent, name)
            if str(path.relative_to(overlay)) not in contents:
                path.unlink()
                removed += 1
        for name in folders:
            folder = Path(parent, name)
            if folder.is_symlink():
                folder.unlink()
            elif not any(folder.iterdir()):
                folder.rmdir()
    return removed
