"""The story of a refresh: read → extract → reconcile → store → publish → notify.

Only a clean read changes entries; an error leaves the feed as it was and says so in the source's
state. The order of effects is one transaction, then the files, then the hubs: files are a cache of
the store, and a crash anywhere heals.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.errors import ExtractError, SourceError
from feeder.model import Reading, Validators
from feeder.pipeline.keep import tell_state
from feeder.pipeline.rules import rules_of
from feeder.pipeline.take import count_absences, shows_the_same, take
from feeder.pipeline.turn import Outcome, Turn, Works
from feeder.polling.conditions import validators_to_send
from feeder.polling.source_state import after_failure, after_success
from feeder.read.http import look
from feeder.read.source import read

if TYPE_CHECKING:
    from feeder.config import Source
    from feeder.model import Document, Snapshot, SourceState

__all__ = ["Outcome", "Works", "refresh"]

_NO_ANSWER = Reading(None, Validators())


async def refresh(
    source: Source, source_state: SourceState, works: Works, *, accept: bool = False
) -> Outcome:
    """Brings a source's feed up to date with its page. `accept` takes a page that is held as it is.

    Raises:
        StoreError: nothing was kept; to be tried again.
    """
    turn = Turn(source, source_state, works, works.now())
    reading = _NO_ANSWER
    try:
        since = Validators() if accept else _validators(turn)
        reading = await read(source, since, works.fetcher)
        if reading.document is None:
            return await _same(turn, reading)
        with works.unfinished:
            snapshot = await _snapshot(turn, reading.document)
            return await _take(turn, reading, snapshot, accept=accept)
    except SourceError as error:
        return await _failed(turn, error, reading)


def _validators(turn: Turn) -> Validators:
    before = turn.before
    return validators_to_send(before.validators, before.last_read, turn.now, turn.source.id)


async def _take(turn: Turn, reading: Reading, snapshot: Snapshot, *, accept: bool) -> Outcome:
    if not accept and shows_the_same(turn, snapshot):
        return await _same(turn, reading)
    return await asyncio.to_thread(take, turn, reading, snapshot, accept=accept)


async def _same(turn: Turn, reading: Reading) -> Outcome:
    """Changes nothing, as the page shows nothing new; one more read counts for what is missing."""
    after = replace(
        after_success(turn.source, turn.before, reading, turn.now), last_outcome="unchanged"
    )
    moved = after.moved_to != turn.before.moved_to  # the feed links to where the page is
    if (turn.before.pending or moved) and turn.before.state != "held":
        return await asyncio.to_thread(count_absences, turn, after, reading)
    outcome = Outcome(
        turn.source.name, "unchanged", after.state, size=reading.size, status=reading.status
    )
    return await _mark(turn, after, outcome)


async def _failed(turn: Turn, error: SourceError, reading: Reading) -> Outcome:
    """Leaves the feed as it was, and says in the source's state what happened."""
    chance = random.random()  # noqa: S311 -- spreads retries, guards nothing
    after = after_failure(turn.source, turn.before, error, turn.now, chance)
    deferred = error.state == "deferred"
    outcome = Outcome(
        turn.source.name,
        "deferred" if deferred else "failed",
        after.state,
        reason=str(error) if deferred else after.reason,
        until=error.until,
        size=reading.size,
        status=reading.status or error.status,
    )
    return await _mark(turn, after, outcome)


async def _mark(turn: Turn, after: SourceState, outcome: Outcome) -> Outcome:
    """Notes where the source stands: no entry has changed. A change of state is told."""
    if after.state != turn.before.state:
        return await asyncio.to_thread(tell_state, turn, after, outcome)
    turn.works.store.marks.put(turn.source.id, after)
    return outcome


async def _snapshot(turn: Turn, document: Document) -> Snapshot:
    """Extracts what the page shows, with the older pages that a first read asks for."""
    rules = rules_of(turn.source, turn.now, turn.before.profile.timezone)
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


def _why_empty(snapshot: Snapshot) -> str:
    said = "; ".join(dict.fromkeys(note.text for note in snapshot.notes if not note.used))
    return f"no updates were found on the page{f': {said}' if said else ''}"
