# SPDX-License-Identifier: GPL-2.0
"""Metrics over sessions of make bench: samples, figures of boots, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from svacheck import results
from svacheck.bench import stored
from svacheck.bench.record import KIND
from svacheck.bench.series import Series
from svacheck.errors import Problem
from svacheck.progress import Progress


@dataclass(frozen=True)
class Sitting:
    """What one side of a session says of a metric. figures: of its boots, in ns, with their
    median and the middle half of them; samples: of each boot, by call, as they were taken."""

    session: str
    started: str
    kernel: str
    side: str
    figures: list[float]
    middle: float
    low: float
    high: float
    samples: list[list[float]]


@dataclass
class Metric:
    """One metric of one implementation."""

    key: str
    what: str
    floor: str
    sittings: list[Sitting] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    comparisons: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Metrics:
    """All of them. unread: id of a session to why it cannot be read; why: no change is told;
    left_out: id of a session to why changes are not looked for in it."""

    all: dict[str, Metric] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    why: str = ""
    left_out: dict[str, str] = field(default_factory=dict)


def gather(folder: Path, progress: Progress) -> Metrics:
    """What the sessions of a results folder say."""
    made = Metrics()
    for one in results.stored(folder, KIND):
        try:
            _session(stored.read(one), one.name, made)
        except Problem as problem:
            made.unread[one.name] = problem.what
    if made.all:
        _changes(made, folder, progress)
    return made


def _session(record: Mapping[str, Any], name: str, made: Metrics) -> None:
    for side in record["sides"]:
        boots = stored.boots(side)
        by_key: dict[str, list[Series]] = {}
        for boot in boots:
            for series in boot:
                by_key.setdefault(series.key, []).append(series)
        for key, some in by_key.items():
            metric = made.all.setdefault(key, Metric(key, some[0].what, some[0].floor))
            kernel = side["tree"]["name"]
            metric.sittings.append(_sitting(name, record["started"], kernel, side["name"], some))
    for one in record["comparisons"]:
        if one["key"] in made.all:
            told = {"session": name, "started": record["started"], **one}
            made.all[one["key"]].comparisons.append(told)


def _sitting(session: str, started: str, kernel: str, side: str, some: list[Series]) -> Sitting:
    figures = [_short(series.value) for series in some]
    low, high = min(figures), max(figures)
    if len(figures) > 2:
        low, _, high = quantiles(figures, n=4, method="inclusive")
    samples = [[_short(sample / one.loops) for sample in one.samples] for one in some]
    middle = _short(median(figures))
    return Sitting(
        session, started, kernel, side, figures, middle, _short(low), _short(high), samples
    )


def _short(value: float) -> float:
    """As exact as a page can show it."""
    return float(f"{value:.5g}")


def _changes(made: Metrics, folder: Path, progress: Progress) -> None:
    """What make bench-history says of them."""
    try:
        from svacheck.bench.history.command import Options, bench_history
    except ImportError as error:
        made.why = f"{error.name} is missing: apt-get install python3-{error.name}"
        return
    try:
        told = bench_history(Options(results=folder), progress).record
    except Problem as problem:
        made.why = problem.what
        return
    made.left_out = dict(told["left_out"])
    for kernel in told["kernels"]:
        for change in kernel["changes"]:
            if change["key"] in made.all:
                made.all[change["key"]].changes.append({"kernel": kernel["name"], **change})
