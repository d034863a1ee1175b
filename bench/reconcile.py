"""Telling what a page has changed, once it is extracted: 200 updates known, 200 seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bench.measure import Row, cpu_ms, in_turns
from feeder.model import Content, Entry, Known, Snapshot, Update, fold
from feeder.reconcile import reconcile, sought

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
FEED = "3f1c7c1e-4a0e-5b5e-9c39-0d9d1f1f7f00"
SEEN = 200
WORDS = (
    "The crews said they had counted {n} boats near the old harbour; 5 < 6 of them were at sea. "
    * 10
)


def rows() -> list[Row]:
    old = _page(range(SEEN))
    known = _known(old)
    new = _page(range(1, SEEN + 1))
    edited = replace(
        new.updates[50], content=_content(50, "A sentence about 77 other things comes last.")
    )
    new = replace(new, updates=(*new.updates[:50], edited, *new.updates[51:]))
    renamed = replace(
        old, updates=tuple(replace(one, native_id=f"new-{one.native_id}") for one in old.updates)
    )
    among_many = _known(old, history=10_000)
    touched = replace(among_many, entries=_sought(among_many, new))
    one_of_each, of_many = in_turns(
        lambda: _play(known, new), lambda: _play(touched, new), rounds=60
    )
    return [
        Row("a first read of 200 updates", cpu_ms(lambda: _play(Known(FEED), old)), "ms"),
        Row("the same page again", cpu_ms(lambda: _play(known, old), rounds=60), "ms"),
        Row("one new and one edited", one_of_each, "ms", 3),
        Row("the same of 10,000 known", of_many / one_of_each, "times", 1.2),
        Row("a redesign that renames all ids", cpu_ms(lambda: _play(known, renamed)), "ms"),
    ]


def _play(known: Known, page: Snapshot) -> None:
    sought(page, FEED)
    reconcile(known, page, NOW)


def _page(numbers: range) -> Snapshot:
    updates = (
        Update(_content(n), NOW - timedelta(minutes=1000 - 3 * n), native_id=f"u{n}")
        for n in reversed(numbers)
    )
    return Snapshot("https://harbour.example/live", tuple(updates), "blocks")


def _content(number: int, more: str = "") -> Content:
    text = f"{WORDS.format(n=number * 37)}{more}"
    return Content(f"Boats, count {number}", text, f"<p>{text}</p>")


def _known(page: Snapshot, history: int = 0) -> Known:
    """What is known after one read of the page, and of days before."""
    result = reconcile(Known(FEED), page, NOW - timedelta(minutes=5))
    entries = fold(result.changes)
    first = next(iter(entries.values()))
    older = [_older(first, number) for number in range(SEEN, history)]
    return Known(
        FEED,
        (*older, *entries.values()),
        result.memory.data if result.memory else b"",
        len(entries) + len(older) + 1,
    )


def _older(entry: Entry, number: int) -> Entry:
    at = entry.published - timedelta(days=1, minutes=number)
    return replace(
        entry,
        id=f"urn:uuid:{number}",
        number=number,
        published=at,
        native_id=f"o{number}",
        digest=str(number),
    )


def _sought(known: Known, page: Snapshot) -> tuple[Entry, ...]:
    """What a store would load of it."""
    wanted = sought(page, FEED)
    assert wanted.earliest is not None
    assert wanted.latest is not None
    return tuple(
        entry
        for entry in known.entries
        if entry.native_id in wanted.native_ids
        or wanted.earliest <= entry.published <= wanted.latest
    )
