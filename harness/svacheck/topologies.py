# SPDX-License-Identifier: GPL-2.0
"""configs/topologies.toml: what is plugged into the machine in which a case has its boot."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from svacheck.errors import Problem
from svacheck.places import TOPOLOGIES

_KEYS = {"devices", "globals", "kernel_args", "step"}


@dataclass(frozen=True)
class Step:
    """A command of QMP that the kernel can ask for by its name."""

    name: str
    execute: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Topology:
    """A machine's devices as arguments of -device, settings of -global, what the kernel's
    command line has besides, and the steps by name."""

    devices: tuple[str, ...] = ()
    globals: tuple[str, ...] = ()
    kernel_args: tuple[str, ...] = ()
    steps: Mapping[str, Step] = field(default_factory=dict)


def of(case: str, path: Path = TOPOLOGIES) -> Topology:
    """The topology for the boot of a "suite.case"; one without devices if it needs none."""
    return load(path).get(case, Topology())


def load(path: Path = TOPOLOGIES) -> dict[str, Topology]:
    """All topologies by case. Problem if the file is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["topology"]
        return {case: _topology(case, **table) for case, table in tables.items()}
    except OSError as error:
        raise Problem(f"cannot read it: {error.strerror}", str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"not valid TOML: {error}", str(path)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise Problem(f"a topology is not described well: {error}", str(path)) from error


def _topology(case: str, **table: Any) -> Topology:
    strange = sorted(set(table) - _KEYS)
    if strange:
        raise TypeError(f"{case}: unknown key {strange[0]!r}")
    words = {key: table.get(key, []) for key in ("devices", "globals", "kernel_args")}
    for key, value in words.items():
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise TypeError(f"{case}: {key!r} must be a list of words")
    steps = [Step(**step) for step in table.get("step", [])]
    if len({step.name for step in steps}) != len(steps):
        raise TypeError(f"{case}: two steps have one name")
    return Topology(
        devices=tuple(words["devices"]),
        globals=tuple(words["globals"]),
        kernel_args=tuple(words["kernel_args"]),
        steps={step.name: step for step in steps},
    )
