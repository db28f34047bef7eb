# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from faketree import Bench, make_tree

from svacheck import boot as booting
from svacheck import commands, processes
from svacheck.errors import Problem
from svacheck.model import Boot, Build, Lane


class Kernel:
    """A built kernel that is a shell script."""

    def __init__(self, place: Path) -> None:
        self.bench = Bench(place)
        src = make_tree(self.bench.cache.work("t") / "src")
        directory = src.parent / "build-uml"
        directory.mkdir()
        self.script = directory / "linux"
        self.script.write_text((src / "kernel.sh").read_text())
        self.script.chmod(0o755)
        self.out = place / "out" / "x.console"
        lane = Lane("uml", "um", (), ("quiet",), 60)
        self.build = Build(src, directory, lane, "", "", 1, 0.0)

    def limit(self, seconds: int) -> None:
        lane = self.build.lane
        self.build.lane = Lane(lane.name, lane.arch, (), lane.kernel_args, seconds)

    def boot(self, glob: str = "svac_*") -> Boot:
        return booting.boot(self.build, "main", glob, self.bench.log, self.out)

    def list(self) -> list[str]:
        return booting.list_cases(self.build, self.bench.log, self.out)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def stragglers(kernel: Kernel) -> list[int]:
    """Processes that a boot of this kernel has left."""
    mark = f"HOME={kernel.build.directory}".encode()
    return [pid for pid in processes.everybody() if mark in processes.variables(pid)]


def test_the_console_is_kept_to_the_byte(kernel: Kernel) -> None:
    made = kernel.boot()
    assert made == Boot("main", "svac_*", kernel.out, made.seconds, False)
    assert kernel.out.read_bytes() == (
        b"Linux version 6.1.9\nnot.listed\nKTAP version 1\n    ok 1 \xff one \n"
        b"glob lpj=40000000 quiet svac_*\nreboot: System halted\n"
    )
    assert b"Starting KUnit" in (kernel.out.parent / "x.console.log").read_bytes()


def test_a_lane_has_variables_for_the_kernels_process(kernel: Kernel) -> None:
    kernel.build.lane = replace(kernel.build.lane, environment=(("COUNT", "here"),))
    kernel.script.write_text('#!/bin/sh\necho "COUNT is $COUNT"\n')
    kernel.boot()
    assert kernel.out.read_text() == "COUNT is here\n"
    booting.boot_alone(kernel.build, "svac1_a.one", kernel.bench.log, kernel.out)
    assert kernel.out.read_text() == "COUNT is here\n"


def test_cases_are_listed(kernel: Kernel) -> None:
    assert kernel.list() == ["svac_a.one", "svac_a.two"]


@pytest.mark.parametrize(
    "script",
    [
        "echo svac_a.one; echo reboot: System halted",  # no header
        "echo KTAP version 1; echo svac_a.one; echo Kernel panic",  # not to the end
        "exit 1",
    ],
)
def test_a_list_that_is_not_whole_is_a_problem(kernel: Kernel, script: str) -> None:
    kernel.script.write_text(script)
    with pytest.raises(Problem, match="does not list its cases; it ends with"):
        kernel.list()


def test_a_list_with_time_stamps(kernel: Kernel) -> None:
    kernel.script.write_text(
        "echo '[    0.10] TAP version 14'; echo '[    0.20] svac_a.one'; echo reboot: System halted"
    )
    assert kernel.list() == ["svac_a.one"]


def test_a_hang_is_ended_and_leaves_nobody(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.script.write_text("echo begun; trap '' TERM HUP; sleep 600 & while :; do sleep 1; done")

    def clock() -> float:
        """The time limit is over as soon as the kernel has said something."""
        said = kernel.out.read_bytes() if kernel.out.is_file() else b""
        return 1000.0 if b"begun" in said else 0.0

    monkeypatch.setattr(commands, "time", SimpleNamespace(monotonic=clock, sleep=time.sleep))
    made = kernel.boot()
    assert made.timed_out and not made.interrupted
    assert kernel.out.read_bytes() == b"begun\n"
    assert not stragglers(kernel)


def test_kunit_py_ending_a_hang_itself_is_a_time_out_too(kernel: Kernel) -> None:
    kernel.limit(0)
    assert kernel.boot().timed_out


def test_an_interrupt_keeps_the_console_and_leaves_nobody(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.script.write_text("echo begun; kill -INT $INTERRUPT; sleep 600")
    monkeypatch.setenv("INTERRUPT", str(os.getpid()))
    made = kernel.boot()
    assert made.interrupted and not made.timed_out
    assert kernel.out.read_bytes() == b"begun\n"
    assert not stragglers(kernel)


def test_an_interrupted_list_interrupts(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.script.write_text("kill -INT $INTERRUPT; sleep 600")
    monkeypatch.setenv("INTERRUPT", str(os.getpid()))
    with pytest.raises(KeyboardInterrupt):
        kernel.list()


def test_a_console_of_an_earlier_boot_is_not_taken(kernel: Kernel) -> None:
    kernel.boot()
    (kernel.build.src / "tools/testing/kunit/kunit.py").write_text("raise SystemExit('no boot')")
    with pytest.raises(Problem, match="kunit.py does not boot: no boot"):
        kernel.boot()


def test_it_neither_reads_input_nor_needs_a_terminal(kernel: Kernel) -> None:
    kernel.script.write_text("read line || echo none; [ -t 1 ] || echo plain")
    kernel.boot()
    assert kernel.out.read_bytes() == b"none\nplain\n"


def test_a_case_alone_is_started_without_kunit_py(kernel: Kernel) -> None:
    (kernel.build.src / "tools/testing/kunit/kunit.py").unlink()
    kernel.script.write_text("#!/bin/sh\n" + kernel.script.read_text())
    kernel.script.chmod(0o755)
    made = booting.boot_alone(kernel.build, "svac1_x.y", kernel.bench.log, kernel.out)
    assert made == Boot("svac1_x.y", "svac1_x.y", kernel.out, made.seconds, False)
    assert b"kunit.filter_glob=svac1_x.y\n" in kernel.out.read_bytes()
    told = kernel.bench.log.commands[-1].argv
    assert told[0] == "./linux"
    assert {"lpj=40000000", "kunit.enable=1", "kunit_shutdown=halt"} < set(told)


def test_a_case_alone_that_hangs(kernel: Kernel) -> None:
    kernel.script.write_text("#!/bin/sh\necho begun\nsetsid sleep 1000 &\nexec sleep 1000")
    kernel.script.chmod(0o755)
    kernel.limit(1)
    made = booting.boot_alone(kernel.build, "svac1_x.y", kernel.bench.log, kernel.out)
    assert made.timed_out and kernel.out.read_bytes() == b"begun\n"
    assert not stragglers(kernel)
