# SPDX-License-Identifier: GPL-2.0
from __future__ import annotations

import re
from pathlib import Path

import pytest

from svacheck import rulebook, topologies
from svacheck.errors import Problem
from svacheck.places import KUNIT

CASE = '[topology."svac1_a.one"]\n'


def of(text: str, folder: Path) -> topologies.Topology:
    path = folder / "t.toml"
    path.write_text(text)
    return topologies.of("svac1_a.one", path)


def test_a_topology(tmp_path: Path) -> None:
    step = '{ name = "plug", execute = "device_add", arguments = { id = "x" } }'
    text = CASE + f'devices = ["edu"]\nglobals = ["a.b=c"]\nkernel_args = ["d"]\nstep = [{step}]\n'
    found = of(text, tmp_path)
    assert (found.devices, found.globals, found.kernel_args) == (("edu",), ("a.b=c",), ("d",))
    assert found.steps["plug"].arguments == {"id": "x"}
    assert topologies.of("svac1_a.two", tmp_path / "t.toml") == topologies.Topology()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "not valid TOML"),
        ("", "not described well"),
        ("topology = 7\n", "not described well"),
        (CASE + 'device = ["edu"]\n', "unknown key 'device'"),
        (CASE + 'devices = "edu"\n', "'devices' must be a list of words"),
        (CASE + 'step = [{ name = "a" }]\n', "not described well"),
        (CASE + "step = [" + '{ name = "a", execute = "b", arguments = {} },' * 2 + "]\n", "two"),
    ],
)
def test_a_topology_that_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Problem, match=message):
        of(text, tmp_path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot read it"):
        topologies.load(tmp_path / "none")


def test_each_is_for_a_case_and_each_step_is_asked_for() -> None:
    """Ours: a case without its machine would look at an empty one."""
    named = ("svac1_topology", "svac1_race")
    cases = [case for case in rulebook.citations().cases if case.startswith(named)]
    found = topologies.load()
    assert sorted(found) == sorted(cases)
    source = (KUNIT / "suites" / "topology_hotplug.c").read_text()
    asked = set(re.findall(r'ask_host\("([^"]+)"\)', source))
    assert asked == {name for topology in found.values() for name in topology.steps}
