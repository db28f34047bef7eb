# SPDX-License-Identifier: GPL-2.0
"""Shell completion by argcomplete: what the parser has, and values of sources and runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping

from svacheck.errors import Problem

SHELLS = ("bash", "zsh", "fish")
REMEDY = "apt-get install python3-argcomplete"


def script(shell: str) -> str:
    """What the shell has to evaluate; Problem without argcomplete."""
    try:
        import argcomplete
    except ImportError as error:
        raise Problem("nothing to complete with", "argcomplete", REMEDY) from error
    # argcomplete 2 has no zsh, whose own bashcompinit makes it take bash's
    kind = "bash" if shell == "zsh" else shell
    code = str(argcomplete.shellcode(["svacheck"], shell=kind))
    return f"autoload -U bashcompinit && bashcompinit\n{code}" if shell == "zsh" else code


def answer(top: argparse.ArgumentParser) -> None:
    """Tell the shell, which has asked by the environment, what could come next, and exit."""
    try:
        import argcomplete
    except ImportError:
        sys.exit(1)  # what stands on the line must not be run
    for command in _commands(top):
        for action in command._actions:
            values = _values(command.prog.split()[-1], action)
            if values:
                setattr(action, "completer", values)
    argcomplete.autocomplete(top, always_complete_options="long")


def _commands(top: argparse.ArgumentParser) -> Iterable[argparse.ArgumentParser]:
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


class Values:
    """A completer: the values that begin as what was typed does, after the last comma if the
    argument is a list."""

    def __init__(self, known: Callable[[], Iterable[str]], listed: bool) -> None:
        self.known = known
        self.listed = listed

    def __call__(self, prefix: str, **_: object) -> list[str]:
        """argcomplete calls it with the argument as far as it was typed."""
        done, comma, begun = prefix.rpartition(",") if self.listed else ("", "", prefix)
        try:
            found = [value for value in self.known() if value.startswith(begun)]
        except Problem:
            return []  # the command itself says what is wrong
        return [done + comma + value for value in found]


def _values(command: str, action: argparse.Action) -> Values | None:
    names = (f"{command} {action.dest}", action.dest, str(action.metavar or ""))
    for name in names:
        if name in KNOWN:
            listed = "," in str(action.metavar or "")
            return Values(KNOWN[name], listed)
    return None


# ---- what there is ----


def _kernels() -> Iterable[str]:
    from svacheck.kernels import load_kernels

    return load_kernels()


def _lanes() -> Iterable[str]:
    from svacheck.kernels import lane_names

    return lane_names()


def _suites() -> Iterable[str]:
    from svacheck.rulebook import citations

    return sorted({case.partition(".")[0] for case in citations().cases})


def _cases() -> Iterable[str]:
    from svacheck.rulebook import citations

    return [*_suites(), *citations().cases]


def _rules() -> Iterable[str]:
    from svacheck.rulebook import load

    return load().rules


def _runs() -> Iterable[str]:
    from svacheck.places import results_folder

    return ["last", *sorted(path.parent.name for path in results_folder().glob("*/run.json"))]


def _sessions() -> Iterable[str]:
    from svacheck.places import results_folder

    return ["last", *sorted(path.parent.name for path in results_folder().glob("*/bench.json"))]


def _kernels_and_runs() -> Iterable[str]:
    return [*_kernels(), *_runs()]


def _profiles() -> Iterable[str]:
    from svacheck.places import PROFILES

    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def _drivers() -> Iterable[str]:
    from svacheck import brokendrivers, rulebook

    return [driver.name for driver in brokendrivers.load(rulebook.load())]


def _operators() -> Iterable[str]:
    from svacheck.mutation.operators import OPERATORS

    return sorted(path.stem for path in OPERATORS.glob("*.cocci"))


def _tools() -> Iterable[str]:
    from svacheck.lint import TOOLS

    return TOOLS


def _parts() -> Iterable[str]:
    from svacheck.selftest import PARTS

    return [part.name for part in PARTS]


# By command and argument, by argument, or by what its value is called in the help
KNOWN: Mapping[str, Callable[[], Iterable[str]]] = {
    "kernel": _kernels,
    "kernels": _kernels,
    "lane": _lanes,
    "lanes": _lanes,
    "suite": _cases,
    "list glob": _cases,
    "rule": _rules,
    "RULE": _rules,
    "run": _runs,
    "RUN": _runs,
    "bench-plots run": _sessions,
    "certify bench": _sessions,
    "gate base": _kernels_and_runs,
    "gate head": _kernels_and_runs,
    "profile": _profiles,
    "broken-drivers only": _drivers,
    "operator": _operators,
    "lint only": _tools,
    "selftest only": _parts,
}
