# SPDX-License-Identifier: GPL-2.0
"""make lint: every static check over this checkout; all run even if one fails."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from svacheck import lintversions, rulebook
from svacheck.cachedirs import Cache
from svacheck.certify import notes, profiles
from svacheck.errors import EXIT_FAIL, EXIT_PASS, Problem
from svacheck.kernels import find_kernel
from svacheck.places import ROOT, results_folder

OK, FAILED, SKIPPED = "ok", "failed", "skipped"


@dataclass(frozen=True)
class Finding:
    """What one tool came to, and what it printed."""

    status: str
    output: str = ""


@dataclass(frozen=True)
class Sources:
    """The files of a checkout, as paths relative to root."""

    root: Path
    files: Sequence[Path]

    def those(self, *patterns: str) -> list[Path]:
        """Files whose name matches one of the patterns, e.g. "*.py"."""
        return [file for file in self.files if any(file.match(p) for p in patterns)]

    def text(self, file: Path) -> str:
        """Content of a file, for looking into."""
        return (self.root / file).read_text(encoding="utf-8", errors="replace")


def sources(root: Path = ROOT) -> Sources:
    """All files of the checkout that belong to the project, none that a run left behind."""
    files = _listed_by_git(root)
    if files is None:
        files = [file.relative_to(root) for file in root.rglob("*")]
    ours = (file for file in files if not _made(file) and (root / file).is_file())
    return Sources(root, sorted(set(ours)))


def _listed_by_git(root: Path) -> list[Path] | None:
    """Tracked and new files that git does not ignore; None outside a git checkout."""
    listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(
            ["git", "-C", str(root), *listing], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    names = listed.stdout.decode(errors="surrogateescape").split("\0")
    return [Path(name) for name in names if name] if listed.returncode == 0 else None


def _made(file: Path) -> bool:
    """Whether it is a cache or a run: those lie in folders that git does not list either."""
    caches = {".git", ".mypy_cache", ".pytest_cache", ".hypothesis", "__pycache__"}
    run = file.parts[0] == "results" and len(file.parts) > 2 and file.parts[1] != "schema"
    return run or bool(caches.intersection(file.parts))


# ---- tools ----


def _tool(root: Path, argv: Sequence[str | Path], clean_is_silent: bool = False) -> Finding:
    """Run a tool; it fails by its exit status, or by any output if clean_is_silent."""
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        remedy = "./scripts/test installs what is missing"
        return Finding(FAILED, f"cannot run {argv[0]}: {error.strerror}; {remedy}")
    bad = done.returncode != 0 or (clean_is_silent and done.stdout.strip())
    return Finding(FAILED, done.stdout or f"exit {done.returncode}") if bad else Finding(OK)


def _style(found: Sources, name: str, *arguments: str | Path, python: bool = False) -> Finding:
    """Run a tool that only its version of Debian 12 may fail by."""
    command = [sys.executable, "-m", name] if python else [name]
    finding = _tool(found.root, [*command, *arguments])
    other = finding.status == FAILED and lintversions.other_version(name, command)
    if not other:
        return finding
    lines = len(finding.output.splitlines())
    judge = lintversions.JUDGES[name]
    return Finding(SKIPPED, f"{name} {other} has {lines} lines to say, but {name} {judge} judges")


def _mypy(found: Sources) -> Finding:
    return _style(found, "mypy", "--strict", "harness", python=True)


def _black(found: Sources) -> Finding:
    return _style(found, "black", "--check", "-q", *_python(found), python=True)


def _flake8(found: Sources) -> Finding:
    return _style(found, "flake8", *_python(found), python=True)


def _codespell(found: Sources) -> Finding:
    texts = [file for file in found.files if "golden" not in file.parts]
    return _style(found, "codespell", f"--ignore-words-list={','.join(_WORDS)}", *texts)


# Of the kernel's Makefile and of syzkaller's language, not of the dictionary
_WORDS = ("extraversion", "inout")


def _shellcheck(found: Sources) -> Finding:
    return _style(found, "shellcheck", *_shell(found))


def _shfmt(found: Sources) -> Finding:
    return _style(found, "shfmt", "-d", "-i", "2", "-ci", *_shell(found))


def _checkpatch(found: Sources) -> Finding:
    scripts = _kernel_scripts()
    if not scripts:
        return Finding(SKIPPED, "no kernel tree in the cache yet; make check puts one there")
    files = [file for file in found.those("*.c", "*.h") if file.parts[0] == "kunit"]
    programs = [file for file in found.those("*.c", "*.h") if file.parts[0] == "selftests"]
    checkpatch: list[str | Path] = [scripts / "checkpatch.pl"]
    checkpatch += ["--strict", "--no-tree", "--terse", "--no-summary"]
    sources = _tool(found.root, [*checkpatch, "-f", *files])
    if sources.status == OK and programs:
        # --strict asks for what only a kernel has, and so do these; and cases are left by macros
        kernels = "ARRAY_SIZE,COMPLEX_MACRO,ENOSYS,PREFER_KERNEL_TYPES,MACRO_WITH_FLOW_CONTROL"
        lax = [word for word in checkpatch if word != "--strict"]
        sources = _tool(found.root, [*lax, "--ignore", kernels, "-f", *programs])
    patches = found.those("kunit/carried/*.patch")
    if sources.status != OK or not patches:
        return sources
    # They are no mails: they have neither a description nor a sign-off
    no_mail = ["--ignore", "COMMIT_MESSAGE,MISSING_SIGN_OFF"]
    # From elsewhere: what git tracks where it runs checkpatch takes for source
    return _tool(scripts, [*checkpatch, *no_mail, *(found.root / patch for patch in patches)])


def _kernel_doc(found: Sources) -> Finding:
    scripts = _kernel_scripts()
    if not scripts:
        return Finding(SKIPPED, "no kernel tree in the cache yet; make check puts one there")
    files = [f for f in found.those("*.c", "*.h") if f.parts[:2] == ("kunit", "carried")]
    script = scripts / "kernel-doc"
    # 6.1 has no -Wall; there -v warns of what -Wall does, among remarks.
    strict = "-Wall" if "-Wall" in script.read_text(errors="replace") else "-v"
    finding = _tool(found.root, [script, "-none", strict, *files], clean_is_silent=True)
    bad = [line for line in finding.output.splitlines() if "warning:" in line or "rror:" in line]
    unknown = finding.status == FAILED and not bad and ": info:" not in finding.output
    return finding if unknown else _finding(bad)


def _kernel_scripts() -> Path | None:
    """scripts/ of the default kernel, unpacked in the cache; None if it is not there.

    Always of the same kernel: what its checkpatch.pl asks for must not depend on the others."""
    found = Cache.default().unpacked(find_kernel(None).package)
    return found[-1] / "scripts" if found else None


def _python(found: Sources) -> list[Path]:
    named = found.those("*.py")
    return named + [f for f in _scripts(found) if "python" in found.text(f).partition("\n")[0]]


def _shell(found: Sources) -> list[Path]:
    by_name = found.those("*.sh", "*.bats", "*.bash")
    return by_name + [
        file
        for file in _scripts(found)
        if re.match(r"#!.*\b(sh|bash|bats)\b", found.text(file).partition("\n")[0])
    ]


def _scripts(found: Sources) -> list[Path]:
    return [f for f in found.files if not f.suffix and found.text(f).startswith("#!")]


# ---- checks of our own ----


def _no_rust(found: Sources) -> Finding:
    """No kernel config that is or was used may enable Rust."""
    configs = [found.root / f for f in found.files if f.parts[:2] == ("configs", "kconfig")]
    configs += sorted(results_folder().glob("*/config"))
    bad = [f"{file}: enables Rust" for file in configs if _RUST.search(file.read_text("utf-8"))]
    bad += [f"{file}: is Rust" for file in found.those("*.rs")]
    return _finding(bad)


_RUST = re.compile(r"^CONFIG_RUST=[ym]", re.MULTILINE)


def _spdx(found: Sources) -> Finding:
    named = found.those("*.py", "*.[ch]", "*.toml", "*.sh", "*.bats", "Makefile", "Kconfig*")
    named += _scripts(found)
    bad = [
        f"{file}: no SPDX-License-Identifier in its first three lines"
        for file in dict.fromkeys(named)
        if not any("SPDX-License-Identifier: " in line for line in _head(found, file))
    ]
    return _finding(bad)


def _head(found: Sources, file: Path) -> list[str]:
    return found.text(file).splitlines()[:3]


def _no_private_paths(found: Sources) -> Finding:
    bad = []
    for file in found.files:
        if "golden" in file.parts:
            continue  # what a tool printed, word for word
        for number, line in enumerate(found.text(file).splitlines(), start=1):
            if _PRIVATE.search(line):
                bad.append(f"{file}:{number}: names a path of one machine: {line.strip()[:80]}")
    return _finding(bad)


_PRIVATE = re.compile(r"(?<![\w.$}~])/(?:home|root|Users|tmp)/\w")


def _rulebook(found: Sources) -> Finding:
    try:
        book = rulebook.load(found.root / "configs" / "rules")
        cited = rulebook.citations(found.root / "kunit", found.root / "selftests")
        return _finding(rulebook.check(book, cited))
    except Problem as problem:
        return Finding(FAILED, str(problem))


def _profiles(found: Sources) -> Finding:
    try:
        book = rulebook.load(found.root / "configs" / "rules")
        folder = found.root / "configs" / "profiles"
        notes.load(book, folder / "notes")
        return _finding(profiles.check(book, folder))
    except Problem as problem:
        return Finding(FAILED, str(problem))


def _finding(bad: Sequence[str]) -> Finding:
    return Finding(FAILED, "\n".join(bad)) if bad else Finding(OK)


TOOLS: dict[str, Callable[[Sources], Finding]] = {
    "mypy": _mypy,
    "black": _black,
    "flake8": _flake8,
    "shellcheck": _shellcheck,
    "shfmt": _shfmt,
    "codespell": _codespell,
    "checkpatch": _checkpatch,
    "kernel-doc": _kernel_doc,
    "no-rust": _no_rust,
    "spdx": _spdx,
    "paths": _no_private_paths,
    "rulebook": _rulebook,
    "profiles": _profiles,
}


def lint(only: Sequence[str] = ()) -> int:
    """Run the tools (those of only, or all), one line each; 1 if one failed."""
    for name in only:
        if name not in TOOLS:
            raise Problem(f"no lint tool {name!r}", "--only", "tools are " + ", ".join(TOOLS))
    found = sources()
    names = [name for name in TOOLS if not only or name in only]
    failed = False
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, finding in zip(names, pool.map(lambda name: _guarded(name, found), names)):
            failed = failed or finding.status == FAILED
            reason = f": {finding.output}" if finding.status == SKIPPED else ""
            print(f"{finding.status:7} {name}{reason}", flush=True)
            if finding.status == FAILED:
                print("\n".join("  " + line for line in finding.output.splitlines()))
    return EXIT_FAIL if failed else EXIT_PASS


def _guarded(name: str, found: Sources) -> Finding:
    """A tool that breaks down has failed, and does not keep the others from running."""
    try:
        return TOOLS[name](found)
    except Exception as error:
        return Finding(FAILED, f"it broke down: {type(error).__name__}: {error}")
