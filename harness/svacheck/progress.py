# SPDX-License-Identifier: GPL-2.0
"""What a person sees while waiting: phase, count, elapsed time.

On a terminal one live line (rich); elsewhere one plain line when a phase begins and
one when it ends. Everything goes to standard error, so --json leaves stdout clean.
"""

from __future__ import annotations

import resource
import sys
import time
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.status import Status


def cpu_seconds() -> float:
    """What this process and all those that it has waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Progress:
    """quiet: say nothing but problems; verbose: each external command as well."""

    def __init__(self, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self.live = self.console.is_terminal and not quiet
        self.phases: dict[str, float] = {}  # seconds each phase took, for run.json
        self.cpu: dict[str, float] = {}  # CPU-seconds of each, with all that it has started
        self._name = ""
        self._start = 0.0
        self._cpu = 0.0
        self._counted = ""
        self._status: Status | None = None

    def phase(self, name: str) -> Phase:
        """A context for one phase; phases do not nest."""
        return Phase(self, name)

    def note(self, text: str) -> None:
        """One line that stays."""
        if not self.quiet:
            self.console.print(escape(text))

    def command(self, text: str) -> None:
        """An external command, shown under -v."""
        if self.verbose:
            self.console.print("[dim]$ " + escape(text) + "[/dim]")

    def count(self, done: int, total: int | None, unit: str) -> None:
        """How far the current phase is; total None when it is not known."""
        of = f" of about {total}" if total else ""
        self._counted = f": {done}{of} {unit}"
        self.tick()

    def tick(self) -> None:
        """The current phase is alive."""
        if self._status:
            text = f"{self._name}{self._counted}, {self._elapsed():.0f} s"
            self._status.update(escape(text))

    def _elapsed(self) -> float:
        return time.monotonic() - self._start

    def _begin(self, name: str) -> None:
        self._name, self._start, self._counted = name, time.monotonic(), ""
        self._cpu = cpu_seconds()
        if self.live:
            self._status = self.console.status(escape(name))
            self._status.start()
        elif not self.quiet:
            self.console.print(escape(name + " ..."))
            sys.stderr.flush()

    def _end(self, failed: bool) -> None:
        seconds = self._elapsed()
        self.phases[self._name] = self.phases.get(self._name, 0.0) + seconds
        self.cpu[self._name] = self.cpu.get(self._name, 0.0) + cpu_seconds() - self._cpu
        if self._status:
            self._status.stop()
            self._status = None
        if not self.quiet:
            word = "failed after" if failed else "done in"
            self.console.print(escape(f"{self._name}: {word} {seconds:.1f} s"))


class Phase:
    """Times one phase and ends its line whatever happens."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name

    def __enter__(self) -> Progress:
        self._progress._begin(self._name)
        return self._progress

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress._end(failed=kind is not None)
