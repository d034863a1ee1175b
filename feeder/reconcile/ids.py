"""New entries: an id is minted once and never derived again.

It is made of evidence that a restored backup would find again.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from feeder.model import Change, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from feeder.reconcile.observed import Observed


class Mint:
    """Gives out ids and numbers of one feed; `taken`: ids that the evidence could lead to."""

    def __init__(self, feed_id: str, taken: set[str], next_number: int) -> None:
        self._space, self._taken, self._next = UUID(feed_id), set(taken), next_number

    def number(self) -> int:
        self._next += 1
        return self._next - 1

    def id(self, name: str) -> str:
        for ordinal in self._ordinals():
            minted = uuid5(self._space, f"{name}{ordinal}").urn
            if self._is_new(minted):
                return minted
        raise AssertionError

    def again(self, minted: str) -> str:
        """Returns an id that was minted apart, or another one where it is taken here."""
        return minted if self._is_new(minted) else self.id(f"again {minted}")

    def _is_new(self, minted: str) -> bool:
        if minted in self._taken:
            return False
        self._taken.add(minted)
        return True

    @staticmethod
    def _ordinals() -> Iterator[str]:
        yield ""
        yield from (f" #{count}" for count in range(2, 1_000_000))

    def entry(self, one: Observed, now: datetime) -> Entry:
        """Returns the entry of an update never seen before. Times in the future become now."""
        update, number = one.update, self.number()
        published = min(update.published or now, now)
        modified = (
            update.modified if update.modified is not None and update.modified <= now else published
        )
        return Entry(
            id=self.id(_evidence(one, number)),
            number=number,
            published=published,
            updated=max(published, modified),
            first_seen=now,
            content=update.content,
            digest=one.digest,
            stated=update.stated if update.published is not None else "none",
            native_id=one.key,
            url=update.url,
            pinned=update.pinned,
        )

    def version(
        self, entry: Entry, one: Observed, updated: datetime, now: datetime, what: tuple[str, ...]
    ) -> Entry:
        """A later version as an entry of its own, which links to the first (edits = "new")."""
        first = entry.edit_of or entry.id
        link = _linked("A new version of an earlier update", entry.url)
        lead = f"<p>{link}: {escape(_told(what))} changed.</p>"
        content = replace(one.update.content, html=f"{lead}\n{one.update.content.html}")
        return Entry(
            id=self.id(f"version {first} {one.digest}"),
            number=self.number(),
            published=updated,
            updated=updated,
            first_seen=now,
            content=content,
            digest=one.digest,
            stated=entry.stated,
            native_id=one.key or entry.native_id,
            url=entry.url,
            pinned=one.update.pinned,
            edit_of=first,
        )


def id_of_key(feed_id: str, key: str) -> str:
    """Returns the id that the first entry of a page's own id is given."""
    return uuid5(UUID(feed_id), _of_key(key)).urn


def name_learned(
    entries: Iterable[Entry], observed: Sequence[Observed], feed_id: str
) -> tuple[Entry, ...]:
    """Returns the entries, each with the page's own id of which its id was minted, if it is shown.

    An entry that was learned from a published feed has lost it: feeds do not carry it.
    """
    nameless = [entry for entry in entries if entry.native_id is None]
    if not nameless:
        return tuple(entries)
    keys = {id_of_key(feed_id, one.key): one.key for one in observed if one.key is not None}
    learned = {entry.id: keys.get(entry.edit_of or entry.id) for entry in nameless}
    return tuple(
        replace(entry, native_id=learned[entry.id]) if learned.get(entry.id) else entry
        for entry in entries
    )


def _of_key(key: str) -> str:
    return f"id {key}"


def added(entry: Entry) -> Change:
    return Change("added", entry.first_seen, entry)


def _evidence(one: Observed, number: int) -> str:
    if one.key is not None:
        return _of_key(one.key)
    if one.time is not None:
        return f"at {one.time.isoformat()} {one.digest}"
    return f"number {number} {one.digest}"  # without an absolute time the words may come again


def _linked(text: str, url: str | None) -> str:
    return f'<a href="{escape(url)}">{text}</a>' if url else text


def _told(what: tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(what[:-1]), what[-1]]))
