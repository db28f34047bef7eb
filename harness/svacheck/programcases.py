# SPDX-License-Identifier: GPL-2.0
"""Which cases the programs of selftests/ have and which rules each cites, read from the source.

A case is "fixture.test", and "program.test" for one without a fixture; the variants of its
fixture are its rows. What kselftest_harness.h calls one is "fixture.variant.test".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from svacheck.citations import Citations, blank_comments, blank_strings
from svacheck.errors import Problem

NO_PROGRAMS = ("init",)  # what else lies in selftests/*.c

_TEST = re.compile(
    r"^(?:TEST_F(?:_SIGNAL|_TIMEOUT)?\s*\(\s*(?P<fixture>\w+)\s*,\s*(?P<name>\w+)"
    r"|TEST(?:_SIGNAL)?\s*\(\s*(?P<bare>\w+))[^{;]*\{",
    re.MULTILINE,
)
_FIXTURE = re.compile(r"^FIXTURE\s*\(\s*(\w+)\s*\)", re.MULTILINE)
_VARIANT = re.compile(r"^FIXTURE_VARIANT_ADD\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
# A macro that adds a variant, whose name is its first argument, to one fixture
_MACRO = re.compile(
    r"^#define\s+(\w+)\(\s*(\w+)[^)]*\)[\s\\]*FIXTURE_VARIANT_ADD\s*\(\s*(\w+)\s*,\s*\2\s*\)",
    re.MULTILINE,
)
_CITE = re.compile(r"\brules\s*\(([^;]*)\)\s*;")
_STRING = re.compile(r'"((?:\\.|[^"\\\n])*)"')


@dataclass(frozen=True)
class ProgramCase:
    """One case of a program. names: by what the harness calls it, to the variant of each."""

    program: str
    names: Mapping[str, str]


def program_names(folder: Path) -> list[str]:
    """The programs that selftests/ holds the source of."""
    return sorted(file.stem for file in folder.glob("*.c") if file.stem not in NO_PROGRAMS)


def scan(folder: Path) -> Citations:
    """The cases of every program of folder; Problem if a source cannot be read."""
    cases: dict[str, tuple[str, ...]] = {}
    where: dict[str, str] = {}
    programs: dict[str, ProgramCase] = {}
    findings: list[str] = []
    for program in program_names(folder):
        file = folder / f"{program}.c"
        try:
            text = blank_comments(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise Problem(f"cannot read a program: {error}", str(file)) from error
        at = f"selftests/{file.name}"
        source = _Source(at, program, text)
        found = 0
        for key, rules, line, case in source.cases():
            found += 1
            if key in cases:
                findings.append(f"{key} is defined twice ({where[key]}, {at}:{line})")
                continue
            cases[key], where[key], programs[key] = rules, f"{at}:{line}", case
        findings += source.findings
        if not found:
            findings.append(f"{at}: a program without a case")
    return Citations(cases, where, findings, programs)


class _Source:
    """One program, comments already blanked out."""

    def __init__(self, at: str, program: str, text: str) -> None:
        self.at = at
        self.program = program
        self.text = text
        self.skeleton = blank_strings(text)  # the same offsets
        self.findings: list[str] = []

    def cases(self) -> Iterator[tuple[str, tuple[str, ...], int, ProgramCase]]:
        """Each case: its key, its rules, the line it begins in, and by what it is called."""
        fixtures = set(_FIXTURE.findall(self.skeleton))
        variants: dict[str, list[str]] = {}
        for fixture, variant in self._variants():
            variants.setdefault(fixture, []).append(variant)
        used: set[str] = set()
        for match in _TEST.finditer(self.skeleton):
            line = self.text.count("\n", 0, match.start()) + 1
            fixture, name = match["fixture"], match["name"] or match["bare"]
            if fixture and fixture not in fixtures:
                self.findings.append(f"{self.at}:{line}: there is no FIXTURE({fixture}) here")
            used.add(fixture)
            if fixture:
                rows = variants.get(fixture, [""])
                names = {".".join(filter(None, (fixture, row, name))): row for row in rows}
            else:
                names = {f"global.{name}": ""}
            yield (
                f"{fixture or self.program}.{name}",
                self._rules(match),
                line,
                ProgramCase(self.program, names),
            )
        for fixture in sorted(fixtures - used):
            self.findings.append(f"{self.at}: FIXTURE({fixture}) has no case")

    def _variants(self) -> Iterator[tuple[str, str]]:
        """Each variant after its fixture."""
        yield from _VARIANT.findall(self.skeleton)
        for macro, _, fixture in _MACRO.findall(self.skeleton):
            for match in re.finditer(rf"^{macro}\s*\(\s*(\w+)", self.skeleton, re.MULTILINE):
                yield fixture, match[1]

    def _rules(self, match: re.Match[str]) -> tuple[str, ...]:
        """Those cited between the brace that ends match and its partner."""
        depth, at = 0, match.end() - 1
        for at in range(match.end() - 1, len(self.skeleton)):
            depth += {"{": 1, "}": -1}.get(self.skeleton[at], 0)
            if depth == 0:
                break
        body = self.text[match.end() : at]
        return tuple(rule for cite in _CITE.finditer(body) for rule in _STRING.findall(cite[1]))
