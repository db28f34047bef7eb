# SPDX-License-Identifier: GPL-2.0
"""Faults of a kernel's process and of its console: what the real kernel says, cut and changed
on its way to the file that is judged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from faultlab import LANE, SUITE, Judged, Lab
from faulttable import Fault, of

pytestmark = pytest.mark.kernel

CONSOLES = of("test_faults_process.py::test_a_console_that_is_not_as_it_was")
LONG = of("test_faults_process.py::test_a_log_that_is_too_long")

FIND = """
lines = said()
results = [n for n, line in enumerate(lines) if line.startswith(b"    ok ")]
third, fourth = results[2:4]
param = max(n for n in range(third) if lines[n].startswith(b"        ok "))
"""

NOISE = b"noise of a driver that talks, ok 1 and so on, without end\n"

# By the id of the row: what becomes of the console
DOES = {
    "killed-in-a-case": "say(lines[:param])\nos.kill(os.getpid(), signal.SIGKILL)",
    "killed-after-a-case": "say(lines[: third + 1])\nos.kill(os.getpid(), signal.SIGKILL)",
    "cut-in-a-line": "say(lines[:third])\nsay([lines[third][:9]])",
    "cut-before-the-end": "say(line for line in lines if b'System halted' not in line)",
    "lost-result": "del lines[third]\nsay(lines)",
    "lost-case": "del lines[third + 1 : fourth + 1]\nsay(lines)",
    "plan-more": "say(line.replace(b'    1..34', b'    1..35') for line in lines)",
    "plan-fewer": "say(line.replace(b'    1..34', b'    1..33') for line in lines)",
    "no-tests": """
first = lines.index(b"KTAP version 1\\n")
say([*lines[: first + 1], b"1..0\\n", b"reboot: System halted\\n"])
""",
    "nothing": "pass",
    "case-twice": "lines[fourth + 1 : fourth + 1] = lines[third + 1 : fourth + 1]\nsay(lines)",
    "run-twice": "say(lines)\nsay(lines)",
    "hash-in-name": "lines[third] = lines[third].rstrip() + b'#2 # TODO\\n'\nsay(lines)",
    "nested-wrong": "lines[third] = b'            ' + lines[third].lstrip()\nsay(lines)",
    "not-utf8-in-noise": "lines.insert(third, b'\\xff\\xfe\\x80 noise \\xc3\\x28\\n')\nsay(lines)",
    "not-utf8-in-name": "lines[third] = lines[third][:-2] + b'\\xff\\n'\nsay(lines)",
    "noise-in-a-result": """
lines[third : third + 1] = [lines[third][:8] + b"iommu: hello\\n", lines[third][8:]]
say(lines)
""",
    "panic-in-a-diagnostic": """
say(lines[:third])
say([b"    # half a linKernel panic - not syncing: planted\\n", b"---[ end Kernel panic ]---\\n"])
""",
    "report-in-a-diagnostic": """
lines[param:param] = [b"    # half a lin" + b"=" * 66 + b"\\n", b"Call Trace:\\n", b" f+0x1/0x2\\n"]
lines.insert(param + 1, b"BUG: KASAN: use-after-free in f+0x1/0x2\\n")
say(lines)
""",
    "leak-in-a-diagnostic": """
lines.insert(param, b"    # half a linkmemleak: 1 new suspected memory leaks (see x)\\n")
say(lines)
""",
    "report-far-in-a-line": """
lines.insert(param, b"x" * 9000 + b"BUG: KASAN: use-after-free in f+0x1/0x2\\n")
say(lines)
""",
    "failure-behind-a-nul": "lines[third] = b'    not\\0 ok' + lines[third][6:]\nsay(lines)",
    "failure-denied": "lines[param] = lines[param].replace(b'ok 1', b'not ok 1')\nsay(lines)",
    "log-of-100-mb": f"""
say(lines[:third])
for _ in range(100):
    say([{NOISE!r} * 18000])
say(lines[third:])
""",
    "log-without-end": f"""
say(lines[:third])
while True:
    say([{NOISE!r} * 18000])
""",
    "lists-twice": """
lines = said()  # listing
if listing:
    lines.insert(-3, next(line for line in lines if b"svac_domain." in line))
say(lines)
""",
    "lists-nothing": """
lines = said()  # listing
say(line for line in lines if not (listing and b"svac" in line and b"." in line))
""",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    place = tmp_path_factory.mktemp("lab")
    made = Lab(place)
    assert made.check(place / "sound", "--suite", SUITE).status == 0
    made.stand_in()
    return made


def look(lab: Lab, results: Path, what: str) -> Judged:
    """What is said of the suite when this happens to its kernel."""
    assert lab.does
    lab.does.write_text(what)
    return lab.check(results, "--suite", SUITE, "--lane", LANE)


def test_the_stand_in_is_the_kernel(lab: Lab, tmp_path: Path) -> None:
    done = look(lab, tmp_path, FIND + "say(lines)")
    assert (done.status, done.run["verdict"]) == (0, "pass"), done.said
    assert done.run["counts"]["passed"] > 30


@pytest.mark.parametrize("fault", CONSOLES, ids=str)
def test_a_console_that_is_not_as_it_was(fault: Fault, lab: Lab, tmp_path: Path) -> None:
    assert_judged(fault, lab, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("fault", LONG, ids=str)
def test_a_log_that_is_too_long(fault: Fault, lab: Lab, tmp_path: Path) -> None:
    assert_judged(fault, lab, tmp_path)


def assert_judged(fault: Fault, lab: Lab, results: Path) -> None:
    """As the row has it, and no case is lost or doubled."""
    what = DOES[fault.id]
    done = look(lab, results, what if "listing" in what else FIND + what)
    assert (done.status, done.run["verdict"]) == (fault.exit, fault.verdict), done.said
    assert re.search(fault.says, done.said), done.said
    assert done.folder and not done.left
    ids = [case["id"] for case in done.run["cases"]]
    assert len(set(ids)) == len(ids), "a case is there twice"
    if "listing" not in what:
        lost = lab.names(SUITE) - {case["name"] for case in done.run["cases"]}
        assert not lost, "a case was lost"


def test_every_way_is_in_the_table() -> None:
    assert sorted(DOES) == sorted(fault.id for fault in CONSOLES + LONG)
