# SPDX-License-Identifier: GPL-2.0
"""Figures of benchmarks: which there are, what is drawn, and always the same from the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import made_bench
import matplotlib
import pytest

from svacheck import cli
from svacheck.bench import record, stored
from svacheck.bench.compare import compare, together
from svacheck.bench.plots import command, scaling, style
from svacheck.bench.plots.sheets import sheets
from svacheck.bench.series import values
from svacheck.places import BENCH_SCHEMA, ROOT
from svacheck.results import schema_fault

BOTH = ("carried", "upstream")
FILLED = ROOT / "kunit" / "bench" / "filled.c"


def same(metric: str, implementation: str) -> float:
    return 1.0


def slower(metric: str, implementation: str) -> float:
    return 1.3 if metric == "set_block.paging" else 1.0


def boots(seed: int, of: tuple[str, ...] = BOTH, figure: made_bench.Figure = same) -> Any:
    return [made_bench.boot(seed + nth, of, 0.005, figure) for nth in range(6)]


def alone(of: tuple[str, ...] = BOTH) -> Any:
    return made_bench.record([made_bench.side("kernel", boots(1, of))])


def compared(of: tuple[str, ...] = BOTH) -> Any:
    sides = [
        made_bench.side("base", boots(1, of), "7.2"),
        made_bench.side("head", boots(50, of, slower)),
    ]
    made = made_bench.record(sides)
    base, head = (values(stored.boots(side)) for side in sides)
    answers = together([compare(key, base[key], head[key]) for key in base])
    made["comparisons"] = [record.comparison(one) for one in answers]
    return made


def words(svg: Path) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg.read_text())


# ---- which there are ----


def test_one_kernel_has_its_implementations_on_one_axis() -> None:
    (sheet,) = sheets(alone())
    assert list(sheet.groups) == ["carried", "upstream"]
    assert {Path(name).stem for name in command.names(alone())} == {"samples", "scaling"}


def test_two_kernels_are_on_one_axis_for_each_implementation() -> None:
    carried, upstream = sheets(compared())
    assert list(carried.groups) == ["base Linux 7.2.4", "head Linux 7.3.4"]
    assert (carried.suffix, upstream.suffix) == ("-carried", "-upstream")
    assert {Path(name).stem for name in command.names(compared(("carried",)))} == {
        *("ratios", "samples", "scaling"),
    }


def test_nothing_is_drawn_of_nothing() -> None:
    made = made_bench.record([made_bench.side("kernel", [])])
    assert command.names(made) == command.names(made_bench.record([])) == []


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the figures of a comparison."""
    folder = tmp_path_factory.mktemp("drawn")
    command.draw(compared(), folder)
    return folder


def test_names_are_those_of_the_files_and_fit_the_schema(drawn: Path) -> None:
    made = compared()
    made["plots"] = command.names(made)
    assert schema_fault(made, BENCH_SCHEMA) == ""
    files = sorted(str(path.relative_to(drawn)) for path in drawn.glob("plots/*"))
    assert files == sorted(made["plots"])


# ---- what is drawn ----


def test_samples_are_multiples_of_the_same_boots_floor() -> None:
    boot = [
        made_bench.series("floor.mutex", "-", 4.0),
        made_bench.series("m", "carried", 10.0, "floor.mutex"),
    ]
    (sheet,) = sheets(made_bench.record([made_bench.side("kernel", [boot])]))
    group = sheet.groups["carried"]
    assert group.samples("m")[:2] == [2.5, 2.5]
    assert group.samples("floor.mutex")[:2] == [4.0, 4.0]  # ns


def test_one_thread_begins_both_lines() -> None:
    (sheet,) = sheets(alone())
    threads = next(panel for panel in scaling.PANELS if panel.unit == "threads")
    lines = scaling._lines(sheet.groups["carried"], threads)
    assert {name: sorted(points) for name, points in lines.items()} == {
        "one_device": [1, 2, 4],
        "own_devices": [1, 2, 4],
    }
    assert scaling._floors(sheet.groups["carried"], threads) == ["floor.xarray"]


