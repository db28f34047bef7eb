# SPDX-License-Identifier: GPL-2.0
"""A copy of this checkout whose kernel, or its process, has faults; judged as a user would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck import rulebook
from svacheck.build import STAMP
from svacheck.cachedirs import Cache
from svacheck.lint import sources
from svacheck.places import ROOT

PLANTED = Path(__file__).parent / "planted"
SUITE = "svac_domain"  # a small one of the real suites
LANE = "uml-faults"

# What stands in the file "does" beside it happens to what the real kernel says
STAND_IN = r"""#!/usr/bin/python3
import os, signal, subprocess, sys, time
folder = {folder!r}

def kernel(output):
    "The real one, which writes to output; its status."
    return subprocess.Popen([folder + "/linux.real", *sys.argv[1:]], stdout=output, stderr=output)

def said():
    "All that the real one says, as lines."
    with open(folder + "/said", "w+b") as file:
        kernel(file).wait()
        file.seek(0)
        return file.read().splitlines(keepends=True)

def say(lines):
    sys.stdout.buffer.write(b"".join(lines))
    sys.stdout.buffer.flush()

listing = "kunit.action=list" in sys.argv
meant = listing or "kunit.filter_glob={suite}" in sys.argv
with open(folder + "/does") as file:
    what = file.read()
if not meant or (listing and "listing" not in what):
    os.execv(folder + "/linux.real", sys.argv)
exec(what)
"""


@dataclass(frozen=True)
class Judged:
    """What a run came to. left: what is in the results folder besides run, which is None if
    no run was stored."""

    status: int
    out: str
    err: str
    folder: Path | None
    run: dict[str, Any]
    left: list[str]

    @property
    def said(self) -> str:
        """All that a person reads."""
        return self.out + self.err


class Lab:
    """A copy of the checkout in place."""

    def __init__(self, place: Path) -> None:
        self.does: Path | None = None  # see stand_in()
        self.checkout = place / "checkout"
        for file in sources().files:
            (self.checkout / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, self.checkout / file)
        self.svacheck = str(self.checkout / "scripts" / "svacheck")

    def plant(self, name: str) -> None:
        """Add a suite of planted/ to the kernel's."""
        shutil.copy(PLANTED / name, self.checkout / "kunit" / "suites" / name)
        makefile = self.checkout / "kunit" / "Makefile"
        line = "obj-y += suites/threads.o"
        text = makefile.read_text()
        assert text.count(line) == 1
        added = f"obj-y += suites/{name.removesuffix('.c')}.o\n"
        makefile.write_text(text.replace(line, added + line))

    def stand_in(self) -> None:
        """Put something in the place of lane LANE's kernel, which is that of lane uml but with
        a folder of its own; what it does is to be written to the file "does"."""
        lanes = self.checkout / "configs" / "lanes.toml"
        text = lanes.read_text()
        at = text.index("[lane.uml]\n")
        ours = text[at : text.index("\n\n", at)].replace("[lane.uml]", f"[lane.{LANE}]")
        lanes.write_text(f"{text}\n{ours}\n")
        work = max(Cache.default().work("").glob("linux-source-6.1_*/"), key=os.path.getmtime)
        real, folder = work / "build-uml", work / f"build-{LANE}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(real / ".config", folder)
        shutil.copy(real / "linux", folder / "linux.real")
        (folder / "linux").write_text(STAND_IN.format(folder=str(folder), suite=SUITE))
        (folder / "linux").chmod(0o755)
        stamp = json.loads((real / STAMP).read_bytes())
        seen = (folder / "linux").stat()
        stamp["kernel"] = [seen.st_size, seen.st_mtime_ns, seen.st_ino]
        (folder / STAMP).write_text(json.dumps(stamp))
        self.does = folder / "does"

    @staticmethod
    def names(suite: str) -> set[str]:
        """The cases of a suite, as its source has them."""
        keys = (case.split(".", 1) for case in rulebook.citations().cases)
        return {name for its, name in keys if its == suite}

    def check(self, results: Path, *options: str, **environment: str) -> Judged:
        """What svacheck check says."""
        done = subprocess.run(
            [self.svacheck, "check", *options],
            env={**os.environ, "SVACHECK_RESULTS": str(results), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return judged(done.returncode, done.stdout, done.stderr, results)


def judged(status: int, out: bytes, err: bytes, results: Path) -> Judged:
    """What was said and stored; not more than one run may be."""
    stored = sorted(results.glob("[0-9]*/run.json")) if results.is_dir() else []
    assert len(stored) <= 1, "a result came twice"
    folder = stored[0].parent if stored else None
    names = sorted(p.name for p in results.iterdir()) if results.is_dir() else []
    left = [name for name in names if not folder or name != folder.name]
    run = json.loads(stored[0].read_bytes()) if stored else {}
    return Judged(status, out.decode(), err.decode(), folder, run, left)
