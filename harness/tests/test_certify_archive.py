# SPDX-License-Identifier: GPL-2.0
"""Archives that nobody of good will has made are refused, before anything in them is used."""

from __future__ import annotations

import io
import lzma
import tarfile
from pathlib import Path

import pytest

from svacheck import cli
from svacheck.certify import archive
from svacheck.certify.archive import CERTIFICATE, Damaged
from svacheck.errors import Problem

FILES = {"certificate.json": b"{}\n", "runs/r/boots/main+1.console": b"x" * 1000, "runs/r/z": b""}


def xz(content: bytes) -> bytes:
    return lzma.compress(content)


def unpack(tmp_path: Path, packed: bytes) -> dict[str, bytes]:
    path = tmp_path / "c.tar.xz"
    path.write_bytes(packed)
    return archive.unpack(path)


def tar(*members: tuple[tarfile.TarInfo, bytes], format: int = tarfile.USTAR_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as made:
        for info, content in members:
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    info.mode = 0o644
    return info


def test_there_and_back(tmp_path: Path) -> None:
    assert unpack(tmp_path, archive.pack(FILES)) == FILES
    with tarfile.open(tmp_path / "c.tar.xz") as made:
        assert made.getnames() == [CERTIFICATE.top + name for name in sorted(FILES)]


@pytest.mark.parametrize(
    "info",
    [
        member("/etc/passwd"),
        member("../x"),
        member(CERTIFICATE.top + "../x"),
        member(CERTIFICATE.top + "a/../../x"),
        member(CERTIFICATE.top + "a//b"),
        member(CERTIFICATE.top + "./a"),
        member(CERTIFICATE.top + "a b"),
        member(CERTIFICATE.top + "a\\b"),
        member(CERTIFICATE.top + "\x1b[2Ja"),
        member(CERTIFICATE.top),
        member("elsewhere/a"),
        member(CERTIFICATE.top + "a", tarfile.SYMTYPE, "/etc/passwd"),
        member(CERTIFICATE.top + "a", tarfile.LNKTYPE, CERTIFICATE.top + "b"),
        member(CERTIFICATE.top + "a", tarfile.DIRTYPE),
        member(CERTIFICATE.top + "a", tarfile.CHRTYPE),
        member(CERTIFICATE.top + "a", tarfile.FIFOTYPE),
        member(CERTIFICATE.top + "a", tarfile.CONTTYPE),
        member(CERTIFICATE.top + "a", tarfile.GNUTYPE_SPARSE),
    ],
    ids=repr,
)
def test_what_is_no_plain_file(tmp_path: Path, info: tarfile.TarInfo) -> None:
    with pytest.raises(Problem, match="no certificate of svacheck"):
        unpack(tmp_path, xz(tar((info, b""))))


def test_extensions_of_tar(tmp_path: Path) -> None:
    long = member(CERTIFICATE.top + "x" * 150)
    for format in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        with pytest.raises(Problem, match="no plain file"):
            unpack(tmp_path, xz(tar((long, b"x"), format=format)))
    info = member(CERTIFICATE.top + "a")
    info.pax_headers = {"path": "/etc/passwd"}
    with pytest.raises(Problem, match="no plain file"):
        unpack(tmp_path, xz(tar((info, b"x"), format=tarfile.PAX_FORMAT)))


def test_a_file_that_is_there_twice(tmp_path: Path) -> None:
    twice = tar((member(CERTIFICATE.top + "a"), b"1"), (member(CERTIFICATE.top + "a"), b"2"))
    with pytest.raises(Problem, match="not in its place"):
        unpack(tmp_path, xz(twice))


def test_something_between_and_after(tmp_path: Path) -> None:
    one = archive.pack({"a": b"1"})
    plain = bytearray(lzma.decompress(one))
    plain[archive.BLOCK + 1] = 1
    with pytest.raises(Problem, match="something stands after a"):
        unpack(tmp_path, xz(bytes(plain)))
    for more in (lzma.decompress(one) + b"\0" * 512, lzma.decompress(one) + b"hidden"):
        with pytest.raises(Damaged, match="after the end"):
            unpack(tmp_path, xz(more))
    with pytest.raises(Damaged, match="after the end"):
        unpack(tmp_path, one + xz(b"hidden"))


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_FILE", 1 << 20)
    monkeypatch.setattr(archive, "LARGEST", 3 << 20)
    monkeypatch.setattr(archive, "MOST_FILES", 5)
    with pytest.raises(Problem, match="a is too large"):
        unpack(tmp_path, archive.pack({"a": b"\0" * (2 << 20)}))
    with pytest.raises(Problem, match="is too large"):
        unpack(tmp_path, archive.pack({name: b"\0" * (1 << 20) for name in "abcd"}))
    with pytest.raises(Problem, match="more than 5 files"):
        unpack(tmp_path, archive.pack({name: b"" for name in "abcdef"}))
    monkeypatch.setattr(archive, "LARGEST_PACKED", 100)
    with pytest.raises(Problem, match="larger than"):
        unpack(tmp_path, archive.pack(FILES))


def test_what_takes_all_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = archive.pack(FILES)
    monkeypatch.setattr(archive, "MEMORY", 1 << 20)
    with pytest.raises(Problem, match="too much memory"):
        unpack(tmp_path, packed)


def test_other_files(tmp_path: Path) -> None:
    for content in (b"", b"PK\3\4", tar((member(CERTIFICATE.top + "a"), b""))):
        with pytest.raises(Problem, match="it is no xz"):
            unpack(tmp_path, content)
    with pytest.raises(Damaged):
        unpack(tmp_path, xz(b"text"))


def test_the_command_line_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "certificate.tar.xz"
    path.write_bytes(xz(tar((member(CERTIFICATE.top + "a", tarfile.SYMTYPE, "/etc/passwd"), b""))))
    assert cli.main(["verify", str(path)]) == 2
    assert "this is no certificate of svacheck" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == [path]
