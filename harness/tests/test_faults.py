# SPDX-License-Identifier: GPL-2.0
"""The table of faults against the tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from faulttable import PAGE, Fault, load, page

HERE = Path(__file__).parent
VERDICTS = {"pass": 0, "fail": 1, "error": 2}
ASKED = """panic oops bug hang power-off oom-guest killed-in-a-case oom-build kasan lockdep kmemleak
cut-in-a-line plan-more plan-fewer no-tests case-twice hash-in-name nested-wrong not-utf8-in-name
log-of-100-mb noise-in-a-result disk-full-storing killed-copying killed-laying killed-configuring
killed-building killed-booting killed-judging killed-storing killed-unpacking two-at-once kvm-broken
tree-dirty tree-read-only markup page-markup archive-link archive-path archive-bomb""".split()


def functions(module: str) -> set[str]:
    """The tests of a module."""
    tree = ast.parse((HERE / module).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("fault", load(), ids=str)
def test_a_fault_has_a_test_that_looks_for_its_words(fault: Fault) -> None:
    assert fault.tests
    told = False
    for test in fault.tests:
        module, function = re.sub(r"\[.*\]$", "", test).split("::")
        assert function in functions(module), f"there is no test {test}"
        ours = "from faulttable import" in _text(module)
        ours &= test.endswith(f"[{fault.id}]") or f'one("{fault.id}")' in _text(module)
        told = told or ours or fault.says in _text(module)
    assert told, f"no test looks for {fault.says!r}"


def _text(module: str) -> str:
    return (HERE / module).read_text()


@pytest.mark.parametrize("fault", load(), ids=str)
def test_a_verdict_has_its_exit_status(fault: Fault) -> None:
    if fault.verdict:
        assert fault.exit == VERDICTS[fault.verdict]
    re.compile(fault.says)


def test_each_fault_is_there_once_and_none_is_missing() -> None:
    ids = [fault.id for fault in load()]
    assert len(set(ids)) == len(ids)
    assert set(ASKED) <= set(ids), set(ASKED) - set(ids)


def test_the_page_is_made_from_the_table() -> None:
    assert PAGE.read_text() == page()
