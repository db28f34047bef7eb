# SPDX-License-Identifier: GPL-2.0
"""The gate from end to end: trees with a history, whose kernels are scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fake_history import FakeHistory, everything, install, kernel, made_by
from faketree import git

from svacheck import cachedirs
from svacheck import results as stored
from svacheck.check import Options as How
from svacheck.check import check
from svacheck.errors import Problem
from svacheck.gate import mail
from svacheck.gate.gate import Gated, Options, gate
from svacheck.places import GATE_SCHEMA, results_folder
from svacheck.progress import Progress

SET, TAKEN, FREE = "svac_pasid.set", "svac_pasid.taken", "svac_domain.free"
QUIET = Progress(quiet=True)


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHistory:
    install(monkeypatch, tmp_path)
    return FakeHistory(tmp_path / "linux")


def go(history: FakeHistory, base: str, head: str = "", **more: Any) -> Gated:
    done = gate(Options(base=base, head=head, kdir=history.tree, **more), QUIET)
    record = json.loads((done.folder / "gate.json").read_text())
    assert record == done.record and stored.schema_fault(record, GATE_SCHEMA) == ""
    assert (done.folder / "gate.md").read_text().startswith("### svacheck gate: ")
    return done


def changes(done: Gated, what: str = "cases") -> dict[str, str]:
    return {one["id"]: one["change"] for one in done.record[what]}


# ---- what BASE and HEAD may be ----


def test_two_revisions(history: FakeHistory, results: Path) -> None:
    before = everything(history.tree)
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    after = everything(history.tree)
    done = go(history, "HEAD~1", "HEAD")
    assert everything(history.tree) == after != before
    assert done.status == 1
    assert changes(done) == {f"{TAKEN}/carried": "regression"}
    assert changes(done, "rules") == {"PASID-002": "regression"}
    assert done.record["failing"] == ["PASID-002", f"{TAKEN}/carried"]
    assert done.record["cases"][0]["again"] == "alone: fail 3 of 3"
    head = done.record["head"]
    assert (head["kind"], head["commit"], head["subject"]) == (
        "revision",
        history.head,
        "break taken",
    )
    assert set(head["phases"]) >= {"check out", "copy", "build", "boot"}
    assert stored.load(head["folder"])[1]["tree"]["identity"]["commit"] == history.head
    assert go(history, "HEAD", "HEAD~1").status == 0  # it is fixed
    assert go(history, "HEAD", "HEAD").status == 0  # it fails still


def test_no_kernel_is_held_while_the_other_is_waited_for(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[list[str]] = []

    def noted(options: How, progress: Progress) -> Any:
        held.append([path.name.rpartition("-")[0] for path in cachedirs._held])
        return check(options, progress)

    monkeypatch.setattr("svacheck.gate.sides.check", noted)
    monkeypatch.setattr("svacheck.cachedirs._held", {})
    go(history, "HEAD", "HEAD")
    assert held == [["history-linux"], ["history-linux"]]


@pytest.mark.parametrize("kind", ["bare", "worktree", "shallow", "sub folder with blanks"])
def test_repositories_of_all_kinds(history: FakeHistory, tmp_path: Path, kind: str) -> None:
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    place = tmp_path / "a kind" / kind
    place.parent.mkdir()
    if kind == "worktree":
        git(history.tree, "worktree", "add", "-q", str(place))
    else:
        how = {"bare": ["--bare"], "shallow": ["--depth=2"]}.get(kind, [])
        git(tmp_path, "clone", "-q", *how, f"file://{history.tree}", str(place))
    before = everything(history.tree), everything(place)
    done = gate(Options("HEAD~1", "HEAD", kdir=place), QUIET)
    assert changes(done) == {f"{TAKEN}/carried": "regression"}
    patches = tuple(mail.series(history.mbox("HEAD~1..HEAD"), "s.mbox"))
    done = gate(Options("HEAD~1", kdir=place, patches=patches), QUIET)
    assert changes(done) == {f"{TAKEN}/carried": "regression"}
    assert (everything(history.tree), everything(place)) == before


def test_a_change_that_breaks_nothing(history: FakeHistory) -> None:
    history.commit("rename", more_c="int x;\n")
    done = go(history, "HEAD~1", "HEAD")
    assert (done.status, done.record["rules"], done.record["cases"]) == (0, [], [])


def test_places_are_kept_so_that_only_what_differs_is_rewritten(
    history: FakeHistory, tmp_path: Path
) -> None:
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    history.commit("two", more_c="int x;\n")
    go(history, "HEAD~2", "HEAD~1")
    (place,) = (tmp_path / "cache").glob("svacheck/work/history-linux-*/head")
    kept = (place / "drivers/iommu/iommu.c").stat()
    assert go(history, "HEAD~1", "HEAD").status == 0
    assert (place / "drivers/iommu/iommu.c").stat() == kept
    assert (place / "more.c").is_file()


def test_a_place_that_was_spoiled_is_made_good(history: FakeHistory, tmp_path: Path) -> None:
    first = history.head
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    go(history, first, "HEAD")
    folder = next((tmp_path / "cache").glob("svacheck/work/history-linux-*/head")).parent
    (folder / "head" / "kernel.sh").write_text(kernel([SET]))
    (folder / "head" / "extra.c").write_text("int x;\n")
    (folder / "repository.git" / "worktrees" / "head" / "index.lock").touch()
    (folder / "base" / ".git").unlink()
    done = go(history, first, "HEAD")
    assert changes(done) == {f"{TAKEN}/carried": "regression"}
    assert not (folder / "head" / "extra.c").exists()


def test_a_folder_against_a_revision(history: FakeHistory) -> None:
    (history.tree / "kernel.sh").write_text(kernel([SET]))
    done = go(history, "HEAD", str(history.tree))
    assert (done.status, done.record["head"]["kind"]) == (1, "tree")
    assert changes(done) == {f"{SET}/carried": "regression"}


def test_two_stored_runs(history: FakeHistory) -> None:
    check(How(kdir=history.tree), QUIET)
    first = stored.find("last").name
    (history.tree / "kernel.sh").write_text(kernel([TAKEN]))
    check(How(kdir=history.tree), QUIET)
    runs = len(list(results_folder().glob("2*")))
    done = gate(Options(first, "last"), QUIET)
    assert (done.status, done.record["base"]["measured"]) == (1, False)
    assert done.record["cases"][0]["again"] == "alone: fail 3 of 3"
    assert len(list(results_folder().glob("2*"))) == runs + 1
    by_path = gate(Options(str(stored.find(first)), first[:16] + first[16:]), QUIET)
    assert by_path.status == 0 and "BASE and HEAD are the same run" in by_path.record["notes"]


def test_a_stored_run_whose_kernel_is_gone(history: FakeHistory, tmp_path: Path) -> None:
    check(How(kdir=history.tree), QUIET)
    first = stored.find("last").name
    (history.tree / "kernel.sh").write_text(kernel([TAKEN]))
    check(How(kdir=history.tree), QUIET)
    stamp = next((tmp_path / "cache").glob("svacheck/work/linux-*/build-uml/.svacheck-built"))
    stamp.unlink()
    done = gate(Options(first, "last"), QUIET)
    assert done.status == 1
    assert "could not be run again: its kernel is not built any more" in done.record["notes"][0]
    (history.tree / "kernel.sh").write_text(kernel())
    done = gate(Options(first, "last"), QUIET)
    assert "its kernel tree is not what it was" in done.record["again"]["why"]


def test_a_stored_run_whose_suites_are_gone(history: FakeHistory, tmp_path: Path) -> None:
    check(How(kdir=history.tree), QUIET)
    first = stored.find("last").name
    (history.tree / "kernel.sh").write_text(kernel([TAKEN]))
    check(How(kdir=history.tree), QUIET)
    second = stored.find("last").name
    (tmp_path / "kunit/suites/a.c").write_text("int b;\n")
    done = gate(Options(first, second), QUIET)
    assert "the suites are not those of the run any more" in done.record["again"]["why"]
    done = gate(Options(first, second), QUIET)  # that has laid the others in
    assert "its kernel is not built any more" in done.record["again"]["why"]
    assert done.status == 1


def test_words_that_mean_nothing_or_two_things(
    history: FakeHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Problem, match="'nothing' is no stored run, kernel or folder, and no rev"):
        go(history, "HEAD", "nothing")
    with pytest.raises(Problem, match="no revision of the git tree that KDIR names"):
        gate(Options("HEAD", "HEAD"), QUIET)
    with pytest.raises(Problem, match="no run is stored yet"):
        go(history, "last", "HEAD")
    with pytest.raises(Problem, match="no git repository"):
        gate(Options("HEAD", "HEAD", kdir=tmp_path / "kunit"), QUIET)
    git(history.tree, "tag", "kernel.sh")
    monkeypatch.chdir(history.tree)
    git(history.tree, "branch", "drivers")
    with pytest.raises(Problem, match="'drivers' is a tree and a revision.*tree:drivers"):
        go(history, "drivers", "HEAD")
    assert go(history, "revision:drivers", "HEAD").status == 0


def test_a_stored_run_is_not_compared_with_one_made_in_another_way(history: FakeHistory) -> None:
    check(How(kdir=history.tree, suite="domain"), QUIET)
    with pytest.raises(Problem, match="the stored run is of lane uml, and of domain.*--suite"):
        go(history, "last", "HEAD")
    assert go(history, "last", "HEAD", how=How(suite="domain")).status == 0


# ---- a run that is stored already ----


def measured(done: Gated) -> list[bool]:
    return [done.record[side]["measured"] for side in ("base", "head")]


def test_a_run_of_the_same_kernel_and_suites_is_not_made_again(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by(monkeypatch, "1" * 40)
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    assert measured(go(history, "HEAD~1", "HEAD")) == [True, True]
    done = go(history, "HEAD~1", "HEAD")
    assert (measured(done), done.status) == ([False, False], 1)
    assert done.record["cases"][0]["again"] == "alone: fail 3 of 3"
    history.commit("fix", kernel_sh=kernel())
    assert measured(go(history, "HEAD~2", "HEAD")) == [False, True]
    assert measured(go(history, "HEAD~2", "HEAD", fresh=True)) == [True, True]


DIFFERENT: list[tuple[str, dict[str, Any]]] = [
    ("suite", {"how": How(suite="pasid")}),
    ("strict", {"how": How(strict=True)}),
    ("arguments", {"how": How(kernel_args=("a=b",))}),
    ("rounds", {"how": How(rounds=2)}),
    ("alone", {"how": How(alone=True)}),
]


@pytest.mark.parametrize("row", DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_a_run_that_was_made_in_another_way_does_not_do(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch, row: tuple[str, dict[str, Any]]
) -> None:
    made_by(monkeypatch, "1" * 40)
    go(history, "HEAD", "HEAD")
    assert measured(go(history, "HEAD", "HEAD")) == [False, False]
    assert measured(go(history, "HEAD", "HEAD", **row[1])) == [True, False]


def test_what_else_a_stored_run_must_share(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by(monkeypatch, "1" * 40)
    go(history, "HEAD", "HEAD")
    made_by(monkeypatch, "2" * 40)
    assert measured(go(history, "HEAD", "HEAD")) == [True, False]
    made_by(monkeypatch, "2" * 40, dirty=True)
    assert measured(go(history, "HEAD", "HEAD")) == [True, True]
    made_by(monkeypatch, "2" * 40)
    monkeypatch.setattr("svacheck.build.compiler", lambda log: "gcc 99")
    assert measured(go(history, "HEAD", "HEAD")) == [True, False]
    for run in results_folder().glob("2*/run.json"):
        run.write_text(run.read_text()[:-9])
    assert measured(go(history, "HEAD", "HEAD")) == [True, False]


def test_a_run_of_a_checkout_with_changes_does_not_do(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by(monkeypatch, "1" * 40, dirty=True)
    go(history, "HEAD", "HEAD")
    made_by(monkeypatch, "1" * 40)
    assert measured(go(history, "HEAD", "HEAD")) == [True, False]


def test_a_run_of_a_folder_that_has_changed_does_not_do(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by(monkeypatch, "1" * 40)
    tree = str(history.tree)
    go(history, tree, tree)
    assert measured(go(history, tree, tree)) == [False, False]
    (history.tree / "more.c").write_text("int x;\n")
    assert measured(go(history, tree, tree)) == [True, False]


@pytest.mark.parametrize("how", ["does not build", "lacks a case"])
def test_a_run_without_a_verdict_does_not_do(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    made_by(monkeypatch, "1" * 40)
    fail = {"fail": "x.c:1: error: no\n"} if how == "does not build" else {}
    history.commit(how, **fail, kernel_sh=kernel(listed=[SET]))
    assert go(history, "HEAD", "HEAD~1").status == 2
    assert go(history, "HEAD", "HEAD~1").record["base"]["measured"]


# ---- what cannot be judged ----


def test_a_side_without_a_verdict_has_no_classes(history: FakeHistory) -> None:
    history.commit("does not build", fail="x.c:1: error: no\n")
    done = go(history, "HEAD~1", "HEAD")
    assert (done.status, done.record["verdict"]) == (2, "error")
    assert done.record["problems"][0].startswith(
        "the run of head has no verdict: the kernel does not build: x.c:1: error: no"
    )
    assert (done.record["rules"], done.record["cases"]) == ([], [])
    done = go(history, "HEAD", "HEAD~1")
    assert (done.status, done.record["head"]) == (2, None)


def test_an_interrupt_ends_the_gate(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch, results: Path
) -> None:
    def interrupted(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("svacheck.check.workload.booting.boot", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(history, "HEAD", "HEAD")
    assert not list(results.glob("gate-*"))


# ---- again ----


def flaky(history: FakeHistory, tmp_path: Path, pattern: str) -> None:
    """Commit a kernel whose case TAKEN fails in those boots that the pattern says, by number."""
    counter = tmp_path / "boots"
    text = kernel([TAKEN]).splitlines(keepends=True)
    good = tmp_path / "good.sh"
    good.write_text(kernel())
    text.insert(1, f'case "$*" in *action=list*) ;; *) echo >>{counter};\n')
    text.insert(2, f"case $(wc -l <{counter}) in {pattern}) ;;\n")
    text.insert(3, f'*) exec /bin/sh {good} "$@" ;; esac ;; esac\n')
    history.commit("flaky", kernel_sh="".join(text))


def test_a_case_that_flips_is_unstable(history: FakeHistory, tmp_path: Path) -> None:
    flaky(history, tmp_path, "1|2|3|4")  # main, svac1_pasid.null, then alone
    done = go(history, "HEAD~1", "HEAD")
    assert changes(done) == {f"{TAKEN}/carried": "unstable"}
    assert changes(done, "rules") == {"PASID-002": "unstable"}
    assert done.record["cases"][0]["again"] == "alone: fail 2, pass 1 of 3"
    assert done.status == 0
    (tmp_path / "boots").unlink()
    assert go(history, "HEAD~1", "HEAD", fail_on=("unstable",)).status == 1


def test_a_case_that_passes_alone_is_tried_among_the_others(
    history: FakeHistory, tmp_path: Path
) -> None:
    history.commit("in company", kernel_sh=kernel([TAKEN], alone=TAKEN))
    done = go(history, "HEAD~1", "HEAD")
    assert changes(done) == {f"{TAKEN}/carried": "regression"}
    assert "among the others it fails again" in done.record["cases"][0]["again"]
    assert done.status == 1 and len(done.record["again"]["runs"]) == 2
    git(history.tree, "reset", "-q", "--hard", "HEAD~1")
    flaky(history, tmp_path, "1|2")
    done = go(history, "HEAD~1", "HEAD")
    assert changes(done) == {f"{TAKEN}/carried": "unstable"}
    assert done.record["cases"][0]["again"] == "alone: pass 3 of 3; among the others: pass"


def test_where_many_fail_the_first_are_run_again(
    history: FakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("svacheck.gate.again.MOST", 1)
    history.commit("break two", kernel_sh=kernel([SET, TAKEN]))
    done = go(history, "HEAD~1", "HEAD")
    assert changes(done) == {f"{SET}/carried": "regression", f"{TAKEN}/carried": "regression"}
    assert [one["again"] for one in done.record["cases"]] == ["alone: fail 3 of 3", ""]


def test_nothing_is_run_again_if_it_is_not_wanted(history: FakeHistory) -> None:
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    done = go(history, "HEAD~1", "HEAD", times=0)
    assert (done.status, done.record["again"]["runs"]) == (1, [])


# ---- policy and known issues ----


def test_policy(history: FakeHistory) -> None:
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    assert go(history, "HEAD~1", "HEAD", fail_on=("disappeared",)).status == 0
    history.commit("break a detail", kernel_sh=kernel([FREE]))
    assert go(history, "HEAD~2", "HEAD").status == 0
    assert go(history, "HEAD~2", "HEAD", how=How(strict=True)).status == 1


def issue(tmp_path: Path, expires: str, rule: str = "PASID-002") -> Path:
    path = tmp_path / "known.toml"
    path.write_text(
        f'[[issue]]\nrule = "{rule}"\nkernels = "6.1"\nreason = "r"\nlink = "l"\n'
        f'owner = "o"\nexpires = {expires}\n'
    )
    return path


def test_a_known_issue_is_shown_and_does_not_fail(history: FakeHistory, tmp_path: Path) -> None:
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    done = go(history, "HEAD~1", "HEAD", known=issue(tmp_path, "2999-01-01"))
    assert done.status == 0
    assert done.record["counts"]["rules"]["known"] == done.record["counts"]["cases"]["known"] == 1
    assert done.record["known"][0]["found"] == [f"{TAKEN}/carried", "PASID-002"]
    assert done.record["again"]["runs"] == []


def test_an_expired_issue_fails(history: FakeHistory, tmp_path: Path) -> None:
    history.commit("break taken", kernel_sh=kernel([TAKEN]))
    done = go(history, "HEAD~1", "HEAD", known=issue(tmp_path, "2000-01-01"))
    assert done.status == 1 and "expired on 2000-01-01" in done.record["expired"][0]


def test_an_issue_that_matches_nothing_is_noted(history: FakeHistory, tmp_path: Path) -> None:
    done = go(history, "HEAD", "HEAD", known=issue(tmp_path, "2999-01-01"))
    assert done.status == 0 and "matches no failure" in done.record["notes"][0]


# ---- patch series ----


def test_a_series(history: FakeHistory) -> None:
    base = history.head
    history.commit("one", more_c="int x;\n")
    history.commit("two", kernel_sh=kernel([TAKEN]))
    patches = tuple(mail.series(history.mbox(f"{base}..HEAD"), "s.mbox"))
    git(history.tree, "reset", "-q", "--hard", base)
    before = everything(history.tree)
    done = go(history, "HEAD", patches=patches, patches_from="s.mbox")
    assert everything(history.tree) == before
    assert changes(done) == {f"{TAKEN}/carried": "regression"}
    head = done.record["head"]
    assert (head["kind"], head["given"], head["subject"]) == ("series", "s.mbox", "two")
    again = go(history, "HEAD", patches=patches, patches_from="s.mbox")
    assert again.record["head"]["commit"] == head["commit"]  # the same series is the same tree


def test_a_series_that_renames_and_removes(history: FakeHistory, tmp_path: Path) -> None:
    base = history.head
    history.commit("add", more_c="".join(f"int x{n};\n" for n in range(9)))
    git(history.tree, "mv", "more.c", "scripts/less.c")
    (history.tree / "scripts/less.c").chmod(0o755)
    git(history.tree, "rm", "-q", "link.c")
    history.commit("move")
    wanted = git(history.tree, "rev-parse", "HEAD^{tree}")
    patches = tuple(mail.series(history.mbox(f"{base}..HEAD"), "s.mbox"))
    assert go(history, base, patches=patches, patches_from="s.mbox").status == 0
    (place,) = (tmp_path / "cache").glob("svacheck/work/history-linux-*/head")
    assert git(place, "rev-parse", "HEAD^{tree}") == wanted
    assert git(place, "status", "--porcelain") == ""


def test_a_series_that_does_not_apply(history: FakeHistory, results: Path) -> None:
    base = history.head
    history.commit("zero", kernel_sh="something else\n" * 9)
    middle = history.head
    history.commit("one", more_c="int x;\n")
    history.commit("two", kernel_sh=kernel([TAKEN]))
    patches = tuple(mail.series(history.mbox(f"{middle}..HEAD"), "s.mbox"))
    conflict = r'patch 2 of 2 does not apply \("two"\): conflict in kernel.sh'
    with pytest.raises(Problem, match=conflict):
        go(history, base, patches=patches, patches_from="s.mbox")
    assert not results.exists()  # nothing was built for it
    assert go(history, middle + "~1", base).status == 0  # nothing of it is left in the way


def test_a_series_needs_a_revision(history: FakeHistory) -> None:
    base = history.head
    history.commit("one", more_c="int x;\n")
    patches = tuple(mail.series(history.mbox(f"{base}..HEAD"), "s.mbox"))
    with pytest.raises(Problem, match="a patch series is applied to a revision.*is a tree"):
        go(history, str(history.tree), patches=patches, patches_from="s.mbox")


def test_no_hook_or_setting_of_the_user_has_a_say(
    history: FakeHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    ran = tmp_path / "ran"
    for name in ("post-checkout", "pre-applypatch", "applypatch-msg", "post-applypatch"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >>{ran}\n")
        (hooks / name).chmod(0o755)
    base = history.head
    history.commit("attributes", **{"_gitattributes": "* filter=x\n", "more_c": "int x;\n"})
    patches = tuple(mail.series(history.mbox(f"{base}..HEAD"), "s.mbox"))
    config = tmp_path / "gitconfig"
    config.write_text(
        f"[core]\n\thooksPath = {hooks}\n"
        f'[filter "x"]\n\tsmudge = echo smudge >>{ran}; cat\n\trequired = true\n'
        "[commit]\n\tgpgSign = true\n[am]\n\tthreeWay = true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(hooks / "post-checkout"))
    done = go(history, base, patches=patches, patches_from="s.mbox")
    assert done.status == 0
    assert not ran.exists()
