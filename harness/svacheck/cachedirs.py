# SPDX-License-Identifier: GPL-2.0
"""Where caches live, and the locks that let two runs share them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from svacheck.errors import Problem
from svacheck.processes import guard, reap

# kbuild refuses white space and colons, make reads $, % and # for itself
BUILDABLE = re.compile(r"[A-Za-z0-9/._+@,=-]+")
SIBLING_PARENT = Path("/var/tmp")


@dataclass(frozen=True)
class Cache:
    """root: everything that may lie anywhere. builds: what make has to walk through."""

    root: Path
    builds: Path

    @classmethod
    def default(cls) -> Cache:
        """The cache of this user: ${XDG_CACHE_HOME:-~/.cache}/svacheck."""
        chosen = os.environ.get("XDG_CACHE_HOME", "")
        # The XDG base directory specification has relative paths ignored
        base = chosen if os.path.isabs(chosen) else os.path.expanduser("~/.cache")
        if not os.path.isabs(base):
            raise Problem("no home folder for the cache", "$HOME", "set XDG_CACHE_HOME")
        return cls.at(Path(base) / "svacheck")

    @classmethod
    def at(cls, root: Path) -> Cache:
        """The cache in a folder, which is made if need be."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            root = root.resolve()
        except OSError as error:
            raise Problem(
                f"cannot make the cache folder: {error.strerror}",
                str(root),
                "set XDG_CACHE_HOME to a folder that you can write",
            ) from error
        return cls(root, root if BUILDABLE.fullmatch(str(root)) else _sibling(root))

    @property
    def apt(self) -> Path:
        """apt's state for downloads without root."""
        return self.root / "apt"

    @property
    def logs(self) -> Path:
        """Output of commands that belong to no run, such as a download."""
        return self.root / "logs"

    @property
    def ccache(self) -> Path:
        """The compiler cache, unless the user has one."""
        return ccache_beside(self.work("any") / "src")

    def emulator(self, name: str) -> Path:
        """A QEMU with all that it needs, unpacked; it exists only when it is whole."""
        return self.root / "qemu" / name

    def pristine(self, name: str) -> Path:
        """A source package as unpacked; it exists only when it is whole."""
        return self.root / "pristine" / name

    def unpacked(self, package: str) -> list[Path]:
        """The kernel trees of that package unpacked so far, in the order of their names."""
        return sorted(self.pristine("").glob(f"{package}_*/tree"))

    def stock(self, name: str) -> Path:
        """A stock kernel of Debian as unpacked, with headers; it exists only when it is whole."""
        return self.builds / "stock" / name

    def work(self, tree_id: str) -> Path:
        """Working copy (src), build folders and records of one tree."""
        return self.builds / "work" / tree_id


def ccache_beside(src: Path) -> Path:
    """The compiler cache that goes with a working copy Cache.work(...)/src."""
    return src.parents[2] / "ccache"


def _sibling(root: Path) -> Path:
    """A private folder that make can build in, one for each such cache."""
    uid = os.geteuid()
    path = SIBLING_PARENT / f"svacheck-{uid}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"cannot make a build folder: {error.strerror}",
            str(path),
            "set XDG_CACHE_HOME to a path without spaces and colons",
        ) from error
    seen = path.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != uid or seen.st_mode & 0o077:
        raise Problem(
            "the build folder is not ours alone",
            str(path),
            "remove it, or set XDG_CACHE_HOME to a path without spaces and colons",
        )
    return path


@contextmanager
def lock(path: Path, note: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold path for this process; wait, and say so, while another one has it.

    The lock is the file path + ".lock" beside path, which need not exist itself.
    """
    descriptor = _acquire(path, note)
    try:
        yield
    finally:
        os.close(descriptor)


_held: dict[Path, int] = {}  # file descriptors, open until this process ends


def hold(path: Path, note: Callable[[str], None] | None = None) -> None:
    """Like lock(), for as long as this process lives; again does nothing."""
    if path not in _held:
        _held[path] = _acquire(path, note)


def release(path: Path) -> None:
    """Undo hold() before this process ends."""
    os.close(_held.pop(path))


@contextmanager
def released() -> Iterator[None]:
    """What is held from here on is held no longer than this."""
    before = set(_held)
    try:
        yield
    finally:
        for path in set(_held) - before:
            release(path)


def _acquire(path: Path, note: Callable[[str], None] | None) -> int:
    file = path.with_name(path.name + ".lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _flock(descriptor, path, note)
            # Whoever held it may have removed the file: then this lock is on nothing
            if file.exists() and file.stat().st_ino == os.fstat(descriptor).st_ino:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
                reap()  # what a killed holder has started may still write there
                guard()
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """The process that has a lock: it says so as soon as it has it."""
    for _ in range(20):
        said = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        if said:
            return said
        time.sleep(0.05)
    return "?"


def _flock(descriptor: int, path: Path, note: Callable[[str], None] | None) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if note:
            note(f"waiting for another run (process {_holder(descriptor)}) that uses {path}")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
