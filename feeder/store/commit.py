"""Keeps what a read changed, in one transaction: all of it, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Integer, bindparam, case, update

from feeder.store import entries, meta, outbox, pages, rendered, source_states
from feeder.store.schema import profiles

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from feeder.store.records import Commit

_NEXT = bindparam("next", type_=Integer)
_GREATER = case((profiles.c.next_number < _NEXT, _NEXT), else_=profiles.c.next_number)
_PROFILE = (
    update(profiles).where(profiles.c.source_id == bindparam("key")).values(next_number=_GREATER)
)


def commit(connection: Connection, what: Commit, page: dict[str, Any] | None) -> bool:
    """Keeps what a read changed, with `what.page` packed as `page`.

    False: the source has other settings by now, and nothing was kept.
    """
    if not source_states.mark(connection, [(what.source_id, what.source_state)]):
        return False
    _remember(connection, what)
    outbox.put(connection, what.source_id, what.outbox)
    if page:
        pages.keep(connection, what.source_id, what.at, page, what.keep_pages)
    # Last: in PostgreSQL, whoever records changes keeps others from it until its transaction ends.
    if what.changes:
        rendered.keep(connection, what.source_id, what.rendered, what.renderer)
        entries.record(connection, what.source_id, what.changes)
    if what.changes or what.publish:
        first = any(change.entry.number == 1 and change.kind == "added" for change in what.changes)
        rendered.unsettle(connection, what.source_id, what.renderer, whole=first)
    if what.publish:
        meta.put(connection, "retitled", f"{what.source_id} {what.at}")
    return True


def _remember(connection: Connection, what: Commit) -> None:
    row: dict[str, Any] = {
        "key": what.source_id,
        "profile": msgspec.json.encode(what.source_state.profile),
        "next": max((change.entry.number for change in what.changes), default=0) + 1,
    }
    if what.memory is not None:
        row["memory"] = what.memory.data
        row["named"] = " ".join(sorted(what.memory.names))
    connection.execute(_PROFILE, row)
