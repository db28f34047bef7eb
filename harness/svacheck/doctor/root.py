# SPDX-License-Identifier: GPL-2.0
"""Reading a machine's files, or those of a copy of them, whoever wrote them.

Nothing here raises: what cannot be read is absent or denied. Links do not lead out of the
root, and nothing but regular files is opened.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import List, Optional

READ, ABSENT, DENIED = "read", "absent", "denied"
MOST = 32 << 20  # bytes of a file
LONGEST = 200  # characters of a value


@dataclass(frozen=True)
class Content:
    """What a file holds, or why that is not known. size: of the whole, as the file claims."""

    state: str
    data: bytes = b""
    size: int = 0

    @property
    def text(self) -> str:
        """As text, with what is not UTF-8 written out."""
        return self.data.decode("utf-8", "backslashreplace")


class Root:
    """The folder that holds /sys, /proc and so on."""

    def __init__(self, path: str = "/") -> None:
        self.path = path
        self._base = os.path.realpath(path)

    @property
    def is_here(self) -> bool:
        """Whether this is the running machine itself."""
        return self._base == "/"

    def real(self, name: str) -> Optional[str]:
        """The path below the root that name leads to; None if it leads out of it."""
        full = os.path.realpath(os.path.join(self._base, name))
        inside = self._base.rstrip("/") + "/"
        return full[len(inside) :] if full.startswith(inside) else None

    def read(self, name: str, most: int = MOST) -> Content:
        """The content of a file, at most so many bytes of it."""
        inside = self.real(name)
        if inside is None:
            return Content(ABSENT)
        try:
            handle = os.open(os.path.join(self._base, inside), os.O_RDONLY | os.O_NONBLOCK)
        except PermissionError:
            return Content(DENIED)
        except (OSError, ValueError):
            return Content(ABSENT)
        with os.fdopen(handle, "rb", buffering=0) as file:
            return _drain(file.fileno(), most)

    def value(self, name: str) -> str:
        """A short text, as sysfs has them; empty if there is none."""
        return self.read(name, 4096).text.strip()[:LONGEST]

    def names(self, folder: str) -> List[str]:
        """The names in a folder, sorted; none if it cannot be read."""
        inside = self.real(folder)
        if inside is None:
            return []
        try:
            return sorted(os.listdir(os.path.join(self._base, inside)))
        except (OSError, ValueError):
            return []

    def there(self, name: str) -> bool:
        """Whether there is anything of that name."""
        inside = self.real(name)
        return inside is not None and os.path.lexists(os.path.join(self._base, inside))

    def link(self, name: str) -> str:
        """The last part of where a link leads; empty if it is none, or leads out of the root."""
        inside = self.real(os.path.dirname(name))
        if inside is None or not os.path.islink(
            os.path.join(self._base, inside, os.path.basename(name))
        ):
            return ""
        return os.path.basename(self.real(name) or "")[:LONGEST]


def _drain(handle: int, most: int) -> Content:
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            return Content(ABSENT)
        parts = []
        while most > 0:
            part = os.read(handle, min(most, 1 << 20))
            if not part:
                break
            parts.append(part)
            most -= len(part)
    except PermissionError:
        return Content(DENIED)
    except OSError:
        return Content(ABSENT)
    return Content(READ, b"".join(parts), about.st_size)
