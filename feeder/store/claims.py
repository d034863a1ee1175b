"""Who reads what, where several processes share the store in PostgreSQL: claims that run out.

A claim moves a source's `next_due` to when it runs out, and writes its name into `claimed_by`. So
the sources of a reader that died are due again by themselves, and one that comes back too late
finds another name there: nothing of what it read is kept. The clock is the database's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import ARRAY, Integer, Text, bindparam, func, literal_column, select, text, update

from feeder.store import source_states
from feeder.store.engine import upsert
from feeder.store.instant import Instant
from feeder.store.outbox import LONGEST_WAIT
from feeder.store.schema import hosts, refreshes, sources, standings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from feeder.config import Source
    from feeder.model import SourceState
    from feeder.store.sources import Sources

IN_QUEUE = timedelta(minutes=2)  # a claim whose reading has not begun
READING = timedelta(seconds=15)  # one that is read; renewed several times as often
JOINED = timedelta(minutes=2)  # a refresh asked for is joined by others for so long
AT_ONCE = timedelta(seconds=0.25)  # a host's turn that comes so soon is not waited for

_NOW = literal_column("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint", Instant())
# Two schedulers would give a host's turn twice: whoever comes second looks again at its next tick.
_ALONE = text("SELECT pg_try_advisory_xact_lock(0x66656565)")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A source that is to be read, and since when it was due."""

    source_id: int
    due: datetime


def clock(connection: Connection) -> datetime:
    """Returns the time by the database's clock, which is that of all machines."""
    now = connection.execute(select(_NOW)).scalar()
    assert now is not None
    return now


def new_claim() -> str:
    """Returns a name that no other claim has."""
    return secrets.token_hex(6)


_DUE = (
    select(standings.c.source_id, standings.c.next_due, sources.c.address)
    .join(sources, sources.c.id == standings.c.source_id)
    .where(standings.c.next_due <= bindparam("now"), ~standings.c.retired)
    .order_by(standings.c.next_due)
    .limit(bindparam("most"))
    .with_for_update(of=standings, skip_locked=True)
)
_IDS = bindparam("ids", type_=ARRAY(Integer))
_THESE = standings.c.source_id == func.any(_IDS)
_PUT_OFF = text(
    "UPDATE standings SET next_due = later.due FROM unnest(:ids, :dues) AS later (id, due) "
    "WHERE source_id = later.id"
).bindparams(_IDS, bindparam("dues", type_=ARRAY(Instant)))


def take(connection: Connection, claim: str, most: int, interval: timedelta) -> list[Claimed]:
    """Claims sources that are due and whose hosts may be asked; puts off the others.

    Args:
        connection: of a writing transaction.
        claim: the name of the claim.
        most: how many that are due are looked at, the most overdue first.
        interval: between the beginnings of two reads of a host.
    """
    if not connection.execute(_ALONE).scalar():
        return []
    now = clock(connection)
    rows = connection.execute(_DUE, {"now": now, "most": most}).all()
    if not rows:
        return []
    names = [host_of(row.address) for row in rows]
    turns = _Turns(connection, set(names), now, interval)
    taken, later = [], {}
    for row, host in zip(rows, names, strict=True):
        turn = turns.next(host)
        if turn <= now + AT_ONCE:
            taken.append(Claimed(row.source_id, row.next_due))
        else:
            later[row.source_id] = turn
    turns.keep()
    ids = [one.source_id for one in taken]
    claimed = update(standings).where(_THESE).values(claimed_by=claim, next_due=now + IN_QUEUE)
    connection.execute(claimed, {"ids": ids})
    if later:
        connection.execute(_PUT_OFF, {"ids": list(later), "dues": list(later.values())})
    return taken


def host_of(address: str) -> str:
    """Returns the host of an address; "": it is a file."""
    return (urlsplit(address).hostname or "") if "://" in address else ""


