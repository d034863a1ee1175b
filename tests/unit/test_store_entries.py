"""Entries in the store: found again, kept with every revision, published, erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from storing import MINUTE, NOW, commit, entry, rendered, source

from feeder.errors import StoreError
from feeder.model import Change, Content, Document, Known, Memory, Sought, SourceState, fold
from feeder.store import Latency, Message, Store
from feeder.store import rendered as renderings


@pytest.fixture
def key(store: Store) -> int:
    return source(store)


def numbers(known: Known) -> list[int]:
    return [entry.number for entry in known.entries]


def test_of_a_new_source_nothing_is_known(store: Store, key: int) -> None:
    feed_id = store.source(key)[0].feed_id
    assert store.known(key, Sought(frozenset({"x"}), earliest=NOW, latest=NOW)) == Known(
        feed_id, (), b"", 1
    )


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(), []),
        (Sought(native_ids=frozenset({"native-2", "native-9", "unknown"})), [2, 9]),
        (Sought(digests=frozenset({"digest-The words of update 3, revision 1."})), [3]),
        (Sought(ids=frozenset({entry(4).id, "urn:uuid:unknown"})), [4]),
        (Sought(earliest=NOW + 5 * MINUTE, latest=NOW + 7 * MINUTE), [5, 6, 7]),
        (
            Sought(frozenset({"native-1"}), frozenset(), NOW + 9 * MINUTE, NOW + 99 * MINUTE),
            [1, 9, 10],
        ),
    ],
)
def test_only_what_is_sought_is_loaded(
    store: Store, key: int, sought: Sought, found: list[int]
) -> None:
    store.commit(commit(key, *(entry(n) for n in range(1, 11))))
    store.commit(commit(other := source(store, "other"), entry(1, id="urn:uuid:o")))
    known = store.known(key, sought)
    assert (numbers(known), known.next_number) == (found, 11)
    assert all(e == entry(e.number) for e in known.entries)
    assert numbers(store.known(other, sought)) == [n for n in found if n == 1 and sought.native_ids]


def test_an_entry_is_found_by_every_native_id_it_ever_had(store: Store, key: int) -> None:
    store.commit(commit(key, entry(1)))
    store.commit(commit(key, entry(1, 2, native_id="redesigned")))
    store.commit(commit(key, entry(1, 3, native_id=None)))
    for native in ("native-1", "redesigned"):
        assert store.known(key, Sought(native_ids=frozenset({native}))).entries == (
            entry(1, 3, native_id=None),
        )


def test_memory_and_numbers_go_on(store: Store, key: int) -> None:
    store.commit(commit(key, entry(1), entry(2), memory=Memory(b"m" * 100_000)))
    store.commit(commit(key, entry(1, 2)))
    known = store.known(key, remembered=False)
    assert (known.memory, known.next_number) == (b"m" * 100_000, 3)


def test_folded_changes_are_the_entries(store: Store, key: int) -> None:
    store.commit(commit(key, entry(1), entry(2)))
    store.commit(commit(key, entry(1, 2), entry(3)))
    store.commit(commit(key, entry(2, 2, removed=NOW), kind="removed"))
    changes = store.changes(key)
    assert [(c.kind, c.entry.number) for c in changes] == [
        ("added", 1), ("added", 2), ("edited", 1), ("added", 3), ("removed", 2),
    ]  # fmt: skip
    assert sorted(fold(changes).values(), key=lambda e: e.number) == sorted(
        store.entries(key), key=lambda e: e.number
    )
    assert store.counts() == {key: 2}


def test_the_past_is_what_was_known_then(store: Store, key: int) -> None:
    store.commit(commit(key, entry(1)))
    edited = entry(1, 2)
    later = Change("edited", NOW + 60 * MINUTE, edited, ("text", "headline"))
    store.commit(replace(commit(key), changes=(later,)))
    assert [c.entry.revision for c in store.changes(key, NOW + 59 * MINUTE)] == [1]
    assert store.revisions(edited.id) == [Change("added", NOW + MINUTE, entry(1)), later]
    assert store.entry(edited.id) == (key, edited)
    assert (store.entry("urn:uuid:unknown"), store.revisions("urn:uuid:unknown")) == (None, [])


def test_events_resume_after_any_of_them(store: Store, key: int) -> None:
    other = source(store, "other")
    store.commit(commit(key, entry(1)))
    first = store.last_event()
    store.commit(commit(other, entry(1, id="urn:uuid:o")))
    store.commit(commit(key, entry(2)))
    assert [(e.name, e.change.entry.number) for e in store.events(0)] == [
        ("harbour", 1),
        ("other", 1),
        ("harbour", 2),
    ]
    assert [e.name for e in store.events(first)] == ["other", "harbour"]
    assert [e.name for e in store.events(first, name="other")] == ["other"]
    assert [e.name for e in store.events(0, limit=1)] == ["harbour"]


def test_entries_are_listed_newest_first_by_arrival(store: Store, key: int) -> None:
    store.commit(commit(key, *(entry(n) for n in (1, 2, 3))))
    assert [e.number for e in store.entries(key, limit=2)] == [3, 2]
    assert [e.number for e in store.entries(key, since=NOW + MINUTE)] == [3, 2]


def test_a_commit_is_kept_whole_or_not_at_all(store: Store, key: int) -> None:
    store.commit(commit(key, entry(1)))
    stolen = entry(2, id=entry(1).id)
    with pytest.raises(StoreError):
        store.commit(
            commit(
                key,
                entry(3),
                stolen,
                memory=Memory(b"lost"),
                source_state=SourceState(state="quiet"),
            )
        )
    assert [e.number for e in store.entries(key)] == [1]
    assert (
        store.known(key, remembered=False).memory,
        store.source(key)[1].state,
        store.feed(key, 9).items[0].number,
    ) == (b"", "live", 1)


def test_the_subscription_document_has_the_newest_and_all_that_is_unsealed(
    store: Store, key: int
) -> None:
    # Number 101 and 102 arrived last but are the oldest by their own time.
    late = [entry(n, published=NOW - n * MINUTE) for n in (101, 102)]
    store.commit(commit(key, *(entry(n) for n in range(1, 101)), *late))
    feed = store.feed(key, 3)
    assert [item.number for item in feed.items] == [100, 99, 98, 101, 102]
    assert (feed.sealed, feed.deleted) == (1, ())
    assert feed.items[0] == rendered(entry(100))


def test_tombstones_stay_as_long_as_the_entry_would_have_been_shown(store: Store, key: int) -> None:
    store.commit(commit(key, *(entry(n) for n in range(1, 106))))
    gone = [entry(n, 2, removed=NOW) for n in (3, 102, 104)]
    store.commit(commit(key, *gone, kind="removed"))
    assert [item.number for item in store.feed(key, 2).deleted] == [104, 102]
    assert [item.number for item in store.feed(key, 103).deleted] == [104, 102, 3]
    assert [item.number for item in store.archive(key, 1)] == list(range(1, 101))
    assert store.archive(key, 1)[2].removed == NOW


def test_entries_of_equal_time_keep_the_order_of_arrival(store: Store, key: int) -> None:
    store.commit(commit(key, *(entry(n, published=NOW) for n in (1, 2, 3))))
    assert [item.number for item in store.feed(key, 2).items] == [3, 2, 1]


def test_hidden_entries_are_known_and_never_published(store: Store, key: int) -> None:
    store.commit(commit(key, entry(1), entry(2, hidden=True)))
    assert [item.number for item in store.feed(key, 9).items] == [1]
    assert store.unrendered(key, "1") == []
    assert (store.unrendered(key, "2"), store.counts()) == ([entry(1)], {key: 1})
    assert numbers(store.known(key, Sought(native_ids=frozenset({"native-2"})))) == [2]


def test_after_an_upgrade_all_is_rendered_again_in_parts(store: Store, key: int) -> None:
    store.commit(commit(key, *(entry(n) for n in (1, 2, 3))))
    assert store.unrendered(key, "1") == []
    store.rerender(key, [rendered(e) for e in store.unrendered(key, "2", limit=2)], "2")
    assert [e.number for e in store.unrendered(key, "2")] == [3]
    store.rerender(key, [rendered(entry(3))], "2")
    assert store.unrendered(key, "2") == []
    store.commit(commit(key, entry(4), renderer="1"))  # by one that was not told yet
    assert [e.number for e in store.unrendered(key, "2")] == [4]


def test_a_first_read_is_known_to_be_rendered_whole(store: Store, key: int) -> None:
    def known(renderer: str) -> bool:
        with store.database.reading() as connection:
            return renderings.all_by(connection, key, renderer)

    store.commit(commit(key, entry(1), entry(2)))
    assert known("1")
    store.commit(commit(key, entry(3), renderer="2"))
    assert not known("1")
    assert not known("2")


def test_files_are_known_to_be_behind_until_they_are_published(store: Store, key: int) -> None:
    store.commit(commit(key))
    assert store.unpublished() == []
    store.commit(commit(key, entry(1)))
    assert store.unpublished() == [key]
    store.published(key, (), NOW)
    assert store.unpublished() == []
    store.commit(commit(key, publish=True))
    assert store.unpublished() == [key]


def test_latency_is_measured_of_new_updates_but_not_of_a_first_read(store: Store, key: int) -> None:
    def added(number: int, **more: Any) -> Change:
        return Change("added", NOW + number * MINUTE + timedelta(seconds=20), entry(number, **more))

    published = NOW + 2 * MINUTE + timedelta(seconds=21.5)
    store.published(key, [added(1), added(2)], published)
    assert store.latencies(key) == {}
    store.published(key, [added(2), added(2, stated="relative"), added(2, hidden=True)], published)
    store.published(key, [Change("edited", NOW, entry(2))], published)
    assert store.latencies() == {key: Latency(found=(20.0,), published=(1.5,))}
    store.published(key, [added(2)] * 120, published)
    assert len(store.latencies(key)[key].found) == 100


def test_messages_go_out_with_the_files_they_tell_of(store: Store, key: int) -> None:
    message = Message(
        "websub", "https://hub.example/", "https://example.org/feeds/harbour.atom", b"", NOW
    )
    store.commit(commit(key, entry(1), outbox=(message,)))
    from feeder.store import outbox

    with store.database.reading() as connection:
        assert outbox.parcels(connection, message.target) == ()
    store.published(key, (), NOW)
    with store.database.reading() as connection:
        assert [p.message for p in outbox.parcels(connection, message.target)] == [message]


def test_the_last_pages_are_kept_as_they_were_read(store: Store, key: int) -> None:
    pages = [
        Document(f"https://example.org/{n}", b"\x00\xff" * 5000 + bytes([n]), "text/html", "utf-8")
        for n in range(5)
    ]
    for number, page in enumerate(pages):
        store.commit(commit(key, at=NOW + number * MINUTE, page=page, keep_pages=3))
    store.commit(commit(key, page=pages[0], keep_pages=0))
    assert [page.document for page in store.pages(key)] == pages[2:]
    assert store.pages(key)[0].read_at == NOW + 2 * MINUTE


def test_all_pages_together_are_limited(store: Store, key: int) -> None:
    import random

    noise = random.Random(1)
    for number in range(4):
        store.commit(commit(key, page=Document(str(number), noise.randbytes(1000))))
    assert store.shrink_pages(10_000) == 0
    assert store.shrink_pages(2500) == 2
    assert [page.document.url for page in store.pages(key)] == ["2", "3"]


def test_old_entries_are_pruned_but_the_newest_stay(store: Store, key: int) -> None:
    store.commit(commit(key, *(entry(n) for n in range(1, 11))))
    assert store.prune(key, NOW, 3) == 0
    assert store.prune(key, NOW + 5 * MINUTE, 3) == 4
    assert store.prune(key, NOW + 99 * MINUTE, 3) == 3
    assert [e.number for e in store.entries(key)] == [10, 9, 8]
    assert [item.number for item in store.archive(key, 1)] == [8, 9, 10]
    assert numbers(store.known(key, Sought(native_ids=frozenset({"native-1"})))) == []
    assert store.known(key).next_number == 11


SECRET = "The witness is called Marlowe & lives at 5 Quay Street."


@pytest.mark.parametrize(
    "body",
    [
        b"<p>The <b>witness</b> is called Marlowe &amp; lives\n at 5 Quay Street.</p>",
        rb'{"articleBody": "So. The witness is called Marlowe \u0026 lives at 5 Quay Street.\nMore."}',
    ],
)
def test_forgotten_words_are_nowhere_in_the_store(
    store: Store, key: int, body: bytes, tmp_path: Path
) -> None:
    content = Content("Named: a headline long enough", SECRET, f"<p>{SECRET}</p>")
    told = Message(
        "webhook",
        "https://hook.example/",
        "harbour",
        b'{"changes":[{"id":"%s","title":"Named: a headline long enough"}]}' % entry(1).id.encode(),
        NOW,
    )
    first = entry(1, content=content)
    store.commit(
        commit(
            key,
            first,
            entry(2),
            page=Document("", body),
            outbox=(told,),
            rendered=(replace(rendered(first), atom=SECRET.encode()),),
        )
    )
    store.commit(
        commit(
            key,
            entry(1, 2, text="Softer now."),
            page=Document("", b"<p>Softer now.</p> and others"),
        )
    )
    change = store.forget(first.id, NOW)
    assert change is not None
    assert (change.kind, change.entry.content.text, change.entry.removed, change.entry.id) == (
        "forgotten",
        "",
        NOW,
        first.id,
    )
    assert [c.kind for c in store.revisions(first.id)] == ["forgotten"]
    assert (store.pages(key), store.feed(key, 9).deleted) == ([], ())
    assert [e.number for e in store.unrendered(key, "1")] == [1, 2]
    assert store.forget("urn:uuid:unknown", NOW) is None
    everything = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Marlowe" not in everything
    assert b"Named: a headline" not in everything


def test_small_things_are_remembered(store: Store) -> None:
    assert store.get("x") is None
    store.put("x", "1")
    store.put("x", "2")
    assert store.get("x") == "2"


def test_the_newest_of_several_sources_are_found_together(store: Store, key: int) -> None:
    other, gone = source(store, "other"), source(store, "gone")
    mine = [entry(n) for n in (1, 3, 5)]
    theirs = [entry(n, id=f"urn:o{n}") for n in (2, 4, 6)]
    store.commit(commit(key, *mine))
    store.commit(commit(other, *theirs))
    store.commit(commit(gone, entry(9, id="urn:g9")))
    store.commit(
        commit(
            other,
            entry(4, 2, id="urn:o4", removed=NOW),
            entry(2, 2, id="urn:o2", removed=NOW),
            kind="removed",
        )
    )
    store.retire("gone", NOW)
    for ids in (None, [key, other]):
        found = store.newest(ids, 3)
        assert {k: [item.number for item in part.items] for k, part in found.items()} == {
            key: [5, 3],
            other: [6],
        }
        assert {k: [item.number for item in part.deleted] for k, part in found.items()} == {
            key: [],
            other: [4],
        }
    assert store.newest([other], 9)[other] == replace(store.feed(other, 9), modified=None)
    assert store.newest([key], 1)[key].items == (rendered(entry(5)),)


def test_more_can_be_sought_than_a_statement_takes_values(store: Store, key: int) -> None:
    """SQLite binds 32,766 at most: a page of so many updates is asked for in parts."""
    assert store.commit(commit(key, *(entry(number) for number in (1, 2, 3))))
    strangers = (f"stranger {number}" for number in range(40_000))
    known = store.known(key, Sought(frozenset({*strangers, "native-1", "native-3"})))
    assert [one.number for one in known.entries] == [1, 3]
