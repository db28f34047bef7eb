# SPDX-License-Identifier: GPL-2.0
"""The command line of the doctor, also as a command of svacheck."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from typing import Optional, Sequence

from . import report
from .diagnose import NOT_USABLE, USABLE, NoSuchDevice, as_json, diagnose
from .root import Root

BRIEF = "why SVA will, or will not, work on this machine"
DESCRIPTION = """\
Look at the processor, the kernel, its command line, the IOMMUs and every PCI device, and say
what SVA needs of them, whether it is there, where that was read, and what to do if it is not.
Nothing is written to. Without root it says "not visible" of what only root may read: first of
all the capabilities of devices."""
EXAMPLES = """\
examples:
  {name}                             this machine
  {name} --device 0000:6a:01.0 -v    one device, with all that was looked at
  {name} --root /mnt/target          another root's /sys, /proc, /boot and /lib/modules
  {name} --json | jq .verdict        follows results/schema/doctor.schema.json

exit status: 0 at least one device (or the one named) can do SVA, 1 none can, 2 it cannot be
told from what is visible here, or usage"""
CAN, CANNOT, TROUBLE = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument("--device", metavar="BDF", default="", help="only this device")
    parser.add_argument(
        "--root", metavar="DIR", default="/", help="read /sys and /proc below this folder"
    )
    parser.add_argument(
        "--log", metavar="FILE", default="", help="the kernel's log, as dmesg prints it"
    )
    parser.set_defaults(level=report.NORMAL)
    level = parser.add_mutually_exclusive_group()
    quiet, loud = "only the verdict", "everything that was looked at, and where"
    level.add_argument(
        "-q", "--quiet", dest="level", action="store_const", const=report.QUIET, help=quiet
    )
    level.add_argument(
        "-v", "--verbose", dest="level", action="store_const", const=report.VERBOSE, help=loud
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the report")


def trouble(options: argparse.Namespace) -> str:
    """What is wrong with the options, or nothing."""
    if not os.path.isdir(options.root):
        return f"{options.root} is no folder (--root)"
    return ""


def run(options: argparse.Namespace) -> int:
    """Diagnose and print. Raises NoSuchDevice, and OSError if the log cannot be read."""
    diagnosis = diagnose(Root(options.root), options.device, options.log)
    if options.json:
        print(json.dumps(as_json(diagnosis), indent=1))
    else:
        report.show(diagnosis, options.level, sys.stdout, sys.stdout.isatty())
    return {USABLE: CAN, NOT_USABLE: CANNOT}.get(diagnosis.verdict, TROUBLE)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The doctor alone."""
    parser = argparse.ArgumentParser(
        prog="doctor",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=DESCRIPTION,
        epilog=EXAMPLES.format(name="doctor"),
    )
    add_arguments(parser)
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        wrong = trouble(options)
        status = TROUBLE if wrong else run(options)
        sys.stdout.flush()
    except NoSuchDevice as missing:
        wrong, status = f"there is no device {missing} (--device)", TROUBLE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return TROUBLE
    except OSError as error:
        wrong, status = f"{error.filename}: {error.strerror}", TROUBLE
    except KeyboardInterrupt:
        wrong, status = "interrupted", 130
    if wrong:
        print("doctor: " + report.visible(wrong), file=sys.stderr)
    return status
