# SPDX-License-Identifier: GPL-2.0
"""What is said of a gate: golden texts, and nothing hostile gets through.

SVACHECK_WRITE_GOLDEN=1 writes the golden files anew; read the difference before keeping it.
"""

from __future__ import annotations

import copy
import io
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from svacheck.gate import b4, page, report
from svacheck.gate.compare import CLASSES, Change, counts
from svacheck.gate.gate import Gated
from svacheck.places import GATE_SCHEMA
from svacheck.results import schema_fault

GOLDEN = Path(__file__).parent / "golden" / "gate"
FOLDER = Path("/r/gate-20261122T093000Z-6.1.192-uml-1a2b3c")
EVIDENCE = "svac_set(test, domain, dev, 5) returned 0, expected -EBUSY"
ALONE = "make check KDIR=/k SUITE="


def rule(name: str, change: str, *cases: str, **more: Any) -> Change:
    was = {"regression": ("kept", "broken"), "fixed": ("broken", "kept")}
    base, head = was.get(change, ("broken", "broken"))
    if change == "disappeared":
        base, head = "kept", "not covered"
    made = Change(name, change, base, head, False, sentence=f"What {name} says.", **more)
    made.cases = list(cases)
    return made


def case(name: str, change: str, *rules: str, **more: Any) -> Change:
    was = {"regression": ("pass", "fail"), "new failure": ("absent", "fail")}
    base, head = was.get(change, ("pass", "absent"))
    alone = ALONE + name.partition("/")[0]
    made = Change(name, change, base, head, False, alone=alone, rules=list(rules), **more)
    if head == "fail":
        made.evidence, made.where = EVIDENCE, "kunit/suites/pasid.c:12"
        made.again = made.again or "alone: fail 3 of 3"
    return made


def side(kind: str, title: str, **more: Any) -> dict[str, Any]:
    made = {
        "given": "x",
        "kind": kind,
        "title": title,
        "commit": "",
        "subject": "",
        "run": "20261122T093000Z-6.1.192-uml-1a2b3c",
        "folder": "/r/20261122T093000Z-6.1.192-uml-1a2b3c",
        "measured": True,
        "tree": {},
        "implementations": ["carried"],
        "verdict": "pass",
        "counts": {},
        "phases": {"check out": 0.9, "copy": 1.0, "build": 8.0, "boot": 3.5, "read": 0.01},
        "seconds": 13.4,
    }
    return {**made, **more}


def gate(rules: list[Change] = [], cases: list[Change] = [], **more: Any) -> dict[str, Any]:
    made = {
        "schema": 1,
        "id": FOLDER.name,
        "svacheck": {"version": "0.1.0", "commit": None, "dirty": None},
        "started": "2026-11-22T09:30:00Z",
        "seconds": 28.2,
        "lane": "uml",
        "select": "",
        "strict": False,
        "fail_on": ["regression", "new failure", "disappeared"],
        "verdict": "pass",
        "problems": [],
        "expired": [],
        "notes": [],
        "base": side("revision", '0123456789ab ("iommu: Before")'),
        "head": side("revision", 'ba9876543210 ("iommu: Half a *fix* | of it")'),
        "counts": {"rules": counts(rules), "cases": counts(cases)},
        "failing": [],
        "rules": [asdict(one) for one in rules],
        "cases": [asdict(one) for one in cases],
        "known": [],
        "again": {"times": 3, "runs": [], "why": "", "seconds": 0},
        "speed": None,
        "files": {"page": "gate.md"},
    }
    return {**made, **more}


