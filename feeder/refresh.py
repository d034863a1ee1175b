"""The story of a refresh: read → extract → reconcile → store → publish → notify.

Only a clean read changes entries; an error leaves the feed as it was and says so in the source's state. The order of
effects is one transaction, then the files, then the hubs: files are a cache of the store, and a crash anywhere heals.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import xxhash

from feeder import __version__, press
from feeder.errors import ExtractError, SourceError
from feeder.model import Reconciled, Rules, Snapshot, Standing, Validators
from feeder.notify import News, messages
from feeder.publish import text_fragment
from feeder.read import look, read
from feeder.reconcile import pending, reconcile, sought, unchanged
from feeder.standing import after_failure, after_snapshot, after_success
from feeder.store import Commit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.config import Settings, Source
    from feeder.model import Change, Document, State
    from feeder.read import Fetcher, Reading
    from feeder.store import Message, Store

Result = Literal["changed", "unchanged", "held", "failed", "deferred"]


@dataclass(frozen=True, slots=True)
class Works:
    """What a refresh works with."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    extract: Callable[[Document, Rules], Awaitable[Snapshot]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a refresh, in the words of the API."""

    source: str
    outcome: Result
    state: State
    added: int = 0
    edited: int = 0
    removed: int = 0
    reason: str = ""
    until: datetime | None = None  # deferred: when the server allows the next read
    size: int = 0  # bytes read
    mark: tuple[int, Standing] | None = None  # set: nothing was stored yet but this is to be, with others'


async def refresh(source: Source, standing: Standing, works: Works, *, accept: bool = False) -> Outcome:
    """Brings one source's feed up to date with its page. `accept` takes a page that is held as it is.

    Raises:
        StoreError: nothing was kept; to be tried again.
    """
    now = _now()
    try:
        reading = await read(source, Validators() if accept else standing.validators, works.fetcher)
        if reading.document is None:
            return await _same(source, standing, works, reading, now)
        snapshot = await _snapshot(source, standing, works, reading.document, now)
    except SourceError as error:
        return await _failed(source, standing, works, error, now)
    return await asyncio.to_thread(_take, source, standing, works, reading, snapshot, accept, now)


async def _same(source: Source, standing: Standing, works: Works, reading: Reading, now: datetime) -> Outcome:
    """Nothing new was sent: nothing is parsed, and one more read counts for what is missing."""
    after = replace(after_success(source, standing, reading, now), last_outcome="unchanged")
    if standing.pending:
        return await asyncio.to_thread(_count_absences, source, standing, after, works, reading, now)
    return await _marked(
        source, standing, after, works, Outcome(source.name, "unchanged", after.state, size=reading.size), now
    )


async def _failed(source: Source, standing: Standing, works: Works, error: SourceError, now: datetime) -> Outcome:
    after = after_failure(source, standing, error, now, random.random())  # noqa: S311 -- spreads retries, guards nothing
    result: Result = "deferred" if error.state == "deferred" else "failed"
    outcome = Outcome(source.name, result, after.state, reason=str(error), until=error.until)
    return await _marked(source, standing, after, works, outcome, now)


async def _marked(
    source: Source, before: Standing, after: Standing, works: Works, outcome: Outcome, now: datetime
) -> Outcome:
    """No entry has changed: the mark is left to be stored with others', but for a change of state, which is told."""
    if after.state == before.state:
        return replace(outcome, mark=(source.id, after))
    outbox = _messages(source, before, after, works, (), now)
    await asyncio.to_thread(works.store.commit, Commit(source_id=source.id, at=now, standing=after, outbox=outbox))
    await asyncio.to_thread(press.publish_states, works.store, works.settings)
    return outcome


# ------------------------------------------------------------------------------------------------- read and extract


async def _snapshot(source: Source, standing: Standing, works: Works, document: Document, now: datetime) -> Snapshot:
    """What the page shows, with the older pages that a first read asks for."""
    rules = rules_of(source, now, standing.profile.hint)
    snapshot = await works.extract(document, rules)
    if not snapshot.updates:
        raise ExtractError(_why_empty(snapshot))
    left = source.settings.older_pages if standing.last_change is None else 0
    older, seen = snapshot.older, {document.url}
    while older and left and older not in seen:
        seen.add(older)
        page = await look(older, works.fetcher, source)
        further = await works.extract(page, rules)
        snapshot = replace(snapshot, updates=snapshot.updates + further.updates, older=further.older)
        older, left = further.older, left - 1
    return snapshot


