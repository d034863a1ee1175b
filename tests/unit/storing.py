"""Entries and commits for the tests of the store."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, text

from feeder.config import SourceSettings
from feeder.model import Change, Content, Entry, Rendered, SourceState
from feeder.store import Commit, Store

NOW = datetime(2026, 3, 2, 13, 4, 5, 678901, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def settings(name: str = "harbour", url: str | None = None, **more: Any) -> SourceSettings:
    return SourceSettings(name=name, url=url or f"https://example.org/{name}", **more)


def source(store: Store, name: str = "harbour") -> int:
    return store.add(settings(name), "api", NOW).id


def entry(number: int, revision: int = 1, text: str = "", **more: Any) -> Entry:
    words = text or f"The words of update {number}, revision {revision}."
    known = {
        "id": uuid.uuid5(uuid.NAMESPACE_URL, str(number)).urn,
        "number": number,
        "published": NOW + number * MINUTE,
        "updated": NOW + number * MINUTE,
        "first_seen": NOW + number * MINUTE,
        "content": Content(f"Update {number}", words, f"<p>{words}</p>"),
        "digest": f"digest-{words}",
        "native_id": f"native-{number}",
        "revision": revision,
    }
    return Entry(**(known | more))  # type: ignore[arg-type]


def rendered(entry: Entry) -> Rendered:
    body = f"{entry.id}:{entry.revision}".encode()
    return Rendered(
        entry.id,
        entry.number,
        entry.published,
        entry.updated,
        b"atom" + body,
        b"rss",
        b"json",
        entry.removed,
    )


def commit(source_id: int, *entries: Entry, kind: str | None = None, **more: Any) -> Commit:
    kinds = [kind or ("added" if e.revision == 1 else "edited") for e in entries]
    changes = tuple(Change(k, e.updated, e) for k, e in zip(kinds, entries, strict=True))  # type: ignore[arg-type]
    known = {
        "source_id": source_id,
        "at": NOW,
        "source_state": SourceState(state="live", since=NOW, last_read=NOW),
        "changes": changes,
        "rendered": tuple(rendered(e) for e in entries if not e.hidden),
        "renderer": "1",
    }
    return Commit(**(known | more))  # type: ignore[arg-type]


def create_database(address: str, name: str, template: str) -> None:
    """Makes a database of that name at a PostgreSQL server."""
    _command(address, f"CREATE DATABASE {name} TEMPLATE {template}")


def drop_database(address: str, name: str) -> None:
    """Removes one, whoever is still connected to it."""
    _command(address, f"DROP DATABASE {name} WITH (FORCE)")


def _command(address: str, command: str) -> None:
    url = address.format("postgres").replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(command))
    engine.dispose()
