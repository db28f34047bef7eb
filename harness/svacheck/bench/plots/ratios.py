# SPDX-License-Identifier: GPL-2.0
"""How many times as long head takes as base: each metric with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from svacheck.bench.compare import Answer
from svacheck.bench.plots.style import FAINT, GREY

ROW, TOP, BOTTOM = 0.17, 1.0, 0.5  # inches: a metric, and the edges
LOOKS = {  # colour, mark
    Answer.SLOWER.value: ("#D55E00", "D"),
    Answer.FASTER.value: ("#0072B2", "v"),
    Answer.SAME.value: ("#303030", "o"),
    Answer.UNCLEAR.value: ("#A0A0A0", "o"),
}
WIDEST = 2.0  # a ratio that is still within the axis
STEPS = (1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0)


def ratios(record: Mapping[str, Any]) -> Any:
    """A column for each implementation, a row for each metric."""
    columns = _columns(record)
    metrics = list(dict.fromkeys(metric for column in columns.values() for metric in column))
    size = (2.2 + 3.1 * len(columns), TOP + BOTTOM + ROW * len(metrics))
    figure = Figure(figsize=size)
    axes = figure.subplots(1, len(columns), squeeze=False, sharey=True)[0]
    figure.subplots_adjust(
        left=2.0 / size[0],
        right=1 - 0.15 / size[0],
        bottom=BOTTOM / size[1],
        top=1 - TOP / size[1],
        wspace=0.08,
    )
    reach = _reach(record)
    for where, (name, column) in zip(axes, columns.items()):
        _axes(where, reach, record["terms"]["margin"])
        where.set_title(name, loc="left")
        for row, metric in enumerate(metrics):
            if metric in column:
                _row(where, row, column[metric], reach)
    axes[0].set_ylim(len(metrics) - 0.3, -0.7)
    axes[0].set_yticks(range(len(metrics)), metrics)
    names = [f"{side['name']} Linux {side['tree']['version']}" for side in record["sides"]]
    boots = " and ".join(str(len(side["boots"])) for side in record["sides"])
    figure.suptitle(f"{names[1]} / {names[0]}: {boots} boots", y=1 - 0.12 / size[1])
    figure.legend(
        handles=_legend(record["terms"]["margin"]),
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - 0.27 / size[1]),
        ncol=5,
    )
    return figure


def _columns(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Implementation to its comparisons by metric; what is of none is in the first."""
    found: dict[str, dict[str, Any]] = {}
    for one in record["comparisons"]:
        metric, _, implementation = one["key"].partition("/")
        found.setdefault(implementation, {})[metric] = one
    common = found.pop("", {})
    first = next(iter(found), "floors")
    return {first: {**common, **found.pop(first, {})}, **found}


def _reach(record: Mapping[str, Any]) -> float:
    """How far from 1 the axis goes, either way."""
    ends = [one[part] for one in record["comparisons"] for part in ("ratio", "low", "high")]
    far: list[float] = [max(one, 1 / one) for one in ends if one]
    least: float = 1 + 2 * record["terms"]["margin"]
    return min(WIDEST, max([least, *far])) * 1.02


def _axes(axes: Any, reach: float, margin: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(1 / reach, reach)
    few = [step for step in STEPS if step < reach][-2:]
    axes.xaxis.set_major_locator(FixedLocator([1 / step for step in few] + [1.0] + few))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    axes.set_xlabel("times as long")
    axes.axvspan(1 / (1 + margin), 1 + margin, color="#E4F1E4", zorder=0)
    axes.axvline(1, color=GREY, linewidth=0.8, zorder=1)
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    axes.tick_params(axis="y", length=0)
    axes.set_axisbelow(True)


def _row(axes: Any, row: int, one: Mapping[str, Any], reach: float) -> None:
    """One that lies beyond the axis is an arrow at its end."""
    colour, mark = LOOKS[one["answer"]]
    if one["high"] is not None:
        axes.hlines(row, max(one["low"], 1 / reach), min(one["high"], reach), color=colour)
    if not 1 / reach <= one["ratio"] <= reach:
        mark = ">" if one["ratio"] > 1 else "<"
    at = min(max(one["ratio"], 1 / reach), reach)
    axes.plot(at, row, mark, color=colour, markersize=4, clip_on=False)


def _legend(margin: float) -> Sequence[Any]:
    made = [
        Line2D([], [], color=colour, marker=mark, markersize=4, label=answer)
        for answer, (colour, mark) in LOOKS.items()
    ]
    made.append(Line2D([], [], color="#E4F1E4", linewidth=7, label=f"within {margin:.0%}"))
    return made
