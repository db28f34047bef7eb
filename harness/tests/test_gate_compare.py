# SPDX-License-Identifier: GPL-2.0
"""From two runs to classes, and what a known issue makes of them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from made_up import run, run_case, run_rule

from svacheck.errors import Problem
from svacheck.gate import known
from svacheck.gate.compare import (
    CLASSES,
    FAIL_ON,
    Comparison,
    comparable,
    compare,
    counts,
    evidence,
)

TODAY = datetime.date(2026, 11, 22)
STATUS = {"kept": "pass", "broken": "fail", "not covered": "skip", "not bound": "skip"}


def made(verdict: str, implementation: str = "carried", **more: Any) -> dict[str, Any]:
    """A run with one rule of this verdict and one case that says so; "" for neither."""
    if not verdict:
        return run(rules=[], cases=[])
    case = run_case(status=STATUS[verdict], param=implementation, **more)
    return run(rules=[run_rule(verdict=verdict, cases=[case["id"]])], cases=[case])


def changes(base: str, head: str) -> list[tuple[str, str, str]]:
    found = compare(made(base), made(head))
    return [(one.change, one.base, one.head) for one in (*found.rules, *found.cases)]


TABLE = [
    ("kept", "kept", ""),
    ("kept", "broken", "regression"),
    ("kept", "not covered", "disappeared"),
    ("kept", "", "disappeared"),
    ("kept", "not bound", "disappeared"),
    ("not bound", "not bound", ""),
    ("not bound", "not covered", ""),
    ("broken", "kept", "fixed"),
    ("broken", "broken", "still failing"),
    ("broken", "not covered", "disappeared"),
    ("broken", "", "disappeared"),
    ("not covered", "kept", "appeared"),
    ("not covered", "broken", "new failure"),
    ("not covered", "not covered", ""),
    ("not covered", "", "disappeared"),
    ("", "kept", "appeared"),
    ("", "broken", "new failure"),
    ("", "not covered", "appeared"),
]


@pytest.mark.parametrize("row", TABLE, ids=[f"{row[0]}-{row[1]}" for row in TABLE])
def test_class(row: tuple[str, str, str]) -> None:
    base, head, change = row
    both = [(change, base or "absent", head or "absent")]
    both += [(change, STATUS.get(base, "absent"), STATUS.get(head, "absent"))]
    assert changes(base, head) == (both if change else [])


def test_an_error_is_a_failure() -> None:
    base = made("kept")
    head = run(rules=[run_rule(verdict="error")], cases=[run_case(status="error")])
    found = compare(base, head)
    assert [one.change for one in (*found.rules, *found.cases)] == ["regression"] * 2


def test_implementations_are_told_apart() -> None:
    def both(upstream: str) -> dict[str, Any]:
        cases = [run_case(), run_case(param="upstream", status=upstream)]
        verdict = "broken" if upstream == "fail" else "kept"
        return run(rules=[run_rule(verdict=verdict, cases=[c["id"] for c in cases])], cases=cases)

    found = compare(both("pass"), both("fail"))
    assert [(one.id, one.change) for one in found.cases] == [
        ("svac_pasid.set/upstream", "regression")
    ]
    assert found.rules[0].cases == ["svac_pasid.set/upstream"]
    gone = compare(both("pass"), made("kept"))
    assert [(one.id, one.change) for one in gone.cases] == [
        ("svac_pasid.set/upstream", "disappeared")
    ]


def test_a_regression_comes_with_its_evidence() -> None:
    said = ["set: EXPECTATION FAILED at kunit/suites/x.c:7", "  __got == 0", "  returned 0"]
    head = made("broken", messages=said, where="kunit/suites/x.c:7")
    found = compare(made("kept"), head)
    for one in (*found.rules, *found.cases):
        assert (one.evidence, one.where) == ("returned 0", "kunit/suites/x.c:7")
    assert found.cases[0].console == "boots/main.console:5"
    assert found.cases[0].rules == ["PASID-001"]
    assert found.cases[0].alone == "make check KERNEL=6.1 SUITE=svac_pasid.set"


FAILED = "x: EXPECTATION FAILED at kunit/suites/x.c:7"
NOISE = "  dev: Failed to add to iommu group 0: -16"
WARNED = "the kernel reported a WARNING in f(), line 7 of the console: WARNING: f"
VALUES = ["  Expected a == b, but", "  a == 1", "  b == 2"]
EVIDENCE: list[tuple[list[str], str]] = [
    ([NOISE, FAILED, *VALUES, "  set() returned 1", WARNED], "set() returned 1"),
    ([FAILED, *VALUES, "other: it goes on", "  more"], "Expected a == b, but a == 1"),
    ([FAILED, "  Expected a to be true, but is false"], "Expected a to be true, but is false"),
    ([FAILED, "  Expected a to be true, but is false", "  why"], "why"),
    ([NOISE, "counted: 3", FAILED, "  after the case: groups: 1"], "after the case: groups: 1"),
    (["x: ASSERTION FAILED at y.c:1\n  why", "d"], "why"),
    ([FAILED, WARNED], FAILED),
    ([NOISE, "counted: 3", WARNED], WARNED),
    ([NOISE, "the driver broke DRV-001: it slept", WARNED], "the driver broke DRV-001: it slept"),
    ([NOISE, "expected 1 warning from f(), saw 0"], "expected 1 warning from f(), saw 0"),
    ([NOISE, "what else"], NOISE.strip()),
]


@pytest.mark.parametrize("row", EVIDENCE, ids=[str(n) for n in range(len(EVIDENCE))])
def test_evidence(row: tuple[list[str], str]) -> None:
    assert evidence(run_case(messages=row[0])) == row[1]


def test_evidence_of_a_case_that_says_nothing() -> None:
    assert evidence(run_case(reason="not run")) == "not run"


def test_a_rule_is_broken_by_the_case_that_is_about_it_first() -> None:
    leak = run_case("svac_a.a", status="fail", rules=["DOM-001"], broken=["PASID-001"])
    own = run_case(status="fail")
    elsewhere = run_case("svac_a.b", status="fail", rules=["PASID-001"], blamed=["DRV-001"])
    cases = [leak, elsewhere, own]
    head = run(rules=[run_rule(verdict="broken", cases=[c["id"] for c in cases])], cases=cases)
    assert compare(made("kept"), head).rules[0].cases == [own["id"], leak["id"]]


def test_a_detail_fails_only_when_strict() -> None:
    def detail(verdict: str, **more: Any) -> dict[str, Any]:
        content = made(verdict, **more)
        content["rules"][0]["kind"] = "detail"
        return content

    found = compare(detail("kept"), detail("broken"))
    assert found.failing(FAIL_ON, strict=False) == []
    assert len(found.failing(FAIL_ON, strict=True)) == 2
    ill = compare(detail("kept"), detail("broken", unwarned=True))
    assert [one.id for one in ill.failing(FAIL_ON, strict=False)] == ["svac_pasid.set/carried"]


def test_the_policy_says_what_fails() -> None:
    for base, head, change in TABLE:
        found = compare(made(base), made(head))
        assert bool(found.failing(FAIL_ON, False)) == (change in FAIL_ON)
        assert found.failing((), False) == []
        assert bool(found.failing(CLASSES, False)) == bool(change)


def test_counts() -> None:
    found = compare(made("kept"), made("broken"))
    assert counts(found.rules) == {**dict.fromkeys((*CLASSES, "known"), 0), "regression": 1}
    found.rules[0].known = 1
    assert counts(found.rules) == {**dict.fromkeys((*CLASSES, "known"), 0), "known": 1}


@pytest.mark.parametrize("key", ["lane", "select", "kernel_args"])
def test_runs_that_were_not_made_alike(key: str) -> None:
    other = run(**{key: ["a=b"] if key == "kernel_args" else "other"})
    comparable(run(), run())
    with pytest.raises(Problem, match="the runs are not of one"):
        comparable(run(), other)


# ---- known issues ----

ISSUE = """
[[issue]]
{what}
kernels = "{kernels}"
reason = "It is answered with 0."
link = "https://example.org/1"
expires = {expires}
owner = "A <a@b>"
"""


def issues(
    tmp_path: Path,
    what: str = 'rule = "PASID-001"',
    kernels: str = "6.1",
    expires: str = "2026-11-22",
    version: str = "6.1.192",
    lane: str = "uml",
) -> list[known.Issue]:
    path = tmp_path / "known.toml"
    path.write_text(ISSUE.format(what=what, kernels=kernels, expires=expires))
    return known.load(version, lane, path)


def marked(found: list[known.Issue], base: str = "kept", head: str = "broken") -> Comparison:
    comparison = compare(made(base), made(head))
    known.mark(comparison, found)
    return comparison


@pytest.mark.parametrize("what", ['rule = "PASID-001"', 'case = "svac_pasid.*/carried"'])
def test_what_is_known_does_not_fail(tmp_path: Path, what: str) -> None:
    found = issues(tmp_path, what)
    assert marked(found).failing(FAIL_ON, False) == []
    assert found[0].found == ["svac_pasid.set/carried", "PASID-001"]
    assert known.remarks(found, TODAY, True) == ([], [])


LOST = "the kernel reported a kmemleak in xas_alloc(), line 9: for want of "
FAILED = "set: EXPECTATION FAILED at f.c:1\n  it failed for want of "


@pytest.mark.parametrize(
    "messages, fits",
    [
        ([FAILED + "x"], True),
        ([FAILED + "y"], False),
        ([FAILED + "x", LOST + "x", FAILED + "x"], True),
        ([FAILED + "x", FAILED + "y"], False),
        ([FAILED + "x", LOST + "y"], False),
        (["set: it failed for want of x"], True),
    ],
)
def test_a_case_that_fails_otherwise_is_another_failure(
    tmp_path: Path, messages: list[str], fits: bool
) -> None:
    found = issues(tmp_path, 'case = "svac_pasid.*/carried"\nsays = "for want of x"')
    broken = made("broken")
    broken["cases"][0]["messages"] = messages
    comparison = compare(made("kept"), broken)
    known.mark(comparison, found)
    assert (comparison.failing(FAIL_ON, False) == []) == fits
    assert bool(known.failing(broken, found, TODAY)) == fits


def test_failing_cases_of_a_run_that_are_known(tmp_path: Path) -> None:
    found = issues(tmp_path)
    assert known.failing(made("kept"), found, TODAY) == []
    (one,) = known.failing(made("broken"), found, TODAY)
    assert one == {
        "case": "svac_pasid.set/carried",
        "reason": "It is answered with 0.",
        "link": "https://example.org/1",
        "expires": "2026-11-22",
    }
    late = found[0].expires + datetime.timedelta(days=1)
    assert known.failing(made("broken"), found, late) == []


def test_says_is_of_a_case(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="a known issue has a rule or a case"):
        issues(tmp_path, 'rule = "PASID-001"\nsays = "x"')


def test_an_issue_of_another_implementation_or_rule_does_not_fit(tmp_path: Path) -> None:
    for what in ('case = "*/upstream"', 'rule = "PASID-002"'):
        found = issues(tmp_path, what)
        assert len(marked(found).failing(FAIL_ON, False)) == 2
        assert not found[0].found


def test_a_rule_is_not_known_because_one_of_its_cases_is(tmp_path: Path) -> None:
    cases = [run_case(status="fail"), run_case("svac_pasid.other", status="fail")]
    head = run(rules=[run_rule(verdict="broken", cases=[c["id"] for c in cases])], cases=cases)
    comparison = compare(made("kept"), head)
    known.mark(comparison, issues(tmp_path, 'case = "svac_pasid.set/*"'))
    assert [one.id for one in comparison.failing(FAIL_ON, False)] == [
        "PASID-001",
        "svac_pasid.other/carried",
    ]


def test_a_case_is_known_only_if_all_rules_it_breaks_are(tmp_path: Path) -> None:
    case = run_case(status="fail", rules=["PASID-001", "PASID-002"])
    comparison = compare(made("kept"), run(rules=[], cases=[case]))
    known.mark(comparison, issues(tmp_path))
    assert [one.known for one in comparison.cases] == [0]


def test_what_disappears_is_not_known(tmp_path: Path) -> None:
    assert len(marked(issues(tmp_path), "kept", "").failing(FAIL_ON, False)) == 2


def test_an_issue_expires_after_its_day(tmp_path: Path) -> None:
    good = issues(tmp_path, expires="2026-11-22")
    marked(good)
    assert known.remarks(good, TODAY, True) == ([], [])
    late = issues(tmp_path, expires="2026-11-21")
    marked(late)
    bad, idle = known.remarks(late, TODAY, True)
    assert bad == ["known issue 1 (PASID-001, A <a@b>) expired on 2026-11-21"]
    assert idle == []


def test_an_issue_that_matches_nothing_is_pointed_out(tmp_path: Path) -> None:
    found = issues(tmp_path)
    marked(found, "broken", "kept")
    bad, idle = known.remarks(found, TODAY, True)
    assert not bad and "matches no failure" in idle[0]
    assert known.remarks(found, TODAY, False) == ([], [])  # not all cases ran


RANGES = [
    ("6.12", "6.12.0", True),
    ("6.12", "6.12.103", True),
    ("6.12", "6.1.192", False),
    ("6.12", "6.120.0", False),
    ("6.12..7.2", "6.12.1", True),
    ("6.12..7.2", "6.11.9", False),
    ("6.12..7.2", "7.2.5", True),
    ("6.12..7.2", "7.3.0-rc1", False),
    ("6.12..", "7.3.0-rc1", True),
    ("6.12..", "6.1.192", False),
    ("..6.12", "6.1.192", True),
    ("..6.12", "6.13.0", False),
    ("6.1.100..6.1.192", "6.1.192", True),
    ("6.1.100..6.1.192", "6.1.193", False),
]


@pytest.mark.parametrize("row", RANGES, ids=[f"{row[0]}-{row[1]}" for row in RANGES])
def test_range(tmp_path: Path, row: tuple[str, str, bool]) -> None:
    kernels, version, fits = row
    assert bool(issues(tmp_path, kernels=kernels, version=version)) == fits


WRONG = [
    ({"kernels": "six"}, "is no range of kernels"),
    ({"kernels": ".."}, "is no range of kernels"),
    ({"expires": '"2026-11-22"'}, "must be a date"),
    ({"expires": "2026-11-22T10:00:00"}, "must be a date"),
    ({"what": ""}, "a rule or a case"),
    ({"what": 'rule = "A"\ncase = "b"'}, "a rule or a case"),
    ({"what": 'rule = " "'}, "must be text"),
    ({"what": 'rule = "A"\nmore = 1'}, "and no more"),
    ({"what": 'rule = "A"\nlanes = "uml"'}, "'lanes' must name lanes"),
    ({"what": 'rule = "A"\nlanes = ["none"]'}, "'lanes' must name lanes"),
]


@pytest.mark.parametrize("row", WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_a_wrong_issue(tmp_path: Path, row: tuple[dict[str, str], str]) -> None:
    with pytest.raises(Problem, match=row[1] + ".*issue number 1"):
        issues(tmp_path, **row[0])


def test_an_issue_of_some_lanes(tmp_path: Path) -> None:
    what = 'case = "svac_a.one"\nlanes = ["qemu", "qemu-kcsan"]'
    assert issues(tmp_path, what, lane="qemu")[0].case == "svac_a.one"
    assert not issues(tmp_path, what, lane="uml")


def test_a_wrong_file(tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    with pytest.raises(Problem, match="cannot read the known issues"):
        known.load("6.1", "uml", path)
    path.write_text("issues = []\n")
    with pytest.raises(Problem, match="it must hold"):
        known.load("6.1", "uml", path)
    path.write_text("issue = [1]\n")
    with pytest.raises(Problem, match="must be a table"):
        known.load("6.1", "uml", path)


def test_the_file_of_this_checkout() -> None:
    known.load("6.1.192", "uml")
