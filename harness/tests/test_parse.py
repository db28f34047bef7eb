# SPDX-License-Identifier: GPL-2.0
"""`svacheck parse`: exit status, text, JSON, and files that are none."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from svacheck import parse
from svacheck.errors import Problem

GOLDEN = Path(__file__).parent / "golden"


def run(*names: str | Path) -> tuple[int, str]:
    out = io.StringIO()
    status = parse.parse_files([GOLDEN / name for name in names], False, out)
    return status, out.getvalue()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("pass.console", 0),
        ("interleaved.console", 0),
        ("fail.console", 1),
        ("kselftest.ktap", 1),
        ("directives.ktap", 1),
        ("panic.console", 2),
        ("cut-after-line.console", 2),
        ("cut-in-line.console", 2),
        ("plan-fewer.console", 2),
        ("plan-more.console", 2),
        ("no-tests.console", 2),
        ("denied.console", 2),
        ("plan-at-end.ktap", 2),
    ],
)
def test_exit_status(name: str, status: int) -> None:
    assert run(name)[0] == status


def test_worst_of_several() -> None:
    assert run("pass.console", "fail.console")[0] == 1
    assert run("no-tests.console", "fail.console", "pass.console")[0] == 2


def test_text_names_failures_and_anomalies() -> None:
    _, text = run("fail.console")
    assert "not ok" not in text
    assert "fail      carried\n" in text
    assert "| # block_clears: EXPECTATION FAILED at" in text
    assert "  fail: 2 passed, 1 failed, 0 skipped\n" in text
    _, text = run("plan-fewer.console")
    assert "line 30: error: fewer or more results than the plan says [plan-mismatch]" in text
    assert "1 more that the plan promised and that never came" in text
    _, text = run("warn.console")
    assert "line 19: WARNING in iommu_block_device_pasid" in text


def test_all_skipped_is_not_a_pass(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("KTAP version 1\n1..1\nok 1 a # SKIP no device\n")
    status, text = run(log)
    assert status == 2 and "no test ran" in text


def test_json_has_stable_keys() -> None:
    out = io.StringIO()
    assert parse.parse_files([GOLDEN / "kselftest.ktap"], True, out) == 1
    (entry,) = json.loads(out.getvalue())["files"]
    assert set(entry) == {
        *("file", "status", "lines", "complete", "counts", "anomalies", "anomalies_not_shown"),
        *("reports", "tests"),
    }
    assert entry["counts"]["failed"] == 2
    assert [test["outcome"] for test in entry["tests"][0]["tests"]] == ["pass", "skip", "xfail"]


def test_hostile_text_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    evil = b"KTAP version 1\n1..2\nok 1 a\x1b]0;x\x07\x9b31m\r\nok 2 b\xe2\x80\xae\x08\xff\n"
    log.write_bytes(evil)
    for as_json in (False, True):
        out = io.StringIO()
        parse.parse_files([log], as_json, out)
        assert all(char.isprintable() or char == "\n" for char in out.getvalue())
    assert "b\\u202e\\x08\\xff" in run(log)[1]


def test_output_that_knows_only_ascii(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("KTAP version 1\n1..1\nok 1 na\u00efve\n", encoding="utf-8")
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    parse.parse_files([log], False, out)
    out.flush()
    assert b"na\\xefve" in raw.getvalue()


@pytest.mark.parametrize("kind", ["directory", "missing", "binary", "device", "name"])
def test_what_cannot_be_read_is_a_problem(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    if kind == "directory":
        path.mkdir()
    elif kind == "binary":
        path.write_bytes(b"\x7fELF\0\0\1" * 100)
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "name":
        path = Path("\0\x1b[31m")
    with pytest.raises(Problem) as caught:
        parse.parse_files([path], False, io.StringIO())
    assert str(caught.value).isprintable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("KTAP version 1\n")
    path.chmod(0)
    with pytest.raises(Problem, match="Permission denied"):
        parse.parse_files([path], False, io.StringIO())


def test_readable_files_are_shown_before_the_problem(tmp_path: Path) -> None:
    out = io.StringIO()
    with pytest.raises(Problem, match="and 1 more"):
        parse.parse_files([tmp_path, GOLDEN / "pass.console", tmp_path / "no"], False, out)
    assert "pass: 3 passed" in out.getvalue()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO((GOLDEN / "fail.console").read_bytes())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stream))
    out = io.StringIO()
    assert parse.parse_files([Path("-")], False, out) == 1


def test_binary_bytes_in_a_ktap_log_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\0\0\0boot\nKTAP version 1\n1..1\nok 1 a\n")
    assert run(path)[0] == 0


def test_a_log_that_never_ends_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "MOST_BYTES", 100)
    (tmp_path / "long").write_text("KTAP version 1\n" + "ok 1 a\n" * 20)
    with pytest.raises(Problem, match="a log this large is not read"):
        parse.read_lines(tmp_path / "long")
