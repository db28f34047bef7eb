# SPDX-License-Identifier: GPL-2.0
"""svacheck b4-check: one patch mail in, b4's list of results out.

b4 runs it in the top folder of the git tree (b4.review-perpatch-check-cmd) and reads what is
printed, whatever the exit status; an empty list means that there is nothing to report.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from svacheck.errors import EXIT_FAIL, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.gate import mail, report
from svacheck.gate.gate import Gated, Options, gate
from svacheck.progress import Progress
from svacheck.report import visible

TOOL = "svacheck"
NAME = "the mail"


def b4_check(options: Options, data: bytes, progress: Progress) -> tuple[list[dict[str, str]], int]:
    """The list for b4, and the exit status. options: of the gate, without the patch.

    KeyboardInterrupt: it was interrupted.
    """
    patch = mail.single(data)
    if not patch:
        return [], EXIT_PASS  # a cover letter
    try:
        gated = gate(replace(options, patches=(patch,), patches_from=NAME), progress)
    except Problem as problem:
        return [_result("fail", f"no verdict: {problem.what}", str(problem))], EXIT_TROUBLE
    return [result(gated)], gated.status


def result(gated: Gated) -> dict[str, str]:
    """One entry of b4's list."""
    record = gated.record
    text = report.render(record, gated.folder)
    if record["problems"]:
        return _result("fail", f"no verdict: {record['problems'][0]}", text, gated.folder)
    summary = report.classes(record)
    if gated.status == EXIT_FAIL:
        return _result("fail", summary, text, gated.folder)
    doubt = record["counts"]["rules"]["unstable"] + record["counts"]["cases"]["unstable"]
    status = "warn" if doubt or record["notes"] else "pass"
    return _result(status, summary, text, gated.folder)


def _result(status: str, summary: str, details: str, folder: Path | None = None) -> dict[str, str]:
    return {
        "tool": TOOL,
        "status": status,
        "summary": visible(summary),
        "url": folder.absolute().as_uri() if folder else "",
        "details": details,
    }
