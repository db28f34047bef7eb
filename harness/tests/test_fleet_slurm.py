# SPDX-License-Identifier: GPL-2.0
"""Slurm carries out a plan: with commands that are scripts, and on a real cluster of one node.

The cluster is Debian's slurm-wlm, started for each test on loopback. A node that dies in midst of
an item has it queued again; a collector that dies finds its array; whatever runs twice counts once.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import slurm_cluster
from fake_fleet import SHARDS, Fleet, on_path, runs, said, script
from slurm_cluster import Cluster

from svacheck import cachedirs, check, processes
from svacheck.commands import CommandLog, kill_group
from svacheck.errors import Problem
from svacheck.fleet import collect, costs, making, slurm
from svacheck.fleet.planfile import Plan
from svacheck.fleet.work import Work
from svacheck.mutation import campaign
from svacheck.mutation.campaign import RECORDS
from svacheck.places import ROOT
from svacheck.progress import Progress

PATIENCE = 120  # seconds for what takes five
needs_slurm = pytest.mark.skipif(
    bool(slurm_cluster.lacking()), reason=f"not installed: {slurm_cluster.lacking()}"
)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    return Fleet(tmp_path / "fleet", monkeypatch)


def opened(fleet: Fleet, plan: Plan | None = None) -> Work:
    return Work.open(fleet.folder / "work", plan or fleet.plan())


def execute(work: Work, workers: int = 0) -> None:
    slurm.run(work, work.plan.items, workers, 1, CommandLog(), Progress(quiet=True))


# ---- with commands that are scripts ----


@pytest.fixture
def commands(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """sbatch runs the array's tasks at once; squeue prints what stands in the file queue."""
    folder = tmp_path / "bin"
    script(
        folder / "sbatch",
        "import os, re, subprocess, sys\n"
        f"here = {str(tmp_path)!r}\n"
        "text = open(sys.argv[-1]).read()\n"
        "open(here + '/submitted', 'a').write(text)\n"
        "for task in range(int(re.search(r'array=0-(\\d+)', text)[1]) + 1):\n"
        "    env = {**os.environ, 'SLURM_ARRAY_TASK_ID': str(task)}\n"
        "    subprocess.run(['sh', sys.argv[-1]], env=env)\n"
        "print('7;cluster')\n",
    )
    script(
        folder / "squeue",
        f"import pathlib\nqueue = pathlib.Path({str(tmp_path)!r}) / 'queue'\n"
        "lines = queue.read_text().splitlines() if queue.exists() else []\n"
        "print(lines[0] if lines else '')\n"
        "queue.write_text(''.join(line + '\\n' for line in lines[1:]))\n",
    )
    on_path(folder, monkeypatch)
    monkeypatch.setattr(slurm, "LOOK", 0.0)
    return folder


def test_tasks_are_the_items_in_their_order(commands: Path, fleet: Fleet, results: Path) -> None:
    work = opened(fleet)
    execute(work)
    assert fleet.asked == list(SHARDS)
    collect.collect(work)
    (run,) = runs(results)
    assert said(run) == said(fleet.whole.run)


def test_the_array_as_sbatch_takes_it(fleet: Fleet) -> None:
    work = opened(fleet)
    lines = slurm.script(work, work.plan.items, 3, 4).splitlines()
    assert lines[0] == "#!/bin/sh"
    assert f"#SBATCH --job-name={slurm.name(work)}" in lines
    assert "#SBATCH --array=0-1%3" in lines
    assert "#SBATCH --requeue" in lines
    assert "#SBATCH --cpus-per-task=4" in lines
    assert "set -- 6.1-uml.1of2 6.1-uml.2of2" in lines
    assert lines[-1].endswith('--only "$1"')


def test_two_folders_have_two_arrays(fleet: Fleet, tmp_path: Path) -> None:
    plan = fleet.plan()
    one, other = Work.open(tmp_path / "a", plan), Work.open(tmp_path / "b", plan)
    assert slurm.name(one) != slurm.name(other)


