# SPDX-License-Identifier: GPL-2.0
"""Each planted defect turns the verdict to a failure that names the right rule."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from svacheck.lint import sources
from svacheck.places import ROOT

_PLANTED = tomllib.loads((Path(__file__).parent / "defects.toml").read_text())
DEFECTS: list[dict[str, Any]] = [d for d in _PLANTED["defect"] if "lane" not in d]
HIDDEN: list[dict[str, Any]] = [d for d in _PLANTED["defect"] if "lane" in d]

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout to plant defects in."""
    copy = tmp_path_factory.mktemp("checkout")
    for file in sources().files:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    return copy


def judge(checkout: Path, results: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Of the suites alone, unless the options say otherwise: programs take longer."""
    options = options if "--suite" in options else ("--suite", "svac*", *options)
    done = subprocess.run(
        [str(checkout / "scripts" / "svacheck"), "check", "--json", "-q", *options],
        env={**os.environ, "SVACHECK_RESULTS": str(results)},
        stdout=subprocess.PIPE,
        check=False,
    )
    run: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, run


@contextmanager
def planted(defect: dict[str, Any], checkout: Path) -> Iterator[None]:
    """checkout with the defect in it."""
    file = checkout / "kunit" / defect["file"]
    whole = file.read_text()
    assert whole.count(defect["old"]) == 1, "the defect does not fit the source any more"
    file.write_text(whole.replace(defect["old"], defect["new"]))
    try:
        yield
    finally:
        file.write_text(whole)


def assert_caught(defect: dict[str, Any], status: int, run: dict[str, Any]) -> None:
    rules = {rule["id"]: rule["verdict"] for rule in run["rules"]}
    blamed = {case["id"]: case["blamed"] for case in run["cases"] if case["blamed"]}
    if not defect["file"].startswith("mock/"):
        assert blamed == {}, "a defect of the core is put on the driver"
    assert (status, run["verdict"]) == (1, "fail"), run["problems"]
    assert rules[defect["rule"]] == "broken"
    assert {rule: rules[rule] for rule in defect["kept"]} == dict.fromkeys(defect["kept"], "kept")


@pytest.mark.parametrize("defect", DEFECTS, ids=[d["name"] for d in DEFECTS])
def test_defect(defect: dict[str, Any], checkout: Path, tmp_path: Path) -> None:
    with planted(defect, checkout):
        assert_caught(defect, *judge(checkout, tmp_path, *defect.get("options", ())))


@pytest.mark.slow
@pytest.mark.parametrize("defect", HIDDEN, ids=[d["name"] for d in HIDDEN])
def test_defect_that_one_lane_alone_sees(
    defect: dict[str, Any], checkout: Path, tmp_path: Path
) -> None:
    with planted(defect, checkout):
        assert judge(checkout, tmp_path)[0] == 0
        options = ("--lane", defect["lane"], *defect.get("options", ()))
        status, run = judge(checkout, tmp_path, *options)
    assert_caught(defect, status, run)
    breaking = [c for c in run["cases"] if c["status"] == "fail" and defect["rule"] in c["rules"]]
    assert any(defect["says"] in message for case in breaking for message in case["messages"])


def test_rules_behind_a_panic_have_their_verdict(checkout: Path, tmp_path: Path) -> None:
    panic = _PLANTED["panic"]
    name = "the last user of a bond is found without the lock of the bonds"
    (defect,) = [d for d in DEFECTS if d["name"] == name]
    with planted(panic, checkout), planted(defect, checkout):
        status, run = judge(checkout, tmp_path)
    assert (status, run["verdict"]) == (2, "error")
    assert [boot["ending"] for boot in run["boots"] if boot["name"] == "main"] == ["panic"]
    rules = {rule["id"]: rule["verdict"] for rule in run["rules"]}
    assert [rule for rule, verdict in rules.items() if verdict == "error"] == panic["error"]
    failed = {case["boot"] for case in run["cases"] if case["status"] == "fail"}
    assert rules[defect["rule"]] == "broken"
    assert all(boot.startswith("main+") for boot in failed)
    assert {rule: rules[rule] for rule in defect["kept"]} == dict.fromkeys(defect["kept"], "kept")
    assert all(case["boot"] for case in run["cases"])


def test_reproducer_fails_with_the_defect_and_not_without(checkout: Path, tmp_path: Path) -> None:
    (defect,) = [d for d in DEFECTS if d["name"] == "sequences: a device may join at any time"]
    with planted(defect, checkout):
        status, run = judge(checkout, tmp_path, "--suite", "sequence.all_*")
        (case,) = run["cases"]
        found = replayed(checkout, tmp_path, case["reproducer"])
    assert status == 1
    assert case["replay"] == f"scripts/svacheck replay '{case['reproducer']}' --kernel 6.1"
    calls = case["reproducer"].split()
    assert len(calls) == 3 and calls[2].startswith("d1.join(")
    assert found.returncode == 1
    assert found.stdout.splitlines()[-1] == "FAIL  GRP-003, SEQ-003"
    assert "answered 0, expected -EBUSY" in found.stdout
    assert replayed(checkout, tmp_path, case["reproducer"]).returncode == 0


def replayed(checkout: Path, results: Path, sequence: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / "scripts" / "svacheck"), "replay", sequence],
        env={**os.environ, "SVACHECK_RESULTS": str(results)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )


def implementation_of(case: dict[str, Any]) -> str:
    return str(case["param"]).split(":", maxsplit=1)[0]


def test_another_implementation_is_judged_beside_the_carried_one(tmp_path: Path) -> None:
    folder = ROOT / "harness" / "tests" / "impl" / "forwarding"
    status, run = judge(ROOT, tmp_path, "--impl", str(folder))
    assert (status, run["problems"]) == (0, [])
    assert run["implementations"] == ["carried", "forwarding"]
    skipped = [case for case in run["cases"] if case["status"] == "skip"]
    # Cases of upstream are skipped by both
    assert set(map(implementation_of, skipped)) == {"carried", "forwarding"}
    for case in skipped:
        why, who = case["reason"], implementation_of(case)
        assert why.startswith(f"{who} has ") or why == "this kernel runs on one CPU"
