# SPDX-License-Identifier: GPL-2.0
"""What was measured, and what was compared, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median, quantiles
from typing import Any

from svacheck.bench.compare import Answer, Comparison
from svacheck.bench.series import undisturbed

_HEADINGS = ("metric", "implementation", "ns", "between boots", "instructions", "floor")


def figures(side: Mapping[str, Any]) -> Iterator[str]:
    """A line for each metric: its time by call, the middle half of the boots, how many times
    its floor that is, and its instructions; what it measures stands in bench.json."""
    floors = {
        series["metric"]: series["floor"] for boot in side["boots"] for series in boot["series"]
    }
    values, counts = _values(side["boots"]), _values(side.get("counted", []))
    rows: list[Sequence[str]] = [_HEADINGS]
    for (metric, implementation), found in values.items():
        low, middle, high = _quartiles(found)
        floor = values.get((floors[metric], implementation)) or values.get((floors[metric], "-"))
        times = f"x {middle / median(floor):.1f} {floors[metric]}" if floor else ""
        between = f"{low:.1f} to {high:.1f}"
        counted = counts.get((metric, implementation))
        instructions = f"{min(counted):.0f}" if counted else ""
        rows.append((metric, implementation, f"{middle:.1f}", between, instructions, times))
    yield from columns(rows, (2, 4))


def _values(boots: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[float]]:
    """Metric and implementation to the figures of the boots that have it, by call."""
    found: dict[tuple[str, str], list[float]] = {}
    for boot in boots:
        for series in boot["series"]:
            value = undisturbed(series["samples"]) / series["loops"]
            found.setdefault((series["metric"], series["implementation"]), []).append(value)
    return found


def rivals(side: Mapping[str, Any]) -> Iterator[str]:
    """A line for each metric of two implementations; nothing if the kernel has one."""
    rows: list[Sequence[str]] = [("metric", "implementations", "ratio", "95 % interval")]
    for one in side["rivals"]:
        interval = "-" if one["high"] is None else f"{one['low']:.3f} to {one['high']:.3f}"
        pair = f"{one['one']} / {one['other']}"
        rows.append((one["metric"], pair, f"{one['ratio']:.3f}", interval))
    if len(rows) > 1:
        yield ""
        yield from columns(rows)


def comparisons(answers: Iterable[Comparison], base: str, head: str) -> Iterator[str]:
    """A line for each metric; what is slower stands first."""
    order = list(Answer)
    rows: list[Sequence[str]] = [("metric", f"{head} / {base}", "interval", "p", "")]
    for one in sorted(answers, key=lambda one: (order.index(one.answer), one.key)):
        interval = "-" if one.high == float("inf") else f"{one.low:.3f} to {one.high:.3f}"
        rows.append((one.key, f"{one.ratio:.3f}", interval, f"{one.p:.2g}", one.answer.value))
    yield from columns(rows)


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return low, middle, high


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = (2,)) -> Iterator[str]:
    """The rows with their cells below each other; right: columns of numbers."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths))
        )
        yield "  ".join(cells).rstrip()
