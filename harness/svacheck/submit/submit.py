# SPDX-License-Identifier: GPL-2.0
"""svacheck submit: spool, send, and send again what was not taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from urllib.parse import quote

from svacheck.errors import EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.export import kcidb, squad
from svacheck.export.stored import Stored
from svacheck.submit import settings as configured
from svacheck.submit.sending import Fate, send
from svacheck.submit.settings import Settings
from svacheck.submit.spool import REFUSED, SENT, Entry, Spool, entry, opened

Say = Callable[[str], None]


def entries(stored: Sequence[Stored], settings: Settings) -> list[Entry]:
    """One for each run or session: what one receiver refuses must not hold up the others."""
    make = _kcidb if settings.format == "kcidb" else _squad
    return [made for one in stored for made in make(one, settings)]


def _kcidb(one: Stored, settings: Settings) -> list[Entry]:
    origin = settings.more["origin"] or kcidb.ORIGIN
    body = json.dumps(kcidb.submission([one], origin), allow_nan=False)
    return [entry("kcidb", f"{settings.url}/submit", one.id, {"body": body})]


def _squad(one: Stored, settings: Settings) -> list[Entry]:
    group, project = settings.more["group"], settings.more["project"]
    if not group or not project:
        where = str(configured.file())
        raise Problem("SQUAD wants a group and a project", where, "set both in [squad]")
    made = []
    for each in squad.submissions([one]):
        parts = (group, project, each.build, each.environment)
        address = "/".join([settings.url, "api/submit", *(quote(part, safe="") for part in parts)])
        fields = {name: json.dumps(content) for name, content in each.files.items()}
        made.append(entry("squad", address, each.id, fields))
    return made


def submit(stored: Sequence[Stored], settings: Settings, say: Say) -> int:
    """Spool and send them; the exit status. Problem: there is no address, or no spool."""
    if not settings.url:
        name = settings.format
        remedy = f"--to ADDRESS, SVACHECK_{name.upper()}_URL, or url in [{name}] of that file"
        raise Problem(
            "no address is configured, so nothing is sent", str(configured.file()), remedy
        )
    mine = entries(stored, settings)
    status = EXIT_PASS
    with opened() as spool:
        states = [spool.add(one) for one in mine]  # all of them before the first is sent
        for one, state in zip(mine, states):
            if state == SENT:
                say(f"sent before  {one.of} to {one.address}")
            elif not _try(spool, _kept(spool, one), settings, say):
                status = EXIT_TROUBLE
    return status


def _kept(spool: Spool, one: Entry) -> Entry:
    """As it lies in the spool, with what is known of it from earlier."""
    return next((other for other in spool.waiting() if other.id == one.id), one)


def retry(say: Say, *, everything: bool = False) -> int:
    """Send what waits and is due; the exit status: 0 if nothing waits any more."""
    status = EXIT_PASS
    with opened() as spool:
        for one in list(spool.waiting()):
            if one.due > spool.now() and not everything:
                say(f"not yet due  {one.of} to {one.address}: {one.said}")
                status = EXIT_TROUBLE
            elif not _try(spool, one, _of(one), say):
                status = EXIT_TROUBLE
        for file in sorted(spool.damaged):
            say(f"damaged      {file}: remove it, and submit its run again")
            status = EXIT_TROUBLE
    return status


def _of(one: Entry) -> Settings:
    """The token that goes to where an entry goes."""
    found = configured.load(one.format)
    if found.url and one.address.startswith(found.url + "/"):
        return found
    return configured.load(one.format, one.address)


def _try(spool: Spool, one: Entry, settings: Settings, say: Say) -> bool:
    reply = send(one, settings)
    one.said = reply.said
    if reply.fate is Fate.TAKEN:
        spool.done(one, SENT)
        say(f"sent         {one.of} to {one.address}: {reply.said}")
        return True
    if reply.fate is Fate.REFUSED:
        spool.done(one, REFUSED)
        say(
            f"refused      {one.of} by {one.address}: {reply.said}; it is in {spool.root}/{REFUSED}"
        )
        return False
    spool.later(one, reply.said, reply.wait)
    say(f"not sent     {one.of} to {one.address}: {reply.said}; svacheck submit --retry")
    return False
