# SPDX-License-Identifier: GPL-2.0
"""The index over results/: what gets in, what is left out, and what becomes of a bad one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import made_up
import pytest
from made_bench import boot, record, side
from made_store import counts, keep, run

from svacheck.places import ROOT, RUN_SCHEMA
from svacheck.results import LARGEST, schema_fault
from svacheck.store import index, query, schema

OPEN = "from svacheck.store.index import opened\nopened().close()\n"


class Said(list[str]):
    """What the index said."""

    def __call__(self, line: str) -> None:
        self.append(line)


@pytest.fixture
def said() -> Said:
    return Said()


def ids(results: Path, say: index.Say) -> list[str]:
    with index.opened(results, say) as made:
        return [row["id"] for row in made.rows("SELECT id FROM runs ORDER BY place")]


def process(script: str, results: Path, **more: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "harness")}
    environment["SVACHECK_RESULTS"] = str(results)
    return subprocess.Popen([sys.executable, "-c", script], env=environment, **more)


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path, said: Said) -> None:
    assert ids(tmp_path / "nowhere", said) == []
    assert not (tmp_path / "nowhere").exists()


def test_runs_come_and_go_and_change(results: Path, said: Said) -> None:
    folders = [keep(results, run(second)) for second in (3, 1, 2)]
    assert ids(results, said) == sorted(folder.name for folder in folders)
    shutil.rmtree(folders[0])
    changed = run(1, verdict="error", problems=["the kernel panicked"])
    (folders[1] / "run.json").write_text(json.dumps(changed))
    newest = keep(results, run(9))
    with index.opened(results, said) as made:
        rows = made.rows("SELECT id, verdict, problems FROM runs ORDER BY place")
        assert (made.tally.added, made.tally.gone) == (2, 1)
        assert made.rows("SELECT count(*) FROM cases")[0][0] == 3
    assert [tuple(row) for row in rows] == [
        (folders[1].name, "error", "the kernel panicked"),
        (folders[2].name, "pass", ""),
        (newest.name, "pass", ""),
    ]
    with index.opened(results, said) as made:
        assert (made.tally.added, made.tally.gone) == (0, 0)
    assert not said


def test_a_run_is_stored_with_its_rules_and_cases(results: Path, said: Said) -> None:
    failing = made_up.run_case(
        "svac_pasid.taken", status="fail", broken=["GRP-001"], where="a.c:3", messages=["it broke"]
    )
    skipped = made_up.run_case("svac_pasid.null", status="skip", reason="one CPU", boot="null")
    boots = [*made_up.run()["boots"], {**made_up.run()["boots"][0], "name": "null", "seconds": 1.5}]
    rules = [made_up.run_rule(verdict="broken", reason="why")]
    both = [failing, skipped, made_up.run_case()]
    stored = run(1, both, verdict="fail", rules=rules, boots=boots)
    assert not schema_fault(stored)
    keep(results, stored)
    with index.opened(results, said) as made:
        cases = made.rows("SELECT id, status, seconds, reason, source, rules, breaks FROM cases")
        assert sorted(map(tuple, cases)) == [
            ("svac_pasid.null/carried", "skip", 1.5, "one CPU", "", "PASID-001", ""),
            ("svac_pasid.set/carried", "pass", None, "", "", "PASID-001", ""),
            ("svac_pasid.taken/carried", "fail", None, "it broke", "a.c:3", "PASID-001", "GRP-001"),
        ]
        rows = made.rows("SELECT rule, verdict, kind, reason, kernel, lane FROM rules")
        assert [tuple(row) for row in rows] == [
            ("PASID-001", "broken", "contract", "why", "6.1", "uml")
        ]
        assert made.rows("SELECT sentence FROM rulebook")[0][0] == "A PASID can be set."
        assert made.rows("SELECT passed, failed, skipped FROM runs")[0][:] == (1, 1, 1)


def test_sessions_of_times_have_medians_and_intervals(results: Path, said: Said) -> None:
    boots = [boot(seed, ["carried"], 0.01, lambda metric, who: 1.0) for seed in range(8)]
    made_of = record([side("kernel", boots)])
    keep(results, made_of, "bench.json")
    few = record([side("kernel", boots[:5])], "2026-11-25T21:00:00Z")
    keep(results, few, "bench.json")
    with index.opened(results, said) as made:
        rows = made.rows("SELECT * FROM metrics WHERE key = 'refused.busy/carried' ORDER BY place")
    assert [row["session"] for row in rows] == [made_of["id"], few["id"]]
    assert rows[0]["low"] < rows[0]["median"] < rows[0]["high"]
    assert (rows[0]["boots"], rows[0]["samples"], rows[0]["kernel"]) == (8, 24, "7.3")
    assert (rows[1]["low"], rows[1]["high"]) == (None, None)  # five boots tell of no interval
    assert (results / rows[0]["file"]).is_file()
    assert not said


def _without(name: str) -> bytes:
    made = run(5)
    del made[name]
    return json.dumps(made).encode()


def _with(**changes: Any) -> bytes:
    return json.dumps({**run(5), **changes}).encode()


def _cases(*cases: dict[str, Any], **changes: Any) -> bytes:
    return _with(cases=list(cases), counts={**counts(cases), **changes})


BROKEN = {
    "not JSON": (b"{", "cannot be read"),
    "bytes": (b'{"a": "\xff"}', "cannot be read"),
    "nested": (b"[" * 200000, "maximum recursion"),
    "no object": (b"[]", "no object"),
    "no cases": (_without("cases"), "no 'cases'"),
    "cases are none": (_with(cases=7), "run.json"),
    "a case is none": (_with(cases=["x"]), "run.json"),
    "other id": (json.dumps(run(6)).encode(), "it says that it is 20261122T000006Z"),
    "unknown verdict": (_with(verdict="passed"), "verdict"),
    "number for text": (_with(lane=[1]), "schema|index"),
    "no seconds": (_with(seconds=None), "NOT NULL"),
    "no number": (b'{"seconds": NaN,' + _with()[1:].replace(b'"seconds": 12.3,', b""), "NOT NULL"),
    "huge number": (_with(rounds=10**30), "too large"),
    "counts": (_cases(made_up.run_case(), passed=2), "CHECK"),
    "more than counted": (_with(cases=[]), "0 cases and counts 1"),
    "twice": (_cases(made_up.run_case(), made_up.run_case()), "UNIQUE"),
    "unknown status": (_cases(made_up.run_case(status="passed"), passed=1), "CHECK"),
    "unknown rule": (_with(rules=[made_up.run_rule(verdict="held")]), "CHECK"),
    "list for text": (_cases(made_up.run_case(reason=[])), "no text"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_run_is_named_and_left_out(results: Path, said: Said, name: str) -> None:
    content, word = BROKEN[name]
    good = keep(results, run(1))
    bad = keep(results, run(5))
    (bad / "run.json").write_bytes(content)
    later = keep(results, run(7))
    assert ids(results, said) == [good.name, later.name]
    assert len(said) == 1 and bad.name in said[0]
    with index.opened(results, said) as made:
        rows = made.rows("SELECT * FROM left_out")
        assert made.rows("SELECT count(*) FROM cases")[0][0] == 2
    assert [row["folder"] for row in rows] == [bad.name] and len(said) == 1
    assert any(one in rows[0]["why"] for one in word.split("|")), rows[0]["why"]


def test_what_is_no_file_is_left_out(results: Path, said: Said) -> None:
    pipe, folder, large, empty, other = (keep(results, run(second)) for second in range(5))
    for one in (pipe, folder, empty):
        (one / "run.json").unlink()
    os.mkfifo(pipe / "run.json")
    (folder / "run.json").mkdir()
    os.truncate(large / "run.json", LARGEST + 1)
    other.rename(results / "copied")
    (results / "interrupted-20261122T000009Z-6.1-uml-000000").mkdir()
    (results / "findings").mkdir()
    assert ids(results, said) == []
    with index.opened(results, said) as made:
        left = {row["folder"] for row in made.rows("SELECT folder FROM left_out")}
    assert left == {pipe.name, folder.name, large.name, empty.name, "copied"}


def test_any_text_is_kept(results: Path, said: Said) -> None:
    reason = "\ud800 \0 <script> \x1b[31m ' -- \U0001f600"
    keep(results, run(1, [made_up.run_case(status="skip", reason=reason)]))
    with index.opened(results, said) as made:
        rows = made.rows("SELECT reason FROM cases")
    assert rows[0][0] == "\\ud800 \\x00 <script> \x1b[31m ' -- \U0001f600"
    assert not said


def _older(file: Path) -> None:
    with sqlite3.connect(file) as made:
        made.execute(f"PRAGMA user_version = {schema.VERSION - 1}")


def _newer(file: Path) -> None:
    with sqlite3.connect(file) as made:
        made.execute("DROP TABLE run")
        made.execute(f"PRAGMA user_version = {schema.VERSION + 1}")


def _foreign(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE run (anything)")


def _garbage(file: Path) -> None:
    file.write_bytes(b"this is no index at all" * 999)


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _scribbled(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    file.write_bytes(content)


@pytest.mark.parametrize("spoil", [_older, _newer, _foreign, _garbage, _cut, _scribbled])
def test_an_index_that_will_not_do_is_made_anew(results: Path, said: Said, spoil: Any) -> None:
    names = [keep(results, run(second)).name for second in range(40)]
    assert ids(results, said) == names
    spoil(results / "index.sqlite")
    assert ids(results, said) == names
    assert len(said) == 1 and "is made anew" in said[0]
    assert ids(results, said) == names and len(said) == 1


@pytest.mark.parametrize("comes", [False, True])
def test_whichever_page_is_damaged(results: Path, said: Said, comes: bool) -> None:
    """Whether it is met in reading or in writing, what is asked has its answer."""
    cases = [made_up.run_case(f"svac_a.case{nth}", reason="x" * 200) for nth in range(40)]
    names = [keep(results, run(second, cases)).name for second in range(3)]
    assert ids(results, said) == names
    file = results / "index.sqlite"
    whole, page = file.read_bytes(), 4096
    for at in range(1, len(whole) // page, 2):
        file.write_bytes(whole[: at * page] + b"\xa5" * page + whole[(at + 1) * page :])
        if comes:
            names.append(keep(results, run(1000 + at, cases)).name)
        with index.opened(results, said) as made:
            found = made.rows("SELECT id FROM runs ORDER BY place")
            assert [row["id"] for row in found] == names
            rows = query.ask(made, "SELECT * FROM cases JOIN rules USING (run)", 10**6).rows
            assert len(rows) == 40 * len(names)
    assert said and all("is made anew" in line for line in said)


def test_an_empty_file_becomes_an_index(results: Path, said: Said) -> None:
    names = [keep(results, run(1)).name]
    (results / "index.sqlite").touch()
    assert ids(results, said) == names


def test_one_that_cannot_be_written_lies_elsewhere(
    results: Path, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [keep(results, run(1)).name]
    (results / "index.sqlite").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with index.opened(results, said) as made:
        assert made.file and tmp_path / "cache" in made.file.parents
        assert [row[0] for row in made.rows("SELECT id FROM runs")] == names
    assert len(said) == 1
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    with index.opened(results, said) as made:
        assert made.file is None
        assert [row[0] for row in made.rows("SELECT id FROM runs")] == names


@pytest.fixture
def foreign_results() -> Iterator[Path]:
    """A folder that everybody can read and nobody but us can write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield folder
        for one in (folder, folder / "results"):
            one.chmod(0o755)


