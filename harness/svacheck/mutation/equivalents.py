# SPDX-License-Identifier: GPL-2.0
"""Mutants that nothing could tell from the unchanged code, each with its proof."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from svacheck.errors import Problem
from svacheck.mutation.operators import OPERATORS

FILE = OPERATORS / "equivalent.toml"
LINES = 2  # of a proof, of at most WIDTH characters
WIDTH = 200


def load(mutants: Collection[str] | None, file: Path = FILE) -> Mapping[str, str]:
    """The proof of each mutant judged equivalent, by its id. mutants: all, None if these
    are known to fit.

    Problem: an entry that fits no mutant (any more), or has no proof of a line or two."""
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"cannot read the equivalents: {error}", str(file)) from error
    proofs: dict[str, str] = {}
    for name, proof in entries.items():
        if mutants is not None and name not in mutants:
            remedy = "judge it anew: the code it was about has changed"
            raise Problem(f"no mutant {name} is made any more", str(file), remedy)
        text = proof.strip() if isinstance(proof, str) else ""
        if not text or len(text) > LINES * WIDTH:
            raise Problem(f"{name} has no proof of a line or two", str(file))
        proofs[name] = " ".join(text.split())
    return proofs
