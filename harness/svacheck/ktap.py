# SPDX-License-Identifier: GPL-2.0
"""Reader of KTAP 1 and of kselftest's TAP 13 dialect, made for logs that are not to be trusted.

Lines nest by the column they begin in, not by counting: what a plan promises is compared
with what came, never used to decide what a line means. Nothing is corrected silently:
whatever is out of order becomes an Anomaly. Time is linear in the size of the log and
depth is bounded, so no input can exhaust the stack.

Format: Documentation/dev-tools/ktap.rst of the kernel; dialect: the kernel's
tools/testing/selftests/kselftest.h and kselftest/runner.sh, which puts the output of each
program behind "# " before that program's own result line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from svacheck.model import Case

Outcome = Literal["pass", "fail", "skip", "xfail", "xpass", "timeout", "error", "none"]

# kind: (is it an error rather than a remark?, what it means)
ANOMALIES: dict[str, tuple[bool, str]] = {
    "not-ktap": (True, "no KTAP or TAP version line in the whole log"),
    "version": (True, "a version of KTAP or TAP that is not known"),
    "no-tests": (True, "a test or the whole log promises results and holds none"),
    "plan-mismatch": (True, "fewer or more results than the plan says"),
    "second-plan": (True, "a second plan for the same tests"),
    "wrong-number": (True, "a result out of sequence"),
    "missing-result": (True, "a test that began and has no result line"),
    "malformed-result": (True, "ok or not ok without a number"),
    "bad-nesting": (True, "a line whose indentation fits no test around it"),
    "too-deep": (True, "nested deeper than this reader follows"),
    "contradiction": (True, "ok with TIMEOUT or ERROR, or a result that its subtests deny"),
    "cut-line": (True, "the log ends in the middle of a result line"),
    "second-run": (True, "KTAP begins anew after the kernel had stopped"),
    "missing-plan": (False, "no plan: missing results at the end cannot be noticed"),
    "duplicate-name": (False, "two tests of one parent have the same name"),
    "hash-in-name": (False, "a '#' inside a name, where the format allows none"),
    "control-characters": (False, "NUL bytes or terminal escapes, removed before reading"),
    "long-line": (False, "a line longer than is read"),
}

MAX_DEPTH = 64  # KUnit nests 3 deep, kselftest 4
MAX_LINE = 8192  # characters of a line that are looked at; the kernel prints less than 1024
MAX_PREFIX = 200
MAX_DIAGNOSTICS = 2000  # lines kept for each test
MAX_ANOMALIES = 200  # kept of each kind; beyond it they are only counted

_VERSION = re.compile(r"(K?TAP) version ([0-9]{1,9})$")
_PLAN = re.compile(r"1\.\.([0-9]+)(?:\s+(#.*))?$")
_SUBTEST = re.compile(r"[ \t]*# Subtest: (.*)$")
_RESULT = re.compile(r"(not ok|ok)\s+([0-9]+)(?:\s+(.*))?$")
_UNNUMBERED = re.compile(r"not ok(?=\s|$)|ok(?=$|\s+[-#])")
_DIRECTIVE = re.compile(
    r"(?:^|\s)#\s*((?i:skip\w*|todo)|XFAIL|XPASS|TIMEOUT|ERROR)(?=[\s:]|$):?\s*(.*)$"
)
# kselftest.h spells it in lower case, and only where it gives no name.
_NAMELESS_ERROR = re.compile(r"# (error) (.*)$")
# A name that kunit.py of 6.1 accepts: no '#' but the one between two spaces.
_KUNIT_READS = re.compile(r"(?:not )?ok [0-9]+ [^#]*(?: # |$)")
_MARGIN = re.compile(r"[ \t]*(?:#(?:[ \t]+|(?=#)))*")
_STRUCTURE = re.compile(r"[ \t#]*(?:ok|not ok|K?TAP version |1\.\.|Subtest: )")
_END = re.compile(
    r"\s*(?:reboot: (?:System halted|Power down|Restarting system)"
    r"|List of all partitions:|Kernel panic - not syncing: VFS:)"
)
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-_])?|\0")
_ANNOTATION = re.compile(
    r"\s*#\s+(?:[^\s:]+: )?"
    r"(rule|rows|broken|blames|expect-warn|expect-report|svac-skip|explored|reproducer): (.*)$"
)
_BLAMED = re.compile(r"([A-Z]+-[0-9]{3}) (.*\S)$")
_EXPECTED_REPORT = re.compile(r"(\S.*) in (\w+)$")
_EXPECTED_WARN = re.compile(r"(\S+)\s+([0-9]{1,6})$")


@dataclass(frozen=True)
class Counts:
    """How many tests without subtests came out how, in the terms of the kernel's kunit.py.

    crashed: promised by a plan and never seen; errors: what is wrong with the log itself.
    expected_failures has no counterpart there: kunit.py counts XFAIL as passed.
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    crashed: int = 0
    errors: int = 0
    expected_failures: int = 0

    def total(self) -> int:
        """All tests, whatever came of them."""
        return self.passed + self.failed + self.skipped + self.crashed + self.expected_failures


