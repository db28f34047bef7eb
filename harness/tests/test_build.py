# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from faketree import Bench, make_kunit, make_tree

from svacheck import build as building
from svacheck import overlay, places, sources, workcopy
from svacheck.errors import Problem
from svacheck.model import Build, Lane, Tree


class Project:
    """A working copy with the overlay laid in, ready to be built."""

    def __init__(self, place: Path) -> None:
        self.bench = Bench(place)
        self.tree = Tree("t", make_tree(place / "tree"), "plain", "6.1.9", {"content_sha256": "1"})
        self.src = make_tree(self.bench.cache.work("t") / "src")
        self.kunit = make_kunit(place / "kunit")
        self.fragment = place / "uml.config"
        self.fragment.write_text("CONFIG_KUNIT=y\n")
        self.lane = Lane("uml", "um", (self.fragment,), (), 5)
        self.logs = place / "logs"
        self.directory = self.src.parent / "build-uml"

    def build(self) -> Build:
        overlay.lay(self.src, self.tree, self.bench.log)
        log, progress = self.bench.log, self.bench.progress
        return building.build(self.src, self.tree, self.lane, 2, log, progress, self.logs)

    def made(self) -> int:
        return len((self.directory / "made").read_text().splitlines())

    def configured(self) -> int:
        return len((self.directory / "configured").read_text())


@pytest.fixture(name="project")
def fixture_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Project:
    made = Project(tmp_path)
    monkeypatch.setattr(places, "KUNIT", made.kunit)
    return made


def test_a_build_tells_what_it_is(project: Project) -> None:
    result = project.build()
    assert result.directory == project.directory
    assert result.objects == 1
    assert len(result.config_sha256) == 64
    assert "gcc" in result.compiler
    argv = project.bench.log.commands[-1].argv
    assert argv[argv.index("build") - 1].endswith("tools/testing/kunit/kunit.py")
    merged = project.directory / "svacheck.kunitconfig"
    assert "--jobs=2" in argv and f"--kunitconfig={merged}" in argv
    assert merged.read_text() == "CONFIG_KUNIT=y\n"


