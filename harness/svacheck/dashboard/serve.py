# SPDX-License-Identifier: GPL-2.0
"""The site for a browser on this machine, and for nobody else."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from svacheck.dashboard.site import MARK
from svacheck.errors import EXIT_PASS, Problem

HERE = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    """Files of the site alone: no listings, nothing outside, no name but this machine's."""

    server_version = "svacheck"
    sys_version = ""

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_head(self):  # type: ignore[no-untyped-def]
        # A page of somewhere else may have made its own name point here
        name = (self.headers.get("Host") or "").rpartition(":")[0]
        if name not in (HERE, "localhost"):
            self.send_error(403, "only for this machine")
            return None
        return super().send_head()

    def list_directory(self, path):  # type: ignore[no-untyped-def]
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Nothing: the address is all that there is to see."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """One that is bound, on a port that is free if none is named; Problem if it cannot be."""
    if not (folder / MARK).is_file():
        raise Problem("no dashboard", str(folder), "make one with: make dashboard")
    try:
        return ThreadingHTTPServer((HERE, port), partial(_Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise Problem(f"cannot listen: {what}", f"{HERE}:{port}", "name another --port") from error


def serve(folder: Path, port: int) -> int:
    """Until it is interrupted."""
    with server(folder, port) as made:
        print(f"http://{HERE}:{made.server_address[1]}/  (Ctrl-C ends it)", flush=True)
        made.serve_forever()
    return EXIT_PASS
