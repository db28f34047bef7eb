# SPDX-License-Identifier: GPL-2.0
"""What can be named: kernels (configs/kernels.toml) and lanes (configs/lanes.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck import places
from svacheck.errors import Problem
from svacheck.model import Emulated, Lane


SUITES = "suites"  # the folder of kunit/ that a lane runs if it does not say which


@dataclass(frozen=True)
class KernelSource:
    """A kernel that Debian packages as source."""

    name: str  # what KERNEL= takes
    package: str
    suites: tuple[str, ...]  # of Debian, tried in this order
    series: str  # "6.1" stands for 6.1 and every 6.1.x
    objects: int  # about how many object files the uml lane builds
    headers: str = ""  # the package that the newest headers of its stock kernel come by


def load_kernels() -> dict[str, KernelSource]:
    """All kernels by name, in the file's order. Problem if the file is wrong."""
    path = places.ROOT / "configs" / "kernels.toml"
    kernels: dict[str, KernelSource] = {}
    for name, entry in _tables(path, "kernel").items():
        try:
            kernels[name] = _kernel(name, **entry)
        except TypeError as error:
            raise Problem(f'kernel "{name}" is not described well: {error}', str(path)) from error
    return kernels


def _kernel(
    name: str, package: str, suites: object, series: str, objects: int, headers: str = ""
) -> KernelSource:
    if not isinstance(suites, list) or not suites or not all(isinstance(s, str) for s in suites):
        raise TypeError("suites must be a list of names")
    return KernelSource(name, package, tuple(suites), series, objects, headers)


def find_kernel(name: str | None) -> KernelSource:
    """The kernel of that name; None: the first of the file."""
    kernels = load_kernels()
    if name is None:
        return next(iter(kernels.values()))
    if name not in kernels:
        raise Problem(
            f'no kernel is called "{name}"',
            "configs/kernels.toml",
            f"known: {', '.join(kernels)}; KDIR=path takes any other tree",
        )
    return kernels[name]


def objects_hint(version: str) -> int | None:
    """About how many objects a tree of that version has; None if nobody knows."""
    for kernel in load_kernels().values():
        if version == kernel.series or version.startswith(kernel.series + "."):
            return kernel.objects
    return None


# Lanes whose runs come from elsewhere, by svacheck import
HARDWARE, MODELLED = "hw", "hw-model"


def lane_names() -> list[str]:
    """All lanes, in the file's order."""
    return list(_tables(places.ROOT / "configs" / "lanes.toml", "lane"))


def runs(lane: str) -> tuple[bool, bool]:
    """Whether the lane of that name runs suites, and whether it runs programs."""
    entry = _tables(places.ROOT / "configs" / "lanes.toml", "lane").get(lane, {})
    return entry.get("suites", True) is not False, entry.get("programs", False) is True


def folder_of(lane: str) -> str:
    """The folder of kunit/ with the suites that the lane of that name runs, if it runs any."""
    entry = _tables(places.ROOT / "configs" / "lanes.toml", "lane").get(lane, {})
    named = entry.get("suites")
    return named if isinstance(named, str) else SUITES


def is_stock(lane: str) -> bool:
    """Whether the lane of that name boots stock kernels, and judges one device with a module."""
    entry = _tables(places.ROOT / "configs" / "lanes.toml", "lane").get(lane, {})
    return entry.get("stock", False) is True


def names_device(lane: str) -> bool:
    """Whether the lane of that name has kunit/device built in, with a device to judge."""
    entry = _tables(places.ROOT / "configs" / "lanes.toml", "lane").get(lane, {})
    return entry.get("device", False) is True


def load_lane(name: str) -> Lane:
    """The lane of that name, its fragments as absolute paths."""
    path = places.ROOT / "configs" / "lanes.toml"
    lanes = _tables(path, "lane")
    if name not in lanes:
        known = ", ".join(lanes)
        raise Problem(f'no lane is called "{name}"', "configs/lanes.toml", f"known: {known}")
    entry = lanes[name]
    try:
        lane = Lane(
            name=name,
            arch=str(entry["arch"]),
            kconfig=tuple(places.ROOT / str(part) for part in entry["kconfig"]),
            kernel_args=tuple(str(part) for part in entry["kernel_args"]),
            boot_timeout=int(entry["boot_timeout"]),
            make_options=tuple(str(part) for part in entry.get("make_options", ())),
            suites=runs(name)[0],
            folder=folder_of(name),
            programs=runs(name)[1],
            bench=entry.get("bench", False) is True,
            kernel_of=str(entry.get("kernel_of", "")),
            machines=tuple(_emulated(**machine) for machine in entry.get("machine", ())),
            stock=is_stock(name),
            imported=entry.get("imported", False) is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Problem(f'lane "{name}" is not described well: {error}', str(path)) from error
    for part in lane.kconfig:
        if not part.is_file():
            raise Problem("a Kconfig fragment is missing", str(part), f"see lane {name} of {path}")
    return lane


def _emulated(
    version: str, suites: list[str], cpu: str, devices: list[str], cases: str = ""
) -> Emulated:
    parts = tuple(int(part) for part in version.split("."))
    return Emulated(parts, tuple(suites), cpu, tuple(devices), cases)


def _tables(path: Path, kind: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            tables = tomllib.load(file)[kind]
    except OSError as error:
        raise Problem(f"cannot read it: {error.strerror}", str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"not valid TOML: {error}", str(path)) from error
    except KeyError as error:
        raise Problem(f"it has no [{kind}.NAME]", str(path)) from error
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise Problem(f"[{kind}] holds no tables", str(path))
    return tables
