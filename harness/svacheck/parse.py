# SPDX-License-Identifier: GPL-2.0
"""`svacheck parse`: read any KTAP log, show what it says and what is wrong with it."""

from __future__ import annotations

import json
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from svacheck import console, crosscheck, ktap
from svacheck.commands import CommandLog
from svacheck.errors import EXIT_FAIL, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.ktap import Counts, Document, Node

# What makes our counts differ from those of the tree's own reader; found in a log as
# Document.features. "exact": the difference can be computed; "loses": kunit.py sees fewer
# results; "blind": kunit.py sees the same results and fewer errors.
DIFFERENCES: dict[str, tuple[str, str]] = {
    "directive": (
        "exact",
        "kunit.py knows no directive but SKIP: XFAIL counts as passed there, XPASS and a "
        "contradicted TIMEOUT or ERROR by their ok or not ok",
    ),
    "unread": (
        "loses",
        "kunit.py does not read a result without a name or with '#' in its name, and counts "
        "it as crashed",
    ),
    "several-blocks": (
        "loses",
        "kunit.py stops when the first plan is met, or takes a second header for a subtest",
    ),
    "second-run": ("loses", "kunit.py stops reading where the kernel stops first"),
    "extra-results": ("loses", "kunit.py does not read results beyond the plan"),
    "named-as-parent": (
        "loses",
        "kunit.py takes a subtest named as its parent for the parent's result",
    ),
    "lost": (
        "loses",
        "kunit.py loses its place after a result line that is missing or unreadable",
    ),
    "plan-at-end": ("blind", "kunit.py does not read a plan that follows the results"),
    "denied-by-subtests": (
        "blind",
        "kunit.py does not compare the result of a suite with those of its cases",
    ),
    "reader": (
        "blind",
        "kunit.py does not judge indentation, lines cut short, unnumbered results or what "
        "stands behind '# '",
    ),
}
_BLIND_KINDS = {"bad-nesting", "cut-line", "malformed-result", "second-plan", "too-deep"}
_LOST_KINDS = {"missing-result", "bad-nesting", "malformed-result", "wrong-number", "too-deep"}

MOST_BYTES = 256 << 20
MOST_LINES = 4_000_000

_STATUS = {EXIT_PASS: "pass", EXIT_FAIL: "fail", EXIT_TROUBLE: "error"}


def parse_files(
    paths: Sequence[Path],
    as_json: bool,
    out: TextIO,
    tree: Path | None = None,
    log: CommandLog | None = None,
) -> int:
    """Read logs ("-": standard input) and write what they say to out, as text or JSON.

    tree: a kernel tree whose kunit.py is asked for its counts too; log: for that command.
    Returns 0 if all passed, 1 if something failed, 2 if a log is in error (nothing ran or
    all was skipped, something crashed, an anomaly of the serious kind, or counts that
    differ for no known reason).
    Raises Problem for a file that cannot be read, after all others have been shown.
    """
    problems: list[Problem] = []
    entries: list[dict[str, Any]] = []
    worst = EXIT_PASS
    for path in paths:
        try:
            entry, document = _entry(path, tree, log or CommandLog())
        except Problem as problem:
            problems.append(problem)
            continue
        worst = max(worst, _exit_status(entry["status"]))
        if as_json:
            entries.append(entry)
        else:
            for line in _text(entry, document):
                out.write(printable(line, out) + "\n")
    if as_json:
        json.dump({"schema": 1, "files": entries}, out, indent=1)
        out.write("\n")
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more that cannot be read)" if problems[1:] else ""
        raise Problem(first.what + more, first.where, first.remedy)
    return worst


def _limited(lines: Iterable[bytes], name: str) -> list[str]:
    found: list[str] = []
    size = 0
    for line in lines:
        size += len(line)
        if size > MOST_BYTES or len(found) >= MOST_LINES:
            remedy = "parse it in parts"
            raise Problem(f"a log this large is not read: {MOST_BYTES >> 20} MB", name, remedy)
        found.append(_decode(line))
    return found


