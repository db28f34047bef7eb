# SPDX-License-Identifier: GPL-2.0
"""The commands of the store on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from svacheck.cliparts import command
from svacheck.errors import EXIT_PASS

if TYPE_CHECKING:
    from svacheck.cliparts import Commands

_FEW = 10  # changes of a class that are told unless verbose


def add(commands: Commands) -> None:
    """reindex, and what asks the index."""
    command(
        commands,
        _reindex,
        "make the index of stored runs anew",
        "Make results/index.sqlite anew from what is stored, and name the folders that are left\n"
        "out because they are damaged. The commands that ask the index bring it up to date by\n"
        "themselves: this is for one that is not trusted any more.",
        "  svacheck reindex\n",
    )
    past = command(
        commands,
        _history,
        "what stored runs have said of a rule, case or metric",
        "Show for each kernel and lane what the stored runs said of a rule or a case, the oldest\n"
        "first, where that changed, and which runs of the very same do not agree; of a metric of\n"
        "svacheck bench the medians of the sessions with their intervals.",
        "  svacheck history PASID-009\n"
        "  svacheck history svac_pasid.set/carried --kernel 6.1\n"
        "  svacheck history set_block.paging/carried --json\n",
    )
    past.add_argument("name", metavar="RULE|CASE|METRIC", help="its id, in full")
    past.add_argument("--kernel", metavar="K", default="", help="of this kernel alone")
    past.add_argument("--lane", metavar="L", default="", help="of this lane alone")
    past.add_argument("--json", action="store_true", help="print it as JSON instead")
    _add_diff(commands)
    _add_query(commands)


def _add_diff(commands: Commands) -> None:
    made = command(
        commands,
        _diff,
        "what changed between two stored runs",
        "Say of each rule and case what changed from one stored run to another, in the classes\n"
        "of svacheck gate, which also runs again what fails and minds known issues.",
        "  svacheck diff 20261122T0930 last\n  svacheck diff 20261122T0930 last --json\n\n"
        "exit status: 0 nothing got worse, 1 something did, 2 usage, or a run has no verdict",
    )
    for name, what in (("base", "BASE"), ("head", "HEAD")):
        made.add_argument(name, metavar=what, help='"last", an id or its beginning, or a folder')
    made.add_argument("-v", "--verbose", action="store_true", help="tell every change")
    made.add_argument("--json", action="store_true", help="print it as JSON instead")


def _add_query(commands: Commands) -> None:
    made = command(
        commands,
        _query,
        "ask the index of stored runs with SQL",
        "Ask the index of all stored runs with SQL, which can read and nothing else. The tables\n"
        "are described in results/schema/index.md; without SQL they are listed.",
        "  svacheck query\n"
        "  svacheck query 'SELECT lane, verdict, count(*) FROM runs GROUP BY 1, 2'\n"
        "  svacheck query \"SELECT run, reason FROM cases WHERE status = 'fail'\" --csv\n",
    )
    made.add_argument("sql", metavar="SQL", nargs="?", help="one SELECT")
    made.add_argument("--limit", metavar="N", type=_rows, default=1000, help="rows at most (1000)")
    form = made.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="as CSV, with a line of names")
    form.add_argument("--json", action="store_true", help="as a list of objects")


def _rows(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _reindex(options: argparse.Namespace) -> int:
    from svacheck.report import visible
    from svacheck.store.index import rebuilt, to_stderr

    with rebuilt(say=lambda line: None if " left out " in line else to_stderr(line)) as index:
        left_out = index.rows("SELECT folder, why FROM left_out ORDER BY folder")
        for folder, why in left_out:
            print(visible(f"left out {folder}: {why}"))
        runs, cases = index.rows("SELECT count(*), total(cases) FROM runs")[0]
        where = index.file or "memory, since no file can be written"
        print(f"{runs} runs with {cases:.0f} cases, {index.tally.added} records in all: {where}")
    return EXIT_PASS


def _history(options: argparse.Namespace) -> int:
    from svacheck.report import visible
    from svacheck.store.history import history, lines, record
    from svacheck.store.index import opened

    with opened() as index:
        found = history(index, options.name, options.kernel, options.lane)
    if options.json:
        print(json.dumps(record(found), indent=1))
    else:
        for line in lines(found):
            print(visible(line))
    return EXIT_PASS


def _diff(options: argparse.Namespace) -> int:
    from svacheck.report import visible
    from svacheck.store import diff

    made = diff.diff(options.base, options.head)
    if options.json:
        print(json.dumps(made, indent=1))
    else:
        for line in diff.lines(made, 0 if options.verbose else _FEW):
            print(visible(line))
    return diff.status(made)


def _query(options: argparse.Namespace) -> int:
    from svacheck.store import query
    from svacheck.store.index import opened

    if not options.sql:
        print(query.views())
        return EXIT_PASS
    with opened() as index:
        answer = query.ask(index, options.sql, options.limit)
    make = query.as_csv if options.csv else query.as_json if options.json else query.as_table
    sys.stdout.write(make(answer))
    if answer.more:
        print(f"svacheck: there are more than {options.limit} rows; see --limit", file=sys.stderr)
    return EXIT_PASS
