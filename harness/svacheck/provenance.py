# SPDX-License-Identifier: GPL-2.0
"""Who ran where: this program's own version and the host, for run.json."""

from __future__ import annotations

import os
import platform
import subprocess
from typing import Any

from svacheck import VERSION
from svacheck.places import ROOT


def describe_self() -> dict[str, Any]:
    """version, commit and dirty; the latter two None outside a git checkout."""
    commit = _git("rev-parse", "--verify", "-q", "HEAD")
    changes = _git("status", "--porcelain") if commit else None
    return {
        "version": VERSION,
        "commit": commit or None,
        "dirty": None if changes is None else bool(changes),
    }


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def describe_host() -> dict[str, Any]:
    """machine, kernel, cpus this process may use, 1-minute load, distribution."""
    try:
        distribution = platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
    except OSError:
        distribution = "unknown"
    return {
        "machine": platform.machine(),
        "kernel": platform.release(),
        "cpus": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "distribution": distribution,
    }
