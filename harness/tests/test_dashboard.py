# SPDX-License-Identifier: GPL-2.0
"""The dashboard's data and files; test_dashboard_browser.py opens its pages."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import made_site
import made_up
import pytest

from svacheck import cli
from svacheck.dashboard import charts, data, names, serve, site
from svacheck.dashboard.excerpts import LINES, Consoles
from svacheck.dashboard.shown import CaseResult, RunFacts
from svacheck.dashboard.stored import Stored
from svacheck.errors import EXIT_INTERRUPTED, Problem
from svacheck.gate import compare
from svacheck.places import ROOT
from svacheck.progress import Progress
from svacheck.store.index import opened


def build(results: Path) -> Path:
    with opened(results, lambda line: None) as index:
        return site.build(Stored(index), results, results / "site", Progress(quiet=True)).folder


def given(folder: Path, name: str) -> Any:
    """What a script of data/ gives to pages."""
    text = (folder / "data" / f"{name}.js").read_text()
    match = re.fullmatch(r"svacheck\.put\((\"(?:[^\"\\]|\\.)*\"),(.*)\);\n", text, re.S)
    assert match
    return json.loads(match[2])


def test_a_site_of_nothing(results: Path) -> None:
    results.mkdir()
    folder = build(results)
    for page in folder.glob("*.html"):
        assert "<main" in page.read_text()
    assert "make check" in (folder / "index.html").read_text()


def test_what_a_run_says_is_what_its_page_has(results: Path) -> None:
    made_site.store(results, made_site.run(1))
    ill = made_site.failing(2)
    made_site.store(results, ill)
    folder = build(results)
    rules = [rule[0] for rule in given(folder, "rules")]
    told = given(folder, f"runs/{ill['id']}")
    assert {rule: letter for rule, letter in zip(rules, told["rules"])} == {
        "PASID-001": "b",
        "DOM-001": "n",
    }
    entries = given(folder, "cases")
    mine = [entries[at] for first, many in told["entries"] for at in range(first, first + many)]
    assert dict(zip((one[0] for one in mine), told["cases"])) == {
        "svac_pasid.set/carried": "p",
        "svac_pasid.taken/carried": "f",
    }
    (failure,) = told["failures"].values()
    assert failure["breaks"] == ["PASID-001"] and failure["where"] == "kunit/suites/pasid.c:12"
    assert failure["excerpt"]["lines"] == [f"line {nth} of the console" for nth in range(5, 10)]
    page = (folder / "rules" / "PASID-001.html").read_text()
    assert "line 5 of the console" in page and "line 10 of the console" not in page


def test_the_newest_evidence_is_of_the_newest_run_that_has_any(results: Path) -> None:
    made_site.store(results, made_site.failing(1))
    made_site.store(results, made_site.run(2))
    idle = made_up.run_rule(verdict="not covered", cases=[], reason="not selected")
    none = {"bodies": 0, "cases": 0, "passed": 0, "failed": 0, "errors": 0, "skipped": 0}
    made_site.store(results, made_site.run(3, rules=[idle], cases=[], counts=none, select="x.*"))
    page = (build(results) / "rules" / "PASID-001.html").read_text()
    told = page[page.index("Last evidence") :]
    assert made_site.run(2)["id"] in told and made_site.failing(1)["id"] not in told


def test_a_run_of_some_suites_hides_no_whole_one(results: Path) -> None:
    """A wrong "kept" on the overview would be worst: a partial run is newest and passes."""
    made_site.store(results, made_site.failing(1))
    made_site.store(results, made_site.run(2, select="svac_pasid.set"))
    made_site.store(results, made_site.run(3, kernel_args=["svac_seed=1"]))
    folder = build(results)
    ((at, _),) = given(folder, "newest")
    assert given(folder, "runs")[at][0] == made_site.failing(1)["id"]
    assert "1 broken" in (folder / "index.html").read_text()


def test_an_error_is_the_newest_word_too(results: Path) -> None:
    made_site.store(results, made_site.run(1))
    made_site.store(results, made_site.run(2, verdict="error", problems=["panic"]))
    folder = build(results)
    ((at, _),) = given(folder, "newest")
    assert given(folder, "runs")[at][6] == "error"


def test_what_cannot_be_read_is_told(results: Path) -> None:
    place = made_site.store(results, made_site.run(1))
    (place / "run.json").write_text("{")
    (results / "interrupted-20261122T093002Z-6.1-uml-abcdef").mkdir()
    folder = build(results)
    runs = given(folder, "runs")
    assert [run[6] for run in runs] == ["unread", "unread"] and all(run[12] for run in runs)
    for name in ("index.html", "runs.html"):
        told = (folder / name).read_text()
        assert place.name in told and "interrupted-20261122T093002Z" in told


def test_a_run_that_changes_meanwhile_is_told_too(results: Path) -> None:
    place = made_site.store(results, made_site.failing(1))
    with opened(results, lambda line: None) as index:
        source = Stored(index)
        (place / "run.json").write_text('{"cases": [{"id": 1}]}')
        folder = site.build(source, results, results / "site", Progress(quiet=True)).folder
    assert given(folder, "runs")[0][6] == "unread"
    assert "damaged" in (folder / "index.html").read_text()


@pytest.mark.parametrize("text", made_site.HOSTILE)
def test_hostile_text_is_escaped_in_every_file(results: Path, text: str) -> None:
    made_site.store(results, made_site.failing(1, text))
    folder = build(results)
    for page in folder.rglob("*.html"):
        told = page.read_text()
        assert "<script>window" not in told and "<img" not in told and "<svg/" not in told
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\u200f]", told)
    for script in (folder / "data").rglob("*.js"):
        assert script.read_bytes().isascii()


def test_nothing_links_to_a_page_that_is_not_there(results: Path) -> None:
    """Of the rules and runs that gates, matrices and certificates name, few are in any run."""
    made_site.fill(results)
    for run in results.glob("2026*"):
        shutil.rmtree(run)
    made_site.store(results, made_site.failing(9))
    folder = build(results)
    pages = list(folder.rglob("*.html"))
    for page in pages:
        for link in re.findall(r'href="([^"#:]+)["#]', page.read_text()):
            assert (page.parent / link).is_file(), f"{link} on {page}"
    assert len(pages) > 50


def test_names_of_files_are_safe() -> None:
    assert names.file_of("PASID-004") == "PASID-004"
    for name in ("../../etc/passwd", ".hidden", "a/b", "", "n" * 5000, "\x1b", 'a"b'):
        made = names.file_of(name)
        assert re.fullmatch(r"x\.[0-9a-f]{24}", made) and made == names.file_of(name)


def test_stretches_of_numbers() -> None:
    assert data.ranges([3, 4, 5, 9, 1, 2]) == [[3, 3], [9, 1], [1, 2]]
    assert data.ranges([]) == []


def test_the_table_of_classes_is_the_gates() -> None:
    table = compare.change_table()
    assert table["kept"]["broken"] == compare.REGRESSION
    assert table["absent"]["fail"] == compare.NEW_FAILURE
    assert table["pass"]["skip"] == compare.DISAPPEARED
    assert {one for row in table.values() for one in row.values()} == {
        "",
        *compare.CLASSES,
    } - {compare.UNSTABLE}


def test_lines_of_a_console(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("".join(f"{nth}\n" for nth in range(1, 200)) + "w" * 9000 + "\n")
    run = RunFacts("r", tmp_path)
    consoles = Consoles()

    def excerpt(console: str, first: int, last: int) -> Any:
        return consoles.excerpt(
            run, CaseResult("a", "fail", console=console, first=first, last=last)
        )

    assert excerpt("c", 2, 4).lines == ("2", "3", "4")
    assert len(excerpt("c", 1, 100).lines) == LINES and excerpt("c", 1, 100).more == 100 - LINES
    assert len(excerpt("c", 200, 200).lines[0]) < 500
    assert excerpt("", 0, 0).trouble == "it never ran"
    assert "does not have" in excerpt("c", 900, 901).trouble
    assert "No such file" in excerpt("gone", 1, 2).trouble
    assert "outside" in excerpt("../../etc/passwd", 1, 2).trouble


def test_something_else_is_never_replaced(results: Path) -> None:
    made_site.store(results, made_site.run(1))
    (results / "site").mkdir()
    (results / "site" / "precious").touch()
    with pytest.raises(Problem, match="no site of svacheck"):
        build(results)
    assert (results / "site" / "precious").exists()
    (results / "site" / "precious").unlink()
    folder = build(results)
    (folder / "old").touch()
    assert build(results) == folder and not (folder / "old").exists()
    assert [one.name for one in results.iterdir() if one.name.startswith(".site")] == []


def test_without_the_library_of_charts(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results.mkdir()
    monkeypatch.setattr(charts, "FILE", results / "none")
    with pytest.raises(Problem, match="apt-get install libjs-chart.js"):
        build(results)
    assert not (results / "site").exists()


def test_the_command(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_site.fill(results)
    assert cli.main(["dashboard", "-q", "--out", str(results / "out" / "here")]) == 0
    assert capsys.readouterr().out == f"{results}/out/here/index.html\n"
    assert cli.main(["dashboard"]) == 0
    told = capsys.readouterr().out
    assert "2 of which cannot be read" in told and f"{results}/dashboard/index.html" in told
    assert cli.main(["dashboard", "--out", str(results)]) == 2
    assert "no site of svacheck" in capsys.readouterr().err


# ---- serve ----


@pytest.fixture
def port(results: Path) -> Iterator[int]:
    made_site.store(results, made_site.run(1))
    (results / "secret").write_text("secret")
    with serve.server(build(results), 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def ask(port: int, path: str, host: str = "127.0.0.1", method: str = "GET") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, headers={"Host": f"{host}:{port}"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_serve_gives_the_site_and_nothing_else(port: int, results: Path) -> None:
    assert ask(port, "/")[0] == 200 and b"Overview" in ask(port, "/")[1]
    assert ask(port, "/data/runs.js")[0] == 200
    for path in ("/../secret", "/%2e%2e/secret", "/runs/../../secret"):
        status, content = ask(port, path)
        assert status == 404 and b"secret" not in content
    assert ask(port, "/runs/")[0] == 404  # no listing
    assert ask(port, "/", method="POST")[0] == 501
    assert ask(port, "/", host="attacker.example")[0] == 403


def test_serve_without_a_site_or_a_port(results: Path, port: int) -> None:
    for folder, number, what in (
        (results, 0, "no dashboard"),
        (results / "site", port, "in use"),
        (results / "site", 99999, "0-65535"),
    ):
        with pytest.raises(Problem, match=what):
            serve.server(folder, number)


def test_serve_tells_its_address_and_ends_with_130(results: Path) -> None:
    made_site.store(results, made_site.run(1))
    build(results)
    command = [
        str(ROOT / "scripts" / "svacheck"),
        "serve",
        "--dir",
        str(results / "site"),
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout
    match = re.match(r"http://127\.0\.0\.1:(\d+)/ ", running.stdout.readline())
    assert match and ask(int(match[1]), "/index.html")[0] == 200
    os.kill(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == EXIT_INTERRUPTED and errors == "svacheck: interrupted\n"
