# SPDX-License-Identifier: GPL-2.0
"""Who ran where: this program's own version and the host, for run.json."""

from __future__ import annotations

import os
import platform
from typing import Any

from svacheck import VERSION
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.places import ROOT
from svacheck.queries import ask


def describe_self(log: CommandLog) -> dict[str, Any]:
    """version, commit and dirty; the latter two None outside a git checkout."""
    commit = _git(log, "rev-parse", "--verify", "-q", "HEAD")
    changes = _git(log, "status", "--porcelain") if commit else None
    return {
        "version": VERSION,
        "commit": commit or None,
        "dirty": None if changes is None else bool(changes),
    }


def _git(log: CommandLog, *arguments: str) -> str | None:
    try:
        answer = ask(log, ["git", *arguments], ROOT)
    except Problem:
        return None
    return None if answer.status else answer.text


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
