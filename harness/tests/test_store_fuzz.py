# SPDX-License-Identifier: GPL-2.0
"""Records in which anything may be anything: each is indexed whole or left out, never more."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import made_up
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_exports import session
from made_store import keep, run

from svacheck.results import schema_fault
from svacheck.store import index

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["pass", "kept", "kernel", "-", 2**63, -1, 1e308, "\ud800", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


def _places(made: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in it."""
    if isinstance(made, dict | list):
        for key in made if isinstance(made, dict) else range(len(made)):
            yield (*at, key)
            yield from _places(made[key], (*at, key))


def _run() -> dict[str, Any]:
    failing = made_up.run_case("svac_pasid.taken", status="fail", messages=["it broke"])
    return run(5, [made_up.run_case(), failing])


def _session() -> dict[str, Any]:
    made = session()
    del made["sides"][0]["boots"][2:]
    for boot in made["sides"][0]["boots"]:
        del boot["series"][2:]
    return made


@pytest.mark.parametrize("make, file", [(_run, "run.json"), (_session, "bench.json")])
@given(data=st.data())
@settings(max_examples=60)
def test_whatever_stands_there_stops_nobody(
    make: Callable[[], dict[str, Any]], file: str, data: st.DataObject
) -> None:
    made = deepcopy(make())  # records share parts, which other tests have to find whole
    *way, last = data.draw(st.sampled_from(list(_places(made))))
    inner = made
    for step in way:
        inner = inner[step]
    value = data.draw(ANY)
    name = made["id"]
    if isinstance(inner, dict) and data.draw(st.booleans()):
        del inner[last]  # what a record of another age may not have
    else:
        inner[last] = value
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        good = keep(Path(folder), run(9))
        bad = Path(folder) / name
        bad.mkdir()
        (bad / file).write_text(json.dumps(made), encoding="utf-8", errors="surrogatepass")
        with index.opened(Path(folder), said.append) as store:
            left = [row[0] for row in store.rows("SELECT folder FROM left_out")]
            runs = [row[0] for row in store.rows("SELECT id FROM runs ORDER BY place")]
            cases = store.rows("SELECT count(*) FROM cases")[0][0]
    assert left in ([], [name]) and len(said) == len(left)
    assert good.name in runs
    if left:
        assert runs == [good.name] and cases == 1
    elif file == "run.json":
        assert runs == [name, good.name] and cases == 3
    if left and file == "run.json":  # what fits its schema is left out only for what it says
        fault = schema_fault(made)
        assert (
            fault or last in ("id", "cases", "passed", "failed", "errors", "skipped") or _odd(value)
        ), (way, last, value)


def test_a_run_may_lack_whatever_its_schema_lets_it_lack(tmp_path: Path) -> None:
    lacking = 0
    for nth, (*way, last) in enumerate(list(_places(_run()))):
        made = _run()
        inner = made
        for step in way:
            inner = inner[step]
        if isinstance(inner, list) or way == ["tree", "identity"]:
            continue
        del inner[last]
        if schema_fault(made):
            continue
        made["id"] = made["id"][:-6] + f"{nth:06x}"
        keep(tmp_path, made)
        lacking += 1
    said: list[str] = []
    with index.opened(tmp_path, said.append) as store:
        assert store.rows("SELECT count(*) FROM runs")[0][0] == lacking > 1
    assert not said


def _odd(value: Any) -> bool:
    """What JSON can hold and no column."""
    if isinstance(value, int | float):
        return not abs(value) < 2**63
    return isinstance(value, dict | list) and any(_odd(one) for one in _flat(value))


def _flat(value: Any) -> Iterator[Any]:
    for place in _places(value):
        inner = value
        for step in place:
            inner = inner[step]
        if not isinstance(inner, dict | list):
            yield inner
