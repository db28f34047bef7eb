# SPDX-License-Identifier: GPL-2.0
"""The QEMU that a lane asks for: this machine's own, or one of Debian's in the cache.

What comes from Debian is unpacked with all that it needs, the C library among it, and started by
a script that has its own dynamic loader run it: nothing is installed, and nothing of this
machine is used but its kernel.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck import apt
from svacheck.cachedirs import Cache, lock
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Emulated
from svacheck.progress import Progress
from svacheck.queries import ask
from svacheck.workcopy import require_space

PROGRAM = "qemu-system-x86_64"
PACKAGE = "qemu-system-x86"
UNPACKED = 400_000_000  # bytes of the packages and of what is in them, with some to spare
RECORD = "origin.json"
LIBRARIES = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")
LOADERS = ("lib64/ld-linux-x86-64.so.2", "usr/lib64/ld-linux-x86-64.so.2")  # since trixie
DATA = ("usr/share/qemu", "usr/share/seabios")
_VERSION = re.compile(r"version (\d+(?:\.\d+)+)")


@dataclass(frozen=True)
class Emulator:
    """program: to be started; version: of it, and where it is from."""

    program: str
    version: str


def provide(wanted: Emulated, cache: Cache, log: CommandLog, progress: Progress) -> Emulator:
    """A QEMU that is new enough. Problem: none can be had."""
    own = _version(log, PROGRAM) if shutil.which(PROGRAM) else ""
    if own and _parts(own) >= wanted.version:
        return Emulator(PROGRAM, f"{own} of this machine")
    root = cache.emulator(wanted.suites[0])
    root.parent.mkdir(parents=True, exist_ok=True)
    with lock(root, progress.note):
        if not (root / RECORD).is_file():
            with progress.phase(f"download {PACKAGE} of {wanted.suites[0]}"):
                _unpack(wanted.suites, root, cache, log, progress)
    version = _version(log, str(_script(root)))
    if _parts(version) < wanted.version:
        needed = ".".join(map(str, wanted.version))
        raise Problem(
            f"{wanted.suites[0]} has QEMU {version or 'that does not start'}, {needed} is needed",
            str(root),
            f"install a {PACKAGE} of {needed} or later, or name another suite in "
            "configs/lanes.toml",
        )
    package = json.loads((root / RECORD).read_bytes())["version"]
    return Emulator(str(_script(root)), f"{version} of Debian's {PACKAGE} {package}")


def _version(log: CommandLog, program: str) -> str:
    """What a QEMU says it is; "" if it does not."""
    match = _VERSION.search(ask(log, [program, "--version"], Path("/")).text)
    return match[1] if match else ""


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")) if version else ()


def _script(root: Path) -> Path:
    return root / PROGRAM


def _unpack(
    suites: Sequence[str], root: Path, cache: Cache, log: CommandLog, progress: Progress
) -> None:
    """root as it has to be, or not there."""
    require_space(UNPACKED, root.parent, PACKAGE)
    cache.logs.mkdir(parents=True, exist_ok=True)
    output = cache.logs / f"{PACKAGE}-unpack.log"
    with tempfile.TemporaryDirectory(prefix=".qemu-", dir=root.parent) as name:
        place = Path(name)
        whole = place / "whole"
        whole.mkdir()
        found = apt.download_whole(PACKAGE, suites, cache, place, log, progress)
        for package in found:
            argv = ["dpkg-deb", "-x", str(package), str(whole)]
            done = log.run(argv, cwd=place, output=output, append=True, tick=progress.tick)
            if done.status:
                raise Problem(f"cannot unpack {package.name}", str(output))
        own = next(package for package in found if package.name.startswith(f"{PACKAGE}_"))
        version = ask(log, ["dpkg-deb", "-f", own, "Version"], place).text
        _write_script(whole)
        record = {"package": PACKAGE, "version": version, "with": [one.name for one in found]}
        (whole / RECORD).write_text(json.dumps(record, indent=1) + "\n")
        if root.exists():
            shutil.rmtree(root)  # its record could not be read
        whole.replace(root)


def _write_script(whole: Path) -> None:
    """It finds its root wherever that is moved to."""
    libraries = ":".join(f'"$here"/{folder}' for folder in LIBRARIES)
    data = " ".join(f'-L "$here"/{folder}' for folder in DATA)
    loader = next((path for path in LOADERS if (whole / path).exists()), LOADERS[0])
    start = f'"$here"/{loader} --library-path {libraries} "$here"/usr/bin/{PROGRAM} {data}'
    script = _script(whole)
    script.write_text(f'#!/bin/sh\nhere=${{0%/*}}\nexec {start} "$@"\n')
    script.chmod(0o755)
