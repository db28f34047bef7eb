# SPDX-License-Identifier: GPL-2.0
"""What a comparison would have told: power.json, made by svacheck bench-power on this machine.

A comparison of many metrics, looked at several times, asks for more than one of bench-power
does. So the p of each of its trials is kept, and is held against what is asked here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy import stats

from svacheck import provenance
from svacheck.bench.compare import Terms
from svacheck.errors import Problem
from svacheck.places import results_folder

FILE = "power.json"
CONFIDENCE = 0.95
SURELY = 0.9  # of the trials in which a slow-down has to be told, for it to be called told
MAKE = "make bench-power"


@dataclass(frozen=True)
class Asked:
    """What a comparison asks for. share: the terms of each look; metrics: so many are compared
    at once; boots: of a side, at the last look."""

    share: Terms
    metrics: int
    boots: int


def rate(told: int, trials: int) -> tuple[float, float, float]:
    """How often something was told, and the interval of that (Clopper and Pearson)."""
    between = stats.binomtest(told, trials).proportion_ci(CONFIDENCE, "exact")
    return told / trials, float(between.low), float(between.high)


def keep(made: Mapping[str, Any]) -> None:
    """Store the record of a bench-power that is over as the one that counts."""
    file = results_folder() / FILE
    aside = file.with_name(f".tmp-{os.getpid()}-{FILE}")
    try:
        aside.write_text(json.dumps(made, indent=1) + "\n", encoding="ascii")
        aside.rename(file)
    except OSError as error:
        raise Problem(f"cannot store the power: {error.strerror}", str(file)) from error


def stands_for(asked: Asked) -> dict[str, Any]:
    """Which slow-downs a comparison as it is asked would have told, for a record.

    unknown: why that cannot be said, else "". levels: percent, told and trials of each.
    """
    file = results_folder() / FILE
    try:
        power = json.loads(file.read_text(encoding="ascii"))
        unknown = _unfit(power, asked)
        levels = [] if unknown else [_level(one, asked) for one in power["levels"]]
        of = {"id": power["id"], "metric": power["metric"], "boots": power["boots"]}
        of["version"] = power["version"]
    except FileNotFoundError:
        return _unknown("")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _unknown(f"{FILE} cannot be read: {error}")
    return {"unknown": unknown, "of": of, "levels": [one for one in levels if one["percent"]]}


def _unknown(why: str) -> dict[str, Any]:
    return {"unknown": f"{why}; {MAKE}" if why else MAKE, "of": None, "levels": []}


def _unfit(power: Mapping[str, Any], asked: Asked) -> str:
    """Why the trials say nothing of such a comparison here."""
    here = provenance.describe_host()
    there = {**power["host"], "load": here["load"]}
    if there != here:
        return f"{FILE} is of another machine; {MAKE}"
    if power["terms"]["margin"] != asked.share.margin:
        return f"{FILE} is of another margin; {MAKE}"
    if power["boots"] > asked.boots:
        return f"{FILE} is of {power['boots']} boots, these are {asked.boots}; {MAKE}"
    return ""


def _level(level: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    told = sum(p * asked.metrics < asked.share.alpha for p in level["p"])
    return {"percent": level["percent"], "told": told, "trials": len(level["p"])}


def sentence(power: Mapping[str, Any]) -> str:
    """The least slow-down that would have been told, or the largest that was tried."""
    if power["unknown"]:
        return f"power unknown: {power['unknown']}"
    chosen = _least(power["levels"])
    if not chosen:
        return f"power unknown: no slow-down was tried; {MAKE}"
    part, low, high = rate(chosen["told"], chosen["trials"])
    return (
        f"a slow-down of {chosen['percent']:g} % is told in {part:.0%} ({low:.0%} to {high:.0%})"
        f" of trials with {power['of']['metric']} on Linux {power['of']['version']}"
    )


def _least(levels: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    tried = sorted((one for one in levels if one["trials"]), key=lambda one: float(one["percent"]))
    sure = (one for one in tried if one["told"] >= SURELY * one["trials"])
    return next(sure, tried[-1] if tried else None)
