# SPDX-License-Identifier: GPL-2.0
"""What all tests share."""

from __future__ import annotations

import signal
from pathlib import Path

import hypothesis
import pytest
from certifying import Certifier
from fake_kernel import FakeKernel

from svacheck.cachedirs import Cache

# No time limit and no database: a test must not depend on the machine or on an earlier run.
hypothesis.settings.register_profile("svacheck", database=None, deadline=None)
hypothesis.settings.load_profile("svacheck")


def pytest_configure(config: pytest.Config) -> None:
    # A shell that starts us in the background has SIGINT ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "tree: needs an unpacked kernel tree in the cache")
    config.addinivalue_line("markers", "kernel: builds and boots a kernel")
    config.addinivalue_line("markers", "slow: builds one that takes long; make test-all runs it")
    config.addinivalue_line("markers", "browser: looks at pages in Chromium")
    config.addinivalue_line("markers", "upstream: builds one of 7.3; make test-all runs it")


LIMITS = {
    "kernel": 900,
    "upstream": 7200,
    "slow": 7200,
}  # seconds, by marker; the part has to have time for the others


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No test hangs for ever: it fails, and shows where each of its threads waits."""
    for item in items:
        longest = max(
            (LIMITS[mark.name] for mark in item.iter_markers() if mark.name in LIMITS), default=0
        )
        if longest:
            item.add_marker(pytest.mark.timeout(longest))


@pytest.fixture(scope="session")
def tree() -> Path:
    """The 6.1 kernel tree that `make check` has unpacked."""
    found = Cache.default().unpacked("linux-source-6.1")
    if not found:
        pytest.skip("no kernel tree 6.1 in the cache; make check puts one there")
    return found[-1]


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder of the test's own, so that no test stores among real runs."""
    folder = tmp_path / "results"
    monkeypatch.setenv("SVACHECK_RESULTS", str(folder))
    return folder


@pytest.fixture(autouse=True)
def interruptible() -> None:
    """The command line has SIGINT ignored once it was interrupted; the next test has not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certifier:
    """Makes certificates by made-up profiles, of runs of a kernel that is a script."""
    kernel = FakeKernel(tmp_path / "tree")
    kernel.folder.mkdir()
    kernel.install(monkeypatch)
    return Certifier(tmp_path, kernel, monkeypatch)
