# SPDX-License-Identifier: GPL-2.0
"""Revisions of the user's git tree as trees of our own.

The user's repository is only read: ours borrows its objects (git calls that alternates) and
keeps worktrees at fixed places, so that going from one revision to another rewrites the files
that differ, and no other. No hook runs and no setting of the user's counts.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from svacheck import sources
from svacheck.cachedirs import Cache, hold
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.progress import Progress
from svacheck.queries import Answer, ask
from svacheck.workcopy import require_space

BASE, HEAD = "base", "head"  # the places of a gate; a bisection uses that of head
SERIES = "series"  # the place of a repository in which patches are applied
SPACE = 1_800_000_000  # bytes of a worktree of the kernel, with some to spare
_SETTINGS = (
    "HOME=/nonexistent",
    "XDG_CONFIG_HOME=/nonexistent",
    "GIT_CONFIG_GLOBAL=/dev/null",
    "GIT_CONFIG_NOSYSTEM=1",
    "GIT_ATTR_NOSYSTEM=1",
    "GIT_TERMINAL_PROMPT=0",
    "GIT_COMMITTER_NAME=svacheck",
    "GIT_COMMITTER_EMAIL=svacheck@localhost",
)
_GIT = [
    "git",
    *("-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false"),
]


@dataclass(frozen=True)
class Revision:
    """A commit as a person knows it."""

    commit: str
    subject: str

    def __str__(self) -> str:
        return f'{self.commit[:12]} ("{self.subject}")'


class History:
    """The revisions of one git tree; no other process uses its places until ours ends.

    Raises Problem if kdir has no git repository of its own.
    """

    def __init__(
        self, kdir: Path, cache: Cache, log: CommandLog, note: Callable[[str], None]
    ) -> None:
        self.kdir = Path(os.path.realpath(kdir))
        self._log = log
        if not (os.path.lexists(self.kdir / ".git") or (self.kdir / "objects").is_dir()):
            raise Problem(
                "no git repository, so it has no revisions",
                str(kdir),
                "give KDIR the top of a git tree",
            )
        # Unlike that of the tree itself, which may be judged as well
        digest = hashlib.sha256(b"history of " + os.fsencode(self.kdir)).hexdigest()[:12]
        name = f"history-{self.kdir.name}-{digest}"
        self.folder = cache.work(re.sub(r"[^A-Za-z0-9._+-]", "-", name))
        hold(self.folder, note)
        self.repository = self.folder / "repository.git"

    # ---- the user's repository: asked, never written ----

    def revision(self, name: str) -> Revision | None:
        """The commit that name means in the user's repository, None if it means none."""
        if name.startswith("-"):
            return None
        found = self._theirs("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if found.status or not found.text:
            return None
        self.borrow()
        return self.described(found.text)

    def _theirs(self, *argv: str) -> Answer:
        return ask(self._log, [*sources.git_command(self.kdir), *argv], self.kdir)

    def _their_path(self, name: str) -> Path:
        answer = self._theirs("rev-parse", "--path-format=absolute", "--git-path", name)
        if answer.status:
            raise Problem(f"git cannot read the repository: {answer.trouble}", str(self.kdir))
        return Path(answer.text)

    # ---- ours ----

    def borrow(self) -> None:
        """Make our repository know what the user's has now, and the series applied so far."""
        if not (self.repository / "HEAD").is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            how = self._theirs("rev-parse", "--show-object-format").text or "sha1"
            init = ["init", "-q", "--bare", "--template=", f"--object-format={how}"]
            self.must(self.folder, *init, str(self.repository))
        info = self.repository / "objects" / "info"
        info.mkdir(parents=True, exist_ok=True)
        lenders = [self._their_path("objects"), self.place(SERIES) / ".git" / "objects"]
        known = "".join(f"{lender}\n" for lender in lenders if lender.is_dir())
        (info / "alternates").write_text(known)
        shallow = self._their_path("shallow")
        ours = self.repository / "shallow"
        ours.unlink(missing_ok=True)
        if shallow.is_file():
            shutil.copyfile(shallow, ours)

    def described(self, commit: str) -> Revision:
        """A commit with its subject; Problem if there is none."""
        show = ["log", "-1", "--no-show-signature", "--format=%s", commit]
        return Revision(commit, self.must(self.repository, *show).text)

    def git(self, place: Path, *argv: str) -> Answer:
        """Run git in a place of ours."""
        theirs = [name for name in sorted(os.environ) if name.startswith("GIT_")]
        clean = ["env", *(part for name in theirs for part in ("-u", name)), *_SETTINGS]
        return ask(self._log, [*clean, *_GIT, "-C", str(place), *argv], self.folder)

    def ours(self, *argv: str) -> Answer:
        """Run git in our repository."""
        return self.git(self.repository, *argv)

    def must(self, place: Path, *argv: str) -> Answer:
        """Run git in a place of ours; Problem if it fails."""
        answer = self.git(place, *argv)
        if answer.status:
            raise Problem(
                f"git {argv[0]} fails: {answer.trouble or answer.text}",
                str(self.kdir),
                f"rm -r {self.folder}, which is made again",
            )
        return answer

    def place(self, name: str) -> Path:
        """Where the worktree of that name is."""
        return self.folder / name

    def check_out(self, name: str, revision: Revision, progress: Progress) -> Path:
        """The worktree of that name, holding the revision and nothing else.

        Opens the phase "check out". Problem: no space, or git cannot.
        """
        place = self.place(name)
        with progress.phase("check out"):
            if not self._switch(place, revision.commit):
                self._make(place, revision.commit)
        return place

    def _switch(self, place: Path, commit: str) -> bool:
        """Whether a worktree that is there could be brought to the commit."""
        if not (place / ".git").is_file():
            return False
        admin = self.repository / "worktrees" / place.name
        (admin / "index.lock").unlink(missing_ok=True)  # of a process that died: we hold the place
        moved = self.git(place, "checkout", "-q", "--force", "--detach", commit)
        return moved.status == 0 and self.git(place, "clean", "-ffdxq").status == 0

    def _make(self, place: Path, commit: str) -> None:
        if place.exists():
            shutil.rmtree(place)
        self.must(self.repository, "worktree", "prune")
        require_space(SPACE, self.folder, "a worktree")
        self.must(self.repository, "worktree", "add", "-q", "--detach", str(place), commit)
