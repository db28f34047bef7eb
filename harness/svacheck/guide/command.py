# SPDX-License-Identifier: GPL-2.0
"""The commands of the guide: svacheck docs, manpage and completion."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from svacheck.cliparts import command
from svacheck.errors import EXIT_PASS
from svacheck.guide.completion import SHELLS

if TYPE_CHECKING:
    from svacheck.cliparts import Commands


def add(commands: Commands) -> None:
    """Add them to the command line."""
    command(
        commands,
        _docs,
        "make the pages of docs/ that are made",
        "Write docs/rules.md from the rulebook and docs/architecture.svg from architecture.dot,\n"
        "in a checkout. It needs Debian's graphviz. The tests fail while one of them is stale.",
        "  svacheck docs\n",
    )
    command(
        commands,
        _manpage,
        "print the man page svacheck(1)",
        "Print the man page, which is made from the help of all commands.",
        "  svacheck manpage | man -l -\n  svacheck manpage >/usr/local/share/man/man1/svacheck.1\n",
    )
    made = command(
        commands,
        _completion,
        "print what makes a shell complete commands and their values",
        "Print what the shell has to evaluate. Kernels, lanes, suites, cases, rules, profiles and\n"
        "stored runs are completed as well. It needs Debian's python3-argcomplete.",
        '  eval "$(scripts/svacheck completion bash)"    in ~/.bashrc\n'
        "  svacheck completion fish | source\n",
    )
    made.add_argument("shell", choices=SHELLS, help="of which shell")


def _docs(options: argparse.Namespace) -> int:
    from svacheck import rulebook
    from svacheck.guide.picture import picture
    from svacheck.guide.rulespage import rules_page
    from svacheck.places import ROOT, require_checkout

    require_checkout("docs")
    docs = ROOT / "docs"
    pages = {
        "rules.md": rules_page(rulebook.load(), "markdown"),
        "architecture.svg": picture(docs / "architecture.dot", docs / "picture.css"),
    }
    for name, text in pages.items():
        (docs / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")
    return EXIT_PASS


def _manpage(options: argparse.Namespace) -> int:
    from svacheck.cli import parser
    from svacheck.guide.manpage import manpage

    print(manpage(parser()), end="")
    return EXIT_PASS


def _completion(options: argparse.Namespace) -> int:
    from svacheck.guide.completion import script

    print(script(options.shell))
    return EXIT_PASS
