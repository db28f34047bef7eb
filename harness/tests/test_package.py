# SPDX-License-Identifier: GPL-2.0
"""The Debian package: lintian has nothing to say, and it runs from /usr as the checkout does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from svacheck import VERSION
from svacheck.places import ROOT

PACKAGING = ROOT / "packaging" / "debian"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def test_the_changelog_has_the_version_of_the_program() -> None:
    newest = (PACKAGING / "changelog").read_text().splitlines()[0]
    assert newest.startswith(f"svacheck ({VERSION}) ")


@pytest.mark.parametrize("name", ["svacheck.install", "svacheck.docs"])
def test_what_is_installed_is_there(name: str) -> None:
    for line in (PACKAGING / name).read_text().splitlines():
        source = line.split()[0]
        assert source.startswith("debian/made/") or (ROOT / source).exists(), source


@pytest.fixture(scope="module", name="package")
def _package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for tool in ("dh", "lintian", "dh_python3"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is missing: [package] of scripts/packages says what it takes")
    folder = tmp_path_factory.mktemp("package")
    said = subprocess.run(
        [ROOT / "scripts" / "deb", folder], stdout=subprocess.PIPE, text=True, check=True
    )
    return Path(said.stdout.strip())


@pytest.mark.kernel
@pytest.mark.slow
def test_lintian_has_nothing_to_say(package: Path) -> None:
    argv: list[str | Path] = [
        "lintian",
        "--allow-root",
        "--display-info",
        "--fail-on=error,warning,info",
    ]
    changes = next(package.parent.glob("*.changes"))
    said = subprocess.run([*argv, changes], stdout=subprocess.PIPE, text=True)
    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.kernel
@pytest.mark.slow
def test_it_has_what_commands_read_and_belongs_to_root(package: Path) -> None:
    argv: list[str | Path] = ["dpkg-deb", "--contents", package]
    listed = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout
    for name in (
        "usr/bin/svacheck",
        "usr/share/bash-completion/completions/svacheck",
        "usr/share/doc/svacheck/changelog.gz",
        "usr/share/doc/svacheck/copyright",
        "usr/share/man/man1/svacheck.1.gz",
        "usr/share/svacheck/kunit/carried/sva-domain.c",
    ):
        assert f" ./{name}" in listed, name
    assert not re.search(r"^.{5}w|^.{8}w", re.sub(r"^l.*\n", "", listed, flags=re.M), re.M)
    assert "/tests/" not in listed and "__pycache__" not in listed


@pytest.mark.kernel
@pytest.mark.slow
def test_it_runs_where_nothing_can_be_written(package: Path, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can become another user")
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    root, home = tmp_path / "root", tmp_path / "home"
    subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    home.mkdir()
    shutil.chown(home, 65534, 65534)
    svacheck = root / "usr" / "bin" / "svacheck"

    def run(*arguments: str) -> tuple[int, str]:
        argv = [*NOBODY, "env", "-i", f"HOME={home}", "PATH=/usr/bin:/bin", str(svacheck)]
        argv += arguments
        done = subprocess.run(argv, cwd=home, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    assert run("--version") == (0, f"svacheck {VERSION}\n")
    assert run("rules", "--check")[0] == 0
    assert run("list")[0] == 0
    assert run("profiles", "--check")[0] == 0
    status, said = run("lint")
    assert status == 2 and "looks at a checkout" in said
    status, said = run("show", "last")
    assert status == 2 and f"{home}/.local/state/svacheck/results" in said


@pytest.mark.kernel
@pytest.mark.slow
def test_in_a_fresh_debian_it_judges_as_the_checkout_does(package: Path, tmp_path: Path) -> None:
    if os.geteuid() or not shutil.which("mmdebstrap"):
        pytest.skip("it takes root, and mmdebstrap")
    run = tmp_path / "run.json"
    with run.open("w") as file:
        subprocess.run([ROOT / "scripts" / "svacheck", "check", "--json"], stdout=file, check=True)
    argv: list[str | Path] = [ROOT / "scripts" / "roots", "--with", package, "--with", run]
    install = f"apt-get -q -y install --no-install-recommends /srv/{package.name}"
    check = "cd && svacheck check --json >theirs.json"
    argv += ["bookworm", "--", f"apt-get -q update && {install}", f"su - stranger -c '{check}'"]
    argv += ["/usr/bin/python3 harness/tests/same_verdicts.py /srv/run.json ~stranger/theirs.json"]
    said = subprocess.run(argv, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
