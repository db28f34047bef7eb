# SPDX-License-Identifier: GPL-2.0
"""The module for one device: built here against the kernel's headers, loaded, and taken away."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Tuple

from svacheck.errors import Problem

from . import running

NAME = "svac_device"
LIMIT = 900  # seconds for each of its steps


def headers(folder: Path, device: str) -> Path:
    """Those of the kernel that runs; Problem if the module cannot be tried at all."""
    if not re.fullmatch(r"[a-z]+:[A-Za-z0-9_.:-]{1,100}", device):
        raise Problem("a device is a bus and a name, as pci:0000:6a:01.0", "--module")
    found = Path("/lib/modules") / platform.release() / "build"
    if not folder.is_dir():
        raise Problem("this kit has no module", str(folder), "one is made where kunit/device is")
    if not found.is_dir():
        remedy = "install the headers of the kernel that runs"
        raise Problem("there are no headers to build the module against", str(found), remedy)
    return found


def run(
    folder: Path, device: str, headers: Path, place: Path
) -> Tuple[Dict[str, Any], Dict[str, bytes]]:
    """Build it from folder in place, load it for the device, and unload it: what became of it,
    and the logs by their names."""
    source = place / "module"
    _ask(["cp", "-r", str(folder), str(source)])
    built, said = _ask(["make", "-C", str(source / "device"), f"KDIR={headers}"])
    logs = {"build.log": said}
    if built:
        return {"device": device, "built": False, "loaded": False}, logs
    log = running.KernelLog()
    loaded, said = _ask(["insmod", str(source / "device" / f"{NAME}.ko"), f"device={device}"])
    logs["insmod.log"] = said
    if not loaded:
        _, logs["rmmod.log"] = _ask(["rmmod", NAME])
    logs["kernel.log"] = log.lines()
    log.close()
    return {"device": device, "built": True, "loaded": not loaded}, logs


def _ask(argv: List[str]) -> Tuple[int, bytes]:
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return 1, f"{argv[0]}: {error}\n".encode()
    return done.returncode, done.stdout