def read_lines(path: Path) -> list[str]:
    """All lines of a log, with their newlines; bytes that are no UTF-8 are kept as \\xNN.

    Raises Problem if it is no readable file, or is binary and holds no KTAP.
    """
    if str(path) == "-":
        return _limited(sys.stdin.buffer, "standard input")
    name = printable(str(path))
    try:
        mode = path.stat().st_mode
        # A pipe is what a shell's <(command) hands over; devices may never end.
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            what = "a directory" if stat.S_ISDIR(mode) else "no plain file"
            raise Problem(f"cannot read a log: this is {what}", name, "name a file with KTAP in it")
        with path.open("rb") as file:
            return _limited(_lines(file), name)
    except (OSError, ValueError) as error:
        text = error.strerror if isinstance(error, OSError) else str(error)
        raise Problem(f"cannot read a log: {text}", name, "name a file with KTAP in it") from error


def printable(text: str, out: TextIO | None = None) -> str:
    """The text with everything escaped that could act on a terminal or not be encoded."""
    safe = "".join(char if char.isprintable() else _escape(char) for char in text)
    encoding = (out.encoding if out else None) or "utf-8"
    return safe.encode(encoding, "backslashreplace").decode(encoding)


def agreement(path: Path, tree: Path, log: CommandLog) -> tuple[Counts, Counts, str]:
    """Our counts of a log, those of the tree's own kunit.py, and why they differ.

    The reason is "" if they are equal or if no entry of DIFFERENCES explains all of the
    difference. Raises Problem if the tree has no kunit.py or it cannot read the log.
    """
    document = ktap.read(read_lines(path))
    ours = ktap.counts(document)
    theirs = _kunit_counts(path, tree, log)
    return ours, theirs, explain(document, theirs)


def _kunit_counts(path: Path, tree: Path, log: CommandLog) -> Counts:
    with tempfile.TemporaryDirectory(prefix="svacheck-") as folder:
        answer = crosscheck.kunit_counts(tree, [path], log, Path(folder, "counts.json"))[0]
    if isinstance(answer, Problem):
        raise Problem(printable(answer.what), printable(answer.where), answer.remedy)
    return answer


def explain(document: Document, theirs: Counts) -> str:
    """Why the counts of kunit.py differ from ours: sentences of DIFFERENCES, or ""."""
    if ktap.counts(document) == theirs:
        return ""
    features = set(document.features)
    kinds = {anomaly.kind for anomaly in document.anomalies}
    if kinds & _LOST_KINDS:
        features.add("lost")
    if kinds & _BLIND_KINDS or any(node.commented for node in _walk(document.root)):
        features.add("reader")
    expected = ktap.counts(document, like_kunit=True)
    here = {DIFFERENCES[feature][0] for feature in features}
    results = ("passed", "failed", "skipped")
    if "loses" in here:
        # Having lost its place it says so, or it stopped early and saw less of everything.
        less = all(getattr(theirs, name) <= getattr(expected, name) for name in results)
        known = less or (theirs.errors > 0 and theirs.failed <= expected.failed)
    elif "blind" in here:
        known = all(getattr(theirs, name) == getattr(expected, name) for name in results)
        known = known and theirs.errors <= expected.errors and theirs.crashed <= expected.crashed
    else:
        known = theirs == expected
    if not known:
        return ""
    return "; ".join(DIFFERENCES[feature][1] for feature in DIFFERENCES if feature in features)


