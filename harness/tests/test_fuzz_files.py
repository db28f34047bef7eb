# SPDX-License-Identifier: GPL-2.0
"""Files from elsewhere: a stored run and an archive, changed by chance. A Problem is all that may
come of them; what is taken can be shown, and is what was written."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import made_up
from hypothesis import given, settings
from hypothesis import strategies as st

from svacheck import report, results
from svacheck.certify import archive
from svacheck.errors import Problem
from svacheck.kit import layout

MANY = settings(max_examples=200, deadline=None, derandomize=True)
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**30), 10**30),
        st.floats(),
        st.text(max_size=30),
        st.sampled_from(["pass", "fail", "error", "../x", "\x1b[2J", "", "0" * 64, "svac_a.b"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a record."""
    found = [path]
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            found += places(value[key], (*path, key))
    return found


@MANY
@given(st.data())
def test_a_run_that_was_changed_is_refused_or_can_be_shown(data: st.DataObject) -> None:
    run = made_up.run()
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from(places(run)[1:]))
        holder = run
        for key in way[:-1]:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[way[-1]] = data.draw(ANYTHING)
        else:
            del holder[way[-1]]
    try:
        read = results.parse(json.dumps(run).encode(), "run.json")
    except Problem as problem:
        assert len(str(problem)) < 500
        return
    for level in (report.QUIET, report.NORMAL, report.VERBOSE):
        text = report.render(read, Path("/x"), level)
        assert all(character == "\n" or character.isprintable() for character in text)


NAMES = st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9.]{1,8}x){0,2}", fullmatch=True)


@MANY
@given(st.dictionaries(NAMES, st.binary(max_size=600), max_size=4), st.data())
def test_an_archive_that_was_changed_is_refused(
    files: dict[str, bytes], data: st.DataObject
) -> None:
    packed = archive.pack(files, layout.RESULTS)
    path = Path(tempfile.mkdtemp(), "x.tar.xz")
    at = data.draw(st.integers(0, len(packed) - 1))
    what = data.draw(st.sampled_from(["keep", "flip", "cut", "insert", "double"]))
    changed = {
        "keep": packed,
        "flip": packed[:at] + bytes([packed[at] ^ (1 << at % 8)]) + packed[at + 1 :],
        "cut": packed[:at],
        "insert": packed[:at] + data.draw(st.binary(min_size=1, max_size=9)) + packed[at:],
        "double": packed + packed,
    }[what]
    path.write_bytes(changed)
    try:
        found = archive.unpack(path, layout.RESULTS)
    except (Problem, archive.Damaged):
        assert changed != packed
        return
    finally:
        shutil.rmtree(path.parent)
    assert found == files and changed == packed
