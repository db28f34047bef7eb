# SPDX-License-Identifier: GPL-2.0
"""A small fuzzer that is guided by coverage: what reaches a branch that nothing reached before is
kept, and changed further.

    python3 harness/tests/coverfuzz.py ktap --seconds 60

What it keeps goes to corpus/, which the tests read again. AFL++ is in Debian, but nothing there
gives it a Python (python-afl and Atheris are not packaged); these readers are pure Python, and
sys.settrace() sees their branches at some 500 inputs a second, which is enough for inputs of a few
dozen lines."""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
sys.path[:0] = [str(HERE), str(HERE.parent)]

from svacheck import console, ktap, results  # noqa: E402
from svacheck.certify import archive  # noqa: E402
from svacheck.errors import Problem  # noqa: E402
from svacheck.kit import layout  # noqa: E402

WORDS = [
    *("KTAP version 1", "TAP version 13", "1..2", "1..0 # SKIP x", "ok 1 a", "not ok 2 b # c"),
    *("# Subtest: a", "ok 1 a # XFAIL", "not ok 1", "reboot: System halted", "    ", "# ", "\t"),
    *(
        "    # rule: DOM-001",
        "# expect-warn: f 1",
        "# svac-skip: y",
        "[    1.0] ",
        "\x1b[31m",
        "\0",
    ),
    *("Kernel panic - not syncing: x", "------------[ cut here ]------------", "Call Trace:"),
    *("WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2", "BUG: KASAN: x in f+0x1/0x2", "=" * 30),
    *(
        "unreferenced object 0x1",
        "#  RUN  a.b ...",
        "\n",
        "\\u0000",
        '{"schema": 1}',
        "[[",
        "1e999",
    ),
]


def read_ktap(data: bytes) -> None:
    """The reader of KTAP: what test_ktap.check() holds of any text, and no crash."""
    from test_ktap import check

    check(data.decode("utf-8", "replace").splitlines(keepends=True))


def read_console(data: bytes) -> None:
    """The reader of consoles: its reports lie in the console, in order."""
    lines = data.decode("utf-8", "replace").split("\n")
    found = console.reports(lines)
    assert all(0 < report.line <= len(lines) for report in found)
    assert console.ending(lines, False).kind in console.ENDINGS
    off = console.lockdep_off(lines, found)
    assert off is None or 0 < off.line <= len(lines)


def read_archive(data: bytes) -> None:
    """The reader of archives: what it takes is what it would write."""
    path = Path(tempfile.mkdtemp(), "x.tar.xz")
    path.write_bytes(data)
    try:
        files = archive.unpack(path, layout.RESULTS)
    except (Problem, archive.Damaged):
        return
    finally:
        shutil.rmtree(path.parent)
    assert archive.pack(files, layout.RESULTS) == data


def read_run(data: bytes) -> None:
    """The reader of run.json: a Problem, or what its schema describes, which can be shown."""
    from svacheck import report

    try:
        run = results.parse(data, "run.json")
    except Problem:
        return
    report.render(run, HERE, report.VERBOSE)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "archive": read_archive,
    "console": read_console,
    "ktap": read_ktap,
    "run": read_run,
}
WATCHED = (ktap.__file__, console.__file__, archive.__file__, results.__file__)


def corpus(name: str) -> Iterator[Path]:
    """What is kept of a target."""
    yield from sorted((CORPUS / name).glob("*"))


def reached(target: Callable[[bytes], None], data: bytes) -> set[tuple[str, int, int]]:
    """The steps from line to line that an input takes in the readers."""
    steps: set[tuple[str, int, int]] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in WATCHED:
            return None
        last = frame.f_lineno
        file = frame.f_code.co_filename

        def inside(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal last
            if event == "line":
                steps.add((file, last, frame.f_lineno))
                last = frame.f_lineno
            return inside

        return inside

    sys.settrace(trace)
    try:
        target(data)
    finally:
        sys.settrace(None)
    return steps


def changed(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """An input like this one."""
    lines = data.split(b"\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        what = chance.randrange(8)
        if what == 0 and len(lines) > 1:
            del lines[at]
        elif what == 1:
            lines.insert(at, chance.choice(lines))
        elif what == 2:
            lines[at] = lines[at][: chance.randint(0, len(lines[at]))]
        elif what == 3:
            where = chance.randint(0, len(lines[at]))
            word = chance.choice(WORDS).encode()
            lines[at] = lines[at][:where] + word + lines[at][where:]
        elif what == 4 and lines[at]:
            where = chance.randrange(len(lines[at]))
            lines[at] = lines[at][:where] + bytes([chance.randrange(256)]) + lines[at][where + 1 :]
        elif what == 5:
            lines[at] = chance.choice(WORDS).encode()
        elif what == 6:
            other = chance.choice(others).split(b"\n")
            lines[at:at] = other[chance.randrange(len(other)) :][: chance.randint(1, 9)]
        else:
            lines[at] = b"    " * chance.randrange(4) + lines[at].lstrip()
    return b"\n".join(lines[:200])


def fuzz(name: str, seconds: float, seed: int) -> tuple[int, int, int]:
    """Inputs tried, kept now, and steps reached. What breaks is raised; its input is kept too."""
    target, chance = TARGETS[name], random.Random(seed)
    kept = [path.read_bytes() for path in corpus(name)] or [b""]
    known: set[tuple[str, int, int]] = set()
    for data in kept:
        known |= reached(target, data)
    end, tried, new = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        data = changed(chance.choice(kept), kept, chance)
        tried += 1
        try:
            steps = reached(target, data)
        except Exception:
            keep(name, data)
            raise
        if not steps <= known:
            known |= steps
            kept.append(data)
            keep(name, data)
            new += 1
    return tried, new, len(known)


def keep(name: str, data: bytes) -> None:
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("target", choices=sorted(TARGETS))
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    figures = fuzz(asked.target, asked.seconds, asked.seed)
    print("%d inputs tried, %d kept, %d steps reached" % figures)
