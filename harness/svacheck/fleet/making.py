# SPDX-License-Identifier: GPL-2.0
"""svacheck plan: kernels x lanes x shards, the longest first by what stored runs took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from svacheck import rulebook, trees
from svacheck.cachedirs import Cache, released
from svacheck.citations import Citations
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.fleet import shards
from svacheck.fleet.costs import UNKNOWN, Costs
from svacheck.fleet.planfile import CHECK, MUTANTS, Item, Plan, Whole, misfit
from svacheck.kernels import find_kernel, load_kernels, load_lane
from svacheck.mutation import campaign as campaigns
from svacheck.progress import Progress

PROGRAM = "scripts/svacheck"


@dataclass(frozen=True)
class Request:
    """What svacheck plan was asked for. kernels: none for all; sample: of the mutants,
    0 for all."""

    kernels: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ("uml",)
    shards: int = 1
    mutants: bool = False
    sample: int = 0
    seed: int = 1


def make(request: Request, costs: Costs, progress: Progress) -> Plan:
    """The same plan for the same request, checkout and stored runs.

    Problem: a kernel or lane that there is not, or that cannot be run by itself."""
    kernels = [find_kernel(name).name for name in request.kernels] or list(load_kernels())
    for lane in request.lanes:
        _require_judged(lane)
    wholes: list[Whole] = []
    items: list[Item] = []
    for kernel in kernels:
        for lane in request.lanes:
            divide = _mutants if request.mutants else _check
            whole, parts = divide(kernel, lane, request, costs, progress)
            wholes.append(whole)
            items += parts
    items.sort(key=lambda item: (-item.seconds, item.id))
    plan = Plan(tuple(wholes), tuple(items))
    fault = misfit(plan)
    if fault:
        raise Problem(f"the plan would not be whole: {fault}", "svacheck plan")
    return plan


def _require_judged(lane: str) -> None:
    """Problem unless check judges something in the lane."""
    found = load_lane(lane)
    if found.bench or found.imported:
        raise Problem(f"check judges nothing in lane {lane}", "--lanes", "name another one")


@cache
def _rules() -> tuple[rulebook.Rulebook, Citations]:
    return rulebook.load(), rulebook.citations()


def _shape(kernel: str, progress: Progress) -> str:
    """Of the kernel's tree, which is fetched if it has never been."""
    source = find_kernel(kernel)
    store = Cache.default()
    unpacked = store.unpacked(source.package)
    if unpacked:
        return "upstream" if trees.has_sva_domains(unpacked[-1]) else "plain"
    with released():
        log = CommandLog(progress.command)
        return trees.resolve(kernel, None, store, log, progress).shape


def _check(
    kernel: str, lane: str, request: Request, costs: Costs, progress: Progress
) -> tuple[Whole, list[Item]]:
    """A kernel in a lane. What is not divided has no SUITE, and so boots suites together."""
    shape = _shape(kernel, progress)
    _, cited = rulebook.of_lane(*_rules(), lane, shape)
    whole = Whole(f"{kernel}-{lane}", CHECK, kernel, lane, tuple(cited.cases))
    known, basis = costs.of(kernel, lane)
    before = known.before if known else 0.0
    command = (PROGRAM, "check", "--kernel", kernel, "--lane", lane, "-q")

    def cost(unit: shards.Unit) -> float:
        return known.boots(unit.names, unit.boots) if known else UNKNOWN * len(unit.cases)

    units = shards.units(cited)
    if request.shards == 1:
        seconds = known.whole if known else UNKNOWN
        return whole, [_item(whole, 1, 1, command, whole.parts, seconds, before, basis)]
    made = shards.divide(units, min(request.shards, len(units)), cost)
    scale = 1.0 if known else UNKNOWN / sum(shard.seconds for shard in made)
    return whole, [
        _item(
            whole,
            number,
            len(made),
            (*command, "--suite", shard.suite),
            shard.cases,
            before + shard.seconds * scale,
            before,
            basis,
        )
        for number, shard in enumerate(made, start=1)
    ]


def _mutants(
    kernel: str, lane: str, request: Request, costs: Costs, progress: Progress
) -> tuple[Whole, list[Item]]:
    """A campaign. Mutants of one function stay together: of two that compile to the same only one
    is booted."""
    options = campaigns.Options(kernel, lane=lane, sample=request.sample, seed=request.seed)
    with released():
        found = campaigns.prepare(options, progress).mutants
    of: dict[str, list[str]] = {}
    for mutant in found:
        of.setdefault(f"{mutant.path}:{mutant.function}", []).append(mutant.id)
    ids = tuple(mutant.id for mutant in found)
    whole = Whole(f"{kernel}-{lane}-mutants", MUTANTS, kernel, lane, ids)
    number = min(request.shards, len(of))
    bins = list(_even(list(of.values()), number))
    each, basis = costs.mutant
    known, lane_basis = costs.of(kernel, lane)
    before = known.whole if known else UNKNOWN  # the unchanged kernel comes first
    command = (PROGRAM, "mutants", "--kernel", kernel, "--lane", lane, "-q")
    return whole, [
        _item(
            whole,
            at,
            number,
            (*command, *(word for id in mine for word in ("--only", id))),
            mine,
            before + each * len(mine),
            before,
            f"{basis}; {lane_basis}",
        )
        for at, mine in enumerate(bins, start=1)
    ]


def _even(groups: Sequence[Sequence[str]], number: int) -> Iterator[list[str]]:
    """So many lists with about as much in each; no group is divided."""
    bins: list[list[str]] = [[] for _ in range(number)]
    for group in sorted(groups, key=lambda group: (-len(group), group)):
        min(bins, key=len).extend(group)
    yield from sorted(bins, key=lambda one: (-len(one), one))


def _item(
    whole: Whole,
    number: int,
    of: int,
    command: Sequence[str],
    parts: Sequence[str],
    seconds: float,
    fixed: float,
    basis: str,
) -> Item:
    name = whole.id if of == 1 else f"{whole.id}.{number}of{of}"
    times = round(seconds, 1), round(fixed, 1)
    return Item(name, whole.id, number, of, tuple(command), tuple(parts), *times, basis)
