# SPDX-License-Identifier: GPL-2.0
"""A plan as continuous integration of others takes it: GitLab, GitHub, and labs of KernelCI.

Each has a job for an item, and one at the end that takes in what these have left. What a job runs
is svacheck execute for this one item.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from svacheck.errors import Problem
from svacheck.fleet.planfile import CHECK, Item, Plan
from svacheck.kernels import load_lane
from svacheck.places import ROOT

IMAGE = "debian:bookworm"
WORK = "work"
KEEP = "1 week"
DAYS = 7
SLACK = 4  # times what an item is expected to take, and at least ...
LEAST = 60  # minutes: then it is given up
MOST = 256  # jobs of a GitHub matrix, and 200 of a GitLab one
MOST_GITLAB = 200
PACKAGES = ROOT / "scripts" / "packages"
SECTIONS = ("check", "qemu", "fleet")


def _before() -> list[str]:
    """Commands that install what a job needs in an image of Debian."""
    names, section = ["git"], ""
    for line in PACKAGES.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#") and section in SECTIONS:
            names.append(line)
    install = "apt-get install --yes --no-install-recommends " + " ".join(sorted(set(names)))
    return ["apt-get update", install]


def _execute(path: str, item: str) -> str:
    words = ["scripts/svacheck", "execute", path, "--on", "local", "--work", WORK, "--no-collect"]
    return f"{shlex.join(words)} --only {item}"


def _minutes(plan: Plan) -> int:
    longest = max(item.seconds for item in plan.items)
    return max(LEAST, int(SLACK * longest / 60) + 1)


def _require(number: int, most: int, who: str) -> None:
    if number > most:
        raise Problem(f"{who} takes {most} jobs in a matrix, the plan has {number}", "--shards")


def gitlab(plan: Plan, path: str) -> dict[str, Any]:
    """A .gitlab-ci.yml."""
    _require(len(plan.items), MOST_GITLAB, "GitLab")
    minutes = _minutes(plan)
    return {
        "stages": ["run", "collect"],
        "default": {"image": IMAGE, "before_script": _before()},
        "item": {
            "stage": "run",
            "parallel": {"matrix": [{"ITEM": [item.id for item in plan.items]}]},
            "script": [_execute(path, '"$ITEM"')],
            "timeout": f"{minutes} minutes",
            "retry": {"max": 1, "when": ["runner_system_failure", "stuck_or_timeout_failure"]},
            "artifacts": {"when": "always", "expire_in": KEEP, "paths": [WORK]},
        },
        "collect": {
            "stage": "collect",
            "when": "always",
            "script": [f"scripts/svacheck collect {shlex.quote(path)} --work {WORK}"],
            "artifacts": {"when": "always", "paths": ["results"]},
        },
    }


def github(plan: Plan, path: str) -> dict[str, Any]:
    """A workflow of GitHub Actions."""
    _require(len(plan.items), MOST, "GitHub")
    checkout = {"uses": "actions/checkout@v4"}
    packages = {"run": "\n".join(_before())}
    container = {"image": IMAGE}
    return {
        "name": "svacheck",
        "on": {"workflow_dispatch": {}},
        "jobs": {
            "item": {
                "runs-on": "ubuntu-latest",
                "container": container,
                "timeout-minutes": _minutes(plan),
                "strategy": {
                    "fail-fast": False,
                    "matrix": {"item": [item.id for item in plan.items]},
                },
                "steps": [
                    packages,
                    checkout,
                    {"env": {"ITEM": "${{ matrix.item }}"}, "run": _execute(path, '"$ITEM"')},
                    {
                        "if": "always()",
                        "uses": "actions/upload-artifact@v4",
                        "with": {
                            "name": "item-${{ matrix.item }}",
                            "path": WORK,
                            "retention-days": DAYS,
                        },
                    },
                ],
            },
            "collect": {
                "needs": "item",
                "if": "always()",
                "runs-on": "ubuntu-latest",
                "container": container,
                "steps": [
                    packages,
                    checkout,
                    {
                        "uses": "actions/download-artifact@v4",
                        "with": {"pattern": "item-*", "path": WORK, "merge-multiple": True},
                    },
                    {"run": f"scripts/svacheck collect {shlex.quote(path)} --work {WORK}"},
                ],
            },
        },
    }


def kernelci(plan: Plan, path: str) -> dict[str, Any]:
    """Jobs of a KernelCI pipeline, each in a container as its KUnit jobs are, whenever a tree is
    checked out. The runtime template is that of whoever runs the pipeline: it runs "command" in a
    checkout of svacheck."""
    jobs = {
        "svacheck-"
        + item.id: {
            "template": "svacheck.jinja2",
            "kind": "job",
            "kcidb_test_suite": "svacheck",
            "image": IMAGE,
            "params": {
                "packages": " && ".join(_before()),
                "command": _execute(path, item.id),
                "kernel": plan.whole(item).kernel,
                "lane": plan.whole(item).lane,
            },
        }
        for item in plan.items
    }
    event = {"channel": "node", "name": "checkout", "state": "available"}
    runtime = {"type": "kubernetes"}
    scheduler = [{"job": name, "event": event, "runtime": runtime} for name in jobs]
    return {"jobs": jobs, "scheduler": scheduler}


def in_lava(plan: Plan, item: Item) -> bool:
    """Whether LAVA can boot what an item boots."""
    whole = plan.whole(item)
    lane = load_lane(whole.lane)
    return whole.kind == CHECK and lane.emulated and not lane.machines and not lane.stock


FORMATS: Mapping[str, Callable[[Plan, str], dict[str, Any]]] = {
    "gitlab": gitlab,
    "github": github,
    "kernelci": kernelci,
}


class _Plain(yaml.SafeDumper):
    """Without anchors, and with lists as people indent them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text(name: str, plan: Plan, path: str) -> str:
    """The file, as that engine reads it. path: of plan.json there."""
    head = f"# Written by: svacheck plan --format {name}. It reads {path}, which goes beside it.\n"
    made: str = yaml.dump(FORMATS[name](plan, path), Dumper=_Plain, sort_keys=False, width=1000)
    return head + made
