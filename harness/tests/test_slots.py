# SPDX-License-Identifier: GPL-2.0
"""Jobs side by side: in order, each in a folder of its own, and ended together."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from pathlib import Path

import pytest

from svacheck.model import Build, Lane
from svacheck.slots import StoppableLog, each


@pytest.fixture
def build(tmp_path: Path) -> Build:
    (tmp_path / "linux").write_text("kernel")
    lane = Lane("uml", "um", (), (), 60)
    return Build(tmp_path, tmp_path, lane, "0" * 64, "gcc", 1, 0.1)


def test_results_come_in_order_and_no_folder_is_shared(build: Build) -> None:
    busy: set[Path] = set()
    guard = threading.Lock()
    both = threading.Barrier(2, timeout=30)

    def work(slot: Build, job: int) -> int:
        with guard:
            assert slot.directory not in busy
            busy.add(slot.directory)
        both.wait()  # two jobs are in here at once
        assert (slot.directory / "linux").read_text() == "kernel"
        with guard:
            busy.remove(slot.directory)
        return job * job

    taken: list[int] = []
    each(build, range(20), work, 2, threading.Event(), taken.append)
    assert taken == [job * job for job in range(20)]


def test_a_failing_job_ends_the_others_and_keeps_what_is_there(build: Build) -> None:
    log = StoppableLog()
    started = threading.Event()
    ended: list[str] = []

    def work(slot: Build, job: str) -> str:
        if job == "sleep":
            started.set()
            try:
                log.run(["sleep", "600"], cwd=slot.directory)
            except KeyboardInterrupt:
                ended.append(job)
            return "ended"
        started.wait(30)
        raise KeyboardInterrupt

    taken: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        each(build, ["fail", "sleep", "never"], work, 2, log.stop, taken.append)
    assert (ended, taken) == (["sleep"], ["ended"])
    with pytest.raises(KeyboardInterrupt):
        log.run(["true"], cwd=build.directory)


def test_a_job_that_ends_as_we_stop_waiting_has_not_failed(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(future: Future[int], timeout: float | None = None) -> int:
        wait([future])
        raise TimeoutError

    monkeypatch.setattr(Future, "result", late)
    taken: list[int] = []
    each(build, range(3), lambda _, job: job, 1, threading.Event(), taken.append)
    assert taken == [0, 1, 2]
