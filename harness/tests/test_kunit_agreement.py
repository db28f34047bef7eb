# SPDX-License-Identifier: GPL-2.0
"""Our counts against those of the kernel's own kunit.py, on its own test data and on ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from svacheck import ktap, parse
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.ktap import Counts

GOLDEN = Path(__file__).parent / "golden"

# Files of tools/testing/kunit/test_data on which we differ, with the reason: none.
DIFFERENT_ON_TEST_DATA: dict[str, str] = {}

# Golden logs that show where kunit.py of 6.1 reads otherwise: a word of the reason given.
DIFFERENT_ON_GOLDEN = {
    "cut-in-line.console": "cut short",
    "denied.console": "does not compare",
    "directives.ktap": "XFAIL",
    "hash-in-name.console": "'#'",
    "kselftest.ktap": "first plan",
    "lost-result.console": "loses its place",
    "named-as-parent.ktap": "named as its parent",
    "nameless.ktap": "without a name",
    "plan-at-end.ktap": "plan that follows",
    "plan-more.console": "beyond the plan",
    "wrong-nesting.console": "indentation",
}


@pytest.mark.tree
def test_every_file_of_the_trees_own_test_data(tree: Path) -> None:
    files = sorted((tree / "tools/testing/kunit/test_data").glob("*"))
    assert len(files) > 20
    different = {}
    for path in files:
        ours, theirs, reason = parse.agreement(path, tree, CommandLog())
        if ours != theirs:
            different[path.name] = reason
    assert different == DIFFERENT_ON_TEST_DATA


@pytest.mark.tree
def test_golden_logs_agree_or_the_reason_is_known(tree: Path) -> None:
    different = {}
    for path in sorted([*GOLDEN.glob("*.console"), *GOLDEN.glob("*.ktap")]):
        ours, theirs, reason = parse.agreement(path, tree, CommandLog())
        if ours != theirs:
            different[path.name] = reason
    assert set(different) == set(DIFFERENT_ON_GOLDEN)
    for name, word in DIFFERENT_ON_GOLDEN.items():
        assert word in different[name], name


@pytest.mark.tree
def test_a_log_that_breaks_kunit_is_a_problem(tree: Path, tmp_path: Path) -> None:
    # Its reader looks again at the last line when there is no more.
    log = tmp_path / "log"
    log.write_text("KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  ok 1 a\n")
    with pytest.raises(Problem, match="kunit.py cannot read this log"):
        parse.agreement(log, tree, CommandLog())


def test_a_difference_nothing_explains_has_no_reason() -> None:
    document = ktap.read(parse.read_lines(GOLDEN / "pass.console"))
    assert parse.explain(document, Counts(passed=3)) == ""
    assert parse.explain(document, Counts(passed=2)) == ""
    document = ktap.read(parse.read_lines(GOLDEN / "directives.ktap"))
    # Only the difference that the directives make is explained, no other.
    assert parse.explain(document, Counts(passed=3, failed=4, skipped=2)) != ""
    assert parse.explain(document, Counts(passed=4, failed=4, skipped=2)) == ""


def test_a_tree_without_kunit_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no kunit.py"):
        parse.agreement(GOLDEN / "pass.console", tmp_path, CommandLog())
