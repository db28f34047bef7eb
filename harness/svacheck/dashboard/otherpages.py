# SPDX-License-Identifier: GPL-2.0
"""Pages of what is stored beside the runs."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from pathlib import Path
from typing import Any

from svacheck import brokendrivers
from svacheck.dashboard import metrics, records
from svacheck.dashboard.data import put
from svacheck.dashboard.names import file_of
from svacheck.dashboard.pages import Pages
from svacheck.dashboard.records import Record
from svacheck.errors import Problem
from svacheck.gate import known, report, speed
from svacheck.gate.compare import CLASSES
from svacheck.progress import Progress

SAMPLES = 200_000  # numbers in the data of a metric; older sessions come without theirs


def write(pages: Pages, folder: Path, progress: Progress) -> None:
    """All of them, of what is in a results folder."""
    _gates(pages, folder)
    _metrics(pages, folder, progress)
    _drivers(pages, folder)
    _mutants(pages, folder)
    _certificates(pages, folder)
    _issues(pages, folder)


def _gates(pages: Pages, folder: Path) -> None:
    found = records.gates(folder)
    pages.write("gates.html", "gates", gates=found, classes=CLASSES)
    for one in found:
        if not one.trouble:
            _gate(pages, one)


def _gate(pages: Pages, one: Record) -> None:
    its = one.content
    pages.write(
        f"gates/{file_of(one.id)}.html",
        "gate",
        it=its,
        classes=CLASSES,
        headline=report.headline(its),
        speed=speed.said(its["speed"]) if its["speed"] else "",
    )


def _metrics(pages: Pages, folder: Path, progress: Progress) -> None:
    found = metrics.gather(folder, progress)
    pages.write("metrics.html", "metrics", metrics=found)
    for key, metric in found.all.items():
        file = file_of(key.replace("/", "."))
        put(pages.out / "data" / "metrics" / f"{file}.js", "metric", _sittings(metric))
        pages.write(f"metrics/{file}.html", "metric", metric=metric, file=file, found=found)


def _sittings(metric: metrics.Metric) -> dict[str, Any]:
    """Its data, the samples of as many sessions as there is room for, the newest first."""
    left, made = SAMPLES, []
    for one in reversed(metric.sittings):
        told = asdict(one)
        left -= sum(map(len, one.samples))
        if left < 0:
            told["samples"] = []
        made.append(told)
    changes = [
        {name: one[name] for name in ("kernel", "from", "to", "slower")} for one in metric.changes
    ]
    return {"key": metric.key, "sittings": made[::-1], "changes": changes}


def _drivers(pages: Pages, folder: Path) -> None:
    found = records.drivers(folder)
    pages.write("drivers.html", "drivers", matrices=[(one, _marks(one)) for one in found])


def _marks(record: Record) -> dict[str, Any]:
    """The rules that any driver breaks or should break, and what is in each cell."""
    if record.trouble:
        return {}
    rows = [brokendrivers.Row(**row) for row in record.content["drivers"]]
    return {"rules": brokendrivers.columns(rows), "rows": rows, "mark": brokendrivers.mark}


def _mutants(pages: Pages, folder: Path) -> None:
    pages.write("mutants.html", "mutants", campaigns=records.mutants(folder))


def _certificates(pages: Pages, folder: Path) -> None:
    found = records.certificates(folder)
    pages.write("certificates.html", "certificates", certificates=found)
    for one in found:
        if not one.trouble:
            path = f"certificates/{file_of(one.id)}.html"
            pages.write(path, "certificate", it=one.content, folder=one.folder)


def _issues(pages: Pages, folder: Path) -> None:
    trouble, issues = "", []
    try:
        issues = known.load_all()
    except Problem as problem:
        trouble = str(problem)
    pages.write(
        "issues.html",
        "issues",
        issues=issues,
        trouble=trouble,
        findings=list(records.findings(folder)),
        finding_of=records.finding_of,
        today=datetime.date.today(),
    )
