# SPDX-License-Identifier: GPL-2.0
"""The QEMU of a lane that asks for one: this machine's, or one that is unpacked in the cache."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from faketree import Bench

from svacheck import apt, emulator
from svacheck.errors import Problem
from svacheck.model import Emulated

WANTED = Emulated((10, 0), ("new", "old"), "max", ("edu",))
LOADER = '#!/bin/sh\nshift 2\nexec sh "$@"\n'
QEMU = '#!/bin/sh\necho "QEMU emulator version {version} (Debian 1:x)"\necho "$@"\n'


class Archive:
    """What apt would download: packages that are made here."""

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self.place = place
        self.asked: list[tuple[str, Sequence[str]]] = []
        self.has = "10.0.2"
        self.loader = emulator.LOADERS[0]
        patch.setattr(apt, "download_whole", self.download)

    def download(
        self, package: str, suites: Sequence[str], cache: object, place: Path, *_: object
    ) -> list[Path]:
        self.asked.append((package, suites))
        return [
            self.make(place, "libc6", "2.36", {self.loader: LOADER}),
            self.make(
                place, package, "1:10", {f"usr/bin/{package}_64": QEMU.format(version=self.has)}
            ),
        ]

    def make(self, into: Path, name: str, version: str, files: dict[str, str]) -> Path:
        root = self.place / name
        (root / "DEBIAN").mkdir(parents=True, exist_ok=True)
        (root / "DEBIAN" / "control").write_text(
            f"Package: {name}\nVersion: {version}\nArchitecture: all\n"
            "Maintainer: x <x@localhost>\nDescription: x\n"
        )
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
            (root / path).chmod(0o755)
        made = into / f"{name}_x.deb"
        subprocess.run(
            ["dpkg-deb", "-b", root, made], check=True, stdout=subprocess.DEVNULL, env=None
        )
        return made


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "a b")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("dpkg-deb", "sh", "tar", "rm"):
        found = subprocess.run(["which", name], stdout=subprocess.PIPE, text=True, check=True)
        (tools / name).symlink_to(found.stdout.strip())
    monkeypatch.setenv("PATH", str(tools))
    return Archive(tmp_path, monkeypatch)


def own(tmp_path: Path, version: str) -> None:
    """This machine has a QEMU."""
    program = tmp_path / "bin" / emulator.PROGRAM
    program.write_text(QEMU.format(version=version))
    program.chmod(0o755)


def provide(bench: Bench, wanted: Emulated = WANTED) -> emulator.Emulator:
    return emulator.provide(wanted, bench.cache, bench.log, bench.progress)


def test_one_of_this_machine_that_is_new_enough(
    bench: Bench, archive: Archive, tmp_path: Path
) -> None:
    own(tmp_path, "10.0.0")
    assert provide(bench) == emulator.Emulator(emulator.PROGRAM, "10.0.0 of this machine")
    assert archive.asked == []


@pytest.mark.parametrize("version", ["", "7.2.22", "9.12"])
def test_one_of_debian_is_unpacked_once(
    bench: Bench, archive: Archive, tmp_path: Path, version: str
) -> None:
    if version:
        own(tmp_path, version)
    found = provide(bench)
    assert found.version == "10.0.2 of Debian's qemu-system-x86 1:10"
    assert found == provide(bench)
    assert archive.asked == [("qemu-system-x86", ("new", "old"))]
    record = json.loads((bench.cache.emulator("new") / emulator.RECORD).read_bytes())
    assert record["with"] == ["libc6_x.deb", "qemu-system-x86_x.deb"]


def test_its_own_loader_runs_it_with_its_own_files_wherever_it_is(
    bench: Bench, archive: Archive
) -> None:
    program = Path(provide(bench).program)
    moved = program.parent.with_name("moved to")
    program.parent.rename(moved)
    said = subprocess.run(
        [moved / program.name, "-m", "1 G"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.splitlines()
    assert said[1] == f"-L {moved}/usr/share/qemu -L {moved}/usr/share/seabios -m 1 G"


def test_the_loader_of_newer_suites_is_found(bench: Bench, archive: Archive) -> None:
    archive.loader = emulator.LOADERS[1]
    assert provide(bench).version.startswith("10.0.2")


def test_one_that_is_too_old_is_refused(bench: Bench, archive: Archive) -> None:
    archive.has = "9.2"
    with pytest.raises(Problem, match="new has QEMU 9.2, 10.0 is needed"):
        provide(bench)


def test_one_that_does_not_start_is_refused(bench: Bench, archive: Archive) -> None:
    archive.has = "none"
    with pytest.raises(Problem, match="new has QEMU that does not start, 10.0 is needed"):
        provide(bench)


def test_a_record_that_cannot_be_read_is_no_root(bench: Bench, archive: Archive) -> None:
    root = bench.cache.emulator("new")
    (root / "usr").mkdir(parents=True)
    provide(bench)
    assert (root / emulator.RECORD).is_file()
