# SPDX-License-Identifier: GPL-2.0
"""An archive that is sent from one to another, as a certificate is: a tar in xz of plain files,
the same bytes for the same files.

What is read back has to be made just as this module makes it: each header is compared with
the one that would be written, so that there is no room for links, devices or foreign paths.
The kit takes this along: it needs nothing that Python 3.8 does not have.
"""

from __future__ import annotations

import io
import lzma
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from svacheck.errors import Problem

BLOCK = 512
MOST_FILES = 20_000
LARGEST_FILE = 256 << 20
LARGEST = 1 << 30  # of all files together
LARGEST_PACKED = 256 << 20
MEMORY = 128 << 20  # that the decompressor may take
CHUNK = 1 << 20

_MAGIC = b"\xfd7zXZ\0"
_PART = re.compile(r"(?!\.\.?\Z)[A-Za-z0-9_+.,:=@-]{1,100}")
_LONGEST = 200
# Where a header has these
_NAME, _SIZE, _PREFIX = (0, 100), (124, 136), (345, 500)


@dataclass(frozen=True)
class Kind:
    """What an archive is. top: the folder that everything is in."""

    name: str
    top: str


CERTIFICATE = Kind("certificate", "certificate/")


class Damaged(Exception):
    """The archive was changed after it was made."""


def is_name(name: str, kind: Kind = CERTIFICATE) -> bool:
    """Whether a file of this name can be in an archive."""
    if len(name) > _LONGEST or not all(map(_PART.fullmatch, name.split("/"))):
        return False
    try:
        _header(name, 0, kind)
    except ValueError:  # no place in a header where it can be divided
        return False
    return True


def pack(files: Mapping[str, bytes], kind: Kind = CERTIFICATE) -> bytes:
    """The archive of these files."""
    packer = lzma.LZMACompressor(check=lzma.CHECK_SHA256, preset=6)
    out = io.BytesIO()
    for name in sorted(files):
        content = files[name]
        for piece in (
            _header(name, len(content), kind),
            content,
            b"\0" * (-len(content) % BLOCK),
        ):
            out.write(packer.compress(piece))
    out.write(packer.compress(b"\0" * (2 * BLOCK)))
    out.write(packer.flush())
    return out.getvalue()


def unpack(path: Path, kind: Kind = CERTIFICATE) -> dict[str, bytes]:
    """The files in an archive. Damaged: it was changed; Problem: it is none of ours."""
    try:
        with open(path, "rb") as file:
            packed = file.read(LARGEST_PACKED + 1)
    except OSError as error:
        raise Problem(f"cannot read the archive: {error.strerror}", str(path)) from error
    if len(packed) > LARGEST_PACKED:
        raise _refused(path, kind, f"it is larger than {LARGEST_PACKED >> 20} MiB")
    if not packed.startswith(_MAGIC):
        raise _refused(path, kind, "it is no xz")
    return _files(_Stream(packed, path, kind), path, kind)


class _Stream:
    """Unpacked bytes in pieces of any size, and no more of them than are allowed."""

    def __init__(self, packed: bytes, path: Path, kind: Kind) -> None:
        self._packer = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=MEMORY)
        self._packed = packed
        self._path = path
        self._kind = kind
        self._ready = bytearray()
        self.given = 0

    def take(self, size: int) -> bytes:
        """So many bytes; Damaged if there are fewer."""
        self._fill(size)
        if len(self._ready) < size:
            raise Damaged("the archive ends too early")
        piece = bytes(self._ready[:size])
        del self._ready[:size]
        self.given += size
        return piece

    def nothing_left(self) -> bool:
        """Whether that was all."""
        self._fill(1)
        return not self._ready and self._packer.eof and not self._packer.unused_data

    def _fill(self, size: int) -> None:
        while len(self._ready) < size and not self._packer.eof:
            try:
                self._ready += self._packer.decompress(self._packed, CHUNK)
            except lzma.LZMAError as error:
                if "memory" in str(error).lower():
                    raise _refused(self._path, self._kind, "it takes too much memory") from error
                raise Damaged(f"the archive is damaged: {error}") from error
            self._packed = b""
            if self._packer.needs_input and not self._packer.eof:
                raise Damaged("the archive ends too early")


def _files(stream: _Stream, path: Path, kind: Kind) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    while True:
        block = stream.take(BLOCK)
        if not any(block):
            break
        name, size = _read_header(block, path, kind)
        if len(files) == MOST_FILES:
            raise _refused(path, kind, f"it has more than {MOST_FILES} files")
        if size > LARGEST_FILE or stream.given + size > LARGEST:
            raise _refused(path, kind, f"{name} is too large")
        if files and name <= next(reversed(files)):
            raise _refused(path, kind, f"{name} is not in its place")
        content = stream.take(size)
        if any(stream.take(-size % BLOCK)):
            raise _refused(path, kind, f"something stands after {name}")
        files[name] = content
    if any(stream.take(BLOCK)) or not stream.nothing_left():
        raise Damaged("something stands after the end of the archive")
    return files


def _read_header(block: bytes, path: Path, kind: Kind) -> tuple[str, int]:
    """Name and size of a file; Problem unless the header is as we write it."""
    parts = [block[begin:end].rstrip(b"\0") for begin, end in (_PREFIX, _NAME)]
    try:
        whole = b"/".join(filter(None, parts)).decode("ascii")
        name, size = whole[len(kind.top) :], int(block[slice(*_SIZE)].rstrip(b"\0"), 8)
        if is_name(name, kind) and size >= 0 and _header(name, size, kind) == block:
            return name, size
    except ValueError:
        pass
    raise _refused(path, kind, "it holds what is no plain file, or was packed by another program")


def _header(name: str, size: int, kind: Kind) -> bytes:
    """Of POSIX's ustar. Made here, since tarfile makes another one in other versions of Python.

    ValueError: the name, or the size, has no place in it."""
    whole, prefix = (kind.top + name).encode("ascii"), b""
    parts = whole.split(b"/")
    for at in range(1, len(parts)):
        if len(whole) <= 100:
            break
        prefix, rest = b"/".join(parts[:at]), b"/".join(parts[at:])
        if len(prefix) <= 155 and len(rest) <= 100:
            whole = rest
    if len(whole) > 100 or size >= 8**11:
        raise ValueError("it has no place in a header")
    head = [whole.ljust(100, b"\0"), b"0000644\0", b"0000000\0" * 2]
    head += [b"%011o\0" % size, b"%011o\0" % 0]
    tail = [b"0", b"\0" * 100, b"ustar\x0000", b"\0" * 80, prefix.ljust(155, b"\0"), b"\0" * 12]
    before, after = b"".join(head), b"".join(tail)
    checksum = sum(before) + sum(after) + 8 * ord(" ")
    return before + b"%06o\0 " % checksum + after


def _refused(path: Path, kind: Kind, why: str) -> Problem:
    return Problem(f"this is no {kind.name} of svacheck: {why}", str(path))
