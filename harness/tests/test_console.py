# SPDX-License-Identifier: GPL-2.0
"""Reports of the kernel about itself, and how a console ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from svacheck import console, ktap, parse

GOLDEN = Path(__file__).parent / "golden"

# name: reports (kind, function, line), how it ended
EXPECTED: dict[str, tuple[list[tuple[str, str, int]], str]] = {
    "pass": ([], "halted"),
    "fail": ([], "halted"),
    "panic": ([("panic", "iommu_set_device_pasid", 31)], "panic"),
    "oops": ([("Oops", "iommu_block_device_pasid", 25)], "oops"),
    "power-off": ([], "power-off"),
    "restart": ([], "power-off"),
    "cut-in-line": ([], "truncated"),
    "cut-after-line": ([], "truncated"),
    "warn": ([("WARNING", "iommu_block_device_pasid", 19)], "halted"),
    "warn-expected": ([("WARNING", "iommu_block_device_pasid", 20)], "halted"),
    "warn-missing": ([], "halted"),
    "warn-extra": (
        [("WARNING", "iommu_block_device_pasid", 20), ("WARNING", "iommu_block_device_pasid", 32)],
        "halted",
    ),
    "warn-other": ([("WARNING", "iommu_group_remove_device", 20)], "halted"),
    "kasan": ([("KASAN", "iommu_sva_free_domain", 26)], "halted"),
    "lockdep": ([("lockdep", "iommu_set_device_pasid", 27)], "halted"),
    "lockdep-fork": ([("lockdep", "", 27)], "halted"),
    "kmemleak": (
        [("kmemleak", "kunit_run_all_tests", 25), ("kmemleak", "iommu_sva_domain_bind", 42)],
        "halted",
    ),
    "list": ([("list corruption", "__list_del_entry_valid", 26)], "halted"),
    "interleaved": ([], "halted"),
    "blames": ([], "halted"),
    "no-tests": ([], "halted"),
    "stamped": ([], "halted"),
    "skip": ([], "halted"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_golden_console(name: str) -> None:
    lines = parse.read_lines(GOLDEN / f"{name}.console")
    found = [(report.kind, report.function, report.line) for report in console.reports(lines)]
    assert found == EXPECTED[name][0]
    assert console.ending(lines, timed_out=False).kind == EXPECTED[name][1]


def test_a_report_knows_the_functions_of_its_dump() -> None:
    (report,) = console.reports(parse.read_lines(GOLDEN / "list.console"))
    assert report.frames == ["show_stack", "__list_del_entry_valid", "block_clears"]


def off(name: str) -> int:
    lines = parse.read_lines(GOLDEN / f"{name}.console")
    found = console.lockdep_off(lines, console.reports(lines))
    assert found is None or found.announced
    return found.line if found else 0


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("pass", 0),
        ("warn", 0),
        ("list", 0),
        ("lockdep", 27),
        ("kasan", 43),
    ],
)
def test_where_lockdep_stopped(name: str, where: int) -> None:
    assert off(name) == where


@pytest.mark.parametrize(
    ("line", "announced"),
    [
        ("[    1.5] Disabling lock debugging due to kernel taint", True),
        ("turning off the locking correctness validator.", True),
        ("INFO: lockdep is turned off.", True),
        ("        # lockdep-off", False),
    ],
)
def test_each_word_that_lockdep_has_stopped(line: str, announced: bool) -> None:
    found = console.lockdep_off(["KTAP version 1\n", line + "\n", line + "\n"], [])
    assert found == console.LockdepOff(2, announced, line.strip())
    quoted = "# case: INFO: lockdep is turned off."
    assert console.lockdep_off([quoted], []) is None


def test_the_sum_of_leaks_that_were_told_is_no_report() -> None:
    total = "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)"
    assert found("kmemleak: unreferenced object 0x1 (size 8):", total) == [("kmemleak", "", 1)]
    assert found(total) == [("kmemleak", "", 1)]


def test_time_limit_is_a_hang_unless_the_kernel_panicked() -> None:
    lines = parse.read_lines(GOLDEN / "hang.console")
    ending = console.ending(lines, timed_out=True)
    assert (ending.kind, ending.line, ending.text) == ("hang", 24, "# rule: PASID-006")
    assert console.ending(lines, timed_out=False).kind == "truncated"
    lines = parse.read_lines(GOLDEN / "panic.console")
    assert console.ending(lines, timed_out=True).kind == "panic"


def test_restart_after_complete_results_is_an_end_like_any_other() -> None:
    lines = parse.read_lines(GOLDEN / "pass.console")
    for word in ("Power down", "Restarting system"):
        other = [line.replace("System halted", word) for line in lines]
        assert console.ending(other, False).kind == "halted"


def test_empty_console() -> None:
    assert console.ending([], False) == console.Ending("truncated", 0, "")
    assert console.reports([]) == []


def test_a_warning_belongs_to_the_case_it_is_printed_in() -> None:
    lines = parse.read_lines(GOLDEN / "warn.console")
    (report,) = console.reports(lines)
    inside = [
        case.id
        for case in ktap.cases(ktap.read(lines))
        if case.first_line <= report.line <= case.last_line
    ]
    assert inside == ["svac_pasid.set_taken_is_ebusy/carried"]


@pytest.mark.parametrize(
    ("kind", "function", "line"),
    [
        ("WARNING", "f", "WARNING: CPU: 0 PID: 12 at drivers/a.c:3 f+0x1/0x2"),
        ("WARNING", "f", "[   12.345678][   T14] WARNING: CPU: 0 PID: 12 at f.isra.0+0x1/0x2"),
        ("WARNING", "f", "WARNING: drivers/a.c:3 at f+0x1/0x2, CPU#0: kunit_try_catch/12"),
        ("WARNING", "", "WARNING: CPU: 0 PID: 12 at 0x60021440"),
        ("WARNING", "f", "half a line WARNING: CPU: 0 PID: 12 at a.c:3 f+0x1/0x2"),
        ("WARNING", "f", "    ok 1 caseWARNING: CPU: 0 PID: 12 at a.c:3 f+0x1/0x2"),
        ("BUG", "f", "BUG: failure at drivers/a.c:12/f()!"),
        ("BUG", "", "kernel BUG at mm/slub.c:420!"),
        ("BUG", "", "BUG: Bad page state in process swapper  pfn:0001"),
        ("BUG", "", "BUG: spinlock bad magic on CPU#0, swapper/1"),
        ("slab", "", "BUG kmalloc-64 (Tainted: G N): Poison overwritten"),
        ("KASAN", "f", "BUG: KASAN: slab-out-of-bounds in f+0x1/0x2"),
        ("KASAN", "", "BUG: KASAN: invalid-access"),
        ("KFENCE", "f", "BUG: KFENCE: use-after-free read in f+0x1/0x2"),
        ("KCSAN", "f", "BUG: KCSAN: data-race in f / g"),
        ("KMSAN", "f", "BUG: KMSAN: uninit-value in f+0x1/0x2"),
        ("UBSAN", "", "UBSAN: array-index-out-of-bounds in drivers/a.c:3:9"),
        ("Oops", "", "BUG: unable to handle page fault for address: ffff"),
        ("Oops", "", "Unable to handle kernel NULL pointer dereference at virtual address 0"),
        ("Oops", "", "general protection fault, probably for non-canonical address 0x6b6b: 0000"),
        ("Oops", "", "Internal error: Oops: 96000004 [#1] SMP"),
        ("Oops", "", "Oops - BUG: 0 [#1]"),
        ("Oops", "", "Bus error - the host /dev/shm or /tmp mount likely just ran out of space"),
        ("panic", "", "Kernel panic - not syncing: Segfault with no mm"),
        ("panic", "", "    Kernel panic - not syncing: Kernel mode fault at addr 0x10, ip 0x6"),
        ("atomic", "", "BUG: sleeping function called from invalid context at mm/slab.h:99"),
        ("atomic", "", "BUG: scheduling while atomic: kunit_try_catch/14/0x00000002"),
        ("soft lockup", "", "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [swapper:1]"),
        ("RCU stall", "", "rcu: INFO: rcu_sched self-detected stall on CPU"),
        ("RCU stall", "", "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"),
        ("hung task", "", "INFO: task kunit_try_catch:14 blocked for more than 120 seconds."),
        ("lockdep", "", "WARNING: possible circular locking dependency detected"),
        ("lockdep", "", "WARNING: inconsistent lock state"),
        ("lockdep", "", "WARNING: suspicious RCU usage"),
        ("lockdep", "", "WARNING: held lock freed!"),
        ("lockdep", "", "WARNING: bad unlock balance detected!"),
        ("lockdep", "", "WARNING: kunit_try_catch/14 still has locks held!"),
        ("lockdep", "", "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected"),
        ("lockdep", "", "INFO: trying to register non-static key."),
        ("lockdep", "", "[ BUG: Invalid wait context ]"),
        ("kmemleak", "", "kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)"),
        ("ODEBUG", "", "ODEBUG: free active (active state 0) object type: timer_list"),
        ("list corruption", "", "list_add corruption. prev->next should be next (1), but was 2."),
        ("refcount", "", "refcount_t: underflow; use-after-free."),
        ("OOM", "", "kunit_try_catch invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0"),
        ("stack dump", "", "Call Trace:"),
        ("WARNING", "", "------------[ cut here ]------------"),
    ],
)
def test_each_report(kind: str, function: str, line: str) -> None:
    lines = ["KTAP version 1\n", "1..1\n", line + "\n"]
    (report,) = console.reports(lines)
    assert (report.kind, report.function, report.line) == (kind, function, 3)


@pytest.mark.parametrize(
    "line",
    [
        "    # case: expects WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2",
        "    # expect-warn: f 1",
        "# Kernel panic - not syncing: quoted",
        "INFO: lockdep is turned off.",
        "Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
        "kmemleak: Kernel memory leak detector initialized (mem pool available: 15871)",
        "Disabling lock debugging due to kernel taint",
        "debug: unmapping init memory",
        "Warning: unable to open an initial console.",
        "    ok 1 warns_once_at_release",
        "==================================================================",
    ],
)
def test_what_is_no_report(line: str) -> None:
    assert console.reports([line + "\n"]) == []
    assert console.ending([line + "\n"], False).kind == "truncated"


def found(*lines: str) -> list[tuple[str, str, int]]:
    return [(r.kind, r.function, r.line) for r in console.reports(line + "\n" for line in lines)]


WARN = "WARNING: CPU: 0 PID: 1 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2"
CUT = "------------[ cut here ]------------"
END = "---[ end trace 0000000000000000 ]---"


def test_the_message_of_a_warning_is_no_second_report() -> None:
    both = [("WARNING", "refcount_warn_saturate", 3)]
    assert found(CUT, "refcount_t: underflow; use-after-free.", WARN, "Call Trace:", END) == both
    after = [("WARNING", "refcount_warn_saturate", 2)]
    assert found(CUT, WARN, "refcount_t: underflow; use-after-free.", "Call Trace:", END) == after


def test_a_second_event_is_not_lost_in_the_dump_of_the_first() -> None:
    one = ("WARNING", "refcount_warn_saturate", 2)
    assert found(CUT, WARN, "Call Trace:", " [<6>] f+0x1/0x2", "Call Trace:") == [
        one,
        ("stack dump", "", 5),
    ]
    assert found(CUT, WARN, "Call Trace:", CUT, WARN, END) == [one, (one[0], one[1], 5)]
    assert found(CUT, WARN, "Kernel panic - not syncing: panic_on_warn set ...")[1][0] == "panic"


def test_a_result_ends_the_report_before_it() -> None:
    atomic = "BUG: sleeping function called from invalid context at mm/slab.h:99"
    assert found(atomic, "Call Trace:") == [("atomic", "", 1)]
    for line in ("    ok 1 a", "        # Subtest: b", "    KTAP version 1"):
        assert found(atomic, line, "Call Trace:") == [("atomic", "", 1), ("stack dump", "", 3)]


def test_a_cut_line_without_its_report_is_reported() -> None:
    assert found(CUT, "something odd", END) == [("WARNING", "", 1)]


def test_halves_of_an_oops_are_one() -> None:
    assert found(
        "general protection fault, probably for non-canonical address 0xdffffc0000000000",
        "KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]",
        "RIP: 0010:f+0x1/0x2",
        "Call Trace:",
        END,
    ) == [("Oops", "f", 1)]


def test_a_register_dump_without_its_panic_is_a_crash() -> None:
    lines = ["Modules linked in:", "Pid: 14, comm: x Not tainted 6.1", "RIP: 0033:f+0x1/0x2"]
    assert found(*lines) == [("Oops", "f", 1)]


def test_the_sum_of_leaks_is_a_report_behind_half_a_diagnostic() -> None:
    total = "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)"
    assert found(f"    # half a lin{total}") == [("kmemleak", "", 1)]
    assert found("    # kmemleak: 1 new suspected memory leaks, as a test may say") == []


def test_a_report_at_the_end_of_a_long_line_is_seen() -> None:
    words = "BUG: KASAN: use-after-free in f+0x1/0x2"
    (report,) = console.reports(["x" * 50000 + words])
    assert (report.kind, report.function, report.line) == ("KASAN", "f", 1)
    assert report.text.endswith(words) and len(report.text) < 600
