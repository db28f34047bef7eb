# SPDX-License-Identifier: GPL-2.0
"""Style is judged by the tools of Debian 12: what another version finds fails nobody."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence

# What they ask for changes from one version to the next
JUDGES: Mapping[str, str] = {
    "mypy": "1.0",
    "black": "23.1",
    "flake8": "5.0",
    "codespell": "2.2",
    "shellcheck": "0.9",
    "shfmt": "3.6",
}


def other_version(name: str, command: Sequence[str]) -> str:
    """The tool's version if it is not the one that judges; "" if it is, or has none."""
    try:
        asked = subprocess.run([*command, "--version"], stdout=subprocess.PIPE, text=True)
    except OSError:
        return ""
    found = re.search(r"\d+\.\d+(?:\.\d+)*", asked.stdout)
    if not found or (found[0] + ".").startswith(JUDGES[name] + "."):
        return ""
    return found[0]
