# SPDX-License-Identifier: GPL-2.0
"""An archive of files for a kernel to begin with."""

from __future__ import annotations

import stat
from pathlib import Path

from svacheck import cpio


def read(archive: bytes) -> dict[str, tuple[int, bytes]]:
    """Name to mode and content of each entry, as the format has them."""
    entries: dict[str, tuple[int, bytes]] = {}
    at = 0
    while at < len(archive):
        assert archive[at : at + 6] == b"070701" and at % 4 == 0
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = archive[at + 110 : at + 110 + length]
        assert name.endswith(b"\0")
        content = at + 110 + length + -(110 + length) % 4
        entries[name[:-1].decode()] = (mode, archive[content : content + size])
        at = content + size + -size % 4
    return entries


def test_folders_console_and_files(tmp_path: Path) -> None:
    for name, content in (("a", b""), ("b", b"12345")):
        (tmp_path / name).write_bytes(content)
    archive = tmp_path / "archive"
    files = {"init": tmp_path / "a", "x.ko": tmp_path / "b"}
    cpio.write(archive, ("dev", "sys"), files)
    entries = read(archive.read_bytes())
    assert list(entries) == ["dev", "sys", "dev/console", "init", "x.ko", "TRAILER!!!"]
    assert stat.S_ISDIR(entries["sys"][0]) and stat.S_ISCHR(entries["dev/console"][0])
    assert entries["x.ko"] == (stat.S_IFREG | 0o755, b"12345")
    before = archive.read_bytes()
    cpio.write(archive, ("dev", "sys"), files)
    assert archive.read_bytes() == before
