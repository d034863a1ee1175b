"""The outbox: what others are to be told, kept with the changes until they have been told.

Messages to one target keep their order, and the back-off is the target's: a hub that is down is
tried once in a while, not once for every feed. A message is held until its feed's files are in
place, or a hub would fetch the old ones.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from feeder.store import latencies, meta, numbering, schema
from feeder.store.engine import columns_of, of_row, upsert
from feeder.store.records import Latency, Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection


_KEY = "webhook_secret"
GONE_AFTER = timedelta(seconds=20)  # without a heartbeat, by the database's clock
LONGEST_WAIT = timedelta(days=2)  # nothing waits for longer, by its own pauses or by Retry-After


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way. `ids` are the rows that it settles: pings of one topic are one ping."""

    ids: tuple[int, ...]
    source_id: int  # whose change was the first to be told
    message: Message
    tries: int
    failures: int  # of the target, in a row


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a target could not be told, and when it is tried again."""

    error: str
    next_try: datetime
    failures: int  # of the target, in a row
    dropped: bool = False  # this message is given up


@dataclass(frozen=True, slots=True)
class Target:
    """How it stands with one target, for status."""

    target: str
    waiting: int
    failures: int  # in a row
    next_try: datetime
    error: str
    dropped: int  # messages given up since it was first told


def put(connection: Connection, source: int, messages: Sequence[Message]) -> None:
    """Stores messages; those that are held wait for `release`."""
    if not messages:
        return
    for target in dict.fromkeys(message.target for message in messages):
        _know(connection, target, messages[0].created)
    rows = [{"source_id": source} | columns_of(message) for message in messages]
    connection.execute(sa.insert(schema.outbox), rows)


def _know(connection: Connection, target: str, now: datetime) -> None:
    known = sa.select(schema.push_targets.c.target).where(schema.push_targets.c.target == target)
    if connection.execute(known).first() is None:
        upsert(connection, schema.push_targets, [{"target": target, "next_try": now}], "target")


_RELEASE = (
    sa.update(schema.outbox)
    .where(schema.outbox.c.source_id == sa.bindparam("source"), schema.outbox.c.held.is_(True))
    .values(held=False)
)


def release(connection: Connection, source: int) -> None:
    """Lets a source's messages go: its files are in place. Each topic keeps one ping for a hub."""
    table = schema.outbox
    if connection.execute(_RELEASE, {"source": source}).rowcount:
        pings = (table.c.source_id == source) & (table.c.kind == "websub") & table.c.held.is_(False)
        newest = (
            sa.select(sa.func.max(table.c.id)).where(pings).group_by(table.c.target, table.c.topic)
        )
        connection.execute(sa.delete(table).where(pings, table.c.id.not_in(newest)))


def is_due(next_try: sa.ColumnElement[datetime], now: datetime) -> sa.ColumnElement[bool]:
    """Returns whether a wait is over; one that is too long comes of a clock that was set back."""
    return (next_try <= now) | (next_try > now + LONGEST_WAIT)