def test_what_is_queued_is_not_submitted_again(
    commands: Path, fleet: Fleet, tmp_path: Path
) -> None:
    (tmp_path / "queue").write_text("PENDING Resources\nRUNNING None\n")
    work = opened(fleet)
    execute(work)
    assert not (tmp_path / "submitted").exists()
    execute(work)
    assert (tmp_path / "submitted").exists()


def test_only_what_is_not_done_is_submitted(commands: Path, fleet: Fleet, tmp_path: Path) -> None:
    fleet.does("store() if 'domain' in suite else sys.exit(2)")
    work = opened(fleet)
    execute(work)
    assert [item.id for item in work.missing(work.plan.items)] == ["6.1-uml.1of2"]
    fleet.does("store()")
    execute(work)
    assert "set -- 6.1-uml.1of2\n" in (tmp_path / "submitted").read_text()
    assert collect.collect(work).problems == []


def test_slurm_refuses(commands: Path, fleet: Fleet) -> None:
    script(commands / "sbatch", "import sys\nsys.exit('sbatch: error: invalid partition')\n")
    with pytest.raises(Problem, match="Slurm does not take it: invalid partition"):
        execute(opened(fleet))


def test_slurm_does_not_answer(
    commands: Path, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(commands / "squeue", "import sys\nsys.exit(1)\n")
    monkeypatch.setattr(slurm, "PATIENCE", 2)
    with pytest.raises(Problem, match="Slurm does not answer"):
        execute(opened(fleet))


def test_why_nothing_runs_is_told_once(
    commands: Path, fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    states = ["PENDING None", "RUNNING None", *["PENDING Nodes are DRAINED"] * 3, "RUNNING None"]
    (tmp_path / "queue").write_text("\n".join(states))
    work = opened(fleet)
    slurm.run(work, work.plan.items, 0, 1, CommandLog(), Progress())
    said = capsys.readouterr().err
    assert said.count("Slurm runs nothing") == 1
    assert "Slurm runs nothing: PENDING Nodes are DRAINED\n" in said


@pytest.mark.parametrize(
    "state",
    ["PENDING launch_failed_requeued_held", "PENDING JobHoldMaxRequeue", "SPECIAL_EXIT None"],
)
def test_what_slurm_holds_is_not_waited_for(
    state: str, commands: Path, fleet: Fleet, tmp_path: Path
) -> None:
    (tmp_path / "queue").write_text(f"PENDING Resources\n{state}\nRUNNING None\n")
    work = opened(fleet)
    with pytest.raises(Problem, match=f"holds what is left: {state}.*scontrol release jobname="):
        execute(work)
    execute(work)


# ---- on a cluster ----


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    with Cluster(tmp_path / "slurm") as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


def until(holds: object) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.1)


@contextmanager
def background(work: Work) -> Iterator[subprocess.Popen[bytes]]:
    """svacheck execute, as a person has it in another terminal; it is killed in the end."""
    argv = [str(ROOT / "scripts/svacheck"), "execute", str(work.folder / "plan.json")]
    argv += ["--on", "slurm", "--work", str(work.folder), "--processors", "1", "--no-collect"]
    with open(work.folder / "said", "w") as said_to:
        engine = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=said_to, start_new_session=True
        )
    try:
        yield engine
    finally:
        kill_group(engine.pid)
        engine.wait()


@needs_slurm
def test_an_array_makes_the_run_and_twice_makes_one(
    cluster: Cluster, fleet: Fleet, results: Path
) -> None:
    work = opened(fleet)
    execute(work, workers=1)
    assert fleet.asked == list(SHARDS)
    cluster.tell("sbatch", "--wait", str(work.folder / slurm.FOLDER / "array.sh"))
    first = collect.collect(work)
    assert first.problems == [] and collect.collect(work) == first
    (run,) = runs(results)
    assert said(run) == said(fleet.whole.run)


@needs_slurm
def test_a_launch_that_fails_is_told(fleet: Fleet, tmp_path: Path) -> None:
    """Slurm queues it again, and then holds it for ever."""
    with Cluster(tmp_path / "slurm", more="Prolog=/bin/false\n") as made:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in made.environment.items():
                patch.setenv(name, value)
            with pytest.raises(Problem, match="Slurm holds what is left: PENDING.*held"):
                execute(opened(fleet))


