# SPDX-License-Identifier: GPL-2.0
"""A patch series as it comes from a mailing list: mails in, patches in their order out. No I/O."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser

from svacheck.errors import Problem

# What begins a mail in an mbox: a separator after an empty line, or at the very top
_SEPARATOR = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))" rb"From \S+ +\w{3} \w{3} +\d+ \d\d:\d\d:\d\d [^\n]*\d{4}\r?\n"
)
_TAG = re.compile(r"\[([^\]]*)\]")
_DIFF = re.compile(r"^(?:diff --git |--- \S+\s+\+\+\+ \S)", re.MULTILINE)


@dataclass(frozen=True)
class Patch:
    """subject: without the [PATCH ...] before it. number, of: as it says, 1 of 1 if it does not.
    mail: the whole, as git am takes it."""

    subject: str
    number: int
    of: int
    version: int
    mail: bytes


def series(data: bytes, where: str) -> list[Patch]:
    """The patches of an mbox, or of a single mail, in the order they are to be applied.

    Cover letters and answers are left out; of several versions the last one counts. where:
    the file, for the Problem that is raised if there is no patch, or one of them is missing.
    """
    found = [patch for patch in map(_patch, _mails(data)) if patch]
    if not found:
        raise Problem("no patch in it", where, "save the mails of the series as an mbox")
    last = max(patch.version for patch in found)
    patches = {patch.number: patch for patch in found if patch.version == last}
    of = max(patch.of for patch in patches.values())
    lost = [number for number in range(1, of + 1) if number not in patches]
    if lost:
        numbers = ", ".join(map(str, lost))
        raise Problem(f"the series has {of} patches, but not patch {numbers}", where)
    return [patches[number] for number in sorted(patches)]


def single(data: bytes) -> Patch | None:
    """The patch in one mail, whatever its number; None if it has none."""
    return next((patch for patch in map(_patch, _mails(data)) if patch), None)


def _mails(data: bytes) -> Sequence[bytes]:
    return [mail for mail in _SEPARATOR.split(data) if mail.strip()]


def _patch(mail: bytes) -> Patch | None:
    message = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(mail)
    assert isinstance(message, EmailMessage)
    if not _DIFF.search(_text(message)):
        return None
    subject = " ".join(str(message.get("Subject", "")).split())
    if re.match(r"(?:re|aw|fwd?):", subject, re.IGNORECASE):
        return None  # an answer that quotes a patch, or holds a suggestion
    tags = _TAG.search(subject) if subject.startswith("[") else None
    words = tags[1] if tags else ""
    counted = re.search(r"\b(\d+)/(\d+)", words)
    version = re.search(r"\bv(\d+)\b", words, re.IGNORECASE)
    return Patch(
        re.sub(r"^(?:\[[^\]]*\]\s*)+", "", subject) or "no subject",
        int(counted[1]) if counted else 1,
        int(counted[2]) if counted else 1,
        int(version[1]) if version else 1,
        b"From svacheck Thu Jan  1 00:00:00 1970\n" + mail,
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    if not isinstance(body, EmailMessage):
        return ""
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):
        return message.as_string()
