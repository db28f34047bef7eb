# SPDX-License-Identifier: GPL-2.0
"""git bisect over kernels that are scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_history import FakeHistory, everything, install, kernel
from faketree import git

from svacheck.check import Options as How
from svacheck.errors import Problem
from svacheck.gate.bisect import Bisected, Options, bisect, render
from svacheck.progress import Progress

TAKEN = "svac_pasid.taken"
BROKEN = kernel([TAKEN])


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHistory:
    install(monkeypatch, tmp_path)
    return FakeHistory(tmp_path / "linux")


def go(
    history: FakeHistory, good: str, bad: str, rule: str = "PASID-002", suite: str = ""
) -> Bisected:
    asked = Options(history.tree, good, bad, rule, How(suite=suite))
    return bisect(asked, Progress(quiet=True))


def grow(history: FakeHistory, *kernels: str) -> list[str]:
    """Commit one kernel after the other, with a file that always changes; their ids."""
    return [
        history.commit(f"change {n}", kernel_sh=text, more_c=f"int x{n};\n")
        for n, text in enumerate(kernels, start=1)
    ]


def test_the_first_bad_commit(history: FakeHistory, results: Path, tmp_path: Path) -> None:
    good = history.head
    ids = grow(history, *[kernel()] * 4, *[BROKEN] * 3)
    before = everything(history.tree)
    done = go(history, good, "HEAD")
    assert everything(history.tree) == before
    first = done.first
    assert first and (first.commit, first.subject, done.status) == (ids[4], "change 5", 0)
    assert (first.case, first.where) == (f"{TAKEN}/carried", "kunit/suites/x.c:7")
    assert [step.word for step in done.steps[:2]] == ["bad", "good"]
    assert len(done.steps) <= 5 and done.steps[-1].word == "good"
    place, _, line = first.console.rpartition(":")
    evidence = Path(place).read_text().splitlines()[int(line) - 1 :]
    assert "EXPECTATION FAILED" in "".join(evidence[:4])
    assert f"KDIR={tmp_path}/cache/svacheck/work/history-linux-" in first.alone
    (alone,) = (tmp_path / "cache").glob("svacheck/work/history-linux-*/head")
    assert git(alone, "rev-parse", "HEAD").strip() == ids[4]
    text = render(done)
    assert f'FIRST BAD  {ids[4][:12]} ("change 5")' in text
    assert "PASID-002  A taken PASID is refused." in text
    assert done.folder
    record = json.loads((done.folder / "bisect.json").read_text())
    assert record["first_bad"]["commit"] == ids[4]
    run = json.loads((results / first.run / "run.json").read_text())
    assert run["select"] == TAKEN  # only what cites the rule


def test_bad_itself_may_be_the_first(history: FakeHistory) -> None:
    grow(history, kernel(), BROKEN)
    done = go(history, "HEAD~1", "HEAD")
    assert done.first and done.first.commit == history.head and len(done.steps) == 2


def test_a_rule_that_a_leak_in_another_case_breaks(history: FakeHistory, results: Path) -> None:
    good = history.head
    cites = "# Subtest: set\n        # rule: PASID-001\n"
    leaking = kernel(["svac_pasid.set"]).replace(cites, cites + "        # broken: PASID-002\n")
    ids = grow(history, kernel(), leaking, leaking)
    done = go(history, good, "HEAD")
    assert done.first and (done.first.commit, done.first.case) == (ids[1], "svac_pasid.set/carried")
    with pytest.raises(Problem, match="is not bad: PASID-002 is kept"):
        go(history, good, "HEAD", suite="svac_pasid.taken")  # what the user asks for is run


def test_a_shallow_clone(history: FakeHistory, tmp_path: Path) -> None:
    ids = grow(history, kernel(), kernel(), BROKEN, BROKEN)
    place = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=3", f"file://{history.tree}", str(place))
    asked = Options(place, "HEAD~2", "HEAD", "PASID-002")
    done = bisect(asked, Progress(quiet=True))
    assert done.first and done.first.commit == ids[2]


def test_what_does_not_build_is_skipped(history: FakeHistory) -> None:
    good = history.head
    history.commit("ill", fail="x.c:1: error: no\n")
    (history.tree / "fail").unlink()
    ids = grow(history, kernel(), BROKEN, BROKEN)
    history.commit("ill again", fail="x.c:1: error: no\n")
    (history.tree / "fail").unlink()
    grow(history, BROKEN)
    done = go(history, good, "HEAD")
    assert done.first and done.first.commit == ids[1]
    for step in done.steps:
        assert (step.word == "skip") == ("the kernel does not build" in step.why)


def test_only_skipped_ones_are_left(history: FakeHistory) -> None:
    good = history.head
    ill = history.commit("ill", fail="x.c:1: error: no\n", kernel_sh=BROKEN)
    (history.tree / "fail").unlink()
    bad = history.commit("bad", more_c="int x;\n")
    done = go(history, good, bad)
    assert (done.status, done.first) == (1, None)
    assert {one.commit for one in done.suspects} == {ill, bad}
    assert "NOT FOUND" in render(done) and '("ill")' in render(done)


def test_good_and_bad_are_verified(history: FakeHistory) -> None:
    good = history.head
    grow(history, BROKEN, BROKEN, kernel())
    with pytest.raises(Problem, match=r'\("change 1"\) is not good: PASID-002 is broken: svac_p'):
        go(history, "HEAD~2", "HEAD~1")
    with pytest.raises(Problem, match=r'\("change 3"\) is not bad: PASID-002 is kept'):
        go(history, good, "HEAD")
    history.commit("ill", fail="x.c:1: error: no\n")
    with pytest.raises(Problem, match="is not bad: the kernel does not build"):
        go(history, good, "HEAD")


def test_good_has_to_come_before_bad(history: FakeHistory) -> None:
    (bad,) = grow(history, BROKEN)
    git(history.tree, "checkout", "-q", "-b", "other", "HEAD~1")
    grow(history, kernel())
    with pytest.raises(Problem, match="good is no ancestor of bad"):
        go(history, "other", bad)


def test_rules_and_revisions_that_are_not_there(history: FakeHistory) -> None:
    with pytest.raises(Problem, match="no rule 'PASID-9'"):
        go(history, "HEAD", "HEAD", "PASID-9")
    with pytest.raises(Problem, match="no revision 'nothing'"):
        go(history, "nothing", "HEAD")
    with pytest.raises(Problem, match="no case of lane uml cites DOM-002"):
        go(history, "HEAD", "HEAD", "DOM-002")


def test_a_bisection_that_was_cut_short_is_no_hindrance(
    history: FakeHistory, tmp_path: Path
) -> None:
    good = history.head
    ids = grow(history, kernel(), BROKEN, BROKEN, BROKEN)
    go(history, good, "HEAD")
    place = next((tmp_path / "cache").glob("svacheck/work/history-linux-*/head"))
    git(place, "bisect", "start", "--no-checkout", ids[3], ids[2])
    git(place, "bisect", "start", ids[1], good)
    done = go(history, good, "HEAD")
    assert done.first and done.first.commit == ids[1]
