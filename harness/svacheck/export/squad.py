# SPDX-License-Identifier: GPL-2.0
"""What SQUAD takes: tests.json, metrics.json and metadata.json of each run or session.

By its documentation ("Submitting results"): a test's value is "pass" or "fail", and whatever else
is shown as skipped. So what is an error here is a "fail" there: shown as skipped, nobody would
look at it. A slash ends the name of a suite, and brackets hold a variant, in which slashes may be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from svacheck.export.document import Document, as_json
from svacheck.export.stored import Record, Stored, figures
from svacheck.export.text import Names, clean, words
from svacheck.store.digest import revision_of

_VALUE = {"pass": "pass", "fail": "fail", "error": "fail", "skip": "skip"}
_SAFE = "A-Za-z0-9._:+-"
NAME = 240  # characters of a name, of which the database of SQUAD has room for 256


@dataclass(frozen=True)
class Submission:
    """What goes to one /api/submit/GROUP/PROJECT/BUILD/ENVIRONMENT."""

    id: str
    build: str
    environment: str
    tests: Mapping[str, str]
    metrics: Mapping[str, list[float]]
    metadata: Mapping[str, str]

    @property
    def files(self) -> dict[str, Mapping[str, Any]]:
        """The names under which it is sent, and what they hold."""
        return {"tests": self.tests, "metrics": self.metrics, "metadata": self.metadata}


def make(stored: Sequence[Stored]) -> list[Document]:
    """Three files in a folder for each."""
    return [
        as_json(f"{one.id}/{name}.json", content)
        for one in submissions(stored)
        for name, content in one.files.items()
    ]


def submissions(stored: Sequence[Stored]) -> list[Submission]:
    """One for each run, and for each side of a session: their kernels are other builds."""
    made: list[Submission] = []
    for one in stored:
        if not one.bench:
            made.append(_run(one))
            continue
        sides = one.record["sides"]
        made += [_side(one, side, len(sides) > 1) for side in sides]
    return made


def _run(one: Stored) -> Submission:
    run = one.record
    names, tests = Names(), {"svacheck/verdict": _VALUE[run["verdict"]]}
    for case in run["cases"]:
        head, tail = words([case["suite"]], _SAFE, ""), words([case["name"]], _SAFE, "")
        variant = f"[{words([case['param']], _SAFE + '/', '')}]" if case["param"] else ""
        name = f"svacheck/{head}/{tail}{variant}"[:NAME]
        tests[names.unique(name, case["id"])] = _VALUE[case["status"]]
    metadata = {
        "job_id": one.id,
        "datetime": run["started"].replace("Z", "+00:00"),
        "job_status": run["verdict"],
        "lane": clean(run["lane"]),
        "kernel": clean(run["tree"]["version"]),
        "svacheck": clean(run["svacheck"]["version"]),
        "selection": clean(run["select"]),
        "problems": clean("; ".join(run["problems"])),
    }
    seconds = {f"svacheck/seconds/{words([n], _SAFE, '')}": [s] for n, s in run["phases"].items()}
    build, environment = _build(run["tree"]), _slug(run["lane"])
    return Submission(one.id, build, environment, tests, seconds, metadata)


def _side(one: Stored, side: Record, several: bool) -> Submission:
    session = one.record
    id_ = f"{one.id}.{side['name']}" if several else one.id
    names, metrics = Names(), {}
    for figure in figures(side):
        name = f"svacheck/bench/{words([figure.key.replace('/', ':')], _SAFE, '')}"[:NAME]
        metrics[names.unique(name, figure.key)] = figure.samples
    verdict = "fail" if session["problems"] else "pass"
    metadata = {
        "job_id": id_,
        "datetime": session["started"].replace("Z", "+00:00"),
        "job_status": "error" if session["problems"] else "done",
        "processor": clean(session["host"]["processor"]),
        "unit": "ns",
        "problems": clean("; ".join(session["problems"])),
    }
    tests = {"svacheck/bench": verdict}
    return Submission(id_, _build(side["tree"]), "bench", tests, metrics, metadata)


def _build(tree: Record) -> str:
    """As a part of an address: the version, and what tells the tree from others of it."""
    revision = revision_of(tree["identity"])
    name = tree["version"] if revision.startswith(tree["version"]) else ""
    return _slug(revision if name else f"{tree['version']}-{revision[:40]}".rstrip("-"))


def _slug(name: str) -> str:
    """What SQUAD takes as a part of an address: it begins with a letter or digit."""
    made = words([name], "A-Za-z0-9_.-", "")
    return made if made[0].isalnum() else f"x{made}"
