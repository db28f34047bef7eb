# SPDX-License-Identifier: GPL-2.0
"""How times grow with the number of PASIDs, threads, ports and devices that are bound."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator

from svacheck.bench.plots.sheets import Group, Sheet
from svacheck.bench.plots.style import COLOURS, FAINT, GREY, MARKS, duration, number


@dataclass(frozen=True)
class Panel:
    """pattern: of its metrics, with the number n and, where there is more than one, the line."""

    title: str
    pattern: str
    unit: str


_BOUND = "devices bound"
PANELS = (
    Panel("block a PASID, set it again", r"reset\.(?P<line>\w+)\.(?P<n>\d+)", "PASIDs set"),
    Panel("look a PASID up", r"lookup\.(?P<line>\w+)\.(?P<n>\d+)", "PASIDs set"),
    Panel("set, block in threads", r"threads\.(?P<n>\d+)(?:\.(?P<line>\w+))?", "threads"),
    Panel("set, block below PCI ports", r"set_block\.pci\.(?P<n>\d+)", "ports above"),
    Panel("map a page, touch, unmap it", r"mmap\.bonds\.(?P<n>\d+)", _BOUND),
    Panel("protect a page, and back", r"mprotect\.bonds\.(?P<n>\d+)", _BOUND),
    Panel("fork, wait for the child", r"fork\.bonds\.(?P<n>\d+)", _BOUND),
    Panel("a child that binds, and ends", r"exit\.bonds\.(?P<n>\d+)", _BOUND),
)
STYLES = {
    "in_order": "-",
    "at_random": "--",
    "pci": "-.",
    "one_device": "-",
    "own_devices": "--",
    "": "-",
}
WIDE, HIGH, TOP, BOTTOM = 4, 2.6, 0.75, 0.65  # panels in a row; a row's inches, and the edges'


def shown(sheet: Sheet) -> list[Panel]:
    """The panels of which something was measured."""
    metrics = sheet.metrics()
    return [one for one in PANELS if any(re.fullmatch(one.pattern, name) for name in metrics)]


def scaling(sheet: Sheet) -> Any:
    """A panel for each thing of which there can be many."""
    panels = shown(sheet)
    deep, across = -(-len(panels) // WIDE), min(WIDE, len(panels))
    size = (max(6.0, 2.75 * across), TOP + BOTTOM + HIGH * deep)
    figure = Figure(figsize=size)
    axes = figure.subplots(deep, across, squeeze=False)
    figure.subplots_adjust(
        left=0.65 / size[0],
        right=1 - 0.15 / size[0],
        bottom=BOTTOM / size[1],
        top=1 - TOP / size[1],
        wspace=0.3,
        hspace=0.5,
    )
    for panel, where in zip(panels, axes.flat):
        _draw(where, sheet, panel)
    for spare in list(axes.flat)[len(panels) :]:
        spare.set_axis_off()
    for row in axes:
        row[0].set_ylabel("time of a call")
    figure.suptitle(f"Median of the boots, and their middle half. {sheet.title}")
    figure.legend(handles=_legend(sheet, panels), loc="lower center", ncol=8)
    return figure


def _draw(axes: Any, sheet: Sheet, panel: Panel) -> None:
    numbers: set[int] = set()
    for nth, group in enumerate(sheet.groups.values()):
        for name, metrics in _lines(group, panel).items():
            _line(axes, group, metrics, nth, STYLES[name])
            numbers.update(metrics)
        for floor in _floors(group, panel):
            axes.axhline(median(group.values(floor)), color=GREY, linestyle=":", linewidth=1)
    axes.set_title(panel.title, loc="left")
    axes.set_xlabel(panel.unit)
    if 0 in numbers:
        axes.set_xscale("symlog", linthresh=1, base=2)
        axes.set_xlim(-0.3, 1.4 * max(numbers))
    else:
        axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(numbers), [number(one) for one in sorted(numbers)])
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=_ticks(high / low), numticks=99))
    axes.yaxis.set_major_formatter(FuncFormatter(duration))
    axes.minorticks_off()
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


def _ticks(reach: float) -> Sequence[float]:
    """Of each decade, for an axis from something to so many times that."""
    if reach > 300:
        return (1,)
    return (1, 2, 5) if reach > 20 else (1, 1.5, 2, 3, 5, 7)


def _lines(group: Group, panel: Panel) -> dict[str, dict[int, str]]:
    """Name of a line to its metrics by their number; one that names no line is in all."""
    found: dict[str, dict[int, str]] = {}
    for metric in group.metrics():
        match = re.fullmatch(panel.pattern, metric)
        if match:
            line = match.groupdict().get("line") or ""
            found.setdefault(line, {})[int(match["n"])] = metric
    common = found.pop("", {}) if len(found) > 1 else {}
    return {name: {**common, **metrics} for name, metrics in found.items()}


def _line(axes: Any, group: Group, metrics: Mapping[int, str], nth: int, style: str) -> None:
    numbers = sorted(metrics)
    parts = [np.percentile(group.values(metrics[number]), (25, 50, 75)) for number in numbers]
    low, middle, high = np.transpose(parts)
    look = {"color": COLOURS[nth], "linewidth": 1.2}
    axes.vlines(numbers, low, high, **look, alpha=0.6)
    axes.plot(numbers, middle, style, marker=MARKS[nth], markersize=3.5, **look)


def _floors(group: Group, panel: Panel) -> list[str]:
    """The metrics that those of a panel are multiples of, if they are none of its own."""
    mine = [one for one in group.metrics() if re.fullmatch(panel.pattern, one)]
    floors = dict.fromkeys(group.floor(one) for one in mine)
    return [one for one in floors if one not in mine and group.values(one)]


def _legend(sheet: Sheet, panels: Sequence[Panel]) -> Sequence[Any]:
    made = [
        Line2D([], [], color=COLOURS[nth], marker=MARKS[nth], markersize=4, label=label)
        for nth, label in enumerate(sheet.groups)
    ]
    groups = sheet.groups.values()
    there = {name for group in groups for panel in panels for name in _lines(group, panel)}
    for style in dict.fromkeys(STYLES.values()):
        names = [name.replace("_", " ") for name in STYLES if name in there - {""}]
        mine = [name for name in names if STYLES[name.replace(" ", "_")] == style]
        if mine:
            made.append(Line2D([], [], color=GREY, linestyle=style, label=", ".join(mine)))
    made.append(Line2D([], [], color=GREY, linestyle=":", label="floor"))
    return made
