# SPDX-License-Identifier: GPL-2.0
"""A git tree whose commits are kernels that pass or fail as the test says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fake_kernel import LANE, console
from faketree import commit, git, make_kunit, make_tree
from made_up import BOOK, CITED

from svacheck import check, ktap
from svacheck.citations import Citations
from svacheck.selection import matched

KERNEL = """\
#!/bin/sh
for last; do :; done
case "${last#kunit.filter_glob=}" in
"""


def kernel(bad: Sequence[str] = (), listed: Sequence[str] = tuple(CITED), alone: str = "") -> str:
    """A script that boots as a kernel does; bad: cases that fail, alone: one that then passes."""
    suites = dict.fromkeys(case.split(".")[0] for case in listed)
    listing = "KTAP version 1\n" + "".join(f"{case}\n" for case in listed)
    text = KERNEL + _answer("*action=list*", listing + "reboot: System halted\n")
    for glob in ("svac_[*]", *suites, *listed):
        keys = matched(listed, glob.replace("[*]", "*"))
        fails = [key for key in keys if key in bad and not glob == key == alone]
        text += _answer(glob, console(keys, fails))
    return text + "esac\n"


def _answer(pattern: str, said: str) -> str:
    return f"{pattern}) cat <<'EOF' ;;\n{said}EOF\n"


class FakeHistory:
    """A kernel tree in git, in the folder place."""

    def __init__(self, place: Path) -> None:
        self.tree = make_tree(place)
        (self.tree / "kernel.sh").write_text(kernel())
        commit(self.tree)

    def commit(self, subject: str, **files: str) -> str:
        """Commit a kernel.sh, or other files by their names with _ for ., and return its id."""
        for name, text in files.items():
            (self.tree / name.replace("_", ".")).write_text(text)
        git(self.tree, "add", "-A")
        git(self.tree, "commit", "-q", "--allow-empty", "-m", subject)
        return self.head

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return git(self.tree, "rev-parse", "HEAD").strip()

    def mbox(self, revisions: str) -> bytes:
        """These revisions as git format-patch makes mails of them."""
        return git(self.tree, "format-patch", "--stdout", revisions).encode()


def install(patch: pytest.MonkeyPatch, place: Path) -> None:
    """Let the real modules work on such trees, with a cache and an overlay below place."""
    patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    patch.setattr("svacheck.places.KUNIT", make_kunit(place / "kunit"))

    def counts(src: Path, logs: Sequence[Path], *rest: Any) -> list[ktap.Counts]:
        return [ktap.counts(ktap.read(check.read_lines(path))) for path in logs]

    here: dict[str, Any] = {
        "crosscheck.kunit_counts": counts,
        "load_lane": lambda name: LANE,
        "rulebook.load": lambda: BOOK,
        "rulebook.citations": lambda: Citations(CITED, dict.fromkeys(CITED, "x.c:1"), []),
    }
    for name, value in here.items():
        patch.setattr("svacheck.check." + name, value)
    made_by(patch, None)


def made_by(patch: pytest.MonkeyPatch, commit: str | None, dirty: bool = False) -> None:
    """Let svacheck be of that commit; of none, no stored run stands for one that is to be made."""
    myself = {"version": "0.1.0", "commit": commit, "dirty": None if commit is None else dirty}
    patch.setattr("svacheck.provenance.describe_self", lambda log: myself)


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """All that a write into folder would change, .git included."""
    found = {}
    for path in folder.rglob("*"):
        seen = path.lstat()
        found[str(path)] = (seen.st_mtime_ns, seen.st_ctime_ns)
    return found
