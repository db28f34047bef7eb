# SPDX-License-Identifier: GPL-2.0
"""Exports, each held against the rules of those who read it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import made_up
import pytest
from junit_rules import jenkins_fault
from junitparser import JUnitXml  # type: ignore[import]
from made_exports import HOSTILE, cases, hostile_run, session, stored
from made_store import keep, run
from prometheus_client import parser as prometheus_parser

from svacheck.cli import main
from svacheck.errors import Problem
from svacheck.export import benches, junit, kcidb, markdown, prometheus, squad
from svacheck.export.formats import FORMATS
from svacheck.places import KCIDB_SCHEMA
from svacheck.results import read, schema_fault

GOLDEN = Path(__file__).parent / "golden" / "export"
MIXED = run(1, cases(), verdict="error", problems=["the kernel panicked"])
GOOD = run(2, [made_up.run_case(), made_up.run_case("svac_a.skipped", status="skip")])
RUNS = [MIXED, GOOD, hostile_run()]
READER: Any = prometheus_parser.text_string_to_metric_families  # it has no types
NAMES = {"pass": "passed", "fail": "failed", "error": "errors", "skip": "skipped"}


def total(*runs: dict[str, Any]) -> Counter[str]:
    """What run.json of each counts, in all."""
    found: Counter[str] = Counter()
    for one in runs:
        found.update({status: one["counts"][name] for status, name in NAMES.items()})
    return +found


# ---- JUnit ----


def junit_counts(texts: list[str]) -> tuple[Counter[str], Counter[str]]:
    """What its reader finds: of cases, and of the runs themselves."""
    found: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    seen = set()
    kinds = {"Failure": "fail", "Error": "error", "Skipped": "skip"}
    for text in texts:
        for suite in JUnitXml.fromstring(text.encode()):
            made = [kinds[type(one.result[0]).__name__] if one.result else "pass" for one in suite]
            counts = Counter(made)
            assert (suite.tests, suite.failures) == (len(made), counts["fail"])
            assert (suite.errors, suite.skipped) == (counts["error"], counts["skip"])
            for case, status in zip(suite, made):
                assert (case.classname, case.name) not in seen
                seen.add((case.classname, case.name))
                found[case.name == "verdict"][status] += 1
                assert case.time is not None and case.time >= 0
    return found[False], found[True]


def test_junit_has_every_case_once() -> None:
    texts = [one.text for one in junit.make(stored(*RUNS))]
    counted, verdicts = junit_counts(texts)
    assert counted == total(*RUNS)
    assert verdicts == Counter(one["verdict"] for one in RUNS)
    for text in texts:
        assert jenkins_fault(text) == ""
        assert "\x1b" not in text and "<script>" not in text


def test_junit_says_what_failed() -> None:
    text = junit.make(stored(MIXED))[0].text.encode()
    bad = next(c for suite in JUnitXml.fromstring(text) for c in suite if c.name == "bad/carried")
    assert bad.classname == "svacheck.6_1_192.uml.svac_a"
    assert bad.result[0].message == "it broke" and "at a.c:3" in bad.result[0].text


def test_junit_of_runs_that_are_alike_keeps_them_apart() -> None:
    alike = [run(second, cases()) for second in range(3)]
    assert junit_counts([junit.make(stored(*alike))[0].text])[0] == total(*alike)


def test_junit_keeps_names_apart_that_look_alike() -> None:
    one = run(1, [made_up.run_case("svac_a.x\x01"), made_up.run_case("svac_a.x\\x01")])
    assert junit_counts([junit.make(stored(one))[0].text])[0] == {"pass": 2}


def test_junit_files_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "LARGEST", 20_000)
    many = [made_up.run_case(f"svac_many.case{nth}") for nth in range(500)]
    one = run(1, many)
    made = junit.make(stored(one))
    assert len(made) > 2 and len({document.name for document in made}) == len(made)
    assert all(len(document.text.encode()) < 25_000 for document in made)
    assert junit_counts([document.text for document in made])[0] == total(one)
    assert all(jenkins_fault(document.text) == "" for document in made)


def test_junit_is_below_what_gitlab_takes() -> None:
    texts = [one.text for one in junit.make(stored(*(hostile_run(second) for second in range(30))))]
    assert all(len(text.encode()) < 30_000_000 for text in texts)


# ---- KCIDB ----


def strings(made: Any) -> Iterator[str]:
    """All that is text in it, names among them."""
    if isinstance(made, str):
        yield made
    elif isinstance(made, dict):
        yield from (text for pair in made.items() for one in pair for text in strings(one))
    elif isinstance(made, list):
        yield from (text for one in made for text in strings(one))


def test_kcidb_is_as_its_schema_has_it() -> None:
    made = kcidb.submission(stored(*RUNS, session()), "svacheck")
    assert schema_fault(made, KCIDB_SCHEMA) == ""
    assert not set("\0\x1b\ud800\udcff\u202e") & set("".join(strings(made)))
    for kind in ("checkouts", "builds", "tests"):
        ids = [one["id"] for one in made[kind]]
        assert len(set(ids)) == len(ids) and all(id_.startswith("svacheck:") for id_ in ids)
    checkouts = {one["id"] for one in made["checkouts"]}
    builds = {one["id"] for one in made["builds"]}
    assert {one["checkout_id"] for one in made["builds"]} == checkouts
    assert {one["build_id"] for one in made["tests"]} == builds
    paths = [(one["build_id"], one["path"]) for one in made["tests"]]
    assert len(set(paths)) == len(paths)  # else a dashboard takes two cases for one


def test_kcidb_has_every_case_once() -> None:
    made = kcidb.submission(stored(*RUNS), "svacheck")
    mine = [one for one in made["tests"] if not one["id"].endswith(".verdict")]
    status = {"PASS": "pass", "FAIL": "fail", "ERROR": "error", "MISS": "error", "SKIP": "skip"}
    assert Counter(status[one["status"]] for one in mine) == total(*RUNS)
    never = next(one for one in mine if one["misc"]["case"] == "svac_a.never/carried")
    lost = next(one for one in mine if one["misc"]["case"] == "svac_a.lost/carried")
    assert (never["status"], lost["status"]) == ("MISS", "ERROR")


def test_kcidb_has_times_as_numbers() -> None:
    made = kcidb.submission(stored(session()), "svacheck")
    tests = {one["path"]: one for one in made["tests"]}
    one = tests["svacheck.bench.refused.busy.carried"]
    assert one["status"] == "DONE" and one["number"]["unit"] == "s"
    assert 30e-9 < one["number"]["value"] < 50e-9 and one["number"]["prefix"] == "metric"
    assert tests["svacheck.bench"]["status"] == "DONE"
    broken = kcidb.submission(stored(session(problems=["stopped"])), "svacheck")
    assert next(t for t in broken["tests"] if t["path"] == "svacheck.bench")["status"] == "ERROR"


def test_kcidb_names_a_commit_only_if_that_was_tested() -> None:
    identity = {"commit": "a" * 40, "describe": "v6.1"}
    for all_of, commits in ((identity, ["a" * 40]), ({**identity, "dirty": "b" * 64}, [])):
        tree = {"name": "/x", "kind": "git", "version": "6.1.1", "identity": all_of}
        made = kcidb.submission(stored(run(1, tree=tree)), "svacheck")
        found = [c["git_commit_hash"] for c in made["checkouts"] if "git_commit_hash" in c]
        assert found == commits


@pytest.mark.parametrize("origin", ["", "Origin", "a b", "a:b"])
def test_kcidb_wants_an_origin(origin: str) -> None:
    with pytest.raises(Problem, match="is no origin"):
        kcidb.submission(stored(GOOD), origin)


def test_kcidb_of_a_real_run_is_as_it_was() -> None:
    """A run of make bisect on a defect of a line; its id, its time and its paths are made up."""
    real = read(GOLDEN / "run.json")
    made = kcidb.make(stored(real))[0].text
    assert made == (GOLDEN / "kcidb.json").read_text(encoding="utf-8")
    statuses = Counter(one["status"] for one in json.loads(made)["tests"])
    assert statuses == {"PASS": 36, "FAIL": 16 + 1}


def _change(made: Any, path: str, value: Any) -> None:
    *where, last = path.split("/")
    for step in where:
        made = made[int(step) if step.isdigit() else step]
    made[last] = value


@pytest.mark.parametrize(
    "path, value",
    [
        ("version", {"major": 4, "minor": 0}),
        ("version", {"major": 5, "minor": 4}),
        ("tests/0/status", "OK"),
        ("tests/0/path", "a/b"),
        ("tests/0/path", "a..b"),
        ("tests/0/id", "Svacheck:1"),
        ("tests/0/log_excerpt", "x" * 16385),
        ("tests/0/log_excerpt", "\0"),
        ("tests/0/number", {"unit": "s"}),
        ("tests/0/start_time", "yesterday"),
        ("tests/0/environment", {"platform": "uml"}),
        ("tests/0/comment", None),
        ("tests/0/unknown", 1),
        ("builds/0/architecture", "X86"),
        ("checkouts/0/git_commit_hash", "abc"),
    ],
)
def test_the_schema_of_kcidb_says_no(path: str, value: Any) -> None:
    made = kcidb.submission(stored(GOOD), "svacheck")
    _change(made, path, value)
    assert schema_fault(made, KCIDB_SCHEMA)


# ---- SQUAD ----


def test_squad_has_every_case_once() -> None:
    for one in RUNS:
        made = squad.submissions(stored(one))[0]
        status = {"pass": ["pass"], "skip": ["skip"], "fail": ["fail", "error"]}
        counts = Counter(value for name, value in made.tests.items() if name != "svacheck/verdict")
        expected = total(one)
        assert counts == +Counter({k: sum(expected[s] for s in v) for k, v in status.items()})
        for name in made.tests:
            outside = re.sub(r"\[.*\]$", "", name)
            assert re.fullmatch(r"svacheck(/[A-Za-z0-9._:+-]+){1,2}", outside), name
            assert len(name) <= 256
        assert all(isinstance(value, str) for value in made.metadata.values())
        for part in (made.build, made.environment):
            assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", part)
        assert made.metadata["job_id"] == one["id"]


def test_squad_has_samples_as_metrics() -> None:
    made = squad.submissions(stored(session()))[0]
    samples = made.metrics["svacheck/bench/refused.busy:carried"]
    assert len(samples) == 24 and all(30 < value < 60 for value in samples)
    names = [one.name for one in squad.make(stored(session(), GOOD))]
    assert len(names) == 6 and names[3] == f"{GOOD['id']}/tests.json"


# ---- Prometheus ----


def families(*records: dict[str, Any]) -> dict[str, Any]:
    text = prometheus.make(stored(*records))[0].text
    return {one.name: one for one in READER(text)}


def test_prometheus_counts_as_the_runs_do() -> None:
    found = families(*RUNS, session())
    cases_of: Counter[str] = Counter()
    for sample in found["svacheck_run_cases"].samples:
        cases_of[sample.labels["status"]] += int(sample.value)
        assert sample.timestamp is None
    newest = [RUNS[1], RUNS[2]]  # the first is of the same kernel and lane as the second
    assert +cases_of == total(*newest)
    verdicts = found["svacheck_run_verdict"].samples
    said = {(s.labels["lane"], s.labels["verdict"]) for s in verdicts if s.value == 1}
    assert {verdict for _, verdict in said} == {"pass", "error"} and len(verdicts) == 6
    assert len(found["svacheck_bench_seconds"].samples) > 20
    for one in found.values():
        assert one.type == "gauge" and one.documentation
        labels = [tuple(sorted(sample.labels.items())) for sample in one.samples]
        assert len(set(labels)) == len(labels)


def test_prometheus_has_one_run_of_a_kind_the_newest() -> None:
    found = families(run(5, verdict="error"), run(9, verdict="fail"), run(3))
    samples = found["svacheck_run_verdict"].samples
    assert [s.labels["verdict"] for s in samples if s.value == 1] == ["fail"]


def test_prometheus_takes_hostile_labels() -> None:
    samples = families(hostile_run())["svacheck_run_verdict"].samples
    assert "<script>" in samples[0].labels["lane"] and "\x1b" not in samples[0].labels["lane"]


# ---- trackers of times, Markdown, CSV ----


def test_trackers_have_every_metric_once() -> None:
    one = session()
    keys = {
        (s["metric"], s["implementation"]) for b in one["sides"][0]["boots"] for s in b["series"]
    }
    made = json.loads(benches.github(stored(one))[0].text)
    assert len({entry["name"] for entry in made}) == len(made) == len(keys)
    for entry in made:
        assert set(entry) == {"name", "unit", "value", "range", "extra"}
        assert isinstance(entry["value"], float) and entry["unit"] == "ns"
    bmf = json.loads(benches.bencher(stored(one))[0].text)
    assert len(bmf) == len(keys)
    for name, measures in bmf.items():
        latency = measures["latency"]
        assert latency["lower_value"] <= latency["value"] <= latency["upper_value"]
        assert len(name) <= 1024


def test_trackers_refuse_what_they_cannot_show() -> None:
    for make in (benches.github, benches.bencher):
        with pytest.raises(Problem, match="ended early"):
            make(stored(session(problems=["stopped"])))
        with pytest.raises(Problem, match="is there twice"):
            make(stored(session(20), session(21)))


def test_csv_has_every_sample() -> None:
    both = [session(20), session(21)]
    rows = list(csv.DictReader(io.StringIO(benches.samples(stored(*both))[0].text)))
    expected = [
        (one["id"], series["metric"], series["implementation"], f"{value / series['loops']:.4f}")
        for one in both
        for boot in one["sides"][0]["boots"]
        for series in boot["series"]
        for value in series["samples"]
    ]
    names = ("session", "metric", "implementation", "value")
    assert [tuple(row[name] for name in names) for row in rows] == expected


def test_markdown_counts_as_the_runs_do() -> None:
    text = markdown.make(stored(*RUNS, session()))[0].text
    rows = [line for line in text.splitlines() if line.startswith("| 2026")]
    found: Counter[str] = Counter()
    for row in rows:
        cells = re.split(r"(?<!\\)\|", row)[1:-1]
        assert len(cells) == 9
        found.update(dict(zip(NAMES, map(int, cells[5:]))))
    assert +found == total(*RUNS) and [" ERROR " in row for row in rows] == [True, False, True]
    outside = [line for line in text.splitlines() if not line.startswith("    ")]
    assert not any(re.search(r"(?<!\\)<script", re.sub("`[^`]*`", "", one)) for one in outside)
    assert "\x1b" not in text and "\ud800" not in text


def test_a_run_without_verdict_is_never_green() -> None:
    """Not even one all of whose cases passed."""
    bad = run(1, [made_up.run_case()], verdict="error", problems=["the console was cut"])
    assert junit_counts([junit.make(stored(bad))[0].text])[1] == {"error": 1}
    tests = kcidb.submission(stored(bad), "svacheck")["tests"]
    assert [one["status"] for one in tests if one["path"] == "svacheck"] == ["MISS"]
    assert squad.submissions(stored(bad))[0].tests["svacheck/verdict"] == "fail"
    assert squad.submissions(stored(bad))[0].metadata["job_status"] == "error"
    samples = families(bad)["svacheck_run_verdict"].samples
    assert {s.labels["verdict"]: s.value for s in samples} == {"pass": 0, "fail": 0, "error": 1}
    assert "ERROR" in markdown.make(stored(bad))[0].text
    for document in (junit.make(stored(bad)), kcidb.make(stored(bad)), markdown.make(stored(bad))):
        assert "the console was cut" in document[0].text


# ---- the command ----


def test_the_command_writes_each_format(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(results, GOOD)
    keep(results, session(), "bench.json")
    for name, one in FORMATS.items():
        output = tmp_path / name
        if name == "squad":
            output.mkdir()
        assert main(["export", name, "last", "--output", str(output)]) == 0, name
        assert output.exists() and capsys.readouterr().out == ""
        assert not list(tmp_path.glob(".*"))
    assert main(["export", "junit", "last"]) == 0
    assert capsys.readouterr().out == (tmp_path / "junit").read_text()
    assert main(["export", "junit", "last", GOOD["id"], str(results / GOOD["id"])]) == 0
    assert junit_counts([capsys.readouterr().out])[0] == total(GOOD)  # named thrice, there once
    assert main(["export", "--list"]) == 0
    assert capsys.readouterr().out.count("\n") == len(FORMATS)


@pytest.mark.parametrize(
    "words, said",
    [
        (["export"], "no format is named"),
        (["export", "yaml", "last"], "no format 'yaml'"),
        (["export", "junit"], "no run is named"),
        (["export", "junit", "20991122"], "no run '20991122'"),
        (["export", "junit", "bench-2026"], "takes runs of svacheck check alone"),
        (["export", "csv", "20261122"], "takes sessions of svacheck bench alone"),
        (["export", "squad", "last"], "these are 3 files"),
        (["export", "junit", "last", "-o", "/proc/nowhere/x"], "cannot write it"),
    ],
)
def test_what_goes_wrong_is_told(
    results: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(results, GOOD)
    keep(results, session(), "bench.json")
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_a_number_that_is_none_is_told(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = keep(results, GOOD)
    text = (folder / "run.json").read_text().replace('"seconds": 12.3', '"seconds": 1e999')
    (folder / "run.json").write_text(text)
    assert main(["export", "prometheus", "last"]) == 2
    assert "a number that is none" in capsys.readouterr().err


def test_hostile_text_is_hostile() -> None:
    assert all(character in HOSTILE for character in "\x1b\x00\ud800\ufffe\u202e\r")
