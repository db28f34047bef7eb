# SPDX-License-Identifier: GPL-2.0
"""The doctor on machines that exist as files alone: each tells the truth about one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fake_machine
import pytest
from doctor_says import DSA, device, finding, lacking, look, off
from fake_machine import CAP, CAPABLE, ECAP, EFR, ENDPOINT, INTEGRATED, FakeMachine, intel_server
from fake_machine import acs, ats, pasid, pri, space

from svacheck.doctor import command
from svacheck.doctor.diagnose import diagnose
from svacheck.doctor.root import Root
from svacheck.places import DOCTOR_SCHEMA
from svacheck.results import schema_fault

# ---- whole machines ----


def test_a_server_with_dsa_on_which_all_is_well(tmp_path: Path) -> None:
    record = look(intel_server(tmp_path))
    assert (record["verdict"], lacking(record), lacking(device(record))) == ("usable", [], [])
    assert device(record)["verdict"] == "yes"
    assert device(record)["queues"][0] == {
        "name": "wq0.0",
        "type": "user",
        "mode": "shared",
        "state": "enabled",
        "block_on_fault": "1",
        "driver": "",
    }
    assert device(record, "0000:00:1f.0")["verdict"] == "no"


@pytest.mark.parametrize(
    ("changes", "who", "id"),
    [
        ({"cmdline": "intel_iommu=on", "space": off()}, "machine", "boot.scalable"),
        ({"cmdline": "intel_iommu=on,sm_on,sm_off", "space": off()}, "machine", "boot.scalable"),
        ({"cmdline": "intel_iommu=sm_on pci=realloc,noats"}, "machine", "boot.ats"),
        ({"symbols": ()}, "machine", "kernel.sva"),
        ({"symbols": None, "config": "INTEL_IOMMU"}, "machine", "kernel.sva"),
        (
            {"config": fake_machine.INTEL_CONFIG.replace("INTEL_IOMMU_SVM", "")},
            "machine",
            "kernel.INTEL_IOMMU_SVM",
        ),
        ({"ecap": ECAP & ~(1 << 43)}, "unit", "vtd.SMTS"),
        ({"ecap": ECAP & ~(1 << 40)}, "unit", "vtd.PASID"),
        ({"ecap": ECAP & ~(1 << 47)}, "unit", "vtd.FSTS"),
        ({"ecap": ECAP & ~(1 << 48)}, "unit", "vtd.SMPWCS"),
        ({"ecap": ECAP & ~(1 << 2)}, "unit", "vtd.DT"),
        ({"cap": CAP & ~(1 << 56)}, "unit", "vtd.FS1GP"),
        ({"cap": CAP & ~(1 << 60), "flags": "la57 pdpe1gb"}, "unit", "vtd.FS5LP"),
        ({"space": space(INTEGRATED, (ats(), pri()))}, "device", "device.pasid"),
        ({"space": space(INTEGRATED, (pasid(width=0), ats(), pri()))}, "device", "device.pasid"),
        ({"space": space(INTEGRATED, (pasid(), pri()))}, "device", "device.ats"),
        ({"space": off(pasid(), ats(False), pri())}, "device", "device.ats-enabled"),
        ({"space": off(pasid(), ats(), pri(False))}, "device", "device.pri-enabled"),
        ({"space": off()}, "device", "device.pasid-enabled"),
        ({"space": space(INTEGRATED, (pasid(False),), False)}, "device", "device.prefix"),
    ],
)
def test_one_thing_lacks(changes: dict[str, Any], who: str, id: str, tmp_path: Path) -> None:
    record = look(intel_server(tmp_path, **changes))
    assert record["verdict"] == "not usable"
    assert device(record)["verdict"] == "no"
    holder = {"machine": record, "unit": record["units"][0], "device": device(record)}[who]
    assert finding(holder, id)["verdict"] == "no"
    assert id in lacking(holder)


def test_what_is_not_needed_with_this_processor_does_not_count(tmp_path: Path) -> None:
    record = look(intel_server(tmp_path, cap=0, flags="fpu"))
    assert finding(record["units"][0], "vtd.FS1GP")["verdict"] == "no"
    assert record["verdict"] == "usable"


def test_a_device_without_pri_is_bound_and_cannot_page(tmp_path: Path) -> None:
    record = look(intel_server(tmp_path, space=space(INTEGRATED, (pasid(), ats()))))
    assert record["verdict"] == "usable"
    assert finding(device(record), "device.pri")["verdict"] == "no"
    assert "lock" in finding(device(record), "device.pri")["remedy"]


@pytest.mark.parametrize(("value", "verdict"), [("0", "no"), ("", "unknown"), ("1", "yes")])
def test_idxd_gives_programs_pasids_or_not(value: str, verdict: str, tmp_path: Path) -> None:
    machine = intel_server(tmp_path)
    machine.write(f"{machine.places[DSA]}/dsa0/pasid_enabled", value + "\n")
    found = device(look(machine))
    assert finding(found, "idxd.pasid")["verdict"] == found["verdict"] == verdict


def test_a_queue_that_programs_cannot_use_is_told(tmp_path: Path) -> None:
    machine = intel_server(tmp_path)
    machine.write(f"{machine.places[DSA]}/dsa0/wq0.0/state", "disabled\n")
    found = device(look(machine))
    assert finding(found, "idxd.queue")["verdict"] == "no"
    assert found["verdict"] == "yes"


def test_pasids_that_are_on_show_scalable_mode(tmp_path: Path) -> None:
    config = fake_machine.INTEL_CONFIG
    record = look(intel_server(tmp_path, cmdline="", config=config))
    assert finding(record, "boot.scalable")["verdict"] == "yes"
    assert record["verdict"] == "usable"


def test_no_iommu(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path)
    machine.cpu("GenuineIntel", fake_machine.INTEL_FLAGS)
    machine.kernel("7.3.4", config=fake_machine.INTEL_CONFIG)
    machine.symbols(*fake_machine.SYMBOLS)
    machine.tables()
    (tmp_path / "sys/class/iommu").mkdir(parents=True)
    machine.function(DSA, off())
    record = look(machine)
    assert record["verdict"] == "not usable"
    assert finding(record, "boot.iommu")["why"] == "the firmware describes none"
    assert "device.unit" in lacking(device(record))


@pytest.mark.parametrize(
    ("cmdline", "config", "why"),
    [
        ("intel_iommu=off", fake_machine.INTEL_CONFIG, "intel_iommu=off is on the command line"),
        ("iommu=off", fake_machine.INTEL_CONFIG, "iommu=off is on the command line"),
        ("", "INTEL_IOMMU", "VT-d is off unless asked for"),
        ("quiet -- intel_iommu=off", "PCI", "CONFIG_INTEL_IOMMU is not set"),
    ],
)
def test_why_no_iommu_is_at_work(cmdline: str, config: str, why: str, tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path)
    machine.cpu("GenuineIntel", fake_machine.INTEL_FLAGS)
    machine.kernel("7.3.4", cmdline=cmdline, config=config)
    machine.tables("DMAR")
    (tmp_path / "sys/class/iommu").mkdir(parents=True)
    record = look(machine)
    assert finding(record, "boot.iommu")["why"] == why
    assert "boot.scalable" not in [each["id"] for each in record["findings"]]


@pytest.mark.parametrize(
    ("cmdline", "config", "translated", "strict"),
    [
        ("", "", "unknown", "unknown"),
        ("", "IOMMU_DEFAULT_DMA_LAZY", "yes", "no"),
        ("", "IOMMU_DEFAULT_DMA_STRICT", "yes", "yes"),
        ("", "IOMMU_DEFAULT_PASSTHROUGH", "no", "no"),
        ("iommu=pt iommu.strict=1", "IOMMU_DEFAULT_DMA_LAZY", "no", "yes"),
        ("iommu=pt iommu.passthrough=0", "", "yes", "unknown"),
        ("intel_iommu=on,strict", "IOMMU_DEFAULT_PASSTHROUGH", "no", "yes"),
    ],
)
def test_what_holds_for_requests_without_a_pasid(
    cmdline: str, config: str, translated: str, strict: str, tmp_path: Path
) -> None:
    options = f"{fake_machine.INTEL_CONFIG} {config}" if config else ""
    record = look(intel_server(tmp_path, cmdline=cmdline, config=options))
    assert finding(record, "boot.translated")["verdict"] == translated
    assert finding(record, "boot.strict")["verdict"] == strict
    assert record["verdict"] == "usable"


# ---- kernels ----


@pytest.mark.parametrize(
    ("release", "version", "verdict"),
    [
        ("6.1.0-45-amd64", "Debian 6.1.192-2 (2026-11-01)", "no"),
        ("6.1.0-30-amd64", "Debian 6.1.124-1 (2025-01-12)", "unknown"),
        ("6.12.117", "", "no"),
        ("6.12.117", "built on Debian 12.2.0-14", "no"),
        ("6.18.3", "", "unknown"),
        ("6.18.4", "", "no"),
        ("6.18.7", "", "yes"),
        ("6.19.0-rc1", "", "yes"),
        ("7.3.4", "", "yes"),
        ("6.8.0-45-generic", "", "unknown"),
    ],
)
def test_kernels_that_refuse_on_x86(
    release: str, version: str, verdict: str, tmp_path: Path
) -> None:
    config = fake_machine.INTEL_CONFIG.replace("ASYNC_KERNEL_PGTABLE_FREE", "")
    changes = {"release": release, "version": version, "config": config, "symbols": None}
    record = look(intel_server(tmp_path, **changes))
    assert finding(record, "kernel.bind")["verdict"] == verdict
    expected = {"yes": "usable", "no": "not usable", "unknown": "undecided"}
    assert record["verdict"] == expected[verdict]


def test_what_the_kernel_shows_counts_more_than_its_version(tmp_path: Path) -> None:
    config = fake_machine.INTEL_CONFIG.replace("ASYNC_KERNEL_PGTABLE_FREE", "")
    symbols = ("iommu_sva_bind_device",)
    record = look(intel_server(tmp_path, config=config, symbols=symbols))
    assert finding(record, "kernel.bind")["verdict"] == "unknown"


@pytest.mark.parametrize("sign", ["symbols", "config"])
def test_a_backport_of_the_remedy_shows(sign: str, tmp_path: Path) -> None:
    symbols = fake_machine.SYMBOLS if sign == "symbols" else None
    config = fake_machine.INTEL_CONFIG if sign == "config" else "IOMMU_SVA"
    record = look(intel_server(tmp_path, release="6.12.117", symbols=symbols, config=config))
    assert finding(record, "kernel.bind")["verdict"] == "yes"


def test_ubuntu_says_which_kernel_it_is(tmp_path: Path) -> None:
    config = fake_machine.INTEL_CONFIG.replace("ASYNC_KERNEL_PGTABLE_FREE", "")
    machine = intel_server(tmp_path, release="6.18.0-9-generic", config=config, symbols=None)
    machine.write("proc/version_signature", "Ubuntu 6.18.0-9.9-generic 6.18.5\n")
    bind = finding(look(machine), "kernel.bind")
    assert (bind["verdict"], bind["where"]) == ("no", "/proc/version_signature")


def test_without_its_options_a_kernel_shows_by_its_symbols(tmp_path: Path) -> None:
    record = look(intel_server(tmp_path, config=""))
    assert lacking(record) == []
    assert record["verdict"] == "usable"


def test_without_options_or_symbols_it_is_undecided(tmp_path: Path) -> None:
    record = look(intel_server(tmp_path, config="", symbols=None, cmdline="", space=off()))
    assert finding(record, "kernel.sva")["verdict"] == "unknown"
    assert finding(record, "boot.scalable")["verdict"] == "unknown"


def test_a_kernel_before_6_2_wants_singletons_and_pri(tmp_path: Path) -> None:
    machine = intel_server(tmp_path, release="6.1.100", space=space(INTEGRATED, (pasid(), ats())))
    machine.function("0000:6a:02.0", off(), unit="dmar0", group="7")
    found = lacking(device(look(machine)))
    assert {"device.group", "device.pri"} <= set(found)


# ---- other IOMMUs ----


def amd(root: Path, features: int = EFR, kind: str = "identity", **kernel: str) -> FakeMachine:
    """A server of AMD with a device below a root port."""
    machine = FakeMachine(root)
    machine.cpu("AuthenticAMD", "fpu pdpe1gb")
    config = "AMD_IOMMU IOMMU_SVA PCI_PASID PCI_ATS PCI_PRI MMU_NOTIFIER"
    machine.kernel(kernel.get("release", "7.3.4"), cmdline=kernel.get("cmdline", ""), config=config)
    machine.symbols(*fake_machine.SYMBOLS)
    machine.tables("IVRS")
    machine.amd_unit(kernel.get("features_text", f"{features:x}:0"))
    port = space(fake_machine.ROOT_PORT, (acs(),))
    machine.function("0000:00:01.0", port, unit="ivhd0", group="1")
    caps = (pasid(kind == "identity"), ats(), pri())
    machine.function("0000:01:00.0", space(ENDPOINT, caps), above="0000:00:01.0", unit="ivhd0")
    machine.join("sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0", "0000:01:00.0", "2", kind)
    return machine


def test_amd(tmp_path: Path) -> None:
    record = look(amd(tmp_path))
    assert (record["verdict"], lacking(record)) == ("usable", [])


@pytest.mark.parametrize("bit", [1, 4, 48, 50])
def test_amd_without_a_feature(bit: int, tmp_path: Path) -> None:
    record = look(amd(tmp_path, features=EFR & ~(1 << bit)))
    assert record["verdict"] == "not usable"
    assert len(lacking(record["units"][0])) == 1


@pytest.mark.parametrize(
    ("release", "features", "verdict"),
    [
        ("7.3.4", f"{EFR:x}:0", "yes"),
        ("7.3.4", f"0:{EFR:x}", "no"),
        ("6.1.100", f"0:{EFR:x}", "yes"),
        ("6.1.100", f"{EFR:x}:0", "no"),
        ("6.6.10", f"{EFR:x}:{EFR:x}", "unknown"),
        ("6.6.10", f"{EFR:x}", "yes"),
    ],
)
def test_amd_has_two_registers_in_an_order_that_has_changed(
    release: str, features: str, verdict: str, tmp_path: Path
) -> None:
    unit = look(amd(tmp_path, release=release, features_text=features))["units"][0]
    assert finding(unit, "amd.GTSup")["verdict"] == verdict


def test_amd_with_a_default_domain_of_version_1(tmp_path: Path) -> None:
    found = device(look(amd(tmp_path, kind="DMA-FQ")), "0000:01:00.0")
    assert finding(found, "device.amd-domain")["verdict"] == "no"
    assert "pgtbl_v2" in finding(found, "device.amd-domain")["remedy"]


def arm(root: Path, log: str = "") -> FakeMachine:
    """A server of Arm's with a device below a root port, and one that is not on PCI."""
    machine = FakeMachine(root)
    machine.arm()
    machine.kernel("7.3.4", config=fake_machine.ARM_CONFIG)
    machine.symbols("iommu_sva_bind_device")
    machine.tables("IORT")
    machine.plain_unit("smmu3.0x0000000148000000", "arm-smmu-v3.0.auto", "arm-smmu-v3")
    unit = "smmu3.0x0000000148000000"
    port = space(fake_machine.ROOT_PORT, (acs(),))
    machine.function("0000:00:00.0", port, unit=unit, group="0")
    end = space(ENDPOINT, (pasid(),))
    machine.function("0000:01:00.0", end, above="0000:00:00.0", unit=unit, group="1")
    if log:
        machine.write("var/log/dmesg", log)
    return machine


