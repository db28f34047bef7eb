# SPDX-License-Identifier: GPL-2.0
"""Benchmarks: reading what they print, the fair order of boots, and what a comparison says."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_sides import Many, fake

from svacheck import boot as booting
from svacheck import cachedirs, cli
from svacheck.bench import command, power, record, table
from svacheck.bench.compare import Answer, Comparison, Terms, compare, ratio, together
from svacheck.bench.finished import Finished
from svacheck.bench.series import Series, calm, read, undisturbed
from svacheck.bench.session import Timed, duel, enough, looks, order
from svacheck.bench.side import Calm, Side, Wanted, make
from svacheck.errors import EXIT_FAIL, EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.kernels import load_lane
from svacheck.model import Build
from svacheck.progress import Progress
from svacheck.results import Run
from svacheck.slots import StoppableLog

CONSOLE = """\
KTAP version 1
    # Subtest: svac_bench_domains
        # metric: set_block.paging carried ns loops 100 floor floor.xarray
        # measures: set a domain, block it
        # samples: 20000 21000 22000
        # samples: 90000
        ok 1 carried
        # metric: set_block.paging upstream ns loops 100 floor floor.xarray
        # measures: set a domain, block it
some word of the kernel's
        # samples: 30000
        ok 2 upstream
    ok 1 setting
