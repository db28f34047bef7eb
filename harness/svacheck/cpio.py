# SPDX-License-Identifier: GPL-2.0
"""Write an initramfs: an archive in the one format of cpio that the kernel reads.

Format: Documentation/driver-api/early-userspace/buffer-format.rst of the kernel.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

TRAILER = "TRAILER!!!"
CONSOLE = (5, 1)  # major and minor number of /dev/console


def write(archive: Path, folders: Sequence[str], files: Mapping[str, Path]) -> None:
    """An archive of these folders, /dev/console in dev, and of files, by their names there.

    No name begins with a slash. Equal contents make equal archives."""
    parts = [_entry(n, name, stat.S_IFDIR | 0o755) for n, name in enumerate(folders, start=1)]
    number = len(parts) + 1
    parts.append(_entry(number, "dev/console", stat.S_IFCHR | 0o600, device=CONSOLE))
    for name, path in files.items():
        number += 1
        parts.append(_entry(number, name, stat.S_IFREG | 0o755, path.read_bytes()))
    parts.append(_entry(0, TRAILER, 0))
    archive.write_bytes(b"".join(parts))


def _entry(
    number: int, name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)
) -> bytes:
    path = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    return _padded(head) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
