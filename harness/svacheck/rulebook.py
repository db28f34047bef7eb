# SPDX-License-Identifier: GPL-2.0
"""The rulebook: what configs/rules/*.toml demands, and whether the cases cite it whole."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path

from svacheck import programcases
from svacheck.citations import Citations, scan
from svacheck.errors import Problem
from svacheck.kernels import SUITES, folder_of, is_stock, lane_names, names_device, runs
from svacheck.places import KUNIT, RULES, SELFTESTS
from svacheck.selection import DEVICE, MODULE

RULE_ID = re.compile(r"(DOM|GRP|PASID|BIND|FLT|HW|ISO|CTL|DRV|SEQ|DEV)-[0-9]{3}")
KINDS = ("contract", "detail")
_KEYS = {"id", "sentence", "source", "kind", "binds"}
_OPTIONAL = {"lanes", "trees", "instead_of", "where"}
PLAIN, UPSTREAM = "plain", "upstream"  # trees without SVA domains, and with their own


@dataclass(frozen=True)
class Rule:
    """One requirement. binds: names of implementations, or the one word "all"; lanes: the
    only ones that can tell, () if every one can; trees: likewise; instead_of: what differs
    by design, the rules that it takes the place of where it binds; where: which kernels can
    keep it, in words, "" for all."""

    id: str
    sentence: str
    source: str
    kind: str  # "contract", or "detail" of an implementation
    binds: tuple[str, ...]
    lanes: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    where: str = ""

    def binds_to(self, implementation: str) -> bool:
        """Whether the rule is asked of this implementation ("" for a case without one)."""
        return not implementation or "all" in self.binds or implementation in self.binds


@dataclass(frozen=True)
class Rulebook:
    """All rules by id, in the order of files and of the rules in them."""

    rules: Mapping[str, Rule]

    def is_contract(self, rule_id: str) -> bool:
        """True unless the rule is known to be an implementation's detail."""
        rule = self.rules.get(rule_id)
        return rule is None or rule.kind != "detail"

    def of_lane(self, lane: str, tree: str = "") -> Rulebook:
        """The rules that this lane can tell something about, on a tree of this kind ("": any)."""
        return Rulebook(
            {
                id: rule
                for id, rule in self.rules.items()
                if lane in (rule.lanes or (lane,)) and (not tree or tree in (rule.trees or (tree,)))
            }
        )


