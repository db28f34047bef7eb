# SPDX-License-Identifier: GPL-2.0
"""Drivers of selftests/ on models of their devices: all that a machine without them can tell."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from svacheck.places import SELFTESTS

pytestmark = pytest.mark.tree

PROGRAMS = ("bind", "fault", "invalidate", "isolation", "lifetime", "stream")
UNKNOWN = "does not say which operations it knows"
_NOT_OK = re.compile(r"^not ok \d+ (\S+)", re.MULTILINE)
_SKIP = re.compile(r"# SKIP (.*)")


def build(tree: Path, out: Path, *words: str) -> Path:
    """The programs for a driver, in a folder of their own."""
    argv = ["make", "-s", "-C", str(SELFTESTS), "-j2", f"KSRC={tree}", f"OUTPUT={out}", *words]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout, done.stdout
    return out


@pytest.fixture(scope="module")
def dsa(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tree, tmp_path_factory.mktemp("dsa"), "DRIVER=dsa", "MODEL=1")


@contextmanager
def model(programs: Path, root: Path, *settings: str) -> Iterator[Path]:
    """A model at work: the folder that its sysfs is in."""
    root.mkdir(exist_ok=True)
    argv = [str(programs / "model"), str(root), *settings]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdin and made.stdout
        assert made.stdout.readline() == "ready\n"
        yield root
        made.stdin.close()  # which ends it
        assert made.wait(timeout=60) == 0


def run(programs: Path, root: Path, name: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "svac_root": str(root), **settings}
    return subprocess.run(
        [str(programs / name)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=600,
    )


@pytest.mark.parametrize(
    "settings",
    [
        ("dedicated=0", "retry=3"),
        ("dedicated=1", "longest=8192"),
        ("dedicated=0", "blocks=0"),
        ("dedicated=1", "blocks=0", "queues=1"),
    ],
    ids=" ".join,
)
def test_cases_pass_on_the_model(dsa: Path, tmp_path: Path, settings: tuple[str, ...]) -> None:
    reasons = set()
    with model(dsa, tmp_path / "root", *settings) as root:
        for name in PROGRAMS:
            done = run(dsa, root, name)
            assert not _NOT_OK.findall(done.stdout), done.stdout
            assert done.returncode == 0, done.stdout
            reasons |= set(_SKIP.findall(done.stdout))
    asks = any("block_on_fault off" in reason for reason in reasons)
    assert asks == ("blocks=0" in settings)
    alone = any("one work queue" in reason for reason in reasons)
    assert alone == ("queues=1" in settings)


@pytest.mark.parametrize(
    "defect, program, case",
    [
        ("short", "bind", "bind.device_reads_what_the_program_wrote"),
        ("force", "fault", "fault.write_to_a_page_that_may_only_be_read"),
        ("force", "invalidate", "invalidate.page_made_read_only_is_not_written_to"),
        ("always-asks", "fault", "fault.untouched_page_without_requests"),
        ("never-asks", "fault", "fault.write_to_an_untouched_page"),
        ("last-opener", "isolation", "isolation.their_device_leaves_ours"),
        ("wrong-address", "fault", "fault.operation_ends_where_the_hole_begins"),
    ],
)
def test_defects_are_found(dsa: Path, tmp_path: Path, defect: str, program: str, case: str) -> None:
    with model(dsa, tmp_path / "root", f"defect={defect}") as root:
        done = run(dsa, root, program)
    assert case in _NOT_OK.findall(done.stdout), done.stdout


def test_a_device_that_ends_nothing_fails_and_is_not_waited_for(dsa: Path, tmp_path: Path) -> None:
    with model(dsa, tmp_path / "root", "defect=deaf") as root:
        done = run(dsa, root, "invalidate", svac_patience="100")
    assert len(_NOT_OK.findall(done.stdout)) == 19, done.stdout


@pytest.mark.parametrize(
    "file, value, why",
    [
        ("wq0.0/type", "kernel", "no work queue of DSA has type user"),
        ("wq0.0/state", "disabled", "no work queue of type user is enabled"),
        ("dsa0/pasid_enabled", "0", "idxd has not enabled PASIDs (pasid_enabled)"),
        ("wq0.0/mode", "odd", "a work queue does not say what mode it has"),
        ("dsa0/op_cap", "nonsense", f"a device {UNKNOWN} (op_cap)"),
        ("dsa0/op_cap", "1,2,3,4,5,6,7,8,9", f"a device {UNKNOWN} (op_cap)"),
        ("wq0.0/op_config", "-1", f"a work queue {UNKNOWN} (op_config)"),
        ("wq0.0/op_config", "0,9", "a work queue lacks an operation: no-op, move or fill"),
    ],
)
def test_what_is_not_there_is_said(
    dsa: Path, tmp_path: Path, file: str, value: str, why: str
) -> None:
    with model(dsa, tmp_path / "root", "queues=1") as root:
        (root / "sys/bus/dsa/devices" / file).write_text(value + "\n")
        done = run(dsa, root, "bind")
    assert done.returncode == 4
    assert f"1..0 # SKIP dsa-model: {why}" in done.stdout


def test_no_driver_at_all(dsa: Path, tmp_path: Path) -> None:
    done = run(dsa, tmp_path, "bind")
    assert done.returncode == 4
    assert "SKIP dsa-model: there is no driver idxd (/sys/bus/dsa/devices)" in done.stdout


def test_one_queue_can_be_named(dsa: Path, tmp_path: Path) -> None:
    with model(dsa, tmp_path / "root", "dedicated=1") as root:
        done = run(dsa, root, "isolation", svac_dsa="wq0.1")
        assert "there is one work queue, and it is dedicated" in done.stdout
        done = run(dsa, root, "isolation", svac_dsa="wq0.0,wq0.1")
        assert "there is one work queue" not in done.stdout
        done = run(dsa, root, "isolation", svac_dsa="wq0.10")
        assert "no work queue is there by that name" in done.stdout


def test_the_model_takes_no_nonsense(dsa: Path, tmp_path: Path) -> None:
    for argument in ("nonsense", "defect=nonsense", "queues=99", "=1"):
        argv = [str(dsa / "model"), str(tmp_path), argument]
        done = subprocess.run(argv, stderr=subprocess.PIPE, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (2, f"dsa-model: {argument} is no setting\n")


def test_a_program_for_devices_holds_no_model(tree: Path, dsa: Path, tmp_path: Path) -> None:
    real = build(tree, tmp_path / "real", "DRIVER=dsa", "PROGRAMS=bind")
    assert b"dsa-model" in (dsa / "bind").read_bytes()
    assert b"dsa-model" not in (real / "bind").read_bytes()
    assert not (real / "model").exists()
