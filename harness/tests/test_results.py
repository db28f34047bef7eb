# SPDX-License-Identifier: GPL-2.0
"""Runs on disk: whole or not at all, and hostile ones refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import made_up
import pytest

from svacheck import results
from svacheck.commands import Command
from svacheck.errors import Problem
from svacheck.results import RUN_ID, Run, find, keep_interrupted, load, new_id, write_commands

NOW = 1795339800.0  # 2026-11-22T09:30:00Z


def stored(run: Run, **changes: Any) -> Path:
    """Commit a valid run.json under the id of run."""
    return run.commit(made_up.run(id=run.id, **changes))


def test_an_id_is_safe_and_unique() -> None:
    names = {new_id("6.1.192", "uml", NOW) for _ in range(50)}
    assert len(names) == 50
    assert all(name.startswith("20261122T093000Z-6.1.192-uml-") for name in names)
    hostile = new_id("../../a b\n$(x)" + "y" * 300, "", NOW)
    assert RUN_ID.fullmatch(hostile) and "/" not in hostile and len(hostile) < 120


def test_a_run_appears_whole_or_not_at_all(results: Path) -> None:
    run = Run("6.1", "uml", NOW)
    run.path("boots/main.console").write_text("hello\n")
    assert [p.name for p in results.iterdir()] == [".tmp-" + run.id]
    with pytest.raises(Problem, match="no run is stored yet"):
        find("last")
    folder = stored(run)
    assert folder == run.final == results / run.id
    assert sorted(p.name for p in folder.iterdir()) == ["boots", "commands.sh", "run.json"]
    assert [p.name for p in results.iterdir()] == [run.id]
    assert load("last") == (folder, made_up.run(id=run.id))


def test_a_run_that_does_not_fit_the_schema_is_not_stored(results: Path) -> None:
    run = Run("6.1", "uml", NOW)
    with pytest.raises(ValueError, match="verdict"):
        stored(run, verdict="fine")
    assert not (results / run.id).exists()


def test_what_a_dead_run_left_is_set_aside(results: Path) -> None:
    dead = results / ".tmp-20261122T093000Z-6.1-uml-000000"
    (dead / "boots").mkdir(parents=True)
    (dead / "boots" / "main.console").write_text("evidence\n")
    (dead / "run.json").write_text(json.dumps(made_up.run()))
    alive = Run("6.1", "uml", NOW)
    other = Run("6.1", "uml", NOW)
    kept = results / "interrupted-20261122T093000Z-6.1-uml-000000"
    assert (kept / "boots" / "main.console").read_text() == "evidence\n"
    assert alive.folder.is_dir() and other.folder.is_dir()
    with pytest.raises(Problem, match="no run is stored yet"):
        load("last")
    stored(alive)
    stored(other)


def test_an_interrupted_folder_is_not_overwritten(results: Path) -> None:
    for name in (".tmp-x", "interrupted-x"):
        (results / name / "boots").mkdir(parents=True)
    keep_interrupted(results)
    assert (results / "interrupted-x").is_dir()


def test_results_that_cannot_be_written(results: Path, tmp_path: Path) -> None:
    results.write_text("a file where the folder should be")
    run = Run("6.1", "uml", NOW)
    with pytest.raises(Problem, match="cannot write the results folder.*SVACHECK_RESULTS"):
        stored(run)
    assert (run.folder / "run.json").is_file()
    assert run.folder.name == run.id


def test_a_full_disk_while_storing(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("6.1", "uml", NOW)
    run.path("boots/main.console").write_text("evidence\n")

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("svacheck.results._sync", full)
    with pytest.raises(Problem, match="cannot store the run: No space left on device"):
        stored(run)
    assert (results / (".tmp-" + run.id) / "boots" / "main.console").is_file()
    assert not (results / run.id).exists()


def test_commands_as_typed(tmp_path: Path) -> None:
    done = Command(["echo", "a b"], "/a dir", {"X": "1 2"}, 0, 1.234)
    killed = Command(["sleep", "9"], "/", {})
    write_commands(tmp_path / "commands.sh", [done, killed], "/a dir", "/the dir")
    assert (tmp_path / "commands.sh").read_text() == (
        "#!/bin/sh\n# Every external command of this run, in order.\n"
        "cd '/the dir' && X='1 2' echo 'a b'\n# exit status 0, 1.23 s\n"
        "cd / && sleep 9\n# was killed, 0.00 s\n"
    )


def test_find(results: Path, tmp_path: Path) -> None:
    first = stored(Run("6.1", "uml", NOW))
    second = stored(Run("6.1", "uml", NOW + 60))
    os.utime(first)
    assert find("last") == second
    assert find("20261122T0931") == second
    assert find(str(first)) == first
    assert find(str(first / "run.json")) == first
    for reference, said in [
        ("20261122", "2 runs begin"),
        ("nothing", "no run 'nothing'.*newest is " + second.name),
        ("", "no run ''"),
        ("../..", "no run"),
        (str(tmp_path), "no run"),
    ]:
        with pytest.raises(Problem, match=said):
            find(reference)


def test_last_of_one_second_is_the_one_that_ended_last(results: Path) -> None:
    runs = [stored(Run("6.1", "uml", NOW)) for _ in range(5)]
    for newest in runs:
        for folder in runs:
            os.utime(folder, ns=(0, int(folder == newest)))
        assert find("last") == newest


HOSTILE: list[tuple[str, bytes, str]] = [
    ("empty", b"", "cannot be read"),
    ("no JSON", b"hello", "cannot be read"),
    ("cut", json.dumps(made_up.run()).encode()[:-20], "cannot be read"),
    ("not UTF-8", b'{"id": "\xff"}', "cannot be read"),
    ("deep", b"[" * 100000, "cannot be read"),
    ("no number", json.dumps(made_up.run(seconds=float("nan"))).encode(), "NaN is no JSON number"),
    ("a list", b"[]", "does not fit its schema: the whole"),
    ("more", json.dumps(made_up.run(more=1)).encode(), "does not fit its schema"),
    ("less", json.dumps({"schema": 1}).encode(), "does not fit its schema"),
    ("newer", json.dumps({"schema": 2}).encode(), "format 2, this program knows 1"),
    ("word for number", json.dumps(made_up.run(seconds="9")).encode(), "schema: seconds"),
    ("id of another place", json.dumps(made_up.run(id="../x")).encode(), "schema: id"),
    ("path out", json.dumps(made_up.run(files={"a": "../../x"})).encode(), "schema: files/a"),
    ("rooted path", json.dumps(made_up.run(files={"a": "/x"})).encode(), "schema: files/a"),
]


@pytest.mark.parametrize("row", HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_run_is_refused(row: tuple[str, bytes, str], tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(row[1])
    with pytest.raises(Problem, match=row[2]) as problem:
        load(str(tmp_path))
    assert len(str(problem.value)) < 500 + len(str(tmp_path))


def test_an_oversized_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "LARGEST", 1 << 20)
    (tmp_path / "run.json").write_text(" " * (1 << 20) + "{}")
    with pytest.raises(Problem, match="larger than 1 MiB"):
        load(str(tmp_path))
