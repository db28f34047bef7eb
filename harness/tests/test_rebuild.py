# SPDX-License-Identifier: GPL-2.0
"""What is built again after an edit, and that nothing but time tells it from a whole build."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from test_build import Project, change_fragment, change_make_options, change_tree
from test_build import edit_config, fixture_project, lose_kernel, lose_stamp, old_stamp

from svacheck import overlay, rebuild
from svacheck.cachedirs import Cache
from svacheck.errors import Problem
from svacheck.places import ROOT

__all__ = ["fixture_project"]

MAKEFILE = """
again:
\t@echo again >> $(O)/again
drivers/iommu: again
\t@test -z "$$FAIL" || { echo "a.c:1: error: it is wrong"; exit 1; }
\t@mkdir -p $(O)/drivers/iommu/svacheck/suites
\t@test -n "$$STALE" || touch $(O)/drivers/iommu/svacheck/suites/a.o
linux:
\t@test -n "$$LAZY" || test ! $(O)/built-in.a -nt $(O)/linux || cp $(O)/built-in.a $(O)/linux
.PHONY: again drivers/iommu linux
"""


@pytest.fixture(name="built")
def _built(project: Project) -> Project:
    """A whole build, as far as can be seen, of a tree in which make can be called."""
    with open(project.src / "Makefile", "a", encoding="ascii") as makefile:
        makefile.write(MAKEFILE)
    (project.kunit / "suites/a.h").write_text("int one;\n")
    project.build()
    archive = project.directory / rebuild.ARCHIVE
    archive.write_text("kernel")
    os.utime(archive, (1, 1))  # as kbuild leaves it: older than what is linked of it
    made = project.directory / overlay.FOLDER / "suites/a.o"
    made.parent.mkdir(parents=True)
    made.touch()
    assert (project.made(), again(project)) == (1, 0)
    return project


def again(project: Project) -> int:
    noted = project.directory / "again"
    return len(noted.read_text().splitlines()) if noted.exists() else 0


def edit(project: Project, text: str = "int other;\n") -> None:
    (project.kunit / "suites/a.c").write_text(text)


def test_an_edit_is_built_by_its_folder(built: Project) -> None:
    edit(built)
    built.build()
    assert (built.made(), again(built)) == (1, 1)
    first, second = (command.argv for command in built.bench.log.commands[-2:])
    assert first[-2:] == ["build-dir=drivers/iommu", "drivers/iommu"]
    assert second[-2:] == ["build-dir=drivers/iommu", "linux"]
    assert f"O={built.directory}" in second and "--jobs=2" in second
    assert (built.directory / "linux").read_text() == "kernel"
    built.build()
    assert (built.made(), again(built)) == (1, 1)
    edit(built, "int more;\n")
    built.build()
    assert (built.made(), again(built)) == (1, 2)


def new_header(project: Project) -> None:
    (project.kunit / "suites/b.h").write_text("int other;\n")


def change_header(project: Project) -> None:
    (project.kunit / "suites/a.h").write_text("int other;\n")


def new_source(project: Project) -> None:
    (project.kunit / "suites/new.c").write_text("int other;\n")


def lose_source(project: Project) -> None:
    (project.kunit / "suites/a.c").unlink()


def change_makefile(project: Project) -> None:
    (project.kunit / "Makefile").write_text("obj-y += suites/a.o # and more\n")


def hook_elsewhere(project: Project) -> None:
    hooked = project.tree.origin / "drivers/iommu/iommu.c"
    hooked.write_text("int zero;\n" + hooked.read_text())


def no_object(project: Project) -> None:
    (project.directory / overlay.FOLDER / "suites/a.o").unlink()


def no_archive(project: Project) -> None:
    (project.directory / rebuild.ARCHIVE).unlink()


@pytest.mark.parametrize(
    "change",
    [
        change_fragment,
        change_header,
        change_make_options,
        change_makefile,
        change_tree,
        edit_config,
        hook_elsewhere,
        lose_kernel,
        lose_source,
        lose_stamp,
        new_header,
        new_source,
        no_archive,
        no_object,
        old_stamp,
    ],
)
def test_whatever_else_differs_is_a_whole_build(
    built: Project, change: Callable[[Project], None]
) -> None:
    edit(built)
    change(built)
    built.build()
    assert (built.made(), again(built)) == (2, 0)


def test_what_only_our_makefile_reads_is_no_reason(built: Project) -> None:
    built.lane = replace(built.lane, make_options=("SVACHECK_PAD=16",))
    built.build()
    assert (built.made(), again(built)) == (1, 1)
    assert "SVACHECK_PAD=16" in built.bench.log.commands[-1].argv


def test_a_failing_edit_tells_its_errors_and_is_not_built_upon(
    built: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(built)
    monkeypatch.setenv("FAIL", "1")
    with pytest.raises(Problem, match="does not build: a.c:1: error: it is wrong"):
        built.build()
    monkeypatch.delenv("FAIL")
    built.build()
    assert built.made() == 2


@pytest.mark.parametrize("how", ["LAZY", "STALE"])
def test_a_kernel_that_has_not_what_was_edited_is_not_taken(
    how: str, built: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(built)
    monkeypatch.setenv(how, "1")
    built.build()
    assert (built.made(), again(built)) == (2, 1)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kernel", "edited", "by_kunit"),
    [
        ("6.1", "carried/group-pasid.c", True),  # which iommu.c includes
        ("6.1", "carried/sva-domain.c", False),
        ("7.3", "api/impl.c", False),
    ],
)
def test_the_kernel_is_the_same_to_the_byte(
    kernel: str, edited: str, by_kunit: bool, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    environment = {**os.environ, "SVACHECK_RESULTS": str(tmp_path / "results")}

    def check() -> tuple[str, bool]:
        """The kernel of a check, and whether kunit.py has built it."""
        argv: list[str | Path] = [
            clone / "scripts/svacheck",
            "check",
            "--kernel",
            kernel,
            "--allow-known",
        ]
        done = subprocess.run([*argv, "--suite", "svac_domain", "-q"], env=environment, check=False)
        assert done.returncode == 0
        newest = max((tmp_path / "results").glob("2*"), key=lambda run: run.stat().st_mtime_ns)
        commands = (newest / "commands.sh").read_text()
        (built,) = Cache.default().work("").glob(f"linux-source-{kernel}_*/build-uml")
        kernels.append(built)
        return (
            hashlib.sha256((built / "linux").read_bytes()).hexdigest(),
            "kunit.py build" in commands,
        )

    kernels: list[Path] = []
    check()
    source = clone / "kunit" / edited
    source.write_text(
        source.read_text() + "int svac_edited(void);\nint svac_edited(void)\n{\n\treturn 3;\n}\n"
    )
    made, whole = check()
    assert whole == by_kunit
    shutil.rmtree(kernels[-1])
    assert check() == (made, True)
