# SPDX-License-Identifier: GPL-2.0
"""What the items of a plan made becomes runs, campaigns and a matrix of this checkout, once each.

Everything that a worker has left is material to judge: only plain files of known names and sizes
are looked at, every run is judged again from its consoles, and what an item says it did has to be
what the plan asked it for. Whatever has been taken in is found again by its id, so that a collector
that is killed, and run again, takes nothing in twice.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.certify import evidence
from svacheck.errors import EXIT_TROUBLE, Problem
from svacheck.fleet import campaigns, matrices, merge
from svacheck.fleet.planfile import CHECK, Item, Whole
from svacheck.fleet.work import RECORD, RUNS, Work
from svacheck.places import ITEM_SCHEMA, results_folder
from svacheck.report import visible

MOST_FILES = 20_000
LARGEST = 2 << 30  # bytes of all files of an item


@dataclass
class Collected:
    """taken: the folders of what the wholes became; problems: why others became nothing; matrix:
    the folder of the table, None for none."""

    taken: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    status: int = 0
    matrix: Path | None = None


def collect(work: Work) -> Collected:
    """All wholes of the plan; what one of them lacks does not keep the others from being taken."""
    found = Collected()
    columns: list[matrices.Column] = []
    for whole in work.plan.wholes:
        try:
            folder = _whole(work, whole)
        except Problem as problem:
            found.problems.append(f"{whole.id}: {problem}")
            if whole.kind == CHECK:
                columns.append(matrices.without_run(whole, str(problem)))
            found.status = EXIT_TROUBLE
            continue
        found.taken.append(folder)
        if whole.kind == CHECK:
            columns.append(matrices.of_run(whole, folder))
            found.status = max(found.status, int(columns[-1]["status"]))
        else:
            found.status = max(found.status, campaigns.status(folder))
    if len(columns) > 1:
        found.matrix = matrices.store(columns)
    return found


def _whole(work: Work, whole: Whole) -> Path:
    """What the items of a whole become. Problem: one is not done, or not what it should be."""
    items = work.plan.items_of(whole)
    missing = work.missing(items)
    if missing:
        names = ", ".join(item.id for item in missing)
        raise Problem(f"not done: {names}: {work.why(missing[0])}", str(work.folder), "execute it")
    with tempfile.TemporaryDirectory(prefix=".collect-", dir=work.folder) as name:
        copies = [_checked_copy(work, item, Path(name)) for item in items]
        token = _token(work, whole.id)
        if whole.kind != CHECK:
            return campaigns.merge(copies, whole, [item.parts for item in items], token)
        if len(items) > 1:
            parts = [merge.load(item.id, copy) for item, copy in zip(items, copies)]
            for part, item in zip(parts, items):
                _require_asked(part.run, whole, item)
            return merge.merge(parts, whole.parts, token)
        return _single(copies[0], whole, items[0])


def _token(work: Work, name: str) -> str:
    """Six digits for the id of what a whole becomes: the same whenever it is collected."""
    return hashlib.sha256(f"{work.plan.digest} {work.folder} {name}".encode()).hexdigest()[:6]


def _single(copy: Path, whole: Whole, item: Item) -> Path:
    """A run that one item has made, as it is."""
    part = merge.load(item.id, copy)
    _require_asked(part.run, whole, item)
    stored = results_folder() / copy.name
    if stored.is_dir():
        return stored
    temporary = results_folder() / f".taking-{copy.name}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(copy, temporary)
    temporary.rename(stored)
    return stored


def _require_asked(run: Any, whole: Whole, item: Item) -> None:
    """Problem unless the run is of what the plan asked the item for."""
    suite = item.command[item.command.index("--suite") + 1] if "--suite" in item.command else ""
    asked = {"kernel": whole.kernel, "lane": whole.lane, "select": suite}
    is_of = {"kernel": run["tree"]["name"], "lane": run["lane"], "select": run["select"]}
    if run["tree"]["kind"] != "debian" or asked != is_of:
        raise Problem(f"{item.id} made a run of something else", str(run["id"]), "run it again")


def _checked_copy(work: Work, item: Item, place: Path) -> Path:
    """A copy of the run or campaign of an item, of plain files alone.

    Problem: it holds anything else, or its record is not that of the item."""
    folder = work.done(item)
    record = _record(folder / RECORD, item)
    source: Path = folder / RUNS / record["made"][0]
    for holds in (folder, folder / RUNS, source):
        if not stat.S_ISDIR(holds.lstat().st_mode):
            raise Problem(f"{item.id} left what is no folder", str(holds), "run it again")
    copy = place / item.id / evidence.RUNS / source.name
    size, number = 0, 0
    for base, folders, names in os.walk(source, followlinks=False):
        for name in folders + names:
            file = Path(base, name)
            seen = file.lstat()
            number, size = number + 1, size + seen.st_size
            plain = stat.S_ISREG(seen.st_mode) and name in names
            if not plain and not (stat.S_ISDIR(seen.st_mode) and name in folders):
                raise Problem(f"{item.id} left what is no plain file", str(file), "run it again")
            if number > MOST_FILES or size > LARGEST:
                raise Problem(f"{item.id} left too much", str(source), "look at what it says")
    shutil.copytree(source, copy)
    return copy


def _record(file: Path, item: Item) -> dict[str, Any]:
    """What the worker says of the item; Problem if it is not of it."""
    record = results.read(file, ITEM_SCHEMA)
    if record["item"] != item.id or len(record["made"]) != 1:
        raise Problem("this is the record of another item", str(file), "run the item again")
    return record


def told(found: Collected) -> Sequence[str]:
    """For a person, what is worst last."""
    lines = [f"taken in  {folder}/" for folder in found.taken]
    lines += [f"matrix    {found.matrix}/"] if found.matrix else []
    return [*lines, *(f"MISSING   {visible(problem)}" for problem in found.problems)]
