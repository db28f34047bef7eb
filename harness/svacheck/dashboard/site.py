# SPDX-License-Identifier: GPL-2.0
"""The whole site: written aside, and in its place only when it is whole."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from svacheck import VERSION
from svacheck.dashboard import charts, evidence, otherpages, rulepages, runpage
from svacheck.dashboard.collect import Courses
from svacheck.dashboard.data import put
from svacheck.dashboard.excerpts import Consoles
from svacheck.dashboard.pages import ASSETS, Pages
from svacheck.dashboard.shown import RunFacts, Source
from svacheck.errors import Problem
from svacheck.gate.compare import CLASSES, change_table
from svacheck.progress import Progress

MARK = ".svacheck-dashboard"  # in each folder that is a site of ours and may be replaced


@dataclass(frozen=True)
class Built:
    """pages: how many; runs: that are on them; unread: those of which there is but a reason."""

    folder: Path
    pages: int
    runs: int
    unread: int


def build(source: Source, folder: Path, out: Path, progress: Progress) -> Built:
    """Write the site of these runs, and of what else is stored in folder, as the folder out.

    Problem if out is something else's, or cannot be written."""
    _ours_or_free(out)
    library = charts.library()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        try:
            built = _fill(source, folder, aside, library, progress)
            (aside / MARK).touch()
            aside.chmod(0o755)
            _replace(aside, out)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise Problem(
            f"cannot write the site: {error.strerror}",
            str(error.filename or out),
            "make room, or --out",
        ) from error
    return Built(out, *built)


def _ours_or_free(out: Path) -> None:
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir() or (any(out.iterdir()) and not (out / MARK).is_file()):
        raise Problem(
            "this holds something that is no site of svacheck", str(out), "name another: --out"
        )


def _replace(aside: Path, out: Path) -> None:
    """What was there stays until the new one is whole."""
    old = aside.with_name(aside.name + "-old")
    if out.exists():
        out.rename(old)
    aside.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _fill(
    source: Source, folder: Path, out: Path, library: bytes, progress: Progress
) -> tuple[int, int, int]:
    """How many pages, how many runs, and how many of these cannot be read."""
    made = {
        "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "by": f"svacheck {VERSION}",
        "of": str(folder),
    }
    shutil.copytree(ASSETS, out / "assets")
    (out / "assets" / "chart.js").write_bytes(library)
    pages = Pages(out, made)
    with progress.phase("runs"):
        courses = _runs(pages, source, progress)
    rulepages.write(pages, courses, evidence.gather(source, courses, Consoles()))
    classes = {"classes": CLASSES, "changes": change_table()}
    put(out / "data" / "classes.js", "classes", classes)
    otherpages.write(pages, folder, progress)
    unread = sum(bool(run.trouble) for run in courses.runs)
    return len(pages), len(courses.runs), unread


def _runs(pages: Pages, source: Source, progress: Progress) -> Courses:
    """The page of each run; one that cannot be read after all is shown as such."""
    courses = Courses(source.runs())
    consoles = Consoles()
    for at, run in enumerate(courses.runs):
        if not run.trouble:
            try:
                results = source.results(run)
                failing = runpage.failing(results)
                details = source.details(run, failing) if failing else {}
                courses.add(at, results)
                runpage.write(pages, courses, at, results, details, consoles)
            except Problem as problem:
                courses.runs[at] = RunFacts(run.id, run.folder, problem.what)
        if courses.runs[at].trouble:
            runpage.unread(pages, courses.runs[at])
        progress.count(at + 1, len(courses.runs), "runs")
    return courses
