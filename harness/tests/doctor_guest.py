# SPDX-License-Identifier: GPL-2.0
"""A virtual machine whose first program is a Python that runs the doctor, and what it said."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from svacheck import cpio
from svacheck.places import ROOT

PYTHON = Path("/usr/bin/python3.11")
LIBRARY = Path("/usr/lib/python3.11")
LEFT_OUT = {"__pycache__", "test", "idlelib", "lib2to3", "pydoc_data", "dist-packages", "tkinter"}


def _libraries(program: Path) -> Iterator[Path]:
    said = subprocess.run(["ldd", str(program)], stdout=subprocess.PIPE, text=True, check=True)
    yield from map(Path, re.findall(r"(/\S+) \(0x", said.stdout))


def _files() -> dict[str, Path]:
    """By their names in the guest: a Python, and the doctor."""
    sources = [path for path in LIBRARY.rglob("*") if path.is_file()]
    mine = [path for path in sources if not LEFT_OUT & set(path.relative_to(LIBRARY).parts)]
    objects = [PYTHON, *(path for path in mine if path.suffix == ".so")]
    needed = {library for one in objects for library in _libraries(one)}
    package = ROOT / "harness" / "svacheck"
    doctor = [package / "__init__.py", *(package / "doctor").glob("*.py")]
    return {
        "init": ROOT / "harness" / "tests" / "doctor_init.py",
        "usr/bin/python3": PYTHON,
        **{str(path).lstrip("/"): path.resolve() for path in (*mine, *sorted(needed))},
        **{f"lib/harness/{path.relative_to(ROOT / 'harness')}": path for path in doctor},
    }


def write(archive: Path, more: Mapping[str, Path]) -> None:
    """The initramfs of the guest, with more files by their names there."""
    files = {**_files(), **more}
    parents = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    cpio.write(archive, sorted({*parents, "dev", "proc", "sys", "tmp"}), files)


def console(out: Path) -> str:
    """What a guest has printed."""
    return out.read_text(errors="replace").replace("\r", "")


def said(out: Path) -> dict[str, Any]:
    """What the doctor says on a guest's console."""
    text = console(out)
    match = re.search(r"DOCTOR BEGINS\n(.*)\nDOCTOR ENDS (\d+)", text, re.S)
    assert match, text[-3000:]
    report: dict[str, Any] = json.loads(match[1])
    return report


def findings(of: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Findings by their ids."""
    return {finding["id"]: finding for finding in of["findings"]}


def function(report: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """What is said of a PCI function."""
    (mine,) = [one for one in report["devices"] if one["address"] == address]
    return dict(mine)
