# SPDX-License-Identifier: GPL-2.0
"""Sides of a comparison that are neither built nor booted: they measure what a test says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from svacheck.bench.series import Series
from svacheck.bench.session import Timed
from svacheck.bench.side import Side
from svacheck.errors import Problem
from svacheck.model import Tree
from svacheck.programs import Programs


class FakeSide(Side):
    """Boots that print what they are told to."""

    def boot(self, nth: int, suites: str, args: Any, log: Any, out: Path) -> list[Series]:
        base, step = getattr(self, "plan")
        if nth == getattr(self, "fails_at", -1):
            raise Problem("the kernel went down", str(out))
        if nth == getattr(self, "stopped_at", -1):
            raise KeyboardInterrupt
        value = int(base * (1 + step * (nth % 5)))
        return [Series("m", "carried", "ns", 1, "-", "a call", (value,) * 5)]

    def count(
        self, nth: int, suites: str, args: Any, log: Any, out: Path, tracer: Path
    ) -> list[Series]:
        if getattr(self, "uncountable", ""):
            raise Problem(getattr(self, "uncountable"), str(out))
        steps = max(1, int(getattr(self, "plan")[0] / 10))
        return [Series("m", "carried", "insn", 1, "-", "a call", (steps,) * 5)]

    def boot_program(
        self, nth: int, implementation: str, args: Any, log: Any, out: Path
    ) -> list[Series]:
        return []


class Many(FakeSide):
    """A side with 140 metrics, of which one takes as long as its plan says."""

    def boot(self, nth: int, suites: str, args: Any, log: Any, out: Path) -> list[Series]:
        values = [int(getattr(self, "plan")[0]), *[10000] * 139]
        return [
            Series(f"m{at}", "carried", "ns", 1, "-", "a call", (value + nth * 7 + at,) * 5)
            for at, value in enumerate(values)
        ]


def fake(name: str, base: float, of: type[FakeSide] = FakeSide, **settings: Any) -> Timed:
    build: Any = type("B", (), {"compiler": "gcc"})
    tree = Tree(name=name, origin=Path("/x"), kind="plain", version="7.3", identity={})
    own = Programs(Path("/x"), True)
    side = of(name, tree, (build, build), "0" * 64, own, ("one",))
    for key, value in {"plan": (base, 0.001), **settings}.items():
        object.__setattr__(side, key, value)
    return Timed(side, name)
