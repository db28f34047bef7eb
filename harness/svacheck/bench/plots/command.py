# SPDX-License-Identifier: GPL-2.0
"""The figures of a session: which there are, and how they get into its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from svacheck.bench import stored
from svacheck.bench.plots.ratios import ratios
from svacheck.bench.plots.scaling import scaling, shown
from svacheck.bench.plots.sheets import sheets
from svacheck.bench.plots.spread import spread
from svacheck.bench.plots.style import FORMATS, house, save
from svacheck.errors import Problem

FOLDER = "plots"


def names(record: Mapping[str, Any]) -> list[str]:
    """The files that draw() writes, relative to the session's folder."""
    return [f"{FOLDER}/{stem}.{kind}" for stem, _ in _figures(record) for kind in FORMATS]


def draw(record: Mapping[str, Any], folder: Path) -> None:
    """Draw all of them; Problem if they cannot be written."""
    try:
        for stem, make in _figures(record):
            (folder / FOLDER).mkdir(exist_ok=True)
            with house():
                save(make(), folder / FOLDER / stem)
    except OSError as error:
        raise Problem(
            f"cannot store a figure: {error.strerror}",
            str(folder / FOLDER),
            "what was measured is stored; svacheck bench-plots draws it again",
        ) from error


def _figures(record: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The name of each without its ending, and what makes it."""
    if record["comparisons"]:
        yield "ratios", partial(ratios, record)
    for sheet in sheets(record):
        yield f"samples{sheet.suffix}", partial(spread, sheet)
        if shown(sheet):
            yield f"scaling{sheet.suffix}", partial(scaling, sheet)


def bench_plots(reference: str) -> list[str]:
    """Draw those of a stored session again; where they are."""
    folder, record = stored.load(reference)
    draw(record, folder)
    return [str(folder / name) for name in names(record)]
