# SPDX-License-Identifier: GPL-2.0
"""A stock kernel from packages that are made up, with an archive that hands them out."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from faketree import Bench

from svacheck import apt, stock
from svacheck.errors import Problem
from svacheck.kernels import KernelSource, find_kernel

RELEASE = "6.9.1+deb12-amd64"
SOURCE = KernelSource("6.9", "linux-source-6.9", ("sid",), "6.9", 1, "linux-headers-6.9-amd64")
COMMON = "linux-headers-6.9.1+deb12-common"
# name: what it depends on, and its files
PACKAGES: dict[str, tuple[str, dict[str, str]]] = {
    "linux-headers-6.9-amd64": (f"linux-headers-{RELEASE} (= 6.9.1-1)", {}),
    f"linux-headers-{RELEASE}": (
        f"linux-base, {COMMON} (= 6.9.1-1), linux-image-{RELEASE} | x, linux-kbuild-6.9.1+deb12,"
        " gcc-12",
        {
            f"usr/src/linux-headers-{RELEASE}/Makefile": f"include /usr/src/{COMMON}/Makefile\n",
        },
    ),
    COMMON: ("", {f"usr/src/{COMMON}/Makefile": "all:\n\techo built\n"}),
    "linux-kbuild-6.9.1+deb12": ("", {"usr/lib/linux-kbuild-6.9.1+deb12/x": ""}),
    f"linux-image-{RELEASE}": (
        "",
        {
            f"boot/vmlinuz-{RELEASE}": "image",
            f"boot/config-{RELEASE}": "CONFIG_X86=y\n",
            f"lib/modules/{RELEASE}/large.ko": "large",
        },
    ),
}


class Archive:
    """Hands out packages, and knows which were asked for."""

    def __init__(self, place: Path) -> None:
        self.place, self.asked = place, list[str]()
        self.packages = dict(PACKAGES)

    def download(self, source: KernelSource, cache: object, to: Path, *_: object) -> Path:
        self.asked.append(source.package)
        depends, files = self.packages[source.package]
        tree = self.place / f"{source.package}.{len(self.asked)}"
        control = [f"Package: {source.package}", "Version: 6.9.1-1~deb12u1", "Architecture: all"]
        control += ["Maintainer: nobody <nobody@example.org>", "Description: made up"]
        control += [f"Depends: {depends}"] if depends else []
        for name, content in {"DEBIAN/control": "\n".join(control) + "\n", **files}.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(content)
        made = to / f"{source.package}.deb"
        build = ["dpkg-deb", "--build", "-Znone", "--root-owner-group", str(tree), str(made)]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        return made


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "bench")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    made = Archive(tmp_path / "archive")
    monkeypatch.setattr(apt, "download", made.download)
    return made


def fetch(bench: Bench, source: KernelSource = SOURCE) -> stock.StockKernel:
    return stock.stock(source, bench.cache, bench.log, bench.progress)


def test_headers_and_image_of_one_release(bench: Bench, archive: Archive) -> None:
    found = fetch(bench)
    assert archive.asked == list(PACKAGES)
    assert (found.release, found.version) == (RELEASE, "6.9.1-1~deb12u1")
    assert found.image.read_text() == "image" and found.config.is_file()
    assert not (found.root / "lib" / "modules").exists()


def test_the_headers_find_each_other_where_they_lie(bench: Bench, archive: Archive) -> None:
    headers = fetch(bench).headers
    said = subprocess.run(["make", "-sC", headers], check=True, stdout=subprocess.PIPE, text=True)
    assert said.stdout == "built\n"


def test_a_second_time_nobody_is_asked(bench: Bench, archive: Archive) -> None:
    first = fetch(bench)
    archive.asked.clear()
    assert fetch(bench) == first
    assert archive.asked == []


def test_what_was_interrupted_is_fetched_anew(bench: Bench, archive: Archive) -> None:
    found = fetch(bench)
    (found.root / stock.RECORD).unlink()
    archive.asked.clear()
    assert fetch(bench) == found
    assert archive.asked == list(PACKAGES)


def test_a_package_that_names_no_release(bench: Bench, archive: Archive) -> None:
    archive.packages["linux-headers-6.9-amd64"] = ("linux-base", {})
    with pytest.raises(Problem, match="names no release"):
        fetch(bench)
    assert not bench.cache.stock(SOURCE.headers).exists()


def test_a_package_without_an_image(bench: Bench, archive: Archive) -> None:
    archive.packages[f"linux-image-{RELEASE}"] = ("", {"boot/other": ""})
    with pytest.raises(Problem, match="cannot unpack linux-image"):
        fetch(bench)
    assert not bench.cache.stock(SOURCE.headers).exists()


def test_a_kernel_without_a_stock_kernel(bench: Bench) -> None:
    with pytest.raises(Problem, match="no stock kernel is named for 6.9"):
        fetch(bench, replace(SOURCE, headers=""))
    assert find_kernel("6.1").headers and find_kernel("6.12").headers
