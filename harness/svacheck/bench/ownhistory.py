# SPDX-License-Identifier: GPL-2.0
"""What bench-self has measured, beside what it measured before on the same machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from svacheck.places import results_folder

KIND = "bench-self-"
RECORD = "self.json"
Record = Mapping[str, Any]


def load() -> list[dict[str, Any]]:
    """The sessions that are stored, the oldest first."""
    found = []
    for file in sorted(results_folder().glob(f"{KIND}*/{RECORD}")):
        try:
            record = json.loads(file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue  # it is of no use, and of no harm
        if isinstance(record, dict) and "host" in record and "measured" in record:
            found.append(record)
    return found


def alike(one: Record, other: Record) -> bool:
    """Whether two sessions are of the same machine: its load is what differs at all times."""
    return {**one["host"], "load": 0} == {**other["host"], "load": 0}


def rows(record: Record, earlier: Sequence[Record]) -> list[dict[str, Any]]:
    """A row for each command, and below it one for each of its phases: the medians of its
    seconds and CPU-seconds, those of each session before, and what the latter are multiplied by."""
    before = [figures(one) for one in earlier if alike(one, record)]
    made = []
    for key, now in figures(record).items():
        then = [one[key] for one in before if key in one]
        row: dict[str, Any] = {"section": key[0], "command": key[1], "phase": key[2], **now}
        row["sessions"] = len(then)
        for name in ("seconds", "cpu", "rate"):
            middle = median(one[name] for one in then) if then else 0.0
            row[f"{name}_before"] = round(middle, 3)
            row[f"{name}_ratio"] = round(now[name] / middle, 3) if middle else None
        made.append(row)
    return made


def figures(record: Record) -> dict[tuple[str, str, str], dict[str, float]]:
    """Section, command and phase ("" for all) to medians over what was measured of it."""
    found: dict[tuple[str, str, str], list[tuple[float, float, float]]] = {}
    for one in record["measured"]:
        key = (one["section"], one["command"])
        found.setdefault((*key, ""), []).append((one["seconds"], one["cpu"], one["rate"]))
        for phase, seconds in one["phases"].items():
            cpu = one["cpu_phases"].get(phase, 0.0)
            found.setdefault((*key, phase), []).append((seconds, cpu, 0.0))
    return {key: _medians(values) for key, values in found.items()}


def _medians(values: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    names = ("seconds", "cpu", "rate")
    made = {name: round(median(column), 3) for name, column in zip(names, zip(*values))}
    return {**made, "times": len(values)}


def table(record: Record) -> Iterator[str]:
    """The rows as text, what has none but little time left out."""
    yield f"{'':28}{'seconds':>9}{'CPU':>9}{'before':>9}{'ratio':>7}"
    for row in record["rows"]:
        if row["phase"] and max(row["seconds"], row["cpu"]) < 0.05:
            continue
        name = f"  {row['phase']}" if row["phase"] else row["section"]
        before = f"{row['cpu_before']:9.1f}" if row["sessions"] else f"{'-':>9}"
        ratio = f"{row['cpu_ratio']:7.2f}" if row["cpu_ratio"] is not None else f"{'-':>7}"
        yield f"{name:28.28}{row['seconds']:9.1f}{row['cpu']:9.1f}{before}{ratio}"
        if row["rate"]:
            yield _rate(row)
    sessions = max((row["sessions"] for row in record["rows"]), default=0)
    host = record["host"]
    yield ""
    yield (
        f"medians, of up to {sessions} sessions before; Linux {record['kernel']}, lane"
        f" {record['lane']}, {host['cpus']} processors, load {host['load']}"
    )
    for problem in record["problems"]:
        yield f"ERROR  {problem}"


def _rate(row: Record) -> str:
    ratio = f", {row['rate_before']:.1f} before" if row["rate_ratio"] is not None else ""
    return f"  {row['rate']:.1f} mutants a CPU-minute{ratio}"
