# SPDX-License-Identifier: GPL-2.0
"""results/<run-id>/: written aside and renamed last, so that what is there is whole."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from svacheck.commands import Command
from svacheck.errors import Problem
from svacheck.places import RUN_SCHEMA, results_folder

SCHEMA = 1
RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9._-]{1,100}-[0-9a-f]{6}")
LARGEST = 64 * 1024 * 1024  # bytes of a run.json that is worth reading
_TEMPORARY = ".tmp-"
_INTERRUPTED = "interrupted-"


def new_id(tree: str, lane: str, now: float) -> str:
    """20261122T093000Z-6.1.192-uml-1a2b3c: sorts by time, safe as a file name anywhere."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    words = [re.sub(r"[^A-Za-z0-9._]+", "_", word)[:40] or "_" for word in (tree, lane)]
    return "-".join([stamp, *words, secrets.token_hex(3)])


class Run:
    """One run's folder while it is being made; commit() gives it its name.

    If the results folder cannot be written, the run goes to a temporary folder, and
    trouble holds the Problem that commit() raises once it is stored there. kind: what the
    folder's name begins with if it is no run of svacheck check, such as "mutants-".
    """

    def __init__(
        self, tree: str, lane: str, now: float, results: Path | None = None, kind: str = ""
    ) -> None:
        self.kind = kind
        self.trouble: Problem | None = None
        self._results = results or results_folder()
        try:
            self._results.mkdir(parents=True, exist_ok=True)
            keep_interrupted(self._results)
            self._open(tree, lane, now)
        except OSError as error:
            elsewhere = Path(tempfile.mkdtemp(prefix="svacheck-results-"))
            self.trouble = Problem(
                f"cannot write the results folder: {error.strerror}",
                str(self._results),
                f"the run is in {elsewhere}; set SVACHECK_RESULTS to a folder that can be written",
            )
            self._results = elsewhere
            self._open(tree, lane, now)

    def _open(self, tree: str, lane: str, now: float) -> None:
        while True:
            self.id = self.kind + new_id(tree, lane, now)
            self.folder = self._results / (_TEMPORARY + self.id)
            self.folder.mkdir()
            self._lock = _lock(self.folder)
            if self.folder.is_dir():  # not taken for a dead one before it was locked
                return
            os.close(self._lock)

    @property
    def final(self) -> Path:
        """The folder's name once the run is stored."""
        return self._results / self.id

    def path(self, name: str) -> Path:
        """Where to write the file of this name; its folder exists then."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def commit(
        self,
        run: dict[str, Any],
        commands: Sequence[Command] = (),
        beside: Mapping[str, Any] = MappingProxyType({}),
    ) -> Path:
        """Store run as run.json, commands as commands.sh and what is beside it as files of
        these names, make all durable, and give the folder its final name.

        Raises Problem if it cannot be stored as asked; ValueError if run does not fit
        the schema, which is a defect of this program.
        """
        fault = schema_fault(run)
        if fault:
            raise ValueError(f"run.json does not fit its schema: {fault}")
        return self.keep("run.json", run, commands, beside)

    def keep(
        self,
        name: str,
        record: dict[str, Any],
        commands: Sequence[Command] = (),
        beside: Mapping[str, Any] = MappingProxyType({}),
    ) -> Path:
        """As commit(), for a record that has no schema and is stored as the file name."""
        try:
            for file, content in {name: record, **beside}.items():
                text = json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
                self.path(file).write_text(text, encoding="ascii")
            write_commands(self.path("commands.sh"), commands, str(self.folder), str(self.final))
            for base, _, names in os.walk(self.folder):
                for name in names:
                    _sync(Path(base, name))
                _sync(Path(base))
            self.folder.rename(self.final)
            _sync(self._results)
        except OSError as error:
            raise Problem(
                f"cannot store the run: {error.strerror}",
                str(self.folder),
                "what was measured lies there; make room, then run again",
            ) from error
        finally:
            os.close(self._lock)
        self.folder = self.final
        if self.trouble:
            raise self.trouble
        return self.final


def write_commands(path: Path, commands: Sequence[Command], old: str, new: str) -> None:
    """Every external command in order, as it can be typed, with what it came to.

    old, new: the run's folder while it is written, and when it is whole."""
    lines = ["#!/bin/sh", "# Every external command of this run, in order."]
    for command in commands:
        status = "was killed" if command.status is None else f"exit status {command.status}"
        lines += [command.shell().replace(old, new), f"# {status}, {command.seconds:.2f} s"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")


def keep_interrupted(results: Path) -> None:
    """Set aside what runs that died left behind: kept, but never taken for a whole run."""
    for folder in results.glob(_TEMPORARY + "*"):
        try:
            lock = _lock(folder)
        except OSError:
            continue  # its run is alive, or the file system cannot tell
        try:
            folder.rename(results / (_INTERRUPTED + folder.name.removeprefix(_TEMPORARY)))
        except OSError:
            pass  # another process was faster
        finally:
            os.close(lock)


def _lock(folder: Path) -> int:
    """An open file descriptor that holds the folder's lock until it is closed."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def find(
    reference: str, results: Path | None = None, kind: str = "", record: str = "run.json"
) -> Path:
    """The folder of a run: "last", a run id, the unique beginning of one, or a path.

    kind, record: of runs that are none of svacheck check, as Run and keep() have them."""
    results = results or results_folder()
    known = [p.name for p in stored(results, kind)]
    remedy = f"make one with: make {kind.rstrip('-') or 'check'}"
    if reference == "last":
        if not known:
            raise Problem("no run is stored yet", str(results), remedy)
        return results / known[-1]
    matches = [name for name in known if reference and name.startswith(reference)]
    if len(matches) == 1:
        return results / matches[0]
    if len(matches) > 1:
        raise Problem(
            f"{len(matches)} runs begin with {reference!r}", str(results), "say more of it"
        )
    path = Path(reference)
    if path.name == record:
        path = path.parent
    if reference and (path / record).is_file():
        return path
    newest = "newest is " + known[-1] if known else remedy
    raise Problem(f"no run {reference!r}", str(results), newest)


def stored(results: Path, kind: str = "") -> list[Path]:
    """The folders of the runs of a kind, the oldest first."""
    at = len(kind)
    runs = [p for p in results.glob(f"{kind}*-*") if RUN_ID.fullmatch(p.name[at:])]
    # Two runs may begin in one second: then the one that ended last is the newer.
    return sorted(runs, key=lambda p: (p.name[at : at + 16], p.stat().st_mtime_ns))


def load(reference: str, results: Path | None = None) -> tuple[Path, dict[str, Any]]:
    """The folder and run.json of a stored run; Problem if it is not whole and valid."""
    folder = find(reference, results)
    return folder, read(folder / "run.json")


def read(file: Path, schema: Path = RUN_SCHEMA) -> dict[str, Any]:
    """A stored record, as its schema describes it; Problem if it is not whole and valid."""
    try:
        with open(file, "rb") as source:
            content = source.read(LARGEST + 1)
    except OSError as error:
        raise Problem(f"cannot read the run: {error.strerror}", str(file)) from error
    return parse(content, str(file), schema)


def parse(content: bytes, where: str, schema: Path = RUN_SCHEMA) -> dict[str, Any]:
    """As read(), of what a file holds."""
    name = where.rpartition("/")[2]
    if len(content) > LARGEST:
        raise Problem(f"{name} is larger than {LARGEST >> 20} MiB", where, "it is none of ours")
    try:
        record = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Problem(f"{name} cannot be read: {_short(error)}", where) from error
    version = record.get("schema") if isinstance(record, dict) else None
    if isinstance(version, int) and version > SCHEMA:
        raise Problem(
            f"{name} has format {version}, this program knows {SCHEMA}",
            where,
            "use the newer svacheck that wrote it",
        )
    fault = schema_fault(record, schema)
    if fault:
        raise Problem(f"{name} does not fit its schema: {fault}", where)
    return dict(record)


def schema_fault(record: object, schema: Path = RUN_SCHEMA) -> str:
    """The first thing in which a run.json, or another record, does not fit its schema, or ""."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    try:
        for error in validator.iter_errors(record):
            place = "/".join(str(part) for part in error.absolute_path) or "the whole"
            return f"{place}: {_short(error.message)}"
    except RecursionError:
        return "it is nested too deeply"
    return ""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _short(text: object) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= 200 else line[:200] + "..."
