# SPDX-License-Identifier: GPL-2.0
"""What a certificate says of how long calls take: a summary of a stored session of svacheck
bench on the same kernel. No verdict depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from svacheck import results
from svacheck.bench.series import NOBODY, undisturbed
from svacheck.certify import archive
from svacheck.certify.profiles import Profile
from svacheck.errors import Problem
from svacheck.places import BENCH_SCHEMA, results_folder

FOLDER, FILE = "bench/", "bench.json"
KIND = "bench-"


def find(reference: str) -> Path:
    """The bench.json of a stored session: its folder, its id or the unique beginning of that."""
    path = Path(reference).expanduser()
    if (path / FILE).is_file():
        return path / FILE
    known = sorted(one.parent.name for one in results_folder().glob(f"{KIND}*/{FILE}"))
    wanted = reference if reference.startswith(KIND) else KIND + reference
    found = [name for name in known if name.startswith(wanted)]
    if len(found) == 1:
        return results_folder() / found[0] / FILE
    what = "several sessions" if found else "no session"
    remedy = f"there are {', '.join(known[-5:])}" if known else "make one with: make bench"
    raise Problem(f"{what} of svacheck bench is called {reference!r}", "--bench", remedy)


def collect(path: Path) -> dict[str, bytes]:
    """The file, by its name in the archive; Problem if it is none of ours."""
    try:
        with open(path, "rb") as file:
            content = file.read(results.LARGEST + 1)
    except OSError as error:
        raise Problem(f"cannot read it: {error.strerror}", str(path)) from error
    name = f"{FOLDER}{results.parse(content, str(path), BENCH_SCHEMA)['id']}/{FILE}"
    if not archive.is_name(name):
        raise Problem("this cannot be part of a certificate", str(path), "move it elsewhere")
    return {name: content}


def summary(
    files: Mapping[str, bytes], tree: Mapping[str, Any], profile: Profile
) -> dict[str, Any] | None:
    """What the session among these files comes to, None if there is none. Problem: it is of
    another kernel than tree, of two, or not whole."""
    names = [name for name in files if name.startswith(FOLDER)]
    if not names:
        return None
    (name, *others) = names
    its = results.parse(files[name], name, BENCH_SCHEMA)
    if others or name != f"{FOLDER}{its['id']}/{FILE}":
        raise Problem("there is more than one session of svacheck bench", FOLDER)
    if its["problems"] or len(its["sides"]) != 1:
        what = its["problems"][0] if its["problems"] else "it compares two kernels"
        raise Problem(f"the session is none to certify by: {what}", name, "make bench KERNEL=...")
    (side,) = its["sides"]
    if side["tree"] != tree:
        raise Problem("the session is of another kernel than the runs", name)
    return {
        "id": its["id"],
        "started": its["started"],
        "svacheck": {key: its["svacheck"][key] for key in ("version", "commit", "dirty")},
        "compiler": side["compiler"],
        "boots": len(side["boots"]),
        "layouts": side["layouts"],
        "load": its["host"]["load"],
        "figures": _figures(side["boots"], (NOBODY, *profile.implementations)),
    }


def _figures(boots: Sequence[Mapping[str, Any]], whose: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each metric of these implementations: the median over the boots, of each its
    least disturbed batches, by call."""
    values: dict[tuple[str, str], list[float]] = {}
    about: dict[str, Mapping[str, Any]] = {}
    for boot in boots:
        for series in boot["series"]:
            key = series["metric"], series["implementation"]
            values.setdefault(key, []).append(undisturbed(series["samples"]) / series["loops"])
            about[series["metric"]] = series
    rows = []
    for (metric, implementation), found in values.items():
        if implementation not in whose:
            continue
        its = about[metric]
        floor = values.get((its["floor"], implementation)) or values.get((its["floor"], NOBODY))
        least = median(floor) if floor else 0
        rows.append(
            {
                "metric": metric,
                "implementation": implementation,
                "what": its["what"],
                "unit": its["unit"],
                "time": round(median(found), 1),
                "floor": its["floor"] if least else "",
                "times": round(median(found) / least, 1) if least else None,
                "boots": len(found),
            }
        )
    return rows
