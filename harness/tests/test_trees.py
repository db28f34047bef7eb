# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from faketree import HEADER, Bench, commit, git, give_sva_domains, make_kunit, make_tree

from svacheck import cachedirs, debian, overlay, places, sources, trees, workcopy
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.kernels import KernelSource
from svacheck.model import Tree

HOOKED = "drivers/iommu/iommu.c"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "my tree")


def resolve(bench: Bench, kdir: Path) -> Tree:
    return trees.resolve(None, kdir, bench.cache, bench.log, bench.progress)


def copy(bench: Bench, kdir: Path) -> Path:
    return trees.working_copy(resolve(bench, kdir), bench.cache, bench.progress)


def contents(folder: Path) -> dict[str, tuple[str, bytes | str]]:
    """Every file of a folder: its mode or "link", and what it holds."""
    found: dict[str, tuple[str, bytes | str]] = {}
    for path in sources.walk(folder):
        full = folder / path
        if full.is_symlink():
            found[path] = ("link", os.readlink(full))
        else:
            found[path] = ("x" if full.stat().st_mode & 0o100 else "f", full.read_bytes())
    return found


def times(folder: Path) -> dict[str, int]:
    return {path: (folder / path).lstat().st_mtime_ns for path in sources.walk(folder)}


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """All that a write into folder would change, .git included."""
    found = {}
    for parent, folders, names in os.walk(folder):
        for name in folders + names:
            path = Path(parent, name)
            data = path.read_bytes() if path.is_file() else b""
            seen = path.lstat()
            found[str(path)] = (seen.st_mtime_ns, seen.st_ctime_ns, data)
    return found


# ---- what is refused ----


@pytest.mark.parametrize("gone", trees.NEEDED)
def test_no_kernel_tree(bench: Bench, tree: Path, gone: str) -> None:
    (tree / gone).unlink()
    with pytest.raises(Problem, match=f"no kernel tree: it has no {gone}.*KDIR"):
        resolve(bench, tree)


def test_no_folder_and_a_file(bench: Bench, tree: Path) -> None:
    with pytest.raises(Problem, match="no such folder"):
        resolve(bench, tree / "gone")
    with pytest.raises(Problem, match="not a folder"):
        resolve(bench, tree / "Makefile")


def test_a_makefile_without_a_version(bench: Bench, tree: Path) -> None:
    (tree / "Makefile").write_text("all:\n")
    with pytest.raises(Problem, match="no VERSION and PATCHLEVEL"):
        resolve(bench, tree)


def test_a_tree_with_sva_domains_of_its_own(bench: Bench, tree: Path) -> None:
    give_sva_domains(tree)
    found = resolve(bench, tree)
    assert (found.upstream, found.shape) == (True, "upstream")


@pytest.mark.parametrize(
    "gone, what",
    [
        ("struct iommu_attach_handle *handle", "no attach handles"),
        ("iommu_detach_device_pasid", "no iommu_detach_device_pasid"),
        ("struct iommu_domain *old", "no set_dev_pasid"),
        ("domain_alloc_sva", "no domain_alloc_sva"),
        ("iommu_paging_domain_alloc", "no iommu_paging_domain_alloc"),
        ("struct mm_struct *mm);", "no iommu_sva_bind_device"),
        ("iommu_attach_handle_get", "no iommu_attach_handle_get"),
    ],
)
def test_sva_domains_of_a_shape_that_is_not_known(
    bench: Bench, tree: Path, gone: str, what: str
) -> None:
    give_sva_domains(tree, gone)
    with pytest.raises(Problem, match=f"cannot adapt to the SVA domains of Linux 6.1.9: {what}"):
        resolve(bench, tree)


def test_mutants_are_of_the_carried_implementation(bench: Bench, tree: Path) -> None:
    give_sva_domains(tree)
    with pytest.raises(Problem, match="mutants are made of the carried implementation"):
        trees.require_carried(resolve(bench, tree), "mutants are made of")


