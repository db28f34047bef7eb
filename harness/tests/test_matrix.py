# SPDX-License-Identifier: GPL-2.0
"""svacheck matrix: what is run and stored, with kernels that are only consoles, and the table.

SVACHECK_WRITE_GOLDEN=1 writes the golden files anew; read the difference before keeping it.
"""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from fake_kernel import FakeKernel, console

from svacheck import cachedirs, matrixtable, report
from svacheck import check as checking
from svacheck.errors import Problem
from svacheck.matrix import Matrix, Options, matrix
from svacheck.model import Tree
from svacheck.progress import Progress
from svacheck.results import load

GOLDEN = Path(__file__).parent / "golden" / "matrix"


@dataclass
class Kernels(FakeKernel):
    """Kernels by name. refused: raised instead of a tree; asked: the names, in order."""

    refused: dict[str, BaseException] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    shown: list[Progress] = field(default_factory=list)

    def resolve(self, *arguments: Any) -> Tree:
        name, progress = arguments[0], arguments[-1]
        assert isinstance(name, str) and isinstance(progress, Progress)
        self.asked.append(name)
        self.shown.append(progress)
        held = self.folder / "held"
        assert held not in cachedirs._held
        cachedirs.hold(held)
        if name in self.refused:
            raise self.refused[name]
        return replace(super().resolve(), name=name, version=f"{name}.9")


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernels:
    made = Kernels(tmp_path / "tree")
    made.folder.mkdir()
    made.install(monkeypatch)
    return made


def go(*names: str, lanes: tuple[str, ...] = ("uml",)) -> Matrix:
    return matrix(Options(kernels=names, lanes=lanes), Progress(quiet=True))


def statuses(made: Matrix) -> list[tuple[str, int]]:
    return [(column["kernel"], column["status"]) for column in made.record["columns"]]


def test_each_kernel_in_each_lane_is_a_stored_run(kernels: Kernels, results: Path) -> None:
    done = go("6.1", "7.3", lanes=("uml", "uml-debug"))
    assert (done.status, done.trouble) == (0, None)
    columns = done.record["columns"]
    pairs = [("6.1", "uml"), ("6.1", "uml-debug"), ("7.3", "uml"), ("7.3", "uml-debug")]
    assert [(column["kernel"], column["lane"]) for column in columns] == pairs
    for column in columns:
        folder, run = load(column["run"])
        assert folder.parent == results == done.folder.parent
        assert run["tree"]["version"] == column["version"] == f"{column['kernel']}.9"
        assert run["tree"]["identity"] == column["identity"]
    assert re.match(r"matrix-[0-9]{8}T[0-9]{6}Z-", done.folder.name)
    assert json.loads((done.folder / "matrix.json").read_text()) == done.record
    assert (done.folder / "matrix.md").read_text() == matrixtable.page(done.record)


def test_all_kernels_by_default(kernels: Kernels) -> None:
    assert go().status == 0
    assert kernels.asked == ["6.1", "6.12", "7.2", "7.3"]


