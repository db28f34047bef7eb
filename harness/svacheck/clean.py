# SPDX-License-Identifier: GPL-2.0
"""svacheck clean: give the cache's disk space back. Runs are never touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from svacheck.cachedirs import Cache, lock
from svacheck.errors import EXIT_PASS, Problem


def clean(everything: bool, say: Callable[[str], None] = print) -> int:
    """Remove working copies and builds; everything: unpacked trees and compiler cache too.

    Waits for a run that uses what is to go.
    """
    cache = Cache.default()
    doomed = [folder for folder in sorted(cache.work("x").parent.glob("*")) if folder.is_dir()]
    if everything:
        doomed += [folder for folder in sorted(cache.pristine("").glob("*")) if folder.is_dir()]
        doomed += [folder for folder in (cache.ccache, cache.apt, cache.logs) if folder.is_dir()]
    for folder in doomed:
        with lock(folder, say):
            _remove(folder)
        say(f"removed {folder}")
    if not doomed:
        say(f"nothing to remove in {cache.root}")
    return EXIT_PASS


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise Problem(
            f"cannot remove it: {error.strerror}", str(error.filename or folder)
        ) from error
