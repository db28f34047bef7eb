# SPDX-License-Identifier: GPL-2.0
"""Many real runs, in each of which a process is killed at a moment that chance takes: nothing is
lost, nothing comes twice, and nothing passes that was not measured.

SOAK_RUNS and SOAK_SEED say how many and which; what is killed, and after what share of the time
that a run takes, follows from the seed."""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import statistics
import subprocess
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faultlab import SUITE, Lab

from svacheck import overlay, processes
from svacheck.build import BUILDING
from svacheck.cachedirs import Cache

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

RUNS = int(os.environ.get("SOAK_RUNS", "200"))
SEED = os.environ.get("SOAK_SEED", "1")
EDITED = 50  # one run of so many has something to build
BEYOND = 1.0  # of a run's usual time, until which a kill may come


def test_a_soak(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        soak = Soak(Lab(tmp_path), tmp_path / "results", Path(folder))
        soak.undisturbed()
        soak.seconds.clear()  # it may have built the kernel
        soak.undisturbed()
        for number in range(RUNS):
            soak.disturbed(number)
        soak.undisturbed()
        print(soak.figures())
        soak.assert_nothing_is_left()


@dataclass
class Soak:
    """The runs so far. temporary: the folder for what they leave behind."""

    lab: Lab
    results: Path
    temporary: Path
    began: float = field(default_factory=time.monotonic)
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=7))
    passed: int = 0  # cases of a whole run
    stored: list[str] = field(default_factory=list)
    cut_off: set[str] = field(default_factory=set)  # runs that had a folder when they were killed
    victims: Counter[str] = field(default_factory=Counter)
    came_to: Counter[str] = field(default_factory=Counter)

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self.lab.svacheck, "check", "-q", "--suite", SUITE],
            env={
                **os.environ,
                "SVACHECK_RESULTS": str(self.results),
                "TMPDIR": str(self.temporary),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def undisturbed(self) -> None:
        """A run that nobody kills is whole."""
        begun = time.monotonic()
        run = self.start()
        said = run.communicate()[0]
        assert run.returncode == 0, said
        self.seconds.append(time.monotonic() - begun)
        (record,) = self.new()
        self.passed = self.passed or record["counts"]["passed"]
        self.assert_whole(record)

    def disturbed(self, number: int) -> None:
        """A run in which something is killed, unless it is faster."""
        chance = random.Random(f"{SEED} {number}")
        if number % EDITED == EDITED - 1:
            source = self.lab.checkout / "kunit" / "suites" / "words.c"
            source.write_text(source.read_text() + f"/* {number} */\n")
        begun = time.monotonic()
        run = self.start()
        moment = begun + chance.uniform(0, BEYOND) * statistics.median(self.seconds)
        while time.monotonic() < moment and run.poll() is None:
            time.sleep(0.002)
        victim = self.kill(run, chance)
        said = run.communicate()[0].decode()
        if run.returncode >= 0 and number % EDITED != EDITED - 1:
            self.seconds.append(time.monotonic() - begun)
        self.judge(number, run.returncode, victim, said)

    def kill(self, run: subprocess.Popen[bytes], chance: random.Random) -> str:
        """Kill one of the processes of a run; its name, "" if there was none any more."""
        if run.poll() is not None:
            return ""
        alive = sorted({run.pid, *family(run.pid)})
        victim = chance.choice(alive)
        name = "svacheck" if victim == run.pid else called(victim)
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return ""
        return name

    def judge(self, number: int, status: int, victim: str, said: str) -> None:
        """What a disturbed run has left is whole or named as what it is."""
        self.victims[victim or "(nobody: it was faster)"] += 1
        new = self.new()
        if status == -signal.SIGKILL:
            assert victim == "svacheck", said
            self.cut_off |= {p.name for p in self.results.glob(".tmp-*")}
            self.came_to["killed itself, " + ("stored" if new else "cut off")] += 1
        elif status == 2 and said.endswith("run it again\n") and "has not begun" in said:
            assert not new, (number, victim)
            self.came_to["had not begun"] += 1
        else:
            assert len(new) == 1, (number, victim, said)
            verdict = new[0]["verdict"]
            assert (status, verdict) in ((0, "pass"), (2, "error")), (number, victim, said)
            assert verdict == "pass" or new[0]["problems"], (number, victim)
            self.came_to[verdict] += 1
        for record in new:
            if record["verdict"] == "pass":
                self.assert_whole(record)

    def new(self) -> list[dict[str, Any]]:
        """The runs that were stored since the last time."""
        found = sorted(p.parent.name for p in self.results.glob("2*/run.json"))
        assert set(self.stored) <= set(found), "a run was lost"
        names = [name for name in found if name not in self.stored]
        self.stored = found
        return [json.loads((self.results / name / "run.json").read_bytes()) for name in names]

    def assert_whole(self, record: dict[str, Any]) -> None:
        counts = record["counts"]
        assert (counts["passed"], counts["cases"]) == (self.passed, self.passed)
        assert [boot["ending"] for boot in record["boots"]] == ["halted"]

    def assert_nothing_is_left(self) -> None:
        names = {p.name for p in self.results.iterdir()}
        kept = {name.replace(".tmp-", "interrupted-") for name in self.cut_off}
        assert names == {*self.stored, *kept}
        assert list(self.temporary.iterdir()) == []
        assert not list(orphans())
        for path in Cache.default().work("").glob("*.lock"):
            with open(path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        work = max(Cache.default().work("").glob("linux-source-6.1_*/"), key=os.path.getmtime)
        half = [*work.glob("*.new"), *work.glob("build-uml/*.new"), *work.glob(f"*/{BUILDING}")]
        half += [*work.glob("build-uml/slot-*/.uml/*"), *work.glob(overlay.PATCHING)]
        assert half == []

    def figures(self) -> str:
        rows = [f"{count:5}  {what}" for what, count in self.came_to.most_common()]
        rows += [f"{count:5}  killed {what}" for what, count in self.victims.most_common()]
        minutes = (time.monotonic() - self.began) / 60
        return "\n".join([f"soak: {RUNS} runs, seed {SEED}, {minutes:.1f} minutes", *rows])


def family(pid: int) -> Iterator[int]:
    """What a process has started, however it was started."""
    parents = {}
    for one in processes.everybody():
        try:
            stat = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if stat[0] != "Z":
            parents[one] = int(stat[1])
    for one in parents:
        above = one
        while above in parents and above != pid:
            above = parents[above]
        if above == pid or processes.owner(processes.variables(one)).startswith(f"{pid} "):
            yield one


def called(pid: int) -> str:
    """What a process is, by its command line."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "?"
    names = [os.path.basename(word.decode(errors="replace")) for word in words if word]
    script = [name for name in names[1:4] if name.endswith(".py")]
    return (script or names or ["?"])[0]


def orphans() -> Iterator[int]:
    """What runs that are no more have left running."""
    for pid in processes.everybody():
        if processes.is_orphan(processes.variables(pid)):
            yield pid
