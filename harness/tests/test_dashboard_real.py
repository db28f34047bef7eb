# SPDX-License-Identifier: GPL-2.0
"""The dashboard of real runs among a thousand made-up ones."""

from __future__ import annotations

from pathlib import Path

import made_site
import pytest
from browsing import chromium

from svacheck import check
from svacheck.dashboard import site
from svacheck.dashboard.shown import Together
from svacheck.dashboard.stored import Stored
from svacheck.progress import Progress
from svacheck.store.index import opened

REAL = 20
# Small suites, in turn; the last is whole
SUITES = ("svac_singleton", "svac_domain", "svac_binding", "svac_pasid")

pytestmark = [pytest.mark.kernel, pytest.mark.slow, pytest.mark.browser]


def test_real_runs_among_many(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = []
    for nth in range(REAL):
        suite = SUITES[nth % len(SUITES)] if nth < REAL - 1 else "svac*"
        done = check.check(check.Options(suite=suite), Progress(quiet=True))
        assert done.folder and done.run["verdict"] == "pass"
        runs.append(done.run)
    with opened(results, lambda line: None) as index:
        source = Together(Stored(index), made_site.Many(1000, 1000))
        built = site.build(source, results, results / "site", Progress(quiet=True))
    assert built.runs == REAL + 1000 and built.unread == 0
    with chromium(built.folder) as browser:
        for run in runs:
            browser.open(f"runs/{run['id']}.html")
            assert browser.complaints() == []
            assert browser.text("#cases-shown").startswith(f"{len(run['cases'])} case")
            told = browser.text("#facts")
            assert f"{run['counts']['passed']} passed, 0 failed" in told
        pages = [f"runs/{run['id']}.html" for run in runs]
        for page in ("index.html", "rules.html", "runs.html", "rules/BIND-001.html"):
            browser.open(page)
            assert browser.complaints() == []
            pages.append(page)
        heaviest, took = browser.heaviest(pages)
    with capsys.disabled():
        print(f"\nheaviest page with {REAL} real runs: {heaviest}, {took:.0f} ms")
    assert took < 10_000
