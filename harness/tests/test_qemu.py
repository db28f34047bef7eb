# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_qemu import Machine

from svacheck import boot as booting
from svacheck import check, console, emulator, ktap, qemu, qmp, topologies
from svacheck.errors import Problem
from svacheck.model import Emulated
from svacheck.model import Machine as Chosen
from svacheck.topologies import Step, Topology

PLUG = Topology(
    devices=("pcie-root-port,id=rp", "virtio-rng-pci,bus=rp"),
    globals=("ICH9-LPC.x=off",),
    kernel_args=("svac_real_pci=acs",),
    steps={"plug": Step("plug", "device_add", {"driver": "edu", "id": "late"})},
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def use(patch: pytest.MonkeyPatch, topology: Topology) -> None:
    patch.setattr(topologies, "of", lambda case: topology)


def alone(machine: Machine, case: str = "svac1_a.one") -> Any:
    return booting.boot_alone(machine.build, case, machine.bench.log, machine.out)


def test_the_console_is_a_file_and_the_command_is_kept(machine: Machine) -> None:
    made = booting.boot(machine.build, "main", "svac_*", machine.bench.log, machine.out)
    assert (made.timed_out, made.interrupted, made.glob) == (False, False, "svac_*")
    assert machine.out.read_bytes().endswith(
        b"reboot: Restarting system\r\nreboot: machine restart\r\n"
    )
    argv = machine.argv()
    assert argv[argv.index("-append") + 1] == (
        "quiet console=ttyS0 oops=panic panic=-1 kunit_shutdown=reboot kunit.enable=1"
        " kunit.filter_glob=svac_*"
    )
    assert argv[argv.index("-accel") + 1] == "tcg" and argv[argv.index("-smp") + 1] == "2"
    assert "-no-reboot" in argv
    assert not {"-qmp", "-device", "-initrd"} & set(argv)
    assert machine.bench.log.commands[-1].argv[1:] == argv


def test_a_program_is_in_an_archive_and_prints_by_way_of_the_log(machine: Machine) -> None:
    archive = machine.out.with_name("x.cpio")
    made = booting.boot_program(
        machine.build, "bind", "bind", archive, ["svac_run=bind"], machine.bench.log, machine.out
    )
    assert (made.timed_out, made.interrupted, made.glob) == (False, False, "bind")
    argv = machine.argv()
    assert argv[argv.index("-append") + 1] == (
        "quiet console=ttyS0 oops=panic panic=-1 kunit.enable=0 printk.devkmsg=on"
        " svac_console=/dev/kmsg svac_end=restart svac_run=bind"
    )
    assert argv[argv.index("-initrd") + 1] == str(archive)


def test_cases_are_listed_behind_what_firmware_says(machine: Machine) -> None:
    listed = booting.list_cases(machine.build, machine.bench.log, machine.out)
    assert listed == ["svac_a.one", "svac_a.two"]


def test_no_qemu_is_a_problem_with_a_remedy(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=r"missing to boot this lane: .* install qemu-system-x86"):
        alone(machine)


def test_what_qemu_has_to_say_is_a_problem(machine: Machine) -> None:
    machine.does("print('no such device'); sys.exit(1)")
    with pytest.raises(Problem, match="QEMU does not boot: no such device"):
        alone(machine)


def test_one_that_says_nothing_and_ends_well(machine: Machine) -> None:
    machine.does("")
    with pytest.raises(Problem, match="QEMU does not boot: no message"):
        alone(machine)


def test_one_that_is_killed_leaves_what_it_has_written(machine: Machine) -> None:
    machine.does("say('KTAP version 1\\n'); os.kill(os.getpid(), signal.SIGKILL)")
    made = qemu.boot(machine.build, "main", "svac_*", machine.bench.log, machine.out)
    assert not made.timed_out and not made.interrupted
    assert machine.out.read_bytes() == b"KTAP version 1\r\n"
    ended = console.ending(machine.out.read_text().splitlines(keepends=True), made.timed_out)
    assert console.ENDINGS[ended.kind] == "the output stops without a word from the kernel"


def test_a_hang_is_a_time_out(machine: Machine) -> None:
    machine.build.lane = replace(machine.build.lane, boot_timeout=1)
    machine.does("say('begun\\n'); time.sleep(600)")
    made = alone(machine)
    assert made.timed_out and machine.out.read_bytes() == b"begun\r\n"


def test_an_interrupt_is_reported(machine: Machine) -> None:
    machine.does(f"say('begun\\n'); os.kill({os.getpid()}, signal.SIGINT); time.sleep(600)")
    made = alone(machine)
    assert made.interrupted and not made.timed_out


# ---- KVM or not ----


def choose(machine: Machine) -> Chosen:
    return qemu.choose_machine(machine.build, machine.bench.log, machine.out)


@pytest.fixture
def kvm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    device = tmp_path / "kvm"
    device.touch()
    monkeypatch.setattr(qemu, "KVM", device)
    return device


def test_kvm_is_used_once_this_kernel_has_booted_under_it(machine: Machine, kvm: Path) -> None:
    chosen = choose(machine)
    assert chosen.accelerator == "kvm"
    machine.build = replace(machine.build, machine=chosen)
    alone(machine)
    assert machine.argv()[machine.argv().index("-accel") + 1] == "kvm"


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("if kvm: print('no irqchip'); sys.exit(1)", "KVM does not work: .*no irqchip"),
        ("say('SeaBIOS\\n'); time.sleep(60 * kvm)", "never ends within 1 s under KVM"),
        ("say('SeaBIOS\\nKernel panic - not syncing: x\\n')", "never comes to its end under KVM"),
    ],
)
def test_a_broken_kvm_is_not_used(
    machine: Machine, kvm: Path, monkeypatch: pytest.MonkeyPatch, does: str, why: str
) -> None:
    monkeypatch.setattr(qemu, "PROBE_LIMIT", 1)
    machine.does(does)
    chosen = choose(machine)
    assert chosen.accelerator == "tcg"
    assert re.search(why, chosen.why)


