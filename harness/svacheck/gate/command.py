# SPDX-License-Identifier: GPL-2.0
"""The commands gate, b4-check and bisect: what they ask for and what they print."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from svacheck import check
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.gate import b4, mail, page, report
from svacheck.gate import bisect as bisecting
from svacheck.gate import gate as gating
from svacheck.progress import Progress


def gate(options: argparse.Namespace) -> int:
    """svacheck gate."""
    progress = Progress(quiet=options.level < 0, verbose=options.level > 0)
    asked = gating.Options(
        base=options.base,
        head=options.head or "",
        kdir=_absolute(options.kdir),
        patches=tuple(mail.series(*_mbox(options.mbox))) if options.mbox else (),
        patches_from=options.mbox or "",
        how=_how(options),
        fail_on=options.fail_on,
        times=options.again,
        fresh=options.fresh,
        bench=options.bench,
    )
    done = gating.gate(asked, progress)
    text = page.markdown(done.record, done.folder)
    if options.markdown and options.markdown != "-":
        _write(Path(options.markdown), text)
    if options.markdown == "-":
        sys.stdout.write(text)
    elif options.json:
        print(json.dumps(done.record, indent=1))
    else:
        report.show(done.record, done.folder, options.level, sys.stdout, sys.stdout.isatty())
    return done.status


def b4_check(options: argparse.Namespace) -> int:
    """svacheck b4-check."""
    asked = gating.Options(
        base=options.base,
        kdir=_absolute(options.kdir),
        how=_how(options),
        fail_on=options.fail_on,
        times=options.again,
        fresh=options.fresh,
    )
    results, status = b4.b4_check(asked, sys.stdin.buffer.read(), Progress(quiet=True))
    print(json.dumps(results, indent=1))
    return status


def bisect(options: argparse.Namespace) -> int:
    """svacheck bisect."""
    kdir = _absolute(options.kdir)
    assert kdir
    asked = bisecting.Options(kdir, options.good, options.bad, options.rule, _how(options))
    progress = Progress(quiet=options.level < 0, verbose=options.level > 0)
    done = bisecting.bisect(asked, progress)
    if options.json:
        print(json.dumps(bisecting.record(done, CommandLog()), indent=1))
    else:
        sys.stdout.write(bisecting.render(done))
    return done.status


def _how(options: argparse.Namespace) -> check.Options:
    return check.Options(
        suite=options.suite,
        jobs=options.jobs,
        implementations=tuple(Path(os.path.abspath(folder)) for folder in options.impl),
        lane=options.lane,
        strict=options.strict,
    )


def _absolute(path: Path | None) -> Path | None:
    return path and Path(os.path.abspath(path))


def _mbox(name: str) -> tuple[bytes, str]:
    """What a mbox holds, and its name."""
    if name == "-":
        return sys.stdin.buffer.read(), "standard input"
    try:
        return Path(name).expanduser().read_bytes(), name
    except OSError as error:
        raise Problem(f"cannot read the patch series: {error.strerror}", name) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Problem(f"cannot write the page: {error.strerror}", str(path)) from error
