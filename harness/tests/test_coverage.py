# SPDX-License-Identifier: GPL-2.0
"""Coverage, from made-up reports of gcovr."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from svacheck import coverage as measuring
from svacheck import covered, exclusions
from svacheck.commands import CommandLog
from svacheck.covered import HOOKED, File, Score
from svacheck.errors import Problem
from svacheck.kernels import load_lane
from svacheck.places import KUNIT

CARRIED, MOCK = "kunit/carried/a.c", "kunit/mock/b.c"
TEXTS = {
    CARRIED: ["int f(void)", "{", "\tif (x && y)", "\t\tlist_add(x, y);", "\treturn 0;"],
    MOCK: ["int g(void)"],
    HOOKED: ["\tint theirs;", "\tif (ours(group))", "\ttheirs();"],
    "kunit/coverage/dump.c": ["dump();"],
}


def line(number: int, count: int, *branches: int, code: bool = True) -> dict[str, Any]:
    return {
        "line_number": number,
        "count": count,
        "branches": [{"count": n, "fallthrough": False, "throw": False} for n in branches],
        "gcovr/noncode": not code,
    }


def report(**changed: list[dict[str, Any]]) -> dict[str, Any]:
    """All is covered but branch 1 of the list_add() and the mock's only line."""
    lines = {
        CARRIED: [line(2, 0, code=False), line(3, 9, 4, 5, 1, 4), line(4, 4, 4, 0), line(5, 9)],
        MOCK: [line(1, 0)],
        HOOKED: [line(1, 0), line(2, 3, 1, 2), line(3, 0, 0, 0)],
        "kunit/coverage/dump.c": [line(1, 0)],
    }
    lines[CARRIED] = changed.get("carried", lines[CARRIED])
    functions = [{"name": "f", "lineno": 1, "execution_count": 0}]
    return {
        "gcovr/format_version": "0.3",
        "files": [
            {"file": name, "lines": found, "functions": functions} for name, found in lines.items()
        ],
    }


def read(**changed: list[dict[str, Any]]) -> dict[str, File]:
    files = covered.read(report(**changed), TEXTS, ["if (ours(group))"])
    return {file.path: file for file in files}


def exclusion(**changed: Any) -> exclusions.Exclusion:
    fits = exclusions.Exclusion("inlined", CARRIED, "list_add(x, y);", (1,), 2, "never")
    return replace(fits, **changed)


def test_only_our_files_count_and_of_the_hooked_one_only_the_hooks() -> None:
    files = read()
    assert list(files) == [HOOKED, CARRIED, MOCK]
    assert [each.number for each in files[HOOKED].lines] == [2]
    assert files[HOOKED].folder == files[CARRIED].folder == covered.REQUIRED


def test_score() -> None:
    assert covered.score(read()[CARRIED]) == Score(lines=3, run=3, branches=6, taken=5)


def test_each_gap_is_named() -> None:
    files = read()
    assert [str(gap) for gap in covered.gaps(files[CARRIED])] == [
        "kunit/carried/a.c:4: branch 1 of 2 never taken: list_add(x, y);"
    ]
    assert [str(gap) for gap in covered.gaps(files[MOCK])] == [
        "kunit/mock/b.c:1: never runs: int g(void)"
    ]
    assert covered.gaps(files[HOOKED]) == []


def test_a_line_that_never_runs_is_one_gap() -> None:
    files = read(carried=[line(3, 0, 0, 0, 0, 0)])
    assert [gap.what for gap in covered.gaps(files[CARRIED])] == ["never runs"]


def test_an_exclusion_takes_its_branch_out_and_no_other() -> None:
    files = read()
    exclusions.apply(list(files.values()), [exclusion()])
    assert covered.score(files[CARRIED]) == Score(3, 3, 5, 5, excluded=1)
    assert covered.gaps(files[CARRIED]) == []
    shown = covered.for_html(report(), list(files.values()))
    assert [entry["file"] for entry in shown["files"]] == [CARRIED, MOCK, HOOKED]
    assert [len(each["branches"]) for each in shown["files"][0]["lines"]] == [4, 1, 0]


