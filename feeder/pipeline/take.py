"""What a page shows becomes what the feed says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import xxhash

from feeder.pipeline.keep import keep, published_as
from feeder.pipeline.rules import fingerprint
from feeder.polling.source_state import after_snapshot, count_pending
from feeder.reconcile import reconcile, sought, unchanged

if TYPE_CHECKING:
    from feeder.model import Reading, Snapshot, SourceState
    from feeder.pipeline.turn import Outcome, Turn


def take(turn: Turn, reading: Reading, snapshot: Snapshot, *, accept: bool) -> Outcome:
    """Reconciles a page with what is known, and keeps what changes; `accept` believes it."""
    source = turn.source
    turn.works.publisher.learn(source, turn.before, turn.now)
    result = reconcile(
        turn.works.store.known(source.id, sought(snapshot, source.feed_id)),
        snapshot,
        turn.now,
        edits=source.settings.edits,
        accept=accept,
        rules=fingerprint(source),
    )
    after = after_snapshot(source, turn.before, reading, snapshot, result, turn.now)
    if result.believed:
        after = replace(after, profile=replace(after.profile, shown=_digest(turn, snapshot)))
    return keep(turn, after, reading, published_as(result, source, snapshot))


def shows_the_same(turn: Turn, snapshot: Snapshot) -> bool:
    """Returns whether a page shows what it did when it was last believed, in whatever bytes.

    Then it needs no more than one that was not sent again. A page that is to be seen in full, for
    which the validators were dropped, is not compared.
    """
    before = turn.before
    known = before.validators.digest is not None and before.state != "held"
    return known and before.profile.shown == _digest(turn, snapshot)


def _digest(turn: Turn, snapshot: Snapshot) -> str:
    shown = msgspec.msgpack.encode(snapshot, order="deterministic")
    return xxhash.xxh3_64_hexdigest(shown + fingerprint(turn.source).encode())


def count_absences(turn: Turn, after: SourceState, reading: Reading) -> Outcome:
    """Counts one more read of a page that has not changed for what is missing from it."""
    result = unchanged(turn.works.store.known(turn.source.id), turn.now)
    return keep(turn, count_pending(after, result), reading, result)
