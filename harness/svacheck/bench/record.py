# SPDX-License-Identifier: GPL-2.0
"""bench.json and samples.csv: all that was measured, and what it comes to."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from svacheck import provenance
from svacheck.bench.compare import Comparison
from svacheck.bench.counting.changes import Change
from svacheck.bench.rivals import rivals
from svacheck.bench.series import Series
from svacheck.bench.session import Timed
from svacheck.commands import Command
from svacheck.places import BENCH_SCHEMA
from svacheck.results import Run, schema_fault

SCHEMA = 1
RECORD, SAMPLES, TEXT = "bench.json", "samples.csv", "bench.txt"
KIND = "bench-"  # what the folders of sessions begin with
BOOTS = "boots"  # the folder of the consoles


def host() -> dict[str, Any]:
    """Where times were measured: with the model of the processor."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        told = ""
    model = re.search(r"^model name\s*: (.+)$", told, re.MULTILINE)
    return {**provenance.describe_host(), "processor": model[1] if model else "unknown"}


def side(timed: Timed) -> dict[str, Any]:
    """A side with all its boots."""
    return {
        "name": timed.name,
        "tree": {
            "name": timed.side.tree.name,
            "kind": timed.side.tree.kind,
            "version": timed.side.tree.version,
            "identity": timed.side.tree.identity,
        },
        "overlay_sha256": timed.side.overlay_sha256,
        "layouts": len(timed.side.layouts),
        "compiler": timed.side.layouts[0].compiler,
        "kernel_args": list(timed.args),
        "boots": _boots(timed, timed.boots, ""),
        "counted": _boots(timed, timed.counted, "counted."),
        "rivals": [asdict(one) for one in rivals(timed.boots)],
    }


def _boots(timed: Timed, boots: Sequence[Sequence[Series]], kind: str) -> list[dict[str, Any]]:
    return [
        {
            "console": f"{BOOTS}/{timed.name}.{kind}{nth}.console",
            "layout": nth % len(timed.side.layouts),
            "series": [_series(series) for series in boot],
        }
        for nth, boot in enumerate(boots)
    ]


def _series(one: Series) -> dict[str, Any]:
    return {**asdict(one), "samples": list(one.samples)}


def comparison(one: Comparison) -> dict[str, Any]:
    """A comparison as bench.json has it; high is null if there were too few boots for one."""
    enough = one.high != float("inf")
    return {
        "key": one.key,
        "ratio": one.ratio,
        "low": one.low if enough else None,
        "high": one.high if enough else None,
        "p": one.p,
        "boots": list(one.boots),
        "answer": one.answer.value,
    }


def change(one: Change) -> dict[str, Any]:
    """What became of a metric's instructions, as bench.json has it."""
    return {**asdict(one), "answer": one.answer.value}


def keep(run: Run, made: dict[str, Any], commands: Sequence[Command]) -> Path:
    """Store a session, whole; its folder. ValueError: it does not fit the schema, which is a
    defect of this program."""
    fault = schema_fault(made, BENCH_SCHEMA)
    if fault:
        raise ValueError(f"{RECORD} does not fit its schema: {fault}")
    return run.keep(RECORD, made, commands)


def samples(sides: Sequence[dict[str, Any]]) -> str:
    """Every sample as a line of CSV: side, boot, layout, metric, implementation, unit, value.

    The value is that of one call: the batch's time divided by its calls.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("side", "boot", "layout", "metric", "implementation", "unit", "sample", "value")
    )
    for one in sides:
        for number, boot in enumerate(one["boots"]):
            for series in boot["series"]:
                head = (one["name"], number, boot["layout"], series["metric"])
                for nth, value in enumerate(series["samples"]):
                    figure = f"{value / series['loops']:.4f}"
                    writer.writerow((*head, series["implementation"], series["unit"], nth, figure))
    return out.getvalue()
