# SPDX-License-Identifier: GPL-2.0
"""Operators change exactly one place, and a mutant keeps its id while code around it moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.mutation import operators
from svacheck.mutation.operators import Mutant, distinct, mutate
from svacheck.mutation.sources import Source, added, around, carry_over, level

CODE = """\
int f(int a, int b)
{
\tif (a >= b || !b)
\t\treturn -EINVAL;
\tget(a);
\tput(b);
\tput(b);
\treturn a;
}

static int g(int a)
{
\tif (a >= 3)
\t\treturn -ENODEV;
\treturn 0;
}
"""


def source(text: str = CODE, lines: frozenset[int] | None = None) -> Source:
    shown = text if lines is None else around(text, lines)
    return Source("drivers/iommu/svacheck/carried/small.c", text, shown, lines)


def made(operator: str, tmp_path: Path, file: Source) -> list[Mutant]:
    return mutate(operator, [file], tmp_path / "work", CommandLog())


def changes(mutant: Mutant) -> list[str]:
    return [line for line in mutant.diff.splitlines()[3:] if line[0] in "+-"]


def test_each_place_is_changed_by_itself(tmp_path: Path) -> None:
    first, second = made("shift-comparison", tmp_path, source())
    assert changes(first) == ["-\tif (a >= b || !b)", "+\tif (a > b || !b)"]
    assert changes(second) == ["-\tif (a >= 3)", "+\tif (a > 3)"]
    assert (first.function, second.function) == ("f", "g")
    assert (second.line, second.name) == (13, "kunit/carried/small.c")
    assert second.text == CODE.replace("a >= 3", "a > 3")


def test_a_place_that_does_not_fit_makes_no_mutant(tmp_path: Path) -> None:
    (only,) = made("drop-left", tmp_path, source())
    assert changes(only) == ["-\tif (a >= b || !b)", "+\tif (!b)"]
    assert made("drop-lock", tmp_path, source()) == []


def test_the_same_change_twice_has_two_ids(tmp_path: Path) -> None:
    found = made("drop-call", tmp_path, source())
    assert [changes(mutant) for mutant in found] == [["-\tget(a);"], ["-\tput(b);"], ["-\tput(b);"]]
    assert len({mutant.id for mutant in found}) == 3
    assert len(distinct(found)) == 2  # the file comes out the same


def test_an_id_stays_when_the_code_around_moves(tmp_path: Path) -> None:
    before = made("shift-comparison", tmp_path, source())
    after = made("shift-comparison", tmp_path, source("int h;\n\n" + CODE.replace("get(a);", "")))
    assert [mutant.id for mutant in before] == [mutant.id for mutant in after]
    assert [mutant.line for mutant in before] != [mutant.line for mutant in after]
    other = made("shift-comparison", tmp_path, source(CODE.replace("a >= 3", "a >= 4")))
    assert [mutant.id for mutant in before][1] != other[1].id


def test_only_our_lines_of_a_file_are_changed(tmp_path: Path) -> None:
    lines = added(CODE.replace("\tif (a >= 3)\n\t\treturn -ENODEV;\n", ""), CODE)
    assert lines == {13, 14}
    file = source(lines=lines)
    assert "get(a)" not in file.shown
    (only,) = made("shift-comparison", tmp_path, file)
    assert only.text == CODE.replace("a >= 3", "a > 3")


def test_an_operator_that_spatch_does_not_understand_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "operators"
    folder.mkdir()
    for name in ("site.cocci", "drop-get.cocci"):
        (folder / name).write_text((operators.OPERATORS / name).read_text())
    with open(folder / "drop-get.cocci", "a") as file:
        file.write("@@\n- no semantic patch @@\n")
    with pytest.raises(Problem, match="operator drop-get does not work"):
        mutate("drop-get", [source()], tmp_path / "work", CommandLog(), folder)


def test_other_code_or_operators_have_another_fingerprint(tmp_path: Path) -> None:
    one = operators.fingerprint([source()])
    assert one == operators.fingerprint([source()])
    assert one != operators.fingerprint([source(CODE + "\n")])
    assert one != operators.fingerprint([source(lines=frozenset({3}))])


def test_every_operator_says_what_it_does() -> None:
    for name in operators.names():
        assert operators.brief(name).endswith("."), name


def test_a_change_is_carried_over_and_levelled() -> None:
    assert carry_over("\n\nx\ny\n", "\n\nz\ny\n", "a\nb\nx\ny\n") == "a\nb\nz\ny\n"
    assert carry_over("\nx\n", "\n", "a\nx\n") == "a\n"
    assert level("a\nb\nc\n", "a\nc\n") == "a\n\nc\n"
    assert level("a\nb\n", "a\nx\nb\n") == "a\nx\nb\n"


def test_what_versions_of_coccinelle_lay_out_otherwise_makes_no_other_mutant() -> None:
    head = "--- a/x.c\n+++ b/x.c\n@@ -1,4 +1,4 @@\n"
    bare = " \tif (a ||\n \t    b)\n-\t\treturn true;\n+\t\treturn 0;\n \tgo();\n"
    braced = "-\n-\tif (b)\n-\t\treturn true;\n+\tif (b) {\n+\t\treturn 0;\n+\t}\n"
    assert operators._meant(head + bare) == operators._meant(head + braced)
    assert operators._meant(head + bare) == ["- return true;", "+ return 0;"]
    moved = "+\tret = 1;\n \tlock();\n-\tret = 1;\n"
    assert operators._meant(head + moved) == ["+ ret = 1;", "- ret = 1;"]
