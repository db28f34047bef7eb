# SPDX-License-Identifier: GPL-2.0
"""What each part of the command line is made of.

A part with commands of its own has a module with add(commands) in it, which cli.PARTS names;
what such a module imports at its top is loaded by every command, so it imports there nothing heavy.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

Handler = Callable[[argparse.Namespace], int]

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def command(
    commands: Commands, handler: Handler, brief: str, text: str, examples: str
) -> argparse.ArgumentParser:
    """One more command, called as its handler is, whose help shows examples."""
    made = commands.add_parser(
        handler.__name__.removeprefix("_").replace("_", "-"),
        help=brief,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=text,
        epilog="examples:\n" + examples,
    )
    made.set_defaults(handler=handler)
    return made
