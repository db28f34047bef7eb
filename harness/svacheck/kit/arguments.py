# SPDX-License-Identifier: GPL-2.0
"""kit and import on the command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from svacheck.errors import EXIT_PASS


def add_kit(made: argparse.ArgumentParser, folder: Callable[[str], Path]) -> None:
    """Those of kit, besides the kernel. folder: makes a path of an argument."""
    made.add_argument(
        "--driver", metavar="D", action="append", default=[], help="only this one; may be repeated"
    )
    made.add_argument(
        "--models", action="store_true", help="also for models, to try the kit itself"
    )
    made.add_argument("--out", metavar="FILE", type=folder, help="the archive (below results/)")


def kit(options: argparse.Namespace, kdir: Path | None) -> int:
    """svacheck kit."""
    from svacheck.kit import make
    from svacheck.progress import Progress

    asked = make.Options(
        kernel=options.kernel,
        kdir=kdir,
        drivers=tuple(dict.fromkeys(options.driver)),
        models=options.models,
        jobs=options.jobs,
        out=options.out and Path(os.path.abspath(options.out)),
    )
    out = make.make(asked, Progress(quiet=True))
    print(f"kit    {out}, {out.stat().st_size >> 10} KiB")
    print(f"there  tar xf {out.name} && cd {make.TOP} && ./run")
    return EXIT_PASS


def import_(options: argparse.Namespace) -> int:
    """svacheck import."""
    from svacheck import report
    from svacheck.kit import importing
    from svacheck.progress import Progress

    done = importing.take_in(options.file, Progress(quiet=True))
    if options.json:
        print(json.dumps(done.run, indent=1))
    else:
        report.show(done.run, done.folder, options.level, sys.stdout, sys.stdout.isatty())
    if done.trouble:
        raise done.trouble
    return done.status
