# SPDX-License-Identifier: GPL-2.0
"""TAB in a real bash: commands, options, and the values that sources and runs give."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from svacheck import cli
from svacheck.guide import completion
from svacheck.places import ROOT

SVACHECK = ROOT / "scripts" / "svacheck"

# What bash does at TAB: COMP_* are set, the function runs, COMPREPLY is what it offers
TAB = """
eval "$("$1" completion bash)"
COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9
read -r -a COMP_WORDS <<<"$2"
[[ $2 != *' ' ]] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_python_argcomplete "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" \
    2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(line: str) -> list[str]:
    """What bash offers at the end of the line, which begins with "svacheck"."""
    argv = ["bash", "--norc", "-c", TAB, "bash", str(SVACHECK), line]
    said = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [word.strip() for word in said.splitlines() if word.strip()]


@pytest.mark.parametrize(
    "line, words",
    [
        ("svacheck broken", ["broken-drivers"]),
        ("svacheck check --al", ["--allow-known"]),
        ("svacheck check --kernel 6.", ["6.1", "6.12"]),
        ("svacheck check --lane vt", ["vtd"]),
        ("svacheck matrix --kernels 6.1,7.", ["6.1,7.2", "6.1,7.3"]),
        ("svacheck check --suite svac_pasi", ["svac_pasid"]),
        ("svacheck bisect --rule PASID-00", [f"PASID-00{nth}" for nth in range(1, 10)]),
        ("svacheck certify --profile carried", ["carried-api"]),
        ("svacheck lint --only shf", ["shfmt"]),
        ("svacheck completion z", ["zsh"]),
        ("svacheck check --kernel moon", []),
    ],
)
def test_bash_completes(line: str, words: list[str]) -> None:
    assert set(words) <= set(offered(line)) and bool(words) == bool(offered(line))


def test_bash_completes_the_runs_that_are_stored(results: Path) -> None:
    run = results / "20261122T093000Z-6.1.192-uml-1a2b3c"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({}))
    (results / "gate-20261122T093000Z-6.1.192-uml-1a2b3d").mkdir()
    assert offered("svacheck show 2026") == [run.name]
    assert "last" in offered("svacheck show ")


def test_every_value_that_is_known_belongs_to_an_argument() -> None:
    names = {
        name
        for command in completion._commands(cli.parser())
        for action in command._actions
        for name in (
            f"{command.prog.split()[-1]} {action.dest}",
            action.dest,
            str(action.metavar or ""),
        )
    }
    assert set(completion.KNOWN) - {"RULE"} <= names
