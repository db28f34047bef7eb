# SPDX-License-Identifier: GPL-2.0
"""A stock kernel of Debian: its image, and the headers to build modules against.

Both come as packages that apt downloads and verifies, and are unpacked into the cache once.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from svacheck import apt
from svacheck.cachedirs import Cache, lock
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.kernels import KernelSource
from svacheck.progress import Progress
from svacheck.queries import ask
from svacheck.workcopy import require_space

ROOM = 500_000_000  # bytes of the packages, and of what is kept of them
RECORD = "stock.json"
# What the headers depend on that holds a part of them
PARTS = re.compile(r"linux-(?:headers|kbuild)-[0-9][a-z0-9.+-]*")
RELEASE = re.compile(r"linux-headers-([0-9][a-z0-9.+-]*-amd64)")


@dataclass(frozen=True)
class StockKernel:
    """root: where the packages are unpacked. release: as uname -r prints it there."""

    root: Path
    release: str
    version: str  # Debian's

    @property
    def image(self) -> Path:
        """What boots."""
        return self.root / "boot" / f"vmlinuz-{self.release}"

    @property
    def config(self) -> Path:
        """How it was configured."""
        return self.root / "boot" / f"config-{self.release}"

    @property
    def headers(self) -> Path:
        """What /lib/modules/<release>/build leads to where it is installed."""
        return self.root / "usr" / "src" / f"linux-headers-{self.release}"


def stock(source: KernelSource, cache: Cache, log: CommandLog, progress: Progress) -> StockKernel:
    """The stock kernel that goes with a kernel of configs/kernels.toml: from the cache, or apt.

    Opens the phase "download ...". Problem: the kernel names no headers, no network, no space.
    """
    if not source.headers:
        raise Problem(
            f"no stock kernel is named for {source.name}",
            "configs/kernels.toml",
            "take a kernel that has 'headers' there, such as KERNEL=6.12",
        )
    folder = cache.stock(source.headers)
    with lock(folder, progress.note):
        found = _cached(folder)
        if found:
            return found
        folder.parent.mkdir(parents=True, exist_ok=True)
        require_space(ROOM, folder.parent, f"{source.headers} with its kernel")
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f".{source.headers}-", dir=folder.parent) as name:
            with progress.phase(f"download {source.headers}"):
                fetched = _fetch(source, cache, Path(name), log, progress)
                fetched.root.replace(folder)
                return replace(fetched, root=folder)


def _cached(folder: Path) -> StockKernel | None:
    try:
        data = json.loads((folder / RECORD).read_bytes())
        return StockKernel(folder, data["release"], data["version"])
    except (OSError, ValueError, KeyError):
        return None


def _fetch(
    source: KernelSource, cache: Cache, place: Path, log: CommandLog, progress: Progress
) -> StockKernel:
    root, said = place / "root", cache.logs / f"{source.headers}-unpack.log"
    root.mkdir()
    cache.logs.mkdir(parents=True, exist_ok=True)
    said.unlink(missing_ok=True)

    def unpack(package: Path, *only: str) -> None:
        # The image's package has hundreds of megabytes of modules that nobody loads
        script = 'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$@"'
        argv: list[str | Path] = ["sh", "-c", script, package, root, *only]
        done = log.run(argv, cwd=place, output=said, append=True, tick=progress.tick)
        if done.status:
            raise Problem(f"cannot unpack {package.name}", str(said), "the log has all of it")

    packages = _Packages(source, cache, place, log, progress)
    for package in packages.of_headers():
        unpack(package)
    image = packages.one(f"linux-image-{packages.release}")
    unpack(image, f"./boot/vmlinuz-{packages.release}", f"./boot/config-{packages.release}")
    found = StockKernel(root, packages.release, packages.field(image, "Version"))
    _make_relative(found)
    record = {"release": found.release, "version": found.version}
    (root / RECORD).write_text(json.dumps(record) + "\n")
    return found


class _Packages:
    """The packages of a stock kernel, downloaded one by one."""

    def __init__(
        self, source: KernelSource, cache: Cache, place: Path, log: CommandLog, progress: Progress
    ) -> None:
        self.release = ""
        self._source, self._cache, self._place = source, cache, place
        self._log, self._progress = log, progress

    def one(self, name: str) -> Path:
        """The package of that name."""
        folder = self._place / name
        folder.mkdir()
        wanted = replace(self._source, package=name)
        return apt.download(wanted, self._cache, folder, self._log, self._progress)

    def field(self, package: Path, name: str) -> str:
        """A field of a package's control file."""
        return ask(self._log, ["dpkg-deb", "-f", package, name], self._place).text

    def of_headers(self) -> Iterator[Path]:
        """The headers, as the package that stands for the newest of them depends on them."""
        newest = self.one(self._source.headers)
        named = RELEASE.search(self.field(newest, "Depends"))
        if not named:
            raise Problem(
                f"{self._source.headers} names no release",
                f"the control file of {newest.name}",
                "name another package as 'headers' in configs/kernels.toml",
            )
        self.release = named[1]
        headers = self.one(named[0])
        yield headers
        for name in dict.fromkeys(PARTS.findall(self.field(headers, "Depends"))):
            yield self.one(name)


def _make_relative(found: StockKernel) -> None:
    """Let the headers find each other where they lie; Debian has them know /usr/src alone."""
    makefile = found.headers / "Makefile"
    text = makefile.read_text()
    makefile.write_text(text.replace("/usr/src/", "$(dir $(lastword $(MAKEFILE_LIST)))../"))