@dataclass(frozen=True)
class Anomaly:
    """Something out of order. kind: a key of ANOMALIES; line: 1-based; weight: errors it makes."""

    kind: str
    line: int
    text: str
    weight: int

    @property
    def serious(self) -> bool:
        """Does it cast doubt on the result?"""
        return ANOMALIES[self.kind][0]


@dataclass(eq=False, slots=True)
class Node:
    """One test. Lines are 1-based; line is that of its result, 0 if there is none."""

    name: str = ""
    number: int | None = None
    ok: bool = False  # what the line said before its directive
    outcome: Outcome = "none"
    directive: str = ""  # as it was spelled
    detail: str = ""  # what followed the directive or the '#'
    first_line: int = 0
    line: int = 0
    last_line: int = 0
    group: bool = False  # had a header of its own
    commented: bool = False  # its subtests were printed behind "# "
    plan: int | None = None
    missing: int = 0  # promised by the plan, never seen
    cut: bool = False  # the log ends in its result line, so even its name is in doubt
    children: list[Node] = field(default_factory=list, repr=False)
    diagnostics: list[str] = field(default_factory=list, repr=False)
    dropped: int = 0  # diagnostics beyond MAX_DIAGNOSTICS
    tail_line: int = 0  # first line after the last child


@dataclass(eq=False)
class Document:
    """A whole log. root is nameless; its children are the suites or kselftest programs.

    features: habits of this log that kunit.py reads otherwise than we do (keys of
    svacheck.parse.DIFFERENCES). complete: every plan at the top is met and no test that
    began lacks its result.
    """

    root: Node
    lines: int = 0
    started: int = 0  # line of the first version line, 0: none
    ended: int = 0  # line where the kernel said goodbye, 0: it did not
    errors: int = 0
    complete: bool = False
    anomalies: list[Anomaly] = field(default_factory=list)
    dropped: int = 0  # anomalies beyond MAX_ANOMALIES
    features: set[str] = field(default_factory=set)

    def serious(self) -> bool:
        """Is there any anomaly that casts doubt on the result?"""
        return self.errors > 0


def read(lines: Iterable[str]) -> Document:
    """Read a log. Lines should keep their newline: a last line without one may be cut short.

    Never raises on any text.
    """
    reader = _Reader()
    for text in lines:
        reader.feed(text)
    return reader.finish()


def counts(document: Document, *, like_kunit: bool = False) -> Counts:
    """Count tests without subtests; kselftest programs count once, whatever they print inside.

    like_kunit: judge each result line as kunit.py of 6.1 does, blind to all directives
    but SKIP.
    """
    tally = dict.fromkeys(("passed", "failed", "skipped", "crashed", "expected_failures"), 0)
    _add(document.root, tally, like_kunit)
    return Counts(errors=document.errors, **tally)