def test_no_kvm(machine: Machine, kvm: Path) -> None:
    kvm.unlink()
    assert choose(machine).why == f"there is no {kvm}"


def test_an_interrupt_of_the_trial(machine: Machine, kvm: Path) -> None:
    machine.does(f"say('begun\\n'); os.kill({os.getpid()}, signal.SIGINT); time.sleep(600)")
    with pytest.raises(KeyboardInterrupt):
        choose(machine)


# ---- a lane that asks for machines ----


def test_a_case_has_the_machine_that_its_lane_asks_for(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Emulated((10, 0), ("new",), "max,la57=off", ("intel-iommu,x=on", "edu,addr=4"))
    second = Emulated((11, 1), ("newer",), "max", ("intel-iommu,y=on",), "svac_b_*")
    lane = replace(machine.build.lane, machines=(first, second))
    programs = {first: str(machine.program), second: "/nonexistent"}
    monkeypatch.setattr(
        emulator, "provide", lambda wanted, *_: emulator.Emulator(programs[wanted], "x")
    )
    monkeypatch.setenv("PATH", "/nonexistent")
    bench = machine.bench
    machines = qemu.provide(lane, bench.cache, bench.log, bench.progress)
    assert [(m.program, m.accelerator, m.version) for m in machines.values()] == [
        (program, "tcg", "x") for program in programs.values()
    ]
    machine.build = replace(machine.build, lane=lane, machines=machines)
    for case in ("svac1_a.one", "svac_a_*", "svac_a_b.one", ""):
        alone(machine, case)
        argv = machine.argv()
        assert argv[argv.index("-cpu") + 1] == first.cpu
        devices = [argv[at + 1] for at, word in enumerate(argv) if word == "-device"]
        assert devices == list(first.devices)
    with pytest.raises(Problem, match="/nonexistent"):
        alone(machine, "svac_b_x.one")


# ---- topologies and QMP ----

OK = "b'{\"return\": {}}'"


def test_a_case_has_its_devices(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, replace(PLUG, steps={}))
    alone(machine)
    argv = machine.argv()
    assert [argv[at + 1] for at, word in enumerate(argv) if word == "-device"] == list(PLUG.devices)
    assert argv[argv.index("-global") + 1] == "ICH9-LPC.x=off"
    assert "svac_real_pci=acs" in argv[argv.index("-append") + 1]


def test_what_the_kernel_asks_for_is_done(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, PLUG)
    event = 'b\'{"event": "DEVICE_DELETED"}\\n{"return": {}}\''
    machine.does(f"hear([{OK}, {event}]); say('reboot: Restarting system\\n')")
    made = alone(machine)
    assert not made.timed_out
    heard = [json.loads(line) for line in machine.heard()]
    assert [one["execute"] for one in heard] == ["qmp_capabilities", "device_add"]
    assert heard[1]["arguments"] == {"driver": "edu", "id": "late"}
    said = machine.out.with_name("x.console.qmp").read_text().splitlines()
    assert [line[:2] for line in said] == ["< ", "> ", "< ", "> ", "< ", "< "]


def test_nothing_is_plugged_before_what_was_there_has_gone(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {**PLUG.steps, "unplug": Step("unplug", "device_del", {"id": "late"})}
    use(monkeypatch, replace(PLUG, steps=steps))
    machine.does(f"hear([{OK}, None, {OK}], 'unplug', 'plug'); say('reboot: Restarting system\\n')")
    alone(machine)
    heard = [json.loads(line)["execute"] for line in machine.heard()]
    assert heard == ["qmp_capabilities", "device_del", "gone", "device_add"]


def test_what_qemu_refuses_is_a_problem(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, PLUG)
    no = 'b\'{"error": {"desc": "no slot"}}\''
    machine.does(f"hear([{OK}, {no}]); time.sleep(600)")
    with pytest.raises(Problem, match="QEMU refuses device_add: no slot"):
        alone(machine)


@pytest.mark.parametrize("answer", ["b'nonsense'", "b'7'"])
def test_what_is_no_qmp_is_a_problem(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    use(monkeypatch, PLUG)
    machine.does(f"hear([{answer}]); time.sleep(600)")
    with pytest.raises(Problem, match="QEMU cannot be reached for step plug: it says"):
        alone(machine)


def test_a_qemu_that_hangs_up_is_a_problem(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, PLUG)
    machine.does("hear([]); sys.exit(0)")
    with pytest.raises(Problem, match="cannot be reached for step plug"):
        alone(machine)


def test_a_step_that_there_is_not_is_a_problem(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, PLUG)
    machine.does("say('        # svac-host: quit\\n'); time.sleep(600)")
    with pytest.raises(Problem, match="asks for a step 'quit' that there is not"):
        alone(machine)


# ---- what a real machine's console is read as ----


def golden(name: str) -> list[str]:
    return check.read_lines(Path(__file__).parent / "golden" / name)


@pytest.mark.timeout(20)
def test_what_a_guest_asks_for_is_found_among_blank_lines() -> None:
    said = b"\n" * 100_000 + b"x\n # svac-host: plug-1 \r\n\nsvac-host: plug-2\n"
    assert qmp.ASKED.findall(said) == [b"plug-1", b"plug-2"]


def test_a_serial_console_with_firmware_before_it_is_read() -> None:
    lines = golden("serial.console")
    document = ktap.read(lines)
    assert lines[0].endswith("\r\n") and "SeaBIOS" in lines[0]
    assert document.complete and not document.serious()
    (case,) = ktap.cases(document)
    assert (case.id, case.status) == ("svac1_topology.root_port_and_endpoint/carried", "pass")
    assert case.rules == ["GRP-042", "GRP-015", "GRP-016"]
    assert console.ending(lines, False).kind == "halted" and not console.reports(lines)


def test_a_panic_on_a_serial_console_is_one() -> None:
    lines = golden("serial-panic.console")
    assert console.ending(lines, False).kind == "panic"
    assert [report.kind for report in console.reports(lines)] == ["panic"]


def test_a_serial_console_that_stops_is_no_good_end() -> None:
    lines = golden("serial.console")
    last = next(n for n, line in enumerate(lines) if line.startswith("reboot:"))
    assert console.ending(lines[:last], False).kind == "truncated"
    assert console.ending(lines[:last], True).kind == "hang"
