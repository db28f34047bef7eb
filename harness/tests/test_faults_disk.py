# SPDX-License-Identifier: GPL-2.0
"""A disk that is full at the worst moment, and trees that cannot be written to."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faketree import commit
from faulttable import one
from scriptlab import ScriptLab

pytestmark = pytest.mark.tree

# All that is free is taken, by the process to which it happens
FILL = """
with open(os.environ["SVACHECK_RESULTS"] + "/filler", "wb", buffering=0) as file:
    try:
        while True: file.write(bytes(1 << 16))
    except OSError:
        pass
    try:
        while True: file.write(bytes(1))
    except OSError:
        pass
"""
TAKE = 'cat /dev/zero >"$SVACHECK_RESULTS/filler" 2>/dev/null'


@pytest.fixture
def lab(tmp_path: Path, tree: Path) -> ScriptLab:
    return ScriptLab(tmp_path, tree)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A mount of its own; the test is skipped where that is not allowed."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine does not let us mount: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A results folder with 4 MB."""
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=4m", "svacheck") as folder:
        yield folder


def test_a_disk_that_is_full_while_a_run_is_stored(lab: ScriptLab, small: Path) -> None:
    fault = one("disk-full-storing")
    done = lab.go(small, r"open .*/run\.json", FILL)
    assert (done.status, done.run) == (fault.exit, {}), done.said
    assert re.search(fault.says, done.said), done.said
    (aside,) = [name for name in done.left if name.startswith(".tmp-")]
    assert "34 passed, 0 failed" in done.said and aside in done.said
    (small / "filler").unlink()
    again = lab.go(small)
    assert (again.status, again.run["verdict"]) == (0, "pass")
    assert again.left == [aside.replace(".tmp-", "interrupted-")]


def test_a_disk_that_is_full_while_a_kernel_writes(lab: ScriptLab, small: Path) -> None:
    fault = one("disk-full-booting")
    lab.kernel((lab.tree / "kernel.sh").read_text().replace("\n*) cat", f"\n*) {TAKE}; cat"))
    there_is_room_again = 'os.unlink(os.environ["SVACHECK_RESULTS"] + "/filler")'
    done = lab.go(small, r"open .*/(boots/main\.ktap|run\.json)", there_is_room_again)
    assert (done.status, done.run["verdict"]) == (fault.exit, fault.verdict), done.said
    assert re.search(fault.says, done.said), done.said


def test_a_results_folder_that_cannot_be_written(lab: ScriptLab, tmp_path: Path) -> None:
    fault = one("results-read-only")
    with mounted(tmp_path / "ro", "-t", "tmpfs", "-o", "ro", "svacheck") as folder:
        done = lab.go(folder)
    assert done.status == fault.exit and not done.run
    assert re.search(fault.says, done.said), done.said
    assert "PASS" in done.said


def everything(tree: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a tree, with the time of its last change."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in tree.rglob("*")
        if path.is_file()
    }


def test_a_tree_that_cannot_be_written(lab: ScriptLab, tmp_path: Path) -> None:
    fault = one("tree-read-only")
    with mounted(lab.tree, "--bind", "-o", "ro", str(lab.tree)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(lab.tree)], check=True)
        with pytest.raises(OSError):
            (lab.tree / "x").touch()
        done = lab.go(tmp_path / "results")
    assert (done.status, done.run["verdict"]) == (fault.exit, fault.verdict), done.said
    assert re.search(fault.says, done.said)


def test_a_tree_that_is_dirty(lab: ScriptLab, tmp_path: Path) -> None:
    fault = one("tree-dirty")
    commit(lab.tree)
    with open(lab.tree / "arch/um/Makefile", "a") as file:
        file.write("# four\n")
    (lab.tree / "left.o").write_text("of a build")
    os.utime(lab.tree / "Makefile", (1, 1))
    before = everything(lab.tree)
    done = lab.go(tmp_path / "results")
    assert (done.status, done.run["verdict"]) == (fault.exit, fault.verdict), done.said
    assert re.search(fault.says, done.said)
    assert done.run["tree"]["identity"]["describe"].endswith("-dirty")
    assert everything(lab.tree) == before
    (copied,) = lab.cache.rglob("src/arch/um/Makefile")
    assert "# four" in copied.read_text()
