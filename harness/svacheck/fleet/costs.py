# SPDX-License-Identifier: GPL-2.0
"""What stored runs took: so long is the next expected to take."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from svacheck import results, selection
from svacheck.mutation.campaign import HEADER

UNKNOWN = 60.0  # seconds of a run of which nobody knows anything
UNKNOWN_MUTANT = 4.0  # of a mutant
JUDGED = ("pass", "fail")
BOOT = "boot"


@dataclass
class Lane:
    """What runs of a kernel in a lane took, in seconds. fixed: all but booting; builds: building;
    boot: booting, of whole runs; startup: the shortest boot, which any other takes as well;
    suites: boots of a suite, or of a program, without that; at_once: how much of all this went on
    at a time."""

    runs: list[str] = field(default_factory=list)
    fixed: list[float] = field(default_factory=list)
    builds: list[float] = field(default_factory=list)
    boot: list[float] = field(default_factory=list)
    startup: float = 0.0
    suites: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    at_once: list[float] = field(default_factory=list)

    @property
    def basis(self) -> str:
        """Where the figures come from."""
        number = len(self.runs)
        return f"{number} stored run{'s' * (number != 1)}, the last {max(self.runs)}"

    @property
    def before(self) -> float:
        """Before the first boot, as it mostly was."""
        return statistics.median(self.fixed)

    @property
    def cold(self) -> float:
        """The same where nothing had been built."""
        return self.before - statistics.median(self.builds) + max(self.builds)

    @property
    def whole(self) -> float:
        """All of it, as it mostly was."""
        if self.boot:
            return self.before + statistics.median(self.boot)
        return self.before + self.boots(list(self.suites), len(self.suites))

    def boots(self, names: Sequence[str], started: int) -> float:
        """What these suites and programs take in so many boots."""
        known = [statistics.median(times) for times in self.suites.values()]
        usual = statistics.median(known) if known else 0.0
        spent = sum(
            statistics.median(self.suites[name]) if self.suites.get(name) else usual
            for name in names
        )
        return (spent + started * self.startup) / (statistics.median(self.at_once) or 1.0)


@dataclass(frozen=True)
class Costs:
    """By kernel and lane; of mutants, seconds and CPUs of each that was tried."""

    lanes: Mapping[tuple[str, str], Lane]
    mutants: Sequence[float]

    def of(self, kernel: str, lane: str) -> tuple[Lane | None, str]:
        """What is known of that, else of the lane on another kernel, and on what that rests."""
        found = self.lanes.get((kernel, lane))
        if found:
            return found, found.basis
        others = sorted(key for key in self.lanes if key[1] == lane)
        if others:
            other = self.lanes[others[-1]]
            return other, f"none of {kernel} is stored; of {others[-1][0]}: {other.basis}"
        return None, f"a guess: no run of {kernel} in lane {lane} is stored"

    @property
    def mutant(self) -> tuple[float, str]:
        """Of one mutant, and on what that rests."""
        if not self.mutants:
            return UNKNOWN_MUTANT, "a guess: no campaign is stored"
        number = len(self.mutants)
        return statistics.median(self.mutants), f"{number} stored campaign{'s' * (number != 1)}"


def read(folder: Path) -> Costs:
    """All that is stored there. What cannot be read, or has no verdict, tells nothing."""
    lanes: dict[tuple[str, str], Lane] = defaultdict(Lane)
    # Whole runs first: what they took before booting counts before that of others
    for run in sorted(_runs(folder), key=lambda run: bool(run["select"])):
        _add(lanes[(str(run["tree"]["name"]), str(run["lane"]))], run)
    return Costs({key: lane for key, lane in lanes.items() if lane.runs}, list(_mutants(folder)))


def _runs(folder: Path) -> Iterator[Mapping[str, Any]]:
    for one in results.stored(folder):
        try:
            run = json.loads((one / "run.json").read_bytes())
            usable = run["verdict"] in JUDGED and run["tree"]["kind"] == "debian"
            # What was plugged in, or made slower on purpose, says nothing of other runs
            plain = not run["plugged_in"] and not run.get("kernel_args") and not run.get("alone")
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if usable and plain and BOOT in run["phases"] and run["boots"]:
            yield run


def _add(lane: Lane, run: Mapping[str, Any]) -> None:
    """One run. Of the boot that suites share nobody knows more than how long all of it took:
    each suite is given its part by the number of its cases."""
    first = [boot for boot in run["boots"] if not boot.get("why") and boot["seconds"] > 0]
    if not first:
        return
    phases = run["phases"]
    lane.runs.append(str(run["id"]))
    if not run["select"] or not lane.boot:
        lane.fixed.append(sum(phases.values()) - phases[BOOT])
        lane.builds.append(phases.get("build", 0.0))
    if not run["select"]:
        lane.boot.append(phases[BOOT] / max(1, run["rounds"]))
    shortest = min(boot["seconds"] for boot in first)
    lane.startup = min(lane.startup or shortest, shortest)
    rounds = max(1, run["rounds"])
    lane.at_once.append(max(1.0, sum(boot["seconds"] for boot in first) / phases[BOOT]))
    spent: dict[str, float] = defaultdict(float)
    for boot in first:
        own = max(0.0, boot["seconds"] - lane.startup) / rounds
        for name, part in _shares(boot, run["cases"]).items():
            spent[name] += own * part
    for name, seconds in spent.items():
        lane.suites[name].append(seconds)


def _shares(boot: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Which part of a boot each suite or program has."""
    glob = str(boot["glob"])
    if not glob.startswith((selection.SHARED, selection.ALONE)):
        return {glob: 1.0}
    mine = [str(case["suite"]) for case in cases if case["boot"] == boot["name"]]
    if not mine:
        return {glob.split(".")[0]: 1.0}
    return {suite: mine.count(suite) / len(mine) for suite in set(mine)}


def _mutants(folder: Path) -> Iterator[float]:
    for file in sorted(folder.glob(f"mutants-*/{HEADER}")):
        try:
            parts = json.loads(file.read_bytes())["parts"]
            tried = sum(part["mutants"] for part in parts)
            seconds = sum(part["seconds"] for part in parts)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if tried:
            yield round(seconds / tried, 2)
