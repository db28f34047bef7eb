# SPDX-License-Identifier: GPL-2.0
"""What BASE and HEAD mean, and the run that each comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.check import Options, check
from svacheck.errors import EXIT_INTERRUPTED, Problem
from svacheck.gate.history import History, Revision
from svacheck.gate.mail import Patch
from svacheck.gate.reuse import stored
from svacheck.gate.series import apply
from svacheck.kernels import load_kernels
from svacheck.progress import Progress

RUN, KERNEL, TREE, REVISION, SERIES = "run", "kernel", "tree", "revision", "series"
KINDS = (RUN, KERNEL, TREE, REVISION)


@dataclass(frozen=True)
class Meant:
    """What a user's word means. given: the word; place: where a revision is checked out."""

    given: str
    kind: str
    run: str = ""  # of RUN: the folder
    kernel: str = ""
    tree: Path | None = None
    revision: Revision | None = None  # of REVISION; of SERIES: what it is applied to
    patches: tuple[Patch, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class Side:
    """A run to compare. measured: by this gate; options: what builds its kernel again, None if
    that is not known; revision: what was checked out, if anything was."""

    given: str
    kind: str
    run: dict[str, Any]
    folder: Path | None
    measured: bool
    options: Options | None = None
    revision: Revision | None = None

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        if self.revision:
            return str(self.revision)
        version = self.run["tree"]["version"]
        return self.given if version in self.given else f"{self.given} ({version})"


def meaning(given: str, place: str, history: Callable[[], History] | None) -> Meant:
    """What a word means: a stored run, a named kernel, a folder or a revision.

    history: of KDIR, None without one. A word that means two things needs one of KINDS and a
    colon before it. Problem: it means nothing, or two things.
    """
    kind, colon, rest = given.partition(":")
    asked = (kind,) if colon and kind in KINDS else KINDS
    word = rest if asked != KINDS else given
    found = [one for one in (_as(kind, word, place, history) for kind in asked) if one]
    if len(found) > 1:
        kinds = [one.kind for one in found]
        raise Problem(
            f"{given!r} is a {' and a '.join(kinds)}", place.upper(), f"write {kinds[0]}:{given}"
        )
    if not found:
        of = "of KDIR" if history else "of the git tree that KDIR names"
        raise Problem(
            f"{given!r} is no stored run, kernel or folder, and no revision {of}",
            place.upper(),
            f"kernels are {', '.join(load_kernels())}",
        )
    return replace(found[0], given=given)


def _as(kind: str, word: str, place: str, history: Callable[[], History] | None) -> Meant | None:
    if kind == RUN:
        return _run(word)
    if kind == KERNEL:
        return Meant(word, kind, kernel=word) if word in load_kernels() else None
    if kind == TREE:
        folder = Path(word).expanduser().absolute()
        whole = word and folder.is_dir() and not (folder / "run.json").is_file()
        return Meant(word, kind, tree=folder) if whole else None
    revision = history().revision(word) if history and word else None
    return Meant(word, kind, revision=revision, place=place) if revision else None


def _run(word: str) -> Meant | None:
    try:
        return Meant(word, RUN, run=str(results.find(word)))
    except Problem:
        if word == "last" or word[8:9] == "T":  # it cannot be anything else
            raise
        return None


def prepare(
    meant: Meant, asked: Options, history: Callable[[], History] | None, progress: Progress
) -> tuple[Options | None, Revision | None]:
    """What makes the run that is meant, None for a stored one, and what was checked out for it.

    asked: how to make it. Problem: a revision cannot be had, or a series does not apply.
    """
    if meant.kind == RUN:
        return None, None
    if meant.kind == KERNEL:
        return replace(asked, kernel=meant.kernel), None
    if meant.kind == TREE:
        return replace(asked, kdir=meant.tree), None
    assert history and meant.revision
    revision = meant.revision
    if meant.kind == SERIES:
        revision = apply(history(), revision, meant.patches, progress)
    history().check_out(meant.place, revision, progress)
    return replace(asked, kdir=history().place(meant.place)), revision


def measure(
    meant: Meant,
    options: Options | None,
    revision: Revision | None,
    fresh: bool,
    progress: Progress,
) -> Side:
    """The run that is meant, loaded or made as prepare() says. fresh: not one that is stored.

    Problem: it cannot be loaded, made or stored. KeyboardInterrupt: it was interrupted.
    """
    if not options:
        folder, run = results.load(meant.run)
        return Side(meant.given, meant.kind, run, folder, False)
    found = None if fresh else stored(options, revision, progress)
    if found:
        return Side(meant.given, meant.kind, found[1], found[0], False, options, revision)
    done = check(options, progress)
    if done.status == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if done.trouble:
        raise done.trouble
    return Side(meant.given, meant.kind, done.run, done.folder, True, options, revision)
