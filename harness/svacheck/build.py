# SPDX-License-Identifier: GPL-2.0
"""Configure and build a working copy with its own kunit.py.

A build folder carries a stamp, written after a good build and removed before the next
one begins: if it still fits, nothing is built.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Collection
from pathlib import Path

from svacheck import kernels, overlay, qemu, rebuild, sources, workcopy
from svacheck.cachedirs import ccache_beside
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Build, Lane, Tree
from svacheck.progress import Progress
from svacheck.queries import ask

KUNIT = "tools/testing/kunit/kunit.py"
PYTHON = "/usr/bin/python3"
STAMP = ".svacheck-built"
CONFIGURED = ".svacheck-configured"
BUILDING = ".svacheck-building"
SCRATCH = ".svacheck-scratch"  # what a compiler leaves that was killed goes with the build
BZIMAGE = "arch/x86/boot/bzImage"
FORMAT = 3  # raise it when what is built from the same input changes
TOOLS = {  # what kbuild calls, and the package of each
    "make": "make",
    "gcc": "gcc",
    "ld": "binutils",
    "flex": "flex",
    "bison": "bison",
    "bc": "bc",
}
WRAPPED_BY_UML = ("malloc", "free", "calloc")  # LINK_WRAPS of arch/um/Makefile
WRAPPED_FOR_PROGRAMS = ("ptrace",)  # what kunit/hooks/xstate.c sees first
WRAPPED = (  # what kunit/mock/memory.c sees first; nobody misses what a kernel does not have
    "__kmalloc",
    "__kmalloc_node",
    "__kmalloc_node_track_caller",
    "kmalloc_trace",
    "kmalloc_node_trace",
    "kmem_cache_alloc",
    "kmem_cache_alloc_lru",
    "kmem_cache_alloc_node",
    "__kmalloc_noprof",
    "__kmalloc_node_noprof",
    "__kmalloc_node_track_caller_noprof",
    "__kmalloc_cache_noprof",
    "__kmalloc_cache_node_noprof",
    "kmem_cache_alloc_noprof",
    "kmem_cache_alloc_lru_noprof",
    "kmem_cache_alloc_node_noprof",
    "kfree",
    "kmem_cache_free",
)
# What an outer make or a kernel developer's shell would change in the build
STRAY = re.compile(
    r"[A-Z]*FLAGS.*|MAKE(LEVEL|OVERRIDES|FILES)|(SUB)?ARCH|CROSS_COMPILE|LLVM(_IAS)?|(HOST)?CC|LD"
    r"|KBUILD_.*|KCONFIG_.*|KERNEL.*|INSTALL_.*|LOCALVERSION|[CMOQVWJ]|DEPMOD"
    r"|CPATH|C_INCLUDE_PATH|LIBRARY_PATH|GCC_EXEC_PREFIX"
)
# Files of a tree that ask what is to be configured, or answer for the compiler
ASKING = re.compile(
    r"(.*/)?Kconfig[^/]*|Makefile|arch/[^/]+/(Makefile|configs/).*|(scripts|tools/testing/kunit)/.*"
)
_SIGNAL = re.compile(
    r"\*\*\* .*\] (?:Killed|Terminated|Segmentation fault|Bus error)|Killed signal"
)
_NO_MEMORY = "dmesg tells whether memory ran out: run again, with fewer jobs (-j 1) if it did"
_OPTION = re.compile(r"# (CONFIG_\w+) is not set|(CONFIG_\w+)=.+")
REPRODUCIBLE = {  # what an object would otherwise hold of this moment and machine
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
    "KBUILD_BUILD_USER": "svacheck",
    "KBUILD_BUILD_HOST": "svacheck",
    "KBUILD_BUILD_VERSION": "1",
}


def build(
    src: Path,
    tree: Tree,
    lane: Lane,
    jobs: int,
    log: CommandLog,
    progress: Progress,
    logs: Path,
) -> Build:
    """The kernel of src for a lane, built unless an unchanged one is there.

    logs: a folder for build.log. Opens the phase "build". Problem: a missing tool, a
    configuration that cannot be had, a failing compile (with its first errors).
    """
    with progress.phase("build"):
        start = time.monotonic()
        _require_tools()
        if lane.emulated:
            if not lane.machines:
                qemu.require()
            _require_header(log)
        directory = src.parent / f"build-{lane.kernel_of or lane.name}"
        if (directory / BUILDING).exists():
            # make was killed over it: half an object looks like a whole one to the next make
            shutil.rmtree(directory)
        directory.mkdir(exist_ok=True)
        version = compiler(log)
        key = _key(src, tree, lane, version, overlay.laid_sha256(src))
        around = _key(src, tree, rebuild.without_own(lane), version, rebuild.around(src))
        stamp = _read_stamp(directory)
        there = bool(stamp) and _still_there(directory, stamp)
        if not there or stamp["key"] != key:
            (directory / STAMP).unlink(missing_ok=True)
            edited = (
                there and stamp["around"] == around and rebuild.possible(lane.arch, src, directory)
            )
            _make(src, tree, lane, jobs, log, progress, logs, directory, edited)
            stamp = _stamp(directory, key, around)
            _write(directory / STAMP, json.dumps(stamp))
        return Build(
            src=src,
            directory=directory,
            lane=lane,
            config_sha256=str(stamp["config_sha256"]),
            compiler=version,
            objects=int(str(stamp["objects"])),
            seconds=time.monotonic() - start,
        )


def make_options(lane: Lane) -> list[str]:
    """What make is told for a lane, NAME=VALUE each, besides the compiler."""
    if lane.emulated:
        return list(lane.make_options)
    names = WRAPPED_BY_UML + (() if lane.bench else WRAPPED)
    names += WRAPPED_FOR_PROGRAMS if lane.programs else ()
    wraps = " ".join(f"-Wl,--wrap,{name}" for name in names)
    return [*lane.make_options, f"LINK_WRAPS={wraps}"]


def clean_environment(but: Collection[str] = ()) -> list[str]:
    """The beginning of a command that must not see what an outer make has set.

    but: variables that we set ourselves."""
    names = sorted(name for name in os.environ if STRAY.fullmatch(name) and name not in but)
    return ["env", *(part for name in names for part in ("-u", name))] if names else []


# ---- whether there is anything to build ----


def _key(src: Path, tree: Tree, lane: Lane, compiler: str, laid: str | dict[str, str]) -> str:
    if not laid:
        raise Problem("no overlay lies whole in the working copy", str(src))
    inputs = {
        "format": FORMAT,
        "overlay": laid,
        "tree": tree.identity,
        "config": _config_key(src, tree, lane),
        "make_options": make_options(lane),
        "compiler": compiler,
        "tools": [_file_state(tool) for tool in ("gcc", "as", "ld")],
    }
    return _sha256(json.dumps(inputs, sort_keys=True).encode())


def _file_state(tool: str) -> list[object]:
    """A program by its file: an upgrade changes it, whatever it says of its version."""
    path = os.path.realpath(shutil.which(tool) or tool)
    try:
        seen = os.stat(path)
    except OSError:
        return [path]
    return [path, seen.st_size, seen.st_mtime_ns]


def _config_key(src: Path, tree: Tree, lane: Lane) -> str:
    kconfig = src / overlay.FOLDER / "Kconfig"
    inputs = {
        "tree": _asking(src) or tree.identity,
        "arch": lane.arch,
        "fragments": [_sha256(part.read_bytes()) for part in lane.kconfig],
        "kconfig": _sha256(kconfig.read_bytes()) if kconfig.is_file() else "",
    }
    return _sha256(json.dumps(inputs, sort_keys=True).encode())


def _asking(src: Path) -> dict[str, str]:
    """What the files hold that a configuration is made from; {} if nobody has noted it."""
    files = sources.load(src.parent / workcopy.RECORD).files
    return {path: held.split(" ", 1)[0] for path, held in files.items() if ASKING.fullmatch(path)}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read_stamp(directory: Path) -> dict[str, object]:
    try:
        data = json.loads((directory / STAMP).read_bytes())
    except (OSError, ValueError):
        return {}
    wanted = {"key", "around", "config_sha256", "objects", "kernel"}
    return data if isinstance(data, dict) and wanted <= set(data) else {}


def _still_there(directory: Path, stamp: dict[str, object]) -> bool:
    try:
        config = _sha256((directory / ".config").read_bytes())
        return stamp["config_sha256"] == config and stamp["kernel"] == _kernel(directory)
    except OSError:
        return False


def _kernel(directory: Path) -> list[int]:
    seen = (directory / "linux").stat()
    return [seen.st_size, seen.st_mtime_ns, seen.st_ino]


def _stamp(directory: Path, key: str, around: str) -> dict[str, object]:
    config = (directory / ".config").read_bytes()
    if re.search(rb"^CONFIG_RUST=y", config, re.MULTILINE):
        raise Problem("the configuration enables Rust", f"{directory}/.config", "CONFIG_RUST=n")
    return {
        "key": key,
        "around": around,
        "config_sha256": _sha256(config),
        "objects": count_objects(directory),
        "kernel": _kernel(directory),
    }


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    temporary.replace(path)


def count_objects(directory: Path, since: float = 0.0) -> int:
    """Object files in a build folder, those written since then (seconds of the epoch)."""
    found = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            if name.endswith(".o"):
                try:
                    found += os.stat(os.path.join(folder, name)).st_mtime >= since
                except FileNotFoundError:
                    pass  # make has just replaced it
    return found


# ---- building ----


def _require_tools() -> None:
    missing = [(tool, package) for tool, package in TOOLS.items() if not shutil.which(tool)]
    if missing:
        raise Problem(
            f"missing to build a kernel: {', '.join(tool for tool, _ in missing)}",
            "$PATH",
            f"./scripts/check installs it, or: apt-get install "
            f"{' '.join(package for _, package in missing)}",
        )


def _require_header(log: CommandLog) -> None:
    """An x86-64 kernel builds objtool first, which reads its objects with a library."""
    asked = ["gcc", "-E", "-x", "c", "-include", "gelf.h", os.devnull, "-o", os.devnull]
    if ask(log, asked, Path("/")).status:
        raise Problem(
            "missing to build a kernel of this lane: gelf.h",
            shlex.join(asked),
            "apt-get install libelf-dev",
        )


def compiler(log: CommandLog) -> str:
    """What gcc says of itself in its first line; Problem if it says nothing."""
    answer = ask(log, ["gcc", "--version"], Path("/"))
    if answer.status or not answer.text:
        raise Problem(f"gcc does not work: {answer.trouble}", "gcc --version")
    return answer.text.splitlines()[0]


def _make(
    src: Path,
    tree: Tree,
    lane: Lane,
    jobs: int,
    log: CommandLog,
    progress: Progress,
    logs: Path,
    directory: Path,
    edited: bool,
) -> None:
    """edited: nothing but sources of our own differs from what lies there."""
    configured = directory / CONFIGURED
    config_key = _config_key(src, tree, lane)
    if not configured.is_file() or configured.read_text() != config_key:
        # An answer to a question of another tree or fragment must not live on
        for name in (".config", "last_used_kunitconfig"):
            (directory / name).unlink(missing_ok=True)
    scratch = directory / SCRATCH
    scratch.mkdir(exist_ok=True)
    environment = {
        **REPRODUCIBLE,
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(scratch),
        # kunit.py must leave nothing in the working copy
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    cc = "gcc"
    if shutil.which("ccache"):
        cc = "ccache gcc"
        environment |= ccache_settings(src)
    settings = [f"CC={cc}", f"HOSTCC={cc}", *make_options(lane)]
    before = clean_environment(but=environment)
    logs.mkdir(parents=True, exist_ok=True)
    output = logs / "build.log"
    output.unlink(missing_ok=True)
    tick = _counter(directory, tree, progress)
    (directory / BUILDING).touch()
    status, old = None, (directory / "linux").stat().st_mtime_ns if edited else 0
    if edited:
        jobs_too = [*settings, f"--jobs={jobs}"]
        status = rebuild.rebuild(src, directory, jobs_too, log, output, environment, tick, before)
    if not edited or (status == 0 and not rebuild.is_whole(src, directory, old)):
        argv = [*before, PYTHON, KUNIT, "build", f"--arch={lane.arch}"]
        argv += [f"--build_dir={directory}", f"--jobs={jobs}"]
        argv += [f"--kunitconfig={_merged(lane, directory)}"]
        argv += [f"--make_options={setting}" for setting in settings]
        status = log.run(argv, cwd=src, output=output, environment=environment, tick=tick).status
    if _killed(status, output):
        raise Problem("the build was killed", str(output), _NO_MEMORY)
    (directory / BUILDING).unlink()
    if lane.emulated and (directory / BZIMAGE).is_file():
        # Wherever it lies, whoever boots it finds it by one name
        (directory / "linux").unlink(missing_ok=True)
        (directory / "linux").symlink_to(BZIMAGE)
    if status or not (directory / "linux").is_file():
        raise _failure(output)
    lost = _lost(lane, (directory / ".config").read_text())
    if lost:  # kunit.py should have said so; that of another tree may not
        raise Problem(f"the configuration lost {', '.join(lost)}", f"{directory}/.config")
    _write(configured, config_key)


def _merged(lane: Lane, directory: Path) -> Path:
    """The fragments as one: kunit.py refuses two that do not agree, here the later one wins."""
    merged = directory / "svacheck.kunitconfig"
    _write(merged, "".join(f"{line}\n" for line in wanted(lane).values()))
    return merged


def wanted(lane: Lane) -> dict[str, str]:
    """The options that a lane's fragments ask for: name to line."""
    lines = [line.strip() for part in lane.kconfig for line in part.read_text().splitlines()]
    options = ((_OPTION.fullmatch(line), line) for line in lines)
    return {match[1] or match[2]: line for match, line in options if match}