def cases(document: Document) -> list[Case]:
    """The cases of svacheck's suites: suite, case, and below it one result for each parameter.

    A parameter is one Case; a case without parameters is one Case with param "". What a
    suite or case has to say beyond its parts (no result line, a failure that no part
    explains) becomes one more Case with status "error". A name used twice is an error.
    """
    found: list[Case] = []
    for suite in document.root.children:
        if suite.group and not suite.commented:
            found += _suite(suite)
        else:
            reason = "a suite without cases: " + (suite.detail or f"its result is {suite.outcome}")
            found.append(case_of(suite, suite.name, "", "", error=reason))
    seen: set[str] = set()
    for case in found:
        if case.id in seen:
            case.status, case.reason = "error", "the name is used twice in this log"
        seen.add(case.id)
    return found


@dataclass(slots=True)
class _Frame:
    """A test whose header was seen and whose result was not."""

    node: Node
    column: int
    comments: int
    title: str | None = None
    block: int = 0  # index of the first child the current plan is about
    plan: int | None = None
    skip_plan: bool = False  # "1..0 # SKIP": none is what was promised
    mark: int = 0  # last line that meant something to this test
    pending: list[str] = field(default_factory=list)
    dropped: int = 0

    def count(self) -> int:
        return len(self.node.children) - self.block