@pytest.fixture
def emulated(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Of a lane whose kernel boots in a machine, which is there."""
    monkeypatch.setattr("svacheck.build.qemu.require", lambda: None)
    project.lane = replace(project.lane, name="qemu", arch="x86_64")
    project.directory = project.directory.with_name("build-qemu")
    image = project.directory / building.BZIMAGE
    image.parent.mkdir(parents=True)
    image.write_text("image")
    return project


def answer_for_gelf(place: Path, patch: pytest.MonkeyPatch, status: int) -> None:
    gcc = place / "bin" / "gcc"
    gcc.parent.mkdir()
    gcc.write_text(f'#!/bin/sh\n[ "$1" = -E ] && exit {status}\necho gcc 12\n')
    gcc.chmod(0o755)
    patch.setenv("PATH", str(gcc.parent), prepend=":")


def test_the_kernel_of_a_machine_is_found_by_the_same_name(
    emulated: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer_for_gelf(tmp_path, monkeypatch, 0)
    emulated.build()
    assert (emulated.directory / "linux").read_text() == "image"
    argv = emulated.bench.log.commands[-1].argv
    assert "--arch=x86_64" in argv and not [word for word in argv if "LINK_WRAPS" in word]
    emulated.build()
    assert emulated.made() == 1
    (emulated.directory / building.BZIMAGE).unlink()
    with pytest.raises(Problem, match="the kernel does not build"):
        (emulated.src / "fail").write_text("make: *** no image")
        emulated.build()


def test_what_objtool_needs_is_asked_for_before_the_build(
    emulated: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer_for_gelf(tmp_path, monkeypatch, 1)
    with pytest.raises(Problem, match="gelf.h .*apt-get install libelf-dev"):
        emulated.build()


def test_nothing_changed_nothing_built(project: Project) -> None:
    first = project.build()
    second = project.build()
    assert project.made() == 1
    assert (second.config_sha256, second.objects) == (first.config_sha256, first.objects)


def change_overlay(project: Project) -> None:
    (project.kunit / "suites/a.c").write_text("int other;\n")


def change_tree(project: Project) -> None:
    project.tree.identity["content_sha256"] = "2"


def change_fragment(project: Project) -> None:
    project.fragment.write_text("CONFIG_KUNIT=y\nCONFIG_X=y\n")


def change_make_options(project: Project) -> None:
    project.lane = replace(project.lane, make_options=("X=-a b",))


def lose_kernel(project: Project) -> None:
    (project.directory / "linux").unlink()


def replace_kernel(project: Project) -> None:
    (project.directory / "linux").write_text("another")


def edit_config(project: Project) -> None:
    (project.directory / ".config").write_text("CONFIG_KUNIT=y\n# edited\n")


def lose_stamp(project: Project) -> None:
    (project.directory / building.STAMP).unlink()


def break_stamp(project: Project) -> None:
    (project.directory / building.STAMP).write_text('{"key": ')


def old_stamp(project: Project) -> None:
    (project.directory / building.STAMP).write_text(json.dumps({"key": "x"}))


@pytest.mark.parametrize(
    "change",
    [
        change_overlay,
        change_tree,
        change_fragment,
        change_make_options,
        lose_kernel,
        replace_kernel,
        edit_config,
        lose_stamp,
        break_stamp,
        old_stamp,
    ],
)
def test_any_change_builds(project: Project, change: object) -> None:
    project.build()
    assert callable(change)
    change(project)
    project.build()
    assert project.made() == 2
    project.build()
    assert project.made() == 2


def test_a_lane_has_variables_for_kbuild(project: Project) -> None:
    change_make_options(project)
    project.build()
    assert "--make_options=X=-a b" in project.bench.log.commands[-1].argv


def test_another_compiler_builds(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.build()
    monkeypatch.setattr(building, "compiler", lambda _: "gcc 99")
    project.build()
    assert project.made() == 2


@pytest.mark.parametrize(
    ("change", "times"), [(change_fragment, 2), (change_tree, 2), (change_overlay, 1)]
)
def test_a_config_is_made_anew_only_if_its_input_changed(
    project: Project, change: object, times: int
) -> None:
    project.build()
    assert callable(change)
    change(project)
    project.build()
    assert project.configured() == times


@pytest.mark.parametrize(
    ("path", "times"),
    [
        ("drivers/iommu/iommu.c", 1),
        ("drivers/iommu/Makefile", 1),
        ("drivers/iommu/Kconfig", 2),
        ("init/Kconfig.debug", 2),
        ("Makefile", 2),
        ("arch/um/Makefile-skas", 2),
        ("scripts/cc-version.sh", 2),
        ("tools/testing/kunit/kunit_kernel.py", 2),
    ],
)
def test_a_change_that_asks_nothing_keeps_the_config(
    project: Project, path: str, times: int
) -> None:
    record = project.src.parent / workcopy.RECORD
    others = {"drivers/iommu/Kconfig": "f1 x", "drivers/iommu/iommu.c": "f1 x"}
    for number in ("1", "2"):
        sources.save(record, sources.Record({**others, path: f"f{number} {number}"}))
        project.tree = replace(project.tree, identity={"content_sha256": number})
        project.build()
    assert (project.configured(), project.made()) == (times, 2)
    sources.save(record, sources.Record({**others, path: "f2 written at another time"}))
    project.build()
    assert (project.configured(), project.made()) == (times, 2)


def test_an_interrupted_build_leaves_no_stamp(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.build()
    change_overlay(project)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(building, "_make", interrupted)
        with pytest.raises(KeyboardInterrupt):
            project.build()
    (project.kunit / "suites/a.c").write_text("int a;\n")  # as it was at the good build
    project.build()
    assert project.made() == 2


def test_what_a_compiler_has_in_hand_lies_in_the_build(project: Project) -> None:
    project.build()
    environment = project.bench.log.commands[-1].environment
    assert Path(environment["TMPDIR"]).is_dir()
    assert Path(environment["TMPDIR"]).parent == project.directory


def test_what_a_killed_make_left_is_not_built_upon(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an object is as new as a whole one to the next make."""
    project.build()
    change_overlay(project)

    def killed(*_: object, **__: object) -> None:
        (project.directory / "half.o").write_text("half")
        raise KeyboardInterrupt

    overlay.lay(project.src, project.tree, project.bench.log)
    with monkeypatch.context() as patched:
        patched.setattr(type(project.bench.log), "run", killed)
        with pytest.raises(KeyboardInterrupt):
            log, progress = project.bench.log, project.bench.progress
            building.build(project.src, project.tree, project.lane, 2, log, progress, project.logs)
    assert (project.directory / "half.o").exists()
    project.build()
    assert not (project.directory / "half.o").exists()


def test_an_unlaid_overlay_is_a_problem(project: Project) -> None:
    project.build()
    (project.src.parent / overlay.RECORD).unlink()
    with pytest.raises(Problem, match="no overlay"):
        log, progress = project.bench.log, project.bench.progress
        building.build(project.src, project.tree, project.lane, 2, log, progress, project.logs)


def test_a_failing_compile_tells_its_first_errors(project: Project) -> None:
    lines = [f"a.c:{n}:1: error: wrong {n}" for n in range(1, 6)]
    noise = ["ERROR:root:a.c: In function f:", *lines, "make: *** [Makefile:1: a.o] Error 1"]
    (project.src / "fail").write_text("\n".join(noise))
    with pytest.raises(
        Problem, match="does not build: a.c:1:1: error: wrong 1;.*wrong 3.*2 more"
    ) as e:
        project.build()
    assert "\n" not in str(e.value) and str(project.logs / "build.log") in str(e.value)
    assert not (project.directory / building.STAMP).exists()


def test_a_failing_build_does_not_fall_back_on_the_kernel_of_before(project: Project) -> None:
    project.build()
    change_overlay(project)
    (project.src / "fail").write_text("a.c:1:1: error: x\n")
    for _ in range(2):
        with pytest.raises(Problem, match="does not build"):
            project.build()
    (project.src / "fail").unlink()
    project.build()
    assert project.made() == 2


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("x\nmake: *** No rule to make target 'y'\n", "No rule to make target 'y'"),
        ("ld: a.o: undefined reference to `f'\n", "undefined reference"),
        ("a\nMissing: CONFIG_KUNIT=y\nb", "cannot be had: missing CONFIG_KUNIT=y"),
        ("Traceback\nsomething odd\n", "does not build: something odd"),
        ("", "no message"),
    ],
)
def test_other_failures_are_told_too(project: Project, said: str, told: str) -> None:
    (project.src / "fail").write_text(said)
    with pytest.raises(Problem) as caught:
        project.build()
    assert told in str(caught.value)


