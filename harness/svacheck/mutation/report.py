# SPDX-License-Identifier: GPL-2.0
"""What a campaign comes to: report.json, and the same as text and as Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svacheck.errors import EXIT_FAIL, EXIT_PASS
from svacheck.mutation.classify import (
    CLASSES,
    CRASHED,
    HUNG,
    KILLED,
    LEAK,
    NOT_BUILT,
    REFUSED,
    SAME,
    SURVIVED,
    TWIN,
    UNCOVERED,
    WARNING,
)
from svacheck.mutation.operators import brief, meets

EQUIVALENT = "equivalent"
WRONG_PROOF = "judged equivalent, but not"
KINDS = (*CLASSES, EQUIVALENT)
LEFT_OUT = (SAME, TWIN, NOT_BUILT, EQUIVALENT)  # of the score
DETECTED = (KILLED, CRASHED, REFUSED)
SCORE = 97.0  # percent of the rest that has to be detected
EQUIVALENTS = 5.0  # percent of all that may be judged equivalent

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """data: of report.json; status: 0 or 1."""

    data: dict[str, Any]
    status: int


def summarise(
    header: Record,
    records: Sequence[Record],
    proofs: Mapping[str, str],
    families: Mapping[str, Sequence[str]],
) -> Report:
    """Count, score and list. A mutant judged equivalent that a rule kills is no such thing."""
    kinds = {record["id"]: _kind(record, proofs) for record in records}
    counts = Counter(kinds.values())
    scored = [r for r in records if kinds[r["id"]] not in LEFT_OUT]
    killed = [r for r in scored if r["fate"] == KILLED]
    detected = [r for r in scored if r["fate"] in DETECTED]
    score = 100.0 * len(detected) / len(scored) if scored else 0.0
    by_rule = 100.0 * len(killed) / len(scored) if scored else 0.0
    share = 100.0 * counts[EQUIVALENT] / len(records) if records else 0.0
    wrong = [r for r in records if r["id"] in proofs and r["fate"] in DETECTED]
    cpu = sum(part["cpu_seconds"] for part in header["parts"])
    done = sum(part["mutants"] for part in header["parts"])
    good = score >= SCORE and share <= EQUIVALENTS and not wrong
    lists: dict[str, list[Record]] = {
        WRONG_PROOF: wrong,
        SURVIVED: [r for r in records if kinds[r["id"]] == SURVIVED],
        UNCOVERED: [r for r in records if kinds[r["id"]] == UNCOVERED],
        HUNG: [r for r in records if kinds[r["id"]] == HUNG],
        "killed only by a crash in a case": [r for r in records if kinds[r["id"]] == CRASHED],
        REFUSED: [r for r in records if kinds[r["id"]] == REFUSED],
        "killed only by a leak found after a case": _only(killed, LEAK),
        "killed only by a warning that no case had declared": _only(killed, WARNING),
        "killed, but by no rule of the expected families": [
            r for r in detected if r["rules"] and not _as_expected(r, families)
        ],
        EQUIVALENT: [r for r in records if kinds[r["id"]] == EQUIVALENT],
        NOT_BUILT: [r for r in records if kinds[r["id"]] == NOT_BUILT],
    }
    return Report(
        {
            "campaign": dict(header),
            "mutants": len(records),
            "counts": {kind: counts[kind] for kind in KINDS},
            "score": round(score, 2),
            "score_by_rule": round(by_rule, 2),
            "equivalent_percent": round(share, 2),
            "cpu_seconds": round(cpu, 1),
            "per_cpu_minute": round(60 * done / cpu, 2) if cpu else 0.0,
            "operators": _table(records, kinds, lambda r: str(r["operator"])),
            "functions": _functions(records, kinds, families),
            "lists": {name: [_entry(r, proofs) for r in them] for name, them in lists.items()},
            "killed_by": {r["id"]: list(r["rules"]) for r in killed},
            "verdict": "pass" if good else "fail",
        },
        EXIT_PASS if good else EXIT_FAIL,
    )


def _kind(record: Record, proofs: Mapping[str, str]) -> str:
    if record["id"] in proofs and record["fate"] in (SURVIVED, SAME, TWIN):
        return EQUIVALENT
    return str(record["fate"])


def _only(killed: Sequence[Record], way: str) -> list[Record]:
    return [record for record in killed if record["by"] == [way]]


def _as_expected(record: Record, families: Mapping[str, Sequence[str]]) -> bool:
    wanted = families.get(record["function"])
    return wanted is None or meets(record["rules"], wanted)


def _table(
    records: Sequence[Record], kinds: Mapping[str, str], key: Callable[[Record], str]
) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = {}
    for record in records:
        table.setdefault(key(record), Counter())[kinds[record["id"]]] += 1
    return {name: {k: table[name][k] for k in KINDS if table[name][k]} for name in sorted(table)}


def _functions(
    records: Sequence[Record], kinds: Mapping[str, str], families: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    found = []
    names = dict.fromkeys((r["name"], r["function"]) for r in records)
    for file, function in sorted(names):
        mine = [r for r in records if (r["name"], r["function"]) == (file, function)]
        rules = Counter(rule for r in mine for rule in r["rules"])
        found.append(
            {
                "file": file,
                "function": function,
                "counts": dict(Counter(kinds[r["id"]] for r in mine)),
                "expected": list(families.get(function, [])),
                "rules": dict(rules.most_common()),
            }
        )
    return found


def _entry(record: Record, proofs: Mapping[str, str]) -> dict[str, Any]:
    entry = {key: record[key] for key in ("id", "name", "line", "why", "rules", "diff")}
    return entry | ({"proof": proofs[record["id"]]} if record["id"] in proofs else {})


# ---- for people ----


def write(report: Report, folder: Path) -> None:
    """report.json, report.txt and report.md into the folder of the campaign."""
    (folder / "report.json").write_text(json.dumps(report.data, indent=1) + "\n")
    (folder / "report.txt").write_text("\n".join(text(report.data)) + "\n")
    (folder / "report.md").write_text("\n".join(text(report.data, markdown=True)) + "\n")


def text(data: Record, markdown: bool = False) -> list[str]:
    """The report in lines."""
    campaign, counts = data["campaign"], data["counts"]
    lines = [f"Mutants, Linux {campaign['tree']['version']}, lane {campaign['lane']}"]
    lines += ["=" * len(lines[0]), ""]
    lines += brief_lines(data)
    lines += _head("By operator", markdown)
    rows = [[name, brief(name), *_cells(row)] for name, row in sorted(data["operators"].items())]
    lines += _grid(["operator", "what it does", *_SHORT], rows, markdown)
    lines += _head("By function, with the rules that killed", markdown)
    rows = [
        [f["function"], *_cells(f["counts"]), " ".join(f"{r}:{n}" for r, n in f["rules"].items())]
        for f in data["functions"]
    ]
    lines += _grid(["function", *_SHORT, "rules: mutants killed"], rows, markdown)
    for name, entries in data["lists"].items():
        if entries:
            lines += _head(f"{name[:1].upper()}{name[1:]}: {len(entries)}", markdown)
            lines += [line for entry in entries for line in _shown(name, entry, markdown)]
    assert set(counts) == set(KINDS)
    return lines


def brief_lines(data: Record) -> list[str]:
    """What a terminal shows: counts, score and speed."""
    counts = data["counts"]
    said = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])
    left = data["campaign"]["chosen"] - data["mutants"]
    lines = [
        f"{data['mutants']} of {data['campaign']['mutants']} mutants: {said}",
        f"score {data['score']:.1f} % (at least {SCORE:.0f} %) are {', '.join(DETECTED)};"
        f" {data['score_by_rule']:.1f} % are killed by a rule without a crash;"
        f" left out: {', '.join(LEFT_OUT)}",
        f"equivalent {data['equivalent_percent']:.1f} % (at most {EQUIVALENTS:.0f} %)",
        f"{data['cpu_seconds']:.0f} CPU-seconds, {data['per_cpu_minute']:.1f} mutants a CPU-minute",
    ]
    return lines + ([f"{left} more have no result yet"] if left else [])


_SHORT = ("all", "killed", "other", "left out")


def _cells(counts: Mapping[str, int]) -> list[str]:
    out = sum(counts.get(kind, 0) for kind in LEFT_OUT)
    whole, killed = sum(counts.values()), counts.get(KILLED, 0)
    return [str(whole), str(killed), str(whole - killed - out or ""), str(out or "")]


def _head(name: str, markdown: bool) -> list[str]:
    return ["", f"## {name}", ""] if markdown else ["", name, "-" * len(name)]


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool) -> list[str]:
    if markdown:
        table = [head, ["---"] * len(head), *rows]
        return ["| " + " | ".join(row) + " |" for row in table]
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in [head, *rows]]


def _shown(name: str, entry: Record, markdown: bool) -> list[str]:
    said = entry.get("proof") or "; ".join(filter(None, [entry["why"], " ".join(entry["rules"])]))
    line = f"{entry['id']} ({entry['name']}:{entry['line']})" + (f": {said}" if said else "")
    if markdown:
        line = f"- `{entry['id']}` ({entry['name']}:{entry['line']})" + (
            f": {said}" if said else ""
        )
    diff = entry["diff"].splitlines()[2:] if name in (SURVIVED, UNCOVERED, WRONG_PROOF) else []
    if markdown and diff:
        return [line, "", "```diff", *diff, "```", ""]
    return [line, *("    " + part for part in diff)]
