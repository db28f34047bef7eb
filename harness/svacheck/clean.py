# SPDX-License-Identifier: GPL-2.0
"""svacheck clean: give the cache's disk space back. Runs are never touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from svacheck.cachedirs import Cache, lock
from svacheck.errors import EXIT_PASS, Problem
from svacheck.kernels import load_kernels


def clean(everything: bool, say: Callable[[str], None] = print) -> int:
    """Remove working copies and builds; everything: unpacked trees and compiler cache too.

    Waits for a run that uses what is to go.
    """
    cache = Cache.default()
    with ExitStack() as unpacking:
        if everything:
            for source in load_kernels().values():
                unpacking.enter_context(lock(cache.pristine(source.package), say))
                if source.headers:
                    unpacking.enter_context(lock(cache.stock(source.headers), say))
        doomed = _folders(cache.work("x").parent)
        if everything:
            doomed += _folders(cache.pristine("")) + _folders(cache.emulator(""))
            doomed += [path for path in (cache.stock(""),) if path.is_dir()]
            doomed += [path for path in (cache.ccache, cache.apt, cache.logs) if path.is_dir()]
        for folder in doomed:
            with lock(folder, say):
                _remove(folder)
            say(f"removed {folder}")
    if not doomed:
        say(f"nothing to remove in {cache.root}")
    return EXIT_PASS


def _folders(parent: Path) -> list[Path]:
    return [folder for folder in sorted(parent.glob("*")) if folder.is_dir()]


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise Problem(
            f"cannot remove it: {error.strerror}", str(error.filename or folder)
        ) from error
