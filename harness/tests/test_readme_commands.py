# SPDX-License-Identifier: GPL-2.0
"""Every command that a document tells to type is one that the command line takes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from svacheck import cli
from svacheck.places import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS += [ROOT / "results" / "README.md"]

# Indented lines with their continuations, after a prompt, and what stands between backquotes
_INDENTED = re.compile(r"^ {4,}((?:[^\n]*\\\n)*[^\n]*)$", re.MULTILINE)
_PROMPT = re.compile(r"^\$ (.*)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_COMMAND = re.compile(r"(?:make|\.?/?scripts/(?:svacheck|check|test|roots|deb)|svacheck)(?: |$)")
ANY = "COMMAND"
STAND_IN = """#!/usr/bin/python3
import json, sys
print(json.dumps(sys.argv[1:]))
"""


def commands(text: str) -> list[str]:
    """The commands of this project that a document names, without comments and pipes."""
    found = [line.replace("\\\n", " ") for line in _INDENTED.findall(text)]
    found += _PROMPT.findall(text)
    found += [" ".join(words.split()) for words in _INLINE.findall(text)]
    found = [re.split(r"\s+#|\s*[|>]|;|&&|\s{2,}", words.strip())[0] for words in found]
    return list(dict.fromkeys(words for words in found if _COMMAND.match(words)))


TYPED = [
    pytest.param(words, id=f"{document.stem}: {words}")
    for document in DOCUMENTS
    for words in commands(document.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module", name="front")
def _front(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Makefile with an svacheck that tells its arguments."""
    folder = tmp_path_factory.mktemp("front")
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "scripts").mkdir()
    for name in ("svacheck", "deb", "roots"):
        (folder / "scripts" / name).write_text(STAND_IN)
        (folder / "scripts" / name).chmod(0o755)
    return folder


def test_there_are_commands() -> None:
    assert len(TYPED) > 60


@pytest.mark.parametrize("words", TYPED)
def test_command_is_one(words: str, front: Path) -> None:
    program, *arguments = shlex.split(words)
    if program == "make" and arguments[:1] == ["-C"]:
        assert (ROOT / arguments[1] / "Makefile").is_file()
        return
    if program.endswith(("/check", "/test")):
        program, arguments = "make", [Path(program).name, *arguments]
    if program == "make":
        makefile = (front / "Makefile").read_text()
        for name in (word.partition("=")[0] for word in arguments if "=" in word):
            assert re.search(rf"\$\(?{name}\b", makefile), f"no setting {name}"
        # By its name alone a target that takes settings is only spoken of
        dry = [] if "=" in words or arguments in (["check"], ["test"]) else ["--dry-run"]
        argv: list[str | Path] = ["make", "--no-print-directory", "-C", front, *dry, *arguments]
        done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
        if not done.stdout.startswith("["):
            return  # no command of svacheck
        arguments = json.loads(done.stdout)
    elif program.endswith(("/roots", "/deb")):
        return
    if len(arguments) == 1:
        arguments.append("--help")  # by its name alone a command is only spoken of
    if arguments and arguments[0] != ANY:
        parsed(arguments)


def parsed(arguments: list[str]) -> None:
    """What the parser takes, and says of it if that is nothing but --help."""
    try:
        cli.parser().parse_args(arguments)
    except SystemExit as ended:
        assert not ended.code, f"the command line does not take {shlex.join(arguments)}"


def test_what_is_no_command_is_found_out(front: Path) -> None:
    for words in ("svacheck check --kernels 6.1", "make check MOON=6.1", "scripts/svacheck moon"):
        with pytest.raises(AssertionError):
            test_command_is_one(words, front)
    with pytest.raises(subprocess.CalledProcessError):
        test_command_is_one("make moon", front)
