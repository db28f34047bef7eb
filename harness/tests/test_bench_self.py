# SPDX-License-Identifier: GPL-2.0
"""How long the suite itself takes: what is run, what is kept of it, and what it is held against."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from svacheck import cli, provenance
from svacheck.bench import itself, ownhistory
from svacheck.bench.itself import Options, bench_self
from svacheck.commands import Command
from svacheck.errors import EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE
from svacheck.places import ROOT
from svacheck.progress import Progress, cpu_seconds

QUIET = Progress(quiet=True)
CHECK = {"verdict": "pass", "phases": {"build": 4.0, "boot": 3.0}, "cpu": {"build": 9.0}}
MUTANTS = {"verdict": "pass", "per_cpu_minute": 12.5}


class Svacheck:
    """In place of the commands: what each was, and what the copy held meanwhile."""

    def __init__(self) -> None:
        self.ran: list[list[str]] = []
        self.environments: list[dict[str, str]] = []
        self.suites: list[str] = []
        self.caches: list[list[str]] = []
        self.fails = ""
        self.interrupts = ""
        self.cpu = 10.0

    def run(self, command: Command, said: Path, told: Path) -> float:
        argv = command.argv[1:]
        self.ran.append(argv)
        self.environments.append(command.environment)
        self.suites.append((Path(command.cwd) / itself.EDITED).read_text())
        cache = Path(command.environment.get("XDG_CACHE_HOME", "/nonexistent"))
        self.caches.append(sorted(str(one.relative_to(cache)) for one in cache.rglob("*")))
        if argv[0] == self.interrupts:
            raise KeyboardInterrupt
        command.status = 2 if argv[0] == self.fails else 0
        command.seconds = 6.0
        told.write_text("no such thing\n")
        said.write_text(json.dumps(MUTANTS if argv[0] == "mutants" else CHECK))
        return self.cpu


@pytest.fixture
def svacheck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Svacheck:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = tmp_path / "cache/svacheck/pristine/linux-source-6.1_6.1.192-2"
    (source / "tree").mkdir(parents=True)
    (source / "tree" / "Makefile").write_text("VERSION = 6\n")
    (source / "sources.json").write_text("{}")
    made = Svacheck()
    monkeypatch.setattr(itself, "_run", made.run)
    return made


def sections(record: Any) -> list[str]:
    return [one["section"] for one in record["measured"]]


def test_every_section_is_measured_and_stored(svacheck: Svacheck, results: Path) -> None:
    done = bench_self(Options(kernels=("6.1", "7.3")), QUIET)
    assert done.status == EXIT_PASS
    assert sections(done.record) == ["cold", *["noop"] * 3, *["edit"] * 3, "matrix", "mutants"]
    assert json.loads((done.folder / "self.json").read_text()) == done.record
    assert (done.folder / "self.txt").read_text() == done.text
    assert "12.5 mutants a CPU-minute" in done.text
    commands = (done.folder / "commands.sh").read_text()
    assert commands.count("scripts/svacheck check") == 1 + 1 + 3 + 3 + 1
    assert all("SVACHECK_RESULTS" in one for one in svacheck.environments)
    assert list(results.iterdir()) == [done.folder]


def test_only_what_was_asked_for_is_measured(svacheck: Svacheck) -> None:
    assert sections(bench_self(Options(only=("mutants", "noop")), QUIET).record) == [
        *["noop"] * 3,
        "mutants",
    ]


def test_a_cold_check_finds_the_source_and_nothing_else(svacheck: Svacheck, tmp_path: Path) -> None:
    bench_self(Options(only=("cold",)), QUIET)
    pristine = "svacheck/pristine/linux-source-6.1_6.1.192-2"
    assert svacheck.caches == [
        ["svacheck", "svacheck/pristine", pristine, f"{pristine}/tree", f"{pristine}/tree/Makefile"]
    ]
    assert svacheck.environments[0]["CCACHE_DIR"] == ""
    assert not list((tmp_path / "cache/svacheck").glob("self-*"))


def test_a_cold_check_needs_the_source(svacheck: Svacheck) -> None:
    done = bench_self(Options(only=("cold",), kernel="7.3"), QUIET)
    assert done.status == EXIT_TROUBLE
    assert "no source of Linux 7.3 lies in the cache" in done.text and svacheck.ran == []


def test_each_edit_is_another_and_of_a_copy(svacheck: Svacheck) -> None:
    own = (ROOT / itself.EDITED).read_text()
    bench_self(Options(only=("edit",)), QUIET)
    assert (ROOT / itself.EDITED).read_text() == own
    warm, *edited, last = svacheck.suites
    assert (warm, last) == (own, own)
    assert len(set(edited)) == 3 and own not in edited
    assert all(text.startswith(own) for text in edited)
    assert [argv[-2:] for argv in svacheck.ran[1:4]] == [["--suite", "svac*"]] * 3


def test_a_section_that_fails_keeps_no_other_from_being_measured(svacheck: Svacheck) -> None:
    svacheck.fails = "matrix"
    done = bench_self(Options(), QUIET)
    assert done.status == EXIT_TROUBLE
    assert "ERROR  matrix: svacheck matrix fails: no such thing" in done.text
    assert "matrix" not in sections(done.record) and "mutants" in sections(done.record)


def test_what_was_measured_before_an_interrupt_is_kept(svacheck: Svacheck, tmp_path: Path) -> None:
    svacheck.interrupts = "mutants"
    done = bench_self(Options(), QUIET)
    assert done.status == EXIT_INTERRUPTED
    assert sections(done.record)[-1] == "matrix"
    assert done.record["problems"] == ["interrupted"]
    assert not list((tmp_path / "cache/svacheck").glob("self-*"))


# ---- beside what was before ----


def test_it_is_held_against_the_median_of_this_machine(svacheck: Svacheck, results: Path) -> None:
    for cpu in (8.0, 40.0, 10.0):
        svacheck.cpu = cpu
        bench_self(Options(only=("noop",)), QUIET)
    svacheck.cpu = 5.0
    done = bench_self(Options(only=("noop",)), QUIET)
    whole, build, boot = done.record["rows"]
    assert (whole["cpu"], whole["cpu_before"], whole["cpu_ratio"]) == (5.0, 10.0, 0.5)
    assert (whole["sessions"], whole["times"], whole["phase"]) == (3, 3, "")
    assert (build["phase"], build["cpu"], build["seconds_ratio"]) == ("build", 9.0, 1.0)
    assert (boot["cpu"], boot["cpu_ratio"]) == (0.0, None)
    assert "noop                              6.0      5.0     10.0   0.50\n" in done.text


@pytest.mark.parametrize("name", ["cpus", "machine", "kernel", "distribution"])
def test_another_machine_does_not_count(svacheck: Svacheck, results: Path, name: str) -> None:
    first = bench_self(Options(only=("noop",)), QUIET)
    record = first.record
    record["host"][name] = 77
    (first.folder / "self.json").write_text(json.dumps(record))
    second = bench_self(Options(only=("noop",)), QUIET)
    assert {row["sessions"] for row in second.record["rows"]} == {0}
    assert second.record["rows"][0]["cpu_ratio"] is None


def test_another_command_or_load_does(svacheck: Svacheck, monkeypatch: pytest.MonkeyPatch) -> None:
    host = provenance.describe_host()
    monkeypatch.setattr(provenance, "describe_host", lambda: {**host, "load": 99.0})
    bench_self(Options(only=("noop",)), QUIET)
    monkeypatch.setattr(provenance, "describe_host", lambda: {**host, "load": 0.5})
    assert bench_self(Options(only=("noop",)), QUIET).record["rows"][0]["sessions"] == 1
    other = bench_self(Options(only=("noop",), lane="uml-debug"), QUIET)
    assert other.record["rows"][0]["sessions"] == 0


def test_a_spoiled_session_is_passed_over(svacheck: Svacheck, results: Path) -> None:
    (results / "bench-self-x").mkdir(parents=True)
    (results / "bench-self-x" / "self.json").write_text("{")
    assert bench_self(Options(only=("noop",)), QUIET).status == EXIT_PASS


# ---- what is measured ----


def spin(argv: Sequence[str], tmp_path: Path) -> tuple[Command, float]:
    command = Command(list(argv), str(tmp_path), {})
    return command, itself._run(command, tmp_path / "out", tmp_path / "err")


def test_what_a_command_has_started_counts(tmp_path: Path) -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass"
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    command, cpu = spin([sys.executable, "-c", inner], tmp_path)
    assert command.status == 0 and 0.3 <= cpu < 3
    command, cpu = spin(["sleep", "0.3"], tmp_path)
    assert command.seconds >= 0.3 and cpu < 0.2


def test_phases_have_their_cpu_seconds() -> None:
    progress = Progress(quiet=True)
    with progress.phase("work"):
        begin = cpu_seconds()
        while cpu_seconds() - begin < 0.2:
            pass
    with progress.phase("sleep"):
        time.sleep(0.2)
    assert progress.cpu["work"] >= 0.2 > progress.cpu["sleep"]


def test_a_command_that_is_interrupted_ends_what_it_has_started(tmp_path: Path) -> None:
    text = (
        "import sys, pathlib; from svacheck.bench import itself; from svacheck.commands import"
        " Command\n"
        "here = pathlib.Path(sys.argv[1])\n"
        "line = ['sh', '-c', 'trap \"echo told; exit 130\" INT; touch begun; sleep 60 & wait']\n"
        "itself._run(Command(line, str(here), {}), here / 'out', here / 'err')\n"
    )
    path = {**os.environ, "PYTHONPATH": str(ROOT / "harness")}
    with subprocess.Popen(
        [sys.executable, "-c", text, str(tmp_path)], env=path, stderr=subprocess.DEVNULL
    ) as process:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) != 0
    assert (tmp_path / "out").read_text() == "told\n"


def test_an_unknown_section_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["bench-self", "--only", "noop,nothing"])
    said = capsys.readouterr().err
    assert "'nothing' is none of cold, noop, edit, matrix, mutants" in said


def test_what_is_no_record_is_no_history(results: Path) -> None:
    (results / "bench-self-y").mkdir(parents=True)
    (results / "bench-self-y" / "self.json").write_text("[]")
    assert ownhistory.load() == []