def test_a_run_is_asked_for_as_the_matrix_was(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[checking.Options] = []

    def check(options: checking.Options, progress: Progress) -> None:
        asked.append(options)
        raise Problem("enough")

    monkeypatch.setattr("svacheck.matrix.checking.check", check)
    matrix(Options(("7.3",), ("uml-debug",), 3), Progress(quiet=True))
    assert asked == [checking.Options(kernel="7.3", lane="uml-debug", jobs=3)]


def test_the_times_of_a_run_are_its_own(kernels: Kernels) -> None:
    go("6.1", "7.3")
    assert kernels.shown[0] is not kernels.shown[1]
    assert all("boot" in progress.phases for progress in kernels.shown)


TROUBLE: list[tuple[BaseException, str]] = [
    (Problem("it is gone"), "it is gone"),
    (ZeroDivisionError("odd"), "a defect of svacheck: ZeroDivisionError: odd"),
]


@pytest.mark.parametrize(("trouble", "said"), TROUBLE)
def test_a_kernel_that_cannot_be_had_leaves_the_others(
    kernels: Kernels, trouble: BaseException, said: str
) -> None:
    kernels.refused["6.1"] = trouble
    done = go("6.1", "7.3")
    assert (done.status, statuses(done)) == (2, [("6.1", 2), ("7.3", 0)])
    refused = done.record["columns"][0]
    assert (refused["verdict"], refused["run"]) == ("error", None)
    assert refused["problems"] == [said]


def test_the_worst_status_counts(kernels: Kernels) -> None:
    kernels.says = lambda name, keys: console(
        keys, ["svac_pasid.taken"] if kernels.asked[-1] == "6.1" else []
    )
    done = go("6.1", "7.3")
    assert (done.status, statuses(done)) == (1, [("6.1", 1), ("7.3", 0)])
    rules = done.record["columns"][0]["rules"]
    assert [rule for rule, said in rules.items() if said["verdict"] == "broken"] == ["PASID-002"]


def test_an_interrupt_keeps_the_run_and_what_was_there(kernels: Kernels) -> None:
    def interrupt(*arguments: object) -> str:
        if kernels.asked[-1] == "6.12":
            raise KeyboardInterrupt
        return console(*arguments[1:])  # type: ignore[arg-type]

    kernels.says = interrupt
    done = go("6.1", "6.12", "7.3")
    assert (done.status, statuses(done)) == (130, [("6.1", 0), ("6.12", 130)])
    assert load(done.record["columns"][1]["run"])[1]["problems"][0] == "interrupted"
    assert done.record["not_made"] == [{"kernel": "7.3", "lane": "uml"}]
    assert (done.folder / "matrix.json").is_file()


def test_an_interrupt_before_the_run(kernels: Kernels) -> None:
    kernels.refused["6.12"] = KeyboardInterrupt()
    done = go("6.1", "6.12", "7.3")
    assert (done.status, statuses(done)) == (130, [("6.1", 0)])
    assert [pair["kernel"] for pair in done.record["not_made"]] == ["6.12", "7.3"]


@pytest.mark.parametrize("wrong", [Options(kernels=("6.1", "9.9")), Options(lanes=("moon",))])
def test_a_wrong_name_is_told_before_anything_is_run(
    kernels: Kernels, results: Path, wrong: Options
) -> None:
    with pytest.raises(Problem, match="is called"):
        matrix(wrong, Progress(quiet=True))
    assert not kernels.asked and not results.exists()


def test_results_that_cannot_be_written_still_give_a_table(kernels: Kernels, results: Path) -> None:
    results.write_text("no folder")
    done = go("6.1")
    assert done.status == 2 and done.trouble and "cannot write the results" in str(done.trouble)
    assert (done.folder / "matrix.json").is_file()
    assert "cannot write the results" in done.record["columns"][0]["problems"][0]


# ---- the table ----


def column(kernel: str, lane: str = "uml", verdict: str = "pass", **rules: str) -> dict[str, Any]:
    """A column whose run says that of the rules, in which _ stands for a dash."""
    status = {"pass": 0, "fail": 1, "error": 2}[verdict]
    judged = {rule.replace("_", "-"): said for rule, said in rules.items()}
    return {
        "kernel": kernel,
        "lane": lane,
        "seconds": 12.34,
        "run": f"20261122T093000Z-{kernel}.9-{lane}-1a2b3c",
        "version": f"{kernel}.9",
        "identity": {},
        "status": status,
        "verdict": verdict,
        "problems": [],
        "counts": {"cases": 2000, "failed": status % 2},
        "known_issues": 0,
        "rules": {
            rule: {
                "verdict": said,
                "reason": REASONS.get(said, ""),
                "instead": ["GRP-005"] if rule == "GRP-001" and said == "not bound" else [],
            }
            for rule, said in judged.items()
        },
    }


REASONS = {"not covered": "no such thing", "not bound": "differs by design: GRP-005"}
KEPT = dict.fromkeys(
    ["DOM_001", "DOM_002", "GRP_001", "GRP_002", "GRP_003", "GRP_004", "GRP_005"], "kept"
)
BROKEN = {**KEPT, "DOM_002": "broken", "GRP_005": "broken", "CTL_001": "kept"}
APART = {rule: "kept" if "DOM" in rule else "not covered" for rule in KEPT}
# The first differs by design, the second is no matter of what the kernel has
APART |= {"GRP_001": "not bound", "GRP_002": "not bound"}
COLUMNS = [
    column("6.1", **KEPT),
    column("6.1", "uml-debug", "fail", **BROKEN),
    {
        **column("6.12", verdict="fail", **{**APART, "DOM_002": "broken"}),
        "status": 0,
        "known_issues": 1,
    },
    {
        **column("7.2", verdict="error", **dict.fromkeys(KEPT, "not covered")),
        "problems": ["it does not build | at all"] + [f"problem {n}" for n in range(4)],
    },
    {
        **column("7.3", verdict="error"),
        "run": None,
        "version": None,
        "counts": None,
        "problems": ["it is gone"],
    },
]
RULES = ["DOM-001", "DOM-002", *(f"GRP-{n:03}" for n in range(1, 6)), "CTL-001"]
RECORD: dict[str, Any] = {
    "schema": 1,
    "id": "matrix-20261122T093000Z-1a2b3c",
    "svacheck": {"version": "0.1.0", "commit": "abc", "dirty": True},
    "host": {"cpus": 2},
    "started": "2026-11-22T09:30:00Z",
    "seconds": 125.0,
    "status": 2,
    "columns": COLUMNS,
    "not_made": [{"kernel": "7.3", "lane": "uml-debug"}],
    "rules": {rule: f"What {rule} says | asks." for rule in RULES},
}


def terminal(record: dict[str, Any], colour: bool = False) -> str:
    stream = io.StringIO()
    report.write(matrixtable.compose(record, Path("results/matrix-x")), stream, colour)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["terminal.txt", "page.md"])
