# SPDX-License-Identifier: GPL-2.0
"""A patch series applied to a revision, with git am.

git marks an object that it is about to write as new where it finds it, in the user's repository
too if ours borrows from there. So the series gets a repository that borrows nothing, with the
one commit that it is applied to, and whose worktree holds no file but those that are patched.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from svacheck.errors import Problem
from svacheck.gate.history import SERIES, History, Revision
from svacheck.gate.mail import Patch
from svacheck.progress import Progress

_BASE = "refs/svacheck/base"
_STUCK = re.compile(
    r"error: (?:patch failed: (\S+):\d+|(\S+): (?:does not|already|patch does not|No such))"
)


def apply(
    history: History, base: Revision, patches: Sequence[Patch], progress: Progress
) -> Revision:
    """The last commit of the patches on top of base; history knows it then.

    Opens the phase "apply". Problem: a patch does not apply; it names the patch and the file.
    """
    place = history.place(SERIES)
    with progress.phase("apply"):
        _bring(history, place, base)
        for patch in patches:
            _am(history, place, patch)
        commit = history.must(place, "rev-parse", "HEAD").text
        history.borrow()
    return history.described(commit)


def _bring(history: History, place: Path, base: Revision) -> None:
    """Make place a repository at base, without its files: git am fetches those that it needs."""
    if not (place / ".git" / "HEAD").is_file():
        place.mkdir(parents=True, exist_ok=True)
        kind = history.ours("rev-parse", "--show-object-format").text
        history.must(place, "init", "-q", "--template=", f"--object-format={kind}")
    for left in place.iterdir():
        if left.name == ".git":
            (left / "index.lock").unlink(missing_ok=True)  # of a process that died
            shutil.rmtree(left / "rebase-apply", ignore_errors=True)  # of a patch that did not fit
        elif left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
    if history.git(place, "rev-parse", "--verify", "-q", _BASE).text != base.commit:
        spec = f"+{base.commit}:{_BASE}"
        history.must(place, "fetch", "-q", "--depth=1", str(history.repository), spec)
    history.must(place, "update-ref", "--no-deref", "HEAD", base.commit)
    history.must(place, "read-tree", base.commit)


def _am(history: History, place: Path, patch: Patch) -> None:
    mail = place.with_name("mail")
    mail.write_bytes(patch.mail)
    # The time of the mail makes the same series the same commit
    how = ["am", "-q", "--no-3way", "--committer-date-is-author-date", "--no-gpg-sign"]
    answer = history.git(place, *how, str(mail))
    if answer.status:
        said = answer.trouble or answer.text
        stuck = _STUCK.search(said)
        where = f"conflict in {stuck[1] or stuck[2]}" if stuck else said
        raise Problem(
            f'patch {patch.number} of {patch.of} does not apply ("{patch.subject}"): {where}',
            str(history.kdir),
            "give as BASE the revision that the series is made for",
        )