def load(folder: Path = RULES) -> Rulebook:
    """Read every rule of folder/*.toml; Problem names the file and the rule at fault."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise Problem("no rules", str(folder), "the rulebook is part of the checkout")
    rules: dict[str, Rule] = {}
    known = frozenset(lane_names())
    for file in files:
        for number, entry in enumerate(_entries(file), start=1):
            rule = _rule(entry, file, number, known)
            if rule.id in rules:
                raise Problem(f"rule {rule.id} is defined twice", str(file), "give it a new number")
            rules[rule.id] = rule
    for rule in rules.values():
        _check_divergence(rule, rules, folder)
    return Rulebook(rules)


def _check_divergence(rule: Rule, rules: Mapping[str, Rule], folder: Path) -> None:
    """Problem if what a rule stands in for is no rule, or binds the same implementations."""
    for name in rule.instead_of:
        if name not in rules:
            raise Problem(f"{rule.id} is instead of {name}, which is no rule", str(folder))
        if "all" in rule.binds or rules[name].binds_to(rule.binds[0]):
            raise Problem(
                f"{rule.id} is instead of {name}, but both bind the same implementation",
                str(folder),
                "'binds' of each names the implementations that it holds for",
            )


def _entries(file: Path) -> list[object]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"cannot read rules: {error}", str(file)) from error
    strange = sorted(set(content) - {"rule"})
    if strange:
        raise Problem(f"unknown key {strange[0]!r}", str(file), "rules are [[rule]] tables")
    entries = content.get("rule")
    if not isinstance(entries, list) or not entries:
        raise Problem("no [[rule]] table", str(file))
    return entries


def _rule(entry: object, file: Path, number: int, known_lanes: Set[str]) -> Rule:
    name = entry.get("id") if isinstance(entry, dict) else None
    where = f"{file}, rule {name if isinstance(name, str) else f'number {number}'}"
    if not isinstance(entry, dict):
        raise Problem("a rule must be a table", where)
    strange, missing = sorted(set(entry) - _KEYS - _OPTIONAL), sorted(_KEYS - set(entry))
    if strange:
        known = sorted(_KEYS | _OPTIONAL)
        raise Problem(f"unknown key {strange[0]!r}", where, "known are " + ", ".join(known))
    if missing:
        raise Problem(f"{missing[0]!r} is missing", where)
    for key in ("id", "sentence", "source", "kind"):
        value = entry[key]
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise Problem(f"{key!r} must be one line of text, not empty", where)
    if not RULE_ID.fullmatch(entry["id"]):
        raise Problem("a rule id looks like PASID-004", where)
    if entry["kind"] not in KINDS:
        raise Problem(f"'kind' must be one of {', '.join(KINDS)}", where)
    binds = entry["binds"]
    if binds == "all":
        binds = ["all"]
    if not isinstance(binds, list) or not binds or not all(isinstance(b, str) and b for b in binds):
        raise Problem("'binds' must name implementations, or be \"all\"", where)
    lanes = entry.get("lanes", [])
    if not isinstance(lanes, list) or not set(lanes) <= known_lanes:
        raise Problem("'lanes' must name lanes of configs/lanes.toml", where)
    instead = entry.get("instead_of", [])
    if not isinstance(instead, list) or not all(isinstance(name, str) for name in instead):
        raise Problem("'instead_of' must be a list of rules", where)
    trees = entry.get("trees", [])
    if not isinstance(trees, list) or not set(trees) <= {PLAIN, UPSTREAM}:
        raise Problem(f"'trees' must be a list of {PLAIN} and {UPSTREAM}", where)
    text = (entry["id"], entry["sentence"], entry["source"], entry["kind"])
    kernels = entry.get("where", "")
    if not isinstance(kernels, str) or ("where" in entry and not kernels.strip()):
        raise Problem("'where' must say which kernels can keep the rule", where)
    return Rule(*text, tuple(binds), tuple(lanes), tuple(trees), tuple(instead), kernels)


def citations(kunit: Path = KUNIT, selftests: Path = SELFTESTS) -> Citations:
    """Which rules each case of the suites and of the programs cites, read from its source."""
    found = scan(kunit / SUITES)
    for folder in sorted({folder_of(lane) for lane in lane_names()} - {SUITES}):
        found += scan(kunit / folder)
    device = kunit / "device"
    return found + scan(device) + scan(device / "vm") + programcases.scan(selftests)


def of_lane(
    rulebook: Rulebook, cited: Citations, lane: str, tree: str = "", programs: bool = True
) -> tuple[Rulebook, Citations]:
    """The rules that a lane can tell something about on such a tree, and the cases it has:
    those that cite a rule of other lanes or trees alone are not built into its kernel. A lane
    has the cases of programs, those of suites or both, or those for one device, and no rule
    that the others alone cite.
    programs: False to do without those."""
    left = rulebook.of_lane(lane, tree)
    elsewhere = set(rulebook.rules) - set(left.rules)
    has_suites, has_programs = runs(lane)
    has_programs &= programs
    has_module, has_device = is_stock(lane), names_device(lane)
    folder = folder_of(lane)

    def has(case: str) -> bool:
        if case.startswith((DEVICE, MODULE)):
            return has_module or (has_device and case.startswith(DEVICE))
        if case in cited.programs:
            return has_programs
        return has_suites and cited.folders.get(case, SUITES) == folder

    mine = {case: rules for case, rules in cited.cases.items() if has(case)}
    told = {rule for rules in mine.values() for rule in rules}
    others = {rule for rules in cited.cases.values() for rule in rules} - told
    rules = {
        id: rule
        for id, rule in left.rules.items()
        if id in told or (has_suites and id not in others)
    }
    cases = {case: rules for case, rules in mine.items() if not elsewhere & set(rules)}
    return Rulebook(rules), replace(cited, cases=cases)


def check(rulebook: Rulebook, cited: Citations) -> list[str]:
    """What does not fit between the rulebook and the suites, one line each; [] when all fits."""
    findings = list(cited.findings)
    seen: set[str] = set()
    for case, rules in cited.cases.items():
        where = f"{case} ({cited.where[case]})"
        if not rules:
            how = "rules(...)" if case in cited.programs else "svac_rules(test, ...)"
            findings.append(f"{where} cites no rule: begin it with {how}")
        for rule in rules:
            if rule not in rulebook.rules:
                findings.append(f"{where} cites {rule}, which no rulebook file defines")
        limits = {rulebook.rules[rule].lanes for rule in rules if rule in rulebook.rules} - {()}
        if len(limits) > 1:
            findings.append(f"{where} cites rules of different lanes: make it two cases")
        if len(set(rules)) != len(rules):
            findings.append(f"{where} cites a rule twice")
        seen.update(rules)
    findings += [
        f"rule {rule} has no case: write one, or remove the rule"
        for rule in rulebook.rules
        if rule not in seen
    ]
    return findings
