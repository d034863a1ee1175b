"""Feeds put together from the store: what many changes at once cost, and what is written when."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import feedparser
import pytest
from storing import MINUTE, NOW, commit, entry, settings

from feeder.config import Settings, parse
from feeder.errors import StoreError
from feeder.model import Profile, SourceState
from feeder.operations.check import check_here
from feeder.publish import compose
from feeder.publish.publisher import Publisher, SharedRun
from feeder.store import Store, outbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as opened:
        yield opened


@pytest.fixture
def configured(tmp_path: Path) -> Settings:
    text = f'output = "{tmp_path}/feeds"\n[[bundle]]\nname = "all"\nsources = ["*"]\nkeep = 3\n'
    return parse(text.encode(), tmp_path / "config.toml")


def titles(configured: Settings) -> list[str]:
    return [
        one.title for one in feedparser.parse((configured.output / "all.atom").read_bytes()).entries
    ]


def followed(store: Store, name: str, *numbers: int) -> None:
    """A source with an update of its own at each of these minutes."""
    source = store.add(settings(name), "api", NOW)
    made = [entry(n, id=f"urn:uuid:{name}-{n}") for n in numbers]
    store.commit(commit(source.id, *made, rendered=tuple(compose.render_entries(made, source))))


def test_a_bundle_has_the_newest_of_its_sources_whoever_of_them_changed(
    store: Store, configured: Settings
) -> None:
    followed(store, "harbour", 1, 5)
    followed(store, "council", 2, 3, 4)
    found = store.source("harbour")
    assert found
    Publisher(configured, store).publish_source(*found)
    assert titles(configured) == ["Update 5", "Update 4", "Update 3"]
    assert not (configured.output / "council.atom").exists()


def test_those_who_wait_while_a_thing_is_done_share_the_next_time() -> None:
    shared, begun, go_on, done = SharedRun(), threading.Event(), threading.Event(), []

    def slowly() -> None:
        begun.set()
        assert go_on.wait(10)
        done.append("first")

    first = threading.Thread(target=shared.join, args=(slowly,))
    first.start()
    assert begun.wait(10)
    waiting = [
        threading.Thread(target=shared.join, args=(lambda: done.append("again"),)) for _ in range(5)
    ]
    for thread in waiting:
        thread.start()
    while shared._newest < 6:
        pass
    go_on.set()
    for thread in (first, *waiting):
        thread.join()
    assert done == ["first", "again"]


def test_what_failed_is_done_by_the_next_who_asked() -> None:
    shared, done = SharedRun(), []

    def fails() -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        shared.join(fails)
    shared.join(lambda: done.append("again"))
    assert done == ["again"]


def test_check_looks_at_bundles_too(store: Store, configured: Settings) -> None:
    followed(store, "harbour", 1)
    Publisher(configured, store).publish_missing(NOW)
    assert list(check_here(store, configured, len)) == []
    (configured.output / "all.rss").unlink()
    (problem,) = check_here(store, configured, len)
    assert (problem.where, problem.wrong) == ("all.rss", True)


def test_a_digest_that_can_say_nothing_new_is_not_made_again(
    store: Store, configured: Settings
) -> None:
    source = store.add(settings(digest="1h"), "api", NOW)
    store.commit(commit(source.id, entry(1)))
    file, publisher = configured.output / "harbour-digest.atom", Publisher(configured, store)

    def made(now: datetime) -> bool:
        """Whether it is, told from a file that was spoilt before."""
        file.write_bytes(b"spoilt")
        publisher.publish_digests(now)
        return file.read_bytes() != b"spoilt"

    configured.output.mkdir()
    assert [made(NOW), made(NOW + MINUTE), made(NOW + 60 * MINUTE), made(NOW + 61 * MINUTE)] == [
        True,
        False,
        True,
        False,
    ]
    store.commit(
        commit(
            source.id, entry(2), source_state=SourceState(state="live", last_change=NOW + MINUTE)
        )
    )
    assert made(NOW + 61 * MINUTE)
    file.unlink()
    publisher.publish_digests(NOW + 61 * MINUTE)
    assert file.exists()


def test_hubs_are_told_of_each_new_state_that_is_published(
    store: Store, configured: Settings
) -> None:
    hub = "https://hub.example/"
    push = configured.push.model_copy(update={"hubs": (hub,)})
    told = configured.model_copy(update={"push": push})
    publisher = Publisher(told, store)
    publisher.publish_states(NOW)  # there is nothing to tell yet
    followed(store, "harbour", 1)
    publisher.publish_states(NOW)
    publisher.publish_states(NOW)
    with store.database.reading() as connection:
        [parcel] = outbox.parcels(connection, hub)
    assert (parcel.message.topic, len(parcel.ids)) == (f"{compose.feeds_url(told)}status.atom", 1)


def test_the_lists_are_written_again_only_when_they_would_say_something_else(
    store: Store, configured: Settings
) -> None:
    """Those of 100,000 feeds take seconds."""
    followed(store, "harbour", 1)
    index, publisher = configured.output / "index.html", Publisher(configured, store)

    def written() -> bool:
        """Whether it is, told from a file that was spoilt before."""
        index.write_bytes(b"spoilt")
        publisher.publish_missing(NOW)
        return index.read_bytes() != b"spoilt"

    publisher.publish_missing(NOW)
    assert b"harbour" in index.read_bytes()
    assert not written()
    followed(store, "council", 2)
    assert written()
    store.rename("council", "town")
    assert written()
    store.retire("town", NOW)
    assert written()
    store.put("retitled", "yes")
    assert (written(), written()) == (True, False)
    index.unlink()
    publisher.publish_missing(NOW)
    assert index.exists()


def test_lists_follow_a_title_at_the_next_round_and_name_digests(
    store: Store, tmp_path: Path
) -> None:
    configured = parse(f'output = "{tmp_path}/feeds"\n'.encode(), tmp_path / "config.toml")
    source = store.add(settings("harbour", digest="1h"), "api", NOW)
    publisher = Publisher(configured, store)
    publisher.publish_lists()
    lists = [configured.output / "feeds.opml", configured.output / "index.html"]
    assert all("harbour-digest.atom" in file.read_text("utf-8") for file in lists)
    publisher.publish_retitled()
    assert not any("High tide" in file.read_text("utf-8") for file in lists)
    after = SourceState(profile=Profile(title="High tide"))
    store.commit(commit(source.id, entry(1), source_state=after, publish=True))
    publisher.publish_retitled()
    assert all("High tide" in file.read_text("utf-8") for file in lists)
    assert all("High tide: digest" in file.read_text("utf-8") for file in lists)