class _Reader:
    """The state between two lines: a stack of frames, outermost first."""

    def __init__(self) -> None:
        self.document = Document(Node(group=True))
        self.frames: list[_Frame] = []
        self.names: list[set[str]] = []  # of the children of each frame
        self.prefix: re.Pattern[str] | None = None
        self.number = 0
        self.implicit_root = False
        self.ended = False
        self.open_at_end = False
        self.seen: dict[str, int] = {}  # how often each kind of anomaly
        self.newlines = 0
        self.result_line = 0  # of the last result whose name no header vouches for

    def feed(self, raw: str) -> None:
        self.number += 1
        self.newlines += raw.endswith("\n")
        if len(raw) > MAX_LINE:
            raw = raw[:MAX_LINE]
            self.note("long-line", raw[:60])
        text = raw.strip("\r\n")
        if "\x1b" in text or "\0" in text:
            text = _ESCAPE.sub("", text)
            self.note("control-characters", text)
        text = text.rstrip()
        if not self.frames:
            self.look_for_start(text)
            return
        if self.prefix:
            match = self.prefix.match(text)
            if match:
                text = text[match.end() :]
            prefixed = match is not None
        else:
            prefixed = True
        if prefixed and _STRUCTURE.match(text) and self.structure(text):
            return
        if self.ended:
            return
        if _END.match(text):
            self.ended = True
            self.document.ended = self.number
            self.open_at_end = len(self.frames) > 1
            self.abandon(1)
        else:
            self.keep(text)

    def look_for_start(self, text: str) -> None:
        """The first version line may stand behind a constant prefix, such as a time stamp."""
        match = _VERSION.search(text)
        if not match or match.start() > MAX_PREFIX:
            return
        prefix = text[: match.start()].rstrip(" \t#")
        if prefix:
            # Numbers in it, such as seconds, change from line to line, and so does padding;
            # possessive, for a prefix of many of them must not be tried in every way.
            words = re.split(r"( *[0-9]+|  +)", prefix)
            words[0::2] = [re.escape(word) for word in words[0::2]]
            words[1::2] = [" *+[0-9]++" if word.strip() else " *+" for word in words[1::2]]
            self.prefix = re.compile("".join(words) + " ?")
        rest = text[len(prefix) :]
        if prefix and rest.startswith(" "):
            rest = rest[1:]
        column, comments, _ = _margin(rest)
        self.document.started = self.number
        self.document.root.first_line = self.number
        self.frames.append(_Frame(self.document.root, column, comments, mark=self.number))
        self.names.append(set())
        self.check_version(match, text)

    def structure(self, text: str) -> bool:
        """Is this a line of KTAP's own? If so, act on it."""
        match = _SUBTEST.match(text)
        if match:
            column = len(text[: text.index("#")].expandtabs())
            return not self.ended and self.subtest(column, 0, match.group(1))
        column, comments, content = _margin(text)
        if content.startswith("Subtest: "):
            # "# # Subtest": the last '#' belongs to the header, not to the margin.
            known = any(frame.comments == comments - 1 for frame in self.frames)
            return not self.ended and known and self.subtest(column - 2, comments - 1, content[9:])
        match = _VERSION.match(content)
        if match:
            return self.version(column, comments, match, text)
        if self.ended or not any(frame.comments == comments for frame in self.frames):
            return False
        match = _RESULT.match(content)
        if match:
            self.result(column, comments, match, text)
            return True
        match = _PLAN.match(content)
        if match:
            return self.plan(column, comments, match, text)
        if _UNNUMBERED.match(content):
            self.note("malformed-result", text)
        return False

    def version(self, column: int, comments: int, match: re.Match[str], text: str) -> bool:
        root = self.frames[0]
        if self.ended:
            self.note("second-run", text)
            self.document.features.add("second-run")
            self.ended = False
            self.restart(root)
        elif comments <= root.comments and column <= root.column:
            # kselftest prints one TAP header for each directory of tests.
            if (comments, column) != (root.comments, root.column):
                self.note("bad-nesting", text)
            self.abandon(1)
            self.restart(root)
            self.document.features.add("several-blocks")
        else:
            keep = self.position(column, comments)
            top = self.frames[keep - 1]
            same = top.column == column and top.comments == comments
            if same and comments > root.comments:
                # A program that runs others shows one header for each of them.
                self.abandon(keep)
                self.restart(top)
            elif same and keep == len(self.frames) and self.is_new(top):
                top.mark = self.number
            else:
                self.abandon(keep - 1 if same else keep)
                return self.push(column, comments, None, text) and self.check_version(match, text)
        return self.check_version(match, text)

    def subtest(self, column: int, comments: int, title: str) -> bool:
        top = self.frames[-1]
        keep = self.position(column, comments)
        same = self.frames[keep - 1].column == column and self.frames[keep - 1].comments == comments
        if same and keep == len(self.frames) and self.is_new(top):
            if keep > 1:
                top.title, top.node.name, top.mark = title, title, self.number
                return True
            # The results file of one suite: no header for the whole.
            self.implicit_root = True
        elif same and keep > 1:
            keep -= 1
        elif same:
            self.note("bad-nesting", title)
        self.abandon(keep)
        return self.push(column, comments, title, title)

    def plan(self, column: int, comments: int, match: re.Match[str], text: str) -> bool:
        for frame in (self.frames[-1], self.frames[0]):
            if frame.column == column and frame.comments == comments:
                break
        else:
            return False
        digits = match.group(1).lstrip("0")
        if len(digits) > 9 or frame.plan is not None:
            self.note("second-plan" if frame.plan is not None else "plan-mismatch", text)
            return True
        if frame.count():
            self.document.features.add("plan-at-end")
        frame.plan = int(digits or "0")
        frame.skip_plan = frame.plan == 0 and bool(_DIRECTIVE.search(match.group(2) or ""))
        frame.mark = self.number
        frame.node.plan = (frame.node.plan or 0) + frame.plan
        return True

    def result(self, column: int, comments: int, match: re.Match[str], text: str) -> None:
        word, digits, rest = match.group(1), match.group(2).lstrip("0"), match.group(3) or ""
        rest = rest[2:] if rest.startswith("- ") else "" if rest == "-" else rest
        number = int(digits or "0") if len(digits) <= 9 else None
        if comments == self.frames[0].comments and not _KUNIT_READS.match(match.group()):
            self.document.features.add("unread")
        keep = self.position(column, comments)
        owner: _Frame | None = None
        if keep < len(self.frames):
            self.abandon(keep + 1)
            if self.frames[-1].title is None or _titled(rest, self.frames[-1].title):
                owner = self.frames[-1]
            else:
                self.abandon(keep)
        elif self.is_own_result(number, rest):
            self.note("bad-nesting", text)
            owner = self.frames[-1]
        top = self.frames[-1]
        if owner:
            self.pop()
            top = self.frames[-1]
            node = owner.node
            node.commented = owner.comments > top.comments
        else:
            if (top.column, top.comments) != (column, comments) and not (
                self.implicit_root and top is self.frames[0]
            ):
                self.note("bad-nesting", text)
            if top.title is not None and _titled(rest, top.title):
                self.document.features.add("named-as-parent")
            node = Node(first_line=top.mark + 1)
            node.diagnostics, node.dropped = top.pending, top.dropped
            top.pending, top.dropped = [], 0
        self.describe(node, word == "ok", rest, owner.title if owner else None, text)
        node.number = number
        node.line = node.last_line = self.number
        if owner:
            self.settle(owner, text)
        if owner is None or owner.title is None:
            self.result_line = self.number
        if number != top.count() + 1:
            self.note("wrong-number", text)
        self.adopt(top, node)
        top.mark = self.number

    def is_own_result(self, number: int | None, rest: str) -> bool:
        """Does a line as deep as the results of the innermost test rather end that test?"""
        top = self.frames[-1]
        if len(self.frames) < 2 or top.title is None or not _titled(rest, top.title):
            return False
        full = top.plan is not None and top.count() >= top.plan
        return (full or number != top.count() + 1) and number == self.frames[-2].count() + 1

    def describe(self, node: Node, ok: bool, rest: str, title: str | None, text: str) -> None:
        """Name, directive and outcome of a result line."""
        tail = rest
        if title is not None and _titled(rest, title):
            node.name, tail = title, rest[len(title) :]
        match = _DIRECTIVE.search(tail) or _NAMELESS_ERROR.match(rest)
        if match:
            if title is None or node.name != title:
                node.name = tail[: match.start()].rstrip()
            node.directive, node.detail = match.group(1), match.group(2)
        elif title is None or node.name != title:
            node.name, _, node.detail = (" " + rest).partition(" # ")
            node.name = node.name.strip()
        else:
            node.detail = tail.strip(" #")
        node.ok = ok
        word = node.directive.upper()
        if word.startswith("SKIP"):
            node.outcome = "skip"
        elif word in ("XFAIL", "TODO", "XPASS", "TIMEOUT", "ERROR"):
            node.outcome = _DIRECTED[word, ok]
            if ok and word in ("TIMEOUT", "ERROR"):
                self.note("contradiction", text)
        else:
            node.outcome = "pass" if ok else "fail"
        if node.outcome not in ("pass", "fail") and not node.directive.startswith("SKIP"):
            self.document.features.add("directive")
        if "#" in node.name:
            self.note("hash-in-name", text)

    def settle(self, frame: _Frame, text: str) -> None:
        """What a test that has come to its end owes."""
        node = frame.node
        self.check_plan(frame)
        node.tail_line = frame.mark + 1
        node.diagnostics += frame.pending
        node.dropped += frame.dropped
        if not node.children and not node.missing and not frame.skip_plan:
            if node.outcome == "none" or (node.ok and node.outcome != "skip"):
                self.note("no-tests", text or node.name)
        bad = [child.outcome for child in node.children if child.outcome in _BAD]
        if node.outcome in ("pass", "skip"):
            denied = any(outcome != "none" for outcome in bad)
        else:
            # A program may well fail after its last result; a KUnit suite has no such end.
            whole = bool(node.children) and not (bad or node.missing or node.commented)
            denied = whole and node.outcome in _BAD and node.outcome != "none"
        if denied:
            self.note("contradiction", text)
            self.document.features.add("denied-by-subtests")

    def check_plan(self, frame: _Frame) -> None:
        if frame.plan is None:
            if frame is self.frames[0] and frame.count():
                self.note("missing-plan", "the log as a whole")
            return
        lack = frame.plan - frame.count()
        where = f"{frame.node.name or 'the log'}: plan {frame.plan}, results {frame.count()}"
        if lack > 0:
            frame.node.missing += lack
            self.note("plan-mismatch", where, lack)
        elif lack < 0:
            self.note("plan-mismatch", where)
            self.document.features.add("extra-results")

    def restart(self, frame: _Frame) -> None:
        """A new header for the same test: its plan and its numbers begin anew."""
        self.check_plan(frame)
        if not frame.count() and not frame.plan and not frame.skip_plan:
            self.note("no-tests", "a header without results before this line")
        frame.block, frame.plan, frame.skip_plan = len(frame.node.children), None, False
        frame.mark = self.number

    def position(self, column: int, comments: int) -> int:
        """How many frames are outside of, or level with, this margin (at least the root)."""
        keep = len(self.frames)
        while keep > 1:
            frame = self.frames[keep - 1]
            if frame.comments < comments:
                break
            if frame.comments == comments and frame.column <= column:
                break
            keep -= 1
        return keep

    def is_new(self, frame: _Frame) -> bool:
        """Has this test a header line and nothing else so far?"""
        return frame.title is None and frame.plan is None and not frame.node.children

    def push(self, column: int, comments: int, title: str | None, text: str) -> bool:
        top = self.frames[-1]
        if len(self.frames) > MAX_DEPTH:
            self.note("too-deep", text)
            return False
        node = Node(name=title or "", group=True, first_line=self.number)
        node.commented = comments > top.comments
        node.diagnostics, node.dropped = top.pending, top.dropped
        top.pending, top.dropped = [], 0
        self.frames.append(_Frame(node, column, comments, title, mark=self.number))
        self.names.append(set())
        return True

    def pop(self) -> _Frame:
        self.names.pop()
        return self.frames.pop()

    def abandon(self, keep: int) -> None:
        """Close all but the outermost frames: their result lines never came."""
        while len(self.frames) > keep:
            frame = self.pop()
            frame.node.last_line = self.number - 1
            self.note("missing-result", frame.node.name or "a test without a name")
            self.settle(frame, "")
            self.adopt(self.frames[-1], frame.node)
            self.frames[-1].mark = self.number - 1

    def adopt(self, parent: _Frame, node: Node) -> None:
        names = self.names[-1]
        if node.name and node.name in names:
            self.note("duplicate-name", node.name)
        names.add(node.name)
        parent.node.children.append(node)

    def finish(self) -> Document:
        document = self.document
        document.lines = self.number
        if not self.frames:
            self.note("not-ktap", "no line reads 'KTAP version 1' or 'TAP version 13'")
            return document
        root = self.frames[0]
        if self.newlines == self.number - 1 and self.newlines and self.result_line == self.number:
            self.note("cut-line", "the last result has no newline")
            self.frames[-1].node.children[-1].cut = True
        self.open_at_end |= len(self.frames) > 1
        self.number += 1
        self.abandon(1)
        before = root.node.missing
        self.check_plan(root)
        root.node.last_line = document.ended or document.lines
        root.node.diagnostics += root.pending
        root.node.dropped += root.dropped
        if not root.count() and not root.plan and (not root.skip_plan or not root.node.children):
            self.note("no-tests", "a header and no result")
        document.complete = not self.open_at_end and root.node.missing == before
        return document

    def check_version(self, match: re.Match[str], text: str) -> bool:
        known = {"KTAP": (1,), "TAP": (13, 14)}[match.group(1)]
        if int(match.group(2)) not in known:
            self.note("version", text)
        return True

    def keep(self, text: str) -> None:
        """A line that is nobody's result: it belongs to the innermost test."""
        frame = self.frames[-1]
        if len(frame.pending) < MAX_DIAGNOSTICS or _ANNOTATION.match(text):
            frame.pending.append(text)
        else:
            frame.dropped += 1

    def note(self, kind: str, text: str, weight: int = 1) -> None:
        serious = ANOMALIES[kind][0]
        if serious:
            self.document.errors += weight
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if self.seen[kind] <= MAX_ANOMALIES:
            line = max(1, min(self.number, self.document.lines or self.number))
            weight = weight if serious else 0
            self.document.anomalies.append(Anomaly(kind, line, text.strip()[:500], weight))
        else:
            self.document.dropped += 1