def test_golden(name: str) -> None:
    text = terminal(RECORD) if name == "terminal.txt" else matrixtable.page(RECORD)
    golden = GOLDEN / name
    if os.environ.get("SVACHECK_WRITE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_in_colour_it_says_the_same() -> None:
    assert re.search(r"\x1b\[1;31m +broken\x1b", terminal(RECORD, colour=True))
    coloured = re.sub(r"\x1b\[[0-9;]*m", "", terminal(RECORD, colour=True))
    assert [line.rstrip() for line in coloured.splitlines()] == terminal(RECORD).splitlines()


def test_a_matrix_in_which_nothing_was_run() -> None:
    record: dict[str, Any] = {**RECORD, "columns": [], "rules": {}}
    assert "0 of 0 rules kept by every run that judged it; 0 of 1 run passed" in terminal(record)
    assert matrixtable.page(record)


def test_rules_that_nobody_judged_are_not_counted_as_kept() -> None:
    record = {**RECORD, "columns": COLUMNS[3:]}
    assert "0 of 0 rules kept by every run that judged it" in terminal(record)


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    record = {**RECORD, "columns": [{**column("6.1"), "problems": ["\x1b[2J\nnew"]}]}
    for text in (terminal(record), matrixtable.page(record)):
        shown = text.replace("\\\\", "\\").replace("\\[", "[")
        assert "\\x1b[2J\\nnew" in shown and "\x1b" not in text


def test_what_a_kernel_says_is_no_markup() -> None:
    evil = "<script>alert(1)</script> [x](http://x) `y`"
    ours = column("6.1")
    ours["problems"] = [evil]
    for said in ours["rules"].values():
        said.update(verdict="error", reason=evil)
    text = matrixtable.page({**RECORD, "columns": [ours]})
    assert "alert(1)" in text
    for bare in ("<script", "[x](", "`y`"):
        assert bare not in text.replace("\\" + bare[0], "")
