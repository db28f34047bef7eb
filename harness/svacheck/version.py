# SPDX-License-Identifier: GPL-2.0
"""What svacheck --version says: the version, and of a checkout the revision as well."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from svacheck import VERSION
from svacheck.places import ROOT


def version(root: Path = ROOT) -> str:
    """Such as "0.1.0", or "0.1.0 (e23813b-dirty)" in a checkout of git."""
    revision = _revision(root) if (root / ".git").exists() else ""
    return f"{VERSION} ({revision})" if revision else VERSION


def _revision(root: Path) -> str:
    argv = [
        "git",
        "--no-optional-locks",
        "-C",
        str(root),
        "describe",
        "--tags",
        "--always",
        "--dirty",
    ]
    try:
        asked = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""


class ShowVersion(argparse.Action):
    """--version; asks git only if it is given."""

    def __init__(self, option_strings: Sequence[str], dest: str, **_: Any) -> None:
        text = "the version, and of a checkout its revision"
        super().__init__(option_strings, argparse.SUPPRESS, 0, default=argparse.SUPPRESS, help=text)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"{parser.prog} {version()}")
        sys.exit(0)
