# SPDX-License-Identifier: GPL-2.0
"""Drivers of selftests/ on models of their devices: all that a machine without them can tell."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from svacheck.places import SELFTESTS

pytestmark = pytest.mark.tree

PROGRAMS = ("batch", "bind", "fault", "invalidate", "isolation", "lifetime", "stream")
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


@pytest.fixture(scope="module")
def real(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program for devices, and none for the model."""
    return build(tree, tmp_path_factory.mktemp("real"), "DRIVER=dsa", "PROGRAMS=bind")


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
        ("wrong-address", "batch", "batch.fault_ends_it"),
        ("no-fence", "batch", "batch.it_is_done_in_its_order"),
        ("no-fence", "batch", "batch.fault_ends_it"),
    ],
)
def test_defects_are_found(dsa: Path, tmp_path: Path, defect: str, program: str, case: str) -> None:
    with model(dsa, tmp_path / "root", f"defect={defect}") as root:
        done = run(dsa, root, program)
    assert case in _NOT_OK.findall(done.stdout), done.stdout


@pytest.mark.parametrize("setting", ["batch=2", "opcodes=0x39"])
def test_batches_that_a_queue_does_not_take_are_left_out(
    dsa: Path, tmp_path: Path, setting: str
) -> None:
    with model(dsa, tmp_path / "root", setting) as root:
        done = run(dsa, root, "batch")
    assert done.returncode == 0
    reason = "a work queue takes no batch of three (op_cap, max_batch_size)"
    assert _SKIP.findall(done.stdout).count(reason) == 6, done.stdout


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


def test_queues_of_others_are_left_alone(dsa: Path, tmp_path: Path) -> None:
    with model(dsa, tmp_path / "root", "dedicated=1", "queues=1") as root:
        place = os.open(root / "dev/dsa", os.O_PATH)  # its path may be too long for a socket
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
            other.connect(f"/proc/self/fd/{place}/wq0.0")
            other.recv(4)
            done = run(dsa, root, "bind")
        os.close(place)
        assert done.returncode == 4
        assert "SKIP dsa-model: a work queue is in use by another program" in done.stdout
        assert run(dsa, root, "bind").returncode == 0


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


def test_a_program_for_devices_holds_no_model(real: Path, dsa: Path) -> None:
    assert b"dsa-model" in (dsa / "bind").read_bytes()
    assert b"dsa-model" not in (real / "bind").read_bytes()
    assert not (real / "model").exists()


def test_instructions_are_spelt_right(real: Path) -> None:
    argv = ["objdump", "-d", str(real / "drivers" / "dsa" / "port.o")]
    said = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert re.search(r"movdir64b \(%rdx\),%rax", said)
    assert re.search(r"enqcmd \(%rdx\),%rax", said)


def test_descriptors_are_what_a_queue_is_given(real: Path, dsa: Path, tmp_path: Path) -> None:
    """By write(), to a file in place of the queue: it takes them, and answers nothing."""
    with model(dsa, tmp_path / "root", "queues=1"):
        pass  # for its files in place of sysfs
    queue = tmp_path / "root" / "dev" / "dsa" / "wq0.0"
    queue.unlink()
    queue.write_bytes(b"")
    settings = {"svac_dsa_submit": "write", "svac_patience": "100"}
    done = run(real, tmp_path / "root", "bind", **settings)
    assert "bind.device_writes_what_the_program_reads" in _NOT_OK.findall(done.stdout)
    words = struct.unpack("<IIQQQIHHQQQ", queue.read_bytes()[:64])
    who, what, record, pattern, target, size, *rest = words
    assert who == 0  # the queue knows the PASID, and nobody is privileged
    assert what == 4 << 24 | 0x0E  # to fill; the record is valid and wanted, and block on fault
    assert record % 32 == 0 and record
    assert (pattern, target % 4096, size) == (0x5A5A5A5AA5A5A5A5, 0, 8)
    assert not any(rest)


def test_a_processor_without_the_instructions(real: Path, dsa: Path, tmp_path: Path) -> None:
    flags = Path("/proc/cpuinfo").read_text().split()
    for mode, flag in (("dedicated=1", "movdir64b"), ("dedicated=0", "enqcmd")):
        with model(dsa, tmp_path / "root", mode):
            pass
        done = run(real, tmp_path / "root", "bind", svac_dsa_submit="portal")
        reason = f"SKIP dsa: the processor has no {flag.upper()}"
        assert (reason in done.stdout) == (flag not in flags), done.stdout


# ---- devices that can only copy ----


@pytest.fixture(scope="module", params=["uio_pci_generic_sva", "uacce"])
def copier(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    out = tmp_path_factory.mktemp("copier") / request.param
    return build(tree, out, f"DRIVER={request.param}", "MODEL=1")


def test_cases_pass_on_a_device_that_copies(copier: Path, tmp_path: Path) -> None:
    passed = 0
    with model(copier, tmp_path / "root") as root:
        for name in PROGRAMS:
            if name == "lifetime":  # whose operations are long for who copies by pages
                continue
            done = run(copier, root, name)
            assert (done.returncode, _NOT_OK.findall(done.stdout)) == (0, []), done.stdout
            passed += len(re.findall(r"^ok \d+ \w", done.stdout, re.MULTILINE))
    assert passed > 50


@pytest.mark.parametrize(
    "defect, program, case",
    [
        ("short", "bind", "bind.device_reads_what_the_program_wrote"),
        ("last-opener", "isolation", "isolation.their_device_leaves_ours"),
        ("stale", "invalidate", "invalidate.page_mapped_in_its_place_is_the_one_that_is_reached"),
    ],
)
def test_defects_of_a_device_that_copies_are_found(
    copier: Path, tmp_path: Path, defect: str, program: str, case: str
) -> None:
    with model(copier, tmp_path / "root", defect) as root:
        done = run(copier, root, program)
    assert case in _NOT_OK.findall(done.stdout), done.stdout


@pytest.mark.parametrize(
    "driver, file, value, why",
    [
        ("uio", "name", "other", "no device of uio is one of uio_pci_generic_sva"),
        ("uio", "device/device", "0x1", "nobody knows how to tell such a device to work"),
        ("uio", "maps/map0/size", "0x1000", "a device has fewer registers than it needs"),
        ("uacce", "flags", "0", "an accelerator does not take addresses of processes"),
        ("uacce", "api", "hisi_qm_v3", "nobody knows how to tell an accelerator of that api"),
        ("uacce", "region_mmio_size", "1", "an accelerator has fewer registers than it needs"),
        ("uacce", "available_instances", "0", "an accelerator has no queue left"),
    ],
)
def test_what_a_device_that_copies_lacks_is_said(
    copier: Path, tmp_path: Path, driver: str, file: str, value: str, why: str
) -> None:
    if not copier.name.startswith(driver):
        return
    with model(copier, tmp_path / "root") as root:
        for place in (root / "sys" / "class" / driver).iterdir():
            (place / file).write_text(value + "\n")
        done = run(copier, root, "bind")
    assert done.returncode == 4
    assert why in done.stdout


def test_a_device_is_not_opened_while_another_process_has_it(tree: Path, tmp_path: Path) -> None:
    out = build(tree, tmp_path / "uio", "DRIVER=uio_pci_generic_sva", "MODEL=1")
    with model(out, tmp_path / "root") as root:
        done = run(out, root, "isolation", svac_uio="uio0")
        assert "SKIP there is one device" in done.stdout
        done = run(out, root, "isolation")
        assert "isolation.processes_have_pasids_of_their_own" in done.stdout
        assert done.returncode == 0
