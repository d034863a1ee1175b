"""Reconciling without the rest of the program: the folded changes are the store. What must always hold is checked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feeder.model import (
    Change,
    Content,
    Entry,
    Hold,
    Image,
    Known,
    Memory,
    Reconciled,
    Snapshot,
    Sought,
    Stated,
    Update,
    fold,
)
from feeder.reconcile import reconcile, sought, unchanged
from feeder.reconcile.last_read import as_hold, recall

START = datetime(2022, 3, 2, 13, 0, tzinfo=UTC)
PAGE = "https://harbour.example/live"
FEED = "3f1c7c1e-4a0e-5b5e-9c39-0d9d1f1f7f00"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def content(text: str, title: str = "", **more: Any) -> Content:
    """Without a title of its own it is derived, as extraction does it."""
    own = title or text.partition(". ")[0][:100]
    return Content(
        own,
        text,
        "".join(f"<p>{part}</p>" for part in text.split("\n\n")),
        derived=not title,
        **more,
    )


def update(
    minutes: float | None,
    text: str,
    native_id: str | None = None,
    title: str = "",
    *,
    stated: Stated = "instant",
    modified: float | None = None,
    pinned: bool = False,
    images: tuple[str, ...] = (),
    authors: tuple[str, ...] = (),
    evidence: str = "blocks:main",
) -> Update:
    pictures = tuple(Image(url) for url in images)
    return Update(
        content(text, title, images=pictures, authors=authors),
        None if minutes is None else at(minutes),
        stated if minutes is not None else "none",
        None if modified is None else at(modified),
        native_id,
        pinned=pinned,
        evidence=evidence,
    )


def page(*updates: Update, url: str = PAGE, canonical: str | None = PAGE, **more: Any) -> Snapshot:
    return Snapshot(url, updates, "blocks", canonical=canonical, **more)


@dataclass
class Folded:
    """A source: what was ever changed, and nothing else."""

    changes: list[Change] = field(default_factory=list)
    memory: Memory = Memory()  # noqa: RUF009 -- frozen
    now: datetime = START + timedelta(minutes=10_000)
    edits: Any = "inplace"
    rules: str = "1"

    @property
    def entries(self) -> dict[str, Entry]:
        return fold(self.changes)

    @property
    def living(self) -> list[Entry]:
        """As a subscriber has them, newest first."""
        found = [entry for entry in self.entries.values() if entry.removed is None]
        return sorted(found, key=lambda entry: (entry.published, entry.number), reverse=True)

    @property
    def texts(self) -> list[str]:
        return [entry.content.text for entry in self.living]

    @property
    def hold(self) -> Hold | None:
        """As it is remembered."""
        return as_hold(recall(self.memory.data).hold)

    def known(self, wanted: Sought | None) -> Known:
        """Only what is sought, or named by the memory: as a store does it."""
        ids = self.memory.names
        keys: dict[str, set[str]] = {}
        for change in self.changes:
            if change.entry.native_id is not None:
                keys.setdefault(change.entry.id, set()).add(change.entry.native_id)
        entries = self.entries
        found = tuple(
            entry
            for entry in entries.values()
            if entry.id in ids
            or (wanted is not None and _is_sought(entry, keys.get(entry.id, set()), wanted))
        )
        return Known(FEED, found, self.memory.data, len(entries) + 1)

    def read(self, snapshot: Snapshot, *, wait: float = 5, accept: bool = False) -> Reconciled:
        """One clean read, some minutes after the last."""
        self.now += timedelta(minutes=wait)
        known = self.known(sought(snapshot, FEED))
        result = reconcile(
            known, snapshot, self.now, edits=self.edits, accept=accept, rules=self.rules
        )
        return self._keep(result)

    def unchanged(self, *, wait: float = 5) -> Reconciled:
        self.now += timedelta(minutes=wait)
        if not self.memory.pending:
            return Reconciled()
        return self._keep(unchanged(self.known(None), self.now))

    def _keep(self, result: Reconciled) -> Reconciled:
        for change in result.changes:
            check(self.entries.get(change.entry.id), change, self.now, len(self.entries))
            self.changes.append(change)
        self.memory = result.memory or self.memory
        return result


def _is_sought(entry: Entry, keys: set[str], wanted: Sought) -> bool:
    if keys & wanted.native_ids or entry.digest in wanted.digests or entry.id in wanted.ids:
        return True
    earliest, latest = wanted.earliest, wanted.latest
    return earliest is not None and latest is not None and earliest <= entry.published <= latest


def check(before: Entry | None, change: Change, now: datetime, known: int) -> None:
    """What holds of every change, whatever a page does."""
    entry = change.entry
    assert change.at == now
    assert entry.published <= entry.updated <= now or (
        before is not None and entry.updated == before.updated
    )
    if before is None:
        assert (change.kind, entry.number, entry.revision, entry.removed) == (
            "added",
            known + 1,
            1,
            None,
        )
        return
    assert change.kind != "added", "an id is minted once"
    assert (entry.number, entry.revision) == (before.number, before.revision + 1)
    assert entry.first_seen == before.first_seen
    assert entry.updated >= before.updated, "`updated` never goes back"
    if entry.published != before.published:
        assert "time" in change.what, "`published` moves only by a correction that the page states"
    assert (entry.removed is not None) == (change.kind == "removed")


def without(snapshot: Snapshot, *indexes: int) -> Snapshot:
    return replace(
        snapshot, updates=tuple(u for i, u in enumerate(snapshot.updates) if i not in indexes)
    )
