# SPDX-License-Identifier: GPL-2.0
"""The version comes from one place, and the revision from git, if there is one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from svacheck import VERSION, cli, places
from svacheck.version import version


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def test_a_checkout_tells_its_revision(tmp_path: Path) -> None:
    assert version(tmp_path) == VERSION
    _git(tmp_path, "init")
    assert version(tmp_path) == VERSION  # nothing is committed
    (tmp_path / "file").touch()
    _git(tmp_path, "add", "file")
    _git(tmp_path, "commit", "-m", "one")
    _git(tmp_path, "tag", "v9")
    assert version(tmp_path) == f"{VERSION} (v9)"
    (tmp_path / "file").write_text("other")
    assert version(tmp_path) == f"{VERSION} (v9-dirty)"


def test_what_lies_in_the_repository_of_another_project_has_no_revision(tmp_path: Path) -> None:
    test_a_checkout_tells_its_revision(tmp_path)
    installed = tmp_path / "usr" / "share" / "svacheck"
    installed.mkdir(parents=True)
    assert version(installed) == VERSION


def test_the_command_line_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"svacheck {VERSION}")


def test_where_runs_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SVACHECK_RESULTS")
    assert places.results_folder() == places.ROOT / "results"
    installed, checkout = tmp_path / "usr" / "share" / "svacheck", tmp_path / "checkout"
    for folder in (installed, checkout):
        (folder / "kunit" / "carried").mkdir(parents=True)
    (checkout / "scripts").mkdir()
    (checkout / "scripts" / "check").touch()
    monkeypatch.setattr(places, "ROOT", installed)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.chdir(tmp_path)
    assert places.results_folder() == tmp_path / "me" / ".local/state/svacheck/results"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert places.results_folder() == tmp_path / "state/svacheck/results"
    monkeypatch.chdir(checkout)
    assert places.results_folder() == checkout / "results"
    monkeypatch.setenv("SVACHECK_RESULTS", "elsewhere")
    assert places.results_folder() == checkout / "elsewhere"
