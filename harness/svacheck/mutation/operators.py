# SPDX-License-Identifier: GPL-2.0
"""Mutation operators: each a semantic patch in configs/mutation, applied to one place.

configs/mutation/site.cocci lets an operator change the one place that the folder of a
file names, or none and list them all; so one run of spatch makes all mutants of an
operator, each in a copy of its own.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.mutation.sources import Source, around, carry_over
from svacheck.places import ROOT

OPERATORS = ROOT / "configs" / "mutation"
EXPECTED = OPERATORS / "expected.toml"
COMMON = "site.cocci"
SPATCH = ("spatch", "--very-quiet", "--no-includes")
SITE = re.compile(r"SITE (\S+) (\d+) (\d+) (\S+)")
OUTSIDE = "something_else"  # what Coccinelle calls code outside of functions and tables


@dataclass(frozen=True)
class Mutant:
    """One change in one place. id: operator, function and a hash of the lines that it
    changes, so that it stays the same while the code around it moves; text: the whole
    file as changed."""

    id: str
    operator: str
    path: str
    name: str
    function: str
    line: int
    column: int
    diff: str
    text: str


def names(folder: Path = OPERATORS) -> list[str]:
    """The operators there are."""
    return sorted(file.stem for file in folder.glob("*.cocci") if file.name != COMMON)


def brief(operator: str, folder: Path = OPERATORS) -> str:
    """What an operator does, from the second line of its file."""
    return (folder / f"{operator}.cocci").read_text().splitlines()[1].removeprefix("// ")


def fingerprint(files: Sequence[Source], folder: Path = OPERATORS) -> str:
    """Changes whenever other mutants may come out."""
    digest = hashlib.sha256()
    for name in [COMMON.removesuffix(".cocci"), *names(folder)]:
        digest.update(f"{name}\0{(folder / f'{name}.cocci').read_text()}\0".encode())
    for file in files:
        digest.update(f"{file.path}\0{file.text}\0{sorted(file.lines or ())}\0".encode())
    return digest.hexdigest()


def mutate(
    operator: str,
    files: Sequence[Source],
    work: Path,
    log: CommandLog,
    folder: Path = OPERATORS,
) -> list[Mutant]:
    """All mutants of an operator, in the order of files and places; work: a folder for it.

    Problem: spatch is missing or does not understand the operator."""
    shutil.rmtree(work, ignore_errors=True)
    found: list[Mutant] = []
    places = _places(operator, files, work / "list", log, folder)
    copies = []
    shown = []
    for number, (file, line, column, _) in enumerate(places):
        copy = work / f"{line}.{column}-{number}" / Path(file.path).name
        copy.parent.mkdir()
        alone = around(file.shown, frozenset([line]))  # quicker to read than the whole
        shown.append(alone if alone.strip() else file.shown)
        copy.write_text(shown[-1])
        copies.append(copy)
    if copies:
        _spatch(operator, ["--in-place", *copies], work / "apply.log", log, folder)
    for copy, before, (file, line, column, function) in zip(copies, shown, places):
        text = carry_over(before, copy.read_text(), file.text)
        if text != file.text:
            diff = show(file, text)
            found.append(
                Mutant("", operator, file.path, file.name, function, line, column, diff, text)
            )
    shutil.rmtree(work)
    return _named(found)


def distinct(mutants: Iterable[Mutant]) -> list[Mutant]:
    """Without those which come out as another one does."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for mutant in mutants:
        if (mutant.path, mutant.text) not in seen:
            seen.add((mutant.path, mutant.text))
            kept.append(mutant)
    return kept


def show(file: Source, text: str) -> str:
    """The change as a unified diff."""
    lines = difflib.unified_diff(
        file.text.splitlines(), text.splitlines(), f"a/{file.name}", f"b/{file.name}", lineterm=""
    )
    return "\n".join(lines) + "\n"


def _places(
    operator: str, files: Sequence[Source], work: Path, log: CommandLog, folder: Path
) -> list[tuple[Source, int, int, str]]:
    """(file, line, column, function) of what the operator fits, and of some that it does
    not: a place is asked for before the rest of the pattern is looked at."""
    by_name = {Path(file.path).name: file for file in files}
    work.mkdir(parents=True)
    for name, file in by_name.items():
        (work / name).write_text(file.shown)
    said = work / "said.log"
    _spatch(operator, sorted(work.iterdir()), said, log, folder)
    found = set()
    for match in SITE.finditer(said.read_text()):
        name, line, function = os.path.basename(match[1]), int(match[2]), match[4]
        if function != OUTSIDE and line in (by_name[name].lines or (line,)):
            found.add((list(by_name).index(name), line, int(match[3]), function))
    return [(files[at], line, column, name) for at, line, column, name in sorted(found)]


def _spatch(
    operator: str, words: Sequence[str | Path], said: Path, log: CommandLog, folder: Path
) -> None:
    argv: list[str | Path] = [*SPATCH, "--sp-file", folder / f"{operator}.cocci", *words]
    # It looks for what a patch includes in the current folder, and for Python on the PATH
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    done = log.run(argv, cwd=folder, output=said, environment=environment)
    if done.status:
        lines = [line for line in said.read_text().split("\n") if line.strip()]
        what = lines[-1].strip() if lines else "no message"
        raise Problem(f"operator {operator} does not work: {what}", str(folder))


def _named(found: Sequence[Mutant]) -> list[Mutant]:
    named = []
    times: Counter[str] = Counter()
    for mutant in found:
        changed = _meant(mutant.diff)
        key = f"{mutant.operator}.{mutant.function}"
        text = "\n".join([key, mutant.name, *changed])
        times[text] += 1
        text += f"\n{times[text]}" if times[text] > 1 else ""
        digest = hashlib.sha256(text.encode()).hexdigest()[:6]
        named.append(replace(mutant, id=f"{key}.{digest}"))
    return named


def _meant(diff: str) -> list[str]:
    """The lines changed, without what versions of Coccinelle do each in its own way: they
    take empty lines along, and put braces around a single statement."""
    lines = [" ".join(line.split()) for line in diff.splitlines()[2:]]
    lines = [line for line in lines if line.startswith(("-", "+")) and line not in _LAYOUT]
    braced = {line[1:-2] for line in lines if line.startswith("+") and line.endswith(" {")}
    braced &= {line[1:] for line in lines if line.startswith("-")}
    return [line for line in lines if line[1:].removesuffix(" {") not in braced]


_LAYOUT = ("+", "-", "+ }")


def expected(file: Path = EXPECTED) -> Mapping[str, list[str]]:
    """What a function's code is there for, by the function: families of rules, or rules."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"cannot read what is expected: {error}", str(file)) from error
    return {name: list(families) for name, families in table.items()}


def meets(rules: Iterable[str], wanted: Sequence[str]) -> bool:
    """Whether one of the rules is wanted, by its id or its family."""
    return any(rule in wanted or rule.split("-")[0] in wanted for rule in rules)
