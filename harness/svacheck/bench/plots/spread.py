# SPDX-License-Identifier: GPL-2.0
"""How far the samples of each metric lie apart, as multiples of its floor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from svacheck.bench.plots.sheets import Sheet
from svacheck.bench.plots.style import COLOURS, FAINT, GREY, MARKS, plain
from svacheck.bench.series import NOBODY

ROW, TOP, BELOW = 0.19, 0.65, 0.55  # inches: a metric, the title, the numbers of an axis
PARTS = (5, 25, 50, 75, 95)  # percent of the samples


def spread(sheet: Sheet) -> Any:
    """A row for each metric; above, in ns, those that are no multiple of anything."""
    floors = [one for one in sheet.metrics() if sheet.floor(one) == NOBODY]
    others = [one for one in sheet.metrics() if sheet.floor(one) != NOBODY]
    parts = [part for part in (floors, others) if part]
    heights = [ROW * (len(part) + 1) for part in parts]
    total = TOP + sum(heights) + BELOW * len(parts)
    figure = Figure(figsize=(8.5, total))
    at = total - TOP
    for part, height in zip(parts, heights):
        place = (0.25, (at - height) / total, 0.6, height / total)
        _rows(figure.add_axes(place), sheet, part, "ns" if part is floors else "times its floor")
        at -= height + BELOW
    figure.suptitle(f"Samples of all boots, by call. {sheet.title}", y=1 - 0.15 / total)
    figure.legend(
        handles=_legend(sheet),
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - 0.25 / total),
        ncol=len(sheet.groups) + 2,
    )
    return figure


def _rows(axes: Any, sheet: Sheet, metrics: Sequence[str], unit: str) -> None:
    apart = 0.36 / max(1, len(sheet.groups) - 1)
    for nth, group in enumerate(sheet.groups.values()):
        for row, metric in enumerate(metrics):
            samples = group.samples(metric)
            if samples:
                height = row + (nth - (len(sheet.groups) - 1) / 2) * apart
                _row(axes, height, samples, nth)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(plain))
    axes.set_xlabel(unit)
    axes.set_ylim(len(metrics) - 0.3, -0.7)
    axes.set_yticks(range(len(metrics)), metrics)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    for row, metric in enumerate(metrics):
        if row % 2:
            axes.axhspan(row - 0.5, row + 0.5, color="#F4F4F4", zorder=0)
        if sheet.floor(metric) != NOBODY:
            where = {"xy": (1.01, row), "xycoords": ("axes fraction", "data")}
            axes.annotate(sheet.floor(metric), **where, va="center", color=GREY, fontsize=7)


def _row(axes: Any, height: float, samples: Sequence[float], nth: int) -> None:
    """A thin line, a thick one and a mark: of very many samples more cannot be seen."""
    least, low, middle, high, most = np.percentile(samples, PARTS)
    colour = COLOURS[nth % len(COLOURS)]
    axes.hlines(height, least, most, color=colour, linewidth=0.8)
    axes.hlines(height, low, high, color=colour, linewidth=3, alpha=0.55)
    axes.plot(middle, height, MARKS[nth % len(MARKS)], color=colour, markersize=3)


def _legend(sheet: Sheet) -> list[Any]:
    made = [
        Line2D([], [], color=COLOURS[nth % 2], marker=MARKS[nth % 2], markersize=4, label=label)
        for nth, label in enumerate(sheet.groups)
    ]
    grey = {"color": GREY}
    made.append(Line2D([], [], **grey, linewidth=3, alpha=0.55, label="middle half, median"))
    made.append(Line2D([], [], **grey, linewidth=0.8, label="5 to 95 %"))
    return made
