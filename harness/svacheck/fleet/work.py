# SPDX-License-Identifier: GPL-2.0
"""The folder in which a plan is carried out, and how what an item made gets there, once.

An attempt writes in a folder of its own. When it is over that becomes done/<item> by a rename,
which succeeds for one attempt alone: an item that ran twice, or that two nodes ran at a time, has
one result. Workers share nothing but this folder.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.commands import has_ended, kill_group
from svacheck.errors import EXIT_TROUBLE, Problem
from svacheck.fleet.planfile import Item, Plan
from svacheck.places import ROOT
from svacheck.report import visible

ATTEMPTS, DONE, FAILED, LAVA = "attempts", "done", "failed", "lava"
WAITING = "waiting"  # in the folder of LAVA jobs: those that nobody has run
RUNS, LOG, RECORD, PLAN = "runs", "log", "item.json", "plan.json"
SCHEMA = 1
CAMPAIGN = re.compile(r"mutants-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
LOOK = 0.1  # seconds between two looks whether to stop
GRACE = 60  # seconds for a command that is stopped
TOLD = 300  # characters of why
TAIL = 4000  # bytes of a log that are looked at for why an item failed


@dataclass(frozen=True)
class Work:
    """folder: of the work on one plan."""

    folder: Path
    plan: Plan

    @classmethod
    def open(cls, folder: Path, plan: Plan) -> Work:
        """The folder, made if need be. Problem: it is for another plan, or cannot be written."""
        folder = folder.absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in (ATTEMPTS, DONE, FAILED):
                (folder / name).mkdir(exist_ok=True)
            kept = folder / PLAN
            if not kept.exists():
                made = folder / f".{PLAN}.{secrets.token_hex(4)}"
                made.write_text(plan.text(), encoding="ascii")
                made.replace(kept)
        except OSError as error:
            raise Problem(f"cannot write it: {error.strerror}", str(folder), "--work") from error
        if kept.read_text(encoding="ascii") != plan.text():
            raise Problem("the folder is for another plan", str(folder), "give --work another one")
        return cls(folder, plan)

    def done(self, item: Item) -> Path:
        """Where what the item made is, once it is done."""
        return self.folder / DONE / item.id

    def failed(self, item: Item) -> Path:
        """Where the last attempt is that made nothing."""
        return self.folder / FAILED / item.id

    def lava(self, item: Item) -> Path:
        """Where the item's LAVA jobs are."""
        return self.folder / LAVA / item.id

    def missing(self, items: Sequence[Item]) -> list[Item]:
        """Those of the items that are not done."""
        return [item for item in items if not self.done(item).is_dir()]

    def forget_troubled(self, items: Sequence[Item]) -> None:
        """Take it that what came to no verdict was not done, nor its jobs."""
        for item in items:
            try:
                record = json.loads((self.done(item) / RECORD).read_bytes())
            except (OSError, ValueError):
                continue
            if isinstance(record, dict) and record.get("status") == EXIT_TROUBLE:
                shutil.rmtree(self.lava(item), ignore_errors=True)
                _replace(self.done(item), self.failed(item))

    def why(self, item: Item) -> str:
        """Why an item is not done, as far as is known."""
        try:
            with open(self.failed(item) / LOG, "rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL))
                lines = log.read().decode(errors="replace").strip().splitlines()
        except OSError:
            return "it never ran, or did not come to its end"
        return visible(lines[-1])[:TOLD] if lines else "it said nothing"


def attempt(work: Work, item: Item, more: Sequence[str], stop: threading.Event) -> str:
    """Run an item; "" if it is done now, whoever did it, else why it is not.

    more: for its command. KeyboardInterrupt once stop is set."""
    if work.done(item).is_dir():
        return ""
    folder = work.folder / ATTEMPTS / f"{item.id}.{secrets.token_hex(6)}"
    folder.mkdir()
    started = time.time()
    # A program of ours starts wherever the plan is carried out
    argv = [str(ROOT / item.command[0]), *item.command[1:], *more]
    status = _run(argv, folder, stop)
    made = _made(folder / RUNS)
    record = {
        "schema": SCHEMA,
        "item": item.id,
        "status": status,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(max(0.0, time.time() - started), 1),
        "host": socket.gethostname(),
        "made": made,
    }
    _write(folder / RECORD, record)
    waiting = (work.lava(item) / WAITING).is_file()
    if status in (0, 1, EXIT_TROUBLE) and len(made) == 1 and not waiting:
        if not _publish(folder, work.done(item)):
            shutil.rmtree(folder, ignore_errors=True)  # another attempt was first
        return ""
    _replace(folder, work.failed(item))
    return work.why(item)


def _run(argv: Sequence[str], folder: Path, stop: threading.Event) -> int:
    """Run the command to its end. One that is stopped is asked to, so that it ends what it has
    booted, before it is killed."""
    with open(folder / LOG, "wb") as log:
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env={**os.environ, "SVACHECK_RESULTS": str(folder / RUNS)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while not has_ended(process, 0):
            if stop.wait(LOOK):
                raise KeyboardInterrupt
    finally:
        if not has_ended(process, 0):
            process.terminate()
            has_ended(process, GRACE)
        kill_group(process.pid)
        status = process.wait()
    return status


def _made(runs: Path) -> list[str]:
    """The runs, or campaigns, that a command has stored."""
    names = [one.name for one in runs.iterdir()] if runs.is_dir() else []
    return sorted(n for n in names if results.RUN_ID.fullmatch(n) or CAMPAIGN.fullmatch(n))


def _write(path: Path, record: dict[str, Any]) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(json.dumps(record, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _publish(folder: Path, done: Path) -> bool:
    """Give the folder its name, if no other one has it."""
    try:
        folder.rename(done)  # over a folder that holds something no folder can be renamed
    except OSError:
        if done.is_dir():
            return False
        raise
    return True


def _replace(folder: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    try:
        folder.rename(place)
    except OSError:
        pass  # another attempt that failed is there now; this one stays where it is
