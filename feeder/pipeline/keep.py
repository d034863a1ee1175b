"""What a read changes is kept: stored in one transaction, then published, then told.

Files are a cache of the store, so a crash anywhere heals.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.errors import StoreError
from feeder.notify.messages import News, messages
from feeder.pipeline.turn import Outcome
from feeder.polling.source_state import not_published
from feeder.publish import compose
from feeder.render import text_fragment
from feeder.store import Commit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.config import Source
    from feeder.model import Change, Reading, Reconciled, Snapshot, SourceState
    from feeder.pipeline.turn import Result, Turn
    from feeder.store import Message


def published_as(result: Reconciled, source: Source, snapshot: Snapshot) -> Reconciled:
    """Returns the result with its new entries as the source publishes them."""
    changes = tuple(_as_published(change, source, snapshot) for change in result.changes)
    return replace(result, changes=changes)


def _as_published(change: Change, source: Source, snapshot: Snapshot) -> Change:
    """Gives a new entry its address, and whether it is published: both frozen at first sight."""
    if change.kind != "added":
        return change
    entry = change.entry
    page = snapshot.canonical or snapshot.url  # "" for a file without an address
    url = entry.url or (text_fragment(page, entry.content) if page else None)
    hidden = not compose.is_wanted(entry, source.settings)
    if (url, hidden) == (entry.url, entry.hidden):
        return change
    return replace(change, entry=replace(entry, url=url, hidden=hidden))


def keep(turn: Turn, after: SourceState, reading: Reading, result: Reconciled) -> Outcome:
    """Keeps what a page changes: one transaction, then the files, then the hubs may be told.

    Raises:
        StoreError: nothing was kept.
    """
    source = replace(turn.source, moved_to=after.moved_to)
    after = replace(after, last_outcome=_name_result(result))
    store, retitled = turn.works.store, _is_retitled(turn, after, source)
    if not store.commit(_commit(turn, after, reading, result, publish=retitled)):
        return _overtaken(turn)
    outcome = _outcome(turn, after, result, reading)
    if store.shared:  # all machines publish what is stored: see Publisher.catch_up
        return outcome
    if result.changes or retitled:
        return _publish(turn, source, after, outcome, result.changes)
    store.release(source.id)
    return outcome


def _publish(
    turn: Turn,
    source: Source,
    after: SourceState,
    outcome: Outcome,
    changes: tuple[Change, ...],
) -> Outcome:
    """Writes the source's files; where that fails, they are owed and written later."""
    store, publisher = turn.works.store, turn.works.publisher
    try:
        publisher.publish_source(source, after, {change.entry.number for change in changes})
    except StoreError as error:
        return _refused(turn, after, str(error))
    store.published(source.id, changes, turn.works.now())
    return outcome


def _refused(turn: Turn, after: SourceState, why: str) -> Outcome:
    # What was read is stored, and its claim has ended with that.
    failing = replace(not_published(after, why, turn.now), claim="")
    turn.works.store.marks.put(turn.source.id, failing)
    return Outcome(turn.source.name, "failed", failing.state, reason=why)


def _name_result(result: Reconciled) -> Result:
    if result.hold:
        return "held"
    return "changed" if result.changes else "unchanged"


def _is_retitled(turn: Turn, after: SourceState, source: Source) -> bool:
    """Returns whether the feed's own title or address differs."""
    said = compose.said_of_page(after.profile)
    return (said, source.url) != (compose.said_of_page(turn.before.profile), turn.source.url)


def tell_state(turn: Turn, after: SourceState, outcome: Outcome) -> Outcome:
    """Keeps a change of state by a read that changed no entry, and has it told.

    Raises:
        StoreError: nothing was kept.
    """
    outbox = _messages(turn, after, ())
    commit = Commit(source_id=turn.source.id, at=turn.now, source_state=after, outbox=outbox)
    return outcome if turn.works.store.commit(commit) else _overtaken(turn)


def _commit(
    turn: Turn, after: SourceState, reading: Reading, result: Reconciled, *, publish: bool
) -> Commit:
    visible = [change for change in result.changes if not change.entry.hidden]
    return Commit(
        source_id=turn.source.id,
        at=turn.now,
        source_state=after,
        changes=result.changes,
        publish=publish,
        rendered=tuple(compose.render_entries((change.entry for change in visible), turn.source)),
        renderer=compose.renderer_of(turn.source),
        memory=result.memory,
        page=reading.document if result.changes else None,
        keep_pages=turn.works.settings.keep.pages,
        outbox=_messages(turn, after, visible),
    )


def _overtaken(turn: Turn) -> Outcome:
    """Tells that nothing was kept, as the source is to be read anew."""
    reason = (
        "its settings have changed while it was read, or another process reads it: it is read again"
    )
    return Outcome(turn.source.name, "deferred", turn.before.state, reason=reason)


def _outcome(turn: Turn, after: SourceState, result: Reconciled, reading: Reading) -> Outcome:
    kinds = [change.kind for change in result.changes]
    added = kinds.count("added") + kinds.count("restored")
    removed = kinds.count("removed")
    edited = len(kinds) - added - removed
    return Outcome(
        turn.source.name,
        _name_result(result),
        after.state,
        added,
        edited,
        removed,
        after.reason,
        size=reading.size,
        status=reading.status,
    )


def _messages(turn: Turn, after: SourceState, changes: Sequence[Change]) -> tuple[Message, ...]:
    if not turn.tells:
        return ()
    settings = turn.works.settings
    news = News(
        source=turn.source.name,
        page=turn.source.url,
        feeds=compose.feeds_url(settings),
        at=turn.now,
        changes=changes,
        first=turn.before.last_change is None,
        also=compose.bundle_names(turn.source.name, settings),
        state=after.state,
        was=turn.before.state,
        reason=after.reason,
    )
    return messages(news, settings.push.hubs, settings.push.webhooks)
