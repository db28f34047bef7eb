# SPDX-License-Identifier: GPL-2.0
"""Stored times for trackers of benchmarks, and every sample as CSV.

github-action-benchmark takes, as its tool customSmallerIsBetter, a list of objects with name, unit
and value, and range and extra as text (its README). Bencher takes BMF: benchmarks, in these
measures, in these value, lower_value and upper_value (bencher.dev, "Bencher Metric Format").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from svacheck.errors import Problem
from svacheck.export.document import Document, as_json
from svacheck.export.stored import Figure, Record, Stored, figures
from svacheck.export.text import clean
from svacheck.store.digest import kernel_of

_LONGEST = 1000  # characters of a benchmark's name, of which Bencher takes 1024


def github(stored: Sequence[Stored]) -> list[Document]:
    """For github-action-benchmark."""
    made = []
    for name, figure in _named(stored):
        one: dict[str, Any] = {"name": name, "unit": figure.unit, "value": figure.median}
        if figure.low is not None and figure.high is not None:
            one["range"] = f"{figure.low:.4g} to {figure.high:.4g}"
        one["extra"] = clean(f"{figure.what}\n{figure.boots} boots, {len(figure.samples)} samples")
        made.append(one)
    return [as_json("github-action-benchmark.json", made)]


def bencher(stored: Sequence[Stored]) -> list[Document]:
    """For Bencher, whose own measure latency is in ns."""
    made: dict[str, Any] = {}
    for name, figure in _named(stored):
        measure = {"value": figure.median}
        if figure.low is not None and figure.high is not None:
            measure |= {"lower_value": figure.low, "upper_value": figure.high}
        made[name] = {"latency": measure}
    return [as_json("bencher.json", made)]


def samples(stored: Sequence[Stored]) -> list[Document]:
    """Every sample of every session, of one call, a line each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("session", "started", "kernel", "side", "boot", "layout", "metric", "implementation")
        + ("unit", "sample", "value")
    )
    for one in stored:
        for side in one.record["sides"]:
            kernel = clean(kernel_of(side["tree"]))
            head = (one.id, one.record["started"], kernel, side["name"])
            writer.writerows((*head, *row) for row in _samples(side))
    return [Document("samples.csv", out.getvalue())]


def _samples(side: Record) -> Iterator[tuple[object, ...]]:
    for number, boot in enumerate(side["boots"]):
        for one in boot["series"]:
            names = (one["metric"], one["implementation"], one["unit"])
            head = (number, boot["layout"], *map(clean, names))
            for nth, value in enumerate(one["samples"]):
                yield *head, nth, f"{value / one['loops']:.4f}"


def _named(stored: Sequence[Stored]) -> Iterator[tuple[str, Figure]]:
    """What was measured, by names that are the same in every session.

    Problem: a name is there twice, or a session ended early: a tracker cannot be told that."""
    taken: set[str] = set()
    for one in stored:
        if one.record["problems"]:
            raise Problem(f"it ended early: {one.record['problems'][0]}", one.id, "leave it out")
        for side in one.record["sides"]:
            for figure in figures(side):
                name = clean(f"{kernel_of(side['tree'])}/{figure.key}")[:_LONGEST]
                if name in taken:
                    remedy = "a tracker takes one session of a kernel at a time"
                    raise Problem(f"{name} is there twice", one.id, remedy)
                taken.add(name)
                yield name, figure
