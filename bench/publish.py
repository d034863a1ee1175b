"""Rendering and writing feeds (CPU)"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from bench.measure import Row, cpu_ms
from feeder.model import Content, Entry, Feed, Image, Rendered
from feeder.publish import publish, publish_archive
from feeder.render import DOCUMENTS, jsonfeed, render, xml
from feeder.render.item import item

START = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
SPACE = UUID("9f6d2b1e-6a62-4c5f-9e0e-3f9d1c1b7a10")
PAGE = "https://harbour.example/live"
WORDS = [
    "the",
    "crew",
    "of",
    "ferry",
    "reported",
    "a",
    "lower",
    "water",
    "level",
    "at",
    "northern",
    "gate",
    "this",
    "morning",
    "harbour",
    "council",
    "bridge",
    "open",
]


def made(number: int, turn: int = 1) -> Entry:
    at = START + timedelta(minutes=4 * number)
    rng = random.Random(number * 1000 + turn)
    paragraphs = [" ".join(rng.choices(WORDS, k=45)) for _ in range(3)]
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    images = (Image(f"https://img.example/{number}.jpg", "A crane"),) if number % 4 == 0 else ()
    content = Content(
        f"Update {number}",
        "\n\n".join(paragraphs),
        html,
        authors=(f"Reporter {number % 9}",),
        images=images,
    )
    return Entry(
        uuid5(SPACE, str(number)).urn, number, at, at, at, content, "", url=f"{PAGE}#{number}"
    )


def feed(items: list[Rendered], sealed: int = 0) -> Feed:
    newest = tuple(reversed(items))
    base = "https://feeds.example/feeds/"
    return Feed(
        SPACE.urn, "harbour", "A day at the harbour", PAGE, base, START, newest, sealed=sealed
    )


def rows() -> list[Row]:
    return [*rendering(), *history(), *writing()]


def rendering() -> list[Row]:
    """All documents after one change, and by feedgen alone for comparison."""
    entries = [made(number) for number in range(1, 1001)]
    known = [render(one, feed_link=PAGE) for one in entries]

    def spliced() -> None:
        """One document after the other, as they are written."""
        fresh = feed([*known[:-1], render(entries[-1], feed_link=PAGE)])
        for document in DOCUMENTS.values():
            document(fresh)

    def alone() -> tuple[bytes, bytes, bytes]:
        items, head = [item(one, PAGE, "full") for one in reversed(entries)], feed(known)
        whole = (xml.whole(head, form, items=items) for form in ("atom", "rss"))
        return *whole, jsonfeed.whole(head, items=items)  # type: ignore[return-value]

    same = tuple(document(feed(known)) for document in DOCUMENTS.values()) == alone()
    cost, full = cpu_ms(spliced, rounds=15, repeats=5), cpu_ms(alone, rounds=3)
    return [
        Row("1,000 entries after one change, Atom + RSS + JSON", cost, "ms", 2),
        Row(
            "the same by feedgen alone",
            full,
            "ms",
            note="byte-identical" if same else "DIFFERENT BYTES",
        ),
        Row(
            "one revision in three formats",
            cpu_ms(lambda: render(entries[0], feed_link=PAGE), 15, 20),
            "ms",
        ),
    ]


def history() -> list[Row]:
    """One new entry, after 100 and after 10,000: the subscription document and the archive."""
    costs = {}
    for count in (100, 10_000):
        pool = [render(made(number), feed_link=PAGE) for number in range(1, 202)]
        items = [replace(pool[number % 200], number=number + 1) for number in range(count)]
        with tempfile.TemporaryDirectory() as name:
            costs[count] = cpu_ms(_one_more(items, Path(name)), rounds=9)
    ratio = costs[10_000] / costs[100]
    note = f"{costs[100]:.2f} and {costs[10_000]:.2f} ms, keep = 100, files written and compressed"
    return [Row("10,000 entries of history against 100, one new", ratio, "times", 2, note=note)]


def _one_more(items: list[Rendered], folder: Path) -> object:
    turns = iter(range(sys.maxsize))
    sealed = len(items) // 100

    def once() -> None:
        fresh = render(made(len(items) + 1, next(turns)), feed_link=PAGE)
        publish(feed([*items[-99:], fresh], sealed), folder)

    publish_archive(feed(items[-100:], sealed), sealed, items[-100:], folder)
    return once


def writing() -> list[Row]:
    """The page of the yardstick has 200 entries: what publishing adds to a refresh of it."""
    entries = [made(number) for number in range(1, 201)]
    known = [render(one, feed_link=PAGE) for one in entries]
    turns = iter(range(sys.maxsize))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def changed() -> None:
            turn = next(turns)
            two = [render(made(number, turn), feed_link=PAGE) for number in (100, 200)]
            publish(feed([*known[:99], two[0], *known[100:-1], two[1]]), folder)

        cost = cpu_ms(changed, rounds=9, repeats=3)
        same = cpu_ms(lambda: publish(feed(known), folder), rounds=9, repeats=3)
    return [
        Row("200 entries, two changed: rendered, written, compressed, three formats", cost, "ms"),
        Row("the same feed again: nothing written", same, "ms"),
    ]