# An expected failure is "ok # XFAIL" for kselftest and "not ok # TODO" for TAP.
_DIRECTED: dict[tuple[str, bool], Outcome] = {
    ("XFAIL", True): "xfail",
    ("XFAIL", False): "xfail",
    ("TODO", True): "xpass",
    ("TODO", False): "xfail",
    ("XPASS", True): "xpass",
    ("XPASS", False): "xpass",
    ("TIMEOUT", True): "timeout",
    ("TIMEOUT", False): "timeout",
    ("ERROR", True): "error",
    ("ERROR", False): "error",
}
_BAD = ("fail", "xpass", "timeout", "error", "none")


def _margin(text: str) -> tuple[int, int, str]:
    """Column where the content begins, number of '#' before it, the content."""
    match = _MARGIN.match(text)
    end = match.end() if match else 0
    margin = text[:end]
    return len(margin.expandtabs()), margin.count("#"), text[end:]


def _titled(rest: str, title: str) -> bool:
    """Is this the result of the test whose header said title?"""
    if not rest.startswith(title):
        return False
    tail = rest[len(title) :].lstrip()
    return not tail or (tail.startswith("#") and len(tail) < len(rest) - len(title))


def _add(node: Node, tally: dict[str, int], like_kunit: bool) -> bool:
    """Add a test to the tally; was there anything to add?"""
    if node.commented or not node.group:
        _add_result(node, tally, like_kunit)
        return True
    counted = node.missing > 0
    tally["crashed"] += node.missing
    for child in node.children:
        counted = _add(child, tally, like_kunit) or counted
    # Like kunit.py: a test with nothing below it counts itself, but not as a success.
    failed = node.outcome == "skip" or (node.line > 0 and not node.ok)
    if not counted and (node.children or failed):
        _add_result(node, tally, like_kunit)
        counted = True
    return counted


