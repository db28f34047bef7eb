# SPDX-License-Identifier: GPL-2.0
"""The rulebook, the citations in the suites, and whether they fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up import BOOK

from svacheck import rulebook
from svacheck.citations import Citations, scan
from svacheck.errors import Problem

GOOD = """
[[rule]]
id = "PASID-001"
sentence = "A PASID can be set."
source = "a mail"
kind = "contract"
binds = ["carried"]
"""
BAD: list[tuple[str, str, str]] = [
    ("not TOML", "[[rule", "cannot read rules"),
    ("empty", "", "no [[rule]] table"),
    ("rule is a table", '[rule]\nid = "x"', "no [[rule]] table"),
    ("unknown top key", "extra = 1\n" + GOOD, "unknown key 'extra'"),
    ("unknown key", GOOD + "extra = 1\n", "unknown key 'extra'"),
    ("missing key", GOOD.replace('source = "a mail"', ""), "'source' is missing"),
    ("bad id", GOOD.replace("PASID-001", "PASID-1"), "a rule id looks like"),
    ("strange family", GOOD.replace("PASID-001", "FOO-001"), "a rule id looks like"),
    ("id with more", GOOD.replace("PASID-001", "PASID-0011"), "a rule id looks like"),
    ("id of another type", GOOD.replace('"PASID-001"', "1"), "'id' must be one line"),
    ("empty sentence", GOOD.replace("A PASID can be set.", " "), "'sentence' must be one line"),
    ("two lines", GOOD.replace("a mail", "a\\nmail"), "'source' must be one line"),
    ("kind", GOOD.replace("contract", "law"), "'kind' must be one of"),
    ("binds nobody", GOOD.replace('["carried"]', "[]"), "'binds' must name"),
    ("binds a word", GOOD.replace('["carried"]', '"carried"'), "'binds' must name"),
    ("lanes a word", GOOD + 'lanes = "uml"', "'lanes' must name lanes"),
    ("a lane nobody has", GOOD + 'lanes = ["x"]', "'lanes' must name lanes"),
    ("trees of no kind", GOOD + 'trees = ["new"]', "'trees' must be a list of"),
    ("instead of a word", GOOD + 'instead_of = "PASID-002"', "'instead_of' must be a list"),
    ("instead of no rule", GOOD + 'instead_of = ["PASID-002"]', "PASID-002, which is no rule"),
    ("instead of itself", GOOD + 'instead_of = ["PASID-001"]', "both bind the same"),
    ("where, but where", GOOD + 'where = " "', "'where' must say which kernels"),
    ("twice", GOOD + GOOD, "rule PASID-001 is defined twice"),
]


@pytest.mark.parametrize("row", BAD, ids=[row[0] for row in BAD])
def test_a_bad_rule_file_is_named(row: tuple[str, str, str], tmp_path: Path) -> None:
    (tmp_path / "pasid.toml").write_text(row[1])
    with pytest.raises(Problem, match="pasid.toml|test_a_bad_rule") as problem:
        rulebook.load(tmp_path)
    assert row[2] in str(problem.value)


def test_a_rule_that_differs_binds_others_than_the_one_it_stands_in_for(tmp_path: Path) -> None:
    other = GOOD.replace("001", "002").replace("carried", "upstream")
    (tmp_path / "pasid.toml").write_text(GOOD + other + 'instead_of = ["PASID-001"]\n')
    assert rulebook.load(tmp_path).rules["PASID-002"].instead_of == ("PASID-001",)
    (tmp_path / "pasid.toml").write_text(
        GOOD + other.replace('["upstream"]', '"all"') + 'instead_of = ["PASID-001"]\n'
    )
    with pytest.raises(Problem, match="PASID-002 is instead of PASID-001, but both bind"):
        rulebook.load(tmp_path)


def test_rules_and_cases_of_a_kind_of_tree(tmp_path: Path) -> None:
    (tmp_path / "pasid.toml").write_text(GOOD + GOOD.replace("001", "002") + 'trees = ["plain"]\n')
    book = rulebook.load(tmp_path)
    cases = {"s.a": ("PASID-001",), "s.b": ("PASID-002",)}
    cited = Citations(cases, dict.fromkeys(cases, "f.c:1"), [])
    rules, left = rulebook.of_lane(book, cited, "uml", "upstream")
    assert (list(rules.rules), list(left.cases)) == (["PASID-001"], ["s.a"])
    assert rulebook.of_lane(book, cited, "uml", "plain") == (book, cited)
    assert rulebook.of_lane(book, cited, "uml") == (book, cited)


def test_cases_of_a_folder_are_those_of_its_lane(tmp_path: Path) -> None:
    (tmp_path / "pasid.toml").write_text(GOOD + GOOD.replace("001", "002"))
    book = rulebook.load(tmp_path)
    cases = {"s.a": ("PASID-001",), "s.b": ("PASID-001", "PASID-002")}
    cited = Citations(cases, dict.fromkeys(cases, "f.c:1"), [], folders={"s.b": "vtd"})
    rules, left = rulebook.of_lane(book, cited, "uml")
    assert (list(rules.rules), list(left.cases)) == (["PASID-001"], ["s.a"])
    rules, left = rulebook.of_lane(book, cited, "vtd")
    assert (list(rules.rules), list(left.cases)) == (["PASID-001", "PASID-002"], ["s.b"])


def test_the_folders_of_this_checkout() -> None:
    found = rulebook.citations().folders
    assert set(found.values()) == {"vtd", "device", "vm"}
    assert all("svac_vtd" in case for case, folder in found.items() if folder == "vtd")


def test_twice_in_two_files_and_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no rules"):
        rulebook.load(tmp_path)
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD)
    with pytest.raises(Problem, match="defined twice .*b.toml"):
        rulebook.load(tmp_path)


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Problem, match="cannot read rules"):
        rulebook.load(tmp_path)


def test_a_good_rule(tmp_path: Path) -> None:
    (tmp_path / "pasid.toml").write_text(
        GOOD + GOOD.replace("001", "002").replace('["carried"]', '"all"')
    )
    book = rulebook.load(tmp_path)
    assert list(book.rules) == ["PASID-001", "PASID-002"]
    first, second = book.rules.values()
    assert first.binds_to("carried") and first.binds_to("") and not first.binds_to("upstream")
    assert second.binds_to("upstream")
    assert book.is_contract("PASID-001") and book.is_contract("HW-999")
    assert not BOOK.is_contract("DOM-001")


def test_rules_and_cases_of_a_lane(tmp_path: Path) -> None:
    second, third = GOOD.replace("001", "002"), GOOD.replace("001", "003")
    limited = second + 'lanes = ["uml"]\n' + third + 'lanes = ["qemu"]\n'
    (tmp_path / "pasid.toml").write_text(GOOD + limited)
    book = rulebook.load(tmp_path)
    cases = {"s.a": ("PASID-001",), "s.b": ("PASID-002",), "s.c": ()}
    cited = Citations(cases, dict.fromkeys(cases, "f.c:1"), [])
    rules, left = rulebook.of_lane(book, cited, "other")
    assert (list(rules.rules), list(left.cases)) == (["PASID-001"], ["s.a", "s.c"])
    rules, left = rulebook.of_lane(book, cited, "uml")
    assert (list(rules.rules), left) == (["PASID-001", "PASID-002"], cited)
    both = Citations({"s.a": ("PASID-001", "PASID-002")}, {"s.a": "f.c:1"}, [])
    assert list(rulebook.of_lane(book, both, "qemu")[1].cases) == []
    assert not [line for line in rulebook.check(book, both) if "lanes" in line]
    both = Citations({"s.a": ("PASID-002", "PASID-003")}, {"s.a": "f.c:1"}, [])
    assert [line for line in rulebook.check(book, both) if "lanes" in line] == [
        "s.a (f.c:1) cites rules of different lanes: make it two cases"
    ]


SUITE = """
/* static void commented(struct kunit *test) { svac_rules(test, "DOM-009"); } */
static void helper(struct kunit *test)
{
    KUNIT_EXPECT_STREQ(test, "}", "{");    // a brace in a string: }
}

