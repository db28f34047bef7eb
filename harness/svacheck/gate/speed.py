# SPDX-License-Identifier: GPL-2.0
"""Is HEAD slower than BASE? Both are timed as svacheck bench does it, for one line of a gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from svacheck.check import Options as How
from svacheck.errors import EXIT_INTERRUPTED, EXIT_TROUBLE, Problem
from svacheck.gate.compare import SLOWER
from svacheck.gate.history import BASE, HEAD
from svacheck.gate.sides import RUN, Meant
from svacheck.judged import some
from svacheck.progress import Progress

FASTER, SAME, UNCLEAR = "faster", "same", "not enough data"
NO_VERDICT = "no verdict"
ANSWERS = (SLOWER, FASTER, SAME, UNCLEAR)
SHOWN = 3  # metrics that a line names


def refuse(meant: Sequence[Meant], how: How) -> None:
    """Problem if what is asked for cannot be timed, before anything is built."""
    if how.implementations:
        raise Problem(
            "an implementation that is plugged in is not timed", "--impl", "leave out --bench"
        )
    for one, name in zip(meant, (BASE, HEAD)):
        if one.kind == RUN:
            raise Problem(
                f"{one.given!r} is a stored run, which has no kernel that could be timed",
                name.upper(),
                "give a kernel, a tree or a revision, or leave out --bench",
            )


def measure(ready: Sequence[How | None], boots: int, progress: Progress) -> dict[str, Any]:
    """Build both as kernels to be timed, boot them in turns, and say what that comes to.

    ready: what each side is built of; boots: of each at most, 0 for the usual number.
    KeyboardInterrupt: it was interrupted; what was measured is stored.
    """
    from svacheck.bench import command
    from svacheck.bench.side import Wanted

    wanted = [Wanted(name, how.kernel, how.kdir) for name, how in zip((BASE, HEAD), ready) if how]
    jobs = next((how.jobs for how in ready if how), 0)
    done = command.session(wanted, command.Options(boots=boots, jobs=jobs), progress)
    if done.status == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    problem = next(iter(done.record["problems"]), "")
    few = next(command.few_boots(done.record), "")
    return _record(done.record, problem if done.status == EXIT_TROUBLE else "", few)


def not_measured(why: str) -> dict[str, Any]:
    """Of two sides that were not timed."""
    return {
        "answer": NO_VERDICT,
        "problem": why,
        "few": "",
        "bench": "",
        "boots": [0, 0],
        "counts": dict.fromkeys(ANSWERS, 0),
        "margin": 0,
        "alpha": 0,
        "looks": [],
        "metrics": [],
        "power": "",
        "levels": [],
        "instructions": "",
        "seconds": 0,
    }


def _record(bench: Mapping[str, Any], problem: str, few: str) -> dict[str, Any]:
    from svacheck.bench import sensitivity
    from svacheck.bench.compare import Terms

    metrics = bench["comparisons"]
    if not metrics and not problem:
        problem = "the two have no metric in common"
    made = not_measured(problem)
    made["bench"], made["seconds"] = bench["id"], bench["seconds"]
    if problem:
        return made
    counts = {name: sum(one["answer"] == name for one in metrics) for name in ANSWERS}
    order = (SLOWER, UNCLEAR, FASTER, SAME)
    boots = [len(side["boots"]) for side in bench["sides"]]
    share = Terms(bench["terms"]["margin"], bench["share"])
    power = sensitivity.stands_for(sensitivity.Asked(share, len(metrics), min(boots)))
    made.update(
        answer=next(name for name in order if counts[name]),
        few=few,
        boots=boots,
        counts=counts,
        margin=bench["terms"]["margin"],
        alpha=bench["terms"]["alpha"],
        looks=bench["looks"],
        metrics=metrics,
        power=sensitivity.sentence(power),
        levels=power["levels"],
        instructions=bench["instructions"]["said"],
    )
    return made


def said(speed: Mapping[str, Any]) -> str:
    """The answer in a line: what is slower by how much, of how many, and what that is worth."""
    if speed["answer"] == NO_VERDICT:
        return f"{NO_VERDICT}: {speed['problem']}"
    few = [speed["few"]] if speed["few"] else []
    boots = " and ".join(map(str, dict.fromkeys(speed["boots"])))
    tally = ", ".join(f"{speed['counts'][name]} {name}" for name in ANSWERS)
    total = f"{len(speed['metrics'])} metrics ({tally}), {boots} boots of each"
    counted = [speed["instructions"]] if speed["instructions"] else []
    told = f"{speed['answer']}: {_first(speed)}"
    return "; ".join([told, total, *few, speed["power"], *counted])


def _first(speed: Mapping[str, Any]) -> str:
    """What the answer is about, the worst first."""
    mine = [one for one in speed["metrics"] if one["answer"] == speed["answer"]]
    if speed["answer"] == SAME:
        low, high = min(one["low"] for one in mine), max(one["high"] for one in mine)
        return f"no interval beyond {low:.3f} to {high:.3f}"
    if speed["answer"] == FASTER:
        mine.sort(key=lambda one: float(one["ratio"]))
    elif speed["answer"] == SLOWER:
        mine.sort(key=lambda one: float(one["ratio"]), reverse=True)
    else:
        mine.sort(key=_upper, reverse=True)
    return some([_figure(one) for one in mine], 1 if speed["answer"] == UNCLEAR else SHOWN)


def _upper(one: Mapping[str, Any]) -> float:
    """How much slower a metric may be."""
    return inf if one["high"] is None else float(one["high"])


def _figure(one: Mapping[str, Any]) -> str:
    between = "-" if one["high"] is None else f"{one['low']:.2f} to {one['high']:.2f}"
    return f"{one['key']} {one['ratio']:.2f} ({between})"
