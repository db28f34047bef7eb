# SPDX-License-Identifier: GPL-2.0
"""svacheck profiles: what there is to certify by."""

from __future__ import annotations

from collections.abc import Iterator

from svacheck.certify import profiles
from svacheck.certify.profiles import CLASSES, Profile
from svacheck.rulebook import Rulebook


def listing(book: Rulebook, name: str) -> str:
    """All profiles, or the rules of one."""
    if name:
        return "".join(line + "\n" for line in _whole(_load(name, book), book))
    lines = []
    for known in profiles.names():
        profile = _load(known, book)
        counts = ", ".join(f"{len(profile.those(kind))} {kind}" for kind in CLASSES)
        lines += [f"{known}: {profile.title} ({counts})", f"  {profile.of}"]
    return "".join(line + "\n" for line in lines)


def _load(name: str, book: Rulebook) -> Profile:
    return profiles.load(profiles.find(name), book)


def _whole(profile: Profile, book: Rulebook) -> Iterator[str]:
    yield f"{profile.name}: {profile.title}, {profile.rounds} rounds"
    yield f"  {profile.of}"
    yield f"  {profile.about}"
    yield from (f"  {source}" for source in profile.sources)
    if profile.lanes:
        yield f"  judged by runs of lane {', '.join(profile.lanes)}"
    for kind in CLASSES:
        for rule in profile.those(kind):
            yield f"{kind:6} {rule}  {book.rules[rule].sentence}"
