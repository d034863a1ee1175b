"""Rows 23 and 26 of docs/reliability.md: a PostgreSQL server is restarted under a daemon."""

from __future__ import annotations

import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from running import PATIENCE, Daemon, Page, until
from sqlalchemy import create_engine, text
from test_daemon import HARBOUR, forking, refreshed, shown, titles
from test_trouble import sickness

from feeder.store.lock import _ADVISORY

if TYPE_CHECKING:
    pass


def configure(daemon: Daemon, server: Any) -> None:
    daemon.configure(HARBOUR.format(every="1s"), top=f'store = "{server.get_uri()}"')


@pytest.mark.row("23", "26")
def test_after_a_restart_of_the_server_all_goes_on_and_who_asks_elsewhere_is_answered(
    daemon: Daemon, page: Page, server: Any, tmp_path: Path
) -> None:
    configure(daemon, server)
    daemon.start()
    until(lambda: "The watch begins" in shown(daemon), "nothing is published")
    server.stop()
    page.add("The tide is in")
    until(lambda: sickness(daemon), "health stays green")
    assert "The watch begins" in shown(daemon)
    server.ensure_postgres_running()
    until(lambda: not sickness(daemon), "health stays red")
    until(lambda: "The tide is in" in shown(daemon), "what was read meanwhile is lost")
    assert daemon.get("/api/sources").is_success
    (tmp_path / "second").mkdir()
    second = Daemon(tmp_path / "second")
    configure(second, server)
    assert second.run("refresh", "harbour").wait(PATIENCE) == 0
    assert "harbour\tunchanged" in second.log, "it is not read by the one that runs"
    assert not sickness(daemon)
    assert "Traceback" not in daemon.log


@pytest.mark.row("23", "26")
def test_a_daemon_whose_store_another_one_took_meanwhile_ends_and_says_why(
    daemon: Daemon, page: Page, server: Any
) -> None:
    configure(daemon, server)
    daemon.start()
    until(lambda: "The watch begins" in shown(daemon), "nothing is published")
    daemon.send(signal.SIGSTOP)
    server.stop()
    server.ensure_postgres_running()
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as other:
        other.execute(text(f"SELECT pg_advisory_lock({_ADVISORY})"))
        daemon.send(signal.SIGCONT)
        page.add("The tide is in")
        assert daemon.process
        assert daemon.process.wait(PATIENCE) == 1
        assert "in use by another feeder" in daemon.log
        read = text("SELECT count(*) FROM entries")
        assert other.execute(read).scalar() == len(page.texts) - 1, "it wrote without the lock"
    engine.dispose()


@pytest.mark.row("24")
def test_killed_at_random_moments_nothing_is_lost_or_doubled_in_postgresql_either(
    daemon: Daemon, page: Page, server: Any
) -> None:
    configure(daemon, server)
    feed, chance = daemon.folder / "feeds" / "harbour.atom", random.Random(24)
    known: dict[str, str] = {}
    with forking(daemon.folder / "config.toml") as breeder:
        life = max(refreshed(breeder, None) for _ in range(2))
        for number in range(12):
            page.add(f"Gate {number} is shut")
            refreshed(breeder, chance.uniform(0, life))
            now = titles(feed.read_bytes())
            assert {title: now[title] for title in known} == known
            known = now
        refreshed(breeder, None)
    last = titles(feed.read_bytes())
    assert list(last) == page.texts[::-1]
    assert {title: last[title] for title in known} == known
