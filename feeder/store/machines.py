"""The processes that share a store in PostgreSQL, each with a heartbeat by the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, text

from feeder.store import claims
from feeder.store.engine import columns_of, of_row, upsert
from feeder.store.outbox import GONE_AFTER
from feeder.store.schema import machines, standings

if TYPE_CHECKING:
    from sqlalchemy import Connection

FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Machine:
    """A process: what it is, and since when it says that it lives."""

    name: str  # HOST/PROCESS
    host: str
    kind: str  # "run", "worker"
    version: str
    file: str  # HOST:PATH of its configuration
    started: datetime
    heartbeat: datetime
    running: int = 0  # reads under way

    def is_gone(self, now: datetime) -> bool:
        return now - self.heartbeat > GONE_AFTER


def arrive(connection: Connection, machine: Machine) -> None:
    """Notes a process that begins, in place of the one that it was before and that has died."""
    now = claims.clock(connection)
    before = (machines.c.host == machine.host) & (machines.c.kind == machine.kind)
    dead = machines.c.heartbeat < now - GONE_AFTER
    old = machines.c.heartbeat < now - FORGOTTEN_AFTER
    connection.execute(delete(machines).where(before & dead | old))
    beat(connection, machine)


def beat(connection: Connection, machine: Machine) -> datetime:
    """Notes that a process lives; returns the database's time."""
    now = claims.clock(connection)
    upsert(connection, machines, [columns_of(machine) | {"heartbeat": now}], "name")
    return now


def leave(connection: Connection, name: str) -> None:
    """Forgets a process that has ended as it should."""
    connection.execute(delete(machines).where(machines.c.name == name))


def every(connection: Connection) -> list[Machine]:
    """Returns all processes, those that are gone too."""
    rows = connection.execute(select(machines).order_by(machines.c.name))
    return [of_row(Machine, row) for row in rows]


_QUEUE = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")


def backlog(connection: Connection) -> tuple[int, datetime | None]:
    """Returns how many jobs wait in the queue, and since when the most overdue source is due."""
    there = connection.execute(select(func.to_regclass("procrastinate_jobs"))).scalar()
    waiting = connection.execute(_QUEUE).scalar_one() if there else 0
    due = select(func.min(standings.c.next_due)).where(~standings.c.retired)
    return waiting, connection.execute(due).scalar()
