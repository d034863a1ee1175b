"""The story of a refresh: read → extract → reconcile → store → publish → notify.

Only a clean read changes entries; an error leaves the feed as it was and says so in the source's
state. The order of effects is one transaction, then the files, then the hubs: files are a cache of
the store, and a crash anywhere heals.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import xxhash

from feeder import __version__
from feeder.errors import ExtractError, SourceError, StoreError
from feeder.model import Reconciled, Rules, Snapshot, SourceState, Validators
from feeder.notify import News, messages
from feeder.polling.conditions import validators_to_send
from feeder.polling.source_state import after_failure, after_snapshot, after_success, not_published
from feeder.publish import compose
from feeder.read import look, read
from feeder.reconcile import pending, reconcile, sought, unchanged
from feeder.render import text_fragment
from feeder.store import Commit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.config import Settings, Source
    from feeder.model import Change, Document, Reading, State
    from feeder.publish.publisher import Publisher
    from feeder.read import Fetcher
    from feeder.store import Message, Store

Result = Literal["changed", "unchanged", "held", "failed", "deferred"]


@dataclass(slots=True)
class Unfinished:
    """How many pages are read and not yet done with: one for each `with` that has been entered."""

    pages: int = 0

    def __enter__(self) -> None:
        self.pages += 1

    def __exit__(self, *_: object) -> None:
        self.pages -= 1


@dataclass(frozen=True, slots=True)
class Works:
    """What a refresh works with."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    extract: Callable[[Document, Rules], Awaitable[Snapshot]]
    publisher: Publisher
    unfinished: Unfinished = field(default_factory=Unfinished)


@dataclass(frozen=True, slots=True)
class Turn:
    """One refresh of one source: where it stood before, what it works with, and when it was begun."""

    source: Source
    before: SourceState
    works: Works
    now: datetime
    tells: bool = True  # hubs and webhooks, of what it changes


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
    mark: tuple[int, SourceState] | None = (
        None  # set: nothing was stored yet but this is to be, with others'
    )


async def refresh(
    source: Source, source_state: SourceState, works: Works, *, accept: bool = False
) -> Outcome:
    """Brings one source's feed up to date with its page. `accept` takes a page that is held as it is.

    Raises:
        StoreError: nothing was kept; to be tried again.
    """
    turn = Turn(source, source_state, works, _now())
    try:
        stored = source_state.validators
        since = validators_to_send(stored, source_state.last_read, turn.now, source.id)
        reading = await read(source, Validators() if accept else since, works.fetcher)
        if reading.document is None:
            return await _same(turn, reading)
        with works.unfinished:
            snapshot = await _snapshot(turn, reading.document)
            return await asyncio.to_thread(take, turn, reading, snapshot, accept=accept)
    except SourceError as error:
        return await _failed(turn, error)


async def _same(turn: Turn, reading: Reading) -> Outcome:
    """Nothing new was sent: nothing is parsed, and one more read counts for what is missing."""
    after = replace(
        after_success(turn.source, turn.before, reading, turn.now), last_outcome="unchanged"
    )
    moved = after.moved_to != turn.before.moved_to  # the feed links to where the page is
    if (turn.before.pending or moved) and turn.before.state != "held":
        return await asyncio.to_thread(_count_absences, turn, after, reading)
    return await _marked(
        turn, after, Outcome(turn.source.name, "unchanged", after.state, size=reading.size)
    )


async def _failed(turn: Turn, error: SourceError) -> Outcome:
    """The feed stays as it was."""
    chance = random.random()  # noqa: S311 -- spreads retries, guards nothing
    after = after_failure(turn.source, turn.before, error, turn.now, chance)
    if error.state == "deferred":
        outcome = Outcome(
            turn.source.name, "deferred", after.state, reason=str(error), until=error.until
        )
    else:
        outcome = Outcome(
            turn.source.name, "failed", after.state, reason=after.reason, until=error.until
        )
    return await _marked(turn, after, outcome)


async def _marked(turn: Turn, after: SourceState, outcome: Outcome) -> Outcome:
    """No entry has changed: the mark is left to be stored with others', but for a change of state, which is told."""
    if after.state == turn.before.state:
        return replace(outcome, mark=(turn.source.id, after))
    commit = Commit(
        source_id=turn.source.id, at=turn.now, source_state=after, outbox=_messages(turn, after, ())
    )
    kept = await asyncio.to_thread(turn.works.store.commit, commit)
    return outcome if kept else _overtaken(turn)


# --------------------------------------------------------------------------------- read and extract


async def _snapshot(turn: Turn, document: Document) -> Snapshot:
    """What the page shows, with the older pages that a first read asks for."""
    rules = rules_of(turn.source, turn.now)
    snapshot = await turn.works.extract(document, rules)
    if not snapshot.updates:
        raise ExtractError(_why_empty(snapshot))
    left = turn.source.settings.older_pages if turn.before.last_change is None else 0
    older, seen = snapshot.older, {document.url}
    while older and left and older not in seen:
        seen.add(older)
        try:
            page = await look(older, turn.works.fetcher, turn.source)
            further = await turn.works.extract(page, rules)
        except SourceError:  # what is old can be missing, and the source starts all the same
            break
        snapshot = replace(
            snapshot, updates=snapshot.updates + further.updates, older=further.older
        )
        older, left = further.older, left - 1
    return snapshot


def rules_of(source: Source, now: datetime) -> Rules:
    settings = source.settings
    return Rules(
        now=now,
        timezone=settings.timezone or None,
        language=settings.language or None,
        date_order=settings.date_order or None,
        extract=settings.extract,
        select=settings.select.model_dump() if settings.select else {},
        api=settings.api.model_dump() if settings.api else {},
    )


