# SPDX-License-Identifier: GPL-2.0
"""Which cases the suites register and which rules each cites, read from the C source.

A static reading, so that a case which never ran (the kernel died before it, the suite
was not built) is still known by name and by the rules which it leaves unjudged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from svacheck.errors import Problem
from svacheck.kernels import SUITES

if TYPE_CHECKING:
    from svacheck.programcases import ProgramCase

SUITE_NAME = re.compile(r"svac1?_[a-z0-9_]+")

_TOKEN = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE,
)
_ARRAY = re.compile(r"\bstruct\s+kunit_case\s+(\w+)\s*\[\s*\]\s*=\s*\{")
_SUITE = re.compile(r"^SVAC_SUITE\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
_PLAIN_SUITE = re.compile(r"\bstruct\s+kunit_suite\s+\w+\s*=\s*\{")
_NAME = re.compile(r'\.name\s*=\s*"([^"]*)"')
_CASES = re.compile(r"\.test_cases\s*=\s*(\w+)")
_FUNCTION = re.compile(r"\bstatic\s+void\s+(\w+)\s*\(\s*struct\s+kunit\s*\*\s*\w+\s*\)\s*\{")
_REGISTER = re.compile(r"\bSVAC_(?:CASE|CASE_ROWS|PLAIN_CASE)\s*\(\s*(\w+)")
_CITE = re.compile(r"\bsvac_rules\s*\(\s*\w+\s*,([^;]*)\)\s*;")
_STRING = re.compile(r'"((?:\\.|[^"\\\n])*)"')


@dataclass(frozen=True)
class Citations:
    """cases: "suite.case" to rule ids, as registered; where: "suite.case" to file:line;
    programs: those that a program has, and no suite; folders: of kunit/, in which the suite
    of a case is, if not in suites/."""

    cases: Mapping[str, tuple[str, ...]]
    where: Mapping[str, str]
    findings: Sequence[str]  # what cannot be right in the sources, one line each
    programs: Mapping[str, ProgramCase] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Citations) -> Citations:
        """Both, which must not have a case in common."""
        twice = [
            f"{case} is in {self.where[case]} and in {other.where[case]}"
            for case in self.cases
            if case in other.cases
        ]
        return Citations(
            {**self.cases, **other.cases},
            {**self.where, **other.where},
            [*self.findings, *other.findings, *twice],
            {**self.programs, **other.programs},
            {**self.folders, **other.folders},
        )


def scan(folder: Path) -> Citations:
    """Read every C file of folder; Problem if one cannot be read."""
    cases: dict[str, tuple[str, ...]] = {}
    where: dict[str, str] = {}
    findings: list[str] = []
    for file in sorted(folder.glob("*.c")):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Problem(f"cannot read a suite: {error}", str(file)) from error
        source = _Source(file.name, blank_comments(text))
        for name, (rules, line) in source.cases().items():
            if name in cases:
                findings.append(f"{name} is registered twice ({where[name]}, {file.name}:{line})")
                continue
            cases[name] = rules
            where[name] = f"{file.name}:{line}"
        findings += source.findings
    folders = dict.fromkeys(cases, folder.name) if folder.name != SUITES else {}
    return Citations(cases, where, findings, folders=folders)


class _Source:
    """One file of suites, comments already blanked out."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.skeleton = blank_strings(text)  # the same offsets, braces in strings gone
        self.findings: list[str] = []

    def cases(self) -> dict[str, tuple[tuple[str, ...], int]]:
        """ "suite.case" to its rules and the line its function begins on."""
        functions = {
            m[1]: (self._rules(m), self._line(m.start())) for m in _FUNCTION.finditer(self.skeleton)
        }
        arrays = {m[1]: self._registered(m) for m in _ARRAY.finditer(self.skeleton)}
        found: dict[str, tuple[tuple[str, ...], int]] = {}
        used: set[str] = set()
        for match, suite, table in self._suites():
            if table not in arrays:
                self._finding(match, f"suite {suite} has no table of cases {table} in this file")
                continue
            if not SUITE_NAME.fullmatch(suite):
                self._finding(match, f"suite {suite} must be named svac_... or svac1_...")
            used.add(table)
            for case in arrays[table]:
                rules, line = functions.get(case, ((), self._line(match.start())))
                if case not in functions:
                    self._finding(match, f"{suite}.{case} is registered but not defined here")
                if f"{suite}.{case}" in found:
                    self._finding(match, f"{suite}.{case} is registered twice")
                found[f"{suite}.{case}"] = (rules, line)
        registered = {case for cases in arrays.values() for case in cases}
        for case, (rules, line) in functions.items():
            if rules and case not in registered:
                self.findings.append(
                    f"{self.name}:{line}: case {case} is defined but not registered"
                )
        for name in sorted(set(arrays) - used):
            self.findings.append(f"{self.name}: the cases of {name} belong to no suite")
        return found

    def _suites(self) -> Iterator[tuple[re.Match[str], str, str]]:
        """Where a suite is defined, its name and that of its table of cases."""
        for match in _SUITE.finditer(self.skeleton):
            yield match, match[1], match[2]
        for match in _PLAIN_SUITE.finditer(self.skeleton):
            body = self._body(match)
            name, table = _NAME.search(body), _CASES.search(body)
            yield match, name[1] if name else "(no name)", table[1] if table else "(none)"

    def _registered(self, match: re.Match[str]) -> list[str]:
        return _REGISTER.findall(self._body(match))

    def _rules(self, match: re.Match[str]) -> tuple[str, ...]:
        rules: list[str] = []
        for cite in _CITE.finditer(self._body(match)):
            rules += _STRING.findall(cite[1])
        return tuple(rules)

    def _body(self, match: re.Match[str]) -> str:
        """What stands between the brace that ends match and its partner."""
        depth = 0
        for at in range(match.end() - 1, len(self.skeleton)):
            depth += {"{": 1, "}": -1}.get(self.skeleton[at], 0)
            if depth == 0:
                return self.text[match.end() : at]
        self._finding(match, "a brace that opens here is never closed")
        return self.text[match.end() :]

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def _finding(self, match: re.Match[str], text: str) -> None:
        self.findings.append(f"{self.name}:{self._line(match.start())}: {text}")


def blank_comments(text: str) -> str:
    """text with each comment replaced by blanks: offsets and line numbers stay."""
    return _TOKEN.sub(lambda m: _blank(m[0]) if m[0].startswith("/") else m[0], text)


def blank_strings(text: str) -> str:
    """text with the insides of string and character literals blanked, offsets kept."""
    return _TOKEN.sub(lambda m: m[0][0] + _blank(m[0][1:-1]) + m[0][-1], text)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
