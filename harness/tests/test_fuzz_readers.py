# SPDX-License-Identifier: GPL-2.0
"""The readers of KTAP and of consoles, given documents that a grammar makes and chance damages."""

from __future__ import annotations

from pathlib import Path

import ktapdocs
import pytest
from coverfuzz import TARGETS, corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from ktapdocs import DOCS, Doc, parsed, passes, planned, render, results

from svacheck import console, ktap

MANY = settings(max_examples=100, deadline=None, derandomize=True)
FAILING = DOCS.filter(lambda doc: not all(suite.ok for suite in doc))
SOUND = DOCS.filter(
    lambda doc: all(suite.ok for suite in doc)
    and any(
        one.outcome == "pass"
        for suite in doc
        for case in suite.cases
        for one in case.params or [case]
    )
)
CUT, TRACE = "------------[ cut here ]------------\n", "Call Trace:\n f+0x1/0x2\n"
WARN = f"WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2\n{TRACE}---[ end trace 0000000000000000 ]---\n"
LEAKS = "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)\n"
REPORTS = [  # as the kernel prints them: any may begin behind half a line of somebody else
    CUT + WARN,
    f"{CUT}refcount_t: underflow; use-after-free.\n{WARN}",
    f"{CUT}ODEBUG: free active (active state 0) object type: timer_list\n{WARN}",
    f"{'=' * 66}\nBUG: KASAN: use-after-free in f+0x1/0x2\n{TRACE}",
    f"{'=' * 30}\nWARNING: possible circular locking dependency detected\n{TRACE}",
    f"BUG: sleeping function called from invalid context at mm/slab.h:99\n{TRACE}",
    f"rcu: INFO: rcu_sched self-detected stall on CPU\n{TRACE}",
    f"a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n{TRACE}",
    f"kmemleak: unreferenced object 0x1 (size 8):\nkmemleak:   backtrace:\n{LEAKS}",
]
HALVES = ["", "half a line ", "    # half a line ", "# ", "x" * 5000]


@MANY
@given(DOCS)
def test_what_is_rendered_is_what_is_read(doc: Doc) -> None:
    lines = render(doc)
    assert parsed(lines) == doc
    document = ktap.read(lines)
    assert document.complete and not document.serious()


@MANY
@given(SOUND)
def test_a_sound_document_passes(doc: Doc) -> None:
    assert passes(render(doc), planned(doc))


@MANY
@given(FAILING)
def test_a_failing_document_does_not(doc: Doc) -> None:
    assert not passes(render(doc), planned(doc))


@MANY
@given(FAILING, st.data())
def test_no_document_passes_for_having_lost_a_not_ok(doc: Doc, data: st.DataObject) -> None:
    lines = render(doc)
    bad = [n for n in results(lines) if lines[n].lstrip().startswith("not ok ")]
    lost = data.draw(st.sets(st.sampled_from(bad), min_size=1))
    cut = data.draw(st.sampled_from(["drop", "blank", "break", "glue"]))
    for n in sorted(lost, reverse=True):
        if cut == "drop":
            del lines[n]
        elif cut == "blank":
            lines[n] = "\n"
        elif cut == "break":
            lines[n] = lines[n].replace("not ", "not\n", 1)
        else:
            lines[n - 1] = lines[n - 1].rstrip("\n") + lines[n]
            del lines[n]
    assert not passes("".join(lines).splitlines(keepends=True), planned(doc))


DAMAGE = [
    "drop",
    "copy",
    "cut",
    "indent",
    "swap",
    "split",
    "glue",
    "noise",
    "end",
    "number",
    "plan",
]


@MANY
@given(DOCS, st.data())
def test_no_damage_makes_more_pass_than_said_so(doc: Doc, data: st.DataObject) -> None:
    lines = render(doc)
    for _ in range(data.draw(st.integers(1, 5))):
        lines = damaged(lines, data)
    said = sum(1 for text in lines if "ok " in text and "not ok" not in text)
    document = ktap.read(lines)
    assert ktap.counts(document).passed <= said
    good = [case for case in ktap.cases(document) if case.status == "pass"]
    assert len(good) <= said
    console.reports(lines)
    console.ending(lines, False)
    if passes(lines, planned(doc)):
        assert all(suite.ok for suite in doc), "".join(lines)
        ids = {case.id for case in ktap.cases(document) if case.status in ("pass", "skip")}
        assert ids >= {
            f"{suite.name}.{case.name}" for suite in doc for case in suite.cases if not case.params
        }


def damaged(lines: list[str], data: st.DataObject) -> list[str]:
    """These lines with one thing wrong."""
    lines = list(lines)
    at = data.draw(st.integers(0, len(lines) - 1)) if lines else 0
    what = data.draw(st.sampled_from(DAMAGE)) if lines else "noise"
    if what == "drop":
        del lines[at]
    elif what == "copy":
        lines.insert(data.draw(st.integers(0, len(lines))), lines[at])
    elif what == "cut":
        lines[at] = lines[at][: data.draw(st.integers(0, 20))]
    elif what == "indent":
        lines[at] = data.draw(st.sampled_from(["", "  ", "    ", "\t", "# "])) + lines[at].lstrip()
    elif what == "swap":
        other = data.draw(st.integers(0, len(lines) - 1))
        lines[at], lines[other] = lines[other], lines[at]
    elif what == "split":
        where = data.draw(st.integers(0, len(lines[at])))
        lines[at : at + 1] = [lines[at][:where] + "\n", lines[at][where:]]
    elif what == "glue":
        lines[at] = lines[at].rstrip("\n")
    elif what == "noise":
        lines.insert(at, data.draw(st.text(max_size=30)) + "\n")
    elif what == "end":
        del lines[at:]
    elif what == "number":
        lines[at] = lines[at].replace("1", "2")
    else:
        lines[at] = lines[at].replace("1..", "1..1")
    return "".join(lines).splitlines(keepends=True)


@MANY
@given(SOUND, st.sampled_from(REPORTS), st.sampled_from(HALVES), st.data())
def test_no_report_is_lost_in_a_document(
    doc: Doc, report: str, half: str, data: st.DataObject
) -> None:
    lines = render(doc)
    at = data.draw(st.integers(1, len(lines)))
    lines[at:at] = (half + report).splitlines(keepends=True)
    assert not passes(lines, planned(doc)), "".join(lines[at - 1 : at + 4])


@MANY
@given(SOUND, st.sampled_from(HALVES), st.data())
def test_no_panic_is_lost_in_a_document(doc: Doc, half: str, data: st.DataObject) -> None:
    lines = render(doc)
    at = data.draw(st.integers(1, len(lines) - 1))
    lines[at:] = [half + "Kernel panic - not syncing: x\n", "---[ end Kernel panic ]---\n"]
    assert not passes(lines, planned(doc))


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_was_found_once_holds(name: str) -> None:
    found = list(corpus(name))
    assert found
    for path in found:
        TARGETS[name](Path(path).read_bytes())


def test_the_grammar_is_what_kunit_prints() -> None:
    golden = Path(ktapdocs.__file__).parent / "golden" / "pass.console"
    doc = parsed(golden.read_text().splitlines(keepends=True))
    assert [suite.name for suite in doc] == ["svac_pasid", "svac_domain"]
    assert parsed(render(doc)) == doc