def _lost(lane: Lane, config: str) -> list[str]:
    """The lines of a lane's fragments that do not hold in a .config: a lane without one of
    its instruments would pass in silence."""
    lines = set(config.splitlines())
    names = {line.split("=")[0] for line in lines}
    return [
        line
        for name, line in wanted(lane).items()
        if line not in lines and not (line.startswith("#") and name not in names)
    ]


def ccache_settings(src: Path) -> dict[str, str]:
    """Let working copies share objects: paths inside the cache are taken as relative."""
    settings = {"CCACHE_BASEDIR": str(src.parents[2]), "CCACHE_NOHASHDIR": "1"}
    if "CCACHE_DIR" not in os.environ:
        settings["CCACHE_DIR"] = str(ccache_beside(src))
    return settings


def _counter(directory: Path, tree: Tree, progress: Progress) -> Callable[[], None]:
    """Shows the objects built so far, counted at most once a second.

    How many there will be is known for a whole build alone."""
    whole = not any(directory.glob("*/*.o"))
    total = kernels.objects_hint(tree.version) if whole else None
    begun = time.time()
    last = time.monotonic()

    def tick() -> None:
        nonlocal last
        if time.monotonic() - last >= 1:
            progress.count(count_objects(directory, begun), total, "objects")
            last = time.monotonic()

    return tick


