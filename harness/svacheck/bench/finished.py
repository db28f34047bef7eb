# SPDX-License-Identifier: GPL-2.0
"""What comes of a session of benchmarks, of kernels or of the suite itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finished:
    """A session that is over: its record, where it is stored, what a person sees of it."""

    record: dict[str, Any]
    folder: Path
    text: str
    status: int
