# SPDX-License-Identifier: GPL-2.0
"""svacheck verify: is a certificate what its evidence gives?

The consoles are read and judged anew, by the rulebook, profile and waivers that are in the
archive, and every page is made anew: whatever differs is named. Who made the evidence is a
question for a signature.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck import results
from svacheck.certify import archive, bundle, evidence, record
from svacheck.certify.archive import Damaged
from svacheck.certify.pages import WORDS
from svacheck.certify.profiles import base_of
from svacheck.errors import Problem
from svacheck.places import CERTIFICATE_SCHEMA, PROFILES
from svacheck.report import visible

MOST = 20  # differences that are told


@dataclass(frozen=True)
class Verified:
    """What became of it. differences: [] if the certificate is as it was made; record: what the
    evidence gives, None if it could not be read; expired: waivers that it needs and that have
    ended since; notes: what else there is to know."""

    differences: Sequence[str]
    record: Mapping[str, Any] | None = None
    expired: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def good(self) -> bool:
        """Whether it can be relied on."""
        return not self.differences and not self.expired


def verify(name: str, today: datetime.date) -> Verified:
    """A certificate, named by its folder, its archive, or a page beside that.

    Problem if there is none, or if the archive is none of svacheck's."""
    path = _archive_of(Path(name).expanduser())
    try:
        files = archive.unpack(path)
    except Damaged as damage:
        return Verified([str(damage)])
    found = list(_beside(path.parent, files)) + list(_sums(files))
    if found:
        return Verified(found)
    rests_on = {name: content for name, content in files.items() if name not in bundle.PAGES}
    made = record.make(rests_on)
    found = list(made.differences)
    said = results.parse(files[bundle.RECORD], bundle.RECORD, CERTIFICATE_SCHEMA)
    found += _record(said, made.record)
    pages = bundle.made_of(made.record)
    found += [
        f"{page} is not the page that the evidence gives"
        for page in bundle.PAGES
        if files[page] != pages[page] and not (page == bundle.RECORD and found)
    ]
    notes = list(_notes(str(made.record["profile"]["name"]), rests_on))
    return Verified(found, made.record, _expired(made.record, today), notes)


def _archive_of(path: Path) -> Path:
    if path.is_dir():
        path = path / bundle.ARCHIVE
    elif path.name in bundle.PAGES:
        path = path.parent / bundle.ARCHIVE
    if not path.is_file():
        remedy = f"name the folder of a certificate, or its {bundle.ARCHIVE}"
        raise Problem("there is no certificate", str(path), remedy)
    return path


def _beside(folder: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    """Pages that lie beside the archive and are others than those in it."""
    for name in bundle.PAGES:
        page = folder / name
        if not page.is_file() or name not in files:
            continue
        try:
            with open(page, "rb") as file:
                content = file.read(len(files[name]) + 1)
        except OSError as error:
            raise Problem(f"cannot read a page: {error.strerror}", str(page)) from error
        if content != files[name]:
            yield f"{name} beside the archive is not the one in it"


def _sums(files: Mapping[str, bytes]) -> Iterator[str]:
    """What the sums in the record say is changed, has gone, or has come."""
    absent = [page for page in bundle.PAGES if page not in files]
    yield from (f"{page} is not in the archive any more" for page in absent)
    if bundle.RECORD in absent:
        return
    try:
        said = results.parse(files[bundle.RECORD], bundle.RECORD, CERTIFICATE_SCHEMA)
    except Problem as problem:
        yield str(problem)
        return
    listed = {one["path"]: one["sha256"] for one in said["evidence"]}
    for name in sorted({*listed, *files} - set(bundle.PAGES)):
        if name not in files:
            yield f"{name} is not in the archive any more"
        elif name not in listed:
            yield f"{name} was added to the archive"
        elif evidence.sha256(files[name]) != listed[name]:
            yield f"{name} was changed: its SHA-256 is {evidence.sha256(files[name])}"


def _record(said: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    """In what the record says something else than the evidence."""
    for key in made:
        if said[key] == made[key]:
            continue
        if key not in ("rules", "cases", "waivers") or len(said[key]) != len(made[key]):
            yield f"{bundle.RECORD}: {key} is not what the evidence gives{_values(said, made, key)}"
            continue
        for theirs, ours in zip(said[key], made[key]):
            for part in (part for part in ours if theirs[part] != ours[part]):
                name = ours.get("id", ours.get("number"))
                yield f"{bundle.RECORD}: {key} {name}: {part}{_values(theirs, ours, part)}"


def _values(theirs: Mapping[str, Any], ours: Mapping[str, Any], part: str) -> str:
    short = [str(one[part])[:80] for one in (theirs, ours)]
    return f": it says {short[0]}, the evidence {short[1]}"


def _expired(made: Mapping[str, Any], today: datetime.date) -> list[str]:
    return [
        f"waiver {one['number']} of {one['rule']} ({one['owner']}) has expired on {one['expires']}"
        for one in made["waivers"]
        if one["state"] == "counts" and today > datetime.date.fromisoformat(one["expires"])
    ]


def _notes(name: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """In what its terms are others than those of this checkout."""
    base = base_of(files[record.PROFILE].decode(), name)
    for stored, ours in ((record.BASE, base), (record.PROFILE, name)):
        path = PROFILES / f"{ours}.toml"
        if not path.is_file():
            yield f"profile {ours} is not one of this svacheck"
        elif path.read_bytes() != files[stored]:
            yield f"profile {ours} is another one than that of this svacheck"


def report(done: Verified) -> Iterator[str]:
    """What a person is told, the verdict last."""
    yield from map(visible, _report(done))


def _report(done: Verified) -> Iterator[str]:
    for line in done.differences[:MOST]:
        yield f"CHANGED {line}"
    if len(done.differences) > MOST:
        yield f"  and {len(done.differences) - MOST} more"
    for line in done.expired:
        yield f"EXPIRED {line}"
    for line in done.notes:
        yield f"NOTE    {line}"
    if done.differences:
        yield "REJECTED  the certificate is not what its evidence gives"
    elif done.record:
        it = done.record
        runs = ", ".join(run["id"] for run in it["runs"])
        yield (
            f"{'REJECTED' if done.expired else 'VERIFIED'}  {WORDS[it['verdict']]}:"
            f" {it['profile']['title']} | Linux {it['kernel']['version']} | issued {it['issued']}"
        )
        yield f"  judged again: {len(it['cases'])} cases, {len(it['rules'])} rules, runs {runs}"
        yield f"  fingerprint {it['fingerprint']}"
