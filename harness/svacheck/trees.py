# SPDX-License-Identifier: GPL-2.0
"""From what the user names to a kernel tree, and to a copy of it that may be written.

Nothing here, and no command run here, writes to the tree.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from svacheck import debian, sources, workcopy
from svacheck.cachedirs import Cache, hold
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.kernels import KernelSource, find_kernel
from svacheck.model import Tree
from svacheck.overlay import FOLDER
from svacheck.progress import Progress

NEEDED = ("Makefile", "drivers/iommu/iommu.c", "tools/testing/kunit/kunit.py", "arch/um/Makefile")
HEADER = "include/linux/iommu.h"
PRIVATE = "drivers/iommu/iommu-priv.h"
UPSTREAM = (  # what kunit/api/upstream.c and core.c call: file, pattern, in words
    (HEADER, r"\biommu_attach_device_pasid\([^;]*handle\);", "attach handles (since 6.11)"),
    (HEADER, r"\biommu_detach_device_pasid\(", "iommu_detach_device_pasid()"),
    (HEADER, r"\(\*set_dev_pasid\)\([^;]*\bold\);", "set_dev_pasid() that is given the old domain"),
    (HEADER, r"\(\*domain_alloc_sva\)\(", "domain_alloc_sva()"),
    (HEADER, r"\biommu_paging_domain_alloc\b", "iommu_paging_domain_alloc()"),
    (
        HEADER,
        r"\biommu_sva_bind_device\(struct device \*dev, struct mm_struct \*mm\)",
        "iommu_sva_bind_device() of a device and an mm",
    ),
    (PRIVATE, r"\biommu_attach_handle_get\(", "iommu_attach_handle_get()"),
)


def resolve(
    kernel: str | None,
    kdir: Path | None,
    cache: Cache,
    log: CommandLog,
    progress: Progress,
) -> Tree:
    """The tree that is meant: a kernel of configs/kernels.toml (None: the first), or a path.

    Opens the phases "download ...", "unpack ..." or "read the tree" as needed. Problem:
    no such tree, or one that cannot be judged.
    """
    if kdir is None:
        return _packaged(find_kernel(kernel), cache, log, progress)
    if kernel is not None:
        raise Problem("KERNEL and KDIR both name a tree", "", "give one of them")
    return _given(kdir, cache, log, progress)


def working_copy(tree: Tree, cache: Cache, progress: Progress) -> Path:
    """The working copy of the tree, brought up to date; no other run has it until we end.

    Opens the phase "copy". Problem: no space, or the tree changed since resolve().
    """
    work = work_folder(tree, cache)
    hold(work, progress.note)
    src = work / "src"
    of = tree.identity["tarball_sha256" if tree.kind == "debian" else "content_sha256"]
    with progress.phase("copy"):
        if not workcopy.is_copy(src, of, tree.origin):
            wanted = _wanted(tree, cache)
            total = len(wanted.files)
            workcopy.synchronise(
                tree.origin, wanted, src, of, lambda done: progress.count(done, total, "files")
            )
    return src


def _wanted(tree: Tree, cache: Cache) -> sources.Sources:
    """What the copy has to hold. Problem if it is not what resolve() saw."""
    record = _record(tree, cache)
    paths = list(sources.load(record).files) or sorted(sources.walk(tree.origin))
    wanted = sources.read_sources(tree.origin, paths, record)
    if wanted.sha256 != tree.identity.get("content_sha256", wanted.sha256):
        raise Problem("the tree changed while it was read", str(tree.origin), "run again")
    if tree.kind == "debian":
        _require_as_unpacked(tree.origin, wanted.sha256)
    return wanted


def _require_as_unpacked(origin: Path, sha256: str) -> None:
    """Its version tells what a package's tree holds, so nobody may have edited it."""
    unpacked = origin.parent / "content.sha256"
    if not unpacked.is_file():
        whole = unpacked.with_suffix(".new")
        whole.write_text(sha256 + "\n")
        whole.replace(unpacked)
    elif unpacked.read_text().strip() != sha256:
        raise Problem(
            "the unpacked kernel was edited",
            str(origin),
            f"rm -r {origin.parent}, and it is unpacked again; give KDIR a tree of your own",
        )


def work_folder(tree: Tree, cache: Cache) -> Path:
    """Where working copy and builds of a tree lie."""
    if tree.kind == "debian":
        name = f"{tree.identity['package']}_{tree.identity['debian_version']}"
    else:
        path = hashlib.sha256(os.fsencode(tree.origin)).hexdigest()[:12]
        name = f"{tree.origin.name}-{path}"
    return cache.work(re.sub(r"[^A-Za-z0-9._+-]", "-", name))


