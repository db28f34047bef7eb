# SPDX-License-Identifier: GPL-2.0
"""svacheck bench-self: how long the suite itself takes, now and before on this machine.

All that is measured is an ordinary command of a copy of this checkout. Its results are
thrown away, but for how long each phase took and what processors did meanwhile: on a machine
with other work CPU-seconds say more than seconds do.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from svacheck import provenance
from svacheck.bench import ownhistory
from svacheck.bench.finished import Finished
from svacheck.cachedirs import Cache
from svacheck.commands import Command, CommandLog
from svacheck.errors import EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.kernels import find_kernel
from svacheck.places import ROOT
from svacheck.progress import Progress
from svacheck.results import Run
from svacheck.workcopy import require_space

SCHEMA = 1
TEXT = "self.txt"
SECTIONS = ("cold", "noop", "edit", "matrix", "mutants")
EDITED = "kunit/suites/pasid.c"
SUITES = "svac*"  # those in the kernel: who edits one does not ask the programs
SPACE = 5_000_000_000  # bytes of a source, its working copy and a build
TIMES = 3  # what takes seconds is measured so often
NOT_COPIED = (".git", "__pycache__", ".mypy_cache", ".pytest_cache", ".hypothesis", "build")


@dataclass(frozen=True)
class Options:
    """What svacheck bench-self was asked for. kernels: of the matrix, () for all; sample:
    mutants; times: that checks of a kernel that is built are repeated."""

    only: tuple[str, ...] = SECTIONS
    kernel: str | None = None
    kernels: tuple[str, ...] = ()
    lane: str = "uml"
    sample: int = 8
    times: int = TIMES
    jobs: int = 0


@dataclass
class Measured:
    """One command that was measured. cpu: CPU-seconds of it and all that it has started;
    phases, cpu_phases: of a check, those of each phase; rate: mutants by CPU-minute."""

    section: str
    command: str
    seconds: float
    cpu: float
    verdict: str = ""
    phases: dict[str, float] = field(default_factory=dict)
    cpu_phases: dict[str, float] = field(default_factory=dict)
    rate: float = 0.0


@dataclass
class _Session:
    """place: a folder in the cache, gone in the end; measured: so far, problems as well."""

    options: Options
    place: Path
    log: CommandLog
    progress: Progress
    measured: list[Measured] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warm: bool = False

    @property
    def repository(self) -> Path:
        """The copy of this checkout."""
        return self.place / "repository"

    # ---- what is measured ----

    def cold(self) -> None:
        """A check that finds no more than the kernel's source, unpacked, in its cache."""
        require_space(SPACE, self.place, "a check with a cache of its own")
        source = find_kernel(self.options.kernel)
        unpacked = Cache.default().unpacked(source.package)
        if not unpacked:
            raise Problem(
                f"no source of Linux {source.name} lies in the cache",
                str(Cache.default().root),
                f"make check KERNEL={source.name} puts it there",
            )
        cache = Cache.at(self.place / "cold" / "svacheck")
        whole = unpacked[-1].parent
        shutil.copytree(whole, cache.pristine(whole.name), symlinks=True)
        (cache.pristine(whole.name) / "sources.json").unlink(missing_ok=True)
        if Cache.default().apt.is_dir():
            shutil.copytree(Cache.default().apt, cache.apt, symlinks=True)
        try:
            self._check("cold", XDG_CACHE_HOME=str(cache.root.parent), CCACHE_DIR="")
        finally:
            shutil.rmtree(cache.root.parent)

    def noop(self) -> None:
        """Checks with nothing to build."""
        self._warm_up()
        for _ in range(self.options.times):
            self._check("noop")

    def edit(self) -> None:
        """Checks of the suites in the kernel after an edit of one, each time another."""
        self._warm_up()
        suite = self.repository / EDITED
        text = suite.read_text()
        for nth in range(self.options.times):
            word = f"{self.place.name}_{nth}"
            line = f'static const char svac_edited[] __used = "{word}";\n'
            suite.write_text(text + line)
            self._check("edit", "--suite", SUITES)
        suite.write_text(text)
        self._run(self._check_line())  # the cache is left as it was

    def matrix(self) -> None:
        """The matrix of the kernels, with nothing to build."""
        argv = ["matrix", "--json", "--lanes", self.options.lane]
        if self.options.kernels:
            argv += ["--kernels", ",".join(self.options.kernels)]
        self._run(argv)
        _, command, cpu = self._run(argv)
        self.measured.append(Measured("matrix", " ".join(argv), command.seconds, cpu))

    def mutants(self) -> None:
        """A sample of mutants."""
        argv = ["mutants", "--json", "--sample", str(self.options.sample)]
        argv += self._of_kernel() + ["--lane", self.options.lane]
        said, command, cpu = self._run(argv)
        report = json.loads(said)
        one = Measured("mutants", " ".join(argv), command.seconds, cpu, report["verdict"])
        one.rate = float(report["per_cpu_minute"])
        self.measured.append(one)

    # ---- how ----

    def _of_kernel(self) -> list[str]:
        jobs = ["--jobs", str(self.options.jobs)] if self.options.jobs else []
        kernel = ["--kernel", self.options.kernel] if self.options.kernel else []
        return kernel + jobs

    def _check_line(self, *more: str) -> list[str]:
        return ["check", "--json", *self._of_kernel(), "--lane", self.options.lane, *more]

    def _warm_up(self) -> None:
        if not self.warm:
            self._run(self._check_line())
        self.warm = True

    def _check(self, section: str, *more: str, **environment: str) -> None:
        argv = self._check_line(*more)
        said, command, cpu = self._run(argv, **environment)
        run = json.loads(said)
        one = Measured(section, " ".join(argv), command.seconds, cpu, run["verdict"])
        one.phases, one.cpu_phases = run["phases"], run["cpu"]
        self.measured.append(one)

    def _run(self, argv: Sequence[str], **environment: str) -> tuple[str, Command, float]:
        """Run svacheck of the copy; what it prints, the command, its CPU-seconds.

        environment: "" takes a variable out. Problem: it came to no verdict.
        """
        line = [str(self.repository / "scripts" / "svacheck"), *argv]
        settings = {"SVACHECK_RESULTS": str(self.place / "results"), **environment}
        command = Command(line, str(self.repository), settings)
        self.log.commands.append(command)
        if self.log.echo:
            self.log.echo(command.shell())
        said, told = self.place / "stdout", self.place / "stderr"
        cpu = _run(command, said, told)
        if command.status not in (0, 1):
            last = told.read_text(errors="replace").strip().splitlines()[-1:]
            raise Problem(f"svacheck {argv[0]} fails: {(last or ['no message'])[0]}")
        return said.read_text(), command, cpu


