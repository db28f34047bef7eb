# SPDX-License-Identifier: GPL-2.0
"""Where a package comes from, with an apt-get that plays the archive."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from faketree import Bench

from svacheck import apt
from svacheck.errors import Problem
from svacheck.kernels import KernelSource

NAME = "linux-source-7.2"
SOURCE = KernelSource("7.2", NAME, ("sid", "old-security"), "7.2", 480)
HAS = f"touch {NAME}_7.2_all.deb"
LACKS = f"echo 'E: Unable to locate package {NAME}'; exit 100"

# Knows by the lists which of our configurations it runs with, and plays its part
TOOL = r"""#!/bin/sh
for word; do
  case $word in
    Dir::State::Lists=*) name=${word%/lists} ;;
    update | download | install | indextargets | pkgnames) verb=$word ;;
  esac
done
echo "${name##*/} $verb" >>"$PLAYS/calls"
play=$PLAYS/${name##*/}.$verb
[ ! -e "$play" ] || . "$play"
"""


class Archive:
    """The archive; each of its plays is a shell script for one configuration and command."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plays, tools, keyring = place / "plays", place / "bin", place / "keyring.gpg"
        self.plays.mkdir()
        tools.mkdir()
        keyring.write_text("")
        for name in ("apt-get", "apt-cache"):
            (tools / name).write_text(TOOL)
            (tools / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
        monkeypatch.setenv("PLAYS", str(self.plays))
        monkeypatch.setattr(apt, "KEYRING", keyring)
        for name in ("machine", *SOURCE.suites):
            self.play(name, "download", LACKS)

    def play(self, name: str, verb: str, script: str) -> None:
        (self.plays / f"{name}.{verb}").write_text(script + "\n")

    def calls(self) -> list[str]:
        return (self.plays / "calls").read_text().splitlines()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "a b")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    return Archive(tmp_path, monkeypatch)


def download(bench: Bench) -> Path:
    place = bench.cache.root / "place"
    place.mkdir()
    return apt.download(SOURCE, bench.cache, place, bench.log, bench.progress)


def source_list(bench: Bench, suite: str) -> str:
    return (bench.cache.apt / suite / "sources.list").read_text()


def refused(bench: Bench) -> str:
    with pytest.raises(Problem) as caught:
        download(bench)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_sources_of_the_machine_come_first(bench: Bench, archive: Archive) -> None:
    archive.play("machine", "update", "exit 100")  # some other source is broken
    archive.play("machine", "download", HAS)
    apt.KEYRING.unlink()
    assert download(bench).name == f"{NAME}_7.2_all.deb"
    assert archive.calls() == ["machine update", "machine download"]
    assert not any("Dir::Etc" in word for command in bench.log.commands for word in command.argv)


def test_then_the_suites_in_their_order(bench: Bench, archive: Archive) -> None:
    archive.play("old-security", "download", HAS)
    assert download(bench).name == f"{NAME}_7.2_all.deb"
    asked = [call for call in archive.calls() if call.endswith("download")]
    assert asked == ["machine download", "sid download", "old-security download"]


def test_another_package_is_not_taken_for_it(bench: Bench, archive: Archive) -> None:
    archive.play("machine", "download", f"touch {NAME}1_8.0_all.deb")
    archive.play("sid", "download", HAS)
    assert download(bench).name == f"{NAME}_7.2_all.deb"
    downloads = [command.argv for command in bench.log.commands if "download" in command.argv]
    assert downloads and all("APT::Cmd::Pattern-Only=true" in argv for argv in downloads)


def test_a_suite_has_a_state_and_sources_of_its_own(bench: Bench, archive: Archive) -> None:
    archive.play("sid", "download", HAS)
    download(bench)
    state = bench.cache.apt / "sid"
    options = bench.log.commands[-1].argv
    for setting in (
        f"Dir::State::Lists={state}/lists",
        f"Dir::Cache={state}",
        f"Dir::Cache::Archives={state}/archives",
        f"Dir::Etc::SourceList={state}/sources.list",
        "Dir::Etc::SourceParts=/dev/null",
        "Dir::Etc::PreferencesParts=/dev/null",
        "Dir::State::Status=/dev/null",
        "APT::Default-Release=",
        "Acquire::AllowInsecureRepositories=false",
        "APT::Get::AllowUnauthenticated=false",
    ):
        assert options[options.index(setting) - 1] == "-o"
    assert source_list(bench, "sid") == (
        f"deb [signed-by={apt.KEYRING} target=Packages] http://deb.debian.org/debian sid main\n"
    )


def settings(*options: str) -> bytes:
    """All settings, as the real apt reads them."""
    return subprocess.run(
        ["apt-config", *options, "dump"], stdout=subprocess.PIPE, check=True
    ).stdout


def test_hooks_of_the_machine_are_not_run(
    bench: Bench, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.play("machine", "download", HAS)
    download(bench)
    hooks = "".join(f'APT::Update::{hook} {{"touch it"; }};\n' for hook in apt.HOOKS)
    (tmp_path / "apt.conf").write_text(hooks)
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    argv = bench.log.commands[0].argv
    ours = argv[argv.index("-c") : argv.index("-c") + 2]
    assert b"touch it" in settings() and b"touch it" not in settings(*ours)


def test_the_mirror_is_that_of_the_machine(bench: Bench, archive: Archive) -> None:
    lines = [
        "Ubuntu|Debian|http://a.example/ubuntu/",
        "Debian|Debian Backports|http://b.example/backports/",
        "Debian|Debian|file:/mirror/",
        "Debian|Debian|http://c.example/debian/",
        "Debian|Debian|http://d.example/debian/",
        "Debian|Debian-Security|https://e.example/security",
    ]
    archive.play("machine", "indextargets", "".join(f"echo '{line}'\n" for line in lines))
    archive.play("old-security", "download", HAS)
    download(bench)
    assert " http://c.example/debian sid main\n" in source_list(bench, "sid")
    assert " https://e.example/security old-security main\n" in source_list(bench, "old-security")


def test_a_package_that_is_gone_is_answered_with_what_there_is(
    bench: Bench, archive: Archive
) -> None:
    archive.play("sid", "pkgnames", "echo linux-source-7.10; echo linux-source-7.3")
    assert refused(bench) == (
        "no suite has linux-source-7.2: sid has linux-source-7.3, linux-source-7.10;"
        " old-security has no linux-source-* at all (configs/kernels.toml);"
        " name there what there is, or give KDIR=path of a kernel tree"
    )


GONE = (
    "echo 'Err:2 http://x sid Release'; echo '  404  Not Found [IP: 1.2.3.4 80]';"
    " echo \"E: The repository 'http://x sid Release' does not have a Release file.\"; exit 100"
)


def test_a_suite_that_is_gone_is_passed_over(bench: Bench, archive: Archive) -> None:
    archive.play("sid", "update", GONE)
    assert "there is no sid at http://deb.debian.org/debian; old-security has" in refused(bench)


INVALID = "The following signatures were invalid: BADSIG 6ED0E7B82643E131"
UNSIGNED = "The repository 'http://x sid InRelease' is not signed."
TROUBLE: list[tuple[str, str, list[str], str, str]] = [
    (
        "a wrong signature",
        "update",
        [f"W: It is so. GPG error: http://x sid InRelease: {INVALID}", f"E: {UNSIGNED}"],
        f"cannot verify Debian sid: http://x sid InRelease: {INVALID} (",
        "bring debian-archive-keyring up to date",
    ),
    (
        "a wrong signature where there was a right one",
        "update",
        [f"E: Failed to fetch http://x/InRelease  {INVALID}", "E: Some index files"],
        f"cannot verify Debian sid: Failed to fetch http://x/InRelease  {INVALID} (",
        "bring debian-archive-keyring up to date",
    ),
    (
        "no signature",
        "update",
        [f"E: {UNSIGNED}"],
        f"cannot verify Debian sid: {UNSIGNED[:-1]} (",
        "bring debian-archive-keyring up to date",
    ),
    (
        "no network",
        "update",
        ["E: Some index files", "W: Failed to fetch http://x/InRelease  Could not resolve"],
        f"cannot download {NAME}: Failed to fetch http://x/InRelease  Could not resolve (",
        "connect this machine to http://deb.debian.org/debian",
    ),
    (
        "a server in trouble",
        "update",
        ["  503  Unavailable", "E: The repository 'x' does not have a Release file."],
        f"cannot download {NAME}: The repository 'x' does not have a Release file. (",
        "connect this machine to http://deb.debian.org/debian",
    ),
    (
        "another package",
        "download",
        ["E: Failed to fetch http://x/x.deb  Hash Sum mismatch"],
        f"cannot download {NAME}: Failed to fetch http://x/x.deb  Hash Sum mismatch (",
        "connect this machine to http://deb.debian.org/debian",
    ),
]


@pytest.mark.parametrize("row", TROUBLE, ids=[row[0] for row in TROUBLE])
def test_trouble_is_told_and_no_other_suite_asked(
    bench: Bench, archive: Archive, row: tuple[str, str, list[str], str, str]
) -> None:
    _, verb, lines, what, remedy = row
    said = "".join(f'echo "{line}"\n' for line in lines)
    archive.play("sid", verb, said + "exit 100")
    text = refused(bench)
    assert text.startswith(what)
    assert f"{remedy}, or give KDIR=path of a kernel tree" in text
    assert f"{bench.cache.logs}/{NAME}-sid.log" in text
    assert not any(call.startswith("old-security") for call in archive.calls())


def test_without_a_keyring_no_suite_is_asked(bench: Bench, archive: Archive) -> None:
    apt.KEYRING.unlink()
    assert "apt-get install debian-archive-keyring" in refused(bench)
    assert archive.calls()[-1] == "machine indextargets"


def test_what_an_earlier_run_said_is_forgotten(bench: Bench, archive: Archive) -> None:
    archive.play("sid", "update", f'echo "E: {UNSIGNED}"; exit 100')
    assert "cannot verify" in refused(bench)
    (bench.cache.root / "place").rmdir()
    archive.play("sid", "update", "exit 100")
    assert refused(bench).startswith(f"cannot download {NAME}: apt-get fails (")


# ---- a package with all that it needs ----

WHOLE = "qemu-new"  # the name of its configuration
MAKES = 'touch "${name#*=}/archives/qemu_1.deb" "${name#*=}/archives/libc6_1.deb"'


def whole(bench: Bench) -> list[str]:
    place = bench.cache.root / "place"
    place.mkdir()
    made = apt.download_whole("qemu", ("new", "old"), bench.cache, place, bench.log, bench.progress)
    assert all(archive.parent == place and archive.is_file() for archive in made)
    return [archive.name for archive in made]


def test_all_that_a_package_needs_is_downloaded(bench: Bench, archive: Archive) -> None:
    old = bench.cache.apt / WHOLE / "archives" / "qemu_0.deb"
    old.parent.mkdir(parents=True)
    old.touch()
    archive.play(WHOLE, "install", MAKES)
    assert whole(bench) == ["libc6_1.deb", "qemu_1.deb"]
    assert (bench.cache.apt / WHOLE / "sources.list").read_text() == "".join(
        f"deb [signed-by={apt.KEYRING} target=Packages] http://deb.debian.org/debian {suite} main\n"
        for suite in ("new", "old")
    )
    argv = bench.log.commands[-1].argv
    assert argv[-4:] == ["--download-only", "--target-release=new", "install", "qemu"]
    assert "Dir::State::Status=/dev/null" in argv and "APT::Install-Recommends=false" in argv


def test_what_cannot_be_had_whole_is_told_with_its_cause(bench: Bench, archive: Archive) -> None:
    archive.play(WHOLE, "install", "echo 'E: Unable to correct problems'; exit 100")
    with pytest.raises(Problem, match="cannot download qemu: Unable to correct problems") as caught:
        whole(bench)
    assert "install qemu yourself" in str(caught.value)
