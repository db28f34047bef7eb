# SPDX-License-Identifier: GPL-2.0
"""A kernel that is a list of consoles: what check.py calls, without a tree or a build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from made_up import BOOK, CITED

from svacheck import check, ktap
from svacheck.citations import Citations
from svacheck.commands import CommandLog
from svacheck.model import Boot, Build, Lane, Tree
from svacheck.overlay import Overlay
from svacheck.selection import matched

LANE = Lane("uml", "um", (), (), 60)
HALT = "reboot: System halted\n"


def param(name: str, rule: str, ok: bool = True, before: str = "") -> str:
    """A case with its one parameter, as KUnit of 6.1 prints it; before: in the middle of it."""
    result = "ok" if ok else "not ok"
    place = "drivers/iommu/svacheck/suites/x.c:7"
    fault = "" if ok else f"        # x: EXPECTATION FAILED at {place}\n"
    return (
        f"        KTAP version 1\n        # Subtest: {name}\n        # rule: {rule}\n"
        f"{before}{fault}"
        f"        {result} 1 carried\n"
        f"    # {name}: pass:{int(ok)} fail:{int(not ok)} skip:0 total:1\n"
    )


def console(keys: Sequence[str], bad: Sequence[str] = (), end: str = HALT) -> str:
    """The console of a boot that ran these "suite.case"; those in bad fail."""
    suites = list(dict.fromkeys(key.split(".")[0] for key in keys))
    text = f"Linux version 6.1\nKTAP version 1\n1..{len(suites)}\n"
    for at, suite in enumerate(suites, start=1):
        cases = [key.split(".")[1] for key in keys if key.startswith(suite + ".")]
        text += f"    KTAP version 1\n    # Subtest: {suite}\n    1..{len(cases)}\n"
        for number, name in enumerate(cases, start=1):
            ok = f"{suite}.{name}" not in bad
            text += param(name, CITED[f"{suite}.{name}"][0], ok)
            text += f"    {'ok' if ok else 'not ok'} {number} {name}\n"
        ok = not any(key.startswith(suite + ".") for key in bad)
        text += f"{'ok' if ok else 'not ok'} {at} {suite}\n"
    return text + end


@dataclass
class FakeKernel:
    """listed: what it holds; says: console of a boot by its name and cases; trouble: raised
    by the step of that name."""

    folder: Path
    listed: Sequence[str] = tuple(CITED)
    says: Callable[[str, Sequence[str]], str] = lambda name, keys: console(keys)
    trouble: dict[str, BaseException] = field(default_factory=dict)
    timed_out: bool = False
    interrupted_in: str = ""
    booted: list[tuple[str, str]] = field(default_factory=list)

    def step(self, name: str) -> None:
        if name in self.trouble:
            raise self.trouble[name]

    def resolve(self, *arguments: Any) -> Tree:
        self.step("resolve")
        return Tree("6.1", self.folder, "debian", "6.1.192", {"package": "linux-source-6.1"})

    def working_copy(self, *arguments: Any) -> Path:
        self.step("copy")
        return self.folder

    def lay(self, *arguments: Any) -> Overlay:
        self.step("overlay")
        return Overlay("1" * 64, 0)

    def build(self, *arguments: Any) -> Build:
        self.step("build")
        (self.folder / ".config").write_text("CONFIG_KUNIT=y\n")
        return Build(self.folder, self.folder, LANE, "0" * 64, "gcc 12", 406, 0.1)

    def list_cases(self, build: Build, log: CommandLog, out: Path) -> list[str]:
        self.step("list")
        return list(self.listed)

    def boot(self, build: Build, name: str, glob: str, log: CommandLog, out: Path) -> Boot:
        self.step("boot")
        log.run(["true"], cwd=self.folder)
        self.booted.append((name, glob))
        out.write_text(self.says(name, matched(self.listed, glob)))
        return Boot(name, glob, out, 0.1, self.timed_out, name == self.interrupted_in)

    def boot_alone(self, build: Build, case: str, log: CommandLog, out: Path) -> Boot:
        return self.boot(build, case, case, log, out)

    def kunit_counts(
        self, src: Path, logs: Sequence[Path], log: CommandLog, answers: Path
    ) -> list[ktap.Counts]:
        self.step("counts")
        return [ktap.counts(ktap.read(check.read_lines(path))) for path in logs]

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Let check.py call this kernel."""
        patch.setenv("XDG_CACHE_HOME", str(self.folder / "cache"))
        here: dict[str, Any] = {
            "trees.resolve": self.resolve,
            "trees.working_copy": self.working_copy,
            "overlay.lay": self.lay,
            "building.build": self.build,
            "workload.booting.list_cases": self.list_cases,
            "workload.booting.boot": self.boot,
            "workload.booting.boot_alone": self.boot_alone,
            "crosscheck.kunit_counts": self.kunit_counts,
            "load_lane": lambda name: LANE,
            "rulebook.load": lambda: BOOK,
            "rulebook.citations": lambda: Citations(CITED, dict.fromkeys(CITED, "x.c:1"), []),
        }
        for name, value in here.items():
            patch.setattr("svacheck.check." + name, value)
        patch.setattr("svacheck.brokendrivers.load_lane", here["load_lane"])
