# SPDX-License-Identifier: GPL-2.0
"""This machine carries out a plan: so many items at once, the longest first."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from svacheck import slots
from svacheck.fleet import work as works
from svacheck.fleet.planfile import Item, Plan
from svacheck.fleet.work import Work
from svacheck.progress import Progress

# Arguments for an item's command, besides those of the plan
More = Callable[[Item], Sequence[str]]


@dataclass
class _Queue:
    """What is left, in order. Two runs of one kernel would wait for each other in the cache: of
    two workers the second takes the next item of another kernel."""

    plan: Plan
    left: list[Item]
    busy: set[str] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self) -> Item:
        with self.changed:
            while True:
                for item in self.left:
                    kernel = self.plan.whole(item).kernel
                    if kernel not in self.busy:
                        self.left.remove(item)
                        self.busy.add(kernel)
                        return item
                self.changed.wait()

    def give(self, item: Item) -> None:
        with self.changed:
            self.busy.remove(self.plan.whole(item).kernel)
            self.changed.notify_all()


def run(work: Work, items: Sequence[Item], workers: int, more: More, progress: Progress) -> None:
    """Run all that is not done. KeyboardInterrupt: what runs is stopped and not done."""
    left = work.missing(items)
    if not left:
        return
    number = min(workers, len(left))
    jobs = max(1, len(os.sched_getaffinity(0)) // number)
    queue = _Queue(work.plan, list(left))
    stop = threading.Event()
    done: list[Item] = []

    def one(slot: int, _: int) -> tuple[Item, str]:
        item = queue.take()
        try:
            arguments = [*more(item), "--jobs", str(jobs)]
            return item, works.attempt(work, item, arguments, stop)
        finally:
            queue.give(item)

    def tell(result: tuple[Item, str]) -> None:
        item, why = result
        done.append(item)
        seconds = f"expected {item.seconds:.0f} s"
        progress.note(f"{item.id}: " + (f"not done: {why}" if why else f"done ({seconds})"))
        progress.count(len(done), len(left), "items")

    with progress.phase("items"):
        slots.over(range(number), range(len(left)), one, stop, tell, progress.tick)
