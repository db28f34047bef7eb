# SPDX-License-Identifier: GPL-2.0
"""A kernel's source from Debian's packages, unpacked once into the cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from svacheck import apt
from svacheck.cachedirs import Cache, lock
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.kernels import KernelSource
from svacheck.progress import Progress
from svacheck.queries import ask
from svacheck.workcopy import require_space

PACKAGES = Path("/usr/src")  # where the packages put their tar balls
UNPACKED = 1_800_000_000  # bytes of an unpacked tree, with some to spare
DOWNLOADED = 400_000_000  # bytes of the package, its tar ball and apt's lists
RECORD = "origin.json"


@dataclass(frozen=True)
class Pristine:
    """tree: the unpacked source. version: Debian's. stamp: tells one unpacking from another."""

    tree: Path
    version: str
    tarball_sha256: str


def pristine(source: KernelSource, cache: Cache, log: CommandLog, progress: Progress) -> Pristine:
    """The unpacked source of a package: from the cache, the package installed, or apt.

    The newer of the first two is taken; the network is used only if there is neither.
    Problem: no such package, no network, no space, a broken archive.
    """
    with lock(cache.pristine(source.package), progress.note):
        cached = _cached(source, cache, log)
        installed = _installed(source, log)
        if cached and (not installed or not _newer(installed, cached.version, log)):
            return cached
        folder = cache.pristine("")
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob(f".{source.package}-*"):
            shutil.rmtree(stale, ignore_errors=True)  # of an interrupted run
        with tempfile.TemporaryDirectory(prefix=f".{source.package}-", dir=folder) as name:
            place = Path(name)
            if installed:
                _verify(source, log)
                tarball, version = PACKAGES / f"{source.package}.tar.xz", installed
            else:
                tarball, version = _download(source, cache, place, log, progress)
            return _unpack(source, cache, tarball, version, place, log, progress)


def _cached(source: KernelSource, cache: Cache, log: CommandLog) -> Pristine | None:
    best: Pristine | None = None
    for record in cache.pristine("").glob(f"{source.package}_*/{RECORD}"):
        try:
            data = json.loads(record.read_bytes())
            found = Pristine(record.parent / "tree", data["version"], data["tarball_sha256"])
        except (OSError, ValueError, KeyError):
            continue
        if best is None or _newer(found.version, best.version, log):
            best = found
    return best


def _newer(version: str, than: str, log: CommandLog) -> bool:
    if version == than:
        return False
    return ask(log, ["dpkg", "--compare-versions", version, "gt", than], Path("/")).status == 0


def _installed(source: KernelSource, log: CommandLog) -> str:
    """The version whose tar ball is installed; "" if none is."""
    if not (PACKAGES / f"{source.package}.tar.xz").is_file():
        return ""
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", source.package]
    try:
        status, _, version = ask(log, query, Path("/")).text.partition(" ")
    except Problem:
        return ""  # not a Debian
    return version if status == "installed" else ""


def _verify(source: KernelSource, log: CommandLog) -> None:
    answer = ask(log, ["dpkg", "--verify", source.package], Path("/"))
    if f"/{source.package}.tar.xz" in answer.text:
        raise Problem(
            "the tar ball is not the one that the package installed",
            str(PACKAGES / f"{source.package}.tar.xz"),
            f"apt-get install --reinstall {source.package}",
        )


def _download(
    source: KernelSource, cache: Cache, place: Path, log: CommandLog, progress: Progress
) -> tuple[Path, str]:
    """The tar ball and version of the package, which apt downloads and verifies."""
    require_space(DOWNLOADED + UNPACKED, place, f"{source.package} with its tree")
    output = cache.logs / f"{source.package}-unpack.log"
    with progress.phase(f"download {source.package}"):
        package = apt.download(source, cache, place, log, progress)
        version = ask(log, ["dpkg-deb", "-f", package, "Version"], place).text
        argv = ["dpkg-deb", "-x", str(package), str(place / "package")]
        if log.run(argv, cwd=place, output=output, tick=progress.tick).status:
            raise _failure(f"cannot unpack {package.name}", output)
    return place / "package" / "usr" / "src" / f"{source.package}.tar.xz", version


def _unpack(
    source: KernelSource,
    cache: Cache,
    tarball: Path,
    version: str,
    place: Path,
    log: CommandLog,
    progress: Progress,
) -> Pristine:
    require_space(UNPACKED, place, "the unpacked source")
    output = cache.logs / f"{source.package}-unpack.log"
    output.parent.mkdir(parents=True, exist_ok=True)
    whole = place / "whole"
    (whole / "tree").mkdir(parents=True)
    with progress.phase(f"unpack {source.package} {version}"):
        with open(tarball, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        argv = ["tar", "--use-compress-program=xz -T0", "--no-same-owner", "--strip-components=1"]
        argv += ["-C", str(whole / "tree"), "-xf", str(tarball)]
        if log.run(argv, cwd=place, output=output, tick=progress.tick).status:
            raise _failure(f"cannot unpack {tarball.name}", output)
    record = {"package": source.package, "version": version, "tarball_sha256": sha256}
    (whole / RECORD).write_text(json.dumps(record) + "\n")
    final = cache.pristine(f"{source.package}_{version.replace(':', '%3a')}")
    if os.path.lexists(final):
        shutil.rmtree(final)  # its record could not be read
    whole.replace(final)
    return Pristine(final / "tree", version, sha256)


def _failure(what: str, output: Path) -> Problem:
    lines = output.read_text(errors="replace").strip().splitlines()
    return Problem(f"{what}: {lines[-1] if lines else 'no message'}", str(output))