def _decode(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of a file that is KTAP, or text. Raises ValueError at a binary one."""
    binary = started = False
    for line in file:
        binary = binary or b"\0" in line
        started = started or b"TAP version " in line
        yield line
    if binary and not started:
        raise ValueError("this is a binary file without KTAP in it")


def _escape(char: str) -> str:
    code = ord(char)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _entry(path: Path, tree: Path | None, log: CommandLog) -> tuple[dict[str, Any], Document]:
    lines = read_lines(path)
    document = ktap.read(lines)
    counts = ktap.counts(document)
    status = EXIT_PASS
    if counts.failed:
        status = EXIT_FAIL
    entry: dict[str, Any] = {
        "file": str(path).encode("utf-8", "backslashreplace").decode(),
        "status": "",
        "lines": document.lines,
        "complete": document.complete,
        "counts": asdict(counts),
        "anomalies": [{**asdict(a), "serious": a.serious} for a in document.anomalies],
        "anomalies_not_shown": document.dropped,
        "reports": [asdict(report) for report in console.reports(lines)],
        "tests": [_tree(node) for node in document.root.children],
    }
    if tree:
        with tempfile.TemporaryDirectory(prefix="svacheck-") as folder:
            copy = Path(folder, "log")
            copy.write_text("".join(lines), "utf-8", "backslashreplace", newline="")
            theirs = _kunit_counts(copy, tree, log)
        reason = explain(document, theirs)
        entry["kunit"] = {"counts": asdict(theirs), "reason": reason, "equal": counts == theirs}
        if counts != theirs and not reason:
            status = EXIT_TROUBLE
    ran = counts.passed + counts.failed + counts.expected_failures
    if document.serious() or counts.crashed or not ran:
        status = EXIT_TROUBLE
    entry["status"] = _STATUS[status]
    return entry, document


def _exit_status(word: str) -> int:
    return next(status for status, name in _STATUS.items() if name == word)


def _tree(node: Node) -> dict[str, Any]:
    """One test for JSON. Depth is bounded by ktap.MAX_DEPTH."""
    return {
        "name": node.name,
        "number": node.number,
        "outcome": node.outcome,
        "directive": node.directive,
        "detail": node.detail,
        "first_line": node.first_line,
        "line": node.line,
        "last_line": node.last_line,
        "plan": node.plan,
        "missing": node.missing,
        "commented": node.commented,
        "diagnostics": node.diagnostics,
        "diagnostics_not_shown": node.dropped,
        "tests": [_tree(child) for child in node.children],
    }


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _text(entry: dict[str, Any], document: Document) -> Iterator[str]:
    yield entry["file"]
    for child in document.root.children:
        yield from _branch(child, 1)
    if entry["anomalies"]:
        yield "  out of order:"
    for anomaly in document.anomalies:
        word = "error" if anomaly.serious else "note"
        meaning = ktap.ANOMALIES[anomaly.kind][1]
        yield f"    line {anomaly.line}: {word}: {meaning} [{anomaly.kind}]: {anomaly.text}"
    if document.dropped:
        yield f"    and {document.dropped} more of the same kinds"
    if entry["reports"]:
        yield "  reports of the kernel (shown, not judged: svacheck check judges them):"
    for report in entry["reports"]:
        where = f" in {report['function']}" if report["function"] else ""
        yield f"    line {report['line']}: {report['kind']}{where}: {report['text']}"
    counts = ktap.counts(document)
    yield f"  {entry['status']}: {_words(counts)}"
    if "kunit" in entry:
        theirs = Counts(**entry["kunit"]["counts"])
        same = "the same" if entry["kunit"]["equal"] else _words(theirs)
        yield f"  kunit.py of the tree: {same}"
        if not entry["kunit"]["equal"]:
            yield f"    reason: {entry['kunit']['reason'] or 'none known'}"


def _branch(node: Node, depth: int) -> Iterator[str]:
    word = "no result" if node.outcome == "none" else node.outcome
    detail = f" ({node.detail})" if node.detail else ""
    yield f"{'  ' * depth}{word:<9} {node.name or '(no name)'}{detail}"
    if node.outcome in ("fail", "xpass", "timeout", "error", "none"):
        for line in node.diagnostics[-20:]:
            yield f"{'  ' * (depth + 1)}| {line.strip()}"
    for child in node.children:
        yield from _branch(child, depth + 1)
    if node.missing:
        yield f"{'  ' * (depth + 1)}{node.missing} more that the plan promised and that never came"


def _words(counts: Counts) -> str:
    text = f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
    if counts.expected_failures:
        text += f", {counts.expected_failures} failed as expected"
    if counts.crashed:
        text += f", {counts.crashed} never came"
    if counts.errors:
        text += f", {counts.errors} errors in the log"
    return text if counts.total() > counts.skipped else text + "; no test ran"
