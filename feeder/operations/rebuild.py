"""The story of a correction: kept pages → extract by the present rules → rebuild → store → publish.

For a wrong `timezone` or `extract`, or a mistake of ours that a new version mends; and for words
that must go.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeder.errors import ExtractError, StoreError
from feeder.model import Known, Reading
from feeder.notify.messages import News
from feeder.notify.notifier import tell_of
from feeder.pipeline.keep import keep, published_as
from feeder.pipeline.rules import fingerprint, rules_of
from feeder.pipeline.turn import Turn
from feeder.polling.source_state import count_pending
from feeder.publish import compose
from feeder.reconcile.rebuilding import NEVER_WAS, KeptSnapshot, rebuilt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.config import Source
    from feeder.model import Change, Entry, Reconciled, Rules, SourceState
    from feeder.pipeline.turn import Works
    from feeder.publish.publisher import Publisher
    from feeder.store import KeptPage, Store


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild changes, or would change."""

    changes: tuple[Change, ...]
    pages: int  # that could be read
    problems: tuple[str, ...]  # a sentence for each page that could not


async def rebuild(
    source: Source, source_state: SourceState, works: Works, *, dry_run: bool = False
) -> Rebuilt:
    """Reads the kept pages of a source again by the present rules, and corrects its entries.

    Raises:
        StoreError: nothing was kept; to be tried again.
    """
    kept, problems = [], []
    for page in await asyncio.to_thread(works.store.pages, source.id):
        try:
            rules = rules_of(source, page.read_at, source_state.profile.timezone)
            kept.append(await _read_again(page, rules, works))
        except ExtractError as error:
            problems.append(f"The page of {page.read_at:%Y-%m-%d %H:%M:%S} UTC: {error}")
    turn = Turn(source, source_state, works, datetime.now(UTC))
    changes = await asyncio.to_thread(_correct, turn, kept, dry_run=dry_run) if kept else ()
    return Rebuilt(changes, len(kept), tuple(problems))


async def _read_again(page: KeptPage, rules: Rules, works: Works) -> KeptSnapshot:
    snapshot = await works.extract(page.document, rules)
    if not snapshot.updates:
        raise ExtractError("no updates were found on it")
    return KeptSnapshot(page.read_at, snapshot)


def _correct(turn: Turn, kept: list[KeptSnapshot], *, dry_run: bool) -> tuple[Change, ...]:
    source, before = turn.source, turn.before
    store = turn.works.store
    past = store.changes(source.id)
    edited = {change.entry.id: change.at for change in past if change.kind == "edited"}
    removed = {
        change.entry.id: change.at
        for change in past
        if change.kind == "removed" and NEVER_WAS not in change.what
    }
    result = rebuilt(
        all_known(source, store),
        kept,
        turn.now,
        edits=source.settings.edits,
        rules=fingerprint(source),
        edited=edited,
        removed=removed,
    )
    result = published_as(result, source, kept[-1].snapshot)
    if not dry_run:
        store_as_one(turn, result, count_pending(before, result))
    return result.changes


def store_as_one(turn: Turn, result: Reconciled, after: SourceState) -> None:
    """Stores changes that no read has made; the source's state stays as it was.

    Raises:
        StoreError: they were not stored, or the folder refused the feeds.
    """
    if result.changes:
        after = replace(after, last_change=turn.now)
    outcome = keep(turn, after, Reading(None, after.validators), result)
    if outcome.outcome in {"failed", "deferred"}:
        raise StoreError(f"{outcome.source}: {outcome.reason}")


def all_known(source: Source, store: Store) -> Known:
    """Returns everything that was ever known of a source."""
    entries: dict[str, Change] = {change.entry.id: change for change in store.changes(source.id)}
    now = store.known(source.id)  # numbers of entries that were pruned are not used again
    known = tuple(change.entry for change in entries.values())
    return Known(source.feed_id, known, now.memory, now.next_number)


def forget(entry_id: str, publisher: Publisher) -> Change | None:
    """Erases an update's words from entries, revisions, kept pages, feeds and archive.

    Its id and a tombstone stay. All versions of it go (edits = "new"). None: there is no such
    update.

    Raises:
        StoreError: not everything was erased; to be tried again.
    """
    store, now = publisher.store, datetime.now(UTC)
    found = store.entry(entry_id)
    followed = store.source(found[0]) if found else None
    if found is None or followed is None:
        return store.forget(entry_id, now)
    source, source_state = followed
    versions = _find_versions(found[1], all_known(source, store).entries)
    left = {one.id: store.forget(one.id, now) for one in versions}
    visible = [change for change in left.values() if change and not change.entry.hidden]
    rendered = compose.render_entries([one.entry for one in visible], source)
    store.rerender(source.id, rendered, compose.renderer_of(source))
    publisher.publish_source(source, source_state, {one.number for one in versions})
    _tell_forgotten(source, visible, now, publisher)
    return left[entry_id]


def _find_versions(entry: Entry, known: Iterable[Entry]) -> list[Entry]:
    """Returns the first version of an update and all later ones."""
    first = entry.edit_of or entry.id
    return [one for one in known if first in {one.id, one.edit_of}]


def _tell_forgotten(
    source: Source, changes: list[Change], now: datetime, publisher: Publisher
) -> None:
    settings = publisher.settings
    also = compose.bundle_names(source.name, settings)
    news = News(source.name, source.url, compose.feeds_url(settings), now, changes, also=also)
    tell_of(publisher.store, source.id, news, settings.push.hubs, settings.push.webhooks)
