# SPDX-License-Identifier: GPL-2.0
"""Which programs and cases a kit has. Who takes its results in has to have the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from svacheck import programcases
from svacheck.citations import Citations
from svacheck.places import SELFTESTS

_MOCK = "kunit/uapi/svacheck.h"  # of programs that are about /dev/svacheck and no other device


def programs() -> list[str]:
    """Those that run on any device."""
    return [name for name in programcases.program_names(SELFTESTS) if not _of_the_mock(name)]


def _of_the_mock(name: str) -> bool:
    sources = [SELFTESTS / f"{name}.c", *(SELFTESTS / "lib" / name).glob("*.[ch]")]
    return any(_MOCK in source.read_text(encoding="utf-8") for source in sources)


def cited() -> Citations:
    """Their cases."""
    whole, mine = programcases.scan(SELFTESTS), set(programs())
    cases = {
        key: rules for key, rules in whole.cases.items() if whole.programs[key].program in mine
    }
    return replace(whole, cases=cases, programs={key: whole.programs[key] for key in cases})


def sha256() -> str:
    """Of what the cases are called, and which rules they cite."""
    found = cited()
    said = [
        [key, list(rules), found.programs[key].program, dict(found.programs[key].names)]
        for key, rules in sorted(found.cases.items())
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
