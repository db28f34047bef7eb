# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest

from svacheck import cachedirs
from svacheck.cachedirs import Cache, hold, lock, released
from svacheck.errors import Problem


def test_default_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "here"))
    cache = Cache.default()
    assert cache.root == tmp_path / "here" / "svacheck"
    assert cache.builds == cache.root
    assert cache.work("t") == cache.root / "work" / "t"
    assert cache.ccache == cache.root / "ccache"


def test_relative_xdg_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Cache.default().root == tmp_path / ".cache" / "svacheck"


def test_a_cache_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="XDG_CACHE_HOME"):
        Cache.at(tmp_path / "file" / "cache")


@pytest.mark.parametrize("name", ["with space", "with:colon", "with$dollar", "ümlaut"])
def test_builds_go_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setattr(cachedirs, "SIBLING_PARENT", tmp_path)
    cache = Cache.at(tmp_path / name)
    assert cache.pristine("p").parent.parent == tmp_path / name
    assert cachedirs.BUILDABLE.fullmatch(str(cache.work("t")))
    assert cache.builds.stat().st_mode & 0o777 == 0o700
    assert Cache.at(tmp_path / name) == cache
    assert Cache.at(tmp_path / (name + "2")).builds != cache.builds


def test_a_build_folder_others_can_enter_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cachedirs, "SIBLING_PARENT", tmp_path)
    cache = Cache.at(tmp_path / "a b")
    cache.builds.chmod(0o755)
    with pytest.raises(Problem, match="not ours alone"):
        Cache.at(tmp_path / "a b")


def test_a_build_folder_that_is_a_link_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cachedirs, "SIBLING_PARENT", tmp_path)
    cache = Cache.at(tmp_path / "a b")
    cache.builds.rename(tmp_path / "moved")
    cache.builds.symlink_to(tmp_path / "moved")
    with pytest.raises(Problem, match="not ours alone"):
        Cache.at(tmp_path / "a b")


def test_unpacked_trees_are_those_of_the_package(tmp_path: Path) -> None:
    cache = Cache.at(tmp_path)
    names = ["linux-source-6.1_6.1.9-1", "linux-source-6.12_6.12.9-1", ".linux-source-6.1_x"]
    for name in names:
        (cache.pristine(name) / "tree").mkdir(parents=True)
    assert cache.unpacked("linux-source-6.1") == [cache.pristine(names[0]) / "tree"]


def test_lock_waits_and_says_so(tmp_path: Path) -> None:
    target = tmp_path / "work"
    other = os.open(tmp_path / "work.lock", os.O_RDWR | os.O_CREAT)
    os.write(other, b"4711\n")
    fcntl.flock(other, fcntl.LOCK_EX)
    said: list[str] = []

    def note(text: str) -> None:
        said.append(text)
        os.close(other)  # the other run ends

    with lock(target, note):
        assert said == [f"waiting for another run (process 4711) that uses {target}"]
        again = os.open(tmp_path / "work.lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(again)


def test_who_has_only_just_taken_a_lock_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = os.open(tmp_path / "work.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(other, fcntl.LOCK_EX)
    said: list[str] = []

    def note(text: str) -> None:
        said.append(text)
        os.close(other)

    # It gets to say so while we wait
    monkeypatch.setattr(time, "sleep", lambda seconds: os.pwrite(other, b"4711\n", 0))
    with lock(tmp_path / "work", note):
        assert "(process 4711)" in said[0]


def test_lock_survives_the_removal_of_its_file(tmp_path: Path) -> None:
    other = os.open(tmp_path / "work.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(other, fcntl.LOCK_EX)

    def note(_: str) -> None:
        (tmp_path / "work.lock").unlink()
        os.close(other)

    with lock(tmp_path / "work", note):
        again = os.open(tmp_path / "work.lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(again)


def test_hold_twice_does_not_wait_for_itself(tmp_path: Path) -> None:
    said: list[str] = []
    hold(tmp_path / "held", said.append)
    hold(tmp_path / "held", said.append)
    assert not said


def test_what_is_held_meanwhile_is_released_whatever_happens(tmp_path: Path) -> None:
    hold(tmp_path / "before")
    with pytest.raises(KeyboardInterrupt), released():
        hold(tmp_path / "before")
        hold(tmp_path / "meanwhile")
        raise KeyboardInterrupt
    for name, free in (("meanwhile", True), ("before", False)):
        other = os.open(tmp_path / f"{name}.lock", os.O_RDWR)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            assert free
        except BlockingIOError:
            assert not free
        os.close(other)
