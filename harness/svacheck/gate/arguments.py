# SPDX-License-Identifier: GPL-2.0
"""The arguments of gate, b4-check and bisect."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from svacheck.gate.compare import CLASSES, FAIL_ON, SLOWER

TIMES = 3  # boots in which a failing case is run again
NOTHING = "none"  # of --fail-on
KNOWN = (*CLASSES, SLOWER)


def add_gate(made: argparse.ArgumentParser, folder: Callable[[str], Path]) -> None:
    """Those of gate. folder: makes a path of an argument."""
    which = (
        "a stored run (an id, its beginning, last, a folder), a kernel of configs/kernels.toml,"
        " a kernel tree, or a revision of the git tree that --kdir names"
    )
    made.add_argument("--base", metavar="X", required=True, help=which)
    head = made.add_mutually_exclusive_group(required=True)
    head.add_argument("--head", metavar="Y", help="what is compared with it; as --base")
    head.add_argument(
        "--mbox", metavar="FILE", help="or a patch series, applied to --base; - is standard input"
    )
    made.add_argument("--kdir", metavar="PATH", type=folder, help="a git tree; never written to")
    _add_policy(made)
    made.add_argument(
        "--bench",
        metavar="N",
        nargs="?",
        type=_times,
        const=0,
        help="also time both, booted in turns, N boots of each at most, as svacheck bench does:"
        " is it slower?",
    )
    made.add_argument(
        "--markdown", metavar="FILE", help="write the page for a mail there; - prints it instead"
    )


def add_b4_check(made: argparse.ArgumentParser, folder: Callable[[str], Path]) -> None:
    """Those of b4-check."""
    made.add_argument(
        "--kdir", metavar="PATH", type=folder, default=Path(), help="a git tree (default: here)"
    )
    made.add_argument(
        "--base", metavar="REV", default="HEAD", help="what the patch is for (default: HEAD)"
    )
    _add_policy(made)


def add_bisect(made: argparse.ArgumentParser, folder: Callable[[str], Path]) -> None:
    """Those of bisect."""
    made.add_argument(
        "--kdir", metavar="PATH", type=folder, required=True, help="a git tree; never written to"
    )
    made.add_argument("--good", metavar="REV", required=True, help="a revision that keeps the rule")
    made.add_argument("--bad", metavar="REV", required=True, help="a later one that breaks it")
    made.add_argument("--rule", metavar="ID", required=True, help="the rule, as in svacheck rules")


def add_how(made: argparse.ArgumentParser) -> None:
    """How a kernel is checked, for each of them."""
    made.add_argument("--lane", default="uml", help="a lane of configs/lanes.toml (default: uml)")
    made.add_argument("--suite", metavar="GLOB[,GLOB]", default="", help="as for svacheck check")
    made.add_argument("--strict", action="store_true", help="details count as the contract does")


def _add_policy(made: argparse.ArgumentParser) -> None:
    names = ", ".join(name.replace(" ", "-") for name in KNOWN)
    made.add_argument(
        "--fail-on",
        metavar="CLASS[,CLASS]",
        type=_classes,
        default=FAIL_ON,
        help=f"for which changes the exit status is 1, or {NOTHING}: {names}"
        f" (default: {','.join(name.replace(' ', '-') for name in FAIL_ON)})",
    )
    made.add_argument(
        "--again",
        metavar="N",
        type=_times,
        default=TIMES,
        help=f"boots in which a failing case runs again, alone; 0 for none (default: {TIMES})",
    )
    made.add_argument(
        "--fresh",
        action="store_true",
        help="build and boot a kernel also if a run of it, by this very svacheck, is stored",
    )


def _classes(text: str) -> tuple[str, ...]:
    if text == NOTHING:
        return ()
    chosen = tuple(name.strip().replace("-", " ") for name in text.split(","))
    for name in chosen:
        if name not in KNOWN:
            known = ", ".join(one.replace(" ", "-") for one in KNOWN)
            raise argparse.ArgumentTypeError(f"{name!r} is no class; they are {known}")
    return chosen


def _times(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 100")
    return int(text)
