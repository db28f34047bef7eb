# SPDX-License-Identifier: GPL-2.0
"""The log of a LAVA job, and the console that is in it.

lava-run prints one mapping of YAML a line, `lavacli jobs logs --raw` the same as a list. Lines of
level "target" are the console as LAVA keeps it: without carriage returns and escape characters,
and with a backslash before each double quote. At the end LAVA types
"poweroff", which is no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from svacheck.errors import Problem

LARGEST = 256 << 20  # bytes of a log that is worth reading
LONGEST = 1_000_000  # characters of a line: LAVA drops what is longer ...
DROPPED = "<line way too long ...>"  # ... and says so
TIMED_OUT = "err: lava test monitoring has timed out"  # the job passes all the same
NESTED = 100  # mappings and lists of a line
AGAIN = "run the job again"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class Log:
    """What became of a job. console: its lines; results: of LAVA's monitor, by their order;
    seconds: between the first line of the console and the last; failed: why LAVA says that the
    job did, "" if it did not; timed_out: for its time limit."""

    console: str
    results: tuple[tuple[str, str], ...]
    seconds: float
    failed: str
    timed_out: bool


def read(path: Path) -> Log:
    """The log of a job that is over. Problem: it is none, is damaged, or ends before the job."""
    lines: list[str] = []
    times: list[datetime] = []
    results: list[tuple[str, str]] = []
    verdict: Mapping[str, Any] | None = None
    typed, timed_out = False, False
    for number, entry in _entries(path):
        level, message = entry["lvl"], entry["msg"]
        where = f"{path}, line {number}"
        if verdict is not None and (level in ("target", "results")):
            raise Problem("the log of the job goes on after its end", where, AGAIN)
        typed = typed or level == "input"
        if level == "target" and not typed:
            lines.append(_said(message, where))
            times.append(_time(entry["dt"], where))
        elif message == TIMED_OUT:
            timed_out = True
        elif level == "results" and isinstance(message, dict):
            if message.get("definition") == "lava" and message.get("case") == "job":
                verdict = message
            elif message.get("definition") != "lava":
                extra = message.get("extra")
                name = extra.get("test_case_id") if isinstance(extra, dict) else None
                results.append((str(name or message.get("case")), str(message.get("result"))))
    if verdict is None:
        raise Problem("the log ends before the job did", str(path), AGAIN)
    failed = ""
    if verdict.get("result") != "pass":
        failed = f"{verdict.get('error_type')}: {verdict.get('error_msg')}"
    if failed and not lines:
        raise Problem(f"LAVA booted nothing: {failed}", str(path), AGAIN)
    seconds = (times[-1] - times[0]).total_seconds() if times else 0.0
    console = "".join(line + "\n" for line in lines)
    return Log(
        console, tuple(results), max(0.0, seconds), failed, timed_out or "timed out" in failed
    )


def _entries(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise Problem(f"the job has left no log: {error.strerror}", str(path), AGAIN) from error
    if len(content) > LARGEST:
        raise Problem(f"the log is larger than {LARGEST >> 20} MiB", str(path))
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            yield number, _entry(line, f"{path}, line {number}")


def _entry(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        text = line.decode("utf-8").removeprefix("- ").strip()
        # libyaml's reader runs out of stack where things are nested deeply; LAVA nests little
        bare = _QUOTED.sub("", text)
        flat = text.startswith("{") and bare.count("{") + bare.count("[") <= NESTED
        entry = yaml.load(text, Loader=yaml.CSafeLoader) if flat else None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict) or not {"dt", "lvl", "msg"} <= set(entry):
        raise Problem("this is no line of a LAVA job's log", where, AGAIN)
    return entry


def _said(message: object, where: str) -> str:
    if not isinstance(message, str) or "\n" in message:
        raise Problem("this is no line of a console", where, AGAIN)
    if message == DROPPED or len(message) > LONGEST:
        raise Problem(
            "LAVA has dropped a line of the console for its length", where, "boot it here"
        )
    return message.replace('\\"', '"')


def _time(value: object, where: str) -> datetime:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Problem(f"this is no time: {str(value)[:40]}", where, AGAIN) from error
