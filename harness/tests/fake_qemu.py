# SPDX-License-Identifier: GPL-2.0
"""A QEMU that is a Python script: it writes a console, and answers on a QMP socket."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from faketree import Bench, make_tree

from svacheck.model import Build, Lane

# What stands in the file "does" happens; "hears" receives the commands of QMP
SCRIPT = r"""#!{python}
import json, os, signal, socket, sys, time
folder = {folder!r}
argv = sys.argv[1:]
with open(folder + "/argv", "w") as file:
    file.write("\n".join(argv))

def after(option):
    return argv[argv.index(option) + 1] if option in argv else ""

def say(text):
    with open(after("-serial").removeprefix("file:"), "ab") as console:
        console.write(text.replace("\n", "\r\n").encode())

def hear(answers, *steps):
    '''Ask for steps, and answer a command each; one that is None is answered late.'''
    server = socket.socket(socket.AF_UNIX)
    server.bind(after("-qmp").removeprefix("unix:").split(",")[0])
    server.listen()
    say("KTAP version 1\n")
    for step in steps or ("plug",):
        say(f"        # svac-host: {{step}}\n")
    talk = server.accept()[0].makefile("rwb")
    talk.write(b'{{"QMP": {{}}}}\n')
    talk.flush()
    for answer in answers:
        line = talk.readline()
        with open(folder + "/hears", "ab") as file:
            file.write(line)
        if answer is None:
            answer = b'{{"return": {{}}}}'
            talk.write(answer + b"\n")
            talk.flush()
            time.sleep(0.5)
            with open(folder + "/hears", "ab") as file:
                file.write(b'{{"execute": "gone"}}\n')
            answer = b'{{"event": "DEVICE_DELETED", "data": {{"device": "late"}}}}'
        talk.write(answer + b"\n")
        talk.flush()

kvm = after("-accel") == "kvm"
exec(open(folder + "/does").read())
"""
GOOD = """
say("SeaBIOS\\n\\033[2JLinux version 6.1.9\\nKTAP version 1\\nsvac_a.one\\nsvac_a.two\\n")
say("reboot: Restarting system\\nreboot: machine restart\\n")
"""


class Machine:
    """A built kernel of an emulated lane, and the QEMU that it boots in."""

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self.bench = Bench(place)
        self.folder = place / "qemu"
        self.folder.mkdir()
        self.program = self.folder / "qemu-system-x86_64"
        script = SCRIPT.format(python=sys.executable, folder=str(self.folder))
        self.program.write_text(script)
        self.program.chmod(0o755)
        patch.setenv("PATH", str(self.folder), prepend=":")
        self.does(GOOD)
        src = make_tree(self.bench.cache.work("t") / "src")
        directory = src.parent / "build-qemu"
        directory.mkdir()
        (directory / "linux").write_text("kernel")
        lane = Lane("qemu", "x86_64", (), ("quiet",), 60)
        self.build = Build(src, directory, lane, "", "", 1, 0.0)
        self.out = place / "out" / "x.console"

    def does(self, what: str) -> None:
        """Let it do this from now on."""
        (self.folder / "does").write_text(what)

    def argv(self) -> list[str]:
        """What it was called with."""
        return (self.folder / "argv").read_text().splitlines()

    def heard(self) -> list[str]:
        """The commands that came through QMP."""
        return (self.folder / "hears").read_text().splitlines()