def test_every_line_that_is_measured_has_its_style() -> None:
    (sheet,) = sheets(alone())
    for panel in scaling.shown(sheet):
        assert scaling._lines(sheet.groups["carried"], panel).keys() <= scaling.STYLES.keys()
    lines = re.findall(r'measure\(test, filled, "(?:reset|lookup)", "(\w+)"', FILLED.read_text())
    assert {"in_order", "at_random", "pci"} <= set(lines) <= scaling.STYLES.keys()


def test_figures_say_what_they_show(drawn: Path) -> None:
    of_ratios = words(drawn / "plots" / "ratios.svg")
    assert {"slower", "within 1%", "set_block.paging", "times as long"} <= set(of_ratios)
    of_samples = words(drawn / "plots" / "samples-carried.svg")
    assert {"head Linux 7.3.4", "ns", "times its floor", "floor.syscall"} <= set(of_samples)
    of_scaling = words(drawn / "plots" / "scaling-carried.svg")
    assert {"PASIDs set", "threads", "devices bound", "2\u00b2\u2070\u22121"} <= set(of_scaling)


@pytest.mark.parametrize(
    ("value", "text"), [(1.5, "1.5 ns"), (700, "700 ns"), (2e4, "20 us"), (1e6, "1 ms")]
)
def test_times_have_their_unit(value: float, text: str) -> None:
    assert style.duration(value) == text


@pytest.mark.parametrize("decades", [0.5, 1, 2, 3, 4, 5])
def test_an_axis_has_some_numbers_and_not_too_many(decades: float) -> None:
    count = decades * len(scaling._ticks(10**decades))
    assert 3 <= count <= 7


def test_large_numbers_are_powers() -> None:
    texts = [style.number(value) for value in (0, 3, 1000, 1023, 1024, 1500)]
    assert texts == ["0", "3", "1000", "1023", "2\u00b9\u2070", "1500"]


# ---- always the same ----


def test_the_same_record_gives_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        command.draw(alone(("carried",)), tmp_path / name)
        for name, value in {"font.size": 20, "lines.solid_capstyle": "round"}.items():
            monkeypatch.setitem(matplotlib.rcParams, name, value)  # as a user's matplotlibrc
    for path in (tmp_path / "one" / "plots").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / "plots" / path.name).read_bytes()
        assert path.suffix == ".png" or b"<dc:date>" not in path.read_bytes()


# ---- the command ----


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a stored session without figures."""
    monkeypatch.setenv("SVACHECK_RESULTS", str(tmp_path))
    made = alone(("carried",))
    folder = tmp_path / str(made["id"])
    folder.mkdir()
    (folder / record.RECORD).write_text(json.dumps(made))
    return folder


@pytest.mark.parametrize("reference", ["last", "bench-20261125T20", "bench-2026"])
def test_a_session_is_found_by_its_id(reference: str, kept: Path) -> None:
    assert stored.load(reference)[0] == kept


def test_they_are_drawn_again(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench-plots", "last"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [Path(line) for line in told] == [kept / name for name in command.names(alone())]
    assert all(Path(line).is_file() for line in told)


def test_what_is_not_stored_or_damaged_is_trouble(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench-plots", "bench-2025"]) == 2
    assert "make bench" not in (told := capsys.readouterr().err) and "newest is" in told
    (kept / record.RECORD).write_text('{"schema": 1}')
    assert cli.main(["bench-plots", "last"]) == 2
    assert "does not fit its schema" in capsys.readouterr().err


def test_a_full_disk_is_trouble(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kept / "plots").write_text("in the way")
    assert cli.main(["bench-plots", "last"]) == 2
    assert "cannot store a figure" in capsys.readouterr().err


def test_fonts_are_cached_where_all_is(tmp_path: Path) -> None:
    asks = "import svacheck.bench.plots.sheets, matplotlib; print(matplotlib.get_cachedir())"
    environment = {key: value for key, value in os.environ.items() if key != "MPLCONFIGDIR"}
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    said = subprocess.run(
        [sys.executable, "-c", asks],
        env=environment,
        cwd=ROOT / "harness",
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == str(tmp_path / "svacheck" / "matplotlib")