def due(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Returns the targets that are to be told something now."""
    targets, box = schema.push_targets, schema.outbox
    waiting = sa.exists().where(box.c.target == targets.c.target, box.c.held.is_(False))
    query = sa.select(targets.c.target).where(is_due(targets.c.next_try, now), waiting)
    return tuple(connection.execute(query).scalars())


def claim(
    connection: Connection, target: str, now: datetime, until: datetime, machine: str = ""
) -> bool:
    """Takes a target until then; returns whether it was free.

    Two drains never talk to one target: that would break the order. Until it has answered nothing
    is said of it, which tells a claim from a back-off.
    """
    table = schema.push_targets
    mine = (
        sa.update(table)
        .where(table.c.target == target, is_due(table.c.next_try, now))
        .values(next_try=until, error="", claimed_by=machine)
    )
    return connection.execute(mine).rowcount == 1


def parcels(connection: Connection, target: str, limit: int = 100) -> tuple[Parcel, ...]:
    """Returns the first messages for a target, in order; pings of one topic are one parcel."""
    box, targets = schema.outbox, schema.push_targets
    waiting = sa.select(box, targets.c.failures).join(targets, targets.c.target == box.c.target)
    mine = waiting.where(box.c.target == target, box.c.held.is_(False))
    found: dict[object, list[Any]] = {}
    for row in connection.execute(mine.order_by(box.c.id).limit(limit)):
        found.setdefault(row.topic if row.kind == "websub" else row.id, []).append(row)
    return tuple(_parcel(rows) for rows in found.values())


def _parcel(rows: list[Any]) -> Parcel:
    first = rows[0]
    ids = tuple(row.id for row in rows)
    message = Message(first.kind, first.target, first.topic, first.payload, first.created)
    return Parcel(ids, first.source_id, message, first.tries, first.failures)


def told(connection: Connection, parcel: Parcel, now: datetime, until: datetime) -> None:
    """Notes that a parcel arrived; the target stays ours until then, for the next one."""
    mine = sa.delete(schema.outbox).where(schema.outbox.c.id.in_(parcel.ids))
    if connection.execute(mine).rowcount:  # else the source was removed meanwhile, with all of its
        late = latencies.seconds(parcel.message.created, now)
        latencies.add(connection, parcel.source_id, Latency(told=(late,)))
    _keep(connection, parcel.message.target, next_try=until, failures=0, error="")


def rest(connection: Connection, target: str, now: datetime) -> None:
    """Frees a target that was told all."""
    _keep(connection, target, next_try=now)


def failed(connection: Connection, parcel: Parcel, failure: Failure) -> None:
    """Notes that a parcel did not arrive."""
    box = schema.outbox
    mine = box.c.id.in_(parcel.ids)
    if failure.dropped:
        connection.execute(sa.delete(box).where(mine))
    else:
        connection.execute(sa.update(box).where(mine).values(tries=box.c.tries + 1))
    _keep(
        connection,
        parcel.message.target,
        next_try=failure.next_try,
        failures=failure.failures,
        error=failure.error,
        dropped=schema.push_targets.c.dropped + int(failure.dropped),
    )


def expire(connection: Connection, target: str, before: datetime) -> int:
    """Gives up what has waited since before an instant; returns how many messages."""
    box, targets = schema.outbox, schema.push_targets
    old = sa.delete(box).where(box.c.target == target, box.c.created < before)
    count = connection.execute(old).rowcount
    if count:
        _keep(connection, target, dropped=targets.c.dropped + count)
    return count


def _keep(connection: Connection, target: str, **values: Any) -> None:
    table = schema.push_targets
    connection.execute(sa.update(table).where(table.c.target == target).values(**values))


def follow_clock(connection: Connection, by: timedelta) -> None:
    """Has messages keep their age and subscriptions their lease when the clock is set.

    Where it is set back, waits stay as long as they were. Set forward, it cannot be told from a
    machine that was suspended: then they are over.
    """
    _shift(connection, schema.outbox.c.created, by)
    _shift(connection, schema.hub_subscriptions.c.expires, by)
    if by < timedelta():
        for table in (schema.push_targets, schema.hub_intents, schema.hub_subscriptions):
            _shift(connection, table.c.next_try, by)


def end_waits(connection: Connection, now: datetime) -> None:
    """Has whoever failed tried now; what is being sent is left to whoever sends it."""
    table = schema.push_targets
    waits = table.c.error != "", table.c.next_try > now
    mine = sa.update(table).where(*waits)
    connection.execute(mine.values(next_try=now))


def _shift(connection: Connection, instant: sa.Column[datetime], by: timedelta) -> None:
    moved = sa.type_coerce(instant, sa.BigInteger) + by // timedelta(microseconds=1)
    connection.execute(sa.update(instant.table).values({instant.name: moved}))


def recover(connection: Connection, now: datetime) -> None:
    """Frees what an ended process had claimed, or held for files that are in place.

    A target in back-off stays there.
    """
    table, box, sources = schema.push_targets, schema.outbox, schema.standings
    claimed = table.c.error == "", table.c.next_try > now, has_ended(table.c.claimed_by, now)
    connection.execute(sa.update(table).where(*claimed).values(next_try=now))
    if connection.dialect.name == "postgresql":  # see feeder.store.editions
        return
    unpublished = sa.select(sources.c.source_id).where(sources.c.unpublished, ~sources.c.retired)
    connection.execute(
        sa.update(box).where(box.c.held, box.c.source_id.not_in(unpublished)).values(held=False)
    )


def has_ended(machine: sa.Column[str], now: datetime) -> sa.ColumnElement[bool]:
    """Returns whether the process that claimed a row is gone; only shared stores name it."""
    alive = sa.select(schema.machines.c.name).where(schema.machines.c.heartbeat > now - GONE_AFTER)
    return machine.not_in(alive)


def targets_status(connection: Connection) -> tuple[Target, ...]:
    """Returns every target that is or was told something."""
    targets, box = schema.push_targets, schema.outbox
    waiting = sa.select(sa.func.count()).where(box.c.target == targets.c.target).scalar_subquery()
    query = sa.select(targets, waiting.label("waiting")).order_by(targets.c.target)
    return tuple(of_row(Target, row) for row in connection.execute(query))


def retire(connection: Connection, targets: Iterable[str]) -> None:
    """Forgets every target but these, and what waits for it."""
    kept = tuple(targets)
    connection.execute(sa.delete(schema.outbox).where(schema.outbox.c.target.not_in(kept)))
    connection.execute(
        sa.delete(schema.push_targets).where(schema.push_targets.c.target.not_in(kept))
    )


def forget(connection: Connection, entry: str) -> None:
    """Erases what waiting webhooks say of an entry but its id."""
    table = schema.outbox
    waiting = sa.select(table.c.id, table.c.payload).where(table.c.kind == "webhook")
    for row in connection.execute(waiting).all():
        if entry.encode() in row.payload:
            mine = sa.update(table).where(table.c.id == row.id)
            connection.execute(mine.values(payload=_without(row.payload, entry)))


def _without(payload: bytes, entry: str) -> bytes:
    told = msgspec.json.decode(payload)
    for change in told.get("changes", ()):
        if change["id"] == entry:
            change.update(title="", authors=[], url=None)
    return msgspec.json.encode(told)


def signing_key(connection: Connection) -> str:
    """Returns what webhooks are signed with: made at the first call, the same ever after."""
    if meta.get(connection, _KEY) is None:
        numbering.take_turn(connection)  # another machine may be making one
    known = meta.get(connection, _KEY)
    if known is None:
        known = secrets.token_urlsafe(32)
        meta.put(connection, _KEY, known)
    return known
