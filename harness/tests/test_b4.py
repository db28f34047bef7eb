# SPDX-License-Identifier: GPL-2.0
"""The external check as b4 runs it: a mail on standard input, a list on standard output."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fake_history import FakeHistory, install, kernel
from faketree import git

from svacheck.gate.b4 import b4_check
from svacheck.gate.gate import Options
from svacheck.places import ROOT
from svacheck.progress import Progress

TAKEN = "svac_pasid.taken"


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHistory:
    install(monkeypatch, tmp_path)
    return FakeHistory(tmp_path / "linux")


def mail_of(history: FakeHistory, **files: str) -> bytes:
    """The mail of a patch that makes these changes to HEAD, without a line that begins an mbox."""
    history.commit("iommu: A change", **files)
    text = history.mbox("HEAD~1..HEAD").partition(b"\n")[2]
    git(history.tree, "reset", "-q", "--hard", "HEAD~1")
    return text


def go(history: FakeHistory, text: bytes, **more: Any) -> tuple[list[dict[str, str]], int]:
    options = Options(base="HEAD", kdir=history.tree, **more)
    results, status = b4_check(options, text, Progress(quiet=True))
    for one in results:
        assert list(one) == ["tool", "status", "summary", "url", "details"]
        assert one["tool"] == "svacheck" and all(isinstance(text, str) for text in one.values())
    return results, status


def test_a_patch_that_breaks_nothing(history: FakeHistory) -> None:
    ((one,), status) = go(history, mail_of(history, more_c="int x;\n"))
    assert (one["status"], status) == ("pass", 0)
    assert one["summary"] == "rules: no change; cases: no change"
    assert one["url"].startswith("file:///") and "PASS" in one["details"]


def test_a_patch_that_breaks_a_rule(history: FakeHistory) -> None:
    ((one,), status) = go(history, mail_of(history, kernel_sh=kernel([TAKEN])))
    assert (one["status"], status) == ("fail", 1)
    assert one["summary"] == "rules: 1 regression; cases: 1 regression"
    assert "REGRESSION PASID-002  A taken PASID is refused." in one["details"]


def test_what_a_reader_has_to_know_is_a_warning(history: FakeHistory, tmp_path: Path) -> None:
    known = tmp_path / "known.toml"
    known.write_text(
        '[[issue]]\nrule = "PASID-001"\nkernels = "6.1"\nreason = "r"\nlink = "l"\n'
        'owner = "o"\nexpires = 2999-01-01\n'
    )
    ((one,), status) = go(history, mail_of(history, more_c="int x;\n"), known=known)
    assert (one["status"], status) == ("warn", 0)


def test_no_verdict_is_told_in_the_list(history: FakeHistory) -> None:
    ((one,), status) = go(history, mail_of(history, fail="x.c:1: error: no\n"))
    assert (one["status"], status) == ("fail", 2)
    assert "the kernel does not build" in one["summary"]
    text = mail_of(history, kernel_sh=kernel([TAKEN])).replace(b"[PATCH]", b"[PATCH 2/3]")
    history.commit("in the way", kernel_sh="other\n" * 9)
    ((one,), status) = go(history, text)
    assert (one["status"], status, one["url"]) == ("fail", 2, "")
    assert one["summary"].startswith("no verdict: patch 2 of 3 does not apply")


def test_a_cover_letter_has_nothing_to_report(history: FakeHistory) -> None:
    assert go(history, b"From: a@b\nSubject: [PATCH 0/2] Cover\n\nWhy.\n") == ([], 0)


def test_the_command_as_b4_runs_it(history: FakeHistory, tmp_path: Path) -> None:
    """b4 splits its setting like a shell, and runs it in the top folder of the tree."""
    tree = FakeHistory(tmp_path / "other")
    words = shlex.split(f"{ROOT}/scripts/svacheck b4-check --base nothing")
    done = subprocess.run(
        words, input=mail_of(tree, more_c="int x;\n"), cwd=tree.tree, stdout=subprocess.PIPE
    )
    (one,) = json.loads(done.stdout)
    assert (one["tool"], one["status"], done.returncode) == ("svacheck", "fail", 2)
    assert "'nothing' is no stored run, kernel or folder, and no revision of KDIR" in one["summary"]
