# SPDX-License-Identifier: GPL-2.0
"""A package from this machine's sources or from a suite of Debian that these do not have.

apt verifies either. Its lists, its cache and the sources of the suites are our own, so
that root is not needed and nothing on the machine changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from svacheck.cachedirs import Cache, lock
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.kernels import KernelSource
from svacheck.progress import Progress
from svacheck.queries import ask

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ARCHIVE, SECURITY = "Debian", "Debian-Security"  # the labels that Debian gives to its archives
MIRRORS = {
    ARCHIVE: "http://deb.debian.org/debian",
    SECURITY: "http://deb.debian.org/debian-security",
}
KDIR = "or give KDIR=path of a kernel tree"

# What the machine does after an update of its own lists is not for ours
HOOKS = ("Pre-Invoke", "Post-Invoke", "Post-Invoke-Success")
# The sources are ours alone, whatever the machine prefers or has installed
PRIVATE = {
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::Etc::Preferences": "/dev/null",
    "Dir::Etc::PreferencesParts": "/dev/null",
    "Dir::State::Status": "/dev/null",
    "APT::Default-Release": "",
    "APT::Update::Error-Mode": "any",
}


@dataclass(frozen=True)
class _Apt:
    """apt with a state of its own. place: where it runs; output: what it prints."""

    options: tuple[str, ...]
    place: Path
    output: Path
    log: CommandLog
    progress: Progress

    def get(self, *words: str) -> bool:
        """Run apt-get to its end; whether it did what it was asked for."""
        done = self.log.run(
            ["apt-get", "-q", *self.options, *words],
            cwd=self.place,
            output=self.output,
            append=True,
            environment={"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
            tick=self.progress.tick,
        )
        return done.status == 0

    def lines(self, program: str, *words: str) -> list[str]:
        """What apt-get or apt-cache answers from the lists it has."""
        return ask(self.log, [program, *self.options, *words], self.place).text.splitlines()

    def fetched(self, package: str) -> Path | None:
        """The package, downloaded and verified; None if apt-get fails."""
        # By itself apt-get takes a name that it does not know for a pattern of others
        if not self.get("-o", "APT::Cmd::Pattern-Only=true", "download", package):
            return None
        return next(self.place.glob(f"{package}_*.deb"), None)

    def said(self) -> str:
        """All it has printed."""
        return self.output.read_text(errors="replace")


def download(
    source: KernelSource, cache: Cache, place: Path, log: CommandLog, progress: Progress
) -> Path:
    """The package in the folder place, from the first that has it: this machine's sources,
    then each suite that the kernel names, from the mirror that this machine uses.

    Problem: no network, a signature that does not hold, no such package anywhere.
    """
    cache.logs.mkdir(parents=True, exist_ok=True)
    with lock(cache.apt, progress.note):
        machine = _apt("machine", {}, source.package, cache, place, log, progress)
        # A broken source of another project must not stop us: the download tells
        machine.get("update")
        found = machine.fetched(source.package)
        if found:
            return found
        mirrors = {**MIRRORS, **_mirrors(machine)}
        missed = []
        for suite in source.suites:
            mirror = mirrors[SECURITY if suite.endswith("-security") else ARCHIVE]
            own = _private(suite, [(suite, mirror)], cache)
            private = _apt(suite, own, source.package, cache, place, log, progress)
            updated = private.get("update")
            found = private.fetched(source.package) if updated else None
            if found:
                return found
            missed.append(_missed(suite, mirror, source, private, updated))
    raise Problem(
        f"no suite has {source.package}: {'; '.join(missed)}",
        "configs/kernels.toml",
        f"name there what there is, {KDIR}",
    )


def _apt(
    name: str,
    own: Mapping[str, str],
    package: str,
    cache: Cache,
    place: Path,
    log: CommandLog,
    progress: Progress,
) -> _Apt:
    state = cache.apt / name
    for folder in ("lists/partial", "archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    hooks = state / "no-hooks.conf"
    hooks.write_text("".join(f"#clear APT::Update::{hook};\n" for hook in HOOKS))
    settings = {
        "Dir::State::Lists": str(state / "lists"),
        "Dir::Cache": str(state),
        "Dir::Cache::Archives": str(state / "archives"),
        "Debug::NoLocking": "1",
        # apt's own user cannot read a cache in root's home
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::AllowInsecureRepositories": "false",
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::Retries": "2",
        **own,
    }
    options = ["-c", str(hooks)]
    options += [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
    output = cache.logs / f"{package}-{name}.log"
    output.unlink(missing_ok=True)
    return _Apt(tuple(options), place, output, log, progress)


def _mirrors(machine: _Apt) -> dict[str, str]:
    """Where this machine's sources have Debian's archives from, by their labels."""
    form = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    found: dict[str, str] = {}
    for line in machine.lines("apt-get", "indextargets", "--format", form, "Created-By: Packages"):
        match = re.fullmatch(r"Debian\|(Debian|Debian-Security)\|(https?://\S+?)/?", line)
        if match:
            found.setdefault(match[1], match[2])
    return found


def _private(name: str, suites: Sequence[tuple[str, str]], cache: Cache) -> dict[str, str]:
    """Settings with these suites, each with its mirror, for apt's only sources."""
    if not KEYRING.is_file():
        raise Problem(
            "nothing to verify Debian's packages with: the keyring is missing",
            str(KEYRING),
            f"apt-get install debian-archive-keyring, {KDIR}",
        )
    path = cache.apt / name / "sources.list"
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = f"deb [signed-by={KEYRING} target=Packages]"
    path.write_text("".join(f"{entry} {mirror} {suite} main\n" for suite, mirror in suites))
    return {**PRIVATE, "Dir::Etc::SourceList": str(path)}


