# SPDX-License-Identifier: GPL-2.0
"""What a certificate says of a session of svacheck bench, and which it does not take."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from certifying import Certifier, check_again, edited, files_of, tamper

from svacheck import results as stored
from svacheck.certify import command
from svacheck.errors import Problem
from svacheck.progress import Progress

NAME = "bench-20261125T180000Z-kernel-uml_bench-1a2b3c"


def series(metric: str, whose: str, floor: str, *samples: int) -> dict[str, Any]:
    return {
        "metric": metric,
        "implementation": whose,
        "unit": "ns",
        "loops": 10,
        "floor": floor,
        "what": "set a domain, <block> it",
        "samples": list(samples),
    }


def session(tree: Any) -> dict[str, Any]:
    """Three boots of it."""
    boots = [
        {
            "console": f"boots/kernel.{at}.console",
            "layout": at,
            "series": [
                series("floor.xarray", "-", "-", 100 + at),
                series("set_block.paging", "carried", "floor.xarray", 400 + at),
                series("set_block.paging", "upstream", "floor.xarray", 300 + at),
                series("alone", "carried", "-", 7),
            ],
        }
        for at in (0, 20, 10)
    ]
    side = {
        "name": "kernel",
        "tree": tree,
        "overlay_sha256": "0" * 64,
        "layouts": 3,
        "compiler": "gcc 12",
        "kernel_args": [],
        "rivals": [],
        "boots": boots,
    }
    return {
        "schema": 1,
        "id": NAME,
        "started": "2026-11-25T18:00:00Z",
        "svacheck": {"version": "0.1.0", "commit": "0" * 40, "dirty": False},
        "host": {
            "machine": "x86_64",
            "kernel": "6.18",
            "cpus": 2,
            "load": 0.5,
            "distribution": "Debian 12",
            "processor": "one",
        },
        "seconds": 60.5,
        "terms": {"margin": 0.01, "alpha": 0.01},
        "looks": [],
        "share": 0.01,
        "problems": [],
        "comparisons": [],
        "plots": [],
        "sides": [side],
    }


def certify(
    maker: Certifier, results: Path, change: Callable[[dict[str, Any]], object] = lambda its: None
) -> command.Certificate:
    """With a session that is stored as svacheck bench would store it, but for a change."""
    run = maker.run()
    its = session(stored.read(run / "run.json")["tree"])
    change(its)
    (results / NAME).mkdir()
    (results / NAME / "bench.json").write_text(json.dumps(its))
    asked = command.Options("made-up", runs=[str(run)], bench=NAME[:20])
    return command.certify(asked, Progress(quiet=True))


def test_without_a_session_there_is_no_section(maker: Certifier) -> None:
    done = maker.certify()
    assert done.record["performance"] is None
    files = files_of(done.folder)
    assert b"Performance" not in files["certificate.md"] + files["certificate.html"]


def test_a_session_is_summed_up(maker: Certifier, results: Path) -> None:
    done = certify(maker, results)
    its = done.record["performance"]
    assert (its["id"], its["boots"], its["layouts"]) == (NAME, 3, 3)
    rows = {row["metric"]: row for row in its["figures"]}
    # That of upstream, which the profile is not about, is left out
    assert list(rows) == ["floor.xarray", "set_block.paging", "alone"]
    mine = rows["set_block.paging"]
    assert (mine["implementation"], mine["time"], mine["boots"]) == ("carried", 41.0, 3)
    assert (mine["floor"], mine["times"]) == ("floor.xarray", 3.7)
    assert (rows["alone"]["floor"], rows["alone"]["times"]) == ("", None)
    files = files_of(done.folder)
    row = b"| set_block.paging | carried | 41.0 ns | 3.7 x floor.xarray | 3 |"
    assert row in files["certificate.md"].splitlines()
    page = files["certificate.html"].decode()
    assert "set a domain, &lt;block&gt; it" in page and "No verdict depends on it." in page
    assert f"  performance: 3 metrics of {NAME}, which no verdict depends on" in list(
        command.report(done)
    )
    assert any(one["path"] == f"bench/{NAME}/bench.json" for one in done.record["evidence"])
    assert check_again(done.folder).good


def test_one_figure_that_was_changed_is_found(maker: Certifier, results: Path) -> None:
    folder = certify(maker, results).folder
    name = f"bench/{NAME}/bench.json"

    def faster(files: dict[str, bytes]) -> None:
        files.update(edited(files, name, "[410]", "[110]"))

    tamper(folder, faster)
    (line,) = check_again(folder).differences
    assert line.startswith(f"{name} was changed")
    again = certify_again(maker, results)
    tamper(again, faster, again=True)
    assert any("performance is not what" in line for line in check_again(again).differences)


def certify_again(maker: Certifier, results: Path) -> Path:
    asked = command.Options("made-up", runs=["last"], bench=str(results / NAME))
    return command.certify(asked, Progress(quiet=True)).folder


def another(its: dict[str, Any]) -> None:
    its["sides"][0]["tree"] = {**its["sides"][0]["tree"], "version": "6.2"}


@pytest.mark.parametrize(
    "change, says",
    [
        (another, "is of another kernel than the runs"),
        (lambda its: its["sides"].append(its["sides"][0]), "it compares two kernels"),
        (lambda its: its["problems"].append("interrupted"), "none to certify by: interrupted"),
        (lambda its: its.update(id="../x"), "id: "),
        (lambda its: its["sides"][0]["boots"][0]["series"][0].update(loops=0), "loops: "),
        (lambda its: its["sides"][0]["boots"][0]["series"][0].update(samples=[]), "samples: "),
    ],
)
def test_refused(maker: Certifier, results: Path, change: Callable[..., None], says: str) -> None:
    with pytest.raises(Problem, match=says):
        certify(maker, results, change)
    assert not list(results.glob("certificate-*"))


def test_a_session_that_is_not_there(maker: Certifier) -> None:
    with pytest.raises(Problem, match="no session of svacheck bench is called 'bench-1'"):
        command.certify(command.Options("made-up", bench="bench-1"), Progress(quiet=True))
