# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from svacheck import places
from svacheck.errors import Problem
from svacheck.kernels import (
    find_kernel,
    folder_of,
    lane_names,
    load_kernels,
    load_lane,
    objects_hint,
    runs,
)


@pytest.fixture
def configs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(places, "ROOT", tmp_path)
    (tmp_path / "configs").mkdir()
    return tmp_path / "configs"


def test_the_kernels_of_this_checkout() -> None:
    kernel = load_kernels()["6.1"]
    assert kernel.package == "linux-source-6.1"
    assert find_kernel(None) == kernel == find_kernel("6.1")


def test_every_kernel_of_this_checkout_says_where_it_is() -> None:
    kernels = load_kernels()
    assert list(kernels) == ["6.1", "6.12", "7.2", "7.3"]
    for name, kernel in kernels.items():
        assert kernel.package == f"linux-source-{name}" and kernel.series == name
        assert kernel.suites and objects_hint(f"{name}.9") == kernel.objects


def test_the_lane_of_this_checkout() -> None:
    lane = load_lane("uml")
    assert lane.arch == "um" and lane.boot_timeout > 0
    assert all(part.is_file() for part in lane.kconfig)


def test_unknown_names_are_told_the_known_ones() -> None:
    with pytest.raises(Problem, match=r'"5\.4".*known: 6\.1.*KDIR'):
        find_kernel("5.4")
    with pytest.raises(Problem, match=r'"moon".*known: uml'):
        load_lane("moon")


@pytest.mark.parametrize(
    ("version", "known"), [("6.1", True), ("6.1.192", True), ("6.11.1", False), ("16.1", False)]
)
def test_objects_hint_goes_by_series(version: str, known: bool) -> None:
    assert (objects_hint(version) is not None) == known


@pytest.mark.parametrize(
    "text",
    [
        "kernel",
        "[lane.x]\na = 1",
        'kernel = "x"',
        '[kernel]\nx = "y"',
        '[kernel.x]\npackage = "p"',
        '[kernel.x]\npackage = "p"\nsuites = "sid"\nseries = "1"\nobjects = 1',
        '[kernel.x]\npackage = "p"\nsuites = []\nseries = "1"\nobjects = 1',
        "\udcff",
    ],
)
def test_a_wrong_file_is_a_problem_that_names_it(configs: Path, text: str) -> None:
    (configs / "kernels.toml").write_text(text, errors="surrogateescape")
    with pytest.raises(Problem, match="kernels.toml"):
        load_kernels()


def test_a_missing_file_is_a_problem(configs: Path) -> None:
    with pytest.raises(Problem, match="lanes.toml"):
        load_lane("uml")


def test_a_missing_fragment_is_a_problem(configs: Path) -> None:
    lane = '[lane.uml]\narch = "um"\nkconfig = ["gone"]\nkernel_args = []\nboot_timeout = 1\n'
    (configs / "lanes.toml").write_text(lane)
    with pytest.raises(Problem, match="gone"):
        load_lane("uml")
    (configs / "lanes.toml").write_text(lane.replace("boot_timeout = 1", ""))
    with pytest.raises(Problem, match="boot_timeout"):
        load_lane("uml")


def test_a_lane_of_programs() -> None:
    assert runs("uml") == (True, True)
    assert runs("uml-user") == (False, True)
    assert runs("uml-debug") == (True, False)
    for name in lane_names():
        lane = load_lane(name)
        assert (lane.suites, lane.programs) == runs(name)
        assert lane.suites or lane.programs or lane.stock or lane.bench
    assert runs("moon") == (True, False)


def test_a_lane_with_suites_and_a_machine_of_its_own() -> None:
    lane = load_lane("vtd")
    assert (lane.suites, lane.folder, folder_of("uml")) == (True, "vtd", "suites")
    assert lane.machines[0].version >= (10, 0) and not lane.machines[0].cases
    assert all(machine.cases for machine in lane.machines[1:])
    assert all(machine.devices[0].startswith("intel-iommu,") for machine in lane.machines)
    assert load_lane("qemu").machines == ()


@pytest.mark.parametrize(
    "machine", ['{ version = "ten", suites = [], cpu = "x", devices = [] }', "{ cpu = 1 }"]
)
def test_a_machine_that_is_not_described_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    monkeypatch.setattr(places, "ROOT", tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "lanes.toml").write_text(
        '[lane.x]\narch = "x86_64"\nkconfig = []\nkernel_args = []\nboot_timeout = 1\n'
        f"machine = [{machine}]\n"
    )
    with pytest.raises(Problem, match='lane "x" is not described well'):
        load_lane("x")