def rules_of(source: Source, now: datetime, hint: str = "") -> Rules:
    settings = source.settings
    return Rules(
        now=now,
        timezone=settings.timezone,
        extract=settings.extract,
        select=settings.select.model_dump() if settings.select else {},
        api=settings.api.model_dump() if settings.api else {},
        hint=hint,
    )


def fingerprint(source: Source) -> str:
    """Of all that decides how this source's pages are read: a change of it is never the page's doing."""
    rules = rules_of(source, datetime.min.replace(tzinfo=UTC))
    said = (__version__, rules.timezone, rules.extract, sorted(rules.select.items()), sorted(rules.api.items()))
    return xxhash.xxh3_64_hexdigest(repr(said).encode())


def _why_empty(snapshot: Snapshot) -> str:
    said = "; ".join(note.text for note in snapshot.notes if not note.used)
    return f"no updates were found on the page{f': {said}' if said else ''}"


# ------------------------------------------------------------------------------------------ reconcile, store, publish


def _take(
    source: Source,
    standing: Standing,
    works: Works,
    reading: Reading,
    snapshot: Snapshot,
    accept: bool,
    now: datetime,
) -> Outcome:
    """What the page shows becomes what the feed says."""
    known = works.store.known(source.id, sought(snapshot))
    edits = source.settings.edits
    result = reconcile(known, snapshot, now, edits=edits, accept=accept, rules=fingerprint(source))
    changes = tuple(_published(change, source, snapshot) for change in result.changes)
    after = after_snapshot(source, standing, reading, snapshot, result, now)
    return _commit(source, standing, after, works, reading, replace(result, changes=changes), now)


def _count_absences(
    source: Source, before: Standing, after: Standing, works: Works, reading: Reading, now: datetime
) -> Outcome:
    result = unchanged(works.store.known(source.id), now)
    return _commit(source, before, replace(after, pending=pending(result.memory)), works, reading, result, now)


def _published(change: Change, source: Source, snapshot: Snapshot) -> Change:
    """A new entry gets its address and whether it is published at all: both are frozen at first sight."""
    if change.kind != "added":
        return change
    entry = change.entry
    url = entry.url or text_fragment(snapshot.canonical or snapshot.url, entry.content)
    return replace(change, entry=replace(entry, url=url, hidden=not press.wanted(entry, source.settings)))


def _commit(
    source: Source, before: Standing, after: Standing, works: Works, reading: Reading, result: Reconciled, now: datetime
) -> Outcome:
    store, settings = works.store, works.settings
    outcome: Result = "held" if result.hold else "changed" if result.changes else "unchanged"
    after = replace(after, last_outcome=outcome)
    store.commit(
        Commit(
            source_id=source.id,
            at=now,
            standing=after,
            changes=result.changes,
            publish=before.profile != after.profile,
            rendered=tuple(
                press.rendered(change.entry, source) for change in result.changes if not change.entry.hidden
            ),
            renderer=press.renderer(source),
            memory=result.memory,
            page=reading.document if result.changes else None,
            keep_pages=settings.keep.pages,
            outbox=_messages(source, before, after, works, result.changes, now),
        ),
    )
    if result.changes or before.profile != after.profile:
        press.publish_source(source, after, store, settings, {change.entry.number for change in result.changes})
        store.published(source.id, result.changes, _now())
    else:
        store.release(source.id)
    return _outcome(source, outcome, after, result.changes, reading)


def _outcome(
    source: Source, outcome: Result, after: Standing, changes: tuple[Change, ...], reading: Reading
) -> Outcome:
    kinds = [change.kind for change in changes]
    added = kinds.count("added") + kinds.count("restored")
    removed = kinds.count("removed")
    edited = len(kinds) - added - removed
    return Outcome(source.name, outcome, after.state, added, edited, removed, after.reason, size=reading.size)


def _messages(
    source: Source, before: Standing, after: Standing, works: Works, changes: tuple[Change, ...], now: datetime
) -> tuple[Message, ...]:
    changed = after.state != before.state
    news = News(
        source=source.name,
        page=source.url,
        feeds=f"{works.settings.base_url}/feeds/",
        at=now,
        changes=tuple(change for change in changes if not change.entry.hidden),
        first=before.last_change is None,
        also=press.bundles_with(source.name, works.settings),
        state=after.state if changed else "",
        was=before.state if changed else "",
        reason=after.reason,
    )
    return messages(news, works.settings.push.hubs, works.settings.push.webhooks)


def _now() -> datetime:
    return datetime.now(UTC)