"""


def lines(text: str = CONSOLE) -> list[str]:
    return text.splitlines()


# ---- what a console says ----


def test_series_are_read_with_all_their_samples() -> None:
    carried, upstream = read(lines(), "console")
    assert carried == Series(
        "set_block.paging",
        "carried",
        "ns",
        100,
        "floor.xarray",
        "set a domain, block it",
        (20000, 21000, 22000, 90000),
    )
    assert upstream.samples == (30000,)
    assert upstream.key == "set_block.paging/upstream"


def test_a_floor_is_of_no_implementation() -> None:
    text = "# metric: floor.call - ns loops 10 floor -\n# samples: 10 10\nok 1 floors\n"
    assert read(lines(text), "console")[0].key == "floor.call"


def test_the_calmest_moment_of_all_boots_is_told_to_the_next() -> None:
    boot = Calm()
    assert boot.args() == ()
    for console in ("# calm: 5120\nok 1\n# calm: 4608", "nothing", "    # calm: 8192"):
        boot.learn(calm(lines(console)))
        assert boot.args() == ("svac_bench.calm=4608",)


def test_what_disturbs_does_not_count() -> None:
    quiet = [100.0] * 40
    busy = [100] * 8 + [10000] * 32
    assert undisturbed(busy) == undisturbed([int(one) for one in quiet]) == 100.0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "nothing was measured"),
        ("# metric: a b ns loops 10 floor -\nok 1 x\n", "has no samples"),
        ("# metric: a b ns loops 0 floor -\n# samples: 1\nok 1 x\n", "has no samples"),
        ("# metric: a b ns loops 10 floor -\n# samples: 1\n", "ended in the midst of a"),
        (CONSOLE + "    not ok 2 refusing\n", "a benchmark failed: refusing"),
        (CONSOLE + CONSOLE, "measured twice"),
    ],
)
def test_a_console_that_is_not_whole_is_no_result(text: str, what: str) -> None:
    with pytest.raises(Problem, match=what):
        read(lines(text), "console")


# ---- comparing ----


def boots(seed: int, count: int, middle: float = 100.0, spread: float = 0.01) -> list[float]:
    generator = np.random.default_rng(seed)
    return [float(one) for one in middle * np.exp(generator.normal(0, spread, count))]


def one(base: list[float], head: list[float], terms: Terms = Terms()) -> Comparison:
    return together([compare("m", base, head, terms)], terms)[0]


def test_what_takes_longer_is_slower_and_the_other_way_faster() -> None:
    slow, quick = boots(1, 16, 105.0), boots(2, 16)
    assert one(quick, slow).answer is Answer.SLOWER
    assert one(slow, quick).answer is Answer.FASTER
    assert math.isclose(one(quick, slow).ratio, 1.05, rel_tol=0.01)


def test_interval_holds_the_ratio() -> None:
    found = one(boots(1, 16, 105.0), boots(2, 16))
    assert found.low < found.ratio < found.high


def test_the_same_is_told_from_not_enough_data() -> None:
    assert one(boots(1, 64, spread=0.002), boots(2, 64, spread=0.002)).answer is Answer.SAME
    assert one(boots(1, 8, spread=0.2), boots(2, 8, spread=0.2)).answer is Answer.UNCLEAR


def test_a_difference_within_the_margin_is_none() -> None:
    base, head = boots(1, 64, spread=0.001), boots(2, 64, 100.5, spread=0.001)
    assert one(base, head, Terms(margin=0.01)).answer is Answer.SAME
    assert one(base, head, Terms(margin=0.001)).answer is Answer.SLOWER


def test_few_boots_tell_nothing() -> None:
    found = one(boots(1, 4), boots(2, 4, 200.0))
    assert found.answer is Answer.UNCLEAR
    assert record.comparison(found)["high"] is None


def test_many_metrics_share_one_chance_of_a_false_alarm() -> None:
    alone = Comparison("m", 1.03, 1.01, 1.05, 0.0005, (12, 12))
    assert together([alone])[0].answer is Answer.SLOWER
    others = [Comparison(str(n), 1.0, 0.9, 1.1, 0.5, (12, 12)) for n in range(99)]
    assert together([alone, *others])[0].answer is Answer.UNCLEAR


def test_false_alarms_stay_below_what_was_promised() -> None:
    alarms = 0
    for trial in range(200):
        found = one(boots(trial, 16, spread=0.03), boots(trial + 10000, 16, spread=0.03))
        alarms += found.answer in (Answer.SLOWER, Answer.FASTER)
    assert alarms <= 2 + 4  # one in a hundred are 2; more than 6 has a chance below 1 %


def test_ratio_is_that_of_the_middle() -> None:
    assert math.isclose(ratio([1.0, 2.0, 4.0], [2.0, 4.0, 8.0]), 2.0)


# ---- boots ----


def test_what_drifts_is_in_both_sides_alike() -> None:
    assert list(order(4)) == [0, 1, 1, 0, 0, 1, 1, 0]
    assert sum(n if who else -n for n, who in enumerate(order(8))) == 0


def test_a_duel_ends_with_the_first_look_that_answers_all(tmp_path: Path) -> None:
    both = fake("base", 10000), fake("head", 13000)
    made = duel(both, 32, Terms(), tmp_path, StoppableLog(None), Progress(quiet=True))
    assert [found.answer for found in made.answers] == [Answer.SLOWER]
    assert len(both[0].boots) == len(both[1].boots) == 8


def test_a_duel_goes_on_until_its_boots_are_used_up(tmp_path: Path) -> None:
    both = fake("base", 10000, plan=(10000, 0.2)), fake("head", 10100, plan=(10100, 0.2))
    made = duel(both, 20, Terms(), tmp_path, StoppableLog(None), Progress(quiet=True))
    assert [found.answer for found in made.answers] == [Answer.UNCLEAR]
    assert len(both[0].boots) == 20


# ---- looks ----


def test_no_look_is_paid_for_at_which_nothing_could_be_told() -> None:
    assert looks(32, 140, 0.01) == [16, 32]
    assert looks(32, 1, 0.01) == [8, 16, 32]
    assert looks(8, 140, 0.01) == []
    assert looks(4, 1, 0.01) == []


@pytest.mark.parametrize("metrics", [1, 7, 140, 1000])
@pytest.mark.parametrize("most", [5, 8, 9, 12, 20, 64])
def test_every_look_can_tell_with_its_share(metrics: int, most: int) -> None:
    chosen = looks(most, metrics, 0.01)
    for boots in chosen:
        share = Terms(0.01, 0.01 / len(chosen))
        base = [100.0 + n for n in range(boots)]
        made = [compare("m", base, [1000.0 + n for n in range(boots)], share)]
        made += [Comparison(str(n), 1.0, 0.0, 9.0, 1.0, (boots, boots)) for n in range(metrics - 1)]
        assert together(made, share)[0].answer is Answer.SLOWER


def test_enough_boots_are_the_fewest() -> None:
    boots = enough(140, 0.01)
    assert looks(boots, 140, 0.01) == [boots]
    assert not any(looks(fewer, 140, 0.01) for fewer in range(1, boots))


def test_a_duel_of_many_metrics_tells_at_the_first_look_that_can(tmp_path: Path) -> None:
    both = fake("base", 10000, of=Many), fake("head", 13000, of=Many)
    made = duel(both, 32, Terms(), tmp_path, StoppableLog(None), Progress(quiet=True))
    assert made.looks == [16, 32] and made.share.alpha == 0.005
    assert [one.key for one in made.answers if one.answer is Answer.SLOWER] == ["m0/carried"]
    assert len(both[0].boots) == len(both[1].boots) == 16


# ---- the command ----


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """svacheck bench with sides that are not built."""
    monkeypatch.setenv("SVACHECK_RESULTS", str(tmp_path))
    sides: dict[str, Timed] = {}

    def make(wanted: Any, *rest: Any) -> Side:
        return sides[wanted.name].side

    monkeypatch.setattr(command, "make", make)

    def run(options: command.Options, **timed: Timed) -> Finished:
        sides.update(timed)
        return command.bench(options, Progress(quiet=True))

    return run


def stored(done: Finished) -> Any:
    return json.loads((done.folder / record.RECORD).read_text())


def test_one_kernel_is_told_with_its_samples(session: Any) -> None:
    done = session(command.Options(kernel="7.3"), kernel=fake("kernel", 10000))
    assert done.status == EXIT_PASS
    assert len(stored(done)["sides"][0]["boots"]) == 8
    assert "10014.5" in done.text
    assert stored(done)["plots"] == ["plots/samples.svg", "plots/samples.png"]
    assert all((done.folder / name).is_file() for name in stored(done)["plots"])
    lines_of = (done.folder / record.SAMPLES).read_text().splitlines()
    assert len(lines_of) == 1 + 8 * 5
    assert lines_of[1] == "kernel,0,0,m,carried,ns,0,10000.0000"
    assert lines_of[6].startswith("kernel,1,1,m,") and lines_of[6].endswith(",10009.0000")


def test_what_does_not_fit_the_schema_is_not_stored(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "SCHEMA", 0)
    with pytest.raises(ValueError, match="does not fit its schema: schema"):
        session(command.Options(kernel="7.3"), kernel=fake("kernel", 10000))
    assert not list(tmp_path.glob("bench-*"))


def test_a_slower_head_fails(session: Any) -> None:
    asked = command.Options(base="7.2", head="7.3")
    done = session(asked, base=fake("base", 10000), head=fake("head", 13000))
    assert done.status == EXIT_FAIL
    assert "slower" in done.text
    assert stored(done)["comparisons"][0]["answer"] == "slower"


def test_too_few_boots_are_said_to_be(session: Any) -> None:
    asked = command.Options(base="7.2", head="7.3", boots=8)
    done = session(asked, base=fake("base", 10000, of=Many), head=fake("head", 13000, of=Many))
    assert done.status == EXIT_PASS
    assert "8 boots can tell no difference of 140 metrics: it takes 12\n" in done.text


def test_the_same_passes(session: Any) -> None:
    asked = command.Options(base="7.2", head="7.3")
    done = session(asked, base=fake("base", 10000), head=fake("head", 10000))
    assert done.status == EXIT_PASS
    assert "1 same" in done.text


def test_what_was_measured_before_a_boot_failed_is_kept(session: Any) -> None:
    asked = command.Options(base="7.2", head="7.3")
    base = fake("base", 10000, fails_at=7)
    done = session(asked, base=base, head=fake("head", 13000))
    assert done.status == EXIT_TROUBLE
    assert "the kernel went down" in done.text
    assert len(stored(done)["sides"][0]["boots"]) == 7


def test_what_was_measured_before_an_interrupt_is_kept(session: Any) -> None:
    done = session(command.Options(), kernel=fake("kernel", 10000, stopped_at=3))
    assert done.status == EXIT_INTERRUPTED
    assert len(stored(done)["sides"][0]["boots"]) == 3


def test_one_side_alone_is_refused() -> None:
    with pytest.raises(Problem, match="one kernel alone"):
        command.bench(command.Options(base="7.3"), Progress(quiet=True))


def test_a_third_kernel_is_refused() -> None:
    with pytest.raises(Problem, match="no third is timed"):
        command.bench(command.Options(kernel="6.1", base="7.2", head="7.3"), Progress(quiet=True))


def test_two_sides_have_no_layout_in_common(monkeypatch: pytest.MonkeyPatch, session: Any) -> None:
    had: list[range] = []
    whole: Any = getattr(command, "make")

    def make_noted(wanted: Any, layouts: int, *rest: Any) -> Side:
        had.append(range(rest[-1], rest[-1] + layouts))
        side: Side = whole(wanted, layouts, *rest)
        return side

    monkeypatch.setattr(command, "make", make_noted)
    asked = command.Options(base="7.2", head="7.3", boots=8)
    session(asked, base=fake("base", 10000), head=fake("head", 10000))
    assert had == [range(0, 8), range(8, 16)]


def test_boots_have_what_their_lane_gives_the_kernel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lane = replace(load_lane("uml-bench"), kernel_args=("of_the_lane",))
    build = Build(tmp_path, tmp_path, lane, "", "", 1, 1.0)
    side = replace(fake("x", 1).side, layouts=(build,), calm=Calm(7))
    had: list[tuple[str, ...]] = []

    def boot(build: Build, *rest: Any) -> Any:
        had.append(build.lane.kernel_args)
        raise KeyboardInterrupt

    monkeypatch.setattr(booting, "boot_alone", boot)
    with pytest.raises(KeyboardInterrupt):
        Side.boot(side, 0, "x", ("one=1",), StoppableLog(None), tmp_path / "x.console")
    assert had == [("of_the_lane", "svac_bench.calm=7", "one=1")]


def test_more_layouts_than_there_are_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there are 512 layouts"):
        make(Wanted("x", "6.1"), 9, 1, tmp_path, StoppableLog(None), Progress(quiet=True), 504)


def test_a_side_is_held_no_longer_than_it_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two gates that want the same two kernels must not wait for each other."""

    def resolve(*given: Any) -> Any:
        cachedirs.hold(tmp_path / "tree")
        raise Problem("held")

    monkeypatch.setattr("svacheck.bench.side.trees.resolve", resolve)
    with pytest.raises(Problem, match="held"):
        make(Wanted("x", "6.1"), 1, 1, tmp_path, StoppableLog(None), Progress(quiet=True))
    assert tmp_path / "tree" not in cachedirs._held