def test_max_pasids_elsewhere_does_not_count(bench: Bench, tree: Path) -> None:
    header = HEADER.replace("\tu32 max_pasids;\n", "") + "struct x {\n\tu32 max_pasids;\n};\n"
    (tree / "include/linux/iommu.h").write_text(header)
    with pytest.raises(Problem, match="no max_pasids.*6.1.192"):
        resolve(bench, tree)


def test_a_tree_with_the_overlay_is_refused(bench: Bench, tree: Path) -> None:
    (tree / overlay.FOLDER).mkdir()
    with pytest.raises(Problem, match="working copy with the suites"):
        resolve(bench, tree)


def test_kernel_and_kdir(bench: Bench, tree: Path) -> None:
    with pytest.raises(Problem, match="KERNEL and KDIR"):
        trees.resolve("6.1", tree, bench.cache, bench.log, bench.progress)


def test_an_unknown_kernel(bench: Bench) -> None:
    with pytest.raises(Problem, match="known: 6.1"):
        trees.resolve("2.4", None, bench.cache, bench.log, bench.progress)


def test_extraversion_is_part_of_the_version(bench: Bench, tree: Path) -> None:
    (tree / "Makefile").write_text(
        "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n"
    )
    assert resolve(bench, tree).version == "6.1.0-rc3"


# ---- what is copied ----


def test_a_plain_tree_is_copied_whole(bench: Bench, tree: Path) -> None:
    before = everything(tree)
    found = resolve(bench, tree)
    src = trees.working_copy(found, bench.cache, bench.progress)
    assert (found.kind, found.version) == ("plain", "6.1.9")
    assert contents(src) == contents(tree)
    assert " " not in str(src)
    assert everything(tree) == before


def test_a_repeat_writes_nothing(bench: Bench, tree: Path) -> None:
    src = copy(bench, tree)
    before = times(src)
    first = resolve(bench, tree).identity
    copy(bench, tree)
    assert times(src) == before
    assert resolve(bench, tree).identity == first


def test_a_touched_file_is_not_written(bench: Bench, tree: Path) -> None:
    src = copy(bench, tree)
    before = times(src)
    os.utime(tree / HOOKED)
    copy(bench, tree)
    assert times(src) == before


