# SPDX-License-Identifier: GPL-2.0
"""What the items of a plan make counts once, becomes the run that one machine would have made, and
is never taken for more than its evidence gives."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_fleet import SHARDS, Fleet, runs, said
from fake_kernel import console

from svacheck.certify import evidence
from svacheck.check import Options
from svacheck.errors import EXIT_FAIL, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.fleet import collect, local, merge
from svacheck.fleet import work as works
from svacheck.fleet.planfile import Plan
from svacheck.fleet.work import Work
from svacheck.progress import Progress
from svacheck.results import Run


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    return Fleet(tmp_path / "fleet", monkeypatch)


def opened(fleet: Fleet, plan: Plan) -> Work:
    return Work.open(fleet.folder / "work", plan)


def execute(work: Work, workers: int = 1) -> None:
    local.run(work, work.plan.items, workers, lambda item: (), Progress(quiet=True))


def done(fleet: Fleet, *suites: str) -> Work:
    work = opened(fleet, fleet.plan(*suites))
    execute(work)
    return work


def only(results: Path) -> dict[str, object]:
    (run,) = runs(results)
    return run


@pytest.mark.parametrize("bad", [(), ("svac_pasid.taken",), ("svac_domain.free",)])
def test_shards_make_the_run_of_one_machine(
    bad: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: Path
) -> None:
    fleet = Fleet(tmp_path / "fleet", monkeypatch, bad)
    found = collect.collect(done(fleet))
    assert found.problems == []
    assert found.status == fleet.whole.status
    assert said(only(results)) == said(fleet.whole.run)


def test_the_run_can_be_judged_again(fleet: Fleet, tmp_path: Path, results: Path) -> None:
    (folder,) = collect.collect(done(fleet)).taken
    shutil.copytree(folder, tmp_path / "again" / evidence.RUNS / folder.name)
    assert list(evidence.judge(tmp_path / "again", folder.name).differences) == []


def test_two_boots_of_one_name_are_both_there(fleet: Fleet, results: Path) -> None:
    (folder,) = collect.collect(done(fleet)).taken
    names = [boot["name"] for boot in only(results)["boots"]]  # type: ignore[attr-defined]
    assert names == ["shard1-main", "svac1_pasid.null", "shard2-main"]
    assert (folder / "boots/shard1-main.console").read_text() != (
        folder / "boots/shard2-main.console"
    ).read_text()


def test_a_run_of_one_item_is_taken_as_it_is(fleet: Fleet, results: Path) -> None:
    found = collect.collect(done(fleet, ""))
    assert only(results) == fleet.whole.run
    assert [folder.name for folder in found.taken] == [fleet.whole.run["id"]]


def test_longest_first(fleet: Fleet) -> None:
    done(fleet)
    assert fleet.asked == list(SHARDS)


def test_what_is_done_is_not_done_again(fleet: Fleet) -> None:
    work = done(fleet)
    execute(work)
    assert len(fleet.asked) == 2


def test_two_workers_never_run_one_kernel(fleet: Fleet) -> None:
    """They would wait for each other. Two of different kernels do run at a time."""
    plan = fleet.plan(kernels=("6.1", "7.3"))
    here = str(fleet.folder)
    fleet.does(
        f"busy = Path({here!r}) / ('busy-' + suite.replace(',', '-'))\n"
        "import random\n"
        "store()\n"
    )
    running: list[str] = []
    met: set[tuple[str, ...]] = set()
    lock, real = threading.Lock(), works.attempt

    def watched(work: Work, item: object, more: object, log: object) -> str:
        with lock:
            running.append(item.whole)  # type: ignore[attr-defined]
            met.add(tuple(sorted(running)))
        try:
            return real(work, item, more, log)  # type: ignore[arg-type]
        finally:
            with lock:
                running.remove(item.whole)  # type: ignore[attr-defined]

    fleet.patch.setattr(works, "attempt", watched)
    execute(opened(fleet, plan), 2)
    assert ("6.1-uml", "7.3-uml") in met
    assert not any(len(set(one)) < len(one) for one in met)


def test_an_item_that_is_stopped_ends_what_it_has_started(fleet: Fleet) -> None:
    """As check does with what it has booted: it has to hear of it before it is killed."""
    work = opened(fleet, fleet.plan(""))
    here = str(fleet.folder)
    fleet.does(
        "import signal\n"
        "def stopped(*_):\n"
        f"    Path({here!r}, 'heard').touch()\n"
        "    os._exit(130)\n"
        "signal.signal(signal.SIGTERM, stopped)\n"
        f"Path({here!r}, 'begun').touch()\n"
        "time.sleep(1000)\n"
    )
    stop = threading.Event()

    def look() -> None:
        while not (fleet.folder / "begun").exists():
            pass
        stop.set()

    threading.Thread(target=look, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        works.attempt(work, work.plan.items[0], (), stop)
    assert (fleet.folder / "heard").exists()
    assert work.missing(work.plan.items)


# ---- once and only once ----


def test_of_two_attempts_at_a_time_one_counts(fleet: Fleet, results: Path) -> None:
    work = opened(fleet, fleet.plan(""))
    here = str(fleet.folder)
    fleet.does(
        "store()\n"
        f"(Path({here!r}) / str(os.getpid())).with_suffix('.here').touch()\n"
        f"while len(list(Path({here!r}).glob('*.here'))) < 2: time.sleep(0.01)\n"
    )
    item = work.plan.items[0]
    said_of: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: said_of.append(works.attempt(work, item, (), threading.Event())),
            daemon=True,
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said_of == ["", ""]
    assert len(fleet.asked) == 2
    assert list((work.folder / works.ATTEMPTS).iterdir()) == []
    collect.collect(work)
    assert only(results) == fleet.whole.run


def test_collecting_twice_takes_nothing_twice(fleet: Fleet, results: Path) -> None:
    work = done(fleet)
    first, second = collect.collect(work), collect.collect(work)
    assert first == second
    assert len(runs(results)) == 1


STEPS = ("shutil.copytree", "Run.commit", "Path.rename", "os.fsync")


@pytest.mark.parametrize("suites", [("",), SHARDS], ids=["one", "shards"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_a_collector_that_was_killed_goes_on(
    suites: tuple[str, ...],
    step: str,
    after: bool,
    fleet: Fleet,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As by kill -9: nothing of it runs any more, before or after what it was at."""
    work = done(fleet, *suites)

    class Killed(BaseException):
        pass

    owner, _, name = step.rpartition(".")
    place = {"shutil": shutil, "Run": Run, "Path": Path, "os": os}[owner]
    real = getattr(place, name)

    def dies(*arguments: object, **more: object) -> object:
        if after:
            real(*arguments, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(place, name, dies)
        try:
            collect.collect(work)
        except Killed:
            pass
    found = collect.collect(work)
    assert found.problems == []
    assert said(only(results)) == said(fleet.whole.run)
    left = {one.name for one in results.iterdir() if not one.name.startswith("interrupted-")}
    assert {name for name in left if not name.startswith(".")} == {only(results)["id"]}


# ---- what was not done ----


def refused(work: Work, *words: str) -> None:
    """Nothing is taken in, with words that say why."""
    found = collect.collect(work)
    assert found.status == EXIT_TROUBLE
    assert found.taken == []
    (problem,) = found.problems
    assert all(word in problem for word in words), problem


def test_an_item_that_never_ran_is_an_error(fleet: Fleet, results: Path) -> None:
    work = opened(fleet, fleet.plan())
    local.run(work, work.plan.items[:1], 1, lambda item: (), Progress(quiet=True))
    refused(work, "6.1-uml.2of2", "never ran")
    assert runs(results) == []


@pytest.mark.parametrize(
    "does, why",
    [
        ("print('no room left'); status = 2", "no room left"),
        ("store(); print('half way', flush=True); os.kill(os.getpid(), 9)", "half way"),
        ("store(); print('interrupted'); status = 130", "interrupted"),
        (
            "store(); print('two'); store(runs / '..' / 'runs' / '20260101T000000Z-x-uml-000000')",
            "",
        ),
        ("print('nothing stored')", "nothing stored"),
    ],
    ids=["refused", "killed", "interrupted", "two runs", "none"],
)
def test_an_item_that_failed_is_not_done(does: str, why: str, fleet: Fleet) -> None:
    work = opened(fleet, fleet.plan(""))
    fleet.does(does)
    execute(work)
    refused(work, "not done", why)
    fleet.does("store()")
    execute(work)
    assert collect.collect(work).status == EXIT_PASS


def test_what_came_to_no_verdict_is_done_again_if_asked(fleet: Fleet) -> None:
    work = opened(fleet, fleet.plan(""))
    fleet.does("store(); status = 2")
    execute(work)
    assert work.missing(work.plan.items) == []
    log = work.lava(work.plan.items[0]) / "logs" / "x.yaml"
    log.parent.mkdir(parents=True)
    log.touch()
    work.forget_troubled(work.plan.items)
    assert not log.exists()
    assert work.missing(work.plan.items) == list(work.plan.items)


def test_a_folder_is_for_one_plan(fleet: Fleet) -> None:
    opened(fleet, fleet.plan())
    with pytest.raises(Problem, match="for another plan"):
        opened(fleet, fleet.plan(""))


def test_what_one_kernel_lacks_does_not_keep_others_back(fleet: Fleet, results: Path) -> None:
    work = opened(fleet, fleet.plan("", kernels=("6.1", "7.3")))
    local.run(work, [work.plan.item("6.1-uml")], 1, lambda item: (), Progress(quiet=True))
    found = collect.collect(work)
    assert found.status == EXIT_TROUBLE and len(found.taken) == 1 and found.matrix
    table = json.loads((found.matrix / "matrix.json").read_bytes())
    assert [column["verdict"] for column in table["columns"]] == ["pass", "error"]
    assert found.matrix == collect.collect(work).matrix


# ---- shards that are not the whole ----


def test_a_lacking_case_is_an_error(fleet: Fleet, results: Path) -> None:
    part = merge.load("one", _copied(fleet, "svac_pasid,svac1_pasid"))
    with pytest.raises(Problem, match="svac_domain.free is not there"):
        merge.merge([part], list(_all(fleet)), "000000")


def test_a_doubled_case_is_an_error(fleet: Fleet, results: Path) -> None:
    parts = [merge.load(suite, _copied(fleet, suite)) for suite in (*SHARDS, SHARDS[1])]
    with pytest.raises(Problem, match="svac_domain.free is there twice"):
        merge.merge(parts, list(_all(fleet)), "000000")


def test_a_plan_of_fewer_cases_than_the_kernel_has_is_an_error(fleet: Fleet, results: Path) -> None:
    """As of an older checkout: what the shards ran is all of the plan, but not all there is."""
    parts = [merge.load("one", _copied(fleet, "svac_pasid,svac1_pasid"))]
    with pytest.raises(Problem, match="svac_domain.free is not there"):
        merge.merge(parts, parts[0].terms.selected, "000000")


def _all(fleet: Fleet) -> tuple[str, ...]:
    return fleet.plan().wholes[0].parts


def _copied(fleet: Fleet, suite: str) -> Path:
    (ready,) = (fleet.folder / "ready" / suite).iterdir()
    place = fleet.folder / "copied" / suite.replace(",", "-") / evidence.RUNS / ready.name
    if not place.exists():
        shutil.copytree(ready, place)
    return place


def test_shards_of_different_kernels_are_no_run(fleet: Fleet) -> None:
    fleet.prepare(SHARDS[1], Options(strict=True))
    refused(done(fleet), "differ in strict")


def test_a_shard_of_something_else_is_no_shard(fleet: Fleet) -> None:
    shutil.rmtree(fleet.folder / "ready" / SHARDS[1])
    shutil.copytree(fleet.folder / "ready" / SHARDS[0], fleet.folder / "ready" / SHARDS[1])
    refused(done(fleet), "made a run of something else")


# ---- what workers leave is not believed ----


def altered(fleet: Fleet, change: Callable[[Path], None], *suites: str) -> Work:
    """A plan that is done, with the run of its first item changed afterwards."""
    work = done(fleet, *suites)
    item = work.plan.items[0]
    (run,) = (work.done(item) / works.RUNS).iterdir()
    change(run)
    return work


def cut(name: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        content = (run / name).read_bytes()
        (run / name).write_bytes(content[: len(content) // 2])

    return change


@pytest.mark.parametrize("suites", [("",), SHARDS], ids=["one", "shards"])
@pytest.mark.parametrize(
    "change, word",
    [
        (cut("boots/main.console"), "not the KTAP of its console"),
        (cut("run.json"), "cannot be read"),
        (cut("judging.json"), "cannot be read"),
        (lambda run: (run / "boots/main.console").unlink(), "cannot be read"),
        (lambda run: (run / "judging.json").unlink(), "judged by"),
        (lambda run: (run / "link").symlink_to("/etc/passwd"), "no plain file"),
        (lambda run: (run / "boots/loop").symlink_to(run), "no plain file"),
        (lambda run: replaced(run, "judging.json", "boots/main.console", "../x"), "schema"),
        (lambda run: renamed(run, "../x"), "no boot can be called '../x'"),
        (lambda run: replaced(run, "run.json", '"verdict": "pass"', '"verdict": "fail"'), "says"),
        (lambda run: replaced(run, "run.json", '"status": "pass"', '"status": "skip"'), "says"),
    ],
)
def test_an_altered_run_is_refused(
    change: Callable[[Path], None], word: str, suites: tuple[str, ...], fleet: Fleet, results: Path
) -> None:
    refused(altered(fleet, change, *suites), word)
    assert runs(results) == []


def replaced(run: Path, name: str, old: str, new: str) -> None:
    text = (run / name).read_text()
    assert old in text
    (run / name).write_text(text.replace(old, new))


def renamed(run: Path, boot: str) -> None:
    """Its first boot, in all that tells of it."""
    for name in ("run.json", "judging.json"):
        replaced(run, name, '"main"', json.dumps(boot))


def test_a_worker_that_claims_to_have_passed_is_not_believed(fleet: Fleet, results: Path) -> None:
    """The exit status and the record of an item are the worker's own words."""
    fleet.kernel.says = lambda name, keys: console(keys, keys)
    failing = fleet.prepare("")
    assert failing.run["verdict"] == "fail"
    fleet.does("store(); status = 0")
    assert collect.collect(done(fleet, "")).status == EXIT_FAIL


def test_a_link_in_place_of_the_runs_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    work = done(fleet, "")
    runs_of = work.done(work.plan.items[0]) / works.RUNS
    runs_of.rename(tmp_path / "elsewhere")
    runs_of.symlink_to(tmp_path / "elsewhere")
    refused(work, "no folder")


@pytest.mark.parametrize(
    "record",
    [
        "{}",
        "x",
        '{"schema":1,"item":"other","status":0,"started":"2026-01-01T00:00:00Z","seconds":1,'
        '"host":"h","made":["20260101T000000Z-6.1-uml-000000"]}',
        '{"schema":1,"item":"6.1-uml","status":0,"started":"2026-01-01T00:00:00Z","seconds":1,'
        '"host":"h","made":["../../etc"]}',
    ],
)
def test_a_strange_record_is_refused(record: str, fleet: Fleet) -> None:
    work = done(fleet, "")
    (work.done(work.plan.items[0]) / works.RECORD).write_text(record)
    refused(work)


def test_what_workers_say_moves_no_cursor(fleet: Fleet) -> None:
    work = opened(fleet, fleet.plan(""))
    fleet.does("print('\\033[2J\\033]0;x\\007 gone'); status = 2")
    execute(work)
    text = "\n".join(collect.told(collect.collect(work)))
    assert "gone" in text and "\033" not in text and "\007" not in text
