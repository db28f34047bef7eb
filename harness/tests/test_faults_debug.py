# SPDX-License-Identifier: GPL-2.0
"""What the kernel's own instruments report in cases that pass: the controls of lane uml-debug,
which make them report, without the declaration that a report is to come."""

from __future__ import annotations

import re

import pytest
from faultlab import Judged, Lab
from faulttable import Fault, of

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

REPORTS = of("test_faults_debug.py::test_a_report_in_a_case_that_passes")
CASES = {
    "kasan": "kasan_reports_a_use_after_free",
    "lockdep": "lockdep_reports_two_locks_in_both_orders",
    "odebug": "debug_objects_reports_an_active_timer_freed",
    "kmemleak": "kmemleak_reports_what_nothing_points_to",
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    place = tmp_path_factory.mktemp("lab")
    lab = Lab(place)
    source = lab.checkout / "kunit/suites/controls_debug.c"
    text, call = source.read_text(), "\tkunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT"
    assert text.count(call) == 1
    source.write_text(text.replace(call, "\tif (!test)\n\t" + call))
    suites = ",".join(f"*.{name}" for name in CASES.values())
    return lab.check(place / "results", "--lane", "uml-debug", "--suite", suites)


@pytest.mark.parametrize("fault", REPORTS, ids=str)
def test_a_report_in_a_case_that_passes(fault: Fault, judged: Judged) -> None:
    assert (judged.status, judged.run["verdict"]) == (fault.exit, fault.verdict), judged.said
    (case,) = [case for case in judged.run["cases"] if case["name"] == CASES[fault.id]]
    assert case["status"] == "fail"
    assert any(re.search(fault.says, message) for message in case["messages"]), case["messages"]
