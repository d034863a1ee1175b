"""Fixtures of the tests that run real processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from running import Daemon, Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path / "live.txt")