@needs_slurm
def test_an_item_whose_node_dies_is_done_once_it_is_back(
    cluster: Cluster, fleet: Fleet, results: Path
) -> None:
    here = str(fleet.folder)
    fleet.does(
        f"begun = Path({here!r}) / 'begun'\n"
        "if begun.exists():\n    store()\n"
        "else:\n    store()\n    begun.touch()\n    time.sleep(1000)\n"
    )
    work = opened(fleet, fleet.plan(""))
    with background(work) as engine:
        until((fleet.folder / "begun").exists)
        cluster.kill_node()
        assert work.missing(work.plan.items)
        cluster.revive_node()
        assert engine.wait(timeout=PATIENCE) == 0
    assert len(fleet.asked) == 2
    assert collect.collect(work).problems == []
    assert runs(results) == [fleet.whole.run]


@needs_slurm
def test_a_collector_that_was_killed_finds_its_array(
    cluster: Cluster, fleet: Fleet, results: Path
) -> None:
    here = str(fleet.folder)
    fleet.does(f"while not Path({here!r}, 'go').exists(): time.sleep(0.1)\nstore()\n")
    work = opened(fleet, fleet.plan(""))
    with background(work):
        until(lambda: fleet.asked)
    processes.reap()  # as any other run here does: what Slurm has taken is not the engine's
    with background(work) as again:
        until(lambda: "Slurm" in (work.folder / "said").read_text())
        assert "nothing is submitted again" in (work.folder / "said").read_text()
        (fleet.folder / "go").touch()
        assert again.wait(timeout=PATIENCE) == 0
    assert fleet.asked == [""]
    collect.collect(work)
    assert runs(results) == [fleet.whole.run]


@needs_slurm
@pytest.mark.slow
@pytest.mark.kernel
def test_a_real_lane_comes_to_what_it_comes_to_here(
    cluster: Cluster, tmp_path: Path, results: Path
) -> None:
    """Linux 6.1 in lane uml-user, in two shards."""
    with cachedirs.released():  # or the items wait for us
        here = check.check(check.Options(kernel="6.1", lane="uml-user"), Progress(quiet=True))
    assert here.folder
    asked = making.Request(("6.1",), ("uml-user",), shards=2)
    plan = making.make(asked, costs.read(results), Progress(quiet=True))
    work = Work.open(tmp_path / "work", plan)
    argv = [str(ROOT / "scripts/svacheck"), "execute", str(work.folder / "plan.json")]
    argv += ["--on", "slurm", "--work", str(work.folder), "--workers", "1"]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == here.status, done.stdout + done.stderr
    shutil.rmtree(here.folder)
    (run,) = runs(results)
    assert said(run) == said(here.run)


def fates(results: Path) -> dict[str, str]:
    """What each mutant of the only stored campaign has come to."""
    (stored,) = results.glob(f"mutants-*/{RECORDS}")
    return {record["id"]: record["fate"] for record in campaign.read_records(stored)}


@needs_slurm
@pytest.mark.slow
@pytest.mark.kernel
def test_a_real_campaign_comes_to_what_it_comes_to_here(
    cluster: Cluster, tmp_path: Path, results: Path
) -> None:
    """Eight mutants of Linux 6.1: by itself, and in two items on this machine and by Slurm."""
    program = str(ROOT / "scripts/svacheck")
    asked = making.Request(("6.1",), shards=2, mutants=True, sample=8, seed=3)
    with cachedirs.released():
        plan = making.make(asked, costs.read(results), Progress(quiet=True))
    subprocess.run([program, "mutants", "-q", "--sample", "8", "--seed", "3"], check=False)
    here = fates(results)
    assert len(here) == 8
    for engine in ("local", "slurm"):
        shutil.rmtree(results)
        work = Work.open(tmp_path / engine, plan)
        argv = [program, "execute", str(work.folder / "plan.json"), "--on", engine]
        argv += ["--work", str(work.folder), "--workers", "2"]
        done = subprocess.run(argv, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        assert fates(results) == here, engine
