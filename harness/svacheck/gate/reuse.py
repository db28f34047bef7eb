# SPDX-License-Identifier: GPL-2.0
"""A stored run that a gate would only make once more: same kernel, same suites, same judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from svacheck import build as building
from svacheck import provenance, results, trees
from svacheck.cachedirs import Cache
from svacheck.check import Options
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.judged import ERROR
from svacheck.places import results_folder
from svacheck.progress import Progress

MOST = 50  # runs of a kernel version and lane that are looked at, the newest first


def stored(options: Options, progress: Progress) -> tuple[Path, dict[str, Any]] | None:
    """The run that check() would make with these options, if it is stored already.

    None as well if this checkout has changes that no commit names, or the user's own
    implementations are judged: then nobody can tell that the suites are the same. Problem: the
    tree cannot be had.
    """
    log = CommandLog(progress.command)
    myself = provenance.describe_self(log)
    if not myself["commit"] or myself["dirty"] or options.implementations:
        return None
    tree = trees.resolve(options.kernel, options.kdir, Cache.default(), log, progress)
    wanted = {
        "svacheck": myself,
        "lane": options.lane,
        "select": options.suite,
        "strict": options.strict,
        "rounds": options.rounds,
        "alone": options.alone,
        "kernel_args": list(options.kernel_args),
        "plugged_in": [],
    }
    for folder, run in _newest(f"-{tree.version}-{options.lane}-", myself["commit"]):
        same = all(run.get(key) == value for key, value in wanted.items())
        if not same or run["tree"]["identity"] != tree.identity or run["verdict"] == ERROR:
            continue
        if run["build"]["compiler"] == building.compiler(log):
            return folder, run
    return None


def _newest(middle: str, commit: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The whole runs whose names have middle in them and that the commit made."""
    names = [
        p.name for p in results_folder().glob(f"*{middle}*") if results.RUN_ID.fullmatch(p.name)
    ]
    for name in sorted(names, reverse=True)[:MOST]:
        folder = results_folder() / name
        try:
            if json.dumps(commit).encode() in (folder / "run.json").read_bytes():
                yield results.load(str(folder))
        except (OSError, Problem):
            continue  # it is of no use, and of no harm
