# SPDX-License-Identifier: GPL-2.0
"""The same work on many files, on every processor."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from svacheck.errors import Problem
from svacheck.processes import die_with

Job = TypeVar("Job")
Result = TypeVar("Result")
CHUNK = 50  # jobs sent to a process at once: they fit into a pipe, or its death is not seen
FEW = 200  # jobs for which starting processes is not worth while


def over(work: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
    """work(job) for each job, in order. Problem: an OSError of one, with its path, or a process
    was killed."""
    try:
        if len(jobs) <= FEW:
            yield from map(work, jobs)
            return
        workers = min(8, len(os.sched_getaffinity(0)))
        with ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("fork"),
            initializer=_leave_signals_to_the_parent,
            initargs=(os.getpid(),),
        ) as pool:
            yield from pool.map(work, jobs, chunksize=CHUNK)
    except OSError as error:
        raise Problem(
            f"cannot read or write it: {error.strerror}",
            str(error.filename2 or error.filename),
        ) from error
    except BrokenProcessPool as error:
        raise Problem(
            "a process that reads files was killed", remedy="is there memory enough?"
        ) from error


def _leave_signals_to_the_parent(parent: int) -> None:
    die_with(parent)  # or it would keep its locks
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