def test_the_excluded_branch_hides_no_other_of_its_line() -> None:
    files = read(carried=[line(4, 4, 0, 0)])
    exclusions.apply(list(files.values()), [exclusion()])
    assert [gap.what for gap in covered.gaps(files[CARRIED])] == ["branch 0 of 2 never taken"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"line": "list_add(x, z);"}, "matches no line"),
        ({"line": "list_add"}, "matches no line"),
        ({"file": MOCK}, "matches no line"),
        ({"of": 3}, "is for 3 branches, gcov sees 2"),
        ({"branches": (0,)}, "branch 0 is taken, although it is excluded"),
    ],
)
def test_an_exclusion_that_does_not_fit_is_told(changed: dict[str, Any], what: str) -> None:
    with pytest.raises(Problem, match=what):
        exclusions.apply(list(read().values()), [exclusion(**changed)])


def test_a_share_is_not_rounded_up() -> None:
    text = covered.table([File(CARRIED, [covered.Line(n, "", min(n, 1), []) for n in range(2000)])])
    assert "1999/2000   99.9 %" in text


# ---- configs/coverage.toml ----

GOOD = """[class]
inlined = "what it is"
[[exclude]]
class = "inlined"
file = "a.c"
line = "f();"
branches = [1]
of = 2
reason = "because"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "coverage.toml"
    path.write_text(text)
    return path


def test_the_file_is_read(tmp_path: Path) -> None:
    assert exclusions.load(written(tmp_path, GOOD)) == [
        exclusions.Exclusion("inlined", "a.c", "f();", (1,), 2, "because")
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('reason = "because"', "", "exactly"),
        ('reason = "because"', 'reason = ""', "reason is no str, or empty"),
        ("branches = [1]", "branches = []", "branches is no list, or empty"),
        ("branches = [1]", "branches = [2]", "numbers from 0 to 1"),
        ('class = "inlined"', 'class = "other"', "no class"),
        ("of = 2", "of = true", "of is no int"),
        ("of = 2", "of = 2\nfunction = 1", "exactly"),
        ("[[exclude]]", "[[excluded]]", "something else"),
        ("[class]", "[class", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, old: str, new: str, what: str) -> None:
    with pytest.raises(Problem, match=what):
        exclusions.load(written(tmp_path, GOOD.replace(old, new)))


def test_our_own_exclusions_are_of_lines_that_are_there() -> None:
    for each in exclusions.load():
        lines = (KUNIT.parent / each.file).read_text().splitlines()
        assert each.line in [text.strip() for text in lines]
        assert each.file.startswith(covered.REQUIRED + "/")


# ---- what keeps a gap from hiding ----


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "24 boots, but counters of 0 to 0"),
        ("OBJECT_SUMMARY runs=24\n", "24 boots, but counters of 24 to 24"),
        ("OBJECT_SUMMARY runs=24\nOBJECT_SUMMARY runs=23\n", "24 boots, but counters of 23 to 24"),
    ],
)
def test_a_boot_without_counters_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    tool = tmp_path / "gcov-dump"
    tool.write_text(f"#!/bin/sh\nprintf '%s' '{said}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = [tmp_path / "a.gcda", tmp_path / "b.gcda"]
    with pytest.raises(Problem, match=told):
        measuring._require_all_boots(found, 24, CommandLog(), tmp_path)


def test_the_verdict_names_both_ways_to_fail() -> None:
    passed, failed = {"verdict": "pass", "id": "x"}, {"verdict": "fail", "id": "x"}
    assert measuring._verdict(0, passed).startswith("PASS")
    assert measuring._verdict(2, passed) == "FAIL  2 lines of kunit/carried/ are not covered"
    assert measuring._verdict(0, failed) == "FAIL  the run broke rules; svacheck show x"
    assert len(measuring._verdict(1, failed).splitlines()) == 2


def test_a_file_without_counters_is_an_error() -> None:
    with pytest.raises(Problem, match="nothing was counted in kunit/carried/group-pasid.c"):
        measuring._require_all_files(list(read().values()))


def test_hooks_are_the_lines_of_the_patch() -> None:
    hooks = measuring._hooks()
    assert "xa_init(&group->pasids);" in hooks
    assert 'source "drivers/iommu/svacheck/Kconfig"' not in hooks
    assert "int (*set_dev_pasid)(struct iommu_domain *domain, struct device *dev," not in hooks


def test_the_lane_counts_in_the_hooked_file_too() -> None:
    options = load_lane(measuring.LANE).make_options
    assert "CFLAGS_iommu.o=$(SVACHECK_COVERAGE)" in options
