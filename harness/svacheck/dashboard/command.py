# SPDX-License-Identifier: GPL-2.0
"""svacheck dashboard and svacheck serve."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from svacheck.cliparts import command
from svacheck.errors import EXIT_PASS

if TYPE_CHECKING:
    from svacheck.cliparts import Commands

FOLDER = "dashboard"  # below the results


def add(commands: Commands) -> None:
    """Both commands."""
    made = command(
        commands,
        _dashboard,
        "what is stored, as a site of pages",
        "Write a static site of all that is stored: runs, rules, comparisons, metrics, matrices,\n"
        "certificates. It needs no server and no network: open its index.html.",
        "  svacheck dashboard\n  svacheck dashboard --out /srv/www/svacheck\n",
    )
    made.add_argument("--out", metavar="DIR", help="the folder (results/dashboard)")
    made.add_argument("-q", "--quiet", action="store_true", help="say nothing but the folder")
    served = command(
        commands,
        _serve,
        "look at the dashboard in a browser of this machine",
        "Serve the dashboard on this machine alone until Ctrl-C, which ends it with status 130.",
        "  svacheck serve\n  svacheck serve --port 8000 --dir /srv/www/svacheck\n",
    )
    served.add_argument("--dir", metavar="DIR", help="a dashboard (results/dashboard)")
    served.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port (one that is free)"
    )


def _folder(given: str | None) -> Path:
    from svacheck.places import results_folder

    return Path(given).expanduser().absolute() if given else results_folder() / FOLDER


def _dashboard(options: argparse.Namespace) -> int:
    from svacheck.dashboard.site import build
    from svacheck.dashboard.stored import Stored
    from svacheck.judged import number
    from svacheck.places import results_folder
    from svacheck.progress import Progress
    from svacheck.store.index import opened

    progress, results = Progress(quiet=options.quiet), results_folder()
    with progress.phase("index"):
        index = opened(results, progress.note)
    with index:
        built = build(Stored(index), results, _folder(options.out), progress)
    if not options.quiet:
        unread = f", {built.unread} of which cannot be read" if built.unread else ""
        print(f"{number(built.pages, 'page')} of {number(built.runs, 'run')}{unread}")
    print(built.folder / "index.html")
    return EXIT_PASS


def _serve(options: argparse.Namespace) -> int:
    from svacheck.dashboard.serve import serve

    return serve(_folder(options.dir), options.port)
