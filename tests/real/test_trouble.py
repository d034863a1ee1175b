"""A store that is locked, full or gone: health says so at once, feeds are served on, nothing that was read is lost.

Rows 21 and 22 of docs/reliability.md.
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from running import PATIENCE, Daemon, Page, until
from test_daemon import HARBOUR, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


@contextmanager
def locked(daemon: Daemon) -> Iterator[None]:
    with closing(sqlite3.connect(daemon.folder / "feeder.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(daemon: Daemon) -> Iterator[None]:
    """No file of the daemon can grow, but its log, which is short."""
    assert daemon.process
    before = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def deleted(daemon: Daemon) -> Iterator[None]:
    file, aside = daemon.folder / "feeder.db", daemon.folder / "aside.db"
    file.rename(aside)
    yield
    assert not file.exists(), "another store was made in its place"
    aside.rename(file)


@contextmanager
def replaced(daemon: Daemon) -> Iterator[None]:
    file, aside = daemon.folder / "feeder.db", daemon.folder / "aside.db"
    file.rename(aside)
    shutil.copyfile(aside, file)
    before = file.read_bytes()
    yield
    assert file.read_bytes() == before, "it was written on"
    aside.rename(file)


def sickness(daemon: Daemon) -> str:
    answer = httpx.get(f"{daemon.base}/healthz", timeout=PATIENCE, trust_env=False, verify=False)
    return "" if answer.is_success else str(answer.json()["detail"])


@pytest.mark.row("21", "22", "42")
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (locked, "locked by another process"),
        (full, "the disk is full or fails"),
        (deleted, "its file was deleted or replaced"),
        (replaced, "its file was deleted or replaced"),
    ],
)
def test_while_the_store_refuses_health_says_why_feeds_are_served_and_what_is_read_comes_after(
    daemon: Daemon,
    page: Page,
    trouble: Callable[[Daemon], AbstractContextManager[None]],
    reason: str,
) -> None:
    daemon.configure(HARBOUR.format(every="1s"))
    daemon.start()
    until(lambda: "The watch begins" in shown(daemon), "nothing is published")
    with trouble(daemon):
        page.add("The tide is in")
        until(lambda: reason in sickness(daemon), "health stays green")
        assert "The watch begins" in shown(daemon)
        assert "The tide is in" not in shown(daemon)
    until(lambda: not sickness(daemon), "health stays red")
    until(lambda: "The tide is in" in shown(daemon), "what was read meanwhile is lost")
    lines = [line for line in daemon.log.splitlines() if reason in line]
    assert 1 <= len(lines) <= 12, lines  # begun and over for schedule, outbox, upkeep; some reads
    assert "Traceback" not in daemon.log


@pytest.mark.row("41")
def test_a_refresh_that_finds_nothing_new_says_so_while_the_store_is_locked(
    daemon: Daemon, page: Page
) -> None:
    daemon.configure(HARBOUR.format(every="1h"))
    daemon.start()
    until(lambda: "The watch begins" in shown(daemon), "nothing is published")

    def last_read() -> str:
        return str(daemon.get("/api/sources/harbour").json()["last_read"])

    before = last_read()
    with locked(daemon):
        answer = daemon.post("/api/sources/harbour/refresh")
        assert (answer.status_code, answer.json()["outcome"]) == (200, "unchanged")
        assert last_read() == before
    until(lambda: last_read() > before, "what the read left behind is lost")