def test_a_changed_file_gets_a_new_time_though_its_source_has_the_old(
    bench: Bench, tree: Path
) -> None:
    src = copy(bench, tree)
    before = times(src)
    seen = (tree / HOOKED).stat()
    text = (tree / HOOKED).read_text()
    (tree / HOOKED).write_text(text.replace("one", "two"))  # of the same size
    os.utime(tree / HOOKED, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    identity = resolve(bench, tree).identity
    copy(bench, tree)
    after = times(src)
    assert [path for path in after if after[path] != before[path]] == [HOOKED]
    assert after[HOOKED] > max(before.values())
    assert contents(src) == contents(tree)
    assert resolve(bench, tree).identity == identity


def test_files_gone_new_and_of_another_kind(bench: Bench, tree: Path) -> None:
    src = copy(bench, tree)
    (tree / "kernel.sh").unlink()
    (tree / "link.c").unlink()
    (tree / "link.c").mkdir()
    (tree / "link.c/inside").write_text("x")
    (tree / "new").symlink_to("nowhere")
    shutil.rmtree(tree / "scripts")
    (tree / "scripts").write_text("a file now")
    (tree / "Makefile").chmod(0o755)
    copy(bench, tree)
    assert contents(src) == contents(tree)


@pytest.mark.parametrize("harm", ["edited", "gone", "added", "built in", "linked"])
def test_the_copy_is_mended(bench: Bench, tree: Path, harm: str) -> None:
    src = copy(bench, tree)
    if harm == "edited":
        (src / HOOKED).write_text("tampered")
    elif harm == "gone":
        (src / "kernel.sh").unlink()
    elif harm == "added":
        (src / ".config").write_text("")
    elif harm == "built in":
        (src / "include/generated").mkdir()
        (src / "include/generated/x.h").write_text("")
    else:
        (src / "kernel.sh").rename(tree.parent / "moved")
        (src / "kernel.sh").symlink_to(tree.parent / "moved")
    copy(bench, tree)
    assert contents(src) == contents(tree)
    assert not (src / "include/generated").exists()


@pytest.mark.parametrize("after", range(0, 12, 3))
@pytest.mark.parametrize("first", [True, False])
def test_an_interrupted_copy_is_finished(
    bench: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch, after: int, first: bool
) -> None:
    if not first:
        copy(bench, tree)
        for path in list(sources.walk(tree)):
            if not (tree / path).is_symlink():
                with open(tree / path, "a") as file:
                    file.write("\n")
    real, calls = workcopy._write, 0

    def failing(origin: str, target: str, holds: str) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            Path(target).write_text("half")
            raise KeyboardInterrupt
        real(origin, target, holds)

    with monkeypatch.context() as patched:
        patched.setattr(workcopy, "_write", failing)
        with pytest.raises(KeyboardInterrupt):
            copy(bench, tree)
    assert contents(copy(bench, tree)) == contents(tree)


def test_what_the_overlay_laid_is_left(
    bench: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(places, "KUNIT", make_kunit(tmp_path / "kunit"))
    src = copy(bench, tree)
    overlay.lay(src, resolve(bench, tree), bench.log)
    before = times(src)
    copy(bench, tree)
    assert overlay.lay(src, resolve(bench, tree), bench.log).changed == 0
    assert times(src) == before
    with open(tree / HOOKED, "w") as file:
        file.write("int zero;\nint one;\nint two;\nint three;\n")
    copy(bench, tree)
    overlay.lay(src, resolve(bench, tree), bench.log)
    assert (src / HOOKED).read_text().split() == [
        *("int", "zero;", "int", "one;", "int", "two;", "int", "three;", "int", "hooked;")
    ]


def test_a_tree_that_changes_meanwhile_is_a_problem(bench: Bench, tree: Path) -> None:
    found = resolve(bench, tree)
    (tree / HOOKED).write_text("int other;\n")
    with pytest.raises(Problem, match="changed while it was read"):
        trees.working_copy(found, bench.cache, bench.progress)


def test_a_file_that_changes_under_the_copy_is_a_problem(
    bench: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = workcopy._write

    def late(origin: str, target: str, holds: str) -> None:
        real(origin, target, holds)
        if origin.endswith("iommu.c"):
            Path(target).write_text("something else")

    monkeypatch.setattr(workcopy, "_write", late)
    with pytest.raises(Problem, match="changed while it was copied.*iommu.c"):
        copy(bench, tree)


def test_an_unreadable_file_is_a_problem(
    bench: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> str:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(sources, "held", refuse)
    with pytest.raises(Problem, match="cannot read.*Permission denied"):
        resolve(bench, tree)


def test_no_space_is_a_problem(bench: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workcopy, "SPARE", 1 << 60)
    with pytest.raises(Problem, match=r"no disk space: a working copy needs .* GB.*XDG_CACHE"):
        copy(bench, tree)


def test_many_files_in_parallel(bench: Bench, tree: Path) -> None:
    for number in range(700):
        (tree / f"f{number}").write_text(str(number))
    assert contents(copy(bench, tree)) == contents(tree)


def test_a_link_out_of_the_tree_brings_its_content(
    bench: Bench, tree: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside.c").write_text("int out;\n")
    (tree / "out.c").symlink_to(tmp_path / "outside.c")
    src = copy(bench, tree)
    assert not (src / "out.c").is_symlink()
    (tmp_path / "outside.c").write_text("int changed;\n")
    assert (copy(bench, tree) / "out.c").read_text() == "int changed;\n"


def test_two_trees_have_two_copies(bench: Bench, tree: Path, tmp_path: Path) -> None:
    other = make_tree(tmp_path / "other" / "my tree")
    assert copy(bench, tree) != copy(bench, other)


def test_a_cache_with_a_space(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cachedirs, "SIBLING_PARENT", tmp_path)
    bench = Bench(tmp_path / "a b")
    src = copy(bench, tree)
    assert " " not in str(src) and contents(src) == contents(tree)


# ---- trees that were built in ----


def build_in(tree: Path) -> set[str]:
    """Leave products of a build; return their paths."""
    names = {".config", "vmlinux", "init/main.o", "include/config/auto.conf", "a/.x.o.cmd"}
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("")
    (tree / "include/.gitignore").write_text("/config/\n")
    return names


@pytest.mark.parametrize("ignore", ["", "/*\n!/debian/\n"])
def test_products_of_a_plain_tree_are_not_copied(bench: Bench, tree: Path, ignore: str) -> None:
    with open(tree / ".gitignore", "a") as file:
        file.write(ignore)
    (tree / "odd [name]*?").write_text("x")
    source = contents(tree)
    products = build_in(tree)
    before = everything(tree)
    copied = contents(copy(bench, tree))
    assert not products & set(copied)
    assert {p for p in source if not p.startswith(".")} <= set(copied)
    assert everything(tree) == before


def test_products_of_a_git_tree_are_not_copied(bench: Bench, tree: Path) -> None:
    (tree / "tracked.o").write_text("")
    git(tree, "init", "-q")
    git(tree, "add", "-A", "-f")
    git(tree, "commit", "-q", "-m", "all")
    products = build_in(tree)
    copied = set(contents(copy(bench, tree)))
    assert "tracked.o" in copied and not products & copied


# ---- git ----


def test_a_clean_git_tree(bench: Bench, tree: Path) -> None:
    commit(tree)
    git(tree, "tag", "-a", "-m", "v", "v6.1.9")
    before = everything(tree)
    found = resolve(bench, tree)
    assert found.kind == "git"
    assert found.identity["describe"] == "v6.1.9"
    assert found.identity["commit"] == git(tree, "rev-parse", "HEAD").strip()
    assert "dirty" not in found.identity
    assert contents(trees.working_copy(found, bench.cache, bench.progress)) == contents(tree)
    assert everything(tree) == before


def test_a_dirty_git_tree(bench: Bench, tree: Path) -> None:
    commit(tree)
    clean = resolve(bench, tree).identity
    os.utime(tree / "Makefile", (1, 1))  # git's index is out of date now, and must stay so
    before = everything(tree)
    assert resolve(bench, tree).identity == clean
    assert everything(tree) == before
    with open(tree / HOOKED, "a") as file:
        file.write("int four;\n")
    (tree / "kernel.sh").unlink()
    first = resolve(bench, tree).identity
    assert first["describe"].endswith("-dirty") and first["commit"] == clean["commit"]
    (tree / "untracked.c").write_text("int u;\n")
    second = resolve(bench, tree).identity
    (tree / "untracked.c").write_text("int v;\n")
    third = resolve(bench, tree).identity
    assert len({i["dirty"] for i in (first, second, third)}) == 3
    assert contents(copy(bench, tree)) == contents(tree)


def test_a_work_tree_and_what_git_thinks_of_its_owner(
    bench: Bench, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(tree)
    git(tree, "worktree", "add", "-q", "-b", "second", str(tmp_path / "second tree"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    found = resolve(bench, tmp_path / "second tree")
    assert found.kind == "git"
    src = trees.working_copy(found, bench.cache, bench.progress)
    assert contents(src) == contents(tmp_path / "second tree")


def test_git_runs_no_program_of_the_tree(bench: Bench, tree: Path, tmp_path: Path) -> None:
    commit(tree)
    for name in ("core.fsmonitor", "diff.external", "diff.c.textconv"):
        git(tree, "config", name, f"touch {tmp_path}/ran;")
    (tree / ".git/info/attributes").write_text("*.c diff=c\n")
    with open(tree / HOOKED, "a") as file:
        file.write("int four;\n")
    assert resolve(bench, tree).identity["dirty"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("how", ["no commit", "broken", "inside another", "empty commit"])
def test_what_is_not_a_git_tree_is_plain(
    bench: Bench, tree: Path, tmp_path: Path, how: str
) -> None:
    if how == "no commit":
        git(tree, "init", "-q")
    elif how == "broken":
        (tree / ".git").write_text("gitdir: /nonexistent\n")
    elif how == "inside another":
        git(tmp_path, "init", "-q")
    else:
        git(tree, "init", "-q")
        git(tree, "commit", "-q", "--allow-empty", "-m", "x")
    assert resolve(bench, tree).kind == "plain"
    assert contents(copy(bench, tree)) == contents(tree)


def test_git_settings_do_not_hide_a_needed_file(bench: Bench, tree: Path) -> None:
    commit(tree)
    git(tree, "rm", "-q", "--cached", HOOKED)
    git(tree, "commit", "-q", "-m", "x")
    (tree / ".git/info/exclude").write_text("iommu.c\n")
    with pytest.raises(Problem, match="git does not count drivers/iommu/iommu.c"):
        resolve(bench, tree)


# ---- Debian's packages ----


SOURCE = KernelSource("6.1", "linux-source-6.1", ("bookworm",), "6.1", 400)


class Machine:
    """A machine with a package, or sources of packages, of its own."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tools = place / "bin"
        self.tools.mkdir()
        self.packages = place / "usr"
        self.packages.mkdir()
        make_tree(place / "linux-source-6.1")
        self.tarball = place / "linux-source-6.1.tar.xz"
        os.system(f"cd {place} && tar -cJf {self.tarball} linux-source-6.1")
        monkeypatch.setattr(debian, "PACKAGES", self.packages)
        monkeypatch.setenv("PATH", f"{self.tools}:{os.environ['PATH']}")
        self.tool("dpkg-query", "exit 1")
        self.tool("dpkg", 'case $1 in --verify) ;; *) exec /usr/bin/dpkg "$@" ;; esac')
        self.tool("apt-get", "echo E: Failed to fetch; exit 100")

    def tool(self, name: str, script: str) -> None:
        (self.tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.tools / name).chmod(0o755)

    def install(self, version: str) -> None:
        shutil.copy(self.tarball, self.packages)
        self.tool("dpkg-query", f"printf 'installed {version}'")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def packaged(bench: Bench) -> debian.Pristine:
    return debian.pristine(SOURCE, bench.cache, bench.log, bench.progress)


def test_an_installed_package_is_unpacked_once(bench: Bench, machine: Machine) -> None:
    machine.install("6.1.9-1")
    found = packaged(bench)
    assert found.version == "6.1.9-1"
    assert found.tarball_sha256 == hashlib.sha256(machine.tarball.read_bytes()).hexdigest()
    assert contents(found.tree) == contents(machine.tarball.parent / "linux-source-6.1")
    bench.log = CommandLog()
    assert packaged(bench) == found
    assert not [c for c in bench.log.commands if "tar" in c.argv[0] or "apt" in c.argv[0]]


def test_the_cache_needs_neither_package_nor_network(bench: Bench, machine: Machine) -> None:
    machine.install("6.1.9-1")
    found = packaged(bench)
    (machine.packages / "linux-source-6.1.tar.xz").unlink()
    assert packaged(bench) == found


def test_the_newer_of_cache_and_package_is_taken(bench: Bench, machine: Machine) -> None:
    machine.install("6.1.9-1")
    packaged(bench)
    machine.install("6.1.10-1")
    assert packaged(bench).version == "6.1.10-1"
    machine.install("6.1.8-1")
    assert packaged(bench).version == "6.1.10-1"


def test_a_debian_tree_is_known_by_its_version(
    bench: Bench, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install("6.1.9-1")
    found = trees.resolve("6.1", None, bench.cache, bench.log, bench.progress)
    assert found.kind == "debian"
    assert found.identity["debian_version"] == "6.1.9-1"
    src = trees.working_copy(found, bench.cache, bench.progress)
    assert contents(src) == contents(found.origin)
    assert "6.1.9-1" in str(src)
    assert trees.working_copy(found, bench.cache, bench.progress) == src


@pytest.mark.parametrize("hooked", [True, False])
def test_an_edited_unpacked_tree_is_a_problem(
    bench: Bench, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hooked: bool
) -> None:
    """Whether the edit would come in by the overlay's hooks or by a new copy."""
    monkeypatch.setattr(places, "KUNIT", make_kunit(tmp_path / "kunit"))
    machine.install("6.1.9-1")
    found = trees.resolve("6.1", None, bench.cache, bench.log, bench.progress)
    src = trees.working_copy(found, bench.cache, bench.progress)
    overlay.lay(src, found, bench.log)
    assert trees.working_copy(found, bench.cache, bench.progress) == src
    edited = found.origin / ("drivers/iommu/iommu.c" if hooked else "Makefile")
    edited.write_text(edited.read_text() + "\n")
    if not hooked:
        shutil.rmtree(src)
    with pytest.raises(Problem, match="the unpacked kernel was edited.*rm -r"):
        trees.working_copy(found, bench.cache, bench.progress)


def test_a_tampered_package_is_a_problem(bench: Bench, machine: Machine) -> None:
    machine.install("6.1.9-1")
    machine.tool("dpkg", "echo '??5?????? /usr/src/linux-source-6.1.tar.xz'; exit 1")
    with pytest.raises(Problem, match="not the one that the package installed.*--reinstall"):
        packaged(bench)


def test_a_broken_archive_leaves_nothing(bench: Bench, machine: Machine) -> None:
    machine.tarball.write_bytes(machine.tarball.read_bytes()[:400])
    machine.install("6.1.9-1")
    with pytest.raises(Problem, match="cannot unpack linux-source-6.1.tar.xz"):
        packaged(bench)
    assert [p.name for p in bench.cache.pristine("").iterdir()] == ["linux-source-6.1.lock"]


def test_remains_of_an_interrupted_unpacking_go(bench: Bench, machine: Machine) -> None:
    machine.install("6.1.9-1")
    remains = bench.cache.pristine(".linux-source-6.1-x") / "whole/tree"
    remains.mkdir(parents=True)
    packaged(bench)
    assert not remains.exists()


def test_no_space_for_the_download_is_a_problem(
    bench: Bench, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "UNPACKED", 1 << 60)
    with pytest.raises(Problem, match="no disk space: linux-source-6.1 with its tree"):
        packaged(bench)


def test_a_download_is_unpacked(bench: Bench, machine: Machine) -> None:
    file = "linux-source-6.1_6.1.11-1_all.deb"  # as apt names it
    machine.tool("apt-get", f'case "$*" in *download*) touch {file} ;; *) exit 100 ;; esac')
    machine.tool(
        "dpkg-deb",
        "case $1 in -f) echo 6.1.11-1 ;; -x) mkdir -p $3/usr/src && "
        f"cp {machine.tarball} $3/usr/src ;; esac",
    )
    found = packaged(bench)
    assert found.version == "6.1.11-1" and (found.tree / "Makefile").is_file()
    apt = [c for c in bench.log.commands if c.argv[0] == "apt-get"]
    assert [c.argv[-1] for c in apt] == ["update", "linux-source-6.1"]
    assert f"Dir::State::Lists={bench.cache.apt}/machine/lists" in apt[0].argv