def test_results_of_somebody_else_can_be_asked(foreign_results: Path) -> None:
    results = foreign_results / "results"
    names = [keep(results, run(second)).name for second in range(3)]
    for one in (foreign_results, results):
        one.chmod(0o555)
    script = (
        "from svacheck.store.index import opened\nwith opened(say=lambda line: None) as made:\n"
        "    print(made.file)\n    for row in made.rows('SELECT id FROM runs'): print(row[0])\n"
    )
    nobody = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
    ran = process(script, results, stdout=subprocess.PIPE, cwd="/", **nobody)
    lines = ran.communicate()[0].decode().split()
    assert ran.returncode == 0 and lines[1:] == names
    assert lines[0] != str(results / "index.sqlite")
    assert not (results / "index.sqlite").exists()


def test_two_processes_write_one_index(results: Path, said: Said) -> None:
    names = []
    for turn in range(3):
        names += [keep(results, run(1000 * turn + second)).name for second in range(120)]
        both = [process(OPEN, results, stderr=subprocess.PIPE) for _ in range(2)]
        for one in both:
            assert one.communicate()[1] == b"" and one.returncode == 0
        with sqlite3.connect(results / "index.sqlite") as made:
            assert [row[0] for row in made.execute("SELECT id FROM run ORDER BY place")] == names
            assert made.execute("SELECT count(*) FROM case_of").fetchone()[0] == len(names)
            assert made.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_two_processes_meet_a_damaged_index(results: Path) -> None:
    names = [keep(results, run(second)).name for second in range(120)]
    for _ in range(3):
        (results / "index.sqlite").write_bytes(b"no index" * 999)
        both = [process(OPEN, results, stderr=subprocess.PIPE) for _ in range(2)]
        told = [one.communicate()[1].decode() for one in both]
        assert [one.returncode for one in both] == [0, 0], told
        assert sum("is made anew" in one for one in told) == 1
        with sqlite3.connect(results / "index.sqlite") as made:
            assert [row[0] for row in made.execute("SELECT id FROM run ORDER BY place")] == names