class _Turns:
    """When each host may be read next, in one transaction that no other scheduler is at."""

    _KNOWN = select(hosts.c.host, hosts.c.until, hosts.c.next_turn).where(
        hosts.c.host == func.any(bindparam("names", type_=ARRAY(Text)))
    )
    _KEPT = text(
        "INSERT INTO hosts (host, next_turn) SELECT unnest(:names), unnest(:turns) "
        "ON CONFLICT (host) DO UPDATE SET next_turn = excluded.next_turn"
    ).bindparams(bindparam("names", type_=ARRAY(Text)), bindparam("turns", type_=ARRAY(Instant)))

    def __init__(
        self, connection: Connection, names: set[str], now: datetime, interval: timedelta
    ) -> None:
        self._connection, self._now, self._interval = connection, now, interval
        rows = connection.execute(self._KNOWN, {"names": sorted(names)})
        self._free = {row.host: self._free_from(row.until, row.next_turn) for row in rows}
        self._given: dict[str, datetime] = {}  # when the next turn is after those given now

    def _free_from(self, until: datetime | None, turn: datetime | None) -> datetime:
        """Returns when a host may be read; what lies too far ahead is of a clock set back since."""
        now = self._now
        free = min(turn or now, now + AT_ONCE + self._interval)
        if until and until < now + LONGEST_WAIT:
            free = max(until, free)
        return free

    def next(self, host: str) -> datetime:
        """Returns when a host may be read, after those that were given a turn before."""
        turn = max(self._free.get(host, self._now), self._now)
        if host:
            self._free[host] = turn + self._interval
            if turn <= self._now + AT_ONCE:
                self._given[host] = self._free[host]
        return turn

    def keep(self) -> None:
        """Stores the turns that were given; those put off get theirs when they are due again."""
        if self._interval and self._given:
            names = sorted(self._given)
            turns = [self._given[name] for name in names]
            self._connection.execute(self._KEPT, {"names": names, "turns": turns})


def begin(
    connection: Connection, made: Sources, claim: str, reader: str, ids: Sequence[int]
) -> list[tuple[Source, SourceState]]:
    """Returns what of a claim's sources is still its own, to be read now.

    The claim's name is another one from now on, so that a second reader finds nothing to begin.
    """
    now = clock(connection)
    mine = f"{claim}@{reader}"
    valid = _THESE, standings.c.claimed_by == claim, standings.c.next_due > now
    taken = update(standings).where(*valid).values(claimed_by=mine, next_due=now + READING)
    keys = connection.execute(taken.returning(standings.c.source_id), {"ids": list(ids)})
    return source_states.claimed(connection, made, list(keys.scalars()), mine)


def renew(connection: Connection, reading: Mapping[int, str]) -> None:
    """Has the claims under which sources are read last longer, those that have not run out."""
    now = clock(connection)
    mine = standings.c.claimed_by == func.any(bindparam("names", type_=ARRAY(Text)))
    valid = update(standings).where(_THESE, mine, standings.c.next_due > now)
    names = list(set(reading.values()))
    connection.execute(valid.values(next_due=now + READING), {"ids": list(reading), "names": names})


def lost(connection: Connection, claims: Mapping[int, str]) -> set[int]:
    """Returns the sources whose claim has run out or was taken over; locks the others' rows."""
    if not claims:
        return set()
    query = select(standings.c.source_id, standings.c.claimed_by).where(
        _THESE, standings.c.next_due > _NOW
    )
    rows = connection.execute(
        query.order_by(standings.c.source_id).with_for_update(), {"ids": list(claims)}
    )
    held = {row.source_id for row in rows if row.claimed_by == claims[row.source_id]}
    return claims.keys() - held


def ask(connection: Connection, source_id: int, *, accept: bool) -> tuple[str, bool]:
    """Claims a source because someone asked for its refresh, whoever is about to read it.

    Returns the claim, and whether it is a new one; a refresh that is not done yet is joined.
    """
    now = clock(connection)
    mine = standings.c.source_id == source_id
    connection.execute(select(standings.c.source_id).where(mine).with_for_update())
    row = connection.execute(select(refreshes).where(refreshes.c.source_id == source_id)).first()
    if row and row.outcome is None and row.accept == accept and abs(now - row.asked) < JOINED:
        return row.claim, False
    claim = new_claim()
    asked = {"source_id": source_id, "claim": claim, "accept": accept, "asked": now}
    upsert(connection, refreshes, [asked | {"outcome": None}], "source_id")
    claimed = update(standings).where(mine, ~standings.c.retired)
    connection.execute(claimed.values(claimed_by=claim, next_due=now + IN_QUEUE))
    return claim, True


def answer(connection: Connection, source_id: int, claim: str, outcome: str) -> None:
    """Notes what came of a refresh that someone waits for."""
    asked = refreshes.c.source_id == source_id, refreshes.c.claim == claim
    connection.execute(update(refreshes).where(*asked).values(outcome=outcome))


def answered(connection: Connection, source_id: int) -> tuple[str, str | None] | None:
    """Returns the claim of a source's last refresh that was asked for, and what came of it."""
    row = select(refreshes.c.claim, refreshes.c.outcome).where(refreshes.c.source_id == source_id)
    found = connection.execute(row).first()
    return (found.claim, found.outcome) if found else None