def test_check_has_nothing_to_judge_in_its_lane(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--lane", "uml-bench"]) == 2
    assert "lane uml-bench judges nothing" in capsys.readouterr().err


def test_a_side_that_is_nothing_is_refused() -> None:
    with pytest.raises(Problem, match="no kernel and no folder"):
        command.bench(command.Options(base="7.3", head="nothing"), Progress(quiet=True))


def test_figures_are_multiples_of_their_floor() -> None:
    boot = [
        {"metric": "floor.x", "implementation": "-", "floor": "-", "samples": [10], "loops": 1},
        {"metric": "m", "implementation": "c", "floor": "floor.x", "samples": [25], "loops": 1},
    ]
    text = list(table.figures({"boots": [{"series": boot}]}))
    assert text[-1].endswith("x 2.5 floor.x")


# ---- how often it is wrong ----


class Noting(Side):
    """Notes which layout each boot of a trial has."""

    had: dict[str, list[Any]] = {}

    def boot(self, nth: int, suites: str, args: Any, log: Any, out: Path) -> list[Series]:
        self.had.setdefault(out.name.rsplit(".", 2)[0], []).append(self.layouts[nth])
        value = 10000 if "svac_bench.spin=1" in args else 12000
        return [Series("set_block.x", "carried", "ns", 1, "-", "a call", (value + nth,) * 5)]


def test_a_trial_has_a_layout_for_each_boot_and_none_on_both_sides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SVACHECK_RESULTS", str(tmp_path))
    side = fake("kernel", 10000).side
    pool: Any = tuple(range(40))
    pool = Noting(side.name, side.tree, pool, side.overlay_sha256, side.programs, ("carried",))
    level = power.Level(20.0, 100)
    options = power.Options(trials=3, boots=16)
    log, quiet = StoppableLog(None), Progress(quiet=True)
    power._try(level, pool, 1, options, Run("x", "uml-bench", 0.0), log, quiet)
    assert (level.trials, level.slower, level.faster) == (3, 3, 0)
    for trial in range(3):
        both = Noting.had[f"{trial}.base"] + Noting.had[f"{trial}.head"]
        assert len(set(both)) == len(both) == 32
    assert Noting.had["0.base"] != Noting.had["1.base"]


def test_power_needs_a_layout_for_each_boot() -> None:
    with pytest.raises(Problem, match="a layout for each boot"):
        power.bench_power(power.Options(boots=16, layouts=31), Progress(quiet=True))


def test_rates_have_their_interval() -> None:
    level = power.Level(3.0, 30, trials=200, slower=190)
    rate, low, high = level.rate()
    assert rate == 0.95
    assert 0.90 < low < rate < high < 0.98
