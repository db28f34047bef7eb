# SPDX-License-Identifier: GPL-2.0
"""A certificate made of a run of the fake kernel, for tests."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fake_kernel import FakeKernel

from svacheck import check
from svacheck.certify import archive, bundle, command, evidence, verify
from svacheck.progress import Progress

DAY = datetime.date(2026, 11, 25)

CORE = """
title = "Base"
class = "All."
about = "What all keep."
sources = ["a mail"]
implementations = ["carried", "upstream"]
complete = []
rounds = 2
must = ["PASID-001"]
should = []
may = []
"""
PROFILE = """
title = "Made-up drivers"
class = "Drivers that tests make up."
about = "They set PASIDs."
sources = ["a mail"]
implementations = ["carried"]
complete = ["PASID", "DOM"]
rounds = 2
must = ["PASID-*"]
should = ["DOM-001"]
may = ["DOM-002"]
"""
WAIVER = """
[[waiver]]
rule = "PASID-002"
verdict = "broken"
cases = ["svac_pasid.taken/*"]
kernels = "6.1"
reason = "The core does that."
link = "a finding"
owner = "Somebody"
expires = 2027-01-31
"""


class Certifier:
    """A folder of profiles, and certificates by them from runs of the fake kernel."""

    def __init__(self, folder: Path, kernel: FakeKernel, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.kernel = kernel
        self.profiles = folder / "profiles"
        self.profiles.mkdir()
        self.waivers = folder / "waivers.toml"
        (self.profiles / "core.toml").write_text(CORE)
        self.profile(PROFILE)
        self.waivers.write_text("")
        patch.setattr(command, "PROFILES", self.profiles)
        patch.setattr(verify, "PROFILES", self.profiles)
        patch.setattr(command, "WAIVERS", self.waivers)

    def profile(self, text: str) -> None:
        """Let the profile be this one."""
        (self.profiles / "made-up.toml").write_text(text)

    def run(self, rounds: int = 2, lane: str = "uml") -> Path:
        """A stored run."""
        done = check.check(check.Options(rounds=rounds, lane=lane), Progress(quiet=True))
        assert done.folder
        return done.folder

    def certify(self, *runs: Path) -> command.Certificate:
        """A certificate of runs, of a new one if none is given."""
        stored = runs or (self.run(),)
        asked = command.Options("made-up", runs=[str(run) for run in stored])
        return command.certify(asked, Progress(quiet=True))


def files_of(folder: Path) -> dict[str, bytes]:
    """All that is in the archive of a certificate."""
    return archive.unpack(folder / bundle.ARCHIVE)


def check_again(folder: Path, day: datetime.date = DAY) -> verify.Verified:
    """What verify says of it."""
    return verify.verify(str(folder), day)


def tamper(folder: Path, change: Callable[[dict[str, bytes]], None], again: bool = False) -> None:
    """Let change have the files of the archive. again: and make all sums and pages anew, as far
    as they follow from the evidence that is there, as a forger would."""
    files = files_of(folder)
    change(files)
    if again:
        _sum_up(files)
    (folder / bundle.ARCHIVE).write_bytes(archive.pack(files))
    for page in bundle.PAGES:
        (folder / page).unlink(missing_ok=True)


def _sum_up(files: dict[str, bytes]) -> None:
    said = json.loads(files[bundle.RECORD])
    said["evidence"] = evidence.sums({n: c for n, c in files.items() if n not in bundle.PAGES})
    said["fingerprint"] = evidence.sha256(evidence.sums_text(said["evidence"]).encode())
    files.update(bundle.made_of(said))


def edited(files: Mapping[str, bytes], name: str, old: str, new: str) -> dict[str, bytes]:
    """The files with a text in one of them replaced, which must be there."""
    content = files[name].decode()
    assert old in content
    return {**files, name: content.replace(old, new).encode()}
