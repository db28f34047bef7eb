# SPDX-License-Identifier: GPL-2.0
"""A stored run is judged again from its folder alone, and comes to the same, whatever happened."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import test_programs
from fake_kernel import FakeKernel
from test_programs import FakePrograms, ending, said

from svacheck.certify import evidence
from svacheck.check import Finished, Options, check
from svacheck.ktap import Counts
from svacheck.progress import Progress

fake = test_programs.fake_programs
CONSOLES = sorted((Path(__file__).parent / "golden").glob("*.console"))


def again(done: Finished, elsewhere: Path) -> evidence.Judged:
    """The run judged again, in another folder, by what it has stored alone."""
    assert done.folder
    run_id = str(done.run["id"])
    shutil.copytree(done.folder, elsewhere / evidence.RUNS / run_id)
    judged = evidence.judge(elsewhere, run_id)
    assert judged.verdict.problems == done.run["problems"]
    return judged


@pytest.mark.parametrize("file", CONSOLES, ids=[file.stem for file in CONSOLES])
def test_of_suites(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = FakeKernel(tmp_path / "tree")
    kernel.folder.mkdir()
    kernel.install(monkeypatch)
    text = file.read_text(errors="replace")
    kernel.says = lambda name, keys: text
    done = check(Options(), Progress(quiet=True))
    assert list(again(done, tmp_path / "again").differences) == []


@pytest.mark.parametrize("interrupted", ["", "main", "main.2"])
@pytest.mark.parametrize("timed_out", [False, True])
def test_of_boots_that_did_not_end(
    interrupted: str, timed_out: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = FakeKernel(tmp_path / "tree", timed_out=timed_out, interrupted_in=interrupted)
    kernel.folder.mkdir()
    kernel.install(monkeypatch)
    done = check(Options(rounds=2), Progress(quiet=True))
    assert list(again(done, tmp_path / "again").differences) == []


PROGRAMS: dict[str, Callable[[list[str]], str]] = {
    "pass": lambda names: said(names) + ending("bind", 0),
    "fail": lambda names: said(names, ["bind.holds"]) + ending("bind", 1),
    "panic": lambda names: said(names, most=1) + "Kernel panic - not syncing: so\n",
    "vanished": lambda names: "# init: cannot run it\n" + ending("bind", 127),
    "another": lambda names: said(names).replace("carried", "upstream") + ending("bind", 0),
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_of_programs(kind: str, fake: FakePrograms, tmp_path: Path) -> None:
    fake.says["bind"] = PROGRAMS[kind]
    assert list(again(test_programs.go(), tmp_path / "again").differences) == []


def test_what_kunit_py_counted_is_kept(
    fake: FakePrograms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Counts(passed=7)
    name = "svacheck.check.crosscheck.kunit_counts"
    monkeypatch.setattr(name, lambda src, logs, log, answers: [theirs] * len(logs))
    done = test_programs.go()
    assert any("kunit.py counts 7 passed" in problem for problem in done.run["problems"])
    assert list(again(done, tmp_path / "again").differences) == []
