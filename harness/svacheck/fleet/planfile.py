# SPDX-License-Identifier: GPL-2.0
"""plan.json: what is to be run, in which parts, and how long each is expected to take.

It names no engine. An item is what one worker does at a time; a whole is what its items make
together: a kernel in a lane, or a campaign of mutants.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.errors import Problem
from svacheck.places import PLAN_SCHEMA

SCHEMA = 1
CHECK, MUTANTS = "check", "mutants"


@dataclass(frozen=True)
class Whole:
    """What items make together. parts: all "suite.case", or the ids of all mutants."""

    id: str
    kind: str  # CHECK or MUTANTS
    kernel: str
    lane: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """What one worker does. whole: the id of what it is of; number, of: its place there;
    parts: those of the whole that are its own; seconds: expected, as basis says; fixed: how
    many of these it would take for no part at all."""

    id: str
    whole: str
    number: int
    of: int
    command: tuple[str, ...]
    parts: tuple[str, ...]
    seconds: float
    fixed: float
    basis: str


@dataclass(frozen=True)
class Plan:
    """items: the longest first."""

    wholes: tuple[Whole, ...]
    items: tuple[Item, ...]

    def record(self) -> dict[str, Any]:
        """As it stands in plan.json."""
        return {
            "schema": SCHEMA,
            "wholes": [asdict(whole) for whole in self.wholes],
            "items": [asdict(item) for item in self.items],
        }

    def text(self) -> str:
        """The bytes of plan.json: the same for the same plan."""
        return json.dumps(self.record(), indent=1) + "\n"

    @property
    def digest(self) -> str:
        """What tells this plan from any other."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:12]

    def whole(self, item: Item) -> Whole:
        """What the item is of."""
        return next(whole for whole in self.wholes if whole.id == item.whole)

    def items_of(self, whole: Whole) -> list[Item]:
        """Its items by number."""
        return sorted((i for i in self.items if i.whole == whole.id), key=lambda i: i.number)

    def item(self, id: str) -> Item:
        """The item of that id; Problem if there is none."""
        for item in self.items:
            if item.id == id:
                return item
        known = ", ".join(item.id for item in self.items)
        raise Problem(f"the plan has no item {id!r}", "--only", f"it has {known}")


def load(path: Path) -> Plan:
    """A stored plan; Problem if it is none, or does not fit together."""
    record = results.read(path, PLAN_SCHEMA)
    wholes = tuple(Whole(**_tuples(one)) for one in record["wholes"])
    items = tuple(Item(**_tuples(one)) for one in record["items"])
    plan = Plan(wholes, items)
    fault = misfit(plan)
    if fault:
        raise Problem(f"the plan does not fit together: {fault}", str(path), "svacheck plan")
    return plan


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists alone."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()}


def misfit(plan: Plan) -> str:
    """The first thing in which wholes and items do not fit, "" if they do: each part of a
    whole is in exactly one of its items."""
    for kind, ids in (("whole", [w.id for w in plan.wholes]), ("item", [i.id for i in plan.items])):
        if len(set(ids)) != len(ids):
            return f"two {kind}s are called alike"
    strange = {item.whole for item in plan.items} - {whole.id for whole in plan.wholes}
    if strange:
        return f"there is no whole {strange.pop()}"
    for whole in plan.wholes:
        mine = plan.items_of(whole)
        if [(item.number, item.of) for item in mine] != [
            (number, len(mine)) for number in range(1, len(mine) + 1)
        ]:
            return f"the items of {whole.id} are not numbered from 1"
        fault = uneven(whole.parts, [item.parts for item in mine])
        if fault:
            return f"{whole.id}: {fault}"
    return ""


def uneven(whole: Sequence[str], parts: Sequence[Sequence[str]]) -> str:
    """In what the parts are not the whole, each of it once; "" if they are."""
    seen: set[str] = set()
    for part in parts:
        for one in part:
            if one in seen:
                return f"{one} is there twice"
            seen.add(one)
    lacking, strange = sorted(set(whole) - seen), sorted(seen - set(whole))
    if lacking:
        return f"{lacking[0]} is not there" + (
            f", nor {len(lacking) - 1} more" * (len(lacking) > 1)
        )
    return f"{strange[0]} is none of it" if strange else ""
