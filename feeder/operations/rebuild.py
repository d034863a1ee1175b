"""The story of correcting ourselves: kept pages → extract under the present rules → rebuild → store → publish.

For a wrong `timezone` or `extract`, or a mistake of ours that a new version mends; and for words
that must go.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeder.errors import ExtractError
from feeder.model import Known, Reading
from feeder.notify import News, tell_of
from feeder.publish import compose
from feeder.reconcile import pending
from feeder.reconcile.rebuilding import KeptSnapshot, rebuilt
from feeder.refresh import Turn, as_published, fingerprint, keep, rules_of

if TYPE_CHECKING:
    from feeder.config import Source
    from feeder.model import Change, Reconciled, SourceState
    from feeder.publish.publisher import Publisher
    from feeder.refresh import Works
    from feeder.store import Page, Store


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild changes, or would change."""

    changes: tuple[Change, ...]
    pages: int  # that could be read
    problems: tuple[str, ...]  # a sentence for each page that could not


async def rebuild(
    source: Source, source_state: SourceState, works: Works, *, dry_run: bool = False
) -> Rebuilt:
    """Reads the kept pages of a source again under the present rules, and corrects what they were read as.

    Raises:
        StoreError: nothing was kept; to be tried again.
    """
    kept, problems = [], []
    for page in await asyncio.to_thread(works.store.pages, source.id):
        try:
            kept.append(await _read_again(page, source, works))
        except ExtractError as error:
            problems.append(f"The page of {page.read_at:%Y-%m-%d %H:%M:%S} UTC: {error}")
    turn = Turn(source, source_state, works, datetime.now(UTC))
    changes = await asyncio.to_thread(_correct, turn, kept, dry_run=dry_run) if kept else ()
    return Rebuilt(changes, len(kept), tuple(problems))


async def _read_again(page: Page, source: Source, works: Works) -> KeptSnapshot:
    snapshot = await works.extract(page.document, rules_of(source, page.read_at))
    if not snapshot.updates:
        raise ExtractError("no updates were found on it")
    return KeptSnapshot(page.read_at, snapshot)


def _correct(turn: Turn, kept: list[KeptSnapshot], *, dry_run: bool) -> tuple[Change, ...]:
    source, before = turn.source, turn.before
    known = all_known(source, turn.works.store)
    edited = {
        change.entry.id: change.at
        for change in turn.works.store.changes(source.id)
        if change.kind == "edited"
    }
    result = rebuilt(
        known, kept, turn.now, edits=source.settings.edits, rules=fingerprint(source), edited=edited
    )
    result = replace(
        result,
        changes=tuple(as_published(one, source, kept[-1].snapshot) for one in result.changes),
    )
    if not dry_run:
        store_as_one(turn, result, replace(before, pending=pending(result.memory)))
    return result.changes


def store_as_one(turn: Turn, result: Reconciled, after: SourceState) -> None:
    """Keeps changes that no read has made: the source stands where it stood."""
    if result.changes:
        after = replace(after, last_change=turn.now)
    keep(turn, after, Reading(None, after.validators), result)


def all_known(source: Source, store: Store) -> Known:
    """Everything that was ever known of a source."""
    entries: dict[str, Change] = {change.entry.id: change for change in store.changes(source.id)}
    now = store.known(source.id)  # numbers of entries that were pruned are not used again
    known = tuple(change.entry for change in entries.values())
    return Known(source.feed_id, known, now.memory, now.next_number)


def forget(entry_id: str, publisher: Publisher) -> Change | None:
    """Erases an update's words everywhere: entries, revisions, kept pages, feeds, archive. Id and tombstone stay.

    All versions of it go (edits = "new"). None: there is no such update.

    Raises:
        StoreError: not everything was erased; to be tried again.
    """
    store, settings = publisher.store, publisher.settings
    found = store.entry(entry_id)
    pair = store.source(found[0]) if found else None
    if found is None or pair is None:
        return store.forget(entry_id, datetime.now(UTC))
    source, source_state = pair
    first = found[1].edit_of or entry_id
    versions = [one for one in all_known(source, store).entries if first in {one.id, one.edit_of}]
    now = datetime.now(UTC)
    left = {one.id: store.forget(one.id, now) for one in versions}
    visible = [change for change in left.values() if change is not None and not change.entry.hidden]
    store.rerender(
        source.id,
        compose.render_entries([one.entry for one in visible], source),
        compose.renderer_of(source),
    )
    publisher.publish_source(source, source_state, {one.number for one in versions})
    also = tuple(one.name for one in compose.bundles_with(source.name, settings))
    news = News(source.name, source.url, compose.feeds_url(settings), now, visible, also=also)
    tell_of(store, source.id, news, settings.push.hubs, settings.push.webhooks)
    return left[entry_id]
