# SPDX-License-Identifier: GPL-2.0
"""Chart.js, as Debian has it."""

from __future__ import annotations

from pathlib import Path

from svacheck.errors import Problem

PACKAGE = "libjs-chart.js"
FILE = Path("/usr/share/javascript/chart.js/chart.min.js")


def library() -> bytes:
    """The script; Problem if the package is not installed."""
    try:
        return FILE.read_bytes()
    except OSError as error:
        raise Problem(
            "missing to draw charts: Chart.js", str(FILE), f"apt-get install {PACKAGE}"
        ) from error
