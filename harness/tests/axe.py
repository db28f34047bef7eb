# SPDX-License-Identifier: GPL-2.0
"""axe-core, which looks for what keeps people from using a page, from the npm registry.

The archive is kept in the cache, and used only if it is what INTEGRITY says.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tarfile
from pathlib import Path

import pytest

from svacheck.cachedirs import Cache, lock

NAME, VERSION = "axe-core", "4.14.1"
INTEGRITY = (
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)
_trouble: list[str] = []  # why it cannot be had: it is asked for once


def script() -> str:
    """The script that defines axe in a page."""
    cache = Cache.default()
    archive = cache.root / "npm" / f"{NAME}-{VERSION}.tgz"
    archive.parent.mkdir(exist_ok=True)
    with lock(archive.parent, lambda text: None):
        if not archive.is_file():
            _fetch(archive.parent)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != INTEGRITY:
        archive.unlink()
        raise AssertionError(f"{archive} is not the {NAME} {VERSION} that was looked at")
    with tarfile.open(archive) as files:
        file = files.extractfile("package/axe.min.js")
        assert file
        return file.read().decode()


def _fetch(folder: Path) -> None:
    """By npm, which runs nothing of the package."""
    if _trouble:
        pytest.skip(_trouble[0])
    wanted = ["npm", "pack", "--loglevel=error", "--ignore-scripts", f"{NAME}@{VERSION}"]
    try:
        done = subprocess.run(wanted, cwd=folder, capture_output=True, text=True, timeout=120)
        trouble = done.returncode and (done.stderr or done.stdout or "npm says nothing")
    except FileNotFoundError as error:
        raise AssertionError("npm is missing: apt-get install npm") from error
    except subprocess.TimeoutExpired as error:
        trouble = str(error)
    if trouble:  # who is cut off from the registry has not broken a page
        _trouble.append(f"cannot get {NAME} from npm's registry: {trouble}")
        pytest.skip(_trouble[0])