def test_a_killed_writer_leaves_nothing_half(results: Path, said: Said) -> None:
    names = [keep(results, run(second)).name for second in range(60)]
    script = (
        "import os, signal\nfrom svacheck.store import index, rows\n"
        "store, done = rows.Writer.store, []\n"
        "def fatal(self, *record):\n    done.append(store(self, *record))\n"
        "    if len(done) == 40: os.kill(os.getpid(), signal.SIGKILL)\n"
        "rows.Writer.store = fatal\nindex.opened()\n"
    )
    ran = process(script, results)
    assert ran.wait() == -signal.SIGKILL
    with sqlite3.connect(results / "index.sqlite") as made:
        assert made.execute("SELECT count(*) FROM run").fetchone()[0] == index.BATCH
    assert ids(results, said) == names and not said


def test_reindex_names_what_is_left_out(
    results: Path, said: Said, capsys: pytest.CaptureFixture[str]
) -> None:
    from svacheck.cli import main

    keep(results, run(1))
    for second in (2, 3):
        (keep(results, run(second)) / "run.json").write_text("{\x1b[31m")
    assert ids(results, said) and "1 more" in said[0]
    assert main(["reindex"]) == 0
    told = capsys.readouterr()
    assert told.out.count("left out 2026") == 2 and "1 runs with 1 cases" in told.out
    assert not told.err and "\x1b" not in told.out


def test_each_view_has_the_columns_that_are_described(results: Path, said: Said) -> None:
    with index.opened(results, said) as made:
        for view, (_, columns) in schema.TABLES.items():
            found = [row["name"] for row in made.rows(f"PRAGMA table_info({view})")]
            assert found == list(columns), view
        views = made.rows("SELECT name FROM sqlite_master WHERE type = 'view'")
        assert {row["name"] for row in views} == set(schema.TABLES)


def test_the_description_is_that_of_the_code() -> None:
    text = (RUN_SCHEMA.parent / "index.md").read_text(encoding="utf-8")
    assert text == schema.page(), "svacheck.store.schema.page() is what it should be"