def fingerprint(source: Source) -> str:
    """Of all that decides what is read and how: a change of it is never the page's doing."""
    rules = rules_of(source, datetime.min.replace(tzinfo=UTC))
    where = (source.settings.url, str(source.settings.path))
    said = (
        __version__,
        where,
        rules.timezone,
        rules.language,
        rules.date_order,
        rules.extract,
        sorted(rules.select.items()),
        sorted(rules.api.items()),
    )
    return xxhash.xxh3_64_hexdigest(repr(said).encode())


def _why_empty(snapshot: Snapshot) -> str:
    said = "; ".join(note.text for note in snapshot.notes if not note.used)
    return f"no updates were found on the page{f': {said}' if said else ''}"


# ------------------------------------------------------------------------ reconcile, store, publish


def take(turn: Turn, reading: Reading, snapshot: Snapshot, *, accept: bool) -> Outcome:
    """What the page shows becomes what the feed says."""
    source = turn.source
    known = turn.works.store.known(source.id, sought(snapshot))
    edits = source.settings.edits
    result = reconcile(
        known, snapshot, turn.now, edits=edits, accept=accept, rules=fingerprint(source)
    )
    changes = tuple(as_published(change, source, snapshot) for change in result.changes)
    after = after_snapshot(source, turn.before, reading, snapshot, result, turn.now)
    return keep(turn, after, reading, replace(result, changes=changes))


def _count_absences(turn: Turn, after: SourceState, reading: Reading) -> Outcome:
    result = unchanged(turn.works.store.known(turn.source.id), turn.now)
    return keep(turn, replace(after, pending=pending(result.memory)), reading, result)


def as_published(change: Change, source: Source, snapshot: Snapshot) -> Change:
    """A new entry gets its address and whether it is published at all: both are frozen at first sight."""
    if change.kind != "added":
        return change
    entry = change.entry
    page = snapshot.canonical or snapshot.url  # "" for a file without an address
    url = entry.url or (text_fragment(page, entry.content) if page else None)
    return replace(
        change, entry=replace(entry, url=url, hidden=not compose.is_wanted(entry, source.settings))
    )


def keep(turn: Turn, after: SourceState, reading: Reading, result: Reconciled) -> Outcome:
    """What a page changes is kept: one transaction, then the files, then the hubs may be told."""
    store, publisher = turn.works.store, turn.works.publisher
    source = replace(turn.source, moved_to=after.moved_to)
    outcome: Result = "held" if result.hold else "changed" if result.changes else "unchanged"
    after = replace(after, last_outcome=outcome)
    retitled = (compose.said_of_page(after.profile), source.url) != (
        compose.said_of_page(turn.before.profile),
        turn.source.url,
    )
    differs = bool(result.changes) or retitled
    if not store.commit(_commit(turn, after, reading, result, differs=differs)):
        return _overtaken(turn)
    if retitled:
        publisher.note_retitled()
    if not differs:
        store.release(source.id)
        return _outcome(turn, outcome, after, result.changes, reading)
    try:
        touched = {change.entry.number for change in result.changes}
        publisher.publish_source(source, after, touched)
    except StoreError as error:
        failing = not_published(after, str(error), turn.now)
        return Outcome(
            source.name, "failed", failing.state, reason=str(error), mark=(source.id, failing)
        )
    store.published(source.id, result.changes, _now())
    return _outcome(turn, outcome, after, result.changes, reading)


def _commit(
    turn: Turn, after: SourceState, reading: Reading, result: Reconciled, *, differs: bool
) -> Commit:
    visible = (change.entry for change in result.changes if not change.entry.hidden)
    return Commit(
        source_id=turn.source.id,
        at=turn.now,
        source_state=after,
        changes=result.changes,
        publish=differs,
        rendered=tuple(compose.render_entries(visible, turn.source)),
        renderer=compose.renderer_of(turn.source),
        memory=result.memory,
        page=reading.document if result.changes else None,
        keep_pages=turn.works.settings.keep.pages,
        outbox=_messages(turn, after, result.changes),
    )


def _overtaken(turn: Turn) -> Outcome:
    """The source was given other settings meanwhile, perhaps another page: what was read says nothing of it."""
    reason = "its settings have changed while it was read: it is read again by the new ones"
    return Outcome(turn.source.name, "deferred", turn.before.state, reason=reason)


def _outcome(
    turn: Turn, outcome: Result, after: SourceState, changes: tuple[Change, ...], reading: Reading
) -> Outcome:
    kinds = [change.kind for change in changes]
    added = kinds.count("added") + kinds.count("restored")
    removed = kinds.count("removed")
    edited = len(kinds) - added - removed
    return Outcome(
        turn.source.name,
        outcome,
        after.state,
        added,
        edited,
        removed,
        after.reason,
        size=reading.size,
    )


def _messages(turn: Turn, after: SourceState, changes: tuple[Change, ...]) -> tuple[Message, ...]:
    if not turn.tells:
        return ()
    changed = after.state != turn.before.state
    settings = turn.works.settings
    news = News(
        source=turn.source.name,
        page=turn.source.url,
        feeds=compose.feeds_url(settings),
        at=turn.now,
        changes=tuple(change for change in changes if not change.entry.hidden),
        first=turn.before.last_change is None,
        also=tuple(one.name for one in compose.bundles_with(turn.source.name, settings)),
        state=after.state if changed else "",
        was=turn.before.state if changed else "",
        reason=after.reason,
    )
    return messages(news, settings.push.hubs, settings.push.webhooks)


def _now() -> datetime:
    return datetime.now(UTC)
