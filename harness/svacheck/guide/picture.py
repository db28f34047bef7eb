# SPDX-License-Identifier: GPL-2.0
"""docs/architecture.svg: drawn by Graphviz from its text, in colours for light and for dark."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from svacheck.errors import Problem


def picture(source: Path, style: Path) -> str:
    """The picture as SVG, with the style in it. Problem without Graphviz, or if it refuses."""
    try:
        drawn = subprocess.run(["dot", "-Tsvg", str(source)], capture_output=True, text=True)
    except OSError as error:
        raise Problem("cannot draw", "dot", "apt-get install graphviz") from error
    if drawn.returncode:
        raise Problem(f"cannot draw: {drawn.stderr.strip()}", str(source))
    svg = re.sub(r"<!--.*?-->\n", "", drawn.stdout, flags=re.DOTALL)  # versions, names of nodes
    head = re.search(r"<svg[^>]*>\n", svg)
    assert head
    return f"{svg[:head.end()]}<style>\n{style.read_text()}</style>\n{svg[head.end():]}"


def words(svg: str) -> list[str]:
    """What the picture says, wherever that stands: versions of Graphviz draw it elsewhere."""
    return sorted(re.findall(r"<(?:title|text)[^>]*>([^<]*)<", svg))
