"""The state of each source, and so what is due: the schedule is an index over these rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from feeder.model import Profile, SourceState, Validators
from feeder.store import hub_subscriptions, outbox
from feeder.store.engine import columns_of, execute_each, of_row
from feeder.store.records import StateChange
from feeder.store.schema import profiles, sources, standings, states
from feeder.store.sources import COLUMNS, Sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from feeder.config import Source

_profile = msgspec.json.Decoder(Profile)
_COLD = {"source_id", "claimed_by", "retired", "unpublished", "renderer", "edition", "modified"}
_HOT = tuple(column for column in standings.c if column.name not in _COLD)
_WHOLE = (
    select(*COLUMNS, *_HOT, profiles.c.profile)
    .join_from(sources, standings)
    .join(profiles, profiles.c.source_id == sources.c.id)
)
FOLLOWED = _WHOLE.where(sources.c.retired.is_(None))
_LATE = (
    select(standings.c.source_id)
    .where(standings.c.next_due <= bindparam("now"), ~standings.c.retired)
    .order_by(standings.c.next_due)
    .limit(bindparam("most"))
)
_THESE = _WHOLE.where(sources.c.id.in_(bindparam("ids", expanding=True)))
_STATES = (
    select(standings.c.source_id, sources.c.version, standings.c.state)
    .join_from(standings, sources)
    .where(standings.c.source_id.in_(bindparam("ids", expanding=True)))
)


def due(
    connection: Connection, made: Sources, now: datetime, limit: int, busy: Collection[int]
) -> list[tuple[Source, SourceState]]:
    """Returns what is to be read, the most overdue first; `busy` are being read already."""
    bound = {"now": now, "most": limit + len(busy)}
    late = connection.execute(_LATE, bound).scalars()
    ids = [key for key in late if key not in busy][:limit]
    if not ids:
        return []
    found = {row[0]: _pair(row, made) for row in connection.execute(_THESE, {"ids": ids})}
    return [found[key] for key in ids]


def claimed(
    connection: Connection, made: Sources, ids: Sequence[int], claim: str
) -> list[tuple[Source, SourceState]]:
    """Returns these sources, as they are to be read under a claim."""
    rows = connection.execute(_THESE, {"ids": ids}).all() if ids else []
    found = [_pair(row, made) for row in rows]
    return [(source, replace(source_state, claim=claim)) for source, source_state in found]


def make_due(connection: Connection, names: Iterable[str] | None, now: datetime) -> None:
    """Has these sources read at the next tick; None: all."""
    soon = update(standings).where(~standings.c.retired).values(next_due=now)
    if names is None:
        connection.execute(soon)
        return
    known = select(sources.c.id).where(
        sources.c.name.in_(bindparam("names", expanding=True)), sources.c.retired.is_(None)
    )
    connection.execute(soon.where(standings.c.source_id.in_(known)), {"names": list(names)})


def set_back(connection: Connection, now: datetime) -> int:
    """Makes due what was read in what is the future now; returns how many sources.

    For when the clock was set back. Whoever waits to be told something is tried again, too.
    """
    ahead = update(standings).where(
        standings.c.last_read > now, standings.c.next_due > now, ~standings.c.retired
    )
    count = connection.execute(ahead.values(next_due=now)).rowcount
    if count:
        outbox.end_waits(connection, now)
        hub_subscriptions.end_waits(connection, now)
    return count


def every(connection: Connection, made: Sources) -> list[tuple[Source, SourceState]]:
    return pairs(connection, made, FOLLOWED.order_by(sources.c.name))


_NEXT = FOLLOWED.where(sources.c.id > bindparam("after")).order_by(sources.c.id)
_NAMED = FOLLOWED.where(sources.c.name == bindparam("name"))
_NUMBERED = _WHOLE.where(sources.c.id == bindparam("id"))


def after(
    connection: Connection, made: Sources, key: int, most: int, *, digested: bool
) -> list[tuple[Source, SourceState]]:
    """Returns the next `most` sources after the one with id `key`; `digested`: with a digest."""
    query = _NEXT.limit(most)
    if digested:
        query = query.where(sources.c.digest != "")
    return pairs(connection, made, query, {"after": key})


def names(connection: Connection, *, entries: int = 0) -> list[str]:
    """Returns the names of all that are followed and have, or had, at least so many entries."""
    query = select(sources.c.name).where(sources.c.retired.is_(None))
    if entries:
        query = query.join(profiles, profiles.c.source_id == sources.c.id).where(
            profiles.c.next_number > entries
        )
    return list(connection.execute(query).scalars().all())


def roster(connection: Connection) -> tuple[int, ...]:
    """Returns figures that differ once a source was added, changed, renamed or retired."""
    which = (
        func.count(),
        func.coalesce(func.sum(sources.c.version), 0),
        func.coalesce(func.max(sources.c.id), 0),
    )
    return tuple(connection.execute(select(*which).where(sources.c.retired.is_(None))).one())


def by_state(connection: Connection) -> dict[str, int]:
    """Returns how many sources are in each state."""
    query = select(standings.c.state, func.count()).group_by(standings.c.state)
    query = query.where(~standings.c.retired)
    return {row[0]: row[1] for row in connection.execute(query)}


def named(connection: Connection, made: Sources, name: str) -> tuple[Source, SourceState] | None:
    row = connection.execute(_NAMED, {"name": name}).first()
    return _pair(row, made) if row else None


def numbered(
    connection: Connection, made: Sources, source_id: int
) -> tuple[Source, SourceState] | None:
    row = connection.execute(_NUMBERED, {"id": source_id}).first()
    return _pair(row, made) if row else None


_MARK = update(standings).where(standings.c.source_id == bindparam("key"))


def mark(connection: Connection, marks: Sequence[tuple[int, SourceState]]) -> int:
    """Writes all but the profiles, and each change of a state; returns how many sources.

    What was read by other settings than those of now is left out, as it may be of another page, and
    what was read under a claim that is lost. Other claims end with this.
    """
    rows = connection.execute(_STATES, {"ids": list(dict(marks))})
    before = {row.source_id: row for row in rows}
    valid = _leave_out_lost(connection, [mark for mark in marks if _is_of_now(mark, before)])
    execute_each(connection, _MARK, [_hot(key, after) for key, after in valid])
    moved = [(key, after) for key, after in valid if after.state != before[key].state]
    moves = [_move(key, before[key].state, after) for key, after in moved]
    execute_each(connection, insert(states), moves)
    return len(valid)


def _is_of_now(mark: tuple[int, SourceState], before: Mapping[int, Row[*tuple[Any, ...]]]) -> bool:
    """Returns whether the source is there and has the settings that it was read by."""
    key, after = mark
    return key in before and after.version in {0, before[key].version}


def _leave_out_lost(
    connection: Connection, marks: list[tuple[int, SourceState]]
) -> list[tuple[int, SourceState]]:
    claims = {key: after.claim for key, after in marks if after.claim}
    if not claims:
        return marks
    from feeder.store.claims import lost  # noqa: PLC0415 -- PostgreSQL's alone

    gone = lost(connection, claims)
    return [mark for mark in marks if mark[0] not in gone]


def state_changes(connection: Connection, limit: int = 100) -> list[StateChange]:
    """Returns the last changes of state of all sources, the newest first."""
    rows = connection.execute(
        select(states, sources.c.name, sources.c.feed_id, profiles.c.profile)
        .join_from(states, sources)
        .join(profiles, profiles.c.source_id == states.c.source_id)
        .order_by(states.c.id.desc())
        .limit(limit)
    )
    return [of_row(StateChange, row, title=_profile.decode(row.profile).title) for row in rows]


def pairs(
    connection: Connection,
    made: Sources,
    query: Select[*tuple[Any, ...]],
    values: dict[str, Any] | None = None,
) -> list[tuple[Source, SourceState]]:
    return [_pair(row, made) for row in connection.execute(query, values).all()]


def _pair(row: Sequence[Any], made: Sources) -> tuple[Source, SourceState]:
    # By place, not by name: this is done for every source at every read.
    (
        key, feed_id, origin, version, settings, next_due, state, reason, since, last_read,
        last_outcome, last_change,
        failures, pending, etag, last_modified, digest, moved_to, profile,
    ) = row  # fmt: skip
    validators = Validators(etag, last_modified, digest)
    source_state = SourceState(
        state, reason, since, last_read, last_outcome, last_change, next_due, validators,
        moved_to, failures, pending,
        _profile.decode(profile), version,
    )  # fmt: skip
    return made.make(key, feed_id, origin, version, settings, moved_to), source_state


def _hot(key: int, source_state: SourceState) -> dict[str, Any]:
    kept = columns_of(source_state, "validators", "profile", "version", "claim")
    return {"key": key, "claimed_by": None} | kept | columns_of(source_state.validators)


def _move(key: int, before: str, source_state: SourceState) -> dict[str, Any]:
    at = source_state.since or source_state.last_read
    moved = {"source_id": key, "at": at, "before": before}
    return moved | {"state": source_state.state, "reason": source_state.reason}
