# SPDX-License-Identifier: GPL-2.0
"""The man page has all that the parser has, and no formatter of man pages warns of it."""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path

import pytest

from svacheck import VERSION, cli
from svacheck.guide.manpage import manpage


@pytest.fixture(name="page")
def _page(tmp_path: Path) -> Path:
    path = tmp_path / "svacheck.1"
    path.write_text(manpage(cli.parser()), encoding="ascii")
    return path


def _read(page: Path) -> str:
    """As a reader sees it, in lines so long that none is broken."""
    argv = ["man", "--warnings", "--local-file", str(page)]
    environment = {"PATH": "/usr/bin:/bin", "MANWIDTH": "5000", "LC_ALL": "C.UTF-8"}
    said = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    assert not said.stderr
    return re.sub(r".\x08", "", said.stdout)


def test_man_shows_each_command_and_option_without_a_warning(page: Path) -> None:
    text = " ".join(_read(page).split())
    assert f"svacheck {VERSION}" in text
    for name, command in _commands(cli.parser()).items():
        assert f"svacheck {name} " in text
        for action in command._actions[1:]:  # the first one is --help, of each of them
            for option in action.option_strings:
                assert option in text, (name, option)
            if action.help and action.help != argparse.SUPPRESS and "%" not in action.help:
                assert " ".join(action.help.split()) in text, (name, action.dest)


def test_mandoc_has_nothing_to_say(page: Path) -> None:
    said = subprocess.run(["mandoc", "-T", "lint", str(page)], capture_output=True, text=True)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_what_troff_would_take_for_its_own_is_kept(tmp_path: Path) -> None:
    top = argparse.ArgumentParser(
        prog="svacheck", description=".it is\n'so' \\n", epilog="\n\n\n\n"
    )
    command = top.add_subparsers().add_parser("do", description="A -b ~/c ^d.")
    command.epilog = "examples:\n  .e -f"
    page = tmp_path / "page.1"
    page.write_text(manpage(top), encoding="ascii")
    text = " ".join(_read(page).split())
    for words in (".it is 'so' \\n", "A -b ~/c ^d.", ".e -f"):
        assert words in text


def _commands(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = next(a for a in top._actions if isinstance(a, argparse._SubParsersAction))
    return dict(found.choices)