ISSUE = {
    "number": 1,
    "rule": "PASID-009",
    "case": "",
    "kernels": "6.1",
    "reason": "It is answered with 0.",
    "link": "https://example.org/1",
    "expires": "2027-03-31",
    "owner": "A <a@b>",
    "expired": False,
    "found": ["PASID-009"],
}
SET, TWO = "svac_pasid.set/carried", "svac_pasid.two/upstream"
GATES: dict[str, dict[str, Any]] = {
    "pass": gate(),
    "fail": gate(
        [
            rule("PASID-001", "regression", SET, *(f"svac_a.{n}/carried" for n in "abcd")),
            rule("PASID-002", "disappeared", evidence="no case ran"),
            rule("PASID-003", "still failing"),
            rule("PASID-004", "fixed"),
            rule("PASID-009", "regression", known=1),
        ],
        [
            case(SET, "regression", "PASID-001"),
            *(case(f"svac_a.{n}/carried", "regression", "PASID-001") for n in "abcd"),
            case(TWO, "new failure", "PASID-003"),
            case("svac_b.gone/carried", "disappeared"),
            case("svac_b.flips/carried", "unstable", again="alone: fail 1, pass 2 of 3"),
            case("svac_b.new/carried", "appeared"),
        ],
        verdict="fail",
        select="pasid",
        expired=["known issue 2 (PASID-010, A <a@b>) expired on 2026-01-01"],
        notes=["known issue 3 (a_b_*, A <a@b>) matches no failure: if it is fixed, remove it"],
        known=[ISSUE],
        again={"times": 3, "runs": ["/r/x"], "why": "", "seconds": 4.2},
    ),
    "error": gate(
        verdict="error",
        problems=["the run of base has no verdict: the kernel does not build: x.c:1: error: no"],
        base=side("run", "2026112 (6.1.192)", measured=False, implementations=[], phases={}),
        head=None,
    ),
}
WRITERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "quiet.txt": lambda made: report.render(made, FOLDER, -1),
    "normal.txt": lambda made: report.render(made, FOLDER, 0),
    "verbose.txt": lambda made: report.render(made, FOLDER, 1),
    "page.md": lambda made: page.markdown(made, FOLDER),
    "b4.json": lambda made: json.dumps([b4.result(Gated(made, FOLDER))], indent=1) + "\n",
}


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("writer", WRITERS)
def test_golden(name: str, writer: str) -> None:
    text = WRITERS[writer](GATES[name])
    golden = GOLDEN / f"{name}.{writer}"
    if os.environ.get("SVACHECK_WRITE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GATES)
def test_the_gates_fit_the_schema(name: str) -> None:
    assert schema_fault(GATES[name], GATE_SCHEMA) == ""
    ill = copy.deepcopy(GATES[name])
    ill["counts"]["rules"]["vanished"] = 1
    assert "vanished" in schema_fault(ill, GATE_SCHEMA)


def test_every_class_can_be_stored() -> None:
    for change in CLASSES:
        made = gate([rule("A", change)], fail_on=list(CLASSES))
        assert schema_fault(made, GATE_SCHEMA) == ""


@pytest.mark.parametrize("name", GATES)
def test_in_colour_it_says_the_same(name: str) -> None:
    stream = io.StringIO()
    report.show(GATES[name], FOLDER, 1, stream, colour=True)
    from rich.text import Text

    assert "\x1b[" in stream.getvalue()
    stripped = Text.from_ansi(stream.getvalue()).plain
    plain = report.render(GATES[name], FOLDER, 1)
    assert [line.rstrip() for line in stripped.splitlines()] == plain.splitlines()


def test_what_a_kernel_or_a_subject_says_is_shown_and_not_obeyed() -> None:
    evil = "\x1b[2J\r`` ` <b>*x* [y](z)"
    broken = case(SET, "regression")
    broken.evidence = evil
    made = gate([], [broken], head=side("revision", evil), verdict="fail")
    for text in (report.render(made, FOLDER, 1), page.markdown(made, FOLDER)):
        assert "\x1b" not in text and "\r" not in text
    shown = page.markdown(made, FOLDER)
    assert "\\<b\\>\\*x\\* \\[y\\](z)" in shown and "<b>" not in shown
    made["cases"][0]["id"] = "a``b"
    assert "``` a``b ```" in page.markdown(made, FOLDER)


def test_of_many_changes_the_first_are_told_with_their_evidence() -> None:
    many = [rule(f"PASID-{n:03}", "regression", evidence="it is so") for n in range(7)]
    normal, verbose = (report.render(gate(many), FOLDER, level) for level in (0, 1))
    assert normal.count("it is so") == 5 and verbose.count("it is so") == 7
    assert "AND 2 MORE  PASID-005, PASID-006; see -v" in normal and "MORE" not in verbose


def test_a_gate_that_passes_is_a_handful_of_lines() -> None:
    assert len(report.render(GATES["pass"], FOLDER).splitlines()) == 4