static void set(struct kunit *test)
{
    KUNIT_EXPECT_STREQ(test, "}", "{");
    svac_rules(test, "PASID-001",
           "PASID-002");
    if (1) {
        helper(test);
    }
}

static void each(struct kunit *test)
{
    svac_rules(test, "PASID-002");
}

static struct kunit_case cases[] = {
    SVAC_CASE(set),
    SVAC_CASE_ROWS(each, rows),
    {}
};

static struct kunit_case alone[] = {
    SVAC_PLAIN_CASE(each),
    /* SVAC_CASE(gone), */
    {}
};

SVAC_SUITE(svac_pasid, cases);
static struct kunit_suite plain = {
    .name = "svac1_pasid",
    .test_cases = alone,
};
"""


def scanned(tmp_path: Path, **files: str) -> Citations:
    for name, text in files.items():
        (tmp_path / f"{name}.c").write_text(text)
    return scan(tmp_path)


def test_citations(tmp_path: Path) -> None:
    cited = scanned(tmp_path, pasid=SUITE)
    assert cited.findings == []
    assert cited.cases == {
        "svac_pasid.set": ("PASID-001", "PASID-002"),
        "svac_pasid.each": ("PASID-002",),
        "svac1_pasid.each": ("PASID-002",),
    }
    assert cited.where["svac_pasid.set"] == "pasid.c:8"


WRONG: list[tuple[str, str, str]] = [
    ("no name", SUITE.replace('.name = "svac1_pasid",', ""), "suite (no name) must be named"),
    ("no cases", SUITE.replace(".test_cases = alone,", ""), "svac1_pasid has no table of cases"),
    (
        "not registered",
        SUITE.replace("SVAC_CASE(set),", ""),
        "case set is defined but not registered",
    ),
    (
        "not defined",
        SUITE.replace("SVAC_CASE(set),", "SVAC_CASE(set), SVAC_CASE(x),"),
        "svac_pasid.x is registered but not",
    ),
    (
        "twice",
        SUITE.replace("SVAC_CASE(set),", "SVAC_CASE(set), SVAC_CASE(set),"),
        "svac_pasid.set is registered twice",
    ),
    (
        "no table",
        SUITE.replace("svac_pasid, cases", "svac_pasid, none"),
        "suite svac_pasid has no table of cases none",
    ),
    ("strange name", SUITE.replace("(svac_pasid", "(iommu"), "suite iommu must be named svac_"),
    (
        "no suite",
        SUITE.replace(".test_cases = alone", ".test_cases = cases"),
        "the cases of alone belong to no suite",
    ),
    (
        "open brace",
        SUITE + "static void open(struct kunit *test) {",
        "a brace that opens here is never closed",
    ),
]


@pytest.mark.parametrize("row", WRONG, ids=[row[0] for row in WRONG])
def test_what_cannot_be_right_is_found(row: tuple[str, str, str], tmp_path: Path) -> None:
    findings = scanned(tmp_path, pasid=row[1]).findings
    assert any(row[2] in finding for finding in findings), findings


def test_one_case_in_two_files(tmp_path: Path) -> None:
    findings = scanned(tmp_path, a=SUITE, b=SUITE).findings
    assert "svac_pasid.set is registered twice (a.c:8, b.c:8)" in findings


def test_unreadable_suite(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(b"\xff")
    with pytest.raises(Problem, match="cannot read a suite"):
        scan(tmp_path)


FIT: list[tuple[str, dict[str, tuple[str, ...]], list[str]]] = [
    ("fits", {"s.a": ("PASID-001", "PASID-002"), "s.b": ("DOM-001", "DOM-002")}, []),
    (
        "no rule",
        {"s.a": ("PASID-001", "PASID-002"), "s.b": ("DOM-001", "DOM-002"), "s.c": ()},
        ["s.c (f.c:1) cites no rule"],
    ),
    (
        "unknown rule",
        {"s.a": ("PASID-001", "PASID-002", "HW-001"), "s.b": ("DOM-001", "DOM-002")},
        ["s.a (f.c:1) cites HW-001, which"],
    ),
    (
        "twice",
        {"s.a": ("PASID-001", "PASID-001", "PASID-002"), "s.b": ("DOM-001", "DOM-002")},
        ["cites a rule twice"],
    ),
    (
        "without a case",
        {"s.a": ("PASID-001", "PASID-002", "DOM-001")},
        ["rule DOM-002 has no case"],
    ),
]


@pytest.mark.parametrize("row", FIT, ids=[row[0] for row in FIT])
def test_rules_and_cases_fit(row: tuple[str, dict[str, tuple[str, ...]], list[str]]) -> None:
    _, cases, expected = row
    findings = rulebook.check(BOOK, Citations(cases, dict.fromkeys(cases, "f.c:1"), []))
    assert len(findings) == len(expected)
    for finding, part in zip(findings, expected):
        assert part in finding


def test_findings_of_the_sources_are_findings_of_the_check() -> None:
    findings = rulebook.check(rulebook.Rulebook({}), Citations({}, {}, ["a.c:1: odd"]))
    assert findings == ["a.c:1: odd"]
