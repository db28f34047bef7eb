# SPDX-License-Identifier: GPL-2.0
"""What the reader of a tree's own kunit.py counts in our logs.

It runs in a process of its own, one for all logs: starting Python takes longer than
reading, and a log that breaks that reader does not break this program.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.ktap import Counts

TOOLS = "tools/testing/kunit"

# argv: folder of kunit_parser.py, file for the answers, logs
_READ = """
import inspect, json, sys
sys.path.insert(0, sys.argv[1])
import kunit_parser, kunit_printer
takes = inspect.signature(kunit_parser.parse_run_tests).parameters
more = [kunit_printer.stdout] if len(takes) > 1 else []
names = ("passed", "failed", "skipped", "crashed", "errors")
answers = []
for path in sys.argv[3:]:
    try:
        with open(path, errors="backslashreplace") as log:
            counts = kunit_parser.parse_run_tests(log, *more).counts
        answers.append({name: getattr(counts, name) for name in names})
    except Exception as error:
        answers.append(f"{type(error).__name__}: {error}")
with open(sys.argv[2], "w") as file:
    json.dump(answers, file)
"""


def kunit_counts(
    tree: Path, logs: Sequence[Path], log: CommandLog, answers: Path
) -> list[Counts | Problem]:
    """For each of logs what kunit_parser.py of tree counts in it, or why it cannot.

    answers: a file for them; beside it, with the suffix .out, lands what the reader
    prints. Nothing is written to the tree. Raises Problem if the tree has no such reader
    or it does not run.
    """
    tools = tree / TOOLS
    if not (tools / "kunit_parser.py").is_file():
        raise Problem("no kunit.py to compare with", str(tree), "name a kernel tree")
    answers.parent.mkdir(parents=True, exist_ok=True)
    output = answers.with_suffix(".out")
    script: list[str | Path] = [sys.executable, "-B", "-c", _READ]
    command = log.run(
        [*script, tools.absolute(), answers.absolute(), *(path.absolute() for path in logs)],
        cwd=answers.parent,
        output=output,
        environment={"LC_ALL": "C.UTF-8"},
        timeout=600,
    )
    if command.status != 0 or not answers.is_file():
        said = output.read_text(errors="replace").strip().rsplit("\n", 1)[-1]
        raise Problem(f"kunit.py's reader does not run: {said}", str(tools))
    return [_counts(answer, path) for answer, path in zip(json.loads(answers.read_text()), logs)]


def _counts(answer: dict[str, int] | str, path: Path) -> Counts | Problem:
    if isinstance(answer, str):
        remedy = "trust the counts of svacheck parse, and see what is unusual in the log"
        return Problem(f"kunit.py cannot read this log: {answer}", str(path), remedy)
    return Counts(**answer)
