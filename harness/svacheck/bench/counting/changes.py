# SPDX-License-Identifier: GPL-2.0
"""Does a call take more instructions than it did? Every boot of a kernel counts alike, so
there is no chance in the answer, and two boots of each suffice to see that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

SHOWN = 3  # metrics that a line names


class Counted(Enum):
    """What a comparison of instructions came to."""

    MORE = "more"
    FEWER = "fewer"
    SAME = "same"
    VARIES = "varies"  # from boot to boot, by more than could be told from a difference


@dataclass(frozen=True)
class Change:
    """Instructions of a call in base and head; ratio: of head's to base's."""

    key: str
    base: float
    head: float
    ratio: float
    answer: Counted


def changes(
    base: Mapping[str, Sequence[float]], head: Mapping[str, Sequence[float]], margin: float
) -> list[Change]:
    """Of every metric that both sides have; margin: a ratio below 1 + margin is of no interest."""
    return [_change(key, base[key], head[key], margin) for key in base if key in head]


def _change(key: str, base: Sequence[float], head: Sequence[float], margin: float) -> Change:
    least, most = min(head) / max(base), max(head) / min(base)
    if least > 1 + margin:
        answer = Counted.MORE
    elif most < 1 / (1 + margin):
        answer = Counted.FEWER
    elif 1 / (1 + margin) <= least and most <= 1 + margin:
        answer = Counted.SAME
    else:
        answer = Counted.VARIES
    return Change(key, min(base), min(head), min(head) / min(base), answer)


def said(found: Sequence[Change], margin: float) -> str:
    """The answer in a line, what has grown first."""
    if not found:
        return "not counted"
    tally = ", ".join(
        f"{sum(one.answer is kind for one in found)} {kind.value}" for kind in Counted
    )
    named = "".join(f"; {text}" for text in _named(found))
    return f"instructions of {len(found)} metrics: {tally} (margin {margin:.1%}){named}"


def _named(found: Sequence[Change]) -> Iterator[str]:
    """The largest changes upwards, then downwards."""
    for kind, direction in ((Counted.MORE, -1), (Counted.FEWER, 1)):
        mine = sorted(
            (one for one in found if one.answer is kind), key=lambda one: direction * one.ratio
        )
        for one in mine[:SHOWN]:
            yield f"{one.key} {one.base:.0f} to {one.head:.0f} ({one.ratio - 1:+.1%})"
        if mine[SHOWN:]:
            yield f"{len(mine) - SHOWN} more {kind.value}"