SMMU_LINE = "[    1.0] arm-smmu-v3 arm-smmu-v3.0.auto: ias 48-bit, oas 48-bit (features 0x{:08x})\n"


@pytest.mark.parametrize(
    ("log", "verdict"),
    [
        ("", "undecided"),
        (SMMU_LINE.format(1 << 17 | 0xDEF), "usable"),
        (SMMU_LINE.format(0xDEF), "not usable"),
        (SMMU_LINE.replace("3.0.auto", "3.9.auto").format(1 << 17), "undecided"),
        (SMMU_LINE.replace("ias 48-bit, ", "").format(1 << 17), "usable"),
    ],
)
def test_smmuv3(log: str, verdict: str, tmp_path: Path) -> None:
    assert look(arm(tmp_path, log))["verdict"] == verdict


def test_accelerators_off_pci(tmp_path: Path) -> None:
    machine = arm(tmp_path, SMMU_LINE.format(1 << 17))
    where = "sys/devices/platform/HISI02A1:00"
    machine.uacce("hisi_zip-0", where, "1")
    machine.link(f"{where}/iommu", tmp_path / "sys/class/iommu/smmu3.0x0000000148000000")
    assert device(look(machine), "HISI02A1:00")["verdict"] == "yes"
    machine.write(f"{where}/uacce/hisi_zip-0/flags", "0\n")
    record = look(machine, "HISI02A1:00")
    assert (record["verdict"], len(record["devices"])) == ("not usable", 1)


