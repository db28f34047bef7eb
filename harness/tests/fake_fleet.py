# SPDX-License-Identifier: GPL-2.0
"""Workers for plans: runs that are ready, and a command that stores the one it is asked for."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_kernel import FakeKernel, console
from made_up import CITED

from svacheck.check import Finished, Options, check
from svacheck.fleet.planfile import CHECK, Item, Plan, Whole
from svacheck.progress import Progress

KERNEL, LANE = "6.1", "uml"
SHARDS = ("svac_pasid,svac1_pasid", "svac_domain")
# Stores the run that is ready for its --suite, once what stands in the file "does" has happened
WORKER = r"""#!{python}
import os, shutil, signal, sys, time
from pathlib import Path
signal.alarm(300)  # a test that has failed leaves none that waits for ever
here = Path({folder!r})
argv = sys.argv[1:]
suite = argv[argv.index("--suite") + 1] if "--suite" in argv else ""
runs = Path(os.environ["SVACHECK_RESULTS"])

def store(where=None):
    found, = (here / "ready" / (suite or "all")).iterdir()
    shutil.copytree(found, (where or runs) / found.name)

with open(here / "asked", "a") as asked:
    asked.write(suite + "\n")
status = 0
does = here / "does"
exec(does.read_text() if does.exists() else "store()")
sys.exit(status)
"""


def cases(suite: str) -> tuple[str, ...]:
    """Of the made-up ones, those that a SUITE with commas means."""
    words = suite.split(",")
    return tuple(case for case in CITED if not suite or case.split(".")[0] in words)


class Fleet:
    """ready: a run for the whole and for each shard; worker: the command that stores one."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, bad: Sequence[str] = ()) -> None:
        self.folder = folder
        self.patch = patch
        self.kernel = FakeKernel(folder / "tree")
        self.kernel.folder.mkdir(parents=True)
        self.kernel.install(patch)
        self.kernel.says = lambda name, keys: console(keys, bad)
        self.whole = self.prepare("")
        for suite in SHARDS:
            self.prepare(suite)
        self.worker = folder / "worker"
        self.worker.write_text(WORKER.format(python=sys.executable, folder=str(folder)))
        self.worker.chmod(0o755)

    def prepare(self, suite: str, options: Options = Options()) -> Finished:
        """A run of these suites, ready for the worker."""
        ready = self.folder / "ready" / (suite or "all")
        shutil.rmtree(ready, ignore_errors=True)
        asked = replace(options, suite=suite)
        with self.patch.context() as patch:
            patch.setenv("SVACHECK_RESULTS", str(ready))
            return check(asked, Progress(quiet=True))

    def does(self, what: str) -> None:
        """What the worker does from now on, in place of store()."""
        (self.folder / "does").write_text(what)

    @property
    def asked(self) -> list[str]:
        """The SUITE of each call of the worker."""
        file = self.folder / "asked"
        return file.read_text().splitlines() if file.exists() else []

    def plan(self, *suites: str, kernels: Sequence[str] = (KERNEL,)) -> Plan:
        """A plan whose items are these shards, SHARDS for none."""
        wholes, items = [], []
        for kernel in kernels:
            whole = Whole(f"{kernel}-{LANE}", CHECK, kernel, LANE, tuple(CITED))
            wholes.append(whole)
            given = suites or SHARDS
            for number, suite in enumerate(given, start=1):
                name = f"{whole.id}.{number}of{len(given)}" if len(given) > 1 else whole.id
                asked = ("--suite", suite) if suite else ()
                command = (str(self.worker), "check", *asked)
                seconds = float(10 - number)
                items.append(
                    Item(
                        name, whole.id, number, len(given), command, cases(suite), seconds, 1.0, "x"
                    )
                )
        return Plan(tuple(wholes), tuple(items))


def said(run: Mapping[str, Any]) -> dict[str, Any]:
    """What a run comes to: each case, each rule, and the verdict."""
    return {
        "verdict": run["verdict"],
        "counts": run["counts"],
        "problems": run["problems"],
        "implementations": run["implementations"],
        "cases": {
            case["id"]: (case["status"], case["reason"], case["rules"], case["messages"])
            for case in run["cases"]
        },
        "rules": {
            # Its skipped cases give their reasons in the order in which they ran
            rule["id"]: (rule["verdict"], sorted(_words(rule["reason"])), sorted(rule["cases"]))
            for rule in run["rules"]
        },
    }


def _words(reason: str) -> list[str]:
    number, colon, reasons = reason.rpartition(" skipped: ")
    return [number + colon, *reasons.split("; ")]


def runs(folder: Path) -> list[dict[str, Any]]:
    """All stored runs."""
    return [json.loads(file.read_bytes()) for file in sorted(folder.glob("2*/run.json"))]


def script(path: Path, text: str) -> None:
    """A program of that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)


def on_path(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Programs of the folder come before all others."""
    patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