def _add_result(node: Node, tally: dict[str, int], like_kunit: bool) -> None:
    if node.line == 0:
        tally["crashed"] += 1
    elif like_kunit and node.directive.startswith("SKIP"):
        tally["skipped"] += 1
    elif like_kunit:
        tally["passed" if node.ok else "failed"] += 1
    else:
        tally[_COUNTED[node.outcome]] += 1


_COUNTED: dict[Outcome, str] = {
    "pass": "passed",
    "fail": "failed",
    "skip": "skipped",
    "xfail": "expected_failures",
    "xpass": "failed",
    "timeout": "failed",
    "error": "failed",
    "none": "crashed",
}


def _suite(suite: Node) -> Iterator[Case]:
    for node in suite.children:
        if not node.group:
            yield case_of(node, suite.name, node.name or str(node.number), "")
            continue
        for param in node.children:
            case = case_of(param, suite.name, node.name, param.name or str(param.number))
            # 6.1 prints a skipped parameter as ok and says SKIP only above it.
            if node.outcome == "skip" and case.status == "pass":
                case.status, case.reason = "skip", node.detail
            yield case
        trouble = _own_trouble(node, "parameter")
        if trouble:
            case = case_of(node, suite.name, node.name, "", error=trouble)
            for param in node.children:
                case.rules += [r for r in _annotations(param).rules if r not in case.rules]
            yield case
        elif not node.children:
            yield case_of(node, suite.name, node.name, "")
    trouble = _own_trouble(suite, "case")
    if trouble:
        yield case_of(suite, suite.name, "", "", error=trouble)


