# SPDX-License-Identifier: GPL-2.0
"""What documents point at is there, and not only on the machine of who wrote it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from svacheck.places import ROOT

LINK = re.compile(r"\]\(([^)#:\s]+)\)")


def _files(*patterns: str) -> list[str]:
    argv = ["git", "ls-files", "-z", "--", *patterns]
    said = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    return [name for name in said.stdout.split("\0") if name]


@pytest.mark.skipif(not _files("README.md"), reason="this is no checkout of git")
def test_links_of_documents_lead_to_what_is_kept() -> None:
    kept = set(_files())
    folders = {str(parent) for name in kept for parent in Path(name).parents}
    wrong = []
    for document in _files("*.md", ":!harness/tests/golden"):
        for link in LINK.findall((ROOT / document).read_text()):
            target = (ROOT / document).parent.joinpath(link).resolve().relative_to(ROOT)
            if str(target) not in kept | folders:
                wrong.append((document, link))
    assert not wrong
