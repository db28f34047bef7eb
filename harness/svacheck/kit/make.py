# SPDX-License-Identifier: GPL-2.0
"""svacheck kit: one archive with all that a machine with a device needs to try it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck import trees
from svacheck.build import clean_environment
from svacheck.cachedirs import Cache
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.kit import layout, suite
from svacheck.places import KUNIT, PROFILES, ROOT, RULES, SELFTESTS, results_folder
from svacheck.progress import Progress
from svacheck.provenance import describe_self
from svacheck.queries import ask

TOP = "svacheck-kit"
HARNESS = ROOT / "harness" / "svacheck"
# What goes along of the harness
_LIBRARY = ("__init__.py", "errors.py", "certify/__init__.py", "certify/archive.py")
_KIT = ("__init__.py", "layout.py", "module.py", "place.py", "running.py", "target.py")
_RUN = """\
#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
import os
import sys

if sys.version_info < (3, 8):
    sys.exit("run: this needs Python 3.8 or later")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "lib"))
from svacheck.kit.target import main

sys.exit(main())
"""


@dataclass(frozen=True)
class Options:
    """What was asked for. models: for tests of the kit, drivers for models as well."""

    kernel: str | None = None
    kdir: Path | None = None
    drivers: Sequence[str] = ()
    models: bool = False
    jobs: int = 0
    out: Path | None = None


def make(options: Options, progress: Progress) -> Path:
    """Build the programs of each driver and pack the kit; Problem if one does not build."""
    log = CommandLog(progress.command)
    there = [name for name in layout.DRIVERS if (SELFTESTS / "drivers" / name).is_dir()]
    strange = [name for name in options.drivers if name not in there]
    if strange:
        raise Problem(f"there is no driver {strange[0]} for a kit", "--driver", ", ".join(there))
    about = describe_self(log)
    out = options.out or results_folder() / f"{TOP}-{about['version']}.tar.xz"
    _check_out(out)
    tree = trees.resolve(options.kernel, options.kdir, Cache.default(), log, progress)
    with tempfile.TemporaryDirectory(prefix="svacheck-kit-") as name:
        kit = Path(name) / TOP
        with progress.phase("programs"):
            for driver in options.drivers or there:
                _build(driver, tree.origin, kit, Path(name), options, log)
        _lay_library(kit)
        _lay_sources(kit, log)
        compiler = ask(log, ["gcc", "--version"], ROOT).text.splitlines()[0]
        content = {
            "svacheck": about,
            "suite_sha256": suite.sha256(),
            "programs": suite.programs(),
            "harness_of": tree.version,
            "compiler": compiler,
        }
        (kit / layout.ABOUT).write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")
        _sum(kit)
        _pack(kit, out)
    return out


def _check_out(out: Path) -> None:
    if out.is_dir():
        raise Problem("it is a folder", str(out), "name a file with --out")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"no kit can be written there: {error.strerror}", str(out)) from error


def _build(
    driver: str, tree: Path, kit: Path, place: Path, options: Options, log: CommandLog
) -> None:
    """The programs of a driver, and those for its model."""
    variants = [(driver, "")]
    if options.models:
        variants.append((driver + layout.MODEL, "1"))
    for name, model in variants:
        built, said = place / "build" / name, place / f"{name}.log"
        names = " ".join(suite.programs())
        argv: list[str | Path] = [*clean_environment(but={"LC_ALL": "C.UTF-8"})]
        argv += ["make", "-C", SELFTESTS, f"--jobs={options.jobs or os.cpu_count() or 1}"]
        argv += [f"KSRC={tree}", f"OUTPUT={built}", f"DRIVER={driver}", f"MODEL={model}"]
        argv += [f"PROGRAMS={names}", "CFLAGS=-O2", "LDFLAGS=-s"]
        done = log.run(argv, cwd=SELFTESTS, output=said, environment={"LC_ALL": "C.UTF-8"})
        if done.status:
            last = said.read_text(errors="replace").strip().splitlines()[-3:]
            raise Problem(
                f"the programs of {driver} do not build: {' | '.join(last)}", str(SELFTESTS)
            )
        folder = kit / "programs" / name
        folder.mkdir(parents=True)
        for program in [*suite.programs(), *(["model"] if model else [])]:
            shutil.copy2(built / program, folder / program)


def _lay_library(kit: Path) -> None:
    """run, and what it needs of the harness."""
    files = [*_LIBRARY, *(f"kit/{name}" for name in _KIT)]
    files += [f"doctor/{path.name}" for path in sorted((HARNESS / "doctor").glob("*.py"))]
    for name in files:
        _copy(HARNESS / name, kit / "lib" / "svacheck" / name)
    (kit / "run").write_text(_RUN, encoding="ascii")
    (kit / "run").chmod(0o755)
    _copy(HARNESS / "kit" / "README.md", kit / "README.md")
    _copy(ROOT / "COPYING", kit / "COPYING")


def _lay_sources(kit: Path, log: CommandLog) -> None:
    """What the programs and the module are made of, the rules and the profiles."""
    for folder, where in ((SELFTESTS, "selftests"), (RULES, "rules"), (PROFILES, "profiles")):
        for path in _sources(folder, log):
            _copy(path, kit / where / path.relative_to(folder))
    uapi = KUNIT / "uapi"
    for path in _sources(uapi, log):
        _copy(path, kit / "kunit" / "uapi" / path.relative_to(uapi))
    if not (KUNIT / "device").is_dir():
        return
    for name in ("device", "api"):
        for path in _sources(KUNIT / name, log):
            _copy(path, kit / "module" / path.relative_to(KUNIT))


def _sources(folder: Path, log: CommandLog) -> Iterator[Path]:
    """Files of a folder, without what was built there."""
    answer = ask(log, ["git", "ls-files", "-co", "--exclude-standard", str(folder)], ROOT)
    if answer.status == 0:
        yield from (ROOT / line for line in answer.text.splitlines() if (ROOT / line).is_file())
    else:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, to)


def _sum(kit: Path) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(kit)}\n"
        for path in sorted(kit.rglob("*"))
        if path.is_file()
    ]
    (kit / layout.SUMS).write_text("".join(lines), encoding="ascii")


def _pack(kit: Path, out: Path) -> None:
    """As a tar that any tar unpacks; of the same files the same bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz", format=tarfile.USTAR_FORMAT) as made:
        for path in sorted(kit.rglob("*")):
            if not path.is_file():
                continue
            info = tarfile.TarInfo(f"{TOP}/{path.relative_to(kit)}")
            info.size = path.stat().st_size
            info.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            with open(path, "rb") as file:
                made.addfile(info, file)
    try:
        out.write_bytes(packed.getvalue())
    except OSError as error:
        raise Problem(f"cannot write the kit: {error.strerror}", str(out)) from error