def test_rust_is_refused(project: Project) -> None:
    project.fragment.write_text("CONFIG_RUST=y\n")
    for _ in range(2):
        with pytest.raises(Problem, match="Rust"):
            project.build()


def test_missing_tools_are_named_with_their_packages(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(building.TOOLS, "no-such-ld", "binutils")
    with pytest.raises(Problem, match="no-such-ld.*apt-get install binutils"):
        project.build()


def test_an_outer_make_does_not_leak_in(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAKEFLAGS", "V", "ARCH"):
        monkeypatch.setenv(name, "1")
    project.build()
    assert (project.directory / "made").read_text() == "[]\n"


@pytest.mark.parametrize("own", ["", "/somewhere"])
def test_the_compiler_cache(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: str
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ccache").write_text("#!/bin/sh\n")
    (tmp_path / "bin/ccache").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    if own:
        monkeypatch.setenv("CCACHE_DIR", own)
    else:
        monkeypatch.delenv("CCACHE_DIR", raising=False)
    project.build()
    command = project.bench.log.commands[-1]
    assert "--make_options=CC=ccache gcc" in command.argv
    expected = None if own else str(project.bench.cache.ccache)
    assert command.environment.get("CCACHE_DIR") == expected


def test_without_a_compiler_cache(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "ccache" else real(name))
    project.build()
    assert "--make_options=CC=gcc" in project.bench.log.commands[-1].argv


def test_a_later_fragment_wins(project: Project, tmp_path: Path) -> None:
    more = tmp_path / "more.config"
    more.write_text("# why\nCONFIG_B=y\n# CONFIG_C is not set\n")
    project.fragment.write_text("CONFIG_KUNIT=y\n# CONFIG_B is not set\nCONFIG_C=3\n")
    project.lane = replace(project.lane, kconfig=(project.fragment, more))
    project.build()
    merged = (project.directory / "svacheck.kunitconfig").read_text()
    assert merged == "CONFIG_KUNIT=y\nCONFIG_B=y\n# CONFIG_C is not set\n"


@pytest.mark.parametrize("line", ["CONFIG_KASAN=y", "CONFIG_N=3", "# CONFIG_OFF is not set"])
def test_an_option_that_is_silently_lost_is_told(project: Project, line: str) -> None:
    project.fragment.write_text(f"CONFIG_KUNIT=y\n{line}\n# CONFIG_ABSENT is not set\n")
    project.build()
    lossy = "CONFIG_KUNIT=y\nCONFIG_KASAN_STACK=y\nCONFIG_N=33\nCONFIG_OFF=y\n"
    (project.directory / ".config").write_text(lossy)
    with pytest.raises(Problem, match=f"the configuration lost {line} "):
        project.build()
