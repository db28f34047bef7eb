# SPDX-License-Identifier: GPL-2.0
"""svacheck bench-history over stored sessions: which count, what is told, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import made_bench
import numpy as np
import pytest

from svacheck import cli
from svacheck.bench.history import points
from svacheck.progress import Progress

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SVACHECK_RESULTS", str(tmp_path))
    return tmp_path


def nothing(made: dict[str, Any]) -> None:
    pass


def boots(figures: dict[str, float], count: int = 5) -> list[list[dict[str, Any]]]:
    def one(key: str, time: float) -> dict[str, Any]:
        return made_bench.series(key, "-" if key.startswith("floor.") else "carried", time)

    return [
        [one(key, time * (1 + nth / 500)) for key, time in figures.items()] for nth in range(count)
    ]


def store(results: Path, nth: int, change: Change = nothing, **figures: float) -> str:
    """The session of week nth, which says figures."""
    day = datetime(2026, 3, 1, 20) + timedelta(weeks=nth)
    side = made_bench.side("kernel", boots(figures))
    made = made_bench.record([side], f"{day.isoformat()}Z")
    change(made)
    folder = results / str(made["id"])
    folder.mkdir()
    (folder / "bench.json").write_text(json.dumps(made))
    return folder.name


def year(results: Path, size: Callable[[int], float], sessions: int = 16) -> list[str]:
    """One metric that has this size, and one that stays as it is."""
    noise = np.random.default_rng(1)
    names = []
    for nth in range(sessions):
        usual, other = (100 * np.exp(noise.normal(0, 0.004)) for _ in range(2))
        names.append(store(results, nth, set=float(usual * size(nth)), get=float(other)))
    return names


def told(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    status = cli.main(["bench-history", *options])
    out, err = capsys.readouterr()
    return status, out or err


# ---- what is told ----


def test_nothing_that_got_slower_passes(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    year(results, lambda nth: 1.0)
    status, text = told(capsys)
    assert status == 0
    assert "7.3: 16 sessions, 2026-03-01 to 2026-06-14; 2 metrics: 0 slower, 0 faster" in text


def test_a_creep_fails_and_says_from_when_to_when(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = year(results, lambda nth: 1.01**nth)
    status, text = told(capsys)
    assert status == 1
    assert f"little by little from {names[0]} to {names[-1]}" in text
    assert "set/carried  +1.0 % a week" in text and "1 slower" in text


def test_a_step_fails_and_says_between_which_and_what_differs(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = year(results, lambda nth: 1.1 if nth >= 8 else 1.0)
    changed = json.loads((results / names[8] / "bench.json").read_text())
    changed["sides"][0]["compiler"] = "gcc 13"
    (results / names[8] / "bench.json").write_text(json.dumps(changed))
    status, text = told(capsys, "--kernel", "7.3", "--metric", "se*")
    assert status == 1
    assert f"between {names[7]} and {names[8]} (another compiler)" in text


def test_what_got_faster_passes(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    year(results, lambda nth: 0.9 if nth >= 8 else 1.0)
    status, text = told(capsys)
    assert status == 0 and "1 faster" in text


def test_what_was_undone_passes(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    year(results, lambda nth: 1.2 if 12 <= nth < 24 else 1.0, 36)
    status, text = told(capsys)
    assert status == 0
    assert "slower, undone since" in text


def test_json_has_all_of_it(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = year(results, lambda nth: 1.1 if nth >= 8 else 1.0)
    status, text = told(capsys, "--json")
    (kernel,) = json.loads(text)["kernels"]
    (change,) = kernel["changes"]
    assert status == 1
    assert [one["id"] for one in kernel["sessions"]] == names
    assert (change["key"], change["kind"], change["from"]) == ("set/carried", "step", names[7])
    assert 1.08 < change["low"] < 1.1 < change["high"] < 1.12 and change["p"] < 0.01


def test_a_floor_that_calls_nothing_points_at_the_machine(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for nth in range(16):
        spin = (100 + nth % 3) * (1.2 if nth >= 8 else 1.0)
        store(results, nth, nothing, **{"floor.spin": spin})
    assert "the machine has changed, or the compiler" in told(capsys)[1]


# ---- which count ----


def history(results: Path, kernel: str = "") -> points.History:
    return points.gather(results, kernel, Progress(quiet=True))


def test_sessions_of_other_hosts_are_left_out_and_named(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def elsewhere(made: dict[str, Any]) -> None:
        made["host"]["cpus"] = 64

    def busy(made: dict[str, Any]) -> None:
        made["host"]["load"] = 9.0

    other = [store(results, nth, elsewhere, set=100.0 + nth) for nth in range(20)]
    here = [store(results, 20 + nth, busy, set=200.0 + nth % 2) for nth in range(10)]
    found = history(results)
    assert [one.id for one in found.kernels["7.3"]] == here
    assert found.left_out == dict.fromkeys(other, "another host: cpus 64")
    status, text = told(capsys)
    assert status == 0
    assert f"left out  {other[0]}: another host: cpus 64" in text


def test_sessions_that_ended_early_or_have_few_boots_are_left_out(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def early(made: dict[str, Any]) -> None:
        made["problems"] = ["interrupted"]

    def few(made: dict[str, Any]) -> None:
        made["sides"][0]["boots"] = made["sides"][0]["boots"][:4]

    first, second = store(results, 1, early, set=100.0), store(results, 2, few, set=100.0)
    status, text = told(capsys, "--kernel", "7.3")
    assert status == 2
    assert f"no session of 7.3 counts; left out: {first}: it ended early: interrupted;" in text
    whole = store(results, 3, set=100.0)
    found = history(results)
    assert [one.id for one in found.kernels["7.3"]] == [whole]
    assert found.left_out == {first: "it ended early: interrupted", second: "fewer than 5 boots"}


def test_a_damaged_record_is_trouble(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = year(results, lambda nth: 1.0)
    file = results / names[3] / "bench.json"
    for content, what in (("{", "cannot be read"), ('{"schema": 1}', "does not fit its schema")):
        file.write_text(content)
        status, text = told(capsys)
        assert status == 2
        assert what in text and names[3] in text and "remove the folder" in text


def test_too_few_sessions_are_trouble(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys)[0] == 2
    year(results, lambda nth: 2.0**nth, 6)
    status, text = told(capsys)
    assert status == 2
    assert "6 sessions cannot tell a change of 2 metrics: it takes 7" in text


def test_ever_so_few_of_one_kernel_are_told_beside_another(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def older(made: dict[str, Any]) -> None:
        made["sides"][0]["tree"]["name"] = "6.1"

    year(results, lambda nth: 1.0)
    store(results, 20, older, set=100.0)
    status, text = told(capsys)
    assert status == 0
    assert "6.1: 1 session, 2026-07-19 to 2026-07-19; it takes 7 to tell" in text
    assert list(history(results, "6.1").kernels) == ["6.1"]


def test_a_metric_or_chance_that_is_none_is_trouble(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    year(results, lambda nth: 1.0)
    status, text = told(capsys, "--metric", "nothing")
    assert status == 2 and "no metric matches (nothing)" in text
    assert told(capsys, "--alpha", "0")[0] == 2


def test_two_sides_of_one_kernel_are_one_session(results: Path) -> None:
    def twice(made: dict[str, Any]) -> None:
        base, head = (dict(made["sides"][0], name=name) for name in ("base", "head"))
        head["boots"] = made_bench.side("head", boots({"set": 300.0}))["boots"]
        made["sides"] = [base, head]

    store(results, 1, twice, set=100.0)
    (point,) = history(results).kernels["7.3"]
    assert 150.0 < point.figures["set/carried"] < 250.0


def test_planted_slow_downs_and_their_trials_do_not_count(results: Path) -> None:
    def planted(made: dict[str, Any]) -> None:
        made["sides"][0]["kernel_args"] = ["svac_bench.spin=9"]

    store(results, 1, planted, set=100.0)
    (results / "bench-power-20260301T200000Z-7.3-uml_bench-0a1b2c").mkdir()
    assert history(results).kernels == {}
