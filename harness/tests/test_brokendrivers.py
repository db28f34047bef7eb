# SPDX-License-Identifier: GPL-2.0
"""The matrix of broken drivers: what counts as caught, with a kernel that is only consoles."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fake_kernel import FakeKernel, console
from made_up import BOOK, CITED, case, outcome

from svacheck import brokendrivers, rulebook
from svacheck.brokendrivers import Driver, Matrix, Options, Row, broken_drivers, load, row
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Boot, Build, Case
from svacheck.places import KUNIT
from svacheck.progress import Progress
from svacheck.selftest import Tally, count_drivers
from svacheck.verdict import judge

SET, TAKEN, FREE = "svac_pasid.set", "svac_pasid.taken", "svac_domain.free"
BLAME = [("DOM-002", "free did nothing")]
LEAKS = Driver("leaks", "It frees nothing.", ("DOM-002",))
NORMAL = Driver("normal", "Nothing.", ())

TWO = """
[driver.leaks]
flaw = "It frees nothing."
rules = ["DOM-002"]
[driver.mute]
flaw = "It says nothing."
rules = ["PASID-001"]
"""


def judged(driver: Driver, *cases: Case, **more: Any) -> Row:
    made = outcome(*cases, **more)
    return row(driver, judge(made.planned, [made], BOOK, CITED))


ROWS: list[tuple[str, Driver, list[Case], dict[str, Any], bool]] = [
    ("its rule alone", LEAKS, [case(SET), case(TAKEN, "fail", blamed=BLAME)], {}, True),
    ("every case", LEAKS, [case(SET, "fail", blamed=BLAME)], {}, True),
    ("nothing", LEAKS, [case(SET), case(TAKEN)], {}, False),
    ("another rule", LEAKS, [case(SET, "fail"), case(TAKEN)], {}, False),
    (
        "its rule and another",
        LEAKS,
        [case(SET, "fail", blamed=BLAME), case(TAKEN, "fail")],
        {},
        False,
    ),
    ("a detail as well", LEAKS, [case(SET, "fail", blamed=BLAME), case(FREE, "fail")], {}, False),
    ("a crash", LEAKS, [case(SET, "fail", blamed=BLAME)], {"ending": "panic"}, False),
    ("a case in error", LEAKS, [case(SET, "fail", blamed=BLAME), case(TAKEN, "error")], {}, False),
    ("the control", NORMAL, [case(SET), case(TAKEN)], {}, True),
    ("the control blamed", NORMAL, [case(SET, "fail", blamed=BLAME)], {}, False),
    ("the control fails a case", NORMAL, [case(SET), case(TAKEN, "fail")], {}, False),
    ("the control crashes", NORMAL, [case(SET)], {"ending": "oops"}, False),
]


@pytest.mark.parametrize("named", ROWS, ids=[made[0] for made in ROWS])
def test_what_is_caught(named: tuple[str, Driver, list[Case], dict[str, Any], bool]) -> None:
    _, driver, cases, more, caught = named
    made = judged(driver, *cases, **more)
    assert made.caught == caught
    assert (
        made.caught
        or not driver.rules
        or any(
            word in brokendrivers.render(Matrix({}, [made]))
            for word in ("although the driver", "ended in error", "panicked")
        )
    )


BAD = [
    ("", "must hold"),
    ("[other]", "must hold"),
    ("[driver.x]\nflaw = 'y'", "has a flaw and rules"),
    ("[driver.x]\nflaw = ''\nrules = ['DOM-002']", "must be a sentence"),
    ("[driver.x]\nflaw = 'y'\nrules = []", "must name rules"),
    ("[driver.x]\nflaw = 'y'\nrules = ['DOM-999']", "must name rules"),
    ("[driver.x]\nflaw = 'y'\nrules = ['DOM-002', 'DOM-001']", "need a reason"),
    ("[driver.x]\nflaw = 'y'\nrules = ['DOM-002']\nwhy = 'z'", "one rule needs none"),
    ("[driver.x", "cannot read"),
]


@pytest.mark.parametrize("text, said", BAD)
def test_a_wrong_file(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "drivers.toml"
    file.write_text(text)
    with pytest.raises(Problem, match=said):
        load(BOOK, file)


def test_the_file_and_the_kernel_know_the_same_drivers() -> None:
    """At least two dozen, each blamed for a rule that the auditor knows."""
    source = (KUNIT / "mock" / "personality.c").read_text()
    table = source[source.index("personalities[] = {") :]
    drivers = load(rulebook.load())
    names = re.findall(r'^\t\{ "([a-z-]+)"', table, re.MULTILINE)
    assert names[0] == "normal" and sorted(names[1:]) == sorted(d.name for d in drivers)
    assert len(drivers) >= 24
    known = set(re.findall(r'blame\("([A-Z]+-[0-9]+)"', (KUNIT / "mock" / "audit.c").read_text()))
    assert {rule for driver in drivers for rule in driver.rules} == known
    assert all(driver.rules or driver.programs for driver in drivers)


class Kernel(FakeKernel):
    """A kernel that listens to its command line."""

    def boot_alone(self, build: Build, case: str, log: CommandLog, out: Path) -> Boot:
        driver = build.lane.kernel_args[-1].removeprefix("svacheck.driver=")
        return self.boot(build, driver, case, log, out)


def blaming(name: str, keys: Sequence[str]) -> str:
    rule = {"leaks": "DOM-002", "mute": "PASID-001"}.get(name)
    text = console(keys, [SET] if rule else [])
    return text.replace("        # x: EXP", f"        # blames: {rule} it did so\n        # x: EXP")


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel(tmp_path / "tree", says=blaming)
    made.folder.mkdir()
    made.install(monkeypatch)
    file = tmp_path / "drivers.toml"
    file.write_text(TWO)
    monkeypatch.setattr(brokendrivers, "load", partial(load, file=file))
    return made


def go(**options: Any) -> Matrix:
    return broken_drivers(Options(**options), Progress(quiet=True))


def test_each_driver_is_booted_and_the_matrix_stored(kernel: Kernel) -> None:
    matrix = go()
    assert matrix.status == 0, brokendrivers.render(matrix)
    assert sorted(kernel.booted) == [(n, brokendrivers.GLOB) for n in ("leaks", "mute", "normal")]
    assert matrix.folder is not None and matrix.folder.name.startswith("broken-drivers-")
    stored = json.loads((matrix.folder / "matrix.json").read_text())
    assert stored == matrix.record and stored["verdict"] == "pass"
    assert [driver["name"] for driver in stored["drivers"]] == ["normal", "leaks", "mute"]
    for driver in stored["drivers"]:
        assert (matrix.folder / driver["console"]).is_file()
    text = (matrix.folder / "matrix.txt").read_text()
    assert text.splitlines()[:5] == [
        "          DOM PASID",
        "          002   001",
        "normal      .     . passes",
        "leaks       X     . caught",
        "mute        .     X caught",
    ]
    assert "2 broken drivers: 2 caught by exactly the rule they break, 0 not" in text


def test_a_driver_that_is_not_caught_fails(kernel: Kernel) -> None:
    kernel.says = lambda name, keys: blaming("normal" if name == "mute" else name, keys)
    matrix = go()
    assert matrix.status == 1 and matrix.record["verdict"] == "fail"
    text = brokendrivers.render(matrix)
    assert "mute        .     - NOT CAUGHT" in text
    assert "not broken, although the driver breaks it: PASID-001" in text
    output = io.StringIO()
    brokendrivers.print_json(matrix, output)
    assert count_drivers(output.getvalue()) == Tally(2, 1)


def test_in_colour_it_says_the_same(kernel: Kernel) -> None:
    matrix = go()
    plain, colour = io.StringIO(), io.StringIO()
    brokendrivers.show(matrix, plain, colour=False)
    brokendrivers.show(matrix, colour, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colour.getvalue()) == plain.getvalue()


def test_one_driver_and_the_control(kernel: Kernel) -> None:
    assert [made.name for made in go(only=("leaks",)).rows] == ["normal", "leaks"]
    with pytest.raises(Problem, match="no driver 'tidy'"):
        go(only=("tidy",))


def test_an_interrupt_keeps_no_half_matrix(kernel: Kernel, results: Path) -> None:
    kernel.interrupted_in = "leaks"
    with pytest.raises(KeyboardInterrupt):
        go()
    assert not list(results.glob("broken-drivers-*"))


@pytest.mark.parametrize("output", ["", "{}", "[]"])
def test_no_matrix_is_a_failure(output: str) -> None:
    assert count_drivers(output) == Tally(failed=1)
