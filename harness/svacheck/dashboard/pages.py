# SPDX-License-Identifier: GPL-2.0
"""Templates: every text is made visible and escaped on its way into a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from svacheck.dashboard.names import file_of, shown
from svacheck.dashboard.shown import family
from svacheck.judged import number

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
# name of a page at the top, its heading
SECTIONS = (
    ("index", "Overview"),
    ("rules", "Rules"),
    ("runs", "Runs"),
    ("compare", "Compare"),
    ("gates", "Gates"),
    ("metrics", "Metrics"),
    ("drivers", "Broken drivers"),
    ("mutants", "Mutants"),
    ("certificates", "Certificates"),
    ("issues", "Known issues"),
)


class Pages:
    """Writes pages below a folder, and knows which there are: nothing links to one that is not."""

    def __init__(self, out: Path, made: Mapping[str, str]) -> None:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        self.out = out
        self._written: set[str] = set()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        # As the data of the pages has it
        self._templates.filters["urlencode"] = lambda text: quote(shown(text), safe="")
        self._templates.filters["brief"] = brief
        self._templates.globals.update(sections=SECTIONS, made=made, file_of=file_of)
        self._templates.globals.update(number=number, family=family, exists=self.exists)

    def write(self, path: str, template: str, **values: Any) -> None:
        """One page, at a path below the folder."""
        root = "../" * path.count("/")
        text = self._templates.get_template(f"{template}.html.j2").render(
            page=template, root=root, **values
        )
        file = self.out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self._written.add(path)

    def exists(self, path: str) -> bool:
        """Whether it has been written already."""
        return path in self._written

    def __len__(self) -> int:
        return len(self._written)


def brief(text: str, most: int = 240) -> str:
    """The text, or its beginning if it is long."""
    return text if len(text) <= most else text[:most] + " [...]"


def _finalize(value: Any) -> Any:
    # What a macro has made is escaped already, and of several lines
    return shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
