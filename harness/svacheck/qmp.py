# SPDX-License-Identifier: GPL-2.0
"""Does to a running machine what its kernel asks for on the console.

A case prints a line "svac-host: STEP"; the step's command goes to QEMU's QMP socket. All
that is said there is kept beside the console. Steps have names, so that a kernel can ask for
nothing but what stands in configs/topologies.toml.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from svacheck.errors import Problem
from svacheck.topologies import Step

ASKED = re.compile(rb"^[ \t]*(?:# )?svac-host: ([\w-]+)[ \t\r]*$", re.MULTILINE)
PATIENCE = 30.0  # seconds in which QEMU has to answer


class Director:
    """tick() reads what the console has grown by, and takes the steps asked for there."""

    def __init__(self, steps: Mapping[str, Step], socket_path: Path, console: Path) -> None:
        self.steps = steps
        self.socket_path = socket_path
        self.console = console
        self.said = console.with_name(console.name + ".qmp")
        self._read = 0
        self._pending = b""
        self._leaving: set[str] = set()  # ids that device_del was told, and that are still there
        self._connection: socket.socket | None = None
        self._stream: BinaryIO | None = None

    def tick(self) -> None:
        """Take the steps that were asked for since the last time, in their order."""
        try:
            with open(self.console, "rb") as console:
                console.seek(self._read)
                new = console.read()
        except FileNotFoundError:
            return
        self._read += len(new)
        whole, newline, self._pending = (self._pending + new).rpartition(b"\n")
        for match in ASKED.finditer(whole + newline):
            self._take(match[1].decode("ascii", "replace"))

    def close(self) -> None:
        """Let go of the machine."""
        if self._stream:
            self._stream.close()
        if self._connection:
            self._connection.close()
        self._stream = self._connection = None

    def _take(self, name: str) -> None:
        if name not in self.steps:
            raise Problem(f"the kernel asks for a step {name!r} that there is not", str(self.said))
        step = self.steps[name]
        try:
            connection = self._connection or self._connect()
            while step.execute == "device_add" and self._leaving:
                # What is plugged into a slot whose power still goes off goes with it
                self._hear()
            if step.execute == "device_del":
                self._leaving.add(str(step.arguments.get("id")))
            self._ask(connection, step.execute, step.arguments)
        except OSError as error:
            raise Problem(
                f"QEMU cannot be reached for step {name}: {error}", str(self.socket_path)
            ) from error

    def _connect(self) -> socket.socket:
        connection = self._connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(str(self.socket_path))
        self._stream = connection.makefile("rb")
        self._hear()  # the greeting
        self._ask(connection, "qmp_capabilities", {})
        return connection

    def _ask(self, connection: socket.socket, execute: str, arguments: Mapping[str, Any]) -> None:
        request = {"execute": execute, "arguments": dict(arguments)}
        self._note("> ", request)
        connection.sendall(json.dumps(request).encode() + b"\n")
        answer = self._hear()
        while "event" in answer:
            answer = self._hear()
        if "error" in answer:
            said = answer["error"].get("desc", "no reason")
            raise Problem(f"QEMU refuses {execute}: {said}", str(self.said))

    def _hear(self) -> dict[str, Any]:
        line = self._stream.readline() if self._stream else b""
        if not line:
            raise OSError("it has hung up")
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise OSError(f"it says {line[:80]!r}") from error
        if not isinstance(answer, dict):
            raise OSError(f"it says {line[:80]!r}")
        self._note("< ", answer)
        if answer.get("event") == "DEVICE_DELETED":
            self._leaving.discard(str(answer.get("data", {}).get("device")))
        return answer

    def _note(self, direction: str, what: Mapping[str, Any]) -> None:
        with open(self.said, "a", encoding="utf-8") as file:
            file.write(direction + json.dumps(what) + "\n")
