"""The store's part of a refresh, and what grows neither with history nor with sources."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from bench.measure import Row, cpu_ms
from feeder.config import SourceSettings
from feeder.model import Change, Content, Document, Entry, Memory, Rendered, Sought, SourceState
from feeder.store import Commit, Store

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
SEEN = 200  # updates that the page shows
WORDS = "The words of an update of an ordinary length, again and again. " * 10
SOURCES = 100_000


def rows() -> list[Row]:
    with _followed(SEEN) as few, _followed(100) as hundred, _followed(10_000) as many:
        measured = [
            Row("a first read of 200 updates", cpu_ms(few.first_read), "ms"),
            Row("200 known entries found again", cpu_ms(few.known, repeats=5), "ms"),
            Row("one new and one edited update stored", cpu_ms(few.changed, repeats=10), "ms", 1.5),
            Row("the same with the page kept, 650 KB", cpu_ms(few.kept, repeats=10), "ms"),
            Row("a mark, of 80 stored together", cpu_ms(few.marked, repeats=5) / 80, "ms"),
        ]
        unchanged = cpu_ms(many.unchanged, repeats=20) / cpu_ms(hundred.unchanged, repeats=20)
        new = cpu_ms(many.new, repeats=10) / cpu_ms(hundred.new, repeats=10)
        measured.append(Row("10,000 entries against 100: unchanged", unchanged, "times", 1.2))
        measured.append(Row("10,000 entries against 100: one new", new, "times", 2))
    return measured + _many_sources()


@dataclass
class Followed:
    store: Store
    source: int
    numbers: Iterator[int]
    shown: int  # updates that the page shows

    def first_read(self) -> None:
        name = uuid.uuid4().hex
        key = self.store.add(
            SourceSettings(name=name, url=f"https://example.org/{name}"), "api", NOW
        ).id
        self.store.commit(_commit(key, [_entry(key, number) for number in range(1, SEEN + 1)]))

    def known(self) -> None:
        last = next(self.numbers)
        numbers = range(max(1, last - self.shown), last)
        found = self.store.known(self.source, Sought(
            frozenset(f"native-{n}" for n in numbers), frozenset(f"{n:016x}" for n in numbers),
            NOW + numbers[0] * timedelta(minutes=1), NOW + last * timedelta(minutes=1),
        ))  # fmt: skip
        assert found.entries

    def changed(self, page: Document | None = None) -> None:
        number = next(self.numbers)
        edited = replace(_entry(self.source, 1), revision=number)
        self.store.commit(_commit(self.source, [_entry(self.source, number), edited], page))

    def kept(self) -> None:
        self.changed(Document("https://example.org/", (b"<p>%s</p>\n" % WORDS.encode()) * 1000))

    def marked(self) -> None:
        self.store.mark([(self.source, SourceState(last_read=NOW))] * 80)

    def unchanged(self) -> None:
        self.store.due(NOW)
        self.store.mark([(self.source, SourceState(last_read=NOW, next_due=NOW))])

    def new(self) -> None:
        """All that a changed read asks of the store."""
        self.known()
        self.store.commit(_commit(self.source, [_entry(self.source, next(self.numbers))]))
        assert not self.store.unrendered(self.source, "1")
        self.store.feed(self.source, 100)
        self.store.published(self.source, (), NOW)


@contextmanager
def _followed(entries: int) -> Iterator[Followed]:
    """A store with one source of so many entries, of which its page shows the last ones."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"sqlite:///{folder}/feeder.db") as store,
    ):
        key = store.add(SourceSettings(name="harbour", url="https://example.org/"), "api", NOW).id
        for start in range(1, entries + 1, 500):
            last = min(start + 499, entries)
            store.commit(_commit(key, [_entry(key, number) for number in range(start, last + 1)]))
        yield Followed(store, key, count(entries + 1), min(SEEN, entries))


def _entry(source: int, number: int) -> Entry:
    moment = NOW + number * timedelta(minutes=1)
    content = Content(f"Update {number}", WORDS, f"<p>{WORDS}</p>", authors=("Ann Writer",))
    made = uuid.uuid5(uuid.NAMESPACE_URL, f"{source}/{number}").urn
    return Entry(
        made,
        number,
        moment,
        moment,
        moment,
        content,
        f"{number:016x}",
        native_id=f"native-{number}",
    )


def _commit(source: int, entries: list[Entry], page: Document | None = None) -> Commit:
    rendered = tuple(
        Rendered(e.id, e.number, e.published, e.updated, b"a" * 2000, b"r" * 2000, b"j" * 2000)
        for e in entries
    )
    changes = tuple(Change("added" if e.revision == 1 else "edited", NOW, e) for e in entries)
    return Commit(
        source, NOW, SourceState(state="live", last_read=NOW, next_due=NOW), changes,
        rendered=rendered, renderer="1",
        memory=Memory(b"m" * 10_000), page=page,
    )  # fmt: skip


def _many_sources() -> list[Row]:
    declared = [
        SourceSettings(name=f"s{n}", url=f"https://host-{n % 5000}.example/{n}", every="30s")
        for n in range(SOURCES)
    ]
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/feeder.db"
        with Store.open(address) as store:
            started = time.process_time()
            store.sync(declared, "1", NOW)
            taken = time.process_time() - started
        started = time.process_time()
        with Store.open(address) as store:
            store.sync(declared, "1", NOW)
            assert len(store.due(NOW, 1000)) == 1000
            opened = time.process_time() - started
            tick = cpu_ms(lambda: store.due(NOW, 1000))
    return [
        Row("100,000 sources of a new file stored", taken, "s"),
        Row("100,000 sources: opened, and the first 1,000 due", opened, "s", 1),
        Row("a due source at a tick, with its settings", tick, "µs", 30),
    ]
