# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from svacheck.commands import CommandLog
from svacheck.crosscheck import TOOLS, kunit_counts
from svacheck.errors import Problem
from svacheck.ktap import Counts

PARSER = """
import types
def parse_run_tests(lines{more}):
    text = "".join(lines)
    if "break" in text:
        raise ValueError("no " + text.strip())
    count = text.count("ok")
    return types.SimpleNamespace(counts=types.SimpleNamespace(
        passed=count, failed=0, skipped=0, crashed=0, errors=0))
"""


def tree(place: Path, more: str = "") -> Path:
    tools = place / TOOLS
    tools.mkdir(parents=True)
    (tools / "kunit_parser.py").write_text(PARSER.replace("{more}", more))
    (tools / "kunit_printer.py").write_text("stdout = print\n")
    return place


@pytest.mark.parametrize("more", ["", ", printer"], ids=["6.1", "7.3"])
def test_each_log_gets_its_answer(tmp_path: Path, more: str) -> None:
    logs = [tmp_path / name for name in ("one", "bad", "two")]
    for path, text in zip(logs, ("ok\n", "break\n", "ok ok \udcff\n")):
        path.write_text(text, errors="surrogateescape")
    answers = tmp_path / "out" / "answers.json"
    one, bad, two = kunit_counts(tree(tmp_path / "t", more), logs, CommandLog(), answers)
    assert one == Counts(1, 0, 0, 0, 0) and two == Counts(2, 0, 0, 0, 0)
    assert isinstance(bad, Problem) and "ValueError: no break" in str(bad)
    assert not list((tmp_path / "t").rglob("__pycache__"))


def test_a_tree_without_a_reader(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no kunit.py to compare with"):
        kunit_counts(tmp_path, [], CommandLog(), tmp_path / "answers.json")


def test_a_reader_that_does_not_run(tmp_path: Path) -> None:
    broken = tree(tmp_path / "t")
    (broken / TOOLS / "kunit_parser.py").write_text("raise SystemExit('not today')")
    with pytest.raises(Problem, match="does not run: not today"):
        kunit_counts(broken, [], CommandLog(), tmp_path / "answers.json")
