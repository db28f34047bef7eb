# SPDX-License-Identifier: GPL-2.0
"""Parts of a campaign become the campaign, with each mutant in it once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from svacheck.errors import EXIT_FAIL, EXIT_PASS, Problem
from svacheck.fleet import campaigns, making
from svacheck.fleet.planfile import MUTANTS, Whole, uneven
from svacheck.mutation.campaign import HEADER, RECORDS
from svacheck.mutation.report import summarise

IDS = ("a.1", "a.2", "b.1")
WHOLE = Whole("6.1-uml-mutants", MUTANTS, "6.1", "uml", IDS)
PARTS = (("a.1", "a.2"), ("b.1",))


def record(id: str, fate: str = "killed") -> dict[str, Any]:
    known: dict[str, Any] = {
        "id": id,
        "operator": "drop-put",
        "name": "domain.c",
        "function": id[0],
    }
    known |= {"line": 1, "column": 1, "diff": "", "fate": fate}
    return known | {"rules": ["DOM-001"], "by": ["expectation"], "also": [], "why": ""}


def header(ids: Sequence[str], inputs: str = "x") -> dict[str, Any]:
    return {
        "format": 1,
        "inputs": inputs,
        "tree": {"version": "6.1.192", "identity": {}},
        "lane": "uml",
        "compiler": "gcc",
        "svacheck": {},
        "mutants": 586,
        "chosen": len(ids),
        "sample": 0,
        "seed": 1,
        "parts": [{"mutants": len(ids), "seconds": 10.0, "cpu_seconds": 8.0}],
    }


def part(place: Path, number: int, ids: Sequence[str], **more: Any) -> Path:
    folder = place / str(number) / f"mutants-20260101T00000{number}Z-00000{number}"
    folder.mkdir(parents=True)
    inputs, fate = more.get("inputs", "x"), more.get("fate", "killed")
    (folder / HEADER).write_text(json.dumps(header(ids, inputs)))
    lines = "".join(json.dumps(record(id, fate)) + "\n" for id in ids)
    (folder / RECORDS).write_text(lines)
    return folder


def made(tmp_path: Path, **more: Any) -> list[Path]:
    return [part(tmp_path, at, ids, **more) for at, ids in enumerate(PARTS, start=1)]


def test_parts_make_the_campaign(tmp_path: Path, results: Path) -> None:
    folder = campaigns.merge(made(tmp_path), WHOLE, PARTS, "abcdef")
    assert folder == results / "mutants-20260101T000001Z-abcdef"
    report = json.loads((folder / "report.json").read_bytes())
    whole = header(IDS) | {"parts": header(IDS[:2])["parts"] + header(IDS[2:])["parts"]}
    alone = summarise(whole, [record(id) for id in IDS], {}, {})
    kept = ("mutants", "counts", "score", "operators", "functions", "killed_by", "verdict")
    families = {name: report[name] for name in kept if name != "functions"}
    assert families == {name: alone.data[name] for name in kept if name != "functions"}
    assert report["campaign"]["chosen"] == 3 and report["campaign"]["parts"] == whole["parts"]
    assert campaigns.status(folder) == EXIT_PASS


def test_twice_is_once(tmp_path: Path, results: Path) -> None:
    parts = made(tmp_path)
    first = campaigns.merge(parts, WHOLE, PARTS, "abcdef")
    assert campaigns.merge(parts, WHOLE, PARTS, "abcdef") == first
    assert [one.name for one in results.iterdir()] == [first.name]


def test_survivors_fail_it(tmp_path: Path) -> None:
    folder = campaigns.merge(made(tmp_path, fate="survived"), WHOLE, PARTS, "abcdef")
    assert campaigns.status(folder) == EXIT_FAIL


def lost(folder: Path) -> None:
    (folder / RECORDS).write_text("")


def doubled(folder: Path) -> None:
    with open(folder / RECORDS, "a") as file:
        file.write(json.dumps(record("b.1")) + "\n")


@pytest.mark.parametrize(
    "change, why",
    [
        (lost, "a.1 is not there"),
        (doubled, "b.1 is none of it"),
        (lambda folder: (folder / RECORDS).unlink(), "a.1 is not there"),
        (lambda folder: (folder / HEADER).write_text("{"), "cannot be read"),
        (lambda folder: (folder / HEADER).write_text("[]"), "cannot be read"),
        (lambda folder: (folder / HEADER).write_text(json.dumps(header(IDS, "y"))), "different"),
        (lambda folder: (folder / RECORDS).write_text('{"id": "a.1"}\n{"id": "a.2"}\n'), "is none"),
    ],
)
def test_a_damaged_part_makes_no_campaign(
    change: Callable[[Path], None], why: str, tmp_path: Path, results: Path
) -> None:
    parts = made(tmp_path)
    change(parts[0])
    with pytest.raises(Problem, match=why):
        campaigns.merge(parts, WHOLE, PARTS, "abcdef")
    assert not list(results.glob("mutants-*"))


def test_mutants_of_one_function_stay_together() -> None:
    groups = [
        [f"{name}.{n}" for n in range(size)] for name, size in zip("abcdef", (9, 3, 3, 2, 1, 1))
    ]
    bins = list(making._even(groups, 3))
    assert uneven([id for group in groups for id in group], bins) == ""
    assert all(sum(set(group) <= set(one) for one in bins) == 1 for group in groups)
    assert [len(one) for one in bins] == [9, 5, 5]
