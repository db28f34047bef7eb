# SPDX-License-Identifier: GPL-2.0
"""svacheck replay: what it asks of the kernel, and what it says of each step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fake_kernel import HALT, FakeKernel
from made_up import CITED

from svacheck import cli, replay, rulebook
from svacheck.check import Options, again
from svacheck.errors import Problem
from svacheck.model import Tree
from svacheck.places import KUNIT
from svacheck.progress import Progress

SEQUENCE = "alloc(A) d0.set(p1,A) d1.join(g0)"
STEPS = ("alloc(A): 0", "d0.set(p1,A): 0", "d1.join(g0): answered 0, expected -EBUSY")


def console(ok: bool) -> str:
    """Of a boot that replayed SEQUENCE."""
    name = replay.CASE.split(".")[1]
    lines = ["KTAP version 1", "1..1", "    KTAP version 1", "    # Subtest: svac_sequence"]
    lines += ["    1..1", "        KTAP version 1", f"        # Subtest: {name}"]
    lines += ["        # rule: DOM-002"]
    lines += [f"        # step: {step}" for step in STEPS[: 2 if ok else 3]]
    lines += [] if ok else ["        # broken: PASID-002", "        # broken: DOM-002"]
    result = "ok" if ok else "not ok"
    lines += [f"        {result} 1 carried", f"    {result} 1 {name}", f"{result} 1 svac_sequence"]
    return "\n".join(lines) + "\n" + HALT


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKernel:
    monkeypatch.setitem(CITED, replay.CASE, ("DOM-002",))
    made = FakeKernel(tmp_path / "tree", listed=tuple(CITED))
    made.folder.mkdir()
    made.install(monkeypatch)
    return made


def test_sequence_that_still_fails(kernel: FakeKernel) -> None:
    kernel.says = lambda name, keys: console(ok=False)
    done = replay.replay(Options(), SEQUENCE, Progress(quiet=True))
    assert done.status == 1
    assert done.run["kernel_args"] == ["svacheck.replay=alloc(A);d0.set(p1,A);d1.join(g0)"]
    assert done.run["select"] == replay.CASE
    assert {r["id"] for r in done.run["rules"] if r["verdict"] == "broken"} == {
        "PASID-002",
        "DOM-002",
    }
    numbered = [f"  {number:3} {step}" for number, step in enumerate(STEPS, start=1)]
    assert list(replay.steps(done)) == ["carried:", *numbered]


def test_sequence_that_fails_no_more(
    kernel: FakeKernel, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel.says = lambda name, keys: console(ok=True)
    assert cli.main(["replay", SEQUENCE]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == ["    1 alloc(A): 0", "    2 d0.set(p1,A): 0", "PASS"]


@pytest.mark.parametrize(
    "sequence",
    ["", " ; ", "alloc(C)", "d0.set(p3,A)", "d2.leave", "alloc(A),free(A)", "exit(U)"]
    + [
        "d0.bind(A)",
        "in(alone)",
        "in(alone) d0.bind(U)",
        "alloc(A) in(alone)",
        "in(Shared) d0.bind(A)",
    ]
    + ["alloc(A)x", "fail()", "d0.set(p1,A) $(reboot)", "alloc(A) " * 200],
)
def test_what_is_no_sequence_is_refused(sequence: str, kernel: FakeKernel) -> None:
    with pytest.raises(Problem):
        replay.replay(Options(), sequence, Progress(quiet=True))
    assert not kernel.booted


@pytest.mark.parametrize(
    "sequence", ["in(shared) alloc(A) d0.set(p1,A)", "in(edge);d1.bind(A); d1.unbind(A)"]
)
def test_sequence_for_two_implementations_has_a_case_of_its_own(
    sequence: str, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CITED, replay.DIFFER, ("DOM-002",))
    kernel.listed = tuple(CITED)
    suite, name = replay.DIFFER.split(".")
    kernel.says = lambda boot, keys: (
        console(ok=True)
        .replace("svac_sequence", suite)
        .replace(replay.CASE.split(".")[1], name)
        .replace(": 0\n", ": carried 0, upstream 0\n")
    )
    done = replay.replay(Options(), sequence, Progress(quiet=True))
    words = sequence.replace(";", " ").split()
    assert done.run["kernel_args"] == [f"svacheck.differ_replay={';'.join(words)}"]
    assert done.run["select"] == replay.DIFFER
    assert list(replay.steps(done))[1] == "    1 alloc(A): carried 0, upstream 0"


def test_command_of_a_failed_case_can_be_typed() -> None:
    tree = Tree("6.1", Path("/t"), "debian", "6.1.192", {})
    assert again(tree, Options(), "") == ""
    assert again(tree, Options(), SEQUENCE) == (
        f"scripts/svacheck replay '{SEQUENCE}' --kernel 6.1"
    )
    mine = Options(kdir=Path("/my linux"), implementations=(Path("/i"),), lane="other")
    assert again(tree, mine, "exit(A)") == (
        "scripts/svacheck replay 'exit(A)' --kdir '/my linux' --lane other --impl /i"
    )


def test_every_rule_that_the_model_can_blame_is_in_the_rulebook() -> None:
    blamed = {
        rule
        for name in ("model.c", "world.c", "sequence.c", "twins.c", "differ.c", "divergence.c")
        for rule in re.findall(r'"([A-Z]+-\d{3})"', (KUNIT / "suites" / name).read_text())
    }
    assert len(blamed) > 30
    assert blamed <= set(rulebook.load().rules)


def test_named_divergences_cite_rules_that_bind_one_of_the_two() -> None:
    book = rulebook.load().rules
    source = (KUNIT / "suites" / "divergence.c").read_text()
    table = source[source.index("const struct divergence divergences[]") :]
    cited = re.findall(r'\{ "([A-Z]+-\d{3})", "', table)
    assert len(cited) > 8
    for rule in cited:
        assert book[rule].binds in (("carried",), ("upstream",)), rule
