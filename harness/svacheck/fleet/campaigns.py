# SPDX-License-Identifier: GPL-2.0
"""Parts of a campaign of mutants become the campaign."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from svacheck.errors import EXIT_FAIL, EXIT_PASS, Problem
from svacheck.fleet.planfile import Whole, uneven
from svacheck.judged import PASS
from svacheck.mutation import campaign, equivalents, operators, report
from svacheck.mutation.campaign import HEADER, RECORDS
from svacheck.places import results_folder

KIND = "mutants-"
STAMP = 24  # characters of mutants-<time>
LARGEST = 64 << 20


def merge(
    folders: Sequence[Path], whole: Whole, parts: Sequence[Sequence[str]], token: str
) -> Path:
    """The stored campaign that these make together. parts: the mutants that each was to try.

    Problem: one is of other code, or lacks one of its mutants."""
    headers = [_header(folder) for folder in folders]
    for folder, header in zip(folders, headers):
        if header["inputs"] != headers[0]["inputs"]:
            raise Problem(
                "parts of the campaign are of different code", str(folder), "run it again"
            )
    records: list[dict[str, Any]] = []
    for folder, mine in zip(folders, parts):
        found = campaign.read_records(folder / RECORDS)
        fault = uneven(mine, [[record["id"] for record in found]])
        if fault:
            raise Problem(
                f"a part of the campaign is not whole: {fault}", str(folder), "run it again"
            )
        records += found
    first = min(folder.name for folder in folders)
    stored = results_folder() / f"{first[:STAMP]}-{token}"
    if stored.is_dir():
        return stored
    header = {
        **headers[0],
        "chosen": len(whole.parts),
        "parts": [part for one in headers for part in one["parts"]],
    }
    order = {id: at for at, id in enumerate(whole.parts)}
    records.sort(key=lambda record: order[record["id"]])
    temporary = stored.with_name(f".taking-{stored.name}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    (temporary / HEADER).write_text(json.dumps(header, indent=1) + "\n")
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (temporary / RECORDS).write_text(lines)
    proofs = equivalents.load(None)
    try:
        report.write(report.summarise(header, records, proofs, operators.expected()), temporary)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Problem(
            f"a part of the campaign is none: {error}", str(first), "run it again"
        ) from error
    temporary.rename(stored)
    return stored


def status(folder: Path) -> int:
    """The exit status that a stored campaign has."""
    made = json.loads((folder / "report.json").read_bytes())
    return EXIT_PASS if made["verdict"] == PASS else EXIT_FAIL


def _header(folder: Path) -> dict[str, Any]:
    """What a campaign says it is about; Problem if that cannot be read."""
    file = folder / HEADER
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        header = json.loads(file.read_bytes())
        parts = header["parts"]
        good = isinstance(header["inputs"], str) and all(
            isinstance(part[name], (int, float))
            for part in parts
            for name in ("mutants", "seconds", "cpu_seconds")
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Problem(f"a part of the campaign cannot be read: {error}", str(file)) from error
    if not good:
        raise Problem("a part of the campaign cannot be read", str(file))
    return dict(header)
