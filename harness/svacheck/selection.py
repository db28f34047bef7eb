# SPDX-License-Identifier: GPL-2.0
"""Which cases a SUITE glob means, and in which boots they run."""

from __future__ import annotations

import difflib
import os.path
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from svacheck.errors import Problem

SHARED = "svac_"  # suites whose cases share a boot
ALONE = "svac1_"  # suites each of whose cases has a boot for itself
DEVICE = "svac_device_"  # suites of kunit/device, for one named device
MODULE = "svac_module_"  # suites about the module that these can be built as
MAIN = "main"  # name of the boot that is shared


@dataclass(frozen=True)
class BootPlan:
    """One boot to make: glob is kunit.filter_glob, cases the "suite.case" it must run."""

    name: str
    glob: str
    cases: tuple[str, ...]
    why: str = ""  # which boot it goes on after, and what became of that one
    implementation: str = ""  # that it is about, "" if it is about all


def ours(listing: Sequence[str]) -> list[str]:
    """The cases of a listing that belong to this suite; Problem if there are none."""
    plan = [case for case in listing if case.startswith((SHARED, ALONE))]
    if not plan:
        raise Problem(
            "the kernel lists no case of ours",
            f"{len(listing)} other cases listed",
            "look whether its configuration has the suites enabled",
        )
    twice = sorted({case for case in plan if plan.count(case) > 1})
    if twice:
        raise Problem(f"the kernel lists {twice[0]} twice", "", "rename one of the two cases")
    return plan


def select(plan: Sequence[str], glob: str) -> list[str]:
    """The cases of plan that glob means: it is matched with "suite" and with "suite.case",
    with and without the svac_ before it; several have commas in between; "" means all.
    Problem if one of them matches nothing."""
    if not glob:
        return list(plan)
    chosen: set[str] = set()
    for one in glob.split(","):
        found = meant(plan, one)
        if not found:
            raise Problem(f"no suite or case matches {one!r}", "SUITE", _near(plan, one))
        chosen.update(found)
    return [case for case in plan if case in chosen]


def meant(plan: Sequence[str], glob: str) -> list[str]:
    """The cases of plan that one glob of select() means, and none if it matches nothing."""
    globs = [prefix + glob for prefix in ("", SHARED, ALONE)]
    return [
        case
        for case in plan
        if any(fnmatchcase(name, g) for g in globs for name in (case, case.split(".", 1)[0]))
    ]


def _near(plan: Sequence[str], glob: str) -> str:
    names: dict[str, str] = {}
    for case in plan:
        suite, name = case.split(".", 1)
        for shown in (suite, case):
            names.setdefault(shown, shown)
            names.setdefault(shown.split("_", 1)[-1], shown)
        names.setdefault(name, case)
    near = difflib.get_close_matches(glob, names, n=5, cutoff=0.5)
    found = list(dict.fromkeys(names[n] for n in near))[:3]
    if found:
        return "did you mean " + " or ".join(found)
    return "suites are " + ", ".join(suites(plan))


def boots(plan: Sequence[str], selected: Sequence[str]) -> list[BootPlan]:
    """The boots that run exactly the selected cases, those of svac1_ suites one each.

    The kernel takes one glob "suite" or "suite.case" a boot, so a selection that no
    single glob describes takes one boot for each suite, or each case, of its own.
    """
    shared = [case for case in selected if case.startswith(SHARED)]
    made: list[BootPlan] = []
    if shared:
        glob = _glob(plan, shared)
        if glob:
            made.append(BootPlan(MAIN, glob, tuple(shared)))
        else:
            made += boots_of_suites(plan, shared)
    return made + each_alone([case for case in selected if case.startswith(ALONE)])


def each_alone(selected: Sequence[str]) -> list[BootPlan]:
    """A boot for each of the selected cases."""
    return [BootPlan(case, case, (case,)) for case in selected]


def suites(cases: Sequence[str]) -> list[str]:
    """The suites that these cases are of, in their order."""
    return list(dict.fromkeys(case.split(".", 1)[0] for case in cases))


def boots_of_suites(plan: Sequence[str], shared: Sequence[str]) -> list[BootPlan]:
    """A boot for each suite that is whole in shared, and for each case of the others."""
    made: list[BootPlan] = []
    for suite in suites(shared):
        cases = tuple(case for case in shared if case.split(".", 1)[0] == suite)
        if matched(plan, suite) == list(cases):
            made.append(BootPlan(suite, suite, cases))
        else:
            made += each_alone(cases)
    return made


def _glob(plan: Sequence[str], cases: Sequence[str]) -> str:
    """One kernel glob that runs exactly these cases, or ""."""
    common = os.path.commonprefix(suites(cases))
    candidates = [SHARED + "*", cases[0].split(".", 1)[0], cases[0], common + "*"]
    return next((glob for glob in candidates if matched(plan, glob) == list(cases)), "")


def matched(plan: Sequence[str], glob: str) -> list[str]:
    """The cases of plan that the kernel runs for this filter_glob."""
    suite_glob, dot, case_glob = glob.partition(".")
    return [
        case
        for case in plan
        if fnmatchcase(case.split(".", 1)[0], suite_glob)
        and (not dot or fnmatchcase(case.split(".", 1)[1], case_glob))
    ]
