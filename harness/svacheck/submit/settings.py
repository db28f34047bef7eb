# SPDX-License-Identifier: GPL-2.0
"""Where results are sent, and with which token: of a file of the user's, or the environment.

Nothing of it is in the repository, and without an address nothing is sent.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from svacheck.errors import Problem

FORMATS = ("kcidb", "squad")
_KEYS = {"kcidb": ("url", "token", "origin"), "squad": ("url", "token", "group", "project")}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Settings:
    """Of one format. token: "" for none; more: what else it has, such as an origin."""

    format: str
    url: str
    token: str
    more: Mapping[str, str]

    def __repr__(self) -> str:  # a token is in no message and no traceback
        return f"Settings({self.format!r}, {self.url!r})"


def file() -> Path:
    """The user's file: ${XDG_CONFIG_HOME:-~/.config}/svacheck/submit.toml."""
    chosen = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(chosen) if os.path.isabs(chosen) else Path.home() / ".config"
    return base / "svacheck" / "submit.toml"


def load(name: str, to: str = "") -> Settings:
    """The settings of a format; to: an address in place of the one that is configured.

    The environment (SVACHECK_KCIDB_URL, ..._TOKEN) comes before the file, whose token goes to
    the file's address and nowhere else. Problem: something of it is wrong."""
    stored = _table(name)
    given = {key: os.environ.get(f"SVACHECK_{name}_{key}".upper(), "") for key in _KEYS[name]}
    url = to or given["url"] or stored.get("url", "")
    token = given["token"] or (stored.get("token", "") if url == stored.get("url") else "")
    more = {
        key: given[key] or stored.get(key, "") for key in _KEYS[name] if key not in ("url", "token")
    }
    if url:
        _check(url, token)
    if any(ord(character) < 33 or ord(character) > 126 for character in token):
        raise Problem("the token has characters that no token has", name, "look for white space")
    return Settings(name, url.rstrip("/"), token, more)


def _check(url: str, token: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Problem(f"that is no address: {error}", "--to") from error
    if "@" in parts.netloc:
        remedy = "give the token as `token` in the file or as SVACHECK_..._TOKEN"
        raise Problem("an address must have no token in it", host or "", remedy)
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise Problem(f"{url} is no address that can be sent to", "url", "such as https://host/")
    if parts.scheme == "http" and token and host not in _LOOPBACK:
        raise Problem("http:// would show the token to everybody", url, "use https://")


def _table(name: str) -> dict[str, str]:
    where = file()
    try:
        with open(where, "rb") as source:
            mode = os.fstat(source.fileno()).st_mode
            content = tomllib.load(source)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"cannot read the settings: {error}", str(where)) from error
    table = content.get(name, {})
    if set(content) - set(FORMATS) or not isinstance(table, dict):
        raise Problem("it must hold tables [kcidb] and [squad] and nothing else", str(where))
    for key, value in table.items():
        if key not in _KEYS[name] or not isinstance(value, str):
            raise Problem(f"[{name}] has {', '.join(_KEYS[name])}, each a text", f"{where}, {key}")
    if "token" in table and stat.S_IMODE(mode) & 0o077:
        raise Problem("others can read the token", str(where), f"chmod 600 {where}")
    return dict(table)
