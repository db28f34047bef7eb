# SPDX-License-Identifier: GPL-2.0
"""The commands of the store on the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from svacheck.cliparts import command
from svacheck.errors import EXIT_PASS

if TYPE_CHECKING:
    from svacheck.cliparts import Commands


def add(commands: Commands) -> None:
    """reindex, and what asks the index."""
    command(
        commands,
        _reindex,
        "make the index of stored runs anew",
        "Make results/index.sqlite anew from what is stored, and name the folders that are left\n"
        "out because they are damaged. The commands that ask the index bring it up to date by\n"
        "themselves: this is for one that is not trusted any more.",
        "  svacheck reindex\n",
    )


def _reindex(options: argparse.Namespace) -> int:
    from svacheck.report import visible
    from svacheck.store.index import rebuilt, to_stderr

    with rebuilt(say=lambda line: None if " left out " in line else to_stderr(line)) as index:
        left_out = index.rows("SELECT folder, why FROM left_out ORDER BY folder")
        for folder, why in left_out:
            print(visible(f"left out {folder}: {why}"))
        runs, cases = index.rows("SELECT count(*), total(cases) FROM runs")[0]
        where = index.file or "memory, since no file can be written"
        print(f"{runs} runs with {cases:.0f} cases, {index.tally.added} records in all: {where}")
    return EXIT_PASS
