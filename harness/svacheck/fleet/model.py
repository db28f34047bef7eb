# SPDX-License-Identifier: GPL-2.0
"""How long a plan takes for so many workers, by what its items are expected to take.

Workers take the longest item that is left; whatever a worker has to do before the first boot of
an item is a part of that item. So the time is never below that of the longest item, and from some
number of workers on nothing gets shorter but by smaller items.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from svacheck.fleet.planfile import Plan

WORKERS = (1, 2, 4, 8, 16, 32, 100, 1000)


@dataclass(frozen=True)
class Row:
    """For a number of workers. seconds: until the last is done; gain: by what factor that is
    quicker than one; busy: percent of the workers' time that is spent on items."""

    workers: int
    seconds: float
    gain: float
    busy: float


def makespan(seconds: Sequence[float], workers: int) -> float:
    """When the last of these is done, if each worker takes the longest that is left."""
    loads = [0.0] * min(workers, max(1, len(seconds)))
    for one in sorted(seconds, reverse=True):
        heapq.heapreplace(loads, loads[0] + one)
    return max(loads)


def rows(plan: Plan, overhead: float, workers: Sequence[int] = WORKERS) -> list[Row]:
    """The table. overhead: seconds that an engine adds to each item."""
    times = [item.seconds + overhead for item in plan.items]
    whole = sum(times)
    found = []
    for number in workers:
        took = makespan(times, number)
        busy = 100 * whole / (number * took) if took else 0.0
        found.append(Row(number, took, whole / took if took else 1.0, busy))
    return found


def saturation(plan: Plan, overhead: float) -> int:
    """The number of workers from which on more of them change nothing."""
    times = [item.seconds + overhead for item in plan.items]
    least = max(times)
    low, high = 1, len(times)
    while low < high:
        middle = (low + high) // 2
        if makespan(times, middle) > least * 1.0001:
            low = middle + 1
        else:
            high = middle
    return low


def table(plan: Plan, overhead: float) -> list[str]:
    """As Markdown, with what bounds it."""
    longest = max(plan.items, key=lambda item: item.seconds)
    fixed = sum(item.fixed for item in plan.items)
    whole = sum(item.seconds for item in plan.items)
    number = saturation(plan, overhead)
    lines = ["| workers | seconds | times as quick | busy |", "|---|---|---|---|"]
    lines += [
        f"| {row.workers} | {row.seconds:.0f} | {row.gain:.1f} | {row.busy:.0f} % |"
        for row in rows(plan, overhead)
    ]
    guesses = len({item.id for item in plan.items if item.basis.startswith("a guess")})
    return [
        *lines,
        "",
        f"{len(plan.items)} items of {len(plan.wholes)} wholes, {whole:.0f} s in all, of which"
        f" {fixed:.0f} s before the first boots; {overhead:.0f} s more for each are the engine's.",
        f"Longest: {longest.id}, {longest.seconds:.0f} s ({longest.basis}).",
        f"More than {number} workers change nothing.",
        *([f"{guesses} items are guesses: nothing like them is stored."] if guesses else []),
    ]
