# SPDX-License-Identifier: GPL-2.0
"""svacheck killed in each of its phases, or something it has started; and two of it at once."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faultlab import Judged
from faulttable import Fault, of, one
from scriptlab import KILL, ScriptLab

from svacheck import parallel, processes

pytestmark = pytest.mark.tree

KILLED = of("test_faults_killed.py::test_a_run_that_is_killed_and_run_again")

# By the id of the row, the moment: an event of the interpreter that runs svacheck
WHEN = {
    "killed-copying": r"open .*/src/drivers/iommu/iommu\.c",
    "killed-laying": r"os\.rename .*/src/drivers/iommu/svacheck/suites/",
    "killed-configuring": r"subprocess\.Popen .*'build'",
    "killed-listing": r"subprocess\.Popen .*kunit\.action=list",
    "killed-booting": r"open .*boots/main\.console\.log",
    "killed-judging": r"open .*boots/main\.ktap",
    "killed-storing": r"open .*/run\.json",
    "killed-naming": r"os\.rename .*\.tmp-",
}
# Of a kunit.py that builds: half of what is made, then its end or another's
HALF = """
import os, signal, sys, time
def kill_guards(of):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open("/proc/" + pid + "/cmdline", "rb").read()
            if b"processes.py\\0%d " % of in words:
                os.kill(int(pid), signal.SIGKILL)
        except OSError:
            pass
if sys.argv[1] == "build":
    folder = [a for a in sys.argv if a.startswith("--build_dir=")][0].split("=", 1)[1]
    open(folder + "/one.o", "w").write("half")
    open(folder + "/linux", "w").write("half")
    {then}
