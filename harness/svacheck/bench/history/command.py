# SPDX-License-Identifier: GPL-2.0
"""svacheck bench-history: has anything become slower, at once or little by little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from svacheck.bench.compare import Terms
from svacheck.bench.history import table
from svacheck.bench.history.changes import Change, Course, find
from svacheck.bench.history.points import History, Point, courses, gather, having
from svacheck.bench.history.ranks import enough
from svacheck.errors import EXIT_FAIL, EXIT_PASS, Problem
from svacheck.places import results_folder
from svacheck.progress import Progress


@dataclass(frozen=True)
class Options:
    """What svacheck bench-history was asked for. kernel: "" for all; metric: a glob; results:
    where sessions lie, None for the usual place."""

    kernel: str = ""
    metric: str = "*"
    terms: Terms = Terms()
    results: Path | None = None


@dataclass(frozen=True)
class Told:
    """What came of it: for programs, for a person, and the exit status."""

    record: dict[str, Any]
    text: str
    status: int


def bench_history(options: Options, progress: Progress) -> Told:
    """Look through all that is stored. Problem: a record that cannot be read, or too few
    sessions for any answer."""
    results = options.results or results_folder()
    if not options.terms.alpha:
        raise Problem("what is never a false alarm is no alarm", "--alpha", "1 is the usual")
    with progress.phase("read"):
        history = gather(results, options.kernel, progress)
    if not history.kernels:
        what = f"no session of {options.kernel or 'any kernel'} counts{_left_out(history)}"
        raise Problem(what, str(results), "make one with: make bench")
    found = {name: courses(points, options.metric) for name, points in history.kernels.items()}
    asked = [one for mine in found.values() for one in mine]
    _ask_for_enough(history, asked, options)
    changes = _find(found, options.terms)
    kernels = [
        _kernel(name, points, len(found[name]), changes[name])
        for name, points in history.kernels.items()
    ]
    record = {
        "schema": 1,
        "host": history.host,
        "terms": {"margin": options.terms.margin, "alpha": options.terms.alpha},
        "metrics": len(asked),
        "fewest": {
            name: enough(len(asked), options.terms.alpha, step=name == "step")
            for name in ("creep", "step")
        },
        "kernels": kernels,
        "left_out": history.left_out,
    }
    slower = any(one["slower"] and not one["undone"] for made in kernels for one in made["changes"])
    text = "\n".join([*table.history(record), ""])
    return Told(record, text, EXIT_FAIL if slower else EXIT_PASS)


def _ask_for_enough(history: History, found: Sequence[Course], options: Options) -> None:
    """Problem if whatever they say could be chance."""
    kernels = history.kernels.values()
    asked = len(found) or sum(len(courses(points, options.metric, 1)) for points in kernels)
    if not asked:
        raise Problem("no metric matches", options.metric, "bench.txt of a session has them")
    least = enough(asked, options.terms.alpha, step=False)
    most = max((len(one.figures) for one in found), default=max(map(len, kernels)))
    if most < least:
        some = f"{most} session{'s' * (most != 1)}"
        what = f"{some} cannot tell a change of {asked} metrics: it takes {least}"
        raise Problem(
            what + _left_out(history),
            str(results_folder()),
            "make bench more often, or ask of fewer: --metric",
        )


def _left_out(history: History) -> str:
    return "".join(f"; left out: {name}: {why}" for name, why in history.left_out.items())


def _find(found: Mapping[str, Sequence[Course]], terms: Terms) -> dict[str, list[Change]]:
    """The changes of each kernel, with one chance of a false alarm for all of them."""
    marked = [replace(one, key=f"{name}\n{one.key}") for name in found for one in found[name]]
    made: dict[str, list[Change]] = {name: [] for name in found}
    for change in find(marked, terms):
        name, _, key = change.key.partition("\n")
        made[name].append(replace(change, key=key))
    return made


def _kernel(
    name: str, points: Sequence[Point], metrics: int, changes: Sequence[Change]
) -> dict[str, Any]:
    return {
        "name": name,
        "metrics": metrics,
        "sessions": [{"id": point.id, "started": point.started} for point in points],
        "changes": [_change(one, having(points, one.key)) for one in changes],
    }


def _change(one: Change, points: Sequence[Point]) -> dict[str, Any]:
    first, last = points[one.first], points[one.last]
    differs = [name for name in first.made_of if first.made_of[name] != last.made_of[name]]
    return {
        "key": one.key,
        "kind": "creep" if one.creep else "step",
        "from": first.id,
        "to": last.id,
        "ratio": one.ratio,
        "low": one.low,
        "high": one.high,
        "total": one.total,
        "p": one.p,
        "slower": one.slower,
        "undone": one.undone,
        "differs": differs,
    }
