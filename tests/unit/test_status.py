"""What is known of a source."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from storing import MINUTE, NOW, commit, entry, settings

from feeder.config import Settings
from feeder.model import Assumption, Profile, SourceState
from feeder.operations.glance import glance
from feeder.operations.status import all_statuses, latency_of, one_status
from feeder.store import Latency, Message, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = Settings(base_url="https://feeds.example")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as opened:
        yield opened


def test_a_source_that_was_never_read(store: Store) -> None:
    store.add(settings(), "api", NOW)
    (status,) = all_statuses(store, HERE)
    assert asdict(status) == {
        "name": "harbour", "address": "https://example.org/harbour", "title": "harbour", "state": "new", "reason": "",
        "since": None, "last_read": None, "last_outcome": "", "next_read": NOW, "last_change": None, "entries": 0,
        "failures": 0, "strategy": "", "notes": (), "timezone": "", "assumed": None, "unread": 0,
        "latency": {"found": None, "published": None, "told": None},
        "feeds": tuple(f"https://feeds.example/feeds/harbour.{form}" for form in ("atom", "rss", "json")),
        "origin": "api",
    }  # fmt: skip


def test_a_source_that_was_read(store: Store) -> None:
    source = store.add(settings(), "file", NOW)
    profile = Profile(title="Harbour live", strategy="jsonld", notes=("an id stands twice",))
    source_state = SourceState(
        state="blocked", reason="it asks for a password", since=NOW - MINUTE, last_read=NOW, last_outcome="failed",
        last_change=NOW - MINUTE, next_due=NOW + MINUTE, failures=2, moved_to="https://example.org/new",
        profile=profile,
    )  # fmt: skip
    entries = [entry(1), entry(2), entry(3, hidden=True), entry(4, removed=NOW)]
    store.commit(commit(source.id, *entries, source_state=source_state))
    status = one_status(store, HERE, "harbour")
    assert status is not None
    assert (status.title, status.strategy, status.notes) == (
        "Harbour live",
        "jsonld",
        ("an id stands twice",),
    )
    assert (status.state, status.reason, status.failures) == (
        "blocked",
        "it asks for a password",
        2,
    )
    assert (status.since, status.last_read, status.next_read) == (NOW - MINUTE, NOW, NOW + MINUTE)
    assert (status.last_outcome, status.last_change) == ("failed", NOW - MINUTE)
    assert (status.address, status.origin) == ("https://example.org/new", "file")
    assert status.entries == 2
    assert all_statuses(store, HERE) == [status]


def test_a_title_of_the_configuration_comes_before_the_page_s(store: Store) -> None:
    source = store.add(settings(title="Ours"), "api", NOW)
    store.commit(commit(source.id, source_state=SourceState(profile=Profile(title="Theirs"))))
    assert [status.title for status in all_statuses(store, HERE)] == ["Ours"]


def test_a_source_that_is_not_there(store: Store) -> None:
    assert one_status(store, HERE, "harbour") is None


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        ([], None),
        ([7.0], (7.0, 7.0)),
        ([1.0, 3.0], (2.0, 2.9)),
        ([float(n) for n in range(101)], (50.0, 95.0)),
    ],
)
def test_latency_is_the_median_and_the_95th_percentile(
    seconds: list[float], found: tuple[float, float] | None
) -> None:
    latency = latency_of(Latency(tuple(seconds), tuple(second / 2 for second in seconds)))
    assert latency.found == found
    assert latency.published == (found and (found[0] / 2, found[1] / 2))


def test_the_latency_of_new_updates_is_measured(store: Store) -> None:
    source = store.add(settings(), "api", NOW)
    store.commit(commit(source.id, entry(1)))  # what stood there at the first read tells nothing
    late = commit(source.id, entry(2, published=NOW, updated=NOW + timedelta(seconds=30)))
    store.commit(late)
    store.published(source.id, late.changes, NOW + timedelta(seconds=31))
    (status,) = all_statuses(store, HERE)
    assert asdict(status.latency) == {"found": (30.0, 30.0), "published": (1.0, 1.0), "told": None}


def test_a_glance_into_the_file_shows_what_the_store_tells(store: Store, tmp_path: Path) -> None:
    source = store.add(settings("harbour", title="Quay", timezone="Asia/Tokyo"), "file", NOW)
    store.add(settings("council"), "api", NOW)
    store.add(settings("gone"), "api", NOW)
    store.retire("gone", NOW)
    source_state = SourceState(
        "failing", "no answer", NOW - MINUTE, NOW, "failed", NOW - MINUTE, None,
        moved_to="https://example.org/new", failures=2, pending=True,
        profile=Profile(title="Live", assumed=Assumption("its times say no zone", "UTC"), unread=3),
    )  # fmt: skip
    entries = [entry(1), entry(2), entry(3, hidden=True), entry(4, removed=NOW)]
    store.commit(commit(source.id, *entries, source_state=source_state))
    store.put("configuration", "abc")
    here = HERE.model_copy(update={"store": f"sqlite:///{tmp_path}/feeder.db"})
    with glance(here) as seen:
        assert seen is not None
        assert all_statuses(seen, here) == all_statuses(store, here)
        assert one_status(seen, here, "harbour") == one_status(store, here, "harbour")
        assert one_status(seen, here, "gone") is None
        assert sorted(seen.names()) == sorted(store.names()) == ["council", "harbour"]
        assert (seen.get("configuration"), seen.get("other")) == ("abc", None)


@pytest.mark.parametrize("spoilt", ["no file", "not a database", "other tables", "PostgreSQL"])
def test_there_is_no_glance_where_the_file_is_not_as_expected(tmp_path: Path, spoilt: str) -> None:
    file = tmp_path / "feeder.db"
    if spoilt == "not a database":
        file.write_bytes(b"harbour" * 1000)
    elif spoilt == "other tables":
        with closing(sqlite3.connect(file)) as made:
            made.execute("CREATE TABLE sources (id)")
    url = "postgresql://me@here/feeder" if spoilt == "PostgreSQL" else f"sqlite:///{file}"
    with glance(HERE.model_copy(update={"store": url})) as seen:
        assert seen is None


def test_there_is_no_glance_where_hubs_or_webhooks_may_fail(store: Store, tmp_path: Path) -> None:
    source = store.add(settings(), "api", NOW)
    told = Message("websub", "https://hub.example/", "https://feeds.example/a.atom", b"", NOW)
    store.commit(commit(source.id, entry(1), outbox=(told,)))
    with glance(HERE.model_copy(update={"store": f"sqlite:///{tmp_path}/feeder.db"})) as seen:
        assert seen is None
