# SPDX-License-Identifier: GPL-2.0
"""Chromium without a window, for tests that look at pages as people do."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.remote_connection import RemoteConnection
from urllib3.exceptions import ReadTimeoutError

DRIVER = "/usr/bin/chromedriver"
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # which root cannot have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a page that asks the network for anything fails
)

PATIENCE = 60  # seconds for an answer of the browser, which else is waited for without end
FEW, AGAIN = 5, 4  # so many of the slowest pages are opened so often again


class Browser:
    """One window, on the pages of a site in a folder."""

    def __init__(self, driver: Any, site: Path) -> None:
        self.driver = driver
        self.site = site

    def open(self, page: str) -> None:
        """Load a page, even if only its hash is another one; it is ready then."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.site.as_uri()}/{page}")

    def run(self, script: str, *values: Any) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *values)

    def text(self, selector: str) -> str:
        """What stands there."""
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def texts(self, selector: str) -> list[str]:
        """What stands in each place of the kind that can be seen."""
        found = "[...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility())"
        return list(self.run(f"return {found}.map((e) => e.textContent)", selector))

    def milliseconds(self) -> float:
        """From asking for the page to its last script, its tables and charts being there."""
        navigation = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        return float(self.run(f"return {navigation}"))

    def heaviest(self, pages: Collection[str]) -> tuple[str, float]:
        """The page that takes longest, and its milliseconds when least disturbed by others."""
        once = {}
        for page in pages:
            self.open(page)
            once[page] = self.milliseconds()
        slow = sorted(once, key=lambda page: once[page])[-FEW:]
        for page in slow * AGAIN:
            self.open(page)
            once[page] = min(once[page], self.milliseconds())
        most = max(slow, key=lambda page: once[page])
        return most, once[most]

    def complaints(self) -> list[str]:
        """What the console has said since it was asked last."""
        return [str(one["message"]) for one in self.driver.get_log("browser")]

    def choose(self, name: str, value: str) -> None:
        """Set a field of the filters as a person does."""
        self.run(
            "const field = document.querySelector(`[name='${arguments[0]}']`);"
            "field.value = arguments[1]; field.dispatchEvent(new Event('input', {bubbles: true}));",
            name,
            value,
        )

    def wide(self, width: int) -> None:
        """Be so many pixels wide."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, scheme: str) -> None:
        """Be of somebody who prefers light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def place(self) -> str:
        """The page that is shown, below the site, without its hash."""
        path = unquote(urlsplit(self.driver.current_url).path)
        return str(Path(path).relative_to(self.site))


@contextmanager
def chromium(site: Path) -> Iterator[Browser]:
    """A browser of its own."""
    options: Any = webdriver.ChromeOptions()
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    connections: Any = RemoteConnection
    connections.set_timeout(PATIENCE)
    service: Any = Service(DRIVER)
    driver: Any = webdriver.Chrome(service=service, options=options)
    execute = driver.execute

    def answered(*asked: Any) -> Any:
        """Without its driver, a browser that has hung once fails at once from then on."""
        try:
            return execute(*asked)
        except (TimeoutException, ReadTimeoutError):
            _end(service.process.pid)
            raise

    driver.execute = answered
    try:
        yield Browser(driver, site)
    finally:
        late = threading.Timer(PATIENCE, _end, [service.process.pid])
        late.start()
        try:
            driver.quit()
        finally:
            late.cancel()


def _end(driver: int) -> None:
    """Kill a driver, and the browser that would outlive it."""
    files = Path(f"/proc/{driver}/task").glob("*/children")  # of each thread its own
    children = [pid for file in files for pid in file.read_text().split()]
    for pid in (*map(int, children), driver):
        os.kill(pid, signal.SIGKILL)
