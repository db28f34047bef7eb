# SPDX-License-Identifier: GPL-2.0
"""What became of a mutant: a rule kills, a crash does not, and silence is no kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from svacheck.model import Boot
from svacheck.mutation import classify
from svacheck.mutation.campaign import read
from svacheck.mutation.classify import Fate
from svacheck.rulebook import Rule, Rulebook

GOLDEN = Path(__file__).parent / "golden"
CITED = {
    "svac_pasid.set_taken_is_ebusy": ("PASID-004", "PASID-005"),
    "svac_pasid.block_clears": ("PASID-006",),
    "svac_domain.alloc_grabs_mm": ("DOM-001",),
}
RULES = ("PASID-004", "PASID-005", "PASID-006", "DOM-001")
BOOK = Rulebook({name: Rule(name, "It is so.", "a mail", "contract", ("all",)) for name in RULES})


def fate(
    console: Path, timed_out: bool = False, *, kept: frozenset[str] = frozenset(RULES)
) -> Fate:
    planned = list(CITED)
    outcome = read(Boot("main", "svac_*", console, 0.1, timed_out), planned)
    return classify.classify([outcome], planned, BOOK, CITED, kept)


@pytest.mark.parametrize(
    "name, kind, rules, by",
    [
        ("pass", classify.SURVIVED, (), ()),
        ("fail", classify.KILLED, ("PASID-006",), (classify.EXPECTATION,)),
        ("warn", classify.KILLED, ("PASID-004",), (classify.WARNING,)),
        ("panic", classify.CRASHED, ("PASID-006",), (classify.CRASH,)),
        ("oops", classify.CRASHED, ("PASID-006",), (classify.CRASH,)),
        ("kasan", classify.CRASHED, ("PASID-006",), (classify.CRASH,)),
        ("no-cases", classify.REFUSED, (), ()),
        ("cut-in-line", classify.CRASHED, ("PASID-006",), (classify.CRASH,)),
    ],
)
def test_golden(name: str, kind: str, rules: tuple[str, ...], by: tuple[str, ...]) -> None:
    found = fate(GOLDEN / f"{name}.console")
    assert (found.kind, found.by) == (kind, by), found
    assert set(rules) <= set(found.rules)
    assert bool(found.rules) == bool(rules)
    assert found.why or kind in (classify.SURVIVED, classify.KILLED)


def test_a_hang_is_no_kill() -> None:
    assert fate(GOLDEN / "hang.console", timed_out=True).kind == classify.HUNG


def test_a_rule_without_a_case_is_no_survivor_and_no_kill(tmp_path: Path) -> None:
    console = tmp_path / "console"
    whole = (GOLDEN / "pass.console").read_text()
    console.write_text(whole.replace("    # rule: PASID-005\n", ""))
    found = fate(console)
    assert (found.kind, found.rules) == (classify.UNCOVERED, ())
    assert "PASID-005" in found.why


def test_a_leak_breaks_the_rule_that_it_names(tmp_path: Path) -> None:
    console = tmp_path / "console"
    whole = (GOLDEN / "fail.console").read_text()
    console.write_text(
        whole.replace("# rule: PASID-006\n", "# rule: PASID-006\n# broken: DOM-001\n")
    )
    found = fate(console)
    assert (found.kind, found.rules, found.by) == (
        classify.KILLED,
        ("DOM-001",),
        (classify.LEAK,),
    )


def test_a_crash_after_a_broken_rule_is_told_besides(tmp_path: Path) -> None:
    console = tmp_path / "console"
    whole = (GOLDEN / "fail.console").read_text()
    console.write_text(whole.replace("reboot: System halted", "Kernel panic - not syncing: x"))
    found = fate(console)
    assert (found.kind, found.also) == (classify.KILLED, (classify.CRASHED,))
