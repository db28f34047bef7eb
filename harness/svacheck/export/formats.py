# SPDX-License-Identifier: GPL-2.0
"""The formats by name, and what each takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from svacheck.export import benches, junit, kcidb, markdown, prometheus, squad
from svacheck.export.document import Document
from svacheck.export.stored import RUNS, SESSIONS, Stored

BOTH = (RUNS, SESSIONS)


@dataclass(frozen=True)
class Format:
    """for_: who reads it; takes: kinds of records."""

    for_: str
    takes: Sequence[str]
    make: Callable[[Sequence[Stored]], list[Document]]


FORMATS = {
    "junit": Format("GitLab, Jenkins and all that read JUnit XML", (RUNS,), junit.make),
    "kcidb": Format("KernelCI's database, version 5.3", BOTH, kcidb.make),
    "squad": Format("SQUAD: tests, metrics and metadata", BOTH, squad.make),
    "prometheus": Format("the textfile collector of Prometheus", BOTH, prometheus.make),
    "github-action-benchmark": Format("its customSmallerIsBetter", (SESSIONS,), benches.github),
    "bencher": Format("Bencher, as its adapter json", (SESSIONS,), benches.bencher),
    "markdown": Format("a mail, a pull request or a wiki", BOTH, markdown.make),
    "csv": Format("spreadsheets and statistics: every sample", (SESSIONS,), benches.samples),
}
