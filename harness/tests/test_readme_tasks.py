# SPDX-License-Identifier: GPL-2.0
"""What the README shows of gate, bisect and certify, made again with real kernels: minutes."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from faketree import git
from test_readme import SVACHECK, hold

from svacheck import trees
from svacheck.cachedirs import Cache
from svacheck.commands import CommandLog
from svacheck.progress import Progress

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

CORE = "drivers/iommu/iommu.c"
NEXT = "\tsysfs_remove_link(group->devices_kobj, device->name);\nerr_free_name:\n"
PUT = f"\tkobject_put(group->devices_kobj);\n{NEXT}"
UNBUILDABLE = PUT.replace("kobject_put(group->devices_kobj)", "kobject_put(group->half_a_cleanup)")
# A subject, and what it replaces by what in iommu.c; the middle one does not build
COMMITS = (
    ("iommu: A word on the error path", PUT, f"\t/* In reverse */\n{PUT}"),
    ("iommu: A word more", "err_put_group:\n", "err_put_group:\n\t/* Out of the list */\n"),
    ("iommu: Half of a cleanup", PUT, UNBUILDABLE),
    ("iommu: The other half of the cleanup", UNBUILDABLE, PUT),
    ("iommu: Simplify the error path of iommu_group_add_device()", PUT, NEXT),
    ("iommu: A word less", "\t/* In reverse */\n", ""),
)


@dataclass
class History:
    """A kernel in git: its repository, and its commits, that of the whole tree first."""

    repository: Path
    commits: list[str]


def head(repository: Path) -> str:
    return git(repository, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Linux 6.1 with COMMITS on it. Nothing of it is checked out."""
    repository = tmp_path_factory.mktemp("history") / "linux"
    repository.mkdir()
    git(repository, "init", "-q")
    log = CommandLog()
    tree = trees.resolve("6.1", None, Cache.default(), log, Progress(quiet=True))
    git(repository, f"--work-tree={tree.origin}", "add", "--all", "--force")
    git(repository, "commit", "-q", "-m", "Linux 6.1")
    text, made = (tree.origin / CORE).read_text(), [head(repository)]
    for subject, old, new in COMMITS:
        assert text.count(old) == 1, subject
        text = text.replace(old, new)
        (repository / "changed").write_text(text)
        blob = git(repository, "hash-object", "-w", "changed").strip()
        git(repository, "update-index", "--cacheinfo", f"100644,{blob},{CORE}")
        git(repository, "commit", "-q", "-m", subject)
        made.append(head(repository))
    return History(repository, made)


def said(place: Path, status: int, *words: str) -> str:
    """What svacheck prints, and that it ends so."""
    done = subprocess.run(
        [SVACHECK, *words],
        env={**os.environ, "SVACHECK_RESULTS": str(place / "results")},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    return done.stdout


def test_gate(history: History, tmp_path: Path) -> None:
    good, bad = history.commits[4:6]
    sides = ("--kdir", str(history.repository), "--base", good, "--head", bad)
    hold("README: REGRESSION GRP-036", said(tmp_path, 1, "gate", *sides))


def test_bisect(history: History, tmp_path: Path) -> None:
    ends = ("--good", history.commits[0], "--bad", history.commits[-1], "--rule", "GRP-036")
    hold("README: FIRST BAD", said(tmp_path, 0, "bisect", "--kdir", str(history.repository), *ends))


def test_certificate(tmp_path: Path) -> None:
    words = ("--profile", "sva-with-pri", "--kernel", "7.3", "--lane", "uml,uml-user")
    hold("README: CERTIFIED  SVA with", said(tmp_path, 0, "certify", *words))
