# SPDX-License-Identifier: GPL-2.0
"""A file for the textfile collector of Prometheus' node exporter.

By its documentation: HELP and TYPE before the samples of a name, which stand together, and no
timestamps. It reads all *.prom of a folder, at any time: let --output replace one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from svacheck.export.document import Document
from svacheck.export.stored import Record, Stored, figures
from svacheck.export.text import clean
from svacheck.store.digest import kernel_of

Sample = tuple[dict[str, str], float]
_VERDICTS = ("pass", "fail", "error")
_COUNTS = {"pass": "passed", "fail": "failed", "error": "errors", "skip": "skipped"}
_RULES = ("kept", "broken", "error", "not covered", "not bound")


def make(stored: Sequence[Stored]) -> list[Document]:
    """One file; of several runs with the same labels, the newest."""
    runs = [one.record for one in _newest(one for one in stored if not one.bench)]
    sessions = [one.record for one in sorted(stored, key=_when) if one.bench]
    families: list[tuple[str, str, Iterable[Sample]]] = [
        ("run_verdict", "1 for the verdict of the newest run, 0 for the others.", _verdicts(runs)),
        ("run_cases", "Cases of the newest run by what they came to.", _cases(runs)),
        ("run_rules", "Rules of the newest run by what they came to.", _rules(runs)),
        ("run_seconds", "How long the newest run took.", _each(runs, lambda run: run["seconds"])),
        ("run_start_time_seconds", "When the newest run began.", _each(runs, _began)),
        ("bench_seconds", "Median time of one call in the newest session.", _times(sessions)),
    ]
    return [Document("svacheck.prom", "".join(_family(*one) for one in families))]


def _newest(stored: Iterable[Stored]) -> list[Stored]:
    found = {tuple(_labels(one.record).items()): one for one in sorted(stored, key=_when)}
    return list(found.values())


def _when(one: Stored) -> tuple[str, str]:
    return one.record["started"], one.id


def _labels(run: Record) -> dict[str, str]:
    return {"kernel": kernel_of(run["tree"]), "lane": run["lane"], "selection": run["select"]}


def _verdicts(runs: Sequence[Record]) -> Iterator[Sample]:
    for run in runs:
        for verdict in _VERDICTS:
            yield {**_labels(run), "verdict": verdict}, float(run["verdict"] == verdict)


def _cases(runs: Sequence[Record]) -> Iterator[Sample]:
    for run in runs:
        for status, name in _COUNTS.items():
            yield {**_labels(run), "status": status}, run["counts"][name]


def _rules(runs: Sequence[Record]) -> Iterator[Sample]:
    for run in runs:
        for verdict in _RULES:
            count = sum(rule["verdict"] == verdict for rule in run["rules"])
            yield {**_labels(run), "verdict": verdict}, count


def _each(runs: Sequence[Record], value: Callable[[Record], Any]) -> Iterator[Sample]:
    for run in runs:
        yield _labels(run), float(value(run))


def _began(run: Record) -> float:
    from datetime import datetime

    return datetime.fromisoformat(run["started"].replace("Z", "+00:00")).timestamp()


def _times(sessions: Sequence[Record]) -> Iterator[Sample]:
    found: dict[tuple[tuple[str, str], ...], Sample] = {}
    for session in sessions:
        if session["problems"]:
            continue  # it ended early, and the one before is better than half of one
        for side in session["sides"]:
            for figure in figures(side):
                labels = {
                    "kernel": kernel_of(side["tree"]),
                    "side": side["name"],
                    "metric": figure.metric,
                    "implementation": figure.implementation,
                }
                found[tuple(labels.items())] = labels, figure.median * 1e-9
    yield from found.values()


# ---- the format ----


def _family(name: str, text: str, samples: Iterable[Sample]) -> str:
    lines = [f"svacheck_{name}{_of(labels)} {_number(value)}\n" for labels, value in samples]
    if not lines:
        return ""
    return f"# HELP svacheck_{name} {text}\n# TYPE svacheck_{name} gauge\n" + "".join(lines)


def _of(labels: dict[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + pairs + "}"


def _escaped(value: str) -> str:
    return clean(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return repr(float(value)) if value != int(value) else str(int(value))
