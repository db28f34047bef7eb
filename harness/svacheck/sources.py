# SPDX-License-Identifier: GPL-2.0
"""Which files of a tree are source, and what they hold. Nothing here writes to the tree."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.parallel import over
from svacheck.queries import ask

FORMAT = 1  # of the records on disk
PRODUCTS = (
    ".config",
    "include/config",
    "include/generated",
    "vmlinux",
    "arch/um/include/generated",
)
NOT_SOURCE = {".git", "__pycache__"}
# Settings of the user's or the tree's git that could write, run programs or hide files
GIT = [
    "git",
    *("-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"),
]
GIT_SETTINGS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


@dataclass(frozen=True)
class Sources:
    """files: path in the tree -> what it holds, as "x" (executable), "f" or "l" (link)
    and the sha256 of its content or target."""

    files: dict[str, str]

    @property
    def sha256(self) -> str:
        """One hash over all paths, modes and contents."""
        digest = hashlib.sha256()
        for path, held in sorted(self.files.items()):
            digest.update(f"{held} {path}\0".encode(errors="surrogateescape"))
        return digest.hexdigest()


def read_sources(origin: Path, paths: Sequence[str], record: Path) -> Sources:
    """Hash the files of origin; record remembers hashes of files that have not changed.

    Problem: a file cannot be read.
    """
    known = load(record).files
    found: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    for path in paths:
        try:
            seen = look(os.path.join(origin, path))
        except FileNotFoundError:
            continue  # git knows it, the user has deleted it
        except OSError as error:
            raise Problem(f"cannot read it: {error.strerror}", f"{origin}/{path}") from error
        if stat.S_ISDIR(seen.st_mode):
            continue  # a submodule
        if not (stat.S_ISREG(seen.st_mode) or stat.S_ISLNK(seen.st_mode)):
            continue  # a socket or a pipe is no source
        key = state(seen)
        before = known.get(path, "")
        if before.endswith(" " + key):
            found[path] = before
        else:
            unknown.append((path, key))
    jobs = [(str(origin), path) for path, _ in unknown]
    for (path, key), held in zip(unknown, over(_held, jobs), strict=True):
        found[path] = f"{held} {key}"
    if unknown or len(found) != len(known):
        save(record, Record(found))
    return Sources({path: entry.split(" ", 1)[0] for path, entry in found.items()})


def state(seen: os.stat_result) -> str:
    """What of a file's status changes when anybody writes to it."""
    return f"{seen.st_mode} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns} {seen.st_ino}"


def look(path: str) -> os.stat_result:
    """lstat; a link out of the tree counts as the file that it leads to."""
    seen = os.lstat(path)
    if stat.S_ISLNK(seen.st_mode) and os.path.isabs(os.readlink(path)) and os.path.isfile(path):
        return os.stat(path)
    return seen


def held(path: str) -> str:
    """What the file at path holds, as in Sources.files."""
    mode = look(path).st_mode
    if stat.S_ISLNK(mode):
        return "l" + hashlib.sha256(os.fsencode(os.readlink(path))).hexdigest()
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ("x" if mode & 0o100 else "f") + digest


def _held(job: tuple[str, str]) -> str:
    return held(os.path.join(*job))


# ---- records on disk ----


@dataclass(frozen=True)
class Record:
    """files: path -> what it held (as in Sources.files) and its state() then.
    of: what the whole was a copy of."""

    files: dict[str, str]
    of: str = ""


