# SPDX-License-Identifier: GPL-2.0
"""The table kernel x rule of what the items of a plan made: as svacheck matrix has it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from svacheck import matrix, results
from svacheck.check import Finished
from svacheck.commands import CommandLog
from svacheck.fleet.planfile import Whole
from svacheck.judged import EXIT
from svacheck.places import results_folder
from svacheck.results import Run

Column = Mapping[str, Any]
STAMP = 16  # characters of the time that an id begins with


def of_run(whole: Whole, folder: Path) -> Column:
    """The column of a stored run."""
    run = results.read(folder / "run.json")
    done = Finished(run, folder, EXIT[run["verdict"]])
    return {**_head(whole, run["seconds"]), **matrix.of_run(done)}


def without_run(whole: Whole, problem: str) -> Column:
    """The column of what came to nothing."""
    return {**_head(whole, 0.0), **matrix.without_run(problem)}


def _head(whole: Whole, seconds: float) -> Column:
    return {"kernel": whole.kernel, "lane": whole.lane, "seconds": round(seconds, 1)}


def store(columns: Sequence[Column]) -> Path:
    """The folder of the table; the same table is stored once."""
    runs = [str(column["run"]) for column in columns if column["run"]]
    content = json.dumps(columns, sort_keys=True).encode()
    token = hashlib.sha256(content).hexdigest()[:6]
    kernels = "_".join(dict.fromkeys(str(column["kernel"]) for column in columns))
    lanes = "_".join(dict.fromkeys(str(column["lane"]) for column in columns))
    moment = max(run[:STAMP] for run in runs) if runs else time.strftime("%Y%m%dT%H%M%SZ")
    seconds = time.mktime(time.strptime(moment, "%Y%m%dT%H%M%SZ")) - time.timezone
    wanted = matrix.KIND + results.new_id(kernels, lanes, seconds)[: -len(token)] + token
    stored = results_folder() / wanted
    if stored.is_dir():
        return stored
    run = Run(kernels, lanes, seconds, kind=matrix.KIND)
    run.id = wanted
    made = {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
        "seconds": round(sum(float(column["seconds"]) for column in columns), 1),
        "status": max(int(column["status"]) for column in columns),
        "columns": list(columns),
        "not_made": [],
        "rules": {rule["id"]: rule["sentence"] for name in runs for rule in _rules(name)},
    }
    done = matrix.store(run, made, CommandLog())
    if done.trouble:
        raise done.trouble
    return done.folder


def _rules(run: str) -> list[dict[str, Any]]:
    return list(results.read(results_folder() / run / "run.json")["rules"])
