# SPDX-License-Identifier: GPL-2.0
"""What is drawn into one figure: sides or implementations that are to be held together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from svacheck.bench import stored
from svacheck.bench.series import NOBODY, Series


@dataclass(frozen=True)
class Group:
    """All that has one colour: metric to series, for each boot."""

    boots: Sequence[Mapping[str, Series]]

    def metrics(self) -> list[str]:
        """In the order in which they are measured."""
        return list(dict.fromkeys(metric for boot in self.boots for metric in boot))

    def floor(self, metric: str) -> str:
        """The metric that this one is a multiple of, or "-"."""
        return next((boot[metric].floor for boot in self.boots if metric in boot), NOBODY)

    def values(self, metric: str) -> list[float]:
        """The figure of each boot, in ns."""
        return [boot[metric].value for boot in self.boots if metric in boot]

    def samples(self, metric: str) -> list[float]:
        """All of all boots, by call: multiples of the same boot's floor, or ns without one."""
        found: list[float] = []
        for boot in self.boots:
            series = boot.get(metric)
            if series:
                floor = boot.get(series.floor)
                unit = series.loops * (floor.value if floor else 1.0)
                found += [one / unit for one in series.samples]
        return found


@dataclass(frozen=True)
class Sheet:
    """One figure of a kind. suffix: of its file's name; groups: what is held together."""

    suffix: str
    title: str
    groups: Mapping[str, Group]

    def metrics(self) -> list[str]:
        """Of any group."""
        return list(dict.fromkeys(one for group in self.groups.values() for one in group.metrics()))

    def floor(self, metric: str) -> str:
        """The first that a group has."""
        found = (group.floor(metric) for group in self.groups.values())
        return next((floor for floor in found if floor != NOBODY), NOBODY)


def sheets(record: Mapping[str, Any]) -> list[Sheet]:
    """Implementations on one sheet if there is one side, the two sides on one for each if not."""
    sides = [(one, stored.boots(one)) for one in record["sides"] if one["boots"]]
    if not sides:
        return []
    if len(sides) == 1:
        side, boots = sides[0]
        groups = {name: _group(boots, name) for name in _implementations(boots)}
        return [Sheet("", _tree(side), groups)]
    names = _implementations([boot for _, boots in sides for boot in boots])
    return [
        Sheet(
            f"-{name}" if len(names) > 1 else "",
            f"{name}: {' against '.join(_tree(side) for side, _ in reversed(sides))}",
            {f"{side['name']} {_tree(side)}": _group(boots, name) for side, boots in sides},
        )
        for name in names
    ]


def _tree(side: Mapping[str, Any]) -> str:
    return f"Linux {side['tree']['version']}"


def _implementations(boots: Iterable[Iterable[Series]]) -> list[str]:
    found = (series.implementation for boot in boots for series in boot)
    return [name for name in dict.fromkeys(found) if name != NOBODY] or [NOBODY]


def _group(boots: Iterable[Iterable[Series]], implementation: str) -> Group:
    mine = (implementation, NOBODY)
    return Group(
        [{one.metric: one for one in boot if one.implementation in mine} for boot in boots]
    )
