"""What subscribers were told is learned again where the store knows less.

That is so after an old backup or a lost commit. An entry's id is minted of what the page said at
first sight. Where the page has been edited since, a store that lost the entry would mint another
id, and every subscriber would see it twice. The published files still know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from feeder.extract.record.content import content, derived
from feeder.model import Change, Entry, Sought
from feeder.publish import compose
from feeder.publish.read_back import documents_of, feed_id_in
from feeder.reconcile import digest
from feeder.store import Commit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from feeder.config import Source
    from feeder.model import Content, SourceState
    from feeder.publish.read_back import PublishedDocument, PublishedEntry
    from feeder.store import Store


@dataclass(frozen=True, slots=True)
class Learned:
    """How many entries, edits and removals the published files knew and the store did not."""

    entries: int = 0
    edits: int = 0
    removals: int = 0

    def __bool__(self) -> bool:
        return bool(self.entries or self.edits or self.removals)


def knows_more(source: Source, store: Store, folder: Path, now: datetime) -> bool:
    """Returns whether a source's subscription document has an entry or edit that the store has not.

    A store with changes that are still to be published is ahead of the document: there an entry
    alone tells that it is older.

    Raises:
        StoreError: the document or the store cannot be read.
    """
    if feed_id_in(folder, source.name) != source.feed_id:
        return False
    newest = next(documents_of(folder, source.name), None)
    told = _changes(newest, source, store, now) if newest else []
    kinds = {change.kind for change in told}
    return "added" in kinds or ("edited" in kinds and source.id not in store.unpublished())


def relearn(
    source: Source, source_state: SourceState, store: Store, folder: Path, now: datetime
) -> Learned:
    """Brings the store up to what was published of a source.

    Documents are read from the newest back to one that says nothing new.

    Raises:
        StoreError: a published file cannot be read, or the store refused.
    """
    if feed_id_in(folder, source.name) != source.feed_id:
        return Learned()
    changes: list[Change] = []
    for document in documents_of(folder, source.name):
        further = _changes(document, source, store, now)
        if not further:
            break
        changes = further + changes
    if not changes:
        return Learned()
    numbered = _numbered(changes, store.known(source.id, Sought()).next_number)
    _keep(numbered, source, source_state, store, now)
    kinds = [change.kind for change in changes]
    return Learned(kinds.count("added"), kinds.count("edited"), kinds.count("removed"))


def _changes(
    document: PublishedDocument, source: Source, store: Store, now: datetime
) -> list[Change]:
    """Returns what a document says and the store does not, oldest first, new ones unnumbered."""
    ids = frozenset((*(entry.id for entry in document.entries), *document.deleted))
    known = {entry.id: entry for entry in store.known(source.id, Sought(ids=ids)).entries}
    changes: list[Change] = []
    for told in reversed(document.entries):
        entry = known.get(told.id)
        if entry is None:
            changes.append(Change("added", now, _learned(told, now)))
        elif not entry.removed and told.updated > entry.updated.replace(microsecond=0):
            changes.append(_edited(entry, told))
    changes += _removals(document.deleted, known)
    return changes


def _learned(told: PublishedEntry, now: datetime) -> Entry:
    words = _content(told)
    return Entry(
        id=told.id,
        number=0,
        published=told.published,
        updated=told.updated,
        first_seen=now,
        content=words,
        digest=digest(words),
        stated="clock",  # how the page stated it is not known: never to be corrected
        url=told.url or None,
        edit_of=told.edit_of or None,
    )


def _edited(entry: Entry, told: PublishedEntry) -> Change:
    words = replace(_content(told), images=entry.content.images, media=entry.content.media)
    after = replace(entry, content=words, digest=digest(words))
    after = replace(after, updated=told.updated, revision=entry.revision + 1)
    return Change("edited", told.updated, after, ("text",))


def _removals(deleted: dict[str, datetime], known: dict[str, Entry]) -> Iterator[Change]:
    for id_, when in deleted.items():
        entry = known.get(id_)
        if entry is not None and not entry.removed:
            gone = replace(entry, removed=when, revision=entry.revision + 1)
            yield Change("removed", when, gone)


def _content(told: PublishedEntry) -> Content:
    lead, end, html = told.html.partition("\n") if told.edit_of else ("", "", told.html)
    words = content(
        told.title,
        html or told.text,
        told.url,
        authors=told.authors,
        categories=told.categories,
        language=told.language,
    )
    return replace(
        words,
        html=f"{lead}{end}{words.html}",  # what links to the first version is ours
        derived=words.title == derived(words.text, words.images),
    )


def _numbered(changes: Iterable[Change], number: int) -> list[Change]:
    """Gives new entries the numbers that come next, in their order of publication."""
    numbered = []
    for change in changes:
        if change.kind == "added":
            numbered.append(replace(change, entry=replace(change.entry, number=number)))
            number += 1
        else:
            numbered.append(change)
    return numbered


def _keep(
    changes: list[Change], source: Source, source_state: SourceState, store: Store, now: datetime
) -> None:
    rendered = compose.render_entries((change.entry for change in changes), source)
    store.commit(
        Commit(
            source_id=source.id,
            at=now,
            source_state=source_state,
            changes=tuple(changes),
            rendered=tuple(rendered),
            renderer=compose.renderer_of(source),
        )
    )
