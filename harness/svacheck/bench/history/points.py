# SPDX-License-Identifier: GPL-2.0
"""What stored sessions say of each kernel, as courses of its metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from svacheck.bench import stored
from svacheck.bench.compare import FEWEST as FEWEST_BOOTS
from svacheck.bench.history.changes import Course
from svacheck.bench.history.ranks import FEWEST
from svacheck.bench.record import KIND
from svacheck.bench.series import values
from svacheck.progress import Progress
from svacheck.results import stored as folders

_WEEK = 7 * 24 * 3600
_LOAD = "load"  # what of a host may differ


@dataclass(frozen=True)
class Point:
    """One session's word on a kernel. made_of: what it may differ in from another one;
    figures: key of a metric to the middle of its boots, in ns."""

    id: str
    started: str
    made_of: Mapping[str, Any]
    figures: Mapping[str, float]

    @property
    def weeks(self) -> float:
        """When that was."""
        return datetime.fromisoformat(self.started).timestamp() / _WEEK


@dataclass
class History:
    """Sessions of one host. kernels: name of a kernel to what was said of it, the oldest
    first; left_out: id of a session to why it counts for nothing."""

    host: Mapping[str, Any] = field(default_factory=dict)
    kernels: dict[str, list[Point]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def gather(results: Path, kernel: str, progress: Progress) -> History:
    """All that is stored, of the host of the newest session; kernel: "" for all of them.

    Problem: a record that cannot be read, since what it says would be missed."""
    found = folders(results, KIND)
    records = []
    for nth, folder in enumerate(found):
        records.append(_brief(stored.read(folder)))
        progress.count(nth + 1, len(found), "sessions")
    records.sort(key=lambda one: str(one["started"]))
    history = History(records[-1]["host"] if records else {})
    for one in records:
        mine = [(name, point) for name, point in one["points"] if kernel in ("", name)]
        why = _unfit(one, history.host)
        if why and mine:
            history.left_out[one["id"]] = why
        for name, point in mine if not why else ():
            history.kernels.setdefault(name, []).append(point)
    return history


def _brief(record: dict[str, Any]) -> dict[str, Any]:
    """A session without its samples."""
    return {
        "id": record["id"],
        "started": record["started"],
        "host": {name: value for name, value in record["host"].items() if name != _LOAD},
        "problems": record["problems"],
        "points": list(_points(record)),
    }


def _points(record: Mapping[str, Any]) -> Iterator[tuple[str, Point]]:
    """One for each kernel: two sides that are one are no two sessions."""
    sides: dict[str, list[Any]] = {}
    for side in record["sides"]:
        if not side["kernel_args"]:
            sides.setdefault(side["tree"]["name"], []).append(side)
    for name, mine in sides.items():
        boots = [boot for side in mine for boot in stored.boots(side)]
        figures = {
            key: float(np.exp(np.median(np.log(some))))
            for key, some in values(boots).items()
            if len(some) >= FEWEST_BOOTS
        }
        newest = mine[-1]
        made_of = {
            "kernel": f"{newest['tree']['version']} {sorted(newest['tree']['identity'].items())}",
            "suites": newest["overlay_sha256"],
            "compiler": newest["compiler"],
            "layouts": newest["layouts"],
        }
        yield name, Point(record["id"], record["started"], made_of, figures)


def _unfit(one: Mapping[str, Any], host: Mapping[str, Any]) -> str:
    """Why a session cannot be held against others, or ""."""
    other = [f"{name} {one['host'][name]}" for name in host if one["host"][name] != host[name]]
    if other:
        return f"another host: {', '.join(other)}"
    if one["problems"]:
        return f"it ended early: {one['problems'][0]}"
    if not any(point.figures for _, point in one["points"]):
        return f"fewer than {FEWEST_BOOTS} boots"
    return ""


def having(points: Sequence[Point], key: str) -> list[Point]:
    """Those that a metric's course goes through."""
    return [point for point in points if key in point.figures]


def courses(points: Sequence[Point], glob: str, fewest: int = FEWEST) -> list[Course]:
    """The metrics that match, METRIC or METRIC/IMPLEMENTATION, and that are in enough of them."""
    keys = dict.fromkeys(key for point in points for key in point.figures)
    made = []
    for key in keys:
        mine = having(points, key)
        named = any(fnmatchcase(name, glob) for name in (key, key.partition("/")[0]))
        if named and len(mine) >= fewest:
            figures = [point.figures[key] for point in mine]
            made.append(Course(key, [point.weeks for point in mine], figures))
    return made
