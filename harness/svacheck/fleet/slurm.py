# SPDX-License-Identifier: GPL-2.0
"""Slurm carries out a plan: one job array, whose tasks start in the order of the plan.

Slurm decides where and when. A task whose node dies is queued again; what it makes counts once,
see work.py. The array is known by its name, which is that of the plan, so that a collector that
was killed finds what it has submitted.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.fleet.planfile import Item
from svacheck.fleet.work import PLAN, Work
from svacheck.places import ROOT
from svacheck.processes import NOBODYS
from svacheck.progress import Progress
from svacheck.queries import ask

FOLDER = "slurm"
LOOK = 2.0  # seconds between two looks at the queue
PATIENCE = 30  # looks in a row that Slurm may leave unanswered
WAITS = re.compile(r"PENDING (?!None)")
HELD = re.compile(r"SPECIAL_EXIT|REQUEUE_HOLD|.*(held|JobHold)", re.IGNORECASE)  # "%T %r" of squeue
OVER = ("COMPLETED", "COMPLETING", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")


def name(work: Work) -> str:
    """What the job array is called: by its folder as well, since a plan may be in two."""
    which = f"{work.plan.digest} {work.folder}"
    return f"svacheck-{hashlib.sha256(which.encode()).hexdigest()[:16]}"


def script(work: Work, items: Sequence[Item], workers: int, processors: int) -> str:
    """The array as sbatch takes it. workers: tasks at a time, 0 for as many as Slurm can."""
    folder = work.folder / FOLDER
    limit = f"%{workers}" if workers else ""
    head = [
        "#!/bin/sh",
        f"#SBATCH --job-name={name(work)}",
        f"#SBATCH --array=0-{len(items) - 1}{limit}",
        "#SBATCH --requeue",
        f"#SBATCH --cpus-per-task={processors}",
        "#SBATCH --open-mode=append",
        f"#SBATCH --output={folder}/%A_%a.log",
    ]
    words = [str(ROOT / "scripts" / "svacheck"), "execute", str(work.folder / PLAN)]
    words += ["--on", "local", "--work", str(work.folder), "--no-collect", "--only"]
    ids = " ".join(shlex.quote(item.id) for item in items)
    body = [
        f"set -- {ids}",
        'shift "$SLURM_ARRAY_TASK_ID"',
        f'exec {shlex.join(words)} "$1"',
    ]
    return "\n".join([*head, *body]) + "\n"


def run(
    work: Work,
    items: Sequence[Item],
    workers: int,
    processors: int,
    log: CommandLog,
    progress: Progress,
) -> None:
    """Submit what is not done and not queued already, and wait until nothing of it is queued.

    Problem: Slurm does not answer, does not take it, or holds what is left.
    KeyboardInterrupt: what is queued stays so, and the next call goes on with it."""
    folder = work.folder / FOLDER
    folder.mkdir(exist_ok=True)
    with progress.phase("items"):
        if not _queued(work, log):
            left = work.missing(items)
            if left:
                _submit(work, left, workers, processors, log, progress)
        else:
            progress.note("Slurm is still at it: nothing is submitted again")
        _wait(work, items, log, progress)


def _submit(
    work: Work,
    items: Sequence[Item],
    workers: int,
    processors: int,
    log: CommandLog,
    progress: Progress,
) -> None:
    file = work.folder / FOLDER / "array.sh"
    file.write_text(script(work, items, workers, processors), encoding="utf-8")
    said = file.with_suffix(".said")
    argv = ["sbatch", "--parsable", str(file)]
    done = log.run(argv, cwd=work.folder, output=said, environment=NOBODYS)
    text = said.read_text(errors="replace").strip()
    if done.status:
        raise Problem(f"Slurm does not take it: {_last(text)}", str(file), "sinfo tells its state")
    progress.note(f"Slurm's job {text.split(';')[0]}: {len(items)} items")


def _wait(work: Work, items: Sequence[Item], log: CommandLog, progress: Progress) -> None:
    """Until no task is left, or all is done. Problem: what is left waits for a person."""
    told = ""
    while True:
        states = _queued(work, log)
        if states and all(map(WAITS.match, states)) and states[0] != told:
            told = states[0]
            progress.note(f"Slurm runs nothing: {told}")
        done = len(items) - len(work.missing(items))
        progress.count(done, len(items), "items" + (f", {states[0]}" if states else ""))
        if not states or done == len(items):
            return
        if all(map(HELD.match, states)):
            raise Problem(
                f"Slurm holds what is left: {states[0]}",
                f"job {name(work)}",
                f"scontrol release jobname={name(work)}, and the same command goes on",
            )
        end = time.monotonic() + LOOK
        while time.monotonic() < end:
            progress.tick()
            time.sleep(0.1)


def _queued(work: Work, log: CommandLog) -> list[str]:
    """The states of the tasks that are not over. Problem: Slurm does not answer for a minute."""
    argv = ["squeue", "--noheader", "--array", f"--name={name(work)}", "--format=%T %r"]
    answer = ask(log, argv, work.folder)
    for _ in range(PATIENCE):
        if not answer.status:
            break
        time.sleep(LOOK)
        answer = ask(log, argv, work.folder)
    if answer.status:
        raise Problem("Slurm does not answer", shlex.join(argv), "scontrol ping tells more")
    states = [line.strip() for line in answer.text.splitlines() if line.strip()]
    return [state for state in states if not state.startswith(OVER)]


def _last(text: str) -> str:
    lines = re.sub(r"^sbatch: error: ", "", text, flags=re.M).splitlines()
    return lines[-1] if lines else "it says nothing"


def logs(work: Work) -> Path:
    """Where Slurm keeps what the tasks say."""
    return work.folder / FOLDER
