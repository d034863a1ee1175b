"""One daemon, one site and one browser for all tests of a module."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from loopback import site
from running import Daemon
from watching import Followed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    with site() as there:
        daemon = Daemon(tmp_path_factory.mktemp("daemon"))
        made = Followed(daemon, there)
        made.start()
        yield made
        daemon.kill()


@pytest.fixture(scope="module")  # while it runs, nothing else in this process can run a loop
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; without one, these tests are skipped."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()
