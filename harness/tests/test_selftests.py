# SPDX-License-Identifier: GPL-2.0
"""selftests/Makefile and run_kselftest.sh as those meet them who know the kernel's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from svacheck import ktap
from svacheck.places import SELFTESTS
from svacheck.programcases import program_names

PROGRAM = '#include "kselftest_harness.h"\nint main(void) { return shared() + %d; }\n'


@pytest.fixture(name="checkout")
def small_checkout(tmp_path: Path) -> Path:
    """selftests/ with two programs of a line, and a kernel tree of one header."""
    folder, header = tmp_path / "selftests", "tools/testing/selftests/kselftest_harness.h"
    for part in ("lib", "drivers/mock", "drivers/mine"):
        (folder / part).mkdir(parents=True)
    for name in ("Makefile", "run_kselftest.sh"):
        shutil.copy(SELFTESTS / name, folder / name)
    (folder / "one.c").write_text(PROGRAM % 0)
    (folder / "two.c").write_text(PROGRAM % 1)
    (folder / "init.c").write_text("int main(void) { return 0; }\n")
    (folder / "lib/shared.c").write_text(
        "int device(void);\nint shared(void);\nint shared(void) { return device(); }\n"
    )
    for driver, value in (("mock", 0), ("mine", 4)):
        (folder / f"drivers/{driver}/x.c").write_text(
            f"int device(void);\nint device(void) {{ return {value}; }}\n"
        )
    (tmp_path / "linux" / header).parent.mkdir(parents=True)
    (tmp_path / "linux" / header).write_text("int shared(void);\n")
    return tmp_path


def make(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS",)}
    argv = ["make", "-C", "selftests", f"KSRC={checkout}/linux", *words]
    return subprocess.run(
        argv,
        cwd=checkout,
        env={**clean, "LC_ALL": "C"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {**os.environ, **settings}
    return subprocess.run(
        [folder / "run_kselftest.sh", *words],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def results(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("ok", "not ok"))]


def test_install_as_the_kernels_own(checkout: Path) -> None:
    done = make(checkout, "install", f"INSTALL_PATH={checkout}/here")
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout
    here = checkout / "here"
    assert (here / "kselftest-list.txt").read_text() == "svacheck:one\nsvacheck:two\n"
    assert (here / "svacheck/settings").read_text() == "timeout=300\n"
    assert {path.name for path in (here / "svacheck").iterdir()} == {"one", "two", "settings"}
    made = run(here)
    assert made.returncode == 1
    assert results(made.stdout) == [
        "ok 1 selftests: svacheck: one",
        "not ok 2 selftests: svacheck: two # exit=1",
    ]
    again = make(checkout, "install", f"INSTALL_PATH={checkout}/here")
    assert again.returncode == 0
    assert (here / "kselftest-list.txt").read_text() == "svacheck:one\nsvacheck:two\n"


def test_installed_beside_the_kernels_own(checkout: Path) -> None:
    here = checkout / "here"
    (here / "kselftest").mkdir(parents=True)
    (here / "run_kselftest.sh").write_text("the kernel's\n")
    (here / "kselftest-list.txt").write_text("mm:soft-dirty\nsvacheck:of-before\n")
    assert make(checkout, "install", f"INSTALL_PATH={here}").returncode == 0
    assert (here / "run_kselftest.sh").read_text() == "the kernel's\n"
    listed = (here / "kselftest-list.txt").read_text()
    assert listed == "mm:soft-dirty\nsvacheck:one\nsvacheck:two\n"


def test_the_device_of_a_vendor(checkout: Path) -> None:
    done = make(checkout, "DRIVER=mine", f"OUTPUT={checkout}/out")
    assert done.returncode == 0, done.stdout
    assert subprocess.run([checkout / "out/one"]).returncode == 4
    assert subprocess.run([checkout / "out/two"]).returncode == 5


def test_what_make_is_not_told(checkout: Path) -> None:
    assert "say where: INSTALL_PATH=path" in make(checkout, "install").stdout
    (checkout / "linux/tools/testing/selftests/kselftest_harness.h").unlink()
    (checkout / "selftests/build/one.o").unlink(missing_ok=True)
    assert "name a kernel tree, KSRC=path" in make(checkout).stdout


def test_one_list_of_programs() -> None:
    argv = ["make", "-s", "-C", str(SELFTESTS), "--no-print-directory", "list"]
    environment = {**os.environ, "MAKEFLAGS": "", "MAKELEVEL": "0"}
    listed = subprocess.run(argv, env=environment, text=True, stdout=subprocess.PIPE, check=True)
    assert sorted(listed.stdout.split()) == program_names(SELFTESTS)


@pytest.fixture(name="installed")
def installed_programs(tmp_path: Path) -> Path:
    """What is installed, of programs that are scripts: one for each exit status."""
    here = tmp_path / "installed"
    (here / "svacheck").mkdir(parents=True)
    shutil.copy(SELFTESTS / "run_kselftest.sh", here)
    names = [f"exit-{status}" for status in range(5)] + ["slow", "absent", "talks"]
    (here / "kselftest-list.txt").write_text("".join(f"svacheck:{name}\n" for name in names))
    (here / "svacheck/settings").write_text("timeout=60\n")
    for name in names:
        text = {"slow": "exec sleep 100", "talks": 'echo "ok 1 $*"; echo two >&2'}.get(
            name, "exit " + name[-1]
        )
        (here / "svacheck" / name).write_text(f"#!/bin/sh\n{text}\n")
        (here / "svacheck" / name).chmod(0o755)
    (here / "svacheck/absent").unlink()
    return here


def of(*names: str) -> list[str]:
    return [word for name in names for word in ("-t", f"svacheck:{name}")]


def test_what_each_exit_status_means(installed: Path) -> None:
    made = run(installed, *of("exit-0", "exit-1", "exit-2", "exit-3", "exit-4", "absent"))
    assert made.returncode == 1
    assert made.stdout.startswith("TAP version 13\n1..6\n# selftests: svacheck: exit-0\n")
    assert results(made.stdout) == [
        "ok 1 selftests: svacheck: exit-0",
        "not ok 2 selftests: svacheck: exit-1 # exit=1",
        "ok 3 selftests: svacheck: exit-2 # XFAIL",
        "not ok 4 selftests: svacheck: exit-3 # exit=3",
        "ok 5 selftests: svacheck: exit-4 # SKIP",
        "not ok 6 selftests: svacheck: absent # exit=127",
    ]
    assert made.stdout.endswith("# Totals: pass:1 fail:3 xfail:1 xpass:0 skip:1 error:0\n")
    document = ktap.read(made.stdout.splitlines(keepends=True))
    assert document.complete and not document.serious()


def test_it_fails_only_if_a_program_does(installed: Path) -> None:
    assert run(installed, *of("exit-0", "exit-2", "exit-4")).returncode == 0
    assert run(installed, "-f", *of("exit-1")).returncode == 0


def test_a_time_limit(installed: Path) -> None:
    made = run(installed, "-o", "1", *of("slow"))
    assert results(made.stdout) == ["not ok 1 selftests: svacheck: slow # TIMEOUT 1 seconds"]
    (installed / "svacheck/settings").write_text("# of the collection\ntimeout=1\n")
    assert "# TIMEOUT 1 seconds" in run(installed, *of("slow")).stdout


def test_output_and_options_of_a_program(installed: Path) -> None:
    made = run(installed, *of("talks"), KSELFTEST_TALKS_ARGS="-t one")
    assert made.stdout.splitlines()[4:7] == [
        "# ok 1 -t one",
        "# two",
        "ok 1 selftests: svacheck: talks",
    ]


def test_output_that_goes_elsewhere(installed: Path, tmp_path: Path) -> None:
    made = run(installed, "-s", *of("talks"))
    assert "# two" not in made.stdout
    assert "# two" in (installed / "output.log").read_text()
    made = run(installed, "-p", str(tmp_path / "logs"), *of("talks"))
    assert "# two" in (tmp_path / "logs/talks").read_text()


def test_what_is_run(installed: Path) -> None:
    listed = run(installed, "-l").stdout
    assert listed == (installed / "kselftest-list.txt").read_text()
    made = run(installed, "-d", "-c", "svacheck", "-S", "svacheck:slow")
    assert made.returncode == 0 and len(results(made.stdout)) == 7
    assert "slow" not in made.stdout
    for words, told in (
        (["-t", "svacheck:nobody"], "No such test 'svacheck:nobody'"),
        (["-c", "nobody"], "No such collection 'nobody'"),
        (["-t"], "-t wants a value"),
        (["--strange"], "Usage: "),
    ):
        made = run(installed, *words)
        assert made.returncode == 1 and told in made.stdout
    assert run(installed, "--help").returncode == 0
