# SPDX-License-Identifier: GPL-2.0
"""What machine this is: files that say so, and what the doctor thinks of it."""

from __future__ import annotations

import gzip
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

LARGEST = 1 << 20  # of one file that is taken along
_FILES = {
    "cmdline": "/proc/cmdline",
    "version": "/proc/version",
    "os-release": "/etc/os-release",
    "modules": "/proc/modules",
    "tainted": "/proc/sys/kernel/tainted",
}


def host() -> Dict[str, Any]:
    """As a run.json has it."""
    name = "unknown"
    for line in _read("/etc/os-release").decode("utf-8", "replace").splitlines():
        if line.startswith("PRETTY_NAME="):
            name = line.partition("=")[2].strip('"')
    return {
        "machine": platform.machine(),
        "kernel": platform.release(),
        "cpus": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "distribution": name,
    }


def files(doctor: Path) -> Dict[str, bytes]:
    """By the names that they have in the results. doctor: its folder."""
    found = {name: _read(path) for name, path in _FILES.items()}
    found["cpu"] = _read("/proc/cpuinfo").partition(b"\n\n")[0] + b"\n"
    found["config"] = _config()
    for name, words in (("doctor.json", ["--json"]), ("doctor.txt", ["-v"])):
        found[name] = _ask(doctor, words)
    return {name: content for name, content in found.items() if content}


def _config() -> bytes:
    packed = _read("/proc/config.gz")
    try:
        return gzip.decompress(packed)[:LARGEST] if packed else _boot_config()
    except (OSError, EOFError):
        return b""


def _boot_config() -> bytes:
    return _read("/boot/config-" + platform.release())


def _ask(doctor: Path, words: List[str]) -> bytes:
    argv = [sys.executable, "-B", str(doctor), *words]
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"the doctor did not answer: {error}\n".encode()
    return done.stdout[:LARGEST]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST)
    except OSError:
        return b""
