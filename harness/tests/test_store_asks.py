# SPDX-License-Identifier: GPL-2.0
"""What is asked of stored runs: history, diff and query."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import made_up
import pytest
from made_bench import boot, record, side
from made_store import keep, run

from svacheck.cli import main
from svacheck.errors import Problem
from svacheck.store import query
from svacheck.store.history import History, history, lines, signs
from svacheck.store.index import Index, opened

CASE = "svac_pasid.set/carried"
SUITE = {"version": "1", "commit": "a" * 40, "dirty": False}
STATUS = {"kept": "pass", "broken": "fail", "not covered": "skip", "error": "error"}


def said(second: int, verdict: str, **changes: Any) -> dict[str, Any]:
    """A run whose one rule has this verdict."""
    case = made_up.run_case(status=STATUS[verdict], reason="why" if verdict != "kept" else "")
    rule = made_up.run_rule(verdict=verdict, reason="because")
    overall = {"broken": "fail", "error": "error"}.get(verdict, "pass")
    made = run(second, [case], rules=[rule], verdict=overall, svacheck=SUITE)
    return {**made, **changes}


def ask(results: Path, name: str, **only: str) -> History:
    with opened(results) as index:
        return history(index, name, **only)


def test_a_strip_for_each_kernel_and_lane(results: Path) -> None:
    for second, verdict in enumerate(("kept", "kept", "broken", "broken", "kept", "not covered")):
        keep(results, said(second, verdict, svacheck={**SUITE, "commit": f"{second:040x}"}))
    other = {"name": "/src/linux", "kind": "plain", "version": "7.3.4", "identity": {"a": "c"}}
    keep(results, said(20, "kept", tree=other))
    keep(results, said(21, "error", lane="uml-debug"))
    found = ask(results, "PASID-001")
    assert [(one.kernel, one.lane, signs(one), one.flaky) for one in found.strips] == [
        ("6.1", "uml", "++|XX|+|.", ()),
        ("6.1", "uml-debug", "!", ()),
        ("7.3.4", "uml", "+", ()),
    ]
    assert [signs(one) for one in ask(results, CASE).strips] == ["++|XX|+|.", "!", "+"]
    assert [one.kernel for one in ask(results, CASE, kernel="7.3.4").strips] == ["7.3.4"]
    text = list(lines(found))
    assert sum("broken" in line and "because" in line for line in text) == 1


def test_a_run_of_some_suites_says_nothing_of_what_it_left_out(results: Path) -> None:
    keep(results, said(1, "kept"))
    keep(results, said(2, "not covered", select="svac_bind*"))
    keep(results, said(3, "broken", select="svac_pasid*"))
    assert signs(ask(results, "PASID-001").strips[0]) == "+|X"


FLAKY: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"svacheck": {**SUITE, "dirty": True}}, False),  # who knows what was changed
    ({"svacheck": {**SUITE, "commit": "b" * 40}}, False),
    ({"tree": {**made_up.run()["tree"], "identity": {"a": "other"}}}, False),
    ({"kernel_args": ["svacheck.seed=1"]}, False),
    ({"build": {**made_up.run()["build"], "compiler": "gcc 13"}}, False),
]


@pytest.mark.parametrize("changes, flaky", FLAKY)
def test_runs_of_the_same_that_do_not_agree_are_flaky(
    results: Path, changes: dict[str, Any], flaky: bool
) -> None:
    runs = [said(1, "kept"), said(2, "broken", **changes)]
    for one in runs:
        keep(results, one)
    expected = tuple(one["id"] for one in runs) if flaky else ()
    assert [one.flaky for one in ask(results, CASE).strips] == [expected]
    assert any("FLAKY" in line for line in lines(ask(results, "PASID-001"))) is flaky


def test_what_is_skipped_once_is_not_flaky(results: Path) -> None:
    for second, verdict in enumerate(("kept", "not covered", "kept")):
        keep(results, said(second, verdict))
    assert ask(results, CASE).strips[0].flaky == ()


def test_rounds_that_do_not_agree_are_flaky(results: Path) -> None:
    case = made_up.run_case(status="error", reason="unstable: fail 1, pass 2 of 3")
    kept = keep(results, run(1, [case], verdict="error"))
    assert ask(results, CASE).strips[0].flaky == (kept.name,)


def test_a_metric_has_a_course_for_each_kernel_and_host(results: Path) -> None:
    boots = [boot(seed, ["carried"], 0.01, lambda metric, who: 1.0) for seed in range(8)]
    for hour in (20, 21):
        made = record([side("kernel", boots)], f"2026-11-25T{hour}:00:00Z")
        made["host"]["load"] = float(hour)  # another load is no other host
        keep(results, made, "bench.json")
    found = ask(results, "refused.busy/carried")
    assert [len(one.points) for one in found.courses] == [2]
    assert "8 boots" in list(lines(found))[-1]


def test_a_name_that_nobody_has_is_told_with_those_like_it(results: Path) -> None:
    keep(results, said(1, "kept"))
    with pytest.raises(Problem, match="no stored run has .*'pasid'.*PASID-001"):
        ask(results, "pasid")
    with pytest.raises(Problem, match="no stored run of 7.3 has PASID-001"):
        ask(results, "PASID-001", kernel="7.3")


def test_history_for_programs(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(results, said(1, "kept"))
    assert main(["history", CASE, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["what"] == "case" and made["strips"][0]["points"][0]["verdict"] == "pass"


def test_diff_has_the_classes_of_a_gate(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, head = said(1, "kept"), said(2, "broken")
    for one in (base, head):
        keep(results, one)
    assert main(["diff", base["id"], head["id"]]) == 1
    assert "regression: 1 rule\n  PASID-001" in capsys.readouterr().out
    assert main(["diff", head["id"], base["id"], "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["counts"]["rules"]["fixed"] == 1 and made["rules"][0]["change"] == "fixed"
    assert main(["diff", base["id"], base["id"]]) == 0
    assert "no change" in capsys.readouterr().out


@pytest.mark.parametrize(
    "head, word",
    [
        (said(2, "error", problems=["the kernel panicked"]), "has no verdict: the kernel panicked"),
        (said(2, "kept", lane="uml-debug"), "not of one lane"),
    ],
)
def test_diff_of_what_cannot_be_compared(
    results: Path, head: dict[str, Any], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    base = said(1, "kept")
    for one in (base, head):
        keep(results, one)
    assert main(["diff", base["id"], head["id"]]) == 2
    assert word in capsys.readouterr().err


# ---- query ----


@pytest.fixture
def index(results: Path) -> Any:
    for second in range(3):
        keep(results, said(second, "kept"))
    with opened(results) as made:
        yield made


def test_a_query_reads(index: Index) -> None:
    answer = query.ask(index, "SELECT verdict, count(*) AS n FROM runs GROUP BY 1")
    assert (answer.columns, answer.rows, answer.more) == (["verdict", "n"], [("pass", 3)], False)
    answer = query.ask(index, "SELECT id FROM runs ORDER BY place", limit=2)
    assert len(answer.rows) == 2 and answer.more
    assert query.ask(index, "SELECT json_array(lower('A'), 1)").rows == [('["a",1]',)]


WRITES = [
    "DELETE FROM run",
    "DROP VIEW runs",
    "CREATE TABLE x (y)",
    "INSERT INTO rule (name) VALUES ('x')",
    "UPDATE run SET verdict = 'pass'",
    "PRAGMA user_version = 9",
    "PRAGMA writable_schema = 1",
    "ATTACH 'other.sqlite' AS other",
    "VACUUM INTO 'copy.sqlite'",
    "SELECT load_extension('x')",
    "BEGIN",
]


@pytest.mark.parametrize("sql", WRITES)
def test_a_query_does_nothing_else(
    index: Index, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match="can read and nothing else"):
        query.ask(index, sql)
    assert index.rows("SELECT count(*) FROM runs")[0][0] == 3
    assert not list(tmp_path.glob("*.sqlite"))


@pytest.mark.parametrize(
    "sql, word",
    [
        ("SELEC 1", "syntax error"),
        ("SELECT absent FROM runs", "no such column"),
        ("SELECT 1; DELETE FROM run", "one statement"),
        ("-- nothing", "no query"),
        ("SELECT '\0'", "does not understand"),
        ("SELECT zeroblob(100000000)", "too big"),
    ],
)
def test_a_wrong_query_is_told(index: Index, sql: str, word: str) -> None:
    with pytest.raises(Problem, match=word):
        query.ask(index, sql)


def test_a_query_without_end_is_stopped(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "PATIENCE", 0.0)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with pytest.raises(Problem, match="stopped after"):
        query.ask(index, endless)
    assert index.rows("SELECT count(*) FROM runs")[0][0] == 3


def test_answers_for_programs_and_people(
    results: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT 'a,\"b\"\n\x1b[31m' AS text, NULL AS none, 1e999 AS much, x'00ff' AS blob"
    assert main(["query", sql, "--csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[1][0] == 'a,"b"\n\x1b[31m'
    assert main(["query", sql, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)[0]
    assert made == {"text": 'a,"b"\n\x1b[31m', "none": None, "much": "inf", "blob": "00ff"}
    assert main(["query", sql]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert main(["query", "SELECT id FROM runs", "--limit", "1"]) == 0
    assert "more than 1 rows" in capsys.readouterr().err
    assert main(["query"]) == 0
    assert "rulebook" in capsys.readouterr().out