def download_whole(
    package: str,
    suites: Sequence[str],
    cache: Cache,
    place: Path,
    log: CommandLog,
    progress: Progress,
) -> list[Path]:
    """The package of the first of these suites and all that it needs, as if nothing were
    installed, from the suites together. place: a folder for apt-get to run in.

    Problem: no network, a signature that does not hold, something that cannot be had.
    """
    cache.logs.mkdir(parents=True, exist_ok=True)
    with lock(cache.apt, progress.note):
        machine = _apt("machine", {}, package, cache, place, log, progress)
        mirrors = {**MIRRORS, **_mirrors(machine)}
        name = f"{package}-{suites[0]}"
        own = _private(name, [(suite, mirrors[ARCHIVE]) for suite in suites], cache)
        own["APT::Install-Recommends"] = "false"
        private = _apt(name, own, package, cache, place, log, progress)
        archives = cache.apt / name / "archives"
        for old in archives.glob("*.deb"):
            old.unlink()  # of another version
        words = ["--yes", "--download-only", f"--target-release={suites[0]}", "install", package]
        if not private.get("update") or not private.get(*words):
            raise _failed(package, private, mirrors[ARCHIVE], f"install {package} yourself")
        made = []
        for archive in sorted(archives.glob("*.deb")):
            made.append(archive.replace(place / archive.name))
        return made


def _missed(suite: str, mirror: str, source: KernelSource, private: _Apt, updated: bool) -> str:
    """What there is instead of the package. Problem if that cannot be told."""
    said, output = private.said(), str(private.output)
    if updated and re.search(r"Unable to locate package|no (installation )?candidate", said):
        names = set(private.lines("apt-cache", "pkgnames", "linux-source-"))
        has = sorted(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])
        return f"{suite} has {', '.join(has) or 'no linux-source-* at all'}"
    if not updated and re.search(r"^ +404 .*\n(?s:.*)does not have a Release file", said, re.M):
        return f"there is no {suite} at {mirror}"
    forged = re.search(r"^[EW]: (?:.*GPG error: )?(.*(?:signatures .+|not signed))", said, re.M)
    if forged:
        raise Problem(
            f"cannot verify Debian {suite}: {forged[1]}",
            output,
            f"bring debian-archive-keyring up to date, {KDIR}",
        )
    raise _failed(source.package, private, mirror, KDIR)


def _failed(package: str, private: _Apt, mirror: str, instead: str) -> Problem:
    """Why apt-get did not do it. The first trouble is the cause; what it says last follows."""
    said = private.said()
    reasons = re.findall(r"^[EW]: *(Failed to fetch .+)", said, re.M)
    reasons += re.findall(r"^E: *(.+)", said, re.M)
    return Problem(
        f"cannot download {package}: {reasons[0] if reasons else 'apt-get fails'}",
        str(private.output),
        f"connect this machine to {mirror}, {instead}",
    )
