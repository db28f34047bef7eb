# SPDX-License-Identifier: GPL-2.0
"""How figures look: the same from the same record, whatever matplotlib is set to here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

# Okabe and Ito 2008: told apart by all who see colours in another way, and in grey by marks
COLOURS = ("#0072B2", "#D55E00")
MARKS = ("o", "s")
GREY, FAINT = "#606060", "#D8D8D8"
FORMATS = ("svg", "png")
_SUPER = str.maketrans("0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")

_SETTINGS = {
    "axes.edgecolor": GREY,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "legend.frameon": False,
    "savefig.dpi": 100,
    "svg.fonttype": "none",  # words stay words: small, and found by a search
    "svg.hashsalt": "svacheck",
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
}


@contextmanager
def house() -> Iterator[None]:
    """matplotlib with these settings and none of the user's."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def save(figure: Any, stem: Path) -> None:
    """Write stem.svg and stem.png, with no date in them."""
    for kind in FORMATS:
        nothing = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(f"{stem}.{kind}", metadata=nothing)


def plain(value: float, _: int = 0) -> str:
    """A tick's number as a person writes it."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def duration(value: float, _: int = 0) -> str:
    """A tick of an axis in ns."""
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} ns"


def number(value: int) -> str:
    """A tick of an axis of numbers: large ones by the power of two that they are near."""
    power = round(math.log2(max(1, value)))
    if value < 1024 or value not in (2**power, 2**power - 1):
        return str(value)
    return "2" + str(power).translate(_SUPER) + ("\u22121" if value < 2**power else "")
