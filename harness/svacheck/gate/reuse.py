# SPDX-License-Identifier: GPL-2.0
"""A stored run that a gate would only make once more: same kernel, same suites, same judge."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from svacheck import build as building
from svacheck import provenance, results, trees
from svacheck.cachedirs import Cache
from svacheck.check import Options
from svacheck.commands import CommandLog
from svacheck.gate.history import Revision
from svacheck.judged import ERROR
from svacheck.places import results_folder
from svacheck.progress import Progress

MOST = 50  # runs of a lane that are looked at, the newest first


def stored(
    options: Options, revision: Revision | None, progress: Progress
) -> tuple[Path, dict[str, Any]] | None:
    """The run that check() would make with these options, if it is stored already.

    revision: what the tree is a worktree of. None as well if this checkout has changes that no
    commit names, or the user's own implementations are judged: then nobody can tell that the
    suites are the same. Problem: the tree cannot be had.
    """
    log = CommandLog(progress.command)
    myself = provenance.describe_self(log)
    if not myself["commit"] or myself["dirty"] or options.implementations:
        return None
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
    commits = [myself["commit"]] + ([revision.commit] if revision else [])
    alike = [
        (folder, run)
        for folder, run in _newest(options.lane, commits)
        if all(run.get(key) == value for key, value in wanted.items())
    ]
    if not alike:
        return None  # without having read the tree
    tree = trees.resolve(options.kernel, options.kdir, Cache.default(), log, progress)
    compiler = building.compiler(log)
    for folder, run in alike:
        if (
            run["verdict"] != ERROR
            and run["tree"]["identity"] == tree.identity
            and run["build"]["compiler"] == compiler
        ):
            return results.load(str(folder))
    return None


def _newest(lane: str, commits: Sequence[str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The runs of a lane that name these commits. Nobody has looked whether they are whole."""
    found = results_folder().glob(f"*-{lane}-*/run.json")
    names = [path.parent.name for path in found if results.RUN_ID.fullmatch(path.parent.name)]
    for name in sorted(names, reverse=True)[:MOST]:
        try:
            content = (results_folder() / name / "run.json").read_bytes()
            named = all(f'"{commit}"'.encode() in content for commit in commits)
            run = json.loads(content) if named else {}
        except (OSError, ValueError):
            continue  # it is of no use, and of no harm
        yield results_folder() / name, run
