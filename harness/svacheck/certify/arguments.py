# SPDX-License-Identifier: GPL-2.0
"""certify, verify and profiles on the command line."""

from __future__ import annotations

import argparse
import datetime
import os
from collections.abc import Callable
from pathlib import Path

from svacheck.errors import EXIT_FAIL, EXIT_PASS, Problem

EXITS = "exit status: 0 certified, 1 not certified, 2 no verdict or trouble, 130 interrupted"


def add_certify(made: argparse.ArgumentParser, folder: Callable[[str], Path]) -> None:
    """Those of certify, besides the kernel. folder: makes a path of an argument."""
    made.add_argument(
        "--profile", metavar="P", required=True, help="one of svacheck profiles, or a file"
    )
    what = made.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--lane", metavar="L[,L]", help="run these lanes, with all that they can tell"
    )
    what.add_argument(
        "--device", metavar="D", help="or take the newest run of it that svacheck import has stored"
    )
    what.add_argument(
        "--run",
        metavar="RUN",
        action="append",
        help="or take stored runs, as svacheck show names them; may be repeated",
    )
    made.add_argument(
        "--bench",
        metavar="RUN",
        default="",
        help="add what svacheck bench has stored of the kernel",
    )
    made.add_argument(
        "--waivers", metavar="FILE", type=folder, help="in place of configs/waivers.toml"
    )
    made.add_argument(
        "--out", metavar="DIR", type=folder, help="write it there (default: below results/)"
    )
    made.add_argument("--json", action="store_true", help="print certificate.json instead")


def certify(options: argparse.Namespace) -> int:
    """svacheck certify."""
    from svacheck import check
    from svacheck.certify import command
    from svacheck.progress import Progress

    if options.device:
        options.run = [command.run_of_device(options.device)]
    if options.run and (options.kernel or options.kdir or options.rounds or options.arg):
        raise Problem(
            "a stored run has its kernel, its rounds and its arguments already",
            "--device" if options.device else "--run",
            "leave --kernel, --kdir, --rounds and --arg to --lane",
        )
    how = check.Options(
        kernel=options.kernel,
        kdir=options.kdir and Path(os.path.abspath(options.kdir)),
        jobs=options.jobs,
        kernel_args=tuple(options.arg),
    )
    asked = command.Options(
        profile=options.profile,
        lanes=tuple(dict.fromkeys(options.lane.split(","))) if options.lane else (),
        runs=tuple(dict.fromkeys(options.run or ())),
        rounds=options.rounds,
        bench=options.bench,
        waivers=options.waivers,
        out=options.out,
        how=how,
    )
    done = command.certify(asked, Progress(quiet=options.json))
    if options.json:
        print((done.folder / "certificate.json").read_text(encoding="ascii"), end="")
    else:
        for line in command.report(done):
            print(line)
    return done.status


def verify(options: argparse.Namespace) -> int:
    """svacheck verify."""
    from svacheck.certify import verify as verifying

    today = datetime.datetime.now(datetime.timezone.utc).date()
    done = verifying.verify(options.file, today)
    for line in verifying.report(done):
        print(line)
    return EXIT_PASS if done.good else EXIT_FAIL


def profiles(options: argparse.Namespace) -> int:
    """svacheck profiles."""
    from svacheck import rulebook
    from svacheck.certify import listing, notes
    from svacheck.certify import profiles as known

    book = rulebook.load()
    if options.check:
        findings = known.check(book)
        for finding in findings:
            print(finding)
        if not findings:
            count = len(notes.load(book))
            print(f"{len(known.names())} profiles, {count} notes: each fits the rulebook")
        return EXIT_FAIL if findings else EXIT_PASS
    text = notes.listing(book) if options.notes else listing.listing(book, options.profile)
    print(text, end="")
    return EXIT_PASS
