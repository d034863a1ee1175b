"""Who has subscribed at the built-in hub, and who asked to: a restart forgets neither."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from feeder.store import schema
from feeder.store.engine import columns_of, of_row
from feeder.store.instant import Instant
from feeder.store.outbox import has_ended, is_due

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

_subscriptions, _intents = schema.hub_subscriptions.c, schema.hub_intents.c
_NOBODY = "-"  # in claimed_by of what waits for its next attempt; no machine is called so


@dataclass(frozen=True, slots=True)
class Intent:
    """What a subscriber asked for and has to confirm; or, "denied", what it is to be told."""

    mode: Literal["subscribe", "unsubscribe", "denied"]
    callback: str
    topic: str
    host: str  # the callback's
    # asked for from a private address: the callback may be at one, where the file allows any
    inside: bool = False
    lease: int = 0  # seconds
    secret: str = ""
    reason: str = ""
    id: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A subscription whose topic changed. `wanted` is the change that this delivery brings."""

    id: int
    callback: str
    topic: str
    host: str
    inside: bool
    secret: str
    wanted: int
    failures: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many subscriptions and requests there are, for the hub's limits."""

    subscriptions: int
    of_host: int
    waiting: int  # requests that are not confirmed yet
    waiting_of_host: int


def ask(connection: Connection, intent: Intent, due: datetime) -> Intent:
    """Stores a request in place of what the callback asked for before of this topic.

    Its subscriber is asked at `due`. Returns it with its id.
    """
    same = (_intents.callback == intent.callback) & (_intents.topic == intent.topic)
    connection.execute(sa.delete(schema.hub_intents).where(same))
    row = columns_of(intent, "id", "tries") | {"next_try": due}
    insert = sa.insert(schema.hub_intents).values(row).returning(_intents.id)
    return replace(intent, id=connection.execute(insert).scalar_one())


def crowd(connection: Connection, host: str) -> Crowd:
    """Returns how many there are, in all and of one callback host."""
    count = sa.func.count()
    subscriptions = sa.select(count).select_from(schema.hub_subscriptions)
    waiting = sa.select(count).select_from(schema.hub_intents)
    queries = (
        subscriptions,
        subscriptions.where(_subscriptions.host == host),
        waiting,
        waiting.where(_intents.host == host),
    )
    return Crowd(*(connection.execute(query).scalar() or 0 for query in queries))


def subscribed(connection: Connection, callback: str, topic: str) -> bool:
    same = (_subscriptions.callback == callback) & (_subscriptions.topic == topic)
    return connection.execute(sa.select(_subscriptions.id).where(same)).first() is not None


def take_intents(
    connection: Connection, now: datetime, until: datetime, limit: int, machine: str = ""
) -> tuple[Intent, ...]:
    """Returns requests to settle now: ours until `until`, when they come up again."""
    due = sa.select(schema.hub_intents).where(is_due(_intents.next_try, now))
    query = due.order_by(_intents.id).limit(limit)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    taken = _intents.id.in_([row.id for row in rows])
    values = {"next_try": until, "tries": _intents.tries + 1, "claimed_by": machine}
    connection.execute(sa.update(schema.hub_intents).where(taken).values(values))
    return tuple(of_row(Intent, row, tries=row.tries + 1) for row in rows)


def postpone(connection: Connection, intent: Intent, next_try: datetime) -> None:
    mine = sa.update(schema.hub_intents).where(_intents.id == intent.id)
    connection.execute(mine.values(next_try=next_try, claimed_by=_NOBODY))


def drop(connection: Connection, intent: Intent) -> None:
    """Erases a settled request; a newer one of the same subscriber is another row, and stays."""
    connection.execute(sa.delete(schema.hub_intents).where(_intents.id == intent.id))