def load(path: Path) -> Record:
    """A record written by save(); an empty one if there is none that can be trusted."""
    try:
        data = json.loads(path.read_bytes())
        if data["format"] == FORMAT:
            return Record(dict(data["files"]), str(data["of"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return Record({})


def save(path: Path, record: Record) -> None:
    """Write a record whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    data = {"format": FORMAT, "of": record.of, "files": record.files}
    temporary.write_text(json.dumps(data))
    temporary.replace(path)


# ---- which files ----


def walk(root: Path) -> Iterator[str]:
    """Every file under root, as a path relative to it."""
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(os.path.join(root, folder)) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in NOT_SOURCE:
                        pending.append(folder + entry.name + "/")
                elif entry.name not in NOT_SOURCE:
                    yield folder + entry.name


def git_command(origin: Path, *settings: str) -> list[str]:
    """git for a tree that must not be written to; settings: NAME=value of its environment."""
    unset = [part for name in GIT_SETTINGS if name in os.environ for part in ("-u", name)]
    return ["env", *unset, *settings, "GIT_OPTIONAL_LOCKS=0", *GIT, "-C", str(origin)]


def is_git(origin: Path, log: CommandLog) -> bool:
    """Whether origin is the top of a git work tree with a commit that has the kernel in it."""
    if not os.path.lexists(origin / ".git"):
        return False
    try:
        answer = ask(log, [*git_command(origin), "rev-parse", "--show-toplevel", "HEAD"], origin)
    except Problem:
        return False  # no git on this machine: the files say enough
    top = answer.text.splitlines()[0] if answer.status == 0 and answer.text else ""
    if not top or os.path.realpath(top) != os.path.realpath(origin):
        return False
    listed = ask(log, [*git_command(origin), "ls-files", "--error-unmatch", "Makefile"], origin)
    return listed.status == 0


def git_files(origin: Path, log: CommandLog) -> list[str]:
    """Tracked files, and untracked ones that are not ignored."""
    return _listing(origin, log, [*git_command(origin), "ls-files", "-z", "-c", "-o"])


def plain_files(origin: Path, log: CommandLog) -> list[str]:
    """Every file of a tree; without the products, if a kernel was built in it."""
    try:
        paths = list(walk(origin))
    except OSError as error:
        raise Problem(f"cannot read it: {error.strerror}", str(error.filename)) from error
    built = any(os.path.lexists(origin / product) for product in PRODUCTS)
    if not built and not any(path.endswith((".o", ".cmd")) for path in paths):
        return sorted(paths)
    return unbuilt_files(origin, log)


def unbuilt_files(origin: Path, log: CommandLog) -> list[str]:
    """Files that the tree's own .gitignore does not call products.

    Debian's kernel source ends its top .gitignore with a line that ignores everything
    at the top level; git is asked about a stand-in of the top level without that line,
    and told to let in what is left.
    """
    with tempfile.TemporaryDirectory(prefix="svacheck-") as folder:
        top = Path(folder) / "top"
        top.mkdir()
        for entry in os.scandir(origin):
            if entry.name in NOT_SOURCE | {".gitignore"}:
                continue
            if entry.is_dir(follow_symlinks=False):
                (top / entry.name).mkdir()
                (top / entry.name / "x").touch()
            else:
                (top / entry.name).touch()
        ignore = origin / ".gitignore"
        if ignore.is_file():
            lines = ignore.read_text(errors="surrogateescape").splitlines()
            kept = "\n".join(line for line in lines if line.strip() not in ("/*", "*"))
            (top / ".gitignore").write_text(kept, errors="surrogateescape")
        empty = Path(folder) / "empty.git"
        answer = ask(log, [*GIT, "init", "-q", "--bare", str(empty)], Path(folder))
        if answer.status:
            raise Problem(f"git init fails: {answer.trouble}", str(empty))
        git = [*git_command(origin), f"--git-dir={empty}", "-c", "core.excludesFile=/dev/null"]
        listing = ["ls-files", "-z", "-o"]
        source = _listing(top, log, [*git, f"--work-tree={top}", "-C", str(top), *listing])
        names = sorted({path.split("/", 1)[0] for path in source})
        # A leading ! lets in again; what gitignore treats specially is quoted
        let_in = ["--exclude=!/" + re.sub(r"([][*?\\ ])", r"\\\1", name) for name in names]
        return _listing(origin, log, [*git, f"--work-tree={origin}", *listing, *let_in])


def _listing(origin: Path, log: CommandLog, argv: list[str]) -> list[str]:
    answer = ask(log, [*argv, "--exclude-standard"], origin)
    if answer.status:
        raise Problem(f"git cannot list the files: {answer.trouble}", str(origin))
    paths = {os.fsdecode(path) for path in answer.output.split(b"\0") if path}
    return sorted(path for path in paths if not path.endswith("/"))


# ---- what git calls the tree ----


def git_identity(origin: Path, log: CommandLog) -> dict[str, str]:
    """describe, commit and, when it differs from the commit, a hash of how ("dirty")."""
    git = git_command(origin)
    index = ask(log, [*git, "rev-parse", "--path-format=absolute", "--git-path", "index"], origin)
    commit = ask(log, [*git, "rev-parse", "HEAD"], origin)
    with tempfile.TemporaryDirectory(prefix="svacheck-") as folder:
        # Both commands bring the index up to date on disk, so they get one of their own
        private = Path(folder) / "index"
        if index.status == 0 and os.path.isfile(index.text):
            shutil.copyfile(index.text, private)
        own = git_command(origin, f"GIT_INDEX_FILE={private}")
        describe = ask(log, [*own, "describe", "--always", "--dirty"], origin)
        how = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--binary", "HEAD"]
        diff = ask(log, [*own, *how], origin)
    for answer in (index, commit, describe, diff):
        if answer.status:
            raise Problem(f"git cannot describe the tree: {answer.trouble}", str(origin))
    identity = {"describe": describe.text, "commit": commit.text}
    untracked = _listing(origin, log, [*git, "ls-files", "-z", "-o"])
    if diff.output or untracked:
        digest = hashlib.sha256(diff.output)
        for path in untracked:
            digest.update(os.fsencode(path) + b"\0" + held(str(origin / path)).encode())
        identity["dirty"] = digest.hexdigest()
    return identity
