# SPDX-License-Identifier: GPL-2.0
"""LAVA's dispatcher of Debian in a root of its own in the cache: nothing is installed here.

A job runs there by lava-run, without a server, on a device of LAVA's own device type qemu.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from svacheck.cachedirs import Cache, lock
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.progress import Progress
from svacheck.workcopy import require_space

MAKER = "mmdebstrap"
SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
PACKAGES = ("lava-dispatcher", "qemu-system-x86")
SIZE = 1_600_000_000  # bytes of it, with some to spare
TYPES = "usr/share/lava-server/device-types"
DEVICE_TYPE = "qemu.jinja2"
JOBS = "svacheck"  # where a job's files are seen inside
OUT = "/run/out"  # what lava-run writes besides the log
GRACE = 120  # seconds after those that a job gives itself
# Of the server only the device types: it would bring a database and a web server along
SERVER = (
    "cd /tmp && apt-get download lava-server && dpkg-deb -x lava-server_*.deb x && "
    f"mkdir -p /{TYPES} && cp -r x/{TYPES}/. /{TYPES}/ && rm -r x lava-server_*.deb"
)
WITHOUT = ("usr/share/man", "usr/share/doc", "usr/share/locale")
# Its mounts are seen by nobody else, and end with it, as do its processes
ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")


@dataclass(frozen=True)
class Root:
    """A root with lava-run."""

    folder: Path

    def device(self, context: Mapping[str, Any]) -> str:
        """The device as LAVA's server would give it to a dispatcher for such a job."""
        loader = jinja2.FileSystemLoader(self.folder / TYPES)
        made = jinja2.Environment(loader=loader, trim_blocks=True, autoescape=False)
        return made.get_template(DEVICE_TYPE).render(**context)

    def run(self, jobs: Path, job: str, limit: int, log: CommandLog, output: Path) -> None:
        """Run jobs/job.yaml on the device jobs/job.device; what lava-run prints goes to output."""
        inside = f"/{JOBS}"
        folder = shlex.quote(str(self.folder))
        steps = [
            f"mount --bind {shlex.quote(str(jobs))} {folder}{inside}",
            f"mount -t proc proc {folder}/proc",
            f"mount --rbind /dev {folder}/dev",
            f"mount -t tmpfs tmpfs {folder}/run",
            f"mount -t tmpfs tmpfs {folder}/var/lib/lava/dispatcher/tmp",
            f"mount -t tmpfs tmpfs {folder}/tmp",
        ]
        run = ["chroot", str(self.folder), "lava-run", "--job-id", "1", "--output-dir", OUT]
        run += ["--device", f"{inside}/{job}.device", f"{inside}/{job}.yaml"]
        script = " && ".join([*steps, f"exec {shlex.join(run)}"])
        environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        log.run(
            [*ALONE, "sh", "-c", script],
            cwd=jobs,
            output=output,
            environment=environment,
            timeout=limit + GRACE,
        )


def provide(cache: Cache, log: CommandLog, progress: Progress) -> Root:
    """The root, which is made if there is none. Problem: it cannot be."""
    if os.geteuid() != 0:
        raise Problem("LAVA's dispatcher runs as root alone", "lava-run", "run this as root")
    folder = cache.root / "lava" / SUITE
    folder.parent.mkdir(parents=True, exist_ok=True)
    with lock(folder, progress.note):
        if not folder.is_dir():
            _make(folder, cache, log, progress)
    return Root(folder)


def _make(folder: Path, cache: Cache, log: CommandLog, progress: Progress) -> None:
    """folder, whole or not at all."""
    if not shutil.which(MAKER):
        raise Problem(f"missing for LAVA's root: {MAKER}", "$PATH", f"apt-get install {MAKER}")
    require_space(SIZE, folder.parent, "LAVA's dispatcher")
    cache.logs.mkdir(parents=True, exist_ok=True)
    output = cache.logs / "lava-root.log"
    with tempfile.TemporaryDirectory(prefix=".root-", dir=folder.parent) as name:
        made = Path(name) / "root"
        argv = [MAKER, "--mode=root", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
        argv += [f"--dpkgopt=path-exclude=/{path}/*" for path in WITHOUT]
        argv += [f"--customize-hook=chroot \"$1\" sh -c '{SERVER}'", SUITE, str(made), MIRROR]
        with progress.phase("root of LAVA's dispatcher"):
            done = log.run(argv, cwd=folder.parent, output=output, tick=progress.tick)
        if done.status:
            lines = output.read_text(errors="replace").strip().splitlines()
            said = next((line for line in reversed(lines) if line.startswith("E:")), "no message")
            raise Problem(f"no root for LAVA's dispatcher can be made: {said}", str(output))
        (made / JOBS).mkdir()
        made.replace(folder)