def _record(tree: Tree, cache: Cache) -> Path:
    """Where the hashes of the tree's files are kept."""
    if tree.kind == "debian":
        return tree.origin.parent / "sources.json"
    return work_folder(tree, cache) / "sources.json"


def _packaged(source: KernelSource, cache: Cache, log: CommandLog, progress: Progress) -> Tree:
    found = debian.pristine(source, cache, log, progress)
    hold(found.tree.parent, progress.note)
    version = _judgeable(found.tree)
    identity = {
        "package": source.package,
        "debian_version": found.version,
        "tarball_sha256": found.tarball_sha256,
    }
    return Tree(source.name, found.tree, "debian", version, identity, has_sva_domains(found.tree))


def _given(kdir: Path, cache: Cache, log: CommandLog, progress: Progress) -> Tree:
    if not kdir.is_dir():
        what = "not a folder" if kdir.exists() else "no such folder"
        raise Problem(f"{what}, so no kernel tree", str(kdir), "give KDIR the top of a kernel tree")
    origin = Path(os.path.realpath(kdir))
    version = _judgeable(origin)
    with progress.phase("read the tree"):
        is_git = sources.is_git(origin, log)
        kind = "git" if is_git else "plain"
        upstream = has_sva_domains(origin)
        tree = Tree(str(kdir), origin, kind, version, {}, upstream)
        hold(work_folder(tree, cache), progress.note)
        identity = sources.git_identity(origin, log) if is_git else {}
        paths = (sources.git_files if is_git else sources.plain_files)(origin, log)
        lost = [path for path in (*NEEDED, HEADER) if path not in paths]
        if lost:
            raise Problem(f"git does not count {lost[0]} as source", str(origin), "git add it")
        held = sources.read_sources(origin, paths, _record(tree, cache))
        identity["content_sha256"] = held.sha256
    return Tree(str(kdir), origin, kind, version, identity, upstream)


def _judgeable(origin: Path) -> str:
    """The version of a kernel tree that this version of svacheck can judge."""
    for path in NEEDED:
        if not (origin / path).is_file():
            raise Problem(
                f"no kernel tree: it has no {path}",
                str(origin),
                "give KDIR the top of a kernel tree",
            )
    version = _version(origin)
    if (origin / FOLDER).exists():
        raise Problem(
            "this is a working copy with the suites laid in", f"{origin}/{FOLDER}", "give the tree"
        )
    header = _read(origin / HEADER)
    if has_sva_domains(origin):
        _require_upstream(origin, version)
        return version
    device = re.search(r"^struct iommu_device \{.*?^\};", header, re.MULTILINE | re.DOTALL)
    if not device or not re.search(r"\bmax_pasids;", device[0]):
        raise Problem(
            f"Linux {version} knows no limit of PASIDs: struct iommu_device has no max_pasids",
            f"{origin}/{HEADER}",
            "take a later stable release of the series, such as 6.1.192",
        )
    return version


def has_sva_domains(origin: Path) -> bool:
    """Whether the tree has SVA domains of its own."""
    return bool(re.search(r"\bIOMMU_DOMAIN_SVA\b", _read(origin / HEADER)))


def require_carried(tree: Tree, what: str) -> None:
    """Problem if the tree does not hold the carried implementation, which what is about."""
    if tree.upstream:
        raise Problem(
            f"{what} the carried implementation, and Linux {tree.version} has its own",
            str(tree.origin),
            "KERNEL=6.1 or another tree without IOMMU_DOMAIN_SVA",
        )


def _require_upstream(origin: Path, version: str) -> None:
    """Problem if kunit/api cannot adapt to the shape of the tree's own SVA domains."""
    for path, pattern, what in UPSTREAM:
        text = " ".join(_read(origin / path).split()) if (origin / path).is_file() else ""
        if not re.search(pattern, text):
            raise Problem(
                f"cannot adapt to the SVA domains of Linux {version}: no {what}",
                f"{origin}/{path}",
                "kunit/api is where the shapes of kernels are told apart",
            )


def _version(origin: Path) -> str:
    makefile = _read(origin / "Makefile")
    parts = dict(
        re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *(.*)", makefile, re.M)
    )
    if not parts.get("VERSION", "").isdigit() or not parts.get("PATCHLEVEL", "").isdigit():
        raise Problem(
            "no kernel tree: its Makefile has no VERSION and PATCHLEVEL",
            f"{origin}/Makefile",
            "give KDIR the top of a kernel tree",
        )
    sublevel = parts.get("SUBLEVEL", "").strip() or "0"
    extra = parts.get("EXTRAVERSION", "").strip()
    return f"{parts['VERSION']}.{parts['PATCHLEVEL']}.{sublevel}{extra}"


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError as error:
        raise Problem(f"cannot read it: {error.strerror}", str(path)) from error
