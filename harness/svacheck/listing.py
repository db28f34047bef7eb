# SPDX-License-Identifier: GPL-2.0
"""svacheck list and svacheck rules: what the sources hold, without a kernel."""

from __future__ import annotations

import json
from collections.abc import Sequence

from svacheck import rulebook, selection
from svacheck.errors import Problem
from svacheck.places import KUNIT


def listing(glob: str, as_json: bool) -> str:
    """Suites and cases that glob means ("" for all), each with its rules."""
    cited = rulebook.citations()
    if not cited.cases:
        raise Problem("there is no case", str(KUNIT / "suites"))
    chosen = selection.select(list(cited.cases), glob)
    if as_json:
        return json.dumps({case: list(cited.cases[case]) for case in chosen}, indent=1) + "\n"
    lines: list[str] = []
    suites = list(dict.fromkeys(case.split(".", 1)[0] for case in chosen))
    for suite in suites:
        cases = [case for case in chosen if case.split(".", 1)[0] == suite]
        each = ", each in a boot of its own" if suite.startswith(selection.ALONE) else ""
        if cases[0] in cited.programs:
            each = f", of the program {cited.programs[cases[0]].program}"
        lines.append(f"{suite} ({len(cases)} cases{each})")
        names = [case.split(".", 1)[1] for case in cases]
        for name, case in zip(_column(names), cases):
            lines.append(f"  {name}  {' '.join(cited.cases[case])}".rstrip())
    lines.append(f"{len(suites)} suites, {len(chosen)} cases")
    return "\n".join(lines) + "\n"


def rules_table(as_json: bool) -> str:
    """Every rule with its sentence, kind, source and the number of cases that cite it."""
    book, cited = rulebook.load(), rulebook.citations()
    cases = {
        rule: [case for case, rules in cited.cases.items() if rule in rules] for rule in book.rules
    }
    if as_json:
        table = {
            rule.id: {
                "sentence": rule.sentence,
                "source": rule.source,
                "kind": rule.kind,
                "binds": list(rule.binds),
                "lanes": list(rule.lanes),
                "cases": cases[rule.id],
            }
            for rule in book.rules.values()
        }
        return json.dumps(table, indent=1) + "\n"
    lines = []
    for label, rule in zip(_column(list(book.rules)), book.rules.values()):
        lines.append(f"{label}  {rule.sentence}")
        indent = " " * (len(label) + 2)
        lanes = f", in lane {', '.join(rule.lanes)}" if rule.lanes else ""
        lines.append(
            f"{indent}{rule.kind}, binds {', '.join(rule.binds)}{lanes}; {_cases(cases[rule.id])}"
        )
        lines.append(f"{indent}source: {rule.source}")
    lines.append(f"{len(book.rules)} rules, {len(cited.cases)} cases")
    return "\n".join(lines) + "\n"


def _cases(names: Sequence[str]) -> str:
    if not names:
        return "no case"
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _column(words: Sequence[str]) -> list[str]:
    width = max((len(word) for word in words), default=0)
    return [word.ljust(width) for word in words]
