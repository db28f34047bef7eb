# SPDX-License-Identifier: GPL-2.0
"""Sessions of svacheck bench invented for tests, as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

HOST = {
    "machine": "x86_64",
    "kernel": "6.1.0-31-amd64",
    "cpus": 2,
    "load": 0.5,
    "distribution": "Debian GNU/Linux 12 (bookworm)",
    "processor": "AMD EPYC",
}
IDENTITY = {"package_version": "7.3.4-1"}

FLOORS = {"floor.call": 1.5, "floor.mutex": 4.4, "floor.xarray": 410.0, "floor.lookup": 6.0}
SYSCALL = {"floor.syscall": 33000.0}
_COUNTS = (1, 1024, 65536, 1048575)
_ORDERS = ("in_order", "at_random")
_CROWDS = ("1", "2.one_device", "4.one_device", "2.own_devices", "4.own_devices")
CALLS = {
    "set_block.paging": (360.0, "floor.xarray"),
    "refused.busy": (41.0, "floor.mutex"),
    **{f"reset.{o}.{n}": (150.0 + n**0.3, "floor.xarray") for n in _COUNTS for o in _ORDERS},
    **{f"reset.pci.{n}": (250.0 + n**0.3, "floor.xarray") for n in _COUNTS},
    **{f"lookup.{o}.{n}": (10.0 + n**0.2, "floor.lookup") for n in _COUNTS for o in _ORDERS},
    **{f"set_block.pci.{n}": (400.0 + 60 * n, "floor.xarray") for n in (1, 3, 9)},
    **{f"threads.{crowd}": (300.0 * int(crowd[0]), "floor.xarray") for crowd in _CROWDS},
}
PROGRAMS = {
    f"{what}.bonds.{n}": (9e4 + 3e3 * n, "floor.syscall")
    for what in ("mmap", "mprotect", "fork")
    for n in (0, 1, 16, 256)
}

Figure = Callable[[str, str], float]  # metric and implementation to how many times the usual


def series(metric: str, implementation: str, time: float, floor: str = "-") -> dict[str, Any]:
    """One of three batches, the least of which takes time a call."""
    base = max(1, round(time * 1000))
    return {
        "metric": metric,
        "implementation": implementation,
        "unit": "ns",
        "loops": 1000,
        "floor": floor,
        "what": "a call",
        "samples": [base, base, round(base * 1.01) + 1],
    }


def boot(seed: int, of: Sequence[str], spread: float, figure: Figure) -> list[dict[str, Any]]:
    """All metrics of some implementations in one boot."""
    noise = np.random.default_rng(seed)
    made = []
    for name, time in FLOORS.items():
        made.append(series(name, "-", time * float(np.exp(noise.normal(0, spread)))))
    for one in of:
        for name, time in SYSCALL.items():
            made.append(series(name, one, time * float(np.exp(noise.normal(0, spread)))))
        for name, (time, floor) in {**CALLS, **PROGRAMS}.items():
            took = time * float(np.exp(noise.normal(0, spread))) * figure(name, one)
            made.append(series(name, one, took, floor))
    return made


def side(name: str, boots: Sequence[Sequence[dict[str, Any]]], tree: str = "7.3") -> dict[str, Any]:
    """A side with these boots."""
    return {
        "name": name,
        "tree": {"name": tree, "kind": "debian", "version": f"{tree}.4", "identity": IDENTITY},
        "overlay_sha256": "0" * 64,
        "layouts": 4,
        "compiler": "gcc 12.2.0",
        "kernel_args": [],
        "rivals": [],
        "boots": [
            {"console": f"boots/{name}.{nth}.console", "layout": nth % 4, "series": list(one)}
            for nth, one in enumerate(boots)
        ],
    }


def record(sides: Sequence[dict[str, Any]], started: str = "2026-11-25T20:00:00Z") -> Any:
    """A session that went well."""
    stamp = started.replace("-", "").replace(":", "")
    return {
        "schema": 1,
        "id": f"bench-{stamp}-kernel-uml_bench-0a1b2c",
        "svacheck": {"version": "1", "commit": None, "dirty": None},
        "host": dict(HOST),
        "started": started,
        "seconds": 60.0,
        "terms": {"margin": 0.01, "alpha": 0.01},
        "looks": [],
        "share": 0.01,
        "problems": [],
        "comparisons": [],
        "plots": [],
        "sides": list(sides),
    }
