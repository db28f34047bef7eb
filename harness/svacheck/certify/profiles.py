# SPDX-License-Identifier: GPL-2.0
"""Profiles: which rules a class of drivers must, should or may keep. configs/profiles/*.toml"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck.errors import Problem
from svacheck.kernels import lane_names
from svacheck.places import PROFILES
from svacheck.rulebook import RULE_ID, Rule, Rulebook

MUST, SHOULD, MAY = "must", "should", "may"
CLASSES = (MUST, SHOULD, MAY)
CORE = "core"  # what every other profile must demand too
TABLES = "tables"  # in place of that, where a driver is judged by what its hardware reads
PROGRAMS = "programs"  # likewise, where programs on a device are all that judges it
BASES = (CORE, TABLES, PROGRAMS)
IMPLEMENTATIONS = ("carried", "upstream")
MOST_ROUNDS = 100
LARGEST = 1 << 20  # bytes of a file that is worth reading

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FAMILY = re.compile(r"([A-Z]+)-\*")
_TEXTS = ("title", "class", "about")
_LISTS = ("sources", "implementations", "complete", *CLASSES)


@dataclass(frozen=True)
class Profile:
    """One class of drivers. of: which, in words; implementations: through which it is asked;
    complete: families of which each rule has a class; rounds: in how many boots the verdicts
    have to be equal; classes: that of each rule; base: the profile that it contains, "" for one
    that is such a base itself; lanes: whose runs count alone, () for those of all."""

    name: str
    title: str
    of: str
    about: str
    sources: Sequence[str]
    implementations: Sequence[str]
    complete: Sequence[str]
    rounds: int
    classes: Mapping[str, str]
    base: str = ""
    lanes: Sequence[str] = ()

    def those(self, kind: str) -> list[str]:
        """The rules of a class."""
        return [rule for rule, mine in self.classes.items() if mine == kind]

    def is_about(self, rule: Rule) -> bool:
        """Whether a rule can be asked of such a driver."""
        return any(map(rule.binds_to, self.implementations))


def names(folder: Path = PROFILES) -> list[str]:
    """The profiles there are, but for those one of which each other has to contain."""
    found = sorted(file.stem for file in folder.glob("*.toml"))
    return [name for name in found if name not in BASES]


def find(name: str, folder: Path = PROFILES) -> Path:
    """The file of a profile: one of ours by its name, or a path."""
    known = names(folder)
    if name in known:
        return folder / f"{name}.toml"
    path = Path(name).expanduser()
    if path.suffix == ".toml" and path.is_file():
        return path
    remedy = f"there are {', '.join(known)}, or name a file that ends in .toml"
    raise Problem(f"there is no profile {name!r}", "--profile", remedy)


def text_of(path: Path) -> str:
    """What a file of ours holds; Problem if it cannot be read."""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Problem("the file is too large", str(path))
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"cannot read the file: {error}", str(path)) from error


def load(path: Path, book: Rulebook, folder: Path = PROFILES) -> Profile:
    """The profile of a file, held against the base set of folder; Problem if it is wrong."""
    text = text_of(path)
    base = base_of(text, path.stem)
    core = parse(text_of(folder / f"{base}.toml"), base, book)
    return parse(text, path.stem, book, core)


def base_of(text: str, name: str) -> str:
    """Which of BASES the profile that text describes contains."""
    where = f"profile {name}"
    base = _content(text, where).get("base", CORE)
    if base not in BASES:
        raise Problem(f"no base is called {base!r}", where, f"there are {', '.join(BASES)}")
    return str(base)


def _content(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Problem(f"it is no TOML: {error}", where) from error


def parse(text: str, name: str, book: Rulebook, core: Profile | None = None) -> Profile:
    """The profile that text describes. core: what it must demand, None for that itself."""
    where = f"profile {name}"
    if not _NAME.fullmatch(name):
        raise Problem("a profile's name has lower case letters, digits and -", where)
    content = _content(text, where)
    _check_keys(content, where, core)
    lists = {key: _strings(content, key, where) for key in _LISTS}
    for implementation in lists["implementations"]:
        if implementation not in IMPLEMENTATIONS:
            known = " and ".join(IMPLEMENTATIONS)
            raise Problem(f"no implementation is called {implementation!r}", where, f"{known} are")
    if not lists["implementations"] or not lists["sources"]:
        raise Problem("'implementations' and 'sources' must not be empty", where)
    rounds = content["rounds"]
    if type(rounds) is not int or not 1 <= rounds <= MOST_ROUNDS:
        raise Problem(f"'rounds' must be a number from 1 to {MOST_ROUNDS}", where)
    askable = {
        rule.id: rule
        for rule in book.rules.values()
        if any(map(rule.binds_to, lists["implementations"]))
    }
    profile = Profile(
        name,
        content["title"],
        content["class"],
        content["about"],
        lists["sources"],
        lists["implementations"],
        lists["complete"],
        rounds,
        _classes(lists, book, askable, where),
        core.name if core else "",
        core.lanes if core else _lanes(content, where),
    )
    _check_complete(profile, askable, where)
    if core:
        _check_core(profile, core, where)
    return profile


def _check_keys(content: Mapping[str, Any], where: str, core: Profile | None) -> None:
    needed = {*_TEXTS, *_LISTS, "rounds"}
    known = {*needed, "base" if core else "lanes"}
    strange, missing = sorted(set(content) - known), sorted(needed - set(content))
    if strange:
        raise Problem(f"unknown key {strange[0]!r}", where, "known are " + ", ".join(sorted(known)))
    if missing:
        raise Problem(f"{missing[0]!r} is missing", where)
    for key in _TEXTS:
        value = content[key]
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise Problem(f"{key!r} must be one line of text, not empty", where)


def _strings(content: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = content[key]
    if not isinstance(value, list) or not all(
        isinstance(one, str) and one.strip() and one.isprintable() for one in value
    ):
        raise Problem(f"{key!r} must be a list of lines of text", where)
    if len(set(value)) != len(value):
        raise Problem(f"{key!r} names something twice", where)
    return tuple(value)


def _lanes(content: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """What a base says of the lanes whose runs count."""
    if "lanes" not in content:
        return ()
    lanes, known = _strings(content, "lanes", where), lane_names()
    strange = [lane for lane in lanes if lane not in known]
    if strange or not lanes:
        what = f"no lane is called {strange[0]!r}" if strange else "'lanes' must not be empty"
        raise Problem(what, where, f"known: {', '.join(known)}")
    return lanes


def _classes(
    lists: Mapping[str, Sequence[str]],
    book: Rulebook,
    askable: Mapping[str, Rule],
    where: str,
) -> dict[str, str]:
    """The class of each rule: a rule that is named goes before its family."""
    named: dict[str, str] = {}
    by_family: dict[str, str] = {}
    for kind in CLASSES:
        for word in lists[kind]:
            family = _FAMILY.fullmatch(word)
            into = by_family if family else named
            for rule in _family(family[1], book, where) if family else [_known(word, book, where)]:
                if rule not in askable and not family:
                    raise Problem(
                        f"{rule} is in '{kind}', but binds {', '.join(book.rules[rule].binds)}",
                        where,
                        f"the profile is about {', '.join(lists['implementations'])}",
                    )
                if into.setdefault(rule, kind) != kind:
                    raise Problem(f"{rule} is both in '{into[rule]}' and in '{kind}'", where)
    chosen = {**by_family, **named}
    return {rule: chosen[rule] for rule in askable if rule in chosen}


def _known(word: str, book: Rulebook, where: str) -> str:
    if not RULE_ID.fullmatch(word) or word not in book.rules:
        remedy = "svacheck rules lists them; a whole family is DRV-*"
        raise Problem(f"there is no rule {word!r}", where, remedy)
    return word


def _family(family: str, book: Rulebook, where: str) -> list[str]:
    found = [rule for rule in book.rules if rule.startswith(family + "-")]
    if not found:
        raise Problem(f"no rule is in family {family!r}", where, "svacheck rules lists them")
    return found


def _check_complete(profile: Profile, askable: Iterable[str], where: str) -> None:
    for family in profile.complete:
        mine = [rule for rule in askable if rule.startswith(family + "-")]
        if not mine:
            raise Problem(f"'complete' names {family!r}, of which it can ask no rule", where)
        left = [rule for rule in mine if rule not in profile.classes]
        if left:
            raise Problem(
                f"{', '.join(left)} has no class, but all of {family} is claimed to have one",
                where,
                f"put it into {', '.join(CLASSES[:-1])} or {MAY}",
            )


def _check_core(profile: Profile, core: Profile, where: str) -> None:
    for rule in core.those(MUST):
        mine = profile.classes.get(rule)
        if mine != MUST:
            how = f"has it in '{mine}'" if mine else "leaves it out"
            raise Problem(
                f"{rule} is mandatory for every profile, and this one {how}",
                where,
                f"put it into '{MUST}'; profile {core.name} says which rules these are",
            )
    if profile.rounds < core.rounds:
        raise Problem(f"'rounds' must be {core.rounds} at least", where)


def check(book: Rulebook, folder: Path = PROFILES) -> list[str]:
    """What is wrong with the profiles of folder, one line each; [] if nothing is."""
    findings = []
    for name in names(folder):
        try:
            load(folder / f"{name}.toml", book, folder)
        except Problem as problem:
            findings.append(str(problem))
    return findings
