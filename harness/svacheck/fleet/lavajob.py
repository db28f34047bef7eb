# SPDX-License-Identifier: GPL-2.0
"""The definition of a LAVA job that boots a kernel once.

What LAVA's monitor makes of the console is for whoever looks at the lab; svacheck judges the
console itself. The machine is asked for by the context variables of LAVA's device type qemu.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from svacheck.errors import Problem

DEVICE_TYPE = "qemu"
BEFORE = 300  # seconds to fetch what is booted, and to start the machine
PLAIN = re.compile(r"[!#-\[\]-~ ]*")  # what a double-quoted word of LAVA's command line can hold
START = r"TAP version \d+"
END = r"reboot: (?:Restarting system|System halted)[^\n]*\n"
FIXUP = {"ok": "pass", "not ok": "fail", "SKIP": "skip"}


@dataclass(frozen=True)
class Artifact:
    """A file that a job boots."""

    url: str
    sha256: str


@dataclass(frozen=True)
class Job:
    """One boot. machine, cpu, processors, memory: of QEMU, and
    further arguments of it; indent: spaces before a result that
    LAVA shows; limit: seconds for the boot."""

    name: str
    kernel: Artifact
    initrd: Artifact | None
    kernel_args: Sequence[str]
    machine: str
    cpu: str
    processors: int
    memory: int
    indent: int
    limit: int
    arguments: Sequence[str] = ()


def pattern(indent: int) -> str:
    """What LAVA's monitor takes for a result: a whole line, whose directive counts before ok."""
    head = r"(?:not )?ok \d+ (?:- )?"
    skipped = head + r"[^\s#]+ +# "
    whole = rf"(?={head}(?P<test_case_id>[^\s#]+)[^\r\n]*\r*\n)"
    return rf"(?:^|\n) {{{indent}}}{whole}(?:{skipped}(?=SKIP\b)|(?!{skipped}SKIP\b))" + (
        r"(?P<result>SKIP|not ok|ok)"
    )


def definition(job: Job) -> dict[str, Any]:
    """As LAVA takes it. Problem: an argument that its command line cannot hold."""
    arguments = " ".join(job.kernel_args)
    if not PLAIN.fullmatch(arguments):
        raise Problem("LAVA cannot hand this to a kernel", arguments, "boot it here")
    images = {"kernel": _image(job.kernel, f'-kernel {{kernel}} -append "{arguments}"')}
    if job.initrd:
        images["initrd"] = _image(job.initrd, "-initrd {initrd}")
    extra = ["-no-user-config", f"-machine {job.machine}", "-accel tcg", f"-cpu {job.cpu}"]
    extra += [f"-smp {job.processors}", "-no-reboot", *job.arguments]
    context = {"arch": "x86_64", "no_kvm": True, "memory": job.memory, "extra_options": extra}
    monitor = {
        "name": "svacheck",
        "start": START,
        "end": END,
        "pattern": pattern(job.indent),
        "fixupdict": FIXUP,
    }
    seconds = {"seconds": job.limit}
    before = {"seconds": BEFORE}
    return {
        "job_name": f"svacheck: {job.name}"[:200],
        "device_type": DEVICE_TYPE,
        "visibility": "public",
        "priority": "medium",
        "timeouts": {
            "job": {"seconds": job.limit + 2 * BEFORE},
            "action": before,
            "connection": seconds,
        },
        "context": context,
        "actions": [
            {"deploy": {"to": "tmpfs", "timeout": before, "images": images}},
            # The machine's time without a word is that of the action which starts it
            {"boot": {"method": "qemu", "media": "tmpfs", "timeout": seconds}},
            {"test": {"timeout": seconds, "monitors": [monitor]}},
        ],
    }


def _image(artifact: Artifact, argument: str) -> Mapping[str, str]:
    return {"url": artifact.url, "sha256sum": artifact.sha256, "image_arg": argument}


class _Plain(yaml.SafeDumper):
    """Without anchors, which people find hard to read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text(job: Job) -> str:
    """The definition as a file: the same bytes for the same job."""
    made: str = yaml.dump(definition(job), Dumper=_Plain, sort_keys=False, width=100)
    return made
