# SPDX-License-Identifier: GPL-2.0
"""svacheck submit on the command line."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from svacheck.cliparts import command
from svacheck.errors import EXIT_PASS, Problem

if TYPE_CHECKING:
    from svacheck.cliparts import Commands


def add(commands: Commands) -> None:
    """submit."""
    made = command(
        commands,
        _submit,
        "send stored runs to KernelCI or SQUAD",
        "Send stored runs to a receiver: first into a spool folder, then over HTTP, and again\n"
        "with --retry until it is taken. Nothing is sent unless an address is configured, in\n"
        "~/.config/svacheck/submit.toml or the environment:\n\n"
        "  [kcidb]                                        SVACHECK_KCIDB_URL\n"
        '  url = "https://staging.db.kernelci.org"        SVACHECK_KCIDB_TOKEN\n'
        '  token = "..."                                  SVACHECK_KCIDB_ORIGIN\n'
        '  origin = "my_lab"\n'
        "  [squad]                                        SVACHECK_SQUAD_URL, ..._TOKEN,\n"
        "  url, token, group, project                     ..._GROUP, ..._PROJECT",
        "  svacheck submit kcidb last --dry-run           what would be sent, and where\n"
        "  svacheck submit kcidb last\n"
        "  svacheck submit squad 20261122T0930 --to https://squad.example.org\n"
        "  svacheck submit --retry                        what was not taken and is due\n\n"
        "exit status: 0 all of it is taken, 2 it is not, or usage, 130 interrupted",
    )
    made.add_argument("format", metavar="FORMAT", nargs="?", help="kcidb or squad")
    made.add_argument("runs", metavar="RUN", nargs="*", help='"last", an id or its beginning, ...')
    made.add_argument("--to", metavar="ADDRESS", default="", help="in place of the configured one")
    made.add_argument(
        "--dry-run", action="store_true", help="print what would be sent; send nothing"
    )
    made.add_argument("--retry", action="store_true", help="send what waits in the spool")
    made.add_argument("--now", action="store_true", help="with --retry: also what is not due yet")


def _submit(options: argparse.Namespace) -> int:
    from svacheck.export.formats import FORMATS
    from svacheck.export.stored import find
    from svacheck.submit import settings, submit

    if options.retry:
        if options.format or options.to or options.dry_run:
            raise Problem("--retry sends what is spooled and takes nothing else", "submit")
        return submit.retry(_say, everything=options.now)
    if options.format not in settings.FORMATS:
        what = f"nobody receives {options.format!r}" if options.format else "no format is named"
        raise Problem(what, "submit", f"formats are {', '.join(settings.FORMATS)}")
    if not options.runs:
        raise Problem("no run is named", f"submit {options.format}", '"last" is the newest')
    stored = find(options.runs, FORMATS[options.format].takes)
    configured = settings.load(options.format, options.to)
    if options.dry_run:
        for one in submit.entries(stored, configured):
            shown = asdict(one)
            print(
                json.dumps({k: shown[k] for k in ("format", "address", "of", "fields")}, indent=1)
            )
        return EXIT_PASS
    return submit.submit(stored, configured, _say)


def _say(line: str) -> None:
    from svacheck.report import visible

    print(visible(line), flush=True)
