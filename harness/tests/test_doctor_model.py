# SPDX-License-Identifier: GPL-2.0
"""The doctor and the suites' model of isolation on PCI say the same of any fabric.

Neither was made from the other: kunit/suites/pci_model.c is compiled for this machine.
"""

from __future__ import annotations

import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from fake_machine import Cap, space

from svacheck.doctor.acs import ALL, along
from svacheck.doctor.fabric import Fabric, Function
from svacheck.doctor.model import YES
from svacheck.doctor.pci import ConfigSpace
from svacheck.doctor.root import READ, Content, Root
from svacheck.places import KUNIT

FABRICS = 400
SERVICES = (0x01, 0x04, 0x08, 0x10)
KINDS = {
    "ENDPOINT": 0,
    "LEGACY_ENDPOINT": 1,
    "RCIEP": 9,
    "EVENT_COLLECTOR": 10,
    "ROOT_PORT": 4,
    "UPSTREAM_PORT": 5,
    "DOWNSTREAM_PORT": 6,
    "PCIE_TO_PCI": 7,
    "PCI_TO_PCIE": 8,
    "CONVENTIONAL": None,
    "CONVENTIONAL_BRIDGE": None,
    "VIRTUAL": 0,
}
BRIDGES = [kind for kind in KINDS if "PORT" in kind or "_TO_" in kind or "BRIDGE" in kind]

_PRELUDE = """
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/pci_regs.h>
typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32;
#define BIT(n) (1u << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PCI_SLOT(devfn) ((devfn) >> 3 & 0x1f)
#define PCI_FUNC(devfn) ((devfn) & 7)
#define _SVAC_MOCK_PCI_H
"""


@dataclass(frozen=True)
class Made:
    """A function of a made-up fabric; above: the place of the bridge, or of the physical one."""

    kind: str
    above: int
    number: int
    multifunction: bool
    acs: tuple[int, int] | None
    vendor: int
    has_vfs: bool

    def in_c(self, place: int) -> str:
        """As an entry of a table of the suites."""
        link = "physfn" if self.kind == "VIRTUAL" else "below"
        parts = [f'.name = "f{place}"', f".type = MOCK_PCI_{self.kind}"]
        parts += [f'.{link} = "f{self.above}"'] if self.above >= 0 else []
        parts.append(f".devfn = {self.number}, .multifunction = {int(self.multifunction)}")
        if self.acs:
            parts.append(f".acs = {{ true, {self.acs[0]}, {self.acs[1]} }}")
        parts.append(f".vendor = {self.vendor}, .vf_offset = {int(self.has_vfs)}")
        return "{ " + ", ".join(parts) + " }"

    def seen(self, place: int) -> Function:
        """As the doctor sees it."""
        caps = [Cap(0x0D, *self.acs)] if self.acs else []
        data = space(KINDS[self.kind], caps, multifunction=self.multifunction)
        virtual = self.kind == "VIRTUAL"
        above = address(self.above) if self.above >= 0 else ""
        return Function(
            address=address(place, self.number & 7),
            where="",
            config=ConfigSpace(Content(READ, data, len(data))),
            vendor=f"0x{self.vendor:04x}",
            device="0x0000",
            kind="",
            driver="",
            unit="",
            group="",
            above="" if virtual else above,
            physfn=above if virtual else "",
            has_vfs=self.has_vfs,
        )


def address(place: int, function: int = 0) -> str:
    """Of the function at a place: each on a bus of its own, as only the way up counts."""
    return f"0000:{place:02x}:00.{function}"


def make(chance: random.Random) -> list[Made]:
    """Up to eight functions, each below an earlier one or on the root bus."""
    made: list[Made] = []
    for _ in range(chance.randint(1, 8)):
        bridges = [n for n, each in enumerate(made) if each.kind in BRIDGES]
        physical = [n for n, each in enumerate(made) if each.has_vfs]
        kind = chance.choice([name for name in KINDS if name != "VIRTUAL" or physical])
        above = chance.choice(physical if kind == "VIRTUAL" else [-1, *bridges])
        bits = [sum(bit for bit in SERVICES if chance.random() < share) for share in (0.8, 0.9)]
        acs = (
            (bits[0], bits[0] & bits[1])
            if chance.random() < 0.7 and KINDS[kind] is not None
            else None
        )
        end = kind in ("ENDPOINT", "RCIEP")
        made.append(
            Made(
                kind=kind,
                above=above,
                number=chance.choice([0, 0, 8, 1, 9]) if kind != "VIRTUAL" else 0,
                multifunction=chance.random() < 0.3,
                acs=acs,
                vendor=chance.choice([0, 0x8086]),
                has_vfs=end and chance.random() < 0.3,
            )
        )
    return made


def of_suites(fabrics: list[list[Made]], folder: Path) -> list[list[bool]]:
    """What pci_model.c says of each function of each fabric."""
    header = (KUNIT / "mock" / "pci.h").read_text()
    types = re.search(r"enum mock_pci_type \{.*?\};\n", header, re.DOTALL)
    structs = re.findall(r"^struct mock_pci_\w+ \{.*?^\};\n", header, re.DOTALL | re.MULTILINE)
    config = re.search(
        r"^struct mock_config \{.*?^\};\n",
        (KUNIT / "mock" / "mock.h").read_text(),
        re.DOTALL | re.MULTILINE,
    )
    assert types and config
    named = [struct for struct in structs if re.search(r"mock_pci_(acs|pasid|function) ", struct)]
    text = [_PRELUDE, types[0], config[0], *named, f'#include "{KUNIT}/suites/pci_model.c"\n']
    calls = []
    for number, fabric in enumerate(fabrics):
        entries = ", ".join(each.in_c(place) for place, each in enumerate(fabric))
        text.append(f"static const struct mock_pci_function f{number}[] = {{ {entries}, {{}} }};\n")
        calls += [f"V(f{number}, {place});" for place in range(len(fabric))] + ['puts("");']
    text.append('#define V(f, n) printf("%d ", pci_model(f, n, false).isolated)\n')
    text.append("int main(void) {\n" + "\n".join(calls) + "\nreturn 0; }\n")
    (folder / "linux").mkdir()
    (folder / "linux" / "bits.h").touch()
    (folder / "model.c").write_text("".join(text))
    command = ["gcc", "-O0", "-w", "-I", ".", "-o", "model", "model.c"]
    subprocess.run(command, cwd=folder, check=True)
    said = subprocess.run(["./model"], cwd=folder, check=True, capture_output=True, text=True)
    return [[word == "1" for word in line.split()] for line in said.stdout.splitlines()]


def of_doctor(made: list[Made], nowhere: Path) -> list[bool]:
    """What the doctor says of each function of a fabric."""
    fabric = Fabric(Root(str(nowhere)))
    seen = [each.seen(place) for place, each in enumerate(made)]
    fabric.functions.update({address(place): each for place, each in enumerate(seen)})
    return [along(fabric, each, ALL).verdict == YES for each in seen]


def test_they_agree_on_any_fabric(tmp_path: Path) -> None:
    chance = random.Random(20261125)
    fabrics = [make(chance) for _ in range(FABRICS)]
    theirs = of_suites(fabrics, tmp_path)
    assert len(theirs) == FABRICS
    verdicts: set[bool] = set()
    for fabric, expected in zip(fabrics, theirs):
        assert of_doctor(fabric, tmp_path) == expected, fabric
        verdicts.update(expected)
    assert verdicts == {True, False}