def _run(command: Command, said: Path, told: Path) -> float:
    """Run a command to its end, also when it is interrupted, since it ends what it has started;
    its CPU-seconds."""
    environment = {**os.environ, **command.environment}
    start = time.monotonic()
    with open(said, "wb") as out, open(told, "wb") as err:
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env={name: value for name, value in environment.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
    process.returncode = command.status = os.waitstatus_to_exitcode(status)
    command.seconds = time.monotonic() - start
    return float(usage.ru_utime + usage.ru_stime)


def bench_self(options: Options, progress: Progress) -> Finished:
    """Measure what was asked for, compare it with what was measured before, and store it.

    What was measured until an interrupt is stored too. Problem: an unknown kernel.
    """
    started = time.time()
    log = CommandLog(progress.command)
    kernel = find_kernel(options.kernel).name
    earlier = ownhistory.load()
    run = Run(kernel, options.lane, started, kind=ownhistory.KIND)
    status, measured, problems = EXIT_PASS, list[Measured](), list[str]()
    try:
        with _place() as place:
            session = _Session(options, place, log, progress, measured, problems)
            shutil.copytree(
                ROOT, session.repository, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED)
            )
            for name in [name for name in SECTIONS if name in options.only]:
                try:
                    with progress.phase(name):
                        getattr(session, name)()
                except Problem as problem:
                    problems.append(f"{name}: {problem}")
                    status = EXIT_TROUBLE
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
        problems.append("interrupted")
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "id": run.id,
        "svacheck": provenance.describe_self(log),
        "host": provenance.describe_host(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "kernel": kernel,
        "lane": options.lane,
        "problems": problems,
        "measured": [asdict(one) for one in measured],
    }
    record["rows"] = ownhistory.rows(record, earlier)
    text = "\n".join([*ownhistory.table(record), f"evidence  {run.final}/", ""])
    run.path(TEXT).write_text(text)
    return Finished(record, run.keep(ownhistory.RECORD, record, log.commands), text, status)


@contextmanager
def _place() -> Iterator[Path]:
    """A folder in the cache, on the disk of all that is compared with what happens there."""
    parent = Cache.default().builds
    with tempfile.TemporaryDirectory(prefix="self-", dir=parent) as name:
        yield Path(name)
