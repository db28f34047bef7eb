# SPDX-License-Identifier: GPL-2.0
"""The KTAP reader: structure, anomalies, cases, and input that means harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svacheck import console, ktap, parse
from svacheck.ktap import Counts, Document

GOLDEN = Path(__file__).parent / "golden"
LOGS = sorted([*GOLDEN.glob("*.console"), *GOLDEN.glob("*.ktap")])


def golden(name: str) -> Document:
    return ktap.read(parse.read_lines(GOLDEN / name))


def text(source: str) -> Document:
    return ktap.read(source.splitlines(keepends=True))


def kinds(document: Document) -> list[str]:
    return [anomaly.kind for anomaly in document.anomalies]


# name: (passed, failed, skipped, crashed, errors, expected failures), kinds of anomalies
EXPECTED: dict[str, tuple[tuple[int, int, int, int, int, int], list[str]]] = {
    "pass.console": ((3, 0, 0, 0, 0, 0), []),
    "fail.console": ((2, 1, 0, 0, 0, 0), []),
    "blames.console": ((2, 1, 0, 0, 0, 0), []),
    "skip.console": ((3, 0, 0, 0, 0, 0), []),
    "stamped.console": ((3, 0, 0, 0, 0, 0), []),
    "interleaved.console": ((3, 0, 0, 0, 0, 0), []),
    "not-utf8.console": ((3, 0, 0, 0, 0, 0), []),
    "panic.console": (
        (1, 0, 0, 1, 4, 0),
        ["missing-result", "no-tests", "missing-result", "plan-mismatch"],
    ),
    "cut-in-line.console": (
        (2, 0, 0, 1, 4, 0),
        ["cut-line", "missing-result", "missing-result", "plan-mismatch"],
    ),
    "cut-after-line.console": ((2, 0, 0, 1, 1, 0), ["plan-mismatch"]),
    "plan-fewer.console": ((3, 0, 0, 1, 1, 0), ["plan-mismatch"]),
    "plan-more.console": ((3, 0, 0, 0, 1, 0), ["plan-mismatch"]),
    "no-tests.console": ((0, 0, 0, 0, 1, 0), ["no-tests"]),
    "no-cases.console": ((0, 0, 0, 1, 1, 0), ["no-tests"]),
    "duplicate.console": ((3, 0, 0, 0, 0, 0), ["duplicate-name"]),
    "hash-in-name.console": ((3, 0, 0, 0, 0, 0), ["hash-in-name"]),
    "lost-result.console": ((3, 0, 0, 0, 1, 0), ["missing-result"]),
    "result-in-line.console": ((2, 0, 0, 0, 1, 0), ["no-tests"]),
    "denied.console": ((3, 0, 0, 0, 1, 0), ["contradiction"]),
    "kselftest.ktap": ((2, 2, 1, 0, 0, 0), []),
    "directives.ktap": ((1, 3, 2, 0, 0, 3), []),
    "nameless.ktap": ((2, 1, 1, 0, 0, 0), []),
    "plan-at-end.ktap": ((2, 0, 0, 1, 1, 0), ["plan-mismatch"]),
    "named-as-parent.ktap": ((2, 0, 0, 0, 0, 0), []),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_counts_and_anomalies(name: str) -> None:
    document = golden(name)
    assert ktap.counts(document) == Counts(*EXPECTED[name][0])
    assert kinds(document) == EXPECTED[name][1]


def test_wrong_nesting_is_an_error() -> None:
    document = golden("wrong-nesting.console")
    assert "bad-nesting" in kinds(document)
    assert document.serious()


def test_kselftest_keeps_what_programs_print() -> None:
    one, two, three, four, other = golden("kselftest.ktap").root.children
    assert [child.outcome for child in one.children] == ["pass", "skip", "xfail"]
    assert one.commented and one.name == "selftests: iommu: sva_one"
    assert (two.outcome, two.detail) == ("fail", "exit=1")
    assert (three.outcome, three.children) == ("skip", [])
    assert (four.outcome, four.detail) == ("timeout", "45 seconds")
    assert other.number == 1


def test_directives() -> None:
    outcomes = [child.outcome for child in golden("directives.ktap").root.children]
    assert outcomes == "pass xfail xfail xpass timeout error xfail skip skip".split()


def test_nameless_and_described_results() -> None:
    skip, bare, error, data = golden("nameless.ktap").root.children
    assert (skip.outcome, skip.name, skip.detail) == ("skip", "", "fixture.name")
    assert (bare.outcome, bare.name) == ("pass", "")
    assert (error.outcome, error.detail) == ("error", "cannot open")
    assert (data.outcome, data.name, data.detail) == ("pass", "check return code", "rcode=0")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("", "not-ktap"),
        ("nothing\n", "not-ktap"),
        ("1..1\nok 1 a\n", "not-ktap"),
        ("KTAP version 2\n1..1\nok 1 a\n", "version"),
        ("TAP version 12\n1..1\nok 1 a\n", "version"),
        ("KTAP version 1\n1..1\nok 2 a\n", "wrong-number"),
        ("KTAP version 1\n1..1\nok 99999999999999999999 a\n", "wrong-number"),
        ("KTAP version 1\n1..99999999999999999999\nok 1 a\n", "plan-mismatch"),
        ("KTAP version 1\n1..1\n1..1\nok 1 a\n", "second-plan"),
        ("KTAP version 1\n1..1\nok 1 a\nnot ok\n", "malformed-result"),
        ("KTAP version 1\n1..1\n    ok 1 a\n", "bad-nesting"),
        ("KTAP version 1\n1..1\nok 1 a # TIMEOUT\n", "contradiction"),
        ("KTAP version 1\n1..1\nok 1 a\nreboot: System halted\nKTAP version 1\n", "second-run"),
        ("KTAP version 1\nok 1 a\n", "missing-plan"),
        ("KTAP version 1\n1..1\nok 1 \x1b[32ma\x1b[0m\n", "control-characters"),
        ("KTAP version 1\n1..1\nok 1 " + "a" * 9000 + "\n", "long-line"),
        ("KTAP version 1\n1..2\nok 1 a\nok 2", "cut-line"),
        ("KTAP version 1\n1..1\n  TAP version 13\n  1..1\n  not ok 1 a\nok 1 b\n", "contradiction"),
        ("".join(" " * n + "KTAP version 1\n" for n in range(90)), "too-deep"),
    ],
)
def test_each_anomaly(source: str, kind: str) -> None:
    document = text(source)
    assert kind in kinds(document)
    assert document.serious() or not ktap.ANOMALIES[kind][0]


def test_every_kind_of_anomaly_is_seen_somewhere() -> None:
    marks = [mark for mark in getattr(test_each_anomaly, "pytestmark")]
    seen = {kind for mark in marks for _, kind in mark.args[1]}
    seen |= {kind for _, found in EXPECTED.values() for kind in found}
    assert set(ktap.ANOMALIES) == seen


def test_escapes_and_nul_do_not_hide_a_result() -> None:
    document = text("KTAP version 1\n1..2\n\x1b[31mnot ok 1 a\x1b[0m\nok\0 2 b\n")
    assert [node.outcome for node in document.root.children] == ["fail", "pass"]
    assert document.root.children[0].name == "a"


@pytest.mark.parametrize(
    "prefix", ["[%5d.123456] ", "[%5d.000000][   T12] ", "<6>[%5d.1] ", "vm%d: "]
)
def test_prefix_with_changing_numbers(prefix: str) -> None:
    lines = ["KTAP version 1", "1..1", "    # Subtest: s", "    1..1", "    ok 1 a", "ok 1 s"]
    seconds = [9, 99, 999, 9999, 99999, 100000]
    document = ktap.read(prefix % n + line + "\n" for n, line in zip(seconds, lines))
    assert ktap.counts(document) == Counts(passed=1)


@pytest.mark.timeout(20)
def test_a_prefix_of_many_numbers_does_not_take_for_ever() -> None:
    document = text("1 " * 90 + "] KTAP version 1\n" + "1" * 5000 + "\n")
    assert document.root.children == []


def test_every_kselftest_directory_counts() -> None:
    # A reader that stops at the first plan would miss the failure.
    document = text("TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..1\nnot ok 1 b\n")
    assert ktap.counts(document) == Counts(passed=1, failed=1)
    document = text("TAP version 13\n1..2\nok 1 a\nTAP version 13\n1..1\nok 1 b\n")
    assert kinds(document) == ["plan-mismatch"]


def test_results_file_of_one_suite() -> None:
    lines = ["    KTAP version 1", "    # Subtest: s", "    1..1", "    ok 1 a", "ok 1 s"]
    document = ktap.read(line + "\n" for line in lines)
    assert ktap.counts(document) == Counts(passed=1)
    assert not document.serious()


def test_complete_only_if_nothing_is_owed() -> None:
    complete = {path.name: golden(path.name).complete for path in LOGS}
    owing = {name for name, value in complete.items() if not value}
    assert owing == {
        "cut-after-line.console",
        "cut-in-line.console",
        "hang.console",
        "oops.console",
        "panic.console",
        "plan-at-end.ktap",
        "power-off.console",
        "restart.console",
    }


def test_diagnostics_are_bounded_but_annotations_stay() -> None:
    lines = ["KTAP version 1", "1..1", "    # Subtest: s", "    1..1"]
    lines += ["noise"] * (ktap.MAX_DIAGNOSTICS + 10) + [
        "    # svac-skip: late",
        "    ok 1 a",
        "ok 1 s",
    ]
    (case,) = ktap.cases(ktap.read(line + "\n" for line in lines))
    assert (case.status, case.reason) == ("skip", "late")
    assert len(case.diagnostics) == ktap.MAX_DIAGNOSTICS


def test_exploration_tells_what_it_reached_and_what_failed() -> None:
    lines = ["KTAP version 1", "1..1", "    # Subtest: s", "    1..1"]
    lines += [
        "    # explored: sequences=6299 states=232 length=4 part=0/1",
        "    # reproducer: alloc(A) d0.set(p1,A)",
        "    # reproducer: d0.block(p1)",
        "    not ok 1 a",
        "not ok 1 s",
    ]
    (case,) = ktap.cases(ktap.read(line + "\n" for line in lines))
    assert case.explored == {"sequences": 6299, "states": 232, "length": 4, "part": "0/1"}
    assert case.reproducer == "alloc(A) d0.set(p1,A) d0.block(p1)"
    assert case.diagnostics == []


@pytest.mark.parametrize("value", ["many", "sequences=1 and more"])
def test_exploration_that_cannot_be_read_is_an_error(value: str) -> None:
    lines = ["KTAP version 1", "1..1", "    # Subtest: s", "    1..1", f"    # explored: {value}"]
    (case,) = ktap.cases(ktap.read(line + "\n" for line in [*lines, "    ok 1 a", "ok 1 s"]))
    assert (case.status, case.reason) == ("error", f"cannot read 'explored: {value}'")


def test_case_of_the_contract() -> None:
    first, second, third = ktap.cases(golden("pass.console"))
    assert first.id == "svac_pasid.set_taken_is_ebusy/carried"
    assert (first.status, first.reason, first.rules) == ("pass", "", ["PASID-004", "PASID-005"])
    assert (first.first_line, first.last_line) == (17, 19)
    assert (second.id, third.suite) == ("svac_pasid.block_clears/carried", "svac_domain")


def test_failure_messages_belong_to_the_case() -> None:
    case = ktap.cases(golden("fail.console"))[1]
    assert case.status == "fail"
    assert case.diagnostics[1].strip() == "Expected impl->block(dom, dev, 3) == 0, but"
    assert not any("rule" in line for line in case.diagnostics)


def statuses(name: str) -> dict[str, tuple[str, str]]:
    return {case.id: (case.status, case.reason) for case in ktap.cases(golden(name))}


def test_skips() -> None:
    block = "svac_pasid.block_clears/carried"
    assert statuses("skip.console")[block] == ("skip", "only one implementation answers bind")
    assert statuses("skip-kunit.console")[block] == ("skip", "no PASID here")


def test_expected_warnings() -> None:
    case = ktap.cases(golden("warn-expected.console"))[0]
    assert case.expected_warns == [("iommu_block_device_pasid", 1)]
    document = text(
        "KTAP version 1\n1..1\n    # Subtest: s\n    1..1\n"
        "    # a: rule: PASID-004\n    # expect-warn: f many\n    ok 1 a\nok 1 s\n"
    )
    (case,) = ktap.cases(document)
    assert (case.status, case.rules) == ("error", ["PASID-004"])
    assert "expect-warn" in case.reason


def test_expected_reports() -> None:
    document = text(
        "KTAP version 1\n1..1\n    # Subtest: s\n    1..2\n    # rule: CTL-010\n"
        "    # expect-report: list corruption in f\n    ok 1 a\n"
        "    # expect-report: KASAN\n    ok 2 b\nok 1 s\n"
    )
    good, bad = ktap.cases(document)
    assert (good.status, good.expected_reports) == ("pass", [("list corruption", "f")])
    assert (bad.status, bad.reason) == ("error", "cannot read 'expect-report: KASAN'")


@pytest.mark.parametrize("result, status", [("not ok", "fail"), ("ok", "error")])
def test_a_leak_names_the_rule_it_breaks(result: str, status: str) -> None:
    """A case that names a broken rule and passes is not to be believed."""
    document = text(
        "KTAP version 1\n1..1\n    # Subtest: s\n    1..1\n"
        f"    # rule: PASID-004\n    # broken: DOM-012\n    {result} 1 a\n{result} 1 s\n"
    )
    (case,) = ktap.cases(document)
    assert (case.status, case.rules, case.broken) == (status, ["PASID-004"], ["DOM-012"])


BLAMED = [
    ("not ok", "DRV-003 nothing is installed", "fail", ""),
    ("ok", "DRV-003 nothing is installed", "error", "it blames the driver for DRV-003 and"),
    ("not ok", "DRV-003", "error", "cannot read 'blames: DRV-003'"),
    ("not ok", "iommu_set_device_pasid 1", "error", "cannot read 'blames: "),
]


@pytest.mark.parametrize("result, said, status, reason", BLAMED)
def test_a_case_says_which_rule_the_driver_broke(
    result: str, said: str, status: str, reason: str
) -> None:
    """A case that blames the driver and passes is not to be believed."""
    document = text(
        "KTAP version 1\n1..1\n    # Subtest: s\n    1..1\n"
        f"    # blames: {said}\n    # rule: PASID-004\n    {result} 1 a\n{result} 1 s\n"
    )
    (case,) = ktap.cases(document)
    assert (case.status, case.rules) == (status, ["PASID-004"])
    assert case.reason.startswith(reason)
    if not reason:
        assert case.blamed == [("DRV-003", "nothing is installed")]


def test_a_console_that_blames_the_driver() -> None:
    kept, _, unmap = ktap.cases(golden("blames.console"))
    assert (kept.status, kept.blamed) == ("pass", [])
    how = "unmap_pages returned 16384, and a page is still mapped"
    assert (unmap.status, unmap.blamed) == ("fail", [("DRV-018", how)])
    assert not any("blames" in line for line in unmap.diagnostics)


@pytest.mark.parametrize("name", ["panic", "oops", "hang", "power-off", "restart"])
def test_case_without_result_is_an_error_with_its_rules(name: str) -> None:
    found = {case.id: case for case in ktap.cases(golden(f"{name}.console"))}
    case = found["svac_pasid.block_clears"]
    assert (case.status, case.rules) == ("error", ["PASID-006"])
    assert found["svac_pasid.set_taken_is_ebusy/carried"].status == "pass"
    assert case.first_line == 24


def test_failure_that_no_parameter_explains_is_an_error() -> None:
    case = {case.id: case for case in ktap.cases(golden("denied.console"))}[
        "svac_pasid.block_clears"
    ]
    assert (case.status, case.rules) == ("error", ["PASID-006"])


def test_cut_result_is_no_pass() -> None:
    assert statuses("cut-in-line.console")["svac_pasid.block_clears/carr"][0] == "error"


def test_name_used_twice_is_an_error() -> None:
    found = [case.status for case in ktap.cases(golden("duplicate.console"))]
    assert found == ["pass", "error", "pass"]


def test_expected_failure_is_never_a_pass() -> None:
    document = text(
        "KTAP version 1\n1..1\n    # Subtest: s\n    1..1\n    ok 1 a # XFAIL x\nok 1 s\n"
    )
    assert [case.status for case in ktap.cases(document)] == ["error"]
    assert ktap.counts(document) == Counts(expected_failures=1)


def test_every_case_of_a_bad_log_is_accounted_for() -> None:
    document = text("KTAP version 1\n1..1\nnot ok 1 svac_pasid\n")
    (case,) = ktap.cases(document)
    assert (case.suite, case.status) == ("svac_pasid", "error")


def check(lines: list[str]) -> None:
    """What must hold for any text."""
    document = ktap.read(lines)
    counts = ktap.counts(document)
    assert min(vars(counts).values()) >= 0
    assert counts.errors == document.errors
    kept = sum(anomaly.weight for anomaly in document.anomalies)
    assert kept == counts.errors or document.dropped
    assert document.lines == len(lines)
    # Every result line makes one test, so none can be counted that was not there.
    results = sum("ok" in line for line in lines)
    assert counts.passed + counts.failed + counts.skipped + counts.expected_failures <= results
    assert ktap.counts(document, like_kunit=True).total() == counts.total()
    for case in ktap.cases(document):
        assert case.status in ("pass", "fail", "skip", "error")
        assert case.status in ("pass", "fail") or case.reason
        assert 0 <= case.first_line <= case.last_line + 1 <= len(lines) + 1
    console.reports(lines)
    assert console.ending(lines, False).kind in console.ENDINGS


FRAGMENT = st.sampled_from(
    [
        "KTAP version 1",
        "TAP version 13",
        "1..2",
        "1..0 # SKIP x",
        "ok 1 a",
        "ok 2",
        "not ok 2 b # c",
    ]
    + ["# Subtest: a", "ok 1 a # XFAIL", "not ok 1", "reboot: System halted", "    # rule: DOM-001"]
    + ["Kernel panic - not syncing: x", "------------[ cut here ]------------", "Call Trace:"]
    + [
        "# expect-warn: f 1",
        "# expect-report: KASAN in f",
        "# svac-skip: y",
        "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2",
        "=" * 30,
    ]
)
MARGIN = st.sampled_from(["", "  ", "    ", "        ", "\t", "# ", "# # ", "#   ", "[    1.0] "])
LINE = st.one_of(st.tuples(MARGIN, FRAGMENT).map("".join), st.text(max_size=40))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(LINE, max_size=40), st.booleans())
def test_any_lines(lines: list[str], end: bool) -> None:
    whole = ("KTAP version 1\n" if end else "") + "\n".join(lines) + ("\n" if end else "")
    check(whole.splitlines(keepends=True))


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
)
@given(st.sampled_from(LOGS), st.data())
def test_mutated_logs(path: Path, data: st.DataObject) -> None:
    lines = parse.read_lines(path)
    for _ in range(data.draw(st.integers(1, 4))):
        if not lines:
            break
        at = data.draw(st.integers(0, len(lines) - 1))
        what = data.draw(st.sampled_from(["drop", "copy", "cut", "indent", "insert", "end"]))
        if what == "drop":
            del lines[at]
        elif what == "copy":
            lines.insert(data.draw(st.integers(0, len(lines))), lines[at])
        elif what == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, 20))]
        elif what == "indent":
            lines[at] = data.draw(MARGIN) + lines[at].lstrip()
        elif what == "insert":
            lines.insert(at, data.draw(LINE) + "\n")
        else:
            del lines[at:]
    check("".join(lines).splitlines(keepends=True))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(["pass.console", "fail.console", "skip-kunit.console"]), st.data())
def test_no_lost_line_makes_a_better_result(name: str, data: st.DataObject) -> None:
    lines = parse.read_lines(GOLDEN / name)
    before = ktap.counts(ktap.read(lines))
    results = [n for n, line in enumerate(lines) if line.lstrip().startswith(("ok ", "not ok "))]
    del lines[data.draw(st.sampled_from(results))]
    document = ktap.read(lines)
    after = ktap.counts(document)
    # A case that failed or was skipped still says so when its parameter's line is gone.
    assert document.serious() or after.failed or after.skipped
    assert after.passed <= before.passed and after.failed >= before.failed or document.serious()


def test_a_long_hostile_log_is_read_in_one_pass() -> None:
    # Bounded work without a clock: each line is asked for once, and depth stays bounded.
    asked = 0

    def lines() -> list[str]:
        nonlocal asked
        asked += 1
        deep = [" " * n + "KTAP version 1\n" for n in range(2000)]
        return deep + [" " * n + "ok 1 x\n" for n in range(2000, 0, -1)]

    document = ktap.read(iter(lines()))
    depth, nodes = 0, [document.root]
    while nodes:
        depth += 1
        nodes = [child for node in nodes for child in node.children]
    assert asked == 1 and depth <= ktap.MAX_DEPTH + 3
    assert len(document.anomalies) <= ktap.MAX_ANOMALIES * len(ktap.ANOMALIES)