def _killed(status: int | None, output: Path) -> bool:
    """Whether kunit.py or something below it was killed: half an object may lie there, for
    make, which removes what is half made, may have been it, or not have had the time."""
    text = output.read_text(errors="replace")
    begun = "Building with:" in text
    in_order = re.search(r"^make: \*\*\* .*Error \d+$", text, re.MULTILINE)
    return status != 0 and (status != 1 or bool(_SIGNAL.search(text)) or (begun and not in_order))


def _failure(output: Path) -> Problem:
    text = output.read_text(errors="replace")
    where, remedy = str(output), "the log has all of it"
    absent = re.search(r"^Missing: (.*)", text, re.MULTILINE)
    if absent:
        return Problem(f"the configuration cannot be had: missing {absent[1]}", where, remedy)
    errors = re.findall(
        r"^.*(?:\berror: |fatal error: |undefined reference|multiple definition|No space left"
        r"|No rule to make).*",
        text,
        re.MULTILINE,
    ) or re.findall(r"^.*(?:\*\*\*|Error \d|ERROR).*", text, re.MULTILINE)
    lines = errors or text.strip().splitlines()[-1:]
    first = "; ".join(line.strip() for line in lines[:3])
    more = f" (and {len(lines) - 3} more)" if len(lines) > 3 else ""
    return Problem(f"the kernel does not build: {first or 'no message'}{more}", where, remedy)
