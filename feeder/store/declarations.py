"""What the files of several machines declare, where they share a store in PostgreSQL.

A source is followed while any file declares it. Where two declare it differently, the settings of
the file that was first hold for as long as a machine with that file runs, and the other is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from feeder.store import claims
from feeder.store.engine import execute_each
from feeder.store.outbox import GONE_AFTER
from feeder.store.schema import declarations, machines, sources
from feeder.store.sources import decode, encode, insert_new, retire_rows, rewrite
from feeder.store.syncing import match, tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from feeder.config import SourceSettings
    from feeder.store.records import Synced
    from feeder.store.sources import Found, SourceRow


@dataclass(frozen=True, slots=True)
class Declaration:
    """What another file says of a source."""

    file: str
    settings: str
    lives: bool  # a machine with that file runs


def sync(
    connection: Connection, declared: Sequence[SourceSettings], now: datetime, file: str
) -> Synced:
    """Makes one file's declarations rows, beside those of others.

    Raises:
        ConfigError: a name is that of a source which the page or the API has added.
    """
    rows = connection.execute(select(sources)).all()
    found, fresh = match(rows, declared)
    others = _read_others(connection, file)
    held = [pair for pair in found if _is_held(*pair, others)]
    ours = [pair for pair in found if pair not in held]
    left = _leave_out(connection, _left_out(connection, rows, found, file), others, now)
    changed = rewrite(connection, ours, "file", now)
    insert_new(connection, fresh, "file", now, rows)
    _declare(connection, file, found, fresh)
    return tell(ours, fresh, changed, left, held)


def _read_others(connection: Connection, file: str) -> dict[int, list[Declaration]]:
    """Returns what files other than this one declare, by source."""
    alive = machines.c.heartbeat > claims.clock(connection) - GONE_AFTER
    lives = set(connection.execute(select(machines.c.file).where(alive)).scalars())
    query = select(declarations).where(declarations.c.file != file)
    found: dict[int, list[Declaration]] = {}
    for row in connection.execute(query.order_by(declarations.c.file)):
        one = Declaration(row.file, row.settings, row.file in lives)
        found.setdefault(row.source_id, []).append(one)
    return found


def _is_held(
    row: SourceRow, settings: SourceSettings, others: Mapping[int, list[Declaration]]
) -> bool:
    """Returns whether another file's declaration holds, and is another one."""
    if row.retired is not None or encode(settings) == row.settings:
        return False
    return any(one.lives and one.file == row.declared_by for one in others.get(row.id, ()))


def _left_out(
    connection: Connection, rows: Iterable[SourceRow], found: Found, file: str
) -> list[SourceRow]:
    """Returns the rows that this file has declared and does no longer."""
    before = select(declarations.c.source_id).where(declarations.c.file == file)
    gone = set(connection.execute(before).scalars()) - {row.id for row, _ in found}
    return [row for row in rows if row.id in gone and row.retired is None]


def _leave_out(
    connection: Connection,
    gone: Sequence[SourceRow],
    others: Mapping[int, list[Declaration]],
    now: datetime,
) -> list[SourceRow]:
    """Retires what no other file declares, and returns it; the others' declarations hold now."""
    left = [row for row in gone if row.id not in others]
    retire_rows(connection, [row.id for row in left], now)
    handed = [(row, others[row.id][0]) for row in gone if row.id in others]
    rewrite(connection, [(row, decode(other.settings)) for row, other in handed], "file", now)
    for row, other in handed:
        mine = update(sources).where(sources.c.id == row.id)
        connection.execute(mine.values(declared_by=other.file))
    return left


def _declare(
    connection: Connection, file: str, found: Found, fresh: Sequence[SourceSettings]
) -> None:
    """Notes what the file declares; what no other file holds is its own."""
    connection.execute(delete(declarations).where(declarations.c.file == file))
    followed = select(sources.c.name, sources.c.id).where(sources.c.retired.is_(None))
    ids = {row.name: row.id for row in connection.execute(followed)}
    told = [(row.id, settings) for row, settings in found]
    told += [(ids[settings.name], settings) for settings in fresh]
    lines = [{"source_id": key, "file": file, "settings": encode(one)} for key, one in told]
    execute_each(connection, insert(declarations), lines)
    holding = declarations.alias()
    held = select(holding.c.source_id).where(
        holding.c.source_id == sources.c.id,
        holding.c.file == sources.c.declared_by,
        holding.c.settings == sources.c.settings,
    )
    mine = update(sources).where(
        declarations.c.source_id == sources.c.id,
        declarations.c.file == file,
        declarations.c.settings == sources.c.settings,
        ~held.correlate(sources).exists(),
    )
    connection.execute(mine.values(declared_by=file))


_DIFFERING = (
    select(sources.c.name, declarations.c.file, sources.c.declared_by)
    .join(declarations, declarations.c.source_id == sources.c.id)
    .where(sources.c.retired.is_(None), declarations.c.settings != sources.c.settings)
)


def differing(connection: Connection) -> list[tuple[str, str, str]]:
    """Returns the sources that a file declares otherwise: name, that file, the one that holds."""
    rows = connection.execute(_DIFFERING.order_by(sources.c.name))
    return [(name, file, by) for name, file, by in rows]


def is_differing(connection: Connection, file: str) -> bool:
    """Returns whether another file's declaration holds instead of one of this file's."""
    return connection.execute(_DIFFERING.where(declarations.c.file == file)).first() is not None
