# SPDX-License-Identifier: GPL-2.0
"""The commands of the guide: svacheck manpage and svacheck completion."""

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


def _manpage(options: argparse.Namespace) -> int:
    from svacheck.cli import parser
    from svacheck.guide.manpage import manpage

    print(manpage(parser()), end="")
    return EXIT_PASS


def _completion(options: argparse.Namespace) -> int:
    from svacheck.guide.completion import script

    print(script(options.shell))
    return EXIT_PASS