def confirm(connection: Connection, intent: Intent, expires: datetime) -> None:
    """Carries out a request that its subscriber has confirmed."""
    drop(connection, intent)
    same = (_subscriptions.callback == intent.callback) & (_subscriptions.topic == intent.topic)
    if intent.mode == "unsubscribe":
        connection.execute(sa.delete(schema.hub_subscriptions).where(same))
        return
    terms = {"inside": intent.inside, "secret": intent.secret, "expires": expires}
    known = sa.update(schema.hub_subscriptions).where(same).values(terms)
    if not connection.execute(known).rowcount:
        row = {"callback": intent.callback, "topic": intent.topic, "host": intent.host}
        connection.execute(sa.insert(schema.hub_subscriptions).values(row | terms))


def want(connection: Connection, topic: str, now: datetime) -> None:
    """Has a changed topic sent to each subscriber; one that is in back-off stays there."""
    when = sa.func.coalesce(_subscriptions.next_try, sa.bindparam("now", now, Instant))
    changed = sa.update(schema.hub_subscriptions).where(
        _subscriptions.topic == topic, _subscriptions.expires > now
    )
    connection.execute(changed.values(wanted=_subscriptions.wanted + 1, next_try=when))


def take_deliveries(
    connection: Connection, now: datetime, until: datetime, limit: int, machine: str = ""
) -> tuple[Delivery, ...]:
    """Returns deliveries to make now: ours until `until`, when they come up again if not made."""
    query = sa.select(schema.hub_subscriptions).where(
        is_due(_subscriptions.next_try, now), _subscriptions.expires > now
    )
    # Who answered last time comes first: many that are down do not keep the others waiting.
    query = query.order_by(
        _subscriptions.failures, _subscriptions.next_try, _subscriptions.id
    ).limit(limit)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    taken = _subscriptions.id.in_([row.id for row in rows])
    values = {"next_try": until, "claimed_by": machine}
    connection.execute(sa.update(schema.hub_subscriptions).where(taken).values(values))
    return tuple(of_row(Delivery, row) for row in rows)


def delivered(connection: Connection, delivery: Delivery, now: datetime) -> None:
    """Notes a delivery; where the topic changed meanwhile, the subscription is due again."""
    again = sa.case(
        (_subscriptions.wanted > delivery.wanted, sa.bindparam("now", now, Instant)),
        else_=sa.null(),
    )
    mine = sa.update(schema.hub_subscriptions).where(_subscriptions.id == delivery.id)
    connection.execute(mine.values(delivered=delivery.wanted, next_try=again, failures=0))


def undelivered(connection: Connection, delivery: Delivery, next_try: datetime) -> None:
    mine = sa.update(schema.hub_subscriptions).where(_subscriptions.id == delivery.id)
    failures = delivery.failures + 1
    connection.execute(mine.values(next_try=next_try, failures=failures, claimed_by=_NOBODY))


def end(connection: Connection, delivery: Delivery) -> None:
    """Erases a subscription: the subscriber is gone, or its topic is."""
    connection.execute(sa.delete(schema.hub_subscriptions).where(_subscriptions.id == delivery.id))


def expire(connection: Connection, now: datetime) -> int:
    """Ends the subscriptions whose lease is over; returns how many."""
    return connection.execute(
        sa.delete(schema.hub_subscriptions).where(_subscriptions.expires <= now)
    ).rowcount


def anything(connection: Connection, now: datetime) -> bool:
    """Returns whether someone is to be asked or sent something now."""
    asked = sa.exists().where(is_due(_intents.next_try, now))
    due = sa.exists().where(is_due(_subscriptions.next_try, now))
    return bool(connection.execute(sa.select(asked | due)).scalar())


def end_waits(connection: Connection, now: datetime) -> None:
    """Has whoever failed asked or sent it now; what is being sent is left to whoever sends it."""
    for table in (schema.hub_subscriptions, schema.hub_intents):
        waits = table.c.next_try > now, table.c.claimed_by == _NOBODY
        mine = sa.update(table).where(*waits)
        connection.execute(mine.values(next_try=now))


def recover(connection: Connection, now: datetime) -> None:
    """Frees what an ended process had taken; who is in back-off stays there."""
    for table in (schema.hub_subscriptions, schema.hub_intents):
        waits = table.c.next_try > now, table.c.claimed_by != _NOBODY
        taken = sa.update(table).where(*waits, has_ended(table.c.claimed_by, now))
        connection.execute(taken.values(next_try=now))
