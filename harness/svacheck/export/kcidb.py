# SPDX-License-Identifier: GPL-2.0
"""KCIDB, the format that KernelCI takes, in version 5.3.

Its rules are those of kcidb-io's schema v05_03; results/schema/kcidb-5.3.schema.json has the part
of them that is of use here. A checkout, a build and its tests for each run, whose ids are made of
the run's: what is sent twice is one thing to KCIDB.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from svacheck.errors import Problem
from svacheck.export.document import Document, as_json
from svacheck.export.stored import Figure, Record, Stored, figures, parts, said, shares, trouble
from svacheck.export.text import Names, clean, excerpt, words
from svacheck.places import KCIDB_SCHEMA
from svacheck.results import schema_fault

ORIGIN = "svacheck"
VERSION = {"major": 5, "minor": 3}
LOG = 16_384  # characters of a log_excerpt
_ORIGIN = re.compile(r"[a-z0-9_]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_STATUS = {"pass": "PASS", "fail": "FAIL", "error": "ERROR", "skip": "SKIP"}
# "MISS": the harness failed, and nobody knows anything of the code
_OF_RUN = {"pass": "PASS", "fail": "FAIL", "error": "MISS"}


def make(stored: Sequence[Stored], origin: str = ORIGIN) -> list[Document]:
    """One submission with all of them. ValueError: it does not fit the schema, a defect."""
    return [as_json("kcidb.json", submission(stored, origin))]


def submission(stored: Sequence[Stored], origin: str) -> dict[str, Any]:
    """What KCIDB takes, as an object."""
    if not _ORIGIN.fullmatch(origin):
        raise Problem(f"{origin!r} is no origin", "kcidb", "it is made of a-z, 0-9 and _")
    made: dict[str, Any] = {"version": VERSION, "checkouts": [], "builds": [], "tests": []}
    for one in stored:
        add = _session if one.bench else _run
        add(made, one, origin)
    fault = schema_fault(made, KCIDB_SCHEMA)
    if fault:
        raise ValueError(f"the submission does not fit the schema of KCIDB: {fault}")
    return made


def _checkout(id_: str, origin: str, tree: Record, started: str) -> dict[str, Any]:
    identity = tree["identity"]
    made = {
        "id": id_,
        "origin": origin,
        "tree_name": clean(tree["name"] if tree["kind"] == "debian" else tree["kind"]),
        "comment": clean(f"Linux {tree['version']}"),
        "start_time": started,
        "valid": True,
        "misc": {
            "kind": tree["kind"],
            "identity": {clean(k): clean(v) for k, v in identity.items()},
        },
    }
    describe = identity.get("describe", "")
    # A tree with changes is not what its commit is
    if _COMMIT.fullmatch(identity.get("commit", "")) and "dirty" not in identity:
        made["git_commit_hash"] = identity["commit"]
        if describe:
            made["git_commit_name"] = clean(describe)
    return made


# ---- runs ----


def _run(made: dict[str, Any], one: Stored, origin: str) -> None:
    run = one.record
    id_ = f"{origin}:{one.id}"
    made["checkouts"].append(_checkout(id_, origin, run["tree"], run["started"]))
    made["builds"].append(_build(run, id_, origin))
    common = {"origin": origin, "build_id": id_, "start_time": run["started"]}
    environment = _environment(run)
    names, share = Names(), shares(run)
    whole = {
        "id": f"{id_}.verdict",
        **common,
        "path": "svacheck",
        "status": _OF_RUN[run["verdict"]],
        "duration": run["seconds"],
        "environment": environment,
        "misc": {"counts": dict(run["counts"]), "selection": clean(run["select"])},
    }
    made["tests"].append(_with_log(whole, trouble(run)))
    for case in run["cases"]:
        path = words(["svacheck", *parts(case)], "A-Za-z0-9_-", ".")
        test = {
            "id": f"{id_}.{_hash(case['id'])}",
            **common,
            "path": names.unique(path, case["id"]),
            "status": _status(case),
            "duration": round(share[case["boot"]], 6),
            "environment": environment,
            "misc": {"case": clean(case["id"]), "rules": [clean(rule) for rule in case["rules"]]},
        }
        made["tests"].append(_with_log(test, said(case, run)))


def _status(case: Record) -> str:
    never_ran = case["status"] == "error" and not case["boot"]
    return "MISS" if never_ran else _STATUS[case["status"]]


def _build(run: Record, id_: str, origin: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": id_,
        "origin": origin,
        "checkout_id": id_,
        "start_time": run["started"],
        "architecture": words([run["host"]["machine"].lower()], "a-z0-9_", ""),
        "config_name": clean(run["lane"]),
        "misc": {
            "svacheck": {k: v for k, v in run["svacheck"].items() if v is not None},
            "kernel_args": [clean(one) for one in run["kernel_args"]],
        },
    }
    if run["build"]:
        made["status"] = "PASS"
        made["compiler"] = clean(run["build"]["compiler"])
        made["misc"]["config_sha256"] = run["build"]["config_sha256"]
    elif run["verdict"] == "error":
        made["status"] = "ERROR"
    if "build" in run["phases"]:
        made["duration"] = run["phases"]["build"]
    return made


def _environment(run: Record) -> dict[str, Any]:
    machine = run.get("machine")
    platform = words([Path(machine["program"]).name], "A-Za-z0-9._-", "") if machine else "uml"
    comment = machine["accelerator"] if machine else "User Mode Linux"
    return {"comment": comment, "misc": {"platform": platform}}


def _with_log(test: dict[str, Any], log: str) -> dict[str, Any]:
    return test | ({"log_excerpt": excerpt(log, LOG)} if log else {})


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:20]


# ---- sessions of times ----


def _session(made: dict[str, Any], one: Stored, origin: str) -> None:
    session = one.record
    for side in session["sides"]:
        id_ = f"{origin}:{one.id}.{side['name']}"
        made["checkouts"].append(_checkout(id_, origin, side["tree"], session["started"]))
        made["builds"].append(
            {
                "id": id_,
                "origin": origin,
                "checkout_id": id_,
                "start_time": session["started"],
                "architecture": words([session["host"]["machine"].lower()], "a-z0-9_", ""),
                "compiler": clean(side["compiler"]),
                "config_name": "bench",
                "status": "PASS",
            }
        )
        common = {"origin": origin, "build_id": id_, "start_time": session["started"]}
        common["environment"] = {"misc": {"platform": clean(session["host"]["processor"])}}
        whole = {"id": f"{id_}.session", **common, "path": "svacheck.bench"}
        whole |= {"status": "ERROR" if session["problems"] else "DONE"}
        made["tests"].append(_with_log(whole, "\n".join(session["problems"])))
        names = Names()
        for figure in figures(side):
            made["tests"].append(_measured(figure, id_, common, names))


def _measured(figure: Figure, id_: str, common: dict[str, Any], names: Names) -> dict[str, Any]:
    """A time in seconds: the prefix has those who show it choose ns."""
    who = [] if figure.implementation == "-" else [figure.implementation]
    path = words(["svacheck", "bench", *figure.metric.split("."), *who], "A-Za-z0-9_-", ".")
    between = {"low": figure.low, "high": figure.high}
    return {
        "id": f"{id_}.{_hash(figure.key)}",
        **common,
        "path": names.unique(path, figure.key),
        "comment": clean(figure.what),
        "status": "DONE",
        "number": {"value": figure.median * 1e-9, "unit": "s", "prefix": "metric"},
        "misc": {
            "boots": figure.boots,
            "ns": {name: value for name, value in between.items() if value is not None},
        },
    }
