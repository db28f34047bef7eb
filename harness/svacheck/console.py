# SPDX-License-Identifier: GPL-2.0
"""What a kernel says about its own health on its console, and how that console ended.

A report is one event: the WARN, BUG, sanitizer or lock report itself, not the lines of its
dump. A stack dump that no known report announces is a report too ("stack dump"): better to
name something unknown than to overlook it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from svacheck import ktap
from svacheck.model import Report

ENDINGS: dict[str, str] = {
    "halted": "the kernel halted after its results were complete",
    "panic": "the kernel panicked",
    "oops": "the kernel crashed",
    "hang": "the time limit ended it",
    "power-off": "the kernel stopped before its results were complete",
    "truncated": "the output stops without a word from the kernel",
}


@dataclass(frozen=True)
class Ending:
    """How a console ended. kind: a key of ENDINGS; line: 1-based, 0 for an empty console."""

    kind: str
    line: int
    text: str


MAX_LINE = 4096  # characters of a line that are looked at, at its beginning and at its end
MAX_FRAMES = 200  # kept of the stack dumps of a report

# The kernel's words, and those of a kit that has run a program on a machine that goes on
_STOPS = re.compile(
    r"reboot: (?:System halted|Power down|Restarting system)|svacheck kit: the program has ended"
)
_STAMP = re.compile(r"(?:<[0-9]+>)?(?:\[ *[0-9]+\.[0-9]+\](?:\[ *[TC][0-9]+\])? ?)?")
_KTAP = re.compile(r"\s*(?:(?:not ok|ok) [0-9]+(?: |$)|K?TAP version [0-9]|# Subtest: |1\.\.[0-9])")
_SYMBOL = r"([A-Za-z_][\w.]*)\+0x[0-9a-f]+"

# What begins a report wherever it stands in a line, since an unfinished line may precede
# it. Order matters: the first that matches names the kind.
_STRONG: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("panic", re.compile(r"Kernel panic - not syncing(?::|$)")),
    ("WARNING", re.compile(rf"WARNING: CPU: \d+ PID: \d+ at (?:\S+:\d+ )?(?:{_SYMBOL})?")),
    ("WARNING", re.compile(rf"WARNING: \S+:\d+ at {_SYMBOL}")),
    ("KASAN", re.compile(rf"BUG: KASAN: [\w-]+(?: in (?:{_SYMBOL})?)?")),
    ("KFENCE", re.compile(rf"BUG: KFENCE: [\w -]+?(?: in (?:{_SYMBOL})?|$)")),
    ("KCSAN", re.compile(r"BUG: KCSAN: [\w-]+ in (\w+)")),
    ("KMSAN", re.compile(rf"BUG: KMSAN: [\w-]+ in (?:{_SYMBOL})?")),
    ("UBSAN", re.compile(r"UBSAN: [\w -]+ in \S+:\d+:\d+")),
    ("BUG", re.compile(r"kernel BUG at \S+:\d+!")),
    ("BUG", re.compile(r"BUG: failure at \S+:\d+/(\w+)\(\)!")),
    ("Oops", re.compile(r"BUG: (?:kernel NULL pointer dereference|unable to handle)")),
    ("Oops", re.compile(r"Unable to handle kernel ")),
    ("Oops", re.compile(r"general protection fault(?:,|:)")),
    ("Oops", re.compile(r"(?:Internal error: )?Oops(?: - [\w ]+)?: ")),
    ("soft lockup", re.compile(r"BUG: soft lockup - CPU#\d+")),
    ("hard lockup", re.compile(r"Watchdog detected hard LOCKUP|NMI watchdog: .{0,80}LOCKUP")),
    ("RCU stall", re.compile(r"INFO: \w+ (?:self-)?detected (?:expedited )?stalls? on CPU")),
    (
        "hung task",
        re.compile(r"INFO: task \S.{0,60} blocked (?:in I/O wait )?for more than \d+ sec"),
    ),
    ("atomic", re.compile(r"BUG: sleeping function called from invalid context")),
    ("atomic", re.compile(r"BUG: scheduling while atomic")),
    ("lockdep", re.compile(r"\[ BUG: Invalid wait context \]")),
)

# What begins a report only at the beginning of a line.
_LOCKDEP = (
    r"WARNING: (?:possible |suspicious RCU usage|inconsistent lock state|held lock freed"
    r"|bad unlock balance|bad contention|Nested lock was not taken|lock held when returning"
    r"|\S+ still has locks held|\S+-safe -> \S+-unsafe lock order)"
)
_LEAKS = r"kmemleak: \d+ new suspected memory leaks"  # after the objects, if it tells them at all
_TOLD = re.compile(_LEAKS + r" \(see ")
_WEAK: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("lockdep", re.compile(_LOCKDEP)),
    ("lockdep", re.compile(r"INFO: (?:possible |suspicious RCU|inconsistent lock state)")),
    ("lockdep", re.compile(r"INFO: trying to register non-static key")),
    ("lockdep", re.compile(r"DEBUG_LOCKS_WARN_ON\(|BUG: (?:key \S+ has not|MAX_LOCK|MAX_STACK)")),
    ("kmemleak", re.compile(_LEAKS + r"|(?:kmemleak: )?unreferenced object 0x")),
    ("ODEBUG", re.compile(r"ODEBUG: ")),
    ("list corruption", re.compile(r"list_(?:add|del) corruption|slab: double")),
    ("refcount", re.compile(r"refcount_t: ")),
    ("usercopy", re.compile(r"usercopy: Kernel memory (?:exposure|overwrite) attempt")),
    ("OOM", re.compile(r"\S+ invoked oom-killer|Out of memory: ")),
    ("slab", re.compile(r"BUG \S+ \(.*\): ")),
    ("BUG", re.compile(r"(?:watchdog: )?BUG: ")),
    ("Oops", re.compile(r"KASAN: (?:null-ptr-deref|maybe wild-memory-access|probably )")),
    ("Oops", re.compile(r"Received SIGSEGV in SIGSEGV handler|Bus error - the host ")),
    ("Oops", re.compile(r"stack segment: |invalid opcode: |divide error: |double fault: ")),
)
_HINT = re.compile(
    r"panic|WARNING|BUG|UBSAN|Oops|Unable|general prot|LOCKUP|INFO|kmemleak|unrefer|ODEBUG"
    r"|corruption|double|refcount_t|usercopy|oom-kill|Out of mem|KASAN|SIGSEGV|Bus err|DEBUG_LOCKS"
    r"|segment: |opcode: |divide error|cut here|end trace|Call Trace|Modules linked|==="
    r"|RIP: |at: |fault: "
)

_CUT = re.compile(r"-+\[ cut here \]-+")
_END_TRACE = re.compile(r"---\[ end (?:trace|Kernel panic)")
_RULER = re.compile(r"={20,}$")
_FAULT_AT = re.compile(rf"\s*RIP: [0-9a-f]{{4}}:{_SYMBOL}")
_LOCK_AT = re.compile(rf".*\bat: {_SYMBOL}")
_FRAME = re.compile(r"(?:kmemleak:)?\s*(?:\[<[^>]*>\] )?([A-Za-z_][\w.]*)\+0x[0-9a-f]+/0x[0-9a-f]+")
_CLONE = re.compile(r"\.(?:isra|part|constprop|cold|llvm)\b.*")

# Warnings that are an instrument's way to report
_INSTRUMENTS = {
    "debug_print_object": "ODEBUG",
    "__list_add_valid": "list corruption",
    "__list_add_valid_or_report": "list corruption",
    "__list_del_entry_valid": "list corruption",
    "__list_del_entry_valid_or_report": "list corruption",
}
_ALLOCATORS = re.compile(
    r"save_stack_trace|stack_trace_save|set_track_prepare|__(?:create|alloc)_object|kmemleak_|slab_"
    r"|(?:__wrap_)?_*(?:k[mzcv]*|kmem_cache_|v[mz]|kre)alloc|(?:__wrap_)?kmalloc_|k(?:mem|str)dup"
)

# What tells that lockdep has stopped, besides a report of its own
_LOCKDEP_OFF = re.compile(
    r"Disabling lock debugging due to kernel taint|turning off the locking correctness validator"
    r"|INFO: lockdep is turned off"
)
_SEEN_OFF = re.compile(r"\s*# lockdep-off$")

# Reports that announce others: a line of these kinds, so many lines later at most, belongs
# to the same event.
_FOLLOWS: dict[str, tuple[int, tuple[str, ...]]] = {
    "Oops": (12, ("Oops",)),
    "BUG": (12, ("Oops",)),
    "WARNING": (2, ("lockdep", "ODEBUG", "list corruption", "refcount")),
    "ODEBUG": (2, ("ODEBUG",)),
    "list corruption": (2, ("list corruption",)),
}


def reports(lines: Iterable[str]) -> list[Report]:
    """Every report of the kernel about its own health, in order.

    function: where it arose, without offset and compiler suffix; "" if not named. KTAP
    diagnostics ("# ...") are never reports, so a test may quote one.
    """
    scan = _Scan()
    for number, raw in enumerate(lines, 1):
        text = _looked_at(raw).strip("\r\n\0")
        stamp = _STAMP.match(text)
        text = text[stamp.end() :] if stamp else text
        scan.feed(number, text)
    scan.close()
    return scan.found


@dataclass(frozen=True)
class LockdepOff:
    """Where in a console lockdep stopped. line: 1-based; announced: there the kernel says so
    or reports what stops it; else it is the first case that ended without lockdep."""

    line: int
    announced: bool
    text: str


def lockdep_off(lines: Iterable[str], found: Sequence[Report]) -> LockdepOff | None:
    """Where lockdep stopped for the rest of this boot; None if it did not.

    found: the reports() of these lines.
    """
    reported = {report.line for report in found if report.kind == "lockdep"}
    for number, raw in enumerate(lines, 1):
        text = _looked_at(raw).strip()
        if number in reported or (not text.startswith("#") and _LOCKDEP_OFF.search(text)):
            return LockdepOff(number, True, text)
        if _SEEN_OFF.match(text):
            return LockdepOff(number, False, text)
    return None


def ending(lines: Sequence[str], timed_out: bool) -> Ending:
    """How the console ended; timed_out: the time limit killed the kernel.

    A kernel that halts, powers off or restarts is "halted" only if no plan is left unmet
    and no test that began lacks its result.
    """
    crash = stop = None
    last = Ending("truncated", 0, "")
    for number, raw in enumerate(lines, 1):
        text = _looked_at(raw).strip()
        if text:
            last = Ending("truncated", number, text)
        stamp = _STAMP.match(text)
        text = text[stamp.end() :].strip() if stamp else text
        if text.startswith("#") or not text:
            continue
        if _STRONG[0][1].search(text):
            return Ending("panic", number, text)
        if _STOPS.match(text):
            stop = stop or Ending("halted", number, text)
        elif crash is None and _kind(text)[0] in ("Oops", "BUG"):
            crash = Ending("oops", number, text)
    if timed_out:
        return Ending("hang", last.line, last.text)
    if stop:
        document = ktap.read(lines)
        if document.started and not document.complete:
            return Ending("power-off", stop.line, stop.text)
        return stop
    return crash or last


def _looked_at(raw: str) -> str:
    """A line, without the middle if it is long: a report that somebody's unfinished line
    precedes stands at its end."""
    return raw if len(raw) <= 2 * MAX_LINE else raw[:MAX_LINE] + raw[-MAX_LINE:]


def _kind(text: str) -> tuple[str, str]:
    """Kind and function of the report that this line begins; ("", "") if it begins none."""
    if not _HINT.search(text):
        return "", ""
    for kind, pattern in _STRONG:
        match = pattern.search(text)
        if match:
            return kind, _function(match)
    bare = text.lstrip()
    for kind, pattern in _WEAK:
        if pattern.match(bare):
            return kind, ""
    return "", ""


def _function(match: re.Match[str]) -> str:
    name = match.group(1) if match.re.groups else None
    return _CLONE.sub("", name or "")


class _Scan:
    """The state between two lines: the report whose dump we are in, if any."""

    def __init__(self) -> None:
        self.found: list[Report] = []
        self.report: Report | None = None
        self.since = 0  # line the current event began in
        self.cut: tuple[int, str] | None = None  # "cut here", before its report
        self.registers = 0  # line of a register dump before its report
        self.traced = False  # has the current report had its stack dump?

    def feed(self, number: int, text: str) -> None:
        bare = text.lstrip()
        if _KTAP.match(text):
            self.close()
        if bare.startswith("#"):
            told = _TOLD.search(bare)
            if not told:
                return
            text = bare = bare[told.start() :]  # nothing but this line may tell of it
        if self.cut and not self.cut[1] and bare and not _CUT.search(text):
            self.cut = (self.cut[0], bare)
        if self.report and (frame := _FRAME.match(text)):
            self.frame(_function(frame))
        if not _HINT.search(text):
            return
        if _CUT.search(text):
            self.close()
            self.cut = (number, "")
            self.since = number
            return
        kind, function = _kind(text)
        if self.found and self.found[-1].kind == "kmemleak" and re.match(_LEAKS, bare):
            self.close()
        elif kind and not self.same_event(kind, number):
            self.begin(kind, function, number, bare)
        elif _END_TRACE.search(text):
            self.close()
        elif _RULER.match(bare):
            if self.report and self.report.kind in ("KASAN", "UBSAN", "KFENCE", "KCSAN"):
                self.close()
        elif "Modules linked in:" in text and not self.report and not self.cut:
            self.registers = number
        elif "Call Trace:" in text:
            self.trace(number, bare)
        elif self.report and not self.report.function:
            self.name_function(text)
        elif self.registers and not self.report:
            match = _FAULT_AT.match(text)
            if match:
                self.begin("Oops", _function(match), self.registers, bare)
                self.registers = number

    def begin(self, kind: str, function: str, number: int, text: str) -> None:
        if kind == "panic" and self.registers and self.report and self.report.kind == "Oops":
            # A register dump is the first half of UML's panic.
            self.report.kind, self.report.text, self.report.line = kind, text, number
            function = self.report.function
            self.registers = 0
            return
        if self.cut and kind in ("ODEBUG", "list corruption", "refcount", "usercopy", "lockdep"):
            return  # the message of a WARN or BUG whose own line follows
        if kind == "WARNING":
            kind = _INSTRUMENTS.get(function, kind)
        text = text if len(text) <= 500 else f"{text[:200]} ... {text[-300:]}"
        self.report = Report(kind, function, number, text)
        self.found.append(self.report)
        self.since = number
        self.cut = None
        self.registers = 0
        self.traced = False

    def frame(self, function: str) -> None:
        """A line of a stack dump. What kmemleak reports arose where the allocator was called."""
        if self.report and len(self.report.frames) < MAX_FRAMES:
            self.report.frames.append(function)
            if self.report.kind == "kmemleak" and not self.report.function:
                if not _ALLOCATORS.match(function):
                    self.report.function = function

    def same_event(self, kind: str, number: int) -> bool:
        """Is this line another part of the report we are in?"""
        if not self.report:
            return False
        near, kinds = _FOLLOWS.get(self.report.kind, (0, ()))
        return kind in kinds and number - self.since <= near

    def trace(self, number: int, text: str) -> None:
        """A stack dump belongs to one report; one that nothing announced is a report."""
        if self.cut:
            self.begin("WARNING", "", self.cut[0], self.cut[1] or text)
        elif not self.report:
            self.begin("stack dump", "", number, text)
        elif self.traced and self.report.kind not in ("lockdep", "RCU stall", "hung task"):
            self.begin("stack dump", "", number, text)
        self.traced = True

    def name_function(self, text: str) -> None:
        pattern = _LOCK_AT if self.report and self.report.kind == "lockdep" else _FAULT_AT
        match = pattern.match(text)
        if match and self.report:
            self.report.function = _function(match)

    def close(self) -> None:
        """The event is over; a cut line that nothing followed is a report of its own."""
        if self.cut:
            line, text = self.cut
            self.begin("WARNING", "", line, text or "cut here")
        self.report, self.cut, self.registers, self.traced = None, None, 0, False
