# SPDX-License-Identifier: GPL-2.0
"""The kit: made here, run in a folder of its own with an empty environment, taken in again."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from test_driver_models import model
from test_readme import hold

from svacheck import cli, results
from svacheck.certify import archive
from svacheck.certify.evidence import sha256
from svacheck.kit import importing, layout, make, running, suite
from svacheck.places import ROOT
from svacheck.progress import Progress

pytestmark = pytest.mark.tree

KIT = ROOT / "harness" / "svacheck" / "kit"
DRIVER = "dsa-model"
QUICK = ("--driver", DRIVER, "--rounds", "1", "--programs", "isolation,invalidate")


@pytest.fixture(scope="module")
def kit(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One, unpacked."""
    folder = tmp_path_factory.mktemp("kit")
    options = make.Options(kdir=tree, drivers=("dsa",), models=True, out=folder / "kit.tar.xz")
    made = make.make(options, Progress(quiet=True))
    with tarfile.open(made) as packed:
        packed.extractall(folder)
    return folder / make.TOP


def run(
    kit: Path, folder: Path, *words: str, root: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """./run in a folder, with nothing in its environment but what its programs are told."""
    environment = {"svac_root": str(root)} if root else {}
    return subprocess.run(
        [str(kit / "run"), *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def brought(kit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a whole run on a model."""
    folder = tmp_path_factory.mktemp("there")
    with model(kit / "programs" / DRIVER, folder / "root") as root:
        words = ("--driver", DRIVER, "--rounds", "3", "--device", "wq0.0,wq0.1")
        done = run(kit, folder, *words, "--out", "r.tar.xz", root=root)
    assert done.returncode == 0, done.stdout
    assert "\nPASS  " in done.stdout
    return folder / "r.tar.xz"


def unpacked(path: Path) -> dict[str, bytes]:
    return archive.unpack(path, layout.RESULTS)


def packed(path: Path, files: Mapping[str, bytes]) -> Path:
    """An archive of these, with sums that fit."""
    names = sorted(set(files) - {layout.SUMS})
    sums = "".join(f"{sha256(files[name])}  {name}\n" for name in names)
    path.write_bytes(archive.pack({**files, layout.SUMS: sums.encode()}, layout.RESULTS))
    return path


def take(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """svacheck import, and what it says."""
    status = cli.main(["import", str(path)])
    said = capsys.readouterr()
    return status, said.out + said.err


def with_record(path: Path, brought: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    files = unpacked(brought)
    record = json.loads(files[layout.RECORD])
    change(record)
    return packed(path, {**files, layout.RECORD: json.dumps(record).encode()})


# ---- there ----


def test_run_prints_what_the_readme_shows(kit: Path, tmp_path: Path) -> None:
    with model(kit / "programs" / DRIVER, tmp_path / "root") as root:
        done = run(kit, tmp_path, "--driver", DRIVER, "--rounds", "1", root=root)
    here = os.uname()
    said = done.stdout.replace(here.release, "6.18.44-fc-v669")
    hold("README: --driver dsa-model", said.replace(f"-{here.nodename}-", "-machine-"))


def test_what_goes_along_is_python_3_8_and_its_library_alone(kit: Path) -> None:
    ours = {"svacheck"}
    for path in sorted((kit / "lib").rglob("*.py")):
        if path.parent.name == "doctor":  # which has such a test of its own
            continue
        parsed = ast.parse(path.read_text(), feature_version=(3, 8))
        for node in ast.walk(parsed):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                assert top in sys.stdlib_module_names | ours, f"{path}: {name}"
        text = path.read_text()
        assert "removeprefix" not in text and "removesuffix" not in text, path


def test_run_leaves_the_kit_as_it_was(kit: Path, brought: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=kit, check=False)
    assert done.returncode == 0
    listed = {line.split("  ")[1] for line in (kit / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(kit)) for path in kit.rglob("*") if path.is_file()}
    assert there == listed | {"SHA256SUMS"}


def test_the_kit_is_the_same_for_the_same_files(kit: Path, tmp_path: Path) -> None:
    make._pack(kit, tmp_path / "a.tar.xz")
    time.sleep(1.1)
    make._pack(kit, tmp_path / "b.tar.xz")
    assert (tmp_path / "a.tar.xz").read_bytes() == (tmp_path / "b.tar.xz").read_bytes()


def test_drivers_are_listed(kit: Path, tmp_path: Path) -> None:
    done = run(kit, tmp_path, "--list")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"{name}: there is no driver idxd (/sys/bus/dsa/devices)" for name in ("dsa", DRIVER)
    ]


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "there is no device to try: dsa: there is no driver idxd"),
        (("--driver", "none"), "the kit has no driver none"),
        ((*QUICK[:4], "--programs", "none"), "the kit has no program none"),
        ((*QUICK, "--out", "taken"), "the results cannot be written there"),
        ((*QUICK, "--out", "none/x"), "the results cannot be written there"),
        ((*QUICK, "--device", "a b"), "--device is a name"),
        ((*QUICK, "--rounds", "0"), "--rounds is from 1 to 100"),
        ((*QUICK, "--module", "nonsense"), "a device is a bus and a name"),
    ],
)
def test_what_cannot_be_tried(kit: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "taken").write_text("")
    there = tmp_path / "root"
    if words:
        with model(kit / "programs" / DRIVER, there) as root:
            done = run(kit, tmp_path, *words, root=root)
    else:
        done = run(kit, tmp_path)
    assert done.returncode == 2
    assert said in done.stdout
    assert not list(tmp_path.glob("*.xz"))


def test_a_module_needs_headers(kit: Path, tmp_path: Path) -> None:
    with model(kit / "programs" / DRIVER, tmp_path / "root") as root:
        done = run(kit, tmp_path, *QUICK, "--module", "pci:0000:00:01.0", root=root)
    has_module = (kit / "module").is_dir()
    said = "there are no headers" if has_module else "this kit has no module"
    if has_module and Path(f"/lib/modules/{os.uname().release}/build").is_dir():
        pytest.skip("this machine has headers of its kernel")
    assert (done.returncode, said in done.stdout) == (2, True), done.stdout


@pytest.mark.parametrize("file", ["run", "programs/dsa/bind", "lib/svacheck/kit/target.py"])
def test_a_kit_that_was_changed_does_not_run(kit: Path, tmp_path: Path, file: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(kit, copy)
    with open(copy / file, "ab") as changed:
        changed.write(b"\n")
    done = run(copy, tmp_path, "--list")
    assert done.returncode == 2
    assert f"the kit was changed: {file}" in done.stdout


def test_a_kit_that_is_not_whole_does_not_run(kit: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(kit, copy)
    (copy / "kit.json").unlink()
    done = run(copy, tmp_path, "--list")
    assert (done.returncode, "the kit is not whole" in done.stdout) == (2, True)


def test_a_program_that_hangs_is_ended(
    kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with model(kit / "programs" / DRIVER, tmp_path / "root", "defect=deaf") as root:
        words = (*QUICK[:4], "--programs", "bind", "--limit", "1", "--out", "r.tar.xz")
        done = run(kit, tmp_path, *words, root=root)
    assert done.returncode == 2
    assert "1/1 bind: no end" in done.stdout
    assert "NO VERDICT  1 programs: bind did not come to an end" in done.stdout
    status, said = take(tmp_path / "r.tar.xz", capsys)
    assert status == 2
    assert "boot bind: the time limit ended it" in said


def test_no_process_of_a_program_is_left(tmp_path: Path) -> None:
    """Not even one in a group of its own, as a harness makes one for each case."""
    program, told = tmp_path / "program", tmp_path / "pid"
    program.write_text(
        "#!/bin/sh\n/usr/bin/python3 -c '"
        "import os, time; os.setpgid(0, 0); "
        f'open("{told}", "w").write(str(os.getpid())); time.sleep(60)\' &\n'
        f"while [ ! -s {told} ]; do sleep 0.1; done\n"
    )
    program.chmod(0o755)
    log = running.KernelLog()
    running.run(program, tmp_path / "console", {"PATH": os.environ["PATH"]}, 30, log)
    state = Path("/proc", told.read_text(), "stat")
    assert not state.exists() or ") Z " in state.read_text()  # its heir may take its time


def test_an_interrupt_keeps_what_ran(
    kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with model(kit / "programs" / DRIVER, tmp_path / "root", "defect=deaf") as root:
        argv = [str(kit / "run"), *QUICK, "--out", "r.tar.xz"]
        environment = {"svac_root": str(root)}
        with subprocess.Popen(
            argv, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
        ) as made:
            assert made.stdout
            assert "driver dsa-model" in made.stdout.readline()
            time.sleep(0.5)
            made.send_signal(signal.SIGINT)
            assert "INTERRUPTED" in made.stdout.read()
            assert made.wait() == 130
    status, said = take(tmp_path / "r.tar.xz", capsys)
    assert status == 2
    assert "interrupted" in said


def test_where_nothing_passes_there_is_a_verdict(kit: Path, tmp_path: Path) -> None:
    words = (*QUICK[:4], "--programs", "invalidate", "--out", "r.tar.xz")
    with model(kit / "programs" / DRIVER, tmp_path / "root", "defect=force") as root:
        done = run(kit, tmp_path, *words, root=root)
    assert (done.returncode, "\nFAIL  1 programs" in done.stdout) == (1, True), done.stdout


def test_what_fails_there_fails_here(
    kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with model(kit / "programs" / DRIVER, tmp_path / "root", "defect=force") as root:
        done = run(kit, tmp_path, *QUICK, "--out", "r.tar.xz", root=root)
    assert done.returncode == 1
    assert "\nFAIL  2 programs" in done.stdout
    status, said = take(tmp_path / "r.tar.xz", capsys)
    assert status == 1
    assert "BROKEN FLT-012" in said
    assert "invalidate.page_made_read_only_is_not_written_to/upstream" in said


# ---- and here ----


def test_what_it_brings_is_a_run(brought: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = take(brought, capsys)
    assert status == 0
    assert "lane hw-model | 3 rounds" in said
    folder, record = results.load("last")
    assert record["tree"]["kind"] == "installed"
    assert record["tree"]["identity"]["driver"] == DRIVER
    assert record["tree"]["identity"]["device"] == "wq0.0,wq0.1"
    assert (record["select"], record["rounds"], record["verdict"]) == ("", 3, "pass")
    assert {boot["glob"] for boot in record["boots"]} == set(suite.programs()) - {"unasked"}
    assert (folder / importing.ARCHIVE).read_bytes() == brought.read_bytes()
    assert (folder / "kit" / "place" / "doctor.json").is_file()
    verdicts = {rule["id"]: rule["verdict"] for rule in record["rules"]}
    assert verdicts["FLT-003"] == "kept"
    assert verdicts["DEV-010"] == "not covered"


def test_a_certificate_of_it_is_what_its_evidence_gives(
    brought: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert take(brought, capsys)[0] == 0
    words = ["certify", "--profile", "sva-without-pri", "--run", "last", "--out"]
    assert cli.main([*words, str(tmp_path / "certificate")]) == 2
    said = capsys.readouterr().out
    assert "NO VERDICT" in said and "NOT DEMONSTRATED" in said
    assert cli.main(["verify", str(tmp_path / "certificate")]) == 0


def test_a_model_is_no_device(brought: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["certify", "--profile", "sva-without-pri", "--device", "wq0.0,wq0.1"]
    assert cli.main(words) == 2
    assert "no run of device wq0.0,wq0.1 is stored (--device)" in capsys.readouterr().err
    assert take(brought, capsys)[0] == 0
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert "no run of device wq0.0,wq0.1 is stored, but one of its model" in said


@pytest.mark.parametrize("profile", ["device", "device-with-pri"])
def test_a_model_is_never_certified(
    brought: Path, profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert take(brought, capsys)[0] == 0
    words = ["certify", "--profile", profile, "--run", "last", "--out", str(tmp_path / "c")]
    assert cli.main(words) == 2
    said = capsys.readouterr().out
    assert "NO VERDICT" in said and "is of a model, which says nothing of the device" in said
    assert cli.main(["verify", str(tmp_path / "c")]) == 0
    assert "NO VERDICT" in capsys.readouterr().out


def pretend(record: dict[str, Any]) -> None:
    """What a model has said, as if a device had."""
    record.update(driver="dsa", kernel_log=True)


DEVICE = ("--device", "wq0.0,wq0.1")


def test_a_device_is_found_by_its_name(
    brought: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_record(tmp_path / "r.tar.xz", brought, pretend)
    assert take(path, capsys)[0] == 0
    words = ["certify", "--profile", "sva-without-pri", *DEVICE]
    assert cli.main(words) == 2  # what only the mock can show is not demonstrated
    assert "lane hw\n" in capsys.readouterr().out


@pytest.mark.parametrize("profile", ["device", "device-with-pri"])
def test_a_device_is_certified_for_what_programs_show(
    brought: Path, profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_record(tmp_path / "r.tar.xz", brought, pretend)
    assert take(path, capsys)[0] == 0
    folder = tmp_path / "certificate"
    words = ["certify", "--profile", profile, *DEVICE, "--out", str(folder)]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert "\nCERTIFIED" in said and "rules that only cases in the kernel can show are not" in said
    page = (folder / "certificate.md").read_text()
    assert "- device: `wq0.0,wq0.1`, by driver `dsa`" in page
    assert "- runs that count: those of lane hw" in page
    its = {
        rule["id"]: rule for rule in json.loads((folder / "certificate.json").read_text())["rules"]
    }
    assert its["FLT-010"]["class"] == "must" and its["FLT-010"]["verdict"] == "kept"
    for rule in ("DRV-003", "PASID-015", "GRP-001", "HW-001", "CTL-001"):
        if rule in its:
            assert (its[rule]["class"], its[rule]["verdict"]) == ("outside", "not demonstrated")
    assert cli.main(["verify", str(folder)]) == 0


def test_what_a_device_has_not_shown_is_not_demonstrated(
    brought: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_record(tmp_path / "a.tar.xz", brought, pretend)
    files = unpacked(path)
    about = [case for case, rules in suite.cited().cases.items() if "FLT-012" in rules]
    passed = re.compile(rf"^(ok \d+ ({'|'.join(map(re.escape, about))}))$".encode(), re.M)
    for name in [name for name in files if name.endswith(".console")]:
        files[name] = passed.sub(rb"\1 # SKIP this device has no time", files[name])
    assert take(packed(tmp_path / "r.tar.xz", files), capsys)[0] == 0
    assert cli.main(["certify", "--profile", "device", *DEVICE]) == 2
    said = capsys.readouterr().out
    assert "NO VERDICT" in said
    assert "NOT DEMONSTRATED FLT-012, must: " in said and "this device has no time" in said


def test_hardware_whose_kernel_was_not_heard_has_no_verdict(
    brought: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_record(
        tmp_path / "r.tar.xz", brought, lambda it: it.update(driver="dsa", kernel_log=False)
    )
    status, said = take(path, capsys)
    assert status == 2
    assert "what the kernel said could not be read" in said


def test_a_warning_of_the_kernel_fails_its_case(
    brought: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = unpacked(brought)
    name = "consoles/2-bind.console"
    mark = b"[   10.000000] WARNING: CPU: 0 PID: 1 at drivers/iommu/iommu.c:1 iommu_x+0x1/0x2\n"
    lines = files[name].splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith(b"ok 1 "))
    files[name] = b"".join([*lines[:at], mark, *lines[at:]])
    status, said = take(packed(tmp_path / "r.tar.xz", files), capsys)
    assert status != 0
    assert "a WARNING in iommu_x()" in said


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda it: it["kit"].update(suite_sha256="0" * 64), "the kit has other cases than this"),
        (lambda it: it.update(format=2), "format: 1 was expected"),
        (lambda it: it.update(started="yesterday"), "started: "),
        (lambda it: it.update(driver="../x"), "driver: "),
        (lambda it: it.update(more=1), "'more' was unexpected"),
        (lambda it: it["kernel"].update(release="a b"), "kernel/release: "),
        (lambda it: it["settings"].update(PATH="/"), "settings"),
        (lambda it: it.update(boots=[]), "boots: "),
        (lambda it: it["boots"][0].update(program="hostile"), "there is no program hostile"),
        (lambda it: it["boots"][0].update(console="../../x"), "does not fit its files"),
        (lambda it: it["boots"].append(it["boots"][0]), "a program ran twice in a round"),
        (lambda it: it.update(rounds=2), "or in one too many"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(
    brought: Path,
    tmp_path: Path,
    results: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], object],
    said: str,
) -> None:
    status, told = take(with_record(tmp_path / "r.tar.xz", brought, change), capsys)
    assert status == 2
    assert said in told
    assert not results.exists()


def test_a_round_that_is_not_whole_is_no_verdict(
    brought: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_record(tmp_path / "r.tar.xz", brought, lambda it: it["boots"].pop())
    status, said = take(path, capsys)
    assert status == 2
    assert "not every program ran in every round" in said


def _flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda content: content[:-100], "ends too early"),
        (lambda content: content[: len(content) // 2], "ends too early"),
        (_flip, "the archive is damaged"),
        (lambda content: content + b"more", "something stands after the end"),
        (lambda content: b"", "it is no xz"),
        (lambda content: b"PK" + content, "it is no xz"),
    ],
)
def test_an_archive_that_was_changed_is_refused(
    brought: Path,
    tmp_path: Path,
    results: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[bytes], bytes],
    said: str,
) -> None:
    path = tmp_path / "r.tar.xz"
    path.write_bytes(change(brought.read_bytes()))
    status, told = take(path, capsys)
    assert (status, said in told) == (2, True), told
    assert not results.exists()


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda it: it.update({"consoles/1-bind.console": b"ok 1 x\n"}), "is not what its SHA-256"),
        (lambda it: it.update({"place/more": b"x"}), "place/more was added"),
        (lambda it: it.pop("consoles/1-bind.console"), "1-bind.console is not there any more"),
        (lambda it: it.pop(layout.SUMS), "SHA256SUMS is not there"),
        (lambda it: it.pop(layout.RECORD), "record.json is not there"),
        (lambda it: it.update({layout.SUMS: b"\xff"}), "SHA256SUMS cannot be read"),
    ],
)
def test_files_that_do_not_fit_their_sums_are_refused(
    brought: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, bytes]], object],
    said: str,
) -> None:
    files = unpacked(brought)
    change(files)
    path = tmp_path / "r.tar.xz"
    path.write_bytes(archive.pack(files, layout.RESULTS))
    status, told = take(path, capsys)
    assert (status, said in told) == (2, True), told


def test_what_no_kit_writes_is_refused(
    brought: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = tarfile.TarInfo("svacheck-results/consoles/x")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    above = tarfile.TarInfo("svacheck-results/../../x")
    absolute = tarfile.TarInfo("/etc/x")
    for number, info in enumerate((link, above, absolute)):
        path = tmp_path / f"{number}.tar.xz"
        with tarfile.open(path, "w:xz", format=tarfile.USTAR_FORMAT) as made:
            made.addfile(info)
        status, told = take(path, capsys)
        assert status == 2
        assert "this is no results of a kit of svacheck: it holds what is no plain file" in told
    certificate = tmp_path / "certificate.tar.xz"
    certificate.write_bytes(archive.pack({"a": b""}))
    assert take(certificate, capsys)[0] == 2


def test_a_bomb_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.tar.xz"
    path.write_bytes(archive.pack({"consoles/x": b"\0" * (64 << 20)}, layout.RESULTS))
    assert path.stat().st_size < 1 << 20
    monkeypatch.setattr(archive, "LARGEST_FILE", 1 << 20)
    status, told = take(path, capsys)
    assert (status, "consoles/x is too large" in told) == (2, True)


def test_there_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = take(tmp_path / "none.tar.xz", capsys)
    assert (status, "cannot read the archive: No such file" in told) == (2, True)


def test_lanes_of_kits_boot_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for lane in ("hw", "hw-model"):
        assert cli.main(["check", "--lane", lane]) == 2
        assert f"lane {lane} boots nothing" in capsys.readouterr().err


def test_a_kit_of_no_driver(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["kit", "--driver", "mock", "--out", str(tmp_path / "k")]) == 2
    assert "there is no driver mock for a kit" in capsys.readouterr().err
    assert cli.main(["kit", "--out", str(tmp_path)]) == 2
    assert "it is a folder" in capsys.readouterr().err
