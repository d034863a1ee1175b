"""What the store says of sources: the file's, the API's, their names, and when they are due."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from storing import MINUTE, NOW, commit, entry, settings, source

import feeder.store
from feeder.errors import ConfigError, StoreError
from feeder.model import Profile, SourceState, Validators
from feeder.store import Store, Synced


def names(store: Store) -> list[str]:
    return [source.name for source, _ in store.sources()]


def test_the_file_adds_changes_and_retires_its_sources(store: Store) -> None:
    first = store.sync([settings("a"), settings("b"), settings("c")], "1", NOW)
    assert first == Synced(added=("a", "b", "c"))
    second = store.sync([settings("a"), settings("b", every="5m"), settings("d")], "2", NOW)
    assert second == Synced(added=("d",), changed=("b",), retired=("c",))
    assert names(store) == ["a", "b", "d"]
    assert store.source("b")[0].settings == settings("b", every="5m")


def test_the_same_file_is_not_even_looked_at(store: Store) -> None:
    store.sync([settings("a")], "1", NOW)
    assert store.sync([], "1", NOW) == Synced()
    assert names(store) == ["a"]


def test_settings_come_back_as_they_were_written(store: Store) -> None:
    whole = settings(
        "a",
        title="Ü",
        every="31d",
        adaptive={"min": "1.5s", "max": "2h"},
        timezone="Asia/Kolkata",
        keep=7,
        request={"headers": {"Authorization": "env:X"}},
        select={"update": "li"},
        digest="1d",
        older_pages=3,
        include=["x|y"],
    )
    store.sync([whole], "1", NOW)
    assert store.source("a")[0].settings == whole


def test_a_feed_id_is_made_of_the_address_and_kept_for_ever(store: Store) -> None:
    made = uuid.uuid5(uuid.NAMESPACE_URL, "https://example.org/a")
    store.sync([settings("a")], "1", NOW)
    before = store.source("a")[0]
    assert before.feed_id == str(made)
    store.sync([settings("renamed", "https://example.org/a")], "2", NOW)
    store.sync([settings("renamed", "https://example.org/elsewhere")], "3", NOW)
    store.sync([], "4", NOW)
    assert store.sync([settings("back", "https://example.org/a")], "5", NOW) == Synced(
        added=("back",)
    )
    after = store.source("back")[0]
    assert (after.id, after.feed_id) == (before.id, before.feed_id)


def test_one_page_followed_twice_is_two_feeds(store: Store) -> None:
    pair = [settings("a", "https://example.org/x"), settings("b", "https://example.org/x")]
    store.sync(pair, "1", NOW)
    ids = {source.feed_id for source, _ in store.sources()}
    assert len(ids) == 2
    assert store.sync(pair[::-1], "2", NOW) == Synced()


def test_a_source_that_becomes_two_of_its_page_is_renamed_and_joined_by_a_new_one(
    store: Store,
) -> None:
    store.sync([settings("a", "https://example.org/x")], "1", NOW)
    before = store.source("a")[0]
    pair = [settings("b", "https://example.org/x"), settings("c", "https://example.org/x")]
    assert store.sync(pair, "2", NOW) == Synced(added=("c",), changed=("b",))
    assert store.source("b")[0].feed_id == before.feed_id
    assert store.source("c")[0].feed_id != before.feed_id


def test_two_names_may_be_swapped(store: Store) -> None:
    store.sync([settings("a"), settings("b")], "1", NOW)
    a = store.source("a")[0]
    store.sync(
        [settings("a", "https://example.org/b"), settings("b", "https://example.org/a")], "2", NOW
    )
    # The name decides: a subscriber of a.atom goes on with the page that is now configured under
    # it.
    assert store.source("a")[0].feed_id == a.feed_id


def test_a_new_address_under_the_same_name_is_read_without_the_old_validators(store: Store) -> None:
    store.sync([settings("a")], "1", NOW)
    key = store.source("a")[0].id
    store.mark(
        [
            (
                key,
                SourceState(
                    validators=Validators('"e"', "then", "d"), moved_to="https://example.org/moved"
                ),
            )
        ]
    )
    store.sync([settings("a", every="5m")], "2", NOW)
    assert store.source("a")[1].validators.etag == '"e"'
    store.sync([settings("a", "https://example.org/other")], "3", NOW)
    found, source_state = store.source("a")  # type: ignore[misc]
    assert (found.url, source_state.validators, source_state.next_due) == (
        "https://example.org/other",
        Validators(),
        NOW,
    )


def test_other_rules_read_the_same_page_again_in_full(store: Store) -> None:
    store.sync([settings("a")], "1", NOW)
    key = store.source("a")[0].id
    store.mark(
        [
            (
                key,
                SourceState(
                    validators=Validators('"e"', "then", "d"), moved_to="https://example.org/moved"
                ),
            )
        ]
    )
    store.sync([settings("a", extract="text")], "2", NOW)
    found, source_state = store.source("a")  # type: ignore[misc]
    assert (found.url, source_state.validators) == ("https://example.org/moved", Validators())


def test_files_of_a_source_with_other_settings_are_to_be_published_again(store: Store) -> None:
    store.sync([settings("a"), settings("b"), settings("never-read")], "1", NOW)
    for name in ("a", "b"):
        store.commit(commit(store.source(name)[0].id, entry(1, id=f"urn:uuid:{name}")))
        store.published(store.source(name)[0].id, (), NOW)
    store.sync(
        [settings("a", title="New"), settings("b"), settings("never-read", title="New")], "2", NOW
    )
    assert store.unpublished() == [store.source("a")[0].id]


def test_what_was_added_by_the_api_stays_when_the_file_changes(store: Store) -> None:
    store.add(settings("mine"), "api", NOW)
    store.sync([settings("a")], "1", NOW)
    store.sync([], "2", NOW)
    assert names(store) == ["mine"]
    with pytest.raises(ConfigError, match="'mine' in the file has the same name as one"):
        store.sync([settings("mine", "https://example.org/other")], "3", NOW)
    store.sync([settings("taken", "https://example.org/mine")], "4", NOW)
    assert [(s.name, s.origin) for s, _ in store.sources()] == [("taken", "file")]


def test_a_taken_name_is_refused(store: Store) -> None:
    source(store, "a")
    with pytest.raises(ConfigError, match="already a source 'a'"):
        store.add(settings("a", "https://example.org/other"), "api", NOW)
    source(store, "b")
    with pytest.raises(ConfigError, match="already a source 'a'"):
        store.rename("b", "a")
    with pytest.raises(ConfigError, match="no source 'zzz'"):
        store.rename("zzz", "c")
    with pytest.raises(ConfigError, match="must be 1 to 64"):
        store.rename("b", "../b")


def test_an_old_name_leads_to_the_new_one_until_it_is_used_again(store: Store) -> None:
    source(store, "a")
    store.rename("a", "b")
    store.rename("b", "c")
    assert (store.renamed("a"), store.renamed("b"), store.renamed("c")) == ("c", "c", None)
    store.add(settings("a", "https://example.org/new"), "api", NOW)
    assert store.renamed("a") is None


def test_a_retired_source_is_not_due_and_comes_back_as_it_was(store: Store) -> None:
    key = source(store, "a")
    assert store.retire("a", NOW)
    assert not store.retire("a", NOW)
    store.mark([(key, SourceState(next_due=NOW))])  # of a read that was on its way
    assert (store.due(NOW), names(store)) == ([], [])
    assert store.add(settings("a"), "api", NOW).id == key


def test_a_purge_leaves_nothing(store: Store) -> None:
    key = source(store, "a")
    store.commit(commit(key))
    assert store.retire("a", NOW, purge=True)
    assert store.source(key) is None
    again = store.add(settings("a"), "api", NOW)
    assert again.feed_id == str(uuid.uuid5(uuid.NAMESPACE_URL, "https://example.org/a"))


def test_the_most_overdue_come_first_without_those_being_read(store: Store) -> None:
    keys = [source(store, name) for name in "abcd"]
    for late, key in enumerate(keys):
        store.mark([(key, SourceState(next_due=NOW - late * MINUTE))])
    store.mark([(keys[0], SourceState(next_due=NOW + MINUTE))])
    assert [s.name for s, _ in store.due(NOW)] == ["d", "c", "b"]
    assert [s.name for s, _ in store.due(NOW, limit=1, busy={keys[3]})] == ["c"]
    store.mark([(keys[3], SourceState(next_due=None))])
    assert [s.name for s, _ in store.due(NOW)] == ["c", "b"]


def test_sources_are_made_due_by_name_or_all(store: Store) -> None:
    for name in "ab":
        store.mark([(source(store, name), SourceState(next_due=NOW + MINUTE))])
    store.make_due(["b", "unknown"], NOW)
    assert [s.name for s, _ in store.due(NOW)] == ["b"]
    store.make_due(None, NOW)
    assert len(store.due(NOW)) == 2


def test_a_standing_comes_back_as_it_was_committed(store: Store) -> None:
    key = source(store)
    profile = Profile(
        title="T",
        language="en-GB",
        coverage_start=NOW,
        ended=True,
        stamps=(NOW, NOW + MINUTE),
        notes=("n",),
    )
    source_state = SourceState(
        "failing",
        "no such host",
        NOW,
        NOW,
        "failed",
        NOW - MINUTE,
        NOW + MINUTE,
        Validators('"e"', "l", "d"),
        "https://example.org/moved",
        3,
        True,
        profile,
    )
    store.commit(commit(key, source_state=source_state))
    found, stored = store.source("harbour")  # type: ignore[misc]
    assert stored == source_state
    assert found.url == "https://example.org/moved"
    store.mark([(key, replace(source_state, failures=4, profile=Profile()))])
    assert store.source(key)[1] == replace(source_state, failures=4)


def test_every_change_of_state_is_told_once(store: Store) -> None:
    key = source(store)
    live = SourceState(
        state="live", since=NOW, last_read=NOW, profile=Profile(title="Harbour live")
    )
    store.commit(commit(key, source_state=live))
    store.mark([(key, replace(live, last_read=NOW + MINUTE))])
    store.mark([(key, replace(live, state="failing", since=NOW + 2 * MINUTE, reason="it is gone"))])
    told = [(c.name, c.title, c.before, c.state, c.at, c.reason) for c in store.state_changes()]
    assert told == [
        ("harbour", "Harbour live", "live", "failing", NOW + 2 * MINUTE, "it is gone"),
        ("harbour", "Harbour live", "new", "live", NOW, ""),
    ]
    assert len(store.state_changes(limit=1)) == 1


def test_instants_are_exact(store: Store) -> None:
    key = source(store)
    for moment in (
        NOW,
        NOW.replace(year=1900),
        NOW.replace(year=9999),
        NOW.replace(year=1),
        NOW + timedelta(microseconds=1),
    ):
        store.mark([(key, SourceState(last_read=moment))])
        assert store.source(key)[1].last_read == moment


def test_a_round_over_all_sources_takes_some_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeder.store, "_ROUND", 2)
    store.sync([settings(name) for name in "abcde"] + [settings("f", digest="1d")], "1", NOW)
    store.retire("c", NOW)
    assert [source.name for source, _ in store.each()] == ["a", "b", "d", "e", "f"]
    assert [source.name for source, _ in store.each(digested=True)] == ["f"]
    assert sorted(store.names()) == ["a", "b", "d", "e", "f"]
    assert store.by_state() == {"new": 5}


def test_a_closed_store_says_so_to_those_who_are_late(store: Store) -> None:
    source(store)
    late = store.each()
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        next(late)
