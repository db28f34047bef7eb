# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

from pathlib import Path

import pytest
from faketree import HOOKS, make_kunit, make_tree

from svacheck import overlay, places
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Tree


class Laid:
    """A tree, a working copy of it and an overlay."""

    def __init__(self, place: Path) -> None:
        self.origin = make_tree(place / "tree")
        self.src = make_tree(place / "work" / "src")
        self.kunit = make_kunit(place / "kunit")
        self.tree = Tree("t", self.origin, "plain", "6.1.9", {})

    def lay(self, *folders: Path) -> overlay.Overlay:
        return overlay.lay(self.src, self.tree, CommandLog(), folders)

    def times(self) -> dict[Path, int]:
        return {p: p.stat().st_mtime_ns for p in self.src.rglob("*") if p.is_file()}


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Laid:
    made = Laid(tmp_path)
    monkeypatch.setattr(places, "KUNIT", made.kunit)
    return made


def test_files_and_hooks_are_laid(laid: Laid) -> None:
    result = laid.lay()
    assert (laid.src / overlay.FOLDER / "suites/a.c").read_text() == "int a;\n"
    assert (laid.src / "drivers/iommu/iommu.c").read_text().endswith("int hooked;\n")
    assert "hooked" not in (laid.origin / "drivers/iommu/iommu.c").read_text()
    assert overlay.laid_sha256(laid.src) == result.sha256
    assert overlay.hooked_files(laid.src) == {"drivers/iommu/iommu.c"}
    assert not [p for p in laid.src.rglob("*") if p.suffix in (".orig", ".rej", ".new")]


def test_laying_again_touches_nothing(laid: Laid) -> None:
    first = laid.lay()
    before = laid.times()
    assert laid.lay() == overlay.Overlay(first.sha256, 0)
    assert laid.times() == before


def test_only_a_changed_file_is_written(laid: Laid) -> None:
    first = laid.lay()
    before = laid.times()
    (laid.kunit / "suites/a.c").write_text("int b;\n")
    second = laid.lay()
    after = laid.times()
    assert second.changed == 1 and second.sha256 != first.sha256
    assert [p.name for p in after if after[p] != before.get(p)] == ["a.c"]


def test_a_file_gone_from_the_overlay_goes(laid: Laid) -> None:
    laid.lay()
    (laid.kunit / "suites/a.c").unlink()
    (laid.src / overlay.FOLDER / "Makefile.rej").write_text("")
    assert laid.lay().changed == 2
    assert not (laid.src / overlay.FOLDER / "suites").exists()
    assert not (laid.src / overlay.FOLDER / "Makefile.rej").exists()


def test_editor_droppings_are_not_laid(laid: Laid) -> None:
    clean = laid.lay()
    for name in (".a.c.swp", "a.c~", "a.c.orig", "#a.c#", "a.o"):
        (laid.kunit / "suites" / name).write_text("x")
    assert laid.lay() == overlay.Overlay(clean.sha256, 0)


def test_a_hook_that_went_away_is_undone(laid: Laid) -> None:
    laid.lay()
    (laid.kunit / "carried/hooks.patch").write_text("")
    laid.lay()
    original = (laid.origin / "drivers/iommu/iommu.c").read_text()
    assert (laid.src / "drivers/iommu/iommu.c").read_text() == original
    assert overlay.hooked_files(laid.src) == set()


WINDOWS = """\
--- a/drivers/iommu/iommu.c
+++ b/drivers/iommu/iommu.c
@@ -2,3 +2,4 @@
 int two;
 int three;
 int hooked;
+int window;
"""


def test_windows_are_opened_in_what_is_hooked(laid: Laid) -> None:
    (laid.kunit / "mock").mkdir()
    (laid.kunit / "mock/windows.patch").write_text(WINDOWS)
    laid.lay()
    text = (laid.src / "drivers/iommu/iommu.c").read_text()
    assert text.endswith("int hooked;\nint window;\n")
    assert overlay.hooked_files(laid.src) == {"drivers/iommu/iommu.c"}
    (laid.kunit / "carried/hooks.patch").write_text("")
    with pytest.raises(Problem, match="int window") as caught:
        laid.lay()
    assert "mock/windows.patch" in caught.value.remedy


def test_hooks_bear_an_offset(laid: Laid) -> None:
    path = laid.origin / "drivers/iommu/iommu.c"
    path.write_text("int before;\n" * 40 + path.read_text())
    laid.lay()
    text = (laid.src / "drivers/iommu/iommu.c").read_text()
    assert text.startswith("int before;") and text.endswith("int hooked;\n")


@pytest.mark.parametrize("text", ["int one;\nint 2;\nint three;\n", "", HOOKS])
def test_a_hook_that_does_not_apply_is_a_problem(laid: Laid, text: str) -> None:
    (laid.origin / "drivers/iommu/iommu.c").write_text(text)
    with pytest.raises(Problem, match="hook does not apply.*iommu.c.*int hooked;") as caught:
        laid.lay()
    assert "\n" not in str(caught.value)


def test_what_a_killed_patch_has_left_is_not_taken_for_its_own(laid: Laid) -> None:
    left = laid.src.parent / overlay.PATCHING / "drivers/iommu/iommu.c.rej"
    left.parent.mkdir(parents=True)
    left.write_text("+int of_another_tree;\n")
    laid.lay()
    assert not (laid.src.parent / overlay.PATCHING).exists()


def test_a_hook_without_its_file_is_a_problem(laid: Laid) -> None:
    (laid.origin / "drivers/iommu/iommu.c").unlink()
    with pytest.raises(Problem, match="no such file to hook.*iommu.c"):
        laid.lay()


def test_a_failed_laying_is_not_taken_as_whole(laid: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    laid.lay()
    (laid.kunit / "suites/a.c").write_text("int b;\n")

    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(overlay, "_put", interrupted)
        with pytest.raises(KeyboardInterrupt):
            laid.lay()
    assert overlay.laid_sha256(laid.src) == ""
    assert overlay.hooked_files(laid.src) == {"drivers/iommu/iommu.c"}
    assert laid.lay().changed == 1


def test_a_link_in_the_way_is_not_followed(laid: Laid, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (laid.src / overlay.FOLDER).symlink_to(tmp_path / "outside")
    laid.lay()
    assert not any((tmp_path / "outside").iterdir())
    assert (laid.src / overlay.FOLDER / "suites/a.c").is_file()


def test_an_implementation_is_laid_and_removed(laid: Laid, tmp_path: Path) -> None:
    own = tmp_path / "my" / "vendor-1"
    own.mkdir(parents=True)
    (own / "Makefile").write_text("obj-y += x.o\n")
    (own / "x.c").write_text("int x;\n")
    plain = laid.lay()
    assert laid.lay(own).sha256 != plain.sha256
    assert (laid.src / overlay.FOLDER / "impl/vendor-1/x.c").is_file()
    assert laid.lay().sha256 == plain.sha256
    assert not (laid.src / overlay.FOLDER / "impl").exists()


@pytest.mark.parametrize("name", ["a b", "none", "a:b"])
def test_a_wrong_implementation_is_a_problem(laid: Laid, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(Problem, match="implementation"):
        laid.lay(tmp_path / name)


def test_two_implementations_of_one_name_are_a_problem(laid: Laid, tmp_path: Path) -> None:
    folders = [tmp_path / "a" / "x", tmp_path / "b" / "x"]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "Makefile").write_text("")
    with pytest.raises(Problem, match='two implementations.*"x"'):
        laid.lay(*folders)