def test_an_iommu_of_another_kind(tmp_path: Path) -> None:
    machine = arm(tmp_path)
    machine.plain_unit("smmu.0x150000", "arm-smmu.1.auto", "arm-smmu")
    machine.plain_unit("mock", "mock-iommu", "mock")
    units = {unit["name"]: unit for unit in look(machine)["units"]}
    assert finding(units["smmu.0x150000"], "unit.sva")["verdict"] == "no"
    assert finding(units["mock"], "unit.sva")["verdict"] == "unknown"


def test_an_iommu_that_nobody_knows_is_not_held_against_the_driver_of_another(
    tmp_path: Path,
) -> None:
    machine = FakeMachine(tmp_path)
    machine.cpu("AuthenticAMD", "fpu")
    machine.kernel("7.3.4", config="IOMMU_SVA PCI_PASID PCI_ATS MMU_NOTIFIER")
    machine.symbols("iommu_sva_bind_device", "iommu_sva_invalidate_kva_range")
    machine.plain_unit("mock", "mock-iommu", "mock")
    machine.function(DSA, space(INTEGRATED, CAPABLE), unit="mock", group="1")
    record = look(machine)
    assert (record["verdict"], lacking(record)) == ("undecided", [])
    assert lacking(device(record)) == ["device.unit-sva"]