def _own_trouble(node: Node, part: str) -> str:
    """What is wrong with a suite or case beyond what its parts say, "" if nothing."""
    failing = [child for child in node.children if child.outcome in _BAD]
    if node.outcome == "none":
        return "it began and has no result line"
    if node.missing:
        return f"{node.missing} {part}(s) fewer than its plan says"
    if node.outcome in ("pass", "skip") and failing:
        return f"its result is {node.outcome} although a {part} failed"
    if node.outcome in _BAD and not failing:
        return f"it failed although no {part} did"
    if not node.children and node.outcome != "skip":
        return f"no {part} ran"
    return ""


@dataclass(slots=True)
class _Annotations:
    """What a case says of itself; trouble: what of it cannot be read."""

    rules: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    blamed: list[tuple[str, str]] = field(default_factory=list)
    warns: list[tuple[str, int]] = field(default_factory=list)
    reports: list[tuple[str, str]] = field(default_factory=list)
    skip: str = ""
    rows: int = 0
    explored: dict[str, int | str] = field(default_factory=dict)
    reproducer: str = ""
    trouble: str = ""


def _annotations(node: Node) -> _Annotations:
    found = _Annotations()
    for line in node.diagnostics:
        match = _ANNOTATION.match(line)
        if not match:
            continue
        key, value = match.group(1), match.group(2).strip()
        warn = key == "expect-warn" and _EXPECTED_WARN.match(value)
        report = key == "expect-report" and _EXPECTED_REPORT.match(value)
        blame = _BLAMED.match(value) if key == "blames" else None
        if key in ("rule", "broken"):
            ids = found.rules if key == "rule" else found.broken
            ids += [value] if value not in ids else []
        elif blame:
            said = (blame.group(1), blame.group(2))
            found.blamed += [said] if said not in found.blamed else []
        elif key == "svac-skip":
            found.skip = found.skip or value or "no reason given"
        elif key == "rows" and value.isdecimal():
            found.rows = int(value[:6])
        elif key == "reproducer":  # a long one comes in several lines
            found.reproducer = f"{found.reproducer} {value}".strip()
        elif key == "explored" and all("=" in word for word in value.split()):
            found.explored = dict(map(_setting, value.split()))
        elif warn:
            found.warns.append((warn.group(1), int(warn.group(2))))
        elif report:
            found.reports.append((report.group(1), report.group(2)))
        else:
            found.trouble = f"cannot read '{key}: {value}'"
    return found


