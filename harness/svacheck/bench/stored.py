# SPDX-License-Identifier: GPL-2.0
"""Sessions of svacheck bench as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.bench.record import KIND, RECORD
from svacheck.bench.series import Series
from svacheck.errors import Problem
from svacheck.places import BENCH_SCHEMA


def load(reference: str) -> tuple[Path, dict[str, Any]]:
    """The folder and bench.json of a session: "last", an id, the beginning of one, a path."""
    folder = results.find(reference, kind=KIND, record=RECORD)
    return folder, read(folder)


def read(folder: Path) -> dict[str, Any]:
    """The bench.json there; Problem if it is not whole and valid."""
    try:
        return results.read(folder / RECORD, BENCH_SCHEMA)
    except Problem as problem:
        remedy = problem.remedy or "remove the folder if it cannot be had again"
        raise Problem(problem.what, problem.where, remedy) from problem


def boots(side: Mapping[str, Any]) -> list[list[Series]]:
    """What each boot of a side has measured."""
    return [[_series(one) for one in boot["series"]] for boot in side["boots"]]


def _series(one: Mapping[str, Any]) -> Series:
    fields: dict[str, Any] = {**one, "samples": tuple(one["samples"])}
    return Series(**fields)