# ---- what is not visible, and what is not as it should be ----


def test_without_privileges_it_is_not_visible_and_never_absent(tmp_path: Path) -> None:
    record = look(intel_server(tmp_path, space=space(INTEGRATED, CAPABLE)[:64]))
    found = device(record)
    assert record["verdict"] == "undecided"
    assert finding(found, "device.pasid")["verdict"] == "not visible"
    assert "root" in finding(found, "device.pasid")["remedy"]
    assert "device.pasid" in lacking(found)


def test_what_rules_sva_out_needs_no_privileges(tmp_path: Path) -> None:
    changes = {"space": space(INTEGRATED, CAPABLE)[:64], "symbols": ()}
    assert look(intel_server(tmp_path, **changes))["verdict"] == "not usable"


def test_a_device_that_is_gone(tmp_path: Path) -> None:
    found = device(look(intel_server(tmp_path, space=b"\xff" * 4096)))
    assert finding(found, "device.pasid")["why"].startswith("it reads as all ones")
    assert found["verdict"] == "not visible"


def test_an_empty_root_is_undecided(tmp_path: Path) -> None:
    assert look(FakeMachine(tmp_path))["verdict"] == "undecided"


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\0", b"\xff\xfe\x00" * 50, b"9" * 5000, b"[[[\n" * 9],
    ids=["empty", "zero", "binary", "digits", "brackets"],
)
def test_garbage_in_any_file_is_survived(garbage: bytes, tmp_path: Path) -> None:
    machine = intel_server(tmp_path / "whole")
    files = [path for path in machine.root.rglob("*") if path.is_file() and not path.is_symlink()]
    for path in files:
        before = path.read_bytes()
        path.write_bytes(garbage)
        diagnose(Root(str(machine.root)))
        path.write_bytes(before)
    for path in files:
        path.write_bytes(garbage)
    assert look(machine)["verdict"] != "usable"


def test_capabilities_that_lead_in_circles(tmp_path: Path) -> None:
    data = bytearray(space(INTEGRATED, CAPABLE))
    data[0x41] = 0x40
    data[0x102:0x104] = (0x100 << 4 | 1).to_bytes(2, "little")
    assert device(look(intel_server(tmp_path, space=bytes(data))))["verdict"] == "no"


def test_links_do_not_lead_out_of_the_root(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("CONFIG_IOMMU_SVA=y\n")
    machine = intel_server(tmp_path / "root", config="", symbols=None)
    (machine.root / "boot").mkdir(exist_ok=True)
    (machine.root / "boot/config-7.3.4").symlink_to(secret)
    assert finding(look(machine), "kernel.sva")["verdict"] == "unknown"


@pytest.mark.parametrize("level", [[], ["-v"], ["-q"]])
def test_nothing_hostile_reaches_the_terminal(
    level: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b[31m\x07\u202eevil"
    machine = intel_server(tmp_path, release="7.3.4", version=hostile)
    machine.write("proc/cpuinfo", f"vendor_id : {hostile}\nmodel name : {hostile}\nflags : fpu\n")
    machine.write("proc/sys/kernel/osrelease", f"7.3.4{hostile}\n")
    machine.write("proc/cmdline", f"intel_iommu=on,sm_on,{hostile}\n")
    machine.intel_unit(f"dmar{hostile}", ecap=0)
    machine.function("0000:00:05.0", off(), driver=hostile, unit="dmar0", group=f"9{hostile}")
    machine.write(f"{machine.places[DSA]}/dsa0/wq0.0/mode", hostile)
    command.main(["--root", str(tmp_path), *level])
    shown = capsys.readouterr().out
    assert not set("\x1b\x07\u202e") & set(shown)
    assert command.main(["--root", str(tmp_path), "--json"]) in (0, 1, 2)
    assert "\x1b" not in capsys.readouterr().out


def test_what_is_not_yes_has_a_reason_and_a_remedy(tmp_path: Path) -> None:
    """The schema asks for it; this is that the schema does."""
    record = look(intel_server(tmp_path, ecap=0))
    record["units"][0]["findings"][0]["remedy"] = ""
    assert schema_fault(record, DOCTOR_SCHEMA)
