# SPDX-License-Identifier: GPL-2.0
"""The cases that fail at head, run again: does each of them fail each time?"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from svacheck import build as building
from svacheck import overlay, trees
from svacheck.cachedirs import Cache
from svacheck.check import Finished, Options, check
from svacheck.commands import CommandLog
from svacheck.errors import EXIT_INTERRUPTED, Problem
from svacheck.gate.compare import FAILING, UNSTABLE, Change, Comparison
from svacheck.gate.sides import Side
from svacheck.progress import Progress
from svacheck.stability import UNSTABLE as FLIPPED

MOST = 40  # suite.case that are run again: where so many fail, chance is not the reason


@dataclass
class Again:
    """runs: the folders of the runs made; why: why none could be made, "" if that is not so."""

    times: int
    runs: list[str] = field(default_factory=list)
    why: str = ""
    seconds: float = 0.0


def again(comparison: Comparison, head: Side, times: int, progress: Progress) -> Again:
    """Run what newly fails again, each case alone so many times, and reclassify what flips.

    Of more than MOST the first are taken; the others stay what they are. A case that passes
    alone is run once more among the others, since its failure may need what another case left
    behind. KeyboardInterrupt: it was interrupted.
    """
    result = Again(times)
    doubtful = [
        case
        for case in comparison.cases
        if case.change in FAILING[:2] and not case.known  # those that have failed before, fail
    ]
    if not doubtful or not times:
        return result
    try:
        options = head.options or kernel_of(head.run, progress)
        keys = list(dict.fromkeys(map(_key, doubtful)))[:MOST]
        alone = replace(options, suite=",".join(keys), alone=True, rounds=times)
        doubtful = [case for case in doubtful if _key(case) in keys]
        came = _run(alone, head.run, result, progress)
        passed = [case for case in doubtful if came.get(case.id, {}).get("status") == "pass"]
        among = _run(options, head.run, result, progress) if passed else {}
    except Problem as problem:
        result.why = str(problem)
        return result
    for case in doubtful:
        _judge(case, came.get(case.id), among.get(case.id) if case in passed else None, times)
    unstable = {case.id for case in doubtful if case.change == UNSTABLE}
    for rule in comparison.rules:
        if rule.change in FAILING and rule.cases and unstable.issuperset(rule.cases):
            rule.change = UNSTABLE
    return result


def _key(case: Change) -> str:
    """suite.case: what can be selected."""
    return case.id.split("/", 1)[0]


def _run(
    options: Options, first: dict[str, Any], result: Again, progress: Progress
) -> dict[str, dict[str, Any]]:
    """The cases of a run of the kernel of the run first, by their ids."""
    done: Finished = check(options, progress)
    if done.status == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if done.folder:
        result.runs.append(str(done.folder))
    result.seconds += done.run["seconds"]
    if done.run["build"] is None:
        raise Problem("the kernel cannot be built again", str(done.folder))
    if done.run["build"]["overlay_sha256"] != first["build"]["overlay_sha256"]:
        raise Problem("the suites are not those of the run any more", str(done.folder))
    return {case["id"]: case for case in done.run["cases"]}


def _judge(
    case: Change, alone: dict[str, Any] | None, among: dict[str, Any] | None, times: int
) -> None:
    """Say of a case what it came to alone, and among the others if it was tried there."""
    if alone is None:
        case.change, case.again = UNSTABLE, "it did not run when it was run again"
    elif alone["reason"].startswith(FLIPPED):
        case.change = UNSTABLE
        case.again = f"alone: {alone['reason'].removeprefix(FLIPPED)}"
    elif alone["status"] != "pass":
        case.again = f"alone: {alone['status']} {times} of {times}"
    elif among and among["status"] in ("fail", "error"):
        case.again = f"alone: pass {times} of {times}; among the others it fails again"
    else:
        case.change = UNSTABLE
        came = among["status"] if among else "absent"
        case.again = f"alone: pass {times} of {times}; among the others: {came}"


# ---- a stored run ----


def kernel_of(run: dict[str, Any], progress: Progress) -> Options:
    """What boots the kernel of a stored run without building it; Problem if it is not there."""
    tree, lane = run["tree"], run["lane"]
    cache, log = Cache.default(), CommandLog()
    options = Options(lane=lane, suite=run["select"], strict=run["strict"])
    if tree["kind"] == "debian":
        known = tree["identity"]
        name = f"{known.get('package')}_{known.get('debian_version')}"
        if not (cache.pristine(name) / "tree").is_dir():
            raise Problem("its kernel is not in the cache any more", name)
        options = replace(options, kernel=tree["name"])
    else:
        options = replace(options, kdir=Path(tree["name"]))
    found = trees.resolve(options.kernel, options.kdir, cache, log, progress)
    if found.identity != tree["identity"]:
        raise Problem("its kernel tree is not what it was", tree["name"])
    folder = trees.work_folder(found, cache)
    laid = overlay.laid_sha256(folder / "src")
    stamp = folder / f"build-{lane}" / building.STAMP
    built = json.loads(stamp.read_bytes()) if stamp.is_file() else {}
    wanted = run["build"] or {}
    if laid != wanted.get("overlay_sha256") or built.get("config_sha256") != wanted.get(
        "config_sha256"
    ):
        raise Problem("its kernel is not built any more", str(stamp.parent))
    return options
