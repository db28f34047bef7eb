# SPDX-License-Identifier: GPL-2.0
"""svacheck export on the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from svacheck.cliparts import command
from svacheck.errors import EXIT_PASS, Problem

if TYPE_CHECKING:
    from svacheck.cliparts import Commands


def add(commands: Commands) -> None:
    """export."""
    made = command(
        commands,
        _export,
        "stored runs in the formats of dashboards and labs",
        "Print stored runs, or sessions of svacheck bench, in a format that others read. What\n"
        "kernels wrote is harmless in each: control characters are written out. A run without a\n"
        "verdict is an error or a failure in all of them.",
        "  svacheck export --list                         the formats, and what each takes\n"
        "  svacheck export junit last --output junit.xml\n"
        "  svacheck export kcidb 20261122T0930 20261122T0945\n"
        "  svacheck export prometheus last --output /var/lib/node_exporter/svacheck.prom\n"
        "  svacheck export csv bench-20261125T2010\n",
    )
    made.add_argument("format", metavar="FORMAT", nargs="?", help="one of --list")
    made.add_argument("runs", metavar="RUN", nargs="*", help='"last", an id or its beginning, ...')
    made.add_argument(
        "-o", "--output", metavar="PATH", type=Path, help="a file, or a folder if they are several"
    )
    made.add_argument("--list", action="store_true", help="only list the formats")


def _export(options: argparse.Namespace) -> int:
    from svacheck.export import document
    from svacheck.export.formats import FORMATS
    from svacheck.export.stored import find

    if options.list:
        for name, one in FORMATS.items():
            print(f"{name:<24} for {one.for_}; takes {' and '.join(one.takes)}")
        return EXIT_PASS
    chosen = FORMATS.get(options.format or "")
    if not chosen:
        what = f"no format {options.format!r}" if options.format else "no format is named"
        raise Problem(what, "export", f"formats are {', '.join(FORMATS)}")
    if not options.runs:
        raise Problem("no run is named", f"export {options.format}", '"last" is the newest')
    made = chosen.make(find(options.runs, chosen.takes))
    for file in document.write(made, options.output, sys.stdout):
        print(f"written: {file}", file=sys.stderr)
    return EXIT_PASS
