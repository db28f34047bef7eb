# SPDX-License-Identifier: GPL-2.0
"""The same kernel booted several times: all verdicts must be equal, case by case. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from svacheck.judged import ERROR, PASS, JudgedCase, Verdict, some
from svacheck.rulebook import Rulebook
from svacheck.verdict import judge_rules, overall


def combine(
    rounds: Sequence[Verdict],
    rulebook: Rulebook,
    selected: Sequence[str],
    cited: Mapping[str, Sequence[str]],
    *,
    strict: bool = False,
) -> Verdict:
    """One verdict of several rounds: a case that is not the same in all of them is an error.

    Its messages are those of its first round that did not pass. Raises ValueError
    without a round.
    """
    if not rounds:
        raise ValueError("no round to combine")
    if len(rounds) == 1:
        return rounds[0]
    problems: list[str] = []
    for problem, count in Counter(p for v in rounds for p in dict.fromkeys(v.problems)).items():
        problems.append(problem + ("" if count == len(rounds) else f" ({count} of {len(rounds)})"))
    by_id: dict[str, list[JudgedCase]] = {}
    for verdict in rounds:
        for case in verdict.cases:
            by_id.setdefault(case.id, []).append(case)
    cases = [_one(found, len(rounds)) for found in by_id.values()]
    unstable = [case.id for case in cases if case.reason.startswith(UNSTABLE)]
    if unstable:
        problems.append(f"unstable in {len(rounds)} rounds: {some(unstable)}")
    seen = list(dict.fromkeys(name for verdict in rounds for name in verdict.implementations))
    return Verdict(
        overall(cases, problems, rulebook, strict),
        problems,
        cases,
        judge_rules(rulebook, cases, selected, cited, seen),
        seen,
    )


UNSTABLE = "unstable: "


def _one(found: Sequence[JudgedCase], rounds: int) -> JudgedCase:
    statuses = Counter(case.status for case in found)
    if rounds > len(found):
        statuses["absent"] = rounds - len(found)
    telling = next((case for case in found if case.status != PASS), found[0])
    if len(statuses) == 1:
        return telling
    tally = ", ".join(f"{status} {count}" for status, count in sorted(statuses.items()))
    return replace(telling, status=ERROR, reason=f"{UNSTABLE}{tally} of {rounds}")
