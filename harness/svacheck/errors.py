# SPDX-License-Identifier: GPL-2.0
"""The one way this program says that something is wrong."""

from __future__ import annotations

EXIT_PASS = 0
EXIT_FAIL = 1
EXIT_TROUBLE = 2
EXIT_INTERRUPTED = 130


class Problem(Exception):
    """Usage or infrastructure trouble: no verdict could be reached (exit status 2).

    what: what went wrong; where: the file, command or setting it went wrong in;
    remedy: what the reader can do next. Each is one line without a full stop.
    """

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        text = self.what
        if self.where:
            text += f" ({self.where})"
        if self.remedy:
            text += f"; {self.remedy}"
        return text