"""
SLEEP = "\n    while True: open(folder + '/late', 'a').write('x'); time.sleep(0.01)"


@pytest.fixture
def lab(tmp_path: Path, tree: Path) -> ScriptLab:
    return ScriptLab(tmp_path, tree)


def assert_whole(done: Judged) -> None:
    assert (done.status, done.run.get("verdict")) == (0, "pass"), done.said
    assert done.run["counts"]["passed"] == 34 == done.run["counts"]["cases"]


@pytest.mark.parametrize("fault", KILLED, ids=str)
def test_a_run_that_is_killed_and_run_again(fault: Fault, lab: ScriptLab, tmp_path: Path) -> None:
    results = tmp_path / "results"
    killed = lab.go(results, WHEN[fault.id])
    assert (killed.status, killed.run) == (-9, {}), killed.said
    cut_off = [name.removeprefix(".tmp-") for name in killed.left]
    again = lab.go(results)
    assert_whole(again)
    assert re.search(fault.says, again.said)
    assert again.left == [f"interrupted-{name}" for name in cut_off]
    assert not list((lab.cache).rglob("*.new"))


def test_every_moment_is_in_the_table() -> None:
    assert sorted(WHEN) == sorted(fault.id for fault in KILLED)


def build_with(lab: ScriptLab, then: str) -> Callable[[], None]:
    """Let kunit.py come to that end in the midst of a build; what this returns mends it."""
    kunit = lab.tree / "tools/testing/kunit/kunit.py"
    whole = kunit.read_text()
    kunit.write_text(HALF.format(then=then) + whole)

    def mend() -> None:
        kunit.write_text(whole)

    return mend


def test_a_build_that_is_killed(lab: ScriptLab, tmp_path: Path) -> None:
    fault = one("oom-build")
    mend = build_with(lab, KILL)
    killed = lab.go(tmp_path / "1")
    assert (killed.status, killed.run["verdict"]) == (fault.exit, fault.verdict)
    assert re.search(fault.says, killed.said), killed.said
    (half,) = lab.cache.rglob("build-uml/one.o")
    assert half.read_text() == "half"
    mend()
    assert_whole(lab.go(tmp_path / "2"))
    assert half.read_text() == "", "half an object was taken for a whole one"


def test_svacheck_killed_in_a_build_that_goes_on(lab: ScriptLab, tmp_path: Path) -> None:
    fault = one("killed-building")
    mend = build_with(lab, "os.kill(os.getppid(), signal.SIGKILL)" + SLEEP)
    assert lab.go(tmp_path / "1").status == -9
    wait_until(lambda: not builders(lab))  # its guard ends what it has started
    mend()
    again = lab.go(tmp_path / "2")
    assert_whole(again)
    assert re.search(fault.says, again.said)
    assert not list(lab.cache.rglob("late"))


def test_svacheck_and_its_guard_killed(lab: ScriptLab, tmp_path: Path) -> None:
    fault = one("killed-with-its-guard")
    kill = "kill_guards(os.getppid()); os.kill(os.getppid(), signal.SIGKILL)"
    mend = build_with(lab, kill + SLEEP)
    assert lab.go(tmp_path / "1").status == -9
    assert builders(lab), "the guard is still there"
    mend()
    again = lab.go(tmp_path / "2")
    assert_whole(again)
    assert re.search(fault.says, again.said)
    assert not builders(lab) and not list(lab.cache.rglob("late"))


def builders(lab: ScriptLab) -> list[int]:
    """The processes that write into the cache of a lab."""
    mark = str(lab.cache).encode()
    found = []
    for pid in processes.everybody():
        words = cmdline(pid)
        if b"kunit.py" in words and mark in words:
            found.append(pid)
    return found


def cmdline(pid: int) -> bytes:
    """What a process was started with; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_until(true: Callable[[], bool]) -> None:
    """For what has to come; a test that waits a minute has failed."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came")


def test_two_at_once(lab: ScriptLab, tmp_path: Path) -> None:
    fault = one("two-at-once")
    results, gate = tmp_path / "results", tmp_path / "gate"
    script = (lab.tree / "kernel.sh").read_text()
    lab.kernel(f"while [ ! -e {gate} ]; do sleep 0.1; done\n{script}")
    environment = lab.environment(results)
    runs = [
        subprocess.Popen(lab.argv(), env=environment, stdout=file, stderr=file)
        for file in ((tmp_path / "said-1").open("wb"), (tmp_path / "said-2").open("wb"))
    ]
    wait_until(
        lambda: any(
            re.search(fault.says, (tmp_path / name).read_text()) for name in ("said-1", "said-2")
        )
    )
    gate.touch()
    assert [run.wait() for run in runs] == [0, 0]
    names = sorted(path.name for path in results.iterdir())
    assert len(names) == 2 and all(name.startswith("2") for name in names)


def test_whose_run_is_over_is_known_where_it_ran_alone() -> None:
    """A process of another machine, or of before this one was started, may have any number."""
    over = subprocess.Popen(["true"])
    over.wait()
    mark = processes.marked()[processes.OWNER]
    ours, place = f"{over.pid} 1 {mark.split(' ')[2]}", mark.split("@")[0].split(" ")[2]
    assert processes.is_orphan([f"{processes.OWNER}={ours}".encode()])
    assert not processes.is_orphan([f"{processes.OWNER}={mark}".encode()])
    for elsewhere in (f"{place}@{'0' * 36}", place, f"pid:[1]@{mark.split('@')[1]}"):
        assert not processes.is_orphan([f"{processes.OWNER}={over.pid} 1 {elsewhere}".encode()])


def test_a_worker_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """One that does keeps every lock of it."""
    code = (
        "import os, signal, sys, time\n"
        "from svacheck import parallel\n"
        "def work(n):\n"
        "    open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')\n"
        "    time.sleep(0 if n else 60)\n"
        "for _ in parallel.over(work, range(1000)): pass\n"
    )
    names = tmp_path / "workers"
    harness = str(Path(parallel.__file__).parents[1])
    parent = subprocess.Popen([sys.executable, "-c", code, str(names)], env={"PYTHONPATH": harness})
    wait_until(lambda: names.is_file() and bool(names.read_text()))
    parent.kill()
    parent.wait()
    wait_until(lambda: not any(map(cmdline, map(int, names.read_text().split()))))