def _setting(word: str) -> tuple[str, int | str]:
    name, value = word.split("=", 1)
    return name, int(value[:20]) if value.isascii() and value.isdecimal() else value


def case_of(node: Node, suite: str, name: str, param: str, error: str = "") -> Case:
    """The case that a test is. error: what is wrong with it besides its outcome."""
    said = _annotations(node)
    trouble = "its result line is cut short" if node.cut else said.trouble
    status, reason = _STATUS[node.outcome]
    detail = node.detail
    if status == "pass" and said.skip:
        status, detail = "skip", said.skip
    if status == "pass" and said.broken:
        trouble = trouble or f"it names {said.broken[0]} as broken and passes"
    if status in ("pass", "skip") and said.blamed:
        trouble = trouble or f"it blames the driver for {said.blamed[0][0]} and does not fail"
    reason = f"{reason}: {detail}" if reason and detail else reason or detail
    if error or trouble:
        status, reason = "error", error or trouble
    return Case(
        suite,
        name,
        param,
        status,
        "" if status == "pass" else reason,
        said.rules,
        said.broken,
        said.blamed,
        said.warns,
        said.reports,
        [line for line in node.diagnostics if not _ANNOTATION.match(line)],
        (node.tail_line if node.group else node.first_line) or node.first_line,
        node.last_line,
        said.rows,
        said.explored,
        said.reproducer,
    )


# XFAIL has no place in these suites: what is expected to fail proves nothing.
_STATUS: dict[Outcome, tuple[str, str]] = {
    "pass": ("pass", ""),
    "fail": ("fail", ""),
    "skip": ("skip", ""),
    "xfail": ("error", "an expected failure (XFAIL or TODO)"),
    "xpass": ("fail", "expected to fail and did not (XPASS or TODO)"),
    "timeout": ("error", "TIMEOUT"),
    "error": ("error", "ERROR"),
    "none": ("error", "no result line"),
}
