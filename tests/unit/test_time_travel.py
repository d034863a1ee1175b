"""Feeds of several sources, digests and states as they were known at another moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import feedparser
import pytest
from storing import MINUTE, NOW, commit, entry, settings

from feeder.config import Settings, parse
from feeder.model import SourceState
from feeder.publish.publisher import Publisher
from feeder.render import DOCUMENTS
from feeder.store import Store
from feeder.web import time_travel
from feeder.web.time_travel import Moment, MomentError, feed_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = """[[source]]
name = "harbour"
url = "https://example.org/harbour"
[[bundle]]
name = "all"
title = "All of it"
keep = 3
[[bundle]]
name = "one"
sources = ["harbour"]
"""


@pytest.fixture
def configured(tmp_path: Path) -> Settings:
    return parse(TEXT.encode(), tmp_path / "config.toml")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two sources. Of the first an update is edited after ten minutes and another goes after twenty."""
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as opened:
        harbour = opened.add(settings("harbour", digest="1h"), "api", NOW)
        council = opened.add(settings("council"), "api", NOW)
        opened.commit(commit(harbour.id, entry(1), entry(3), entry(5)))
        opened.commit(commit(council.id, entry(2), entry(4)))
        edited = entry(
            3, 2, "Other words.", updated=NOW + 10 * MINUTE, first_seen=entry(3).first_seen
        )
        opened.commit(commit(harbour.id, edited))
        gone = replace(entry(5), removed=NOW + 20 * MINUTE, revision=2, updated=NOW + 20 * MINUTE)
        opened.commit(commit(harbour.id, gone, kind="removed"))
        yield opened


def read(feed: object, form: str = "atom") -> list[tuple[str, str]]:
    found = feedparser.parse(DOCUMENTS[form](feed))  # type: ignore[index, arg-type]
    assert not found.bozo
    return [(one.title, one.get("source", {}).get("title", "")) for one in found.entries]


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("name", "moment", "wanted"),
    [
        ("all", Moment(None, at(3)), ["Update 3", "Update 2", "Update 1"]),
        ("all", Moment(None, at(5)), ["Update 5", "Update 4", "Update 3"]),
        ("all", Moment(None, at(30)), ["Update 4", "Update 3", "Update 2"]),
        ("all", Moment(at(2), None), ["Update 4", "Update 3"]),
        ("all", Moment(at(1), at(3)), ["Update 3", "Update 2"]),
        ("one", Moment(None, at(5)), ["Update 5", "Update 3", "Update 1"]),
        ("one", Moment(at(30), None), []),
        ("harbour", Moment(None, at(30)), ["Update 3", "Update 1"]),
    ],
)
def test_a_bundle_is_what_its_sources_were(
    store: Store, configured: Settings, name: str, moment: Moment, wanted: list[str]
) -> None:
    feed = feed_at(Publisher(configured, store), name, moment)
    assert feed
    assert [title for title, _ in read(feed)] == wanted
    if name == "all":
        assert {source for _, source in read(feed)} <= {"harbour", "council"}


def test_the_words_are_those_of_then(store: Store, configured: Settings) -> None:
    for minutes, words in ((9, b"revision 1"), (11, b"Other words")):
        feed = feed_at(Publisher(configured, store), "all", Moment(None, at(minutes)))
        assert feed
        assert words in next(one.atom for one in feed.items if one.id == entry(3).id)


def test_what_went_since_then_is_said_to_be_gone(store: Store, configured: Settings) -> None:
    feed = feed_at(Publisher(configured, store), "all", Moment(at(6), None))
    assert feed
    assert ([one.id for one in feed.items], [one.id for one in feed.deleted]) == ([], [entry(5).id])


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        (Moment(None, at(30)), 0),  # the hour was not over
        (Moment(None, at(60)), 2),
        (Moment(None, datetime(9999, 1, 1, tzinfo=UTC)), 2),
        (Moment(at(30), None), 2),
        (Moment(at(60), None), 0),
    ],
)
def test_a_digest_has_the_hours_that_were_over(
    store: Store, configured: Settings, moment: Moment, count: int
) -> None:
    feed = feed_at(Publisher(configured, store), "harbour-digest", moment)
    assert feed
    assert [title.partition(": ")[2] for title, _ in read(feed, "rss")] == [
        f"{count} updates"
    ] * bool(count)
    assert feed.name == "harbour-digest"


def test_states_are_told_up_to_then(store: Store, configured: Settings) -> None:
    found = store.source("harbour")
    assert found
    for minutes, state in ((40, "failing"), (50, "live")):
        source_state = SourceState(state=state, since=at(minutes), reason=f"It is {state}.")  # type: ignore[arg-type]
        store.commit(commit(found[0].id, at=at(minutes), source_state=source_state))
    for moment, count in (
        (Moment(None, at(45)), 1),
        (Moment(None, at(55)), 2),
        (Moment(at(45), None), 1),
    ):
        feed = feed_at(Publisher(configured, store), "status", moment)
        assert feed
        told = [title for title, _ in read(feed) if "live)" in title or "failing)" in title]
        assert len(told) == count, moment


def test_what_is_not_published_was_not_either(store: Store, configured: Settings) -> None:
    for name in ("nothing", "council-digest", "nothing-digest"):
        assert feed_at(Publisher(configured, store), name, Moment(None, at(3))) is None


def test_too_many_sources_are_not_folded_for_one_request(
    store: Store, configured: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_travel, "MOST_FOLDED", 1)
    with pytest.raises(MomentError, match="ask for the feed of each"):
        feed_at(Publisher(configured, store), "all", Moment(None, at(3)))
    assert feed_at(Publisher(configured, store), "one", Moment(None, at(3)))
