# SPDX-License-Identifier: GPL-2.0
"""Several boots of one kernel at once, each in a folder of its own, all ended together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from svacheck.commands import Command, CommandLog
from svacheck.model import Build

Slot = TypeVar("Slot")
Job = TypeVar("Job")
Result = TypeVar("Result")
PAUSE = 0.02  # seconds between two looks for a result


@dataclass
class StoppableLog(CommandLog):
    """A log whose running commands all end, as by an interrupt, once stop is set."""

    stop: threading.Event = field(default_factory=threading.Event)

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path,
        output: Path | None = None,
        append: bool = False,
        environment: Mapping[str, str] | None = None,
        timeout: float | None = None,
        tick: Callable[[], None] | None = None,
    ) -> Command:
        """As CommandLog.run(); raises KeyboardInterrupt when stop is set."""

        def look() -> None:
            if self.stop.is_set():
                raise KeyboardInterrupt
            if tick:
                tick()

        look()
        return super().run(
            argv,
            cwd=cwd,
            output=output,
            append=append,
            environment=environment,
            timeout=timeout,
            tick=look,
        )


def each(
    build: Build,
    jobs: Sequence[Job],
    work: Callable[[Build, Job], Result],
    workers: int,
    stop: threading.Event,
    take: Callable[[Result], None],
    tick: Callable[[], None] = lambda: None,
) -> None:
    """over(), with up to workers at once, each with a build in a folder of its own that no
    other job uses meanwhile: kunit.py writes into it."""
    over([_slot(build, number) for number in range(workers)], jobs, work, stop, take, tick)


def over(
    slots: Sequence[Slot],
    jobs: Sequence[Job],
    work: Callable[[Slot, Job], Result],
    stop: threading.Event,
    take: Callable[[Result], None],
    tick: Callable[[], None] = lambda: None,
) -> None:
    """take(work(slot, job)) for each job, taken in order, as many at once as there are slots.

    tick is called now and then meanwhile. No two jobs have one slot at a time. After an
    exception of one job, or an interrupt, stop is set, results that are there are still
    taken, and then it is raised.
    """
    free: SimpleQueue[Slot] = SimpleQueue()
    for slot in slots:
        free.put(slot)
    # An interrupt may leave the lock of a Future taken for ever, but not these
    results: dict[int, Result] = {}
    troubles: dict[int, BaseException] = {}

    def one(number: int, job: Job) -> None:
        slot = free.get()
        try:
            results[number] = work(slot, job)
        except BaseException as error:
            troubles[number] = error
        finally:
            free.put(slot)

    with ThreadPoolExecutor(len(slots)) as pool:
        try:
            for number, job in enumerate(jobs):
                pool.submit(one, number, job)
            number = 0
            while number < len(jobs):
                if number in troubles:
                    raise troubles[number]
                if number in results:
                    take(results.pop(number))
                    number += 1
                    continue
                time.sleep(PAUSE)
                tick()
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            for number in sorted(results):
                take(results[number])
            raise


def _slot(build: Build, number: int) -> Build:
    """build in a folder that holds nothing but a link to its kernel."""
    folder = build.directory / f"slot-{number}"
    folder.mkdir(exist_ok=True)
    link = folder / "linux"
    link.unlink(missing_ok=True)
    link.symlink_to("../linux")
    return replace(build, directory=folder)
