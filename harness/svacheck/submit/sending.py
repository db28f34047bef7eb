# SPDX-License-Identifier: GPL-2.0
"""One submission over HTTP, and what the receiver says to it.

KCIDB: POST to /submit with a bearer token (kcidb-ng, "How HTTP REST Submission works?"); objects of
the same id are one. SQUAD: POST of tests, metrics and metadata as files, with an Auth-Token (its
documentation, "Submitting results"); a job_id that it has is an error, and means that it has it.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import IO

from svacheck import VERSION
from svacheck.export.text import excerpt
from svacheck.submit.settings import Settings
from svacheck.submit.spool import Entry

TIMEOUT = 60.0  # seconds for one answer
_BOUNDARY = "svacheck-0d1f6f0c8f7b4a52"
_KNOWN_JOB = "There is already a test run with job_id"
_AGAIN = (408, 425, 429)  # besides all from 500 on


class Fate(Enum):
    """What becomes of a submission."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True)
class Reply:
    """said: a line; wait: seconds that the receiver asks for."""

    fate: Fate
    said: str
    wait: float = 0.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Who is sent elsewhere would take the token along."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def send(one: Entry, settings: Settings) -> Reply:
    """Send it once."""
    body, kind = _form(one.fields) if one.format == "squad" else _json(one.fields)
    headers = {"Content-Type": kind, "User-Agent": f"svacheck/{VERSION}"}
    if settings.token:
        name = "Auth-Token" if one.format == "squad" else "Authorization"
        headers[name] = settings.token if one.format == "squad" else f"Bearer {settings.token}"
    request = urllib.request.Request(one.address, body, headers, method="POST")
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as answer:
            return Reply(Fate.TAKEN, _said(answer, settings) or f"HTTP {answer.status}")
    except urllib.error.HTTPError as error:
        with error:
            return _refusal(one, error, settings)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        return Reply(Fate.LATER, _hidden(f"no answer: {reason}", settings))


def _refusal(one: Entry, error: urllib.error.HTTPError, settings: Settings) -> Reply:
    text = _said(error, settings)
    said = f"HTTP {error.code}" + (f": {text}" if text else "")
    if one.format == "squad" and error.code == 400 and _KNOWN_JOB in text:
        return Reply(Fate.TAKEN, "it had that already")
    if error.code >= 500 or error.code in _AGAIN:
        wait = error.headers.get("Retry-After", "")
        return Reply(Fate.LATER, said, float(wait) if wait.isdecimal() and len(wait) < 9 else 0.0)
    if 300 <= error.code < 400:
        said += ": it is elsewhere now, configure that address"
    return Reply(Fate.REFUSED, said)


def _said(answer: IO[bytes], settings: Settings) -> str:
    try:
        text = answer.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return ""
    return " ".join(_hidden(text, settings).split())[:300]


def _hidden(text: str, settings: Settings) -> str:
    """Without the token, should the receiver repeat it."""
    if settings.token:
        text = text.replace(settings.token, "***")
    return excerpt(text, 2000)


def _json(fields: Mapping[str, str]) -> tuple[bytes, str]:
    return fields["body"].encode(), "application/json"


def _form(fields: Mapping[str, str]) -> tuple[bytes, str]:
    """As files: of other fields Django takes no more than 2.5 MB."""
    lines = []
    for name, text in fields.items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{name}.json"'
        lines += [f"--{_BOUNDARY}", head, "Content-Type: application/json", "", text]
    lines += [f"--{_BOUNDARY}--", ""]
    return "\r\n".join(lines).encode(), f"multipart/form-data; boundary={_BOUNDARY}"
