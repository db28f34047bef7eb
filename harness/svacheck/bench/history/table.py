# SPDX-License-Identifier: GPL-2.0
"""What has changed over many sessions, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from svacheck.bench.table import columns

IDLE = "floor.spin"  # calls nothing of the kernel's


def history(record: Mapping[str, Any]) -> Iterator[str]:
    """What happened when, by kernel; then what was looked at, and what was not."""
    for kernel in record["kernels"]:
        for (kind, first, last), changes in _when(kernel["changes"]).items():
            yield f"{kernel['name']}: {_heading(kind, first, last, changes[0]['differs'])}"
            yield from columns([_row(one) for one in changes])
            if any(one["key"] == IDLE for one in changes):
                yield f"  {IDLE} calls nothing: the machine has changed, or the compiler"
            yield ""
    host = record["host"]
    yield f"on {host['cpus']} processors ({host['processor']}), {host['distribution']}"
    for kernel in record["kernels"]:
        yield _tally(kernel, record["fewest"]["creep"])
    yield _reach(record)
    for name, why in record["left_out"].items():
        yield f"left out  {name}: {why}"


def _when(changes: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], list[Any]]:
    """What happened at the same time, together; the worst first."""
    found: dict[tuple[str, str, str], list[Any]] = {}
    for one in sorted(changes, key=lambda one: (one["from"], one["kind"], -float(one["total"]))):
        found.setdefault((one["kind"], one["from"], one["to"]), []).append(one)
    return found


def _heading(kind: str, first: str, last: str, differs: Sequence[str]) -> str:
    if kind == "creep":
        return f"little by little from {first} to {last}"
    other = f" (another {', '.join(differs)})" if differs else " (nothing that was built differs)"
    return f"between {first} and {last}{other}"


def _row(one: Mapping[str, Any]) -> Sequence[str]:
    interval = f"({_percent(one['low'])} to {_percent(one['high'])})"
    size = _percent(one["ratio"]) + " %"
    if one["kind"] == "creep":
        size, interval = size + " a week", f"{interval}, {_percent(one['total'])} % in all"
    answer = "slower" if one["slower"] else "faster"
    since = ", undone since" if one["undone"] else ""
    return ("", one["key"], size, interval, f"p {one['p']:.1g}", answer + since)


def _percent(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.1f}"


def _tally(kernel: Mapping[str, Any], fewest: int) -> str:
    sessions, changes = kernel["sessions"], kernel["changes"]
    days = " to ".join(sessions[at]["started"][:10] for at in (0, -1))
    some = f"{kernel['name']}: {len(sessions)} session{'s' * (len(sessions) != 1)}, {days}"
    if len(sessions) < fewest:
        return f"{some}; it takes {fewest} to tell"
    slower = {one["key"] for one in changes if one["slower"] and not one["undone"]}
    faster = {one["key"] for one in changes if not one["slower"]} - slower
    told = f"{len(slower)} slower, {len(faster)} faster"
    return (
        f"{kernel['name']}: {len(sessions)} sessions, {days}; {kernel['metrics']} metrics: {told}"
    )


def _reach(record: Mapping[str, Any]) -> str:
    """What so many sessions can tell at all."""
    most = max(len(kernel["sessions"]) for kernel in record["kernels"])
    alpha, margin = record["terms"]["alpha"], record["terms"]["margin"]
    text = f"any false alarm: {alpha:.1%} at most; within {margin:.1%} is no change"
    if most >= record["fewest"]["step"]:
        return text
    fewer = f"--metric asks of fewer than {record['metrics']} metrics"
    return f"{text}; a sudden change shows with {record['fewest']['step']} sessions ({fewer})"
