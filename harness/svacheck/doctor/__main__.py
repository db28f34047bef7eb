# SPDX-License-Identifier: GPL-2.0
"""The doctor alone: python3 -m svacheck.doctor, or python3 path/to/doctor."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path


def _adopt(folder: Path) -> str:
    """Make the folder a package by its path, so that no module of it stands for another's."""
    name = "svacheck_doctor"
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != folder]
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        sys.exit(f"doctor: {folder} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return name


if __name__ == "__main__":
    package = __package__ or _adopt(Path(__file__).resolve().parent)
    sys.exit(importlib.import_module(package + ".command").main())
