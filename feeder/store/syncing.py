"""What a configuration file declares becomes rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from feeder.errors import ConfigError
from feeder.store import meta
from feeder.store.records import Synced
from feeder.store.schema import sources
from feeder.store.sources import insert_new, retire_rows, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from feeder.config import SourceSettings
    from feeder.store.sources import Found, SourceRow


def key_of(file: str) -> str:
    """Returns the key in `meta` of the fingerprint of a file; "": of the only one."""
    return f"configuration {file}".rstrip()


def is_in_force(connection: Connection, fingerprint: str, file: str) -> bool:
    """Returns whether the sources are those of a file with this fingerprint."""
    if meta.get(connection, key_of(file)) != fingerprint:
        return False
    if not file:
        return True
    from feeder.store import declarations  # noqa: PLC0415 -- PostgreSQL's alone

    return not declarations.is_differing(connection, file)


def synchronise(
    connection: Connection,
    declared: Sequence[SourceSettings],
    fingerprint: str,
    now: datetime,
    file: str,
) -> Synced:
    """Makes the file's declarations rows; `file` names it where others declare sources too."""
    if file:
        from feeder.store import declarations  # noqa: PLC0415 -- PostgreSQL's alone

        synced = declarations.sync(connection, declared, now, file)
    else:
        synced = sync(connection, declared, now)
    meta.put(connection, key_of(file), fingerprint)
    return synced


def sync(connection: Connection, declared: Sequence[SourceSettings], now: datetime) -> Synced:
    """Makes the file's declarations rows; returns the names that this touched.

    A source is found by its name, else by its address: it was renamed, or is back again.

    Raises:
        ConfigError: a name is that of a source which the page or the API has added.
    """
    rows = connection.execute(select(sources)).all()
    found, fresh = match(rows, declared)
    gone = left_out(rows, found)
    changed = rewrite(connection, found, "file", now)
    retire_rows(connection, [row.id for row in gone], now)
    insert_new(connection, fresh, "file", now, rows)
    return tell(found, fresh, changed, gone)


def tell(
    found: Found,
    fresh: Sequence[SourceSettings],
    changed: Sequence[str],
    gone: Sequence[SourceRow],
    held: Sequence[tuple[SourceRow, SourceSettings]] = (),
) -> Synced:
    """Returns the names of what a synchronisation touched; `changed` are those rewritten."""
    back = {settings.name for row, settings in found if row.retired is not None}
    return Synced(
        added=(*(one.name for one in fresh), *(name for name in changed if name in back)),
        changed=tuple(name for name in changed if name not in back),
        retired=tuple(row.name for row in gone),
        differing=tuple((settings.name, row.declared_by) for row, settings in held),
    )


def left_out(rows: Iterable[SourceRow], found: Found) -> list[SourceRow]:
    """Returns the rows of the file's sources that it has no longer."""
    kept = {row.id for row, _ in found}
    of_file = [row for row in rows if row.retired is None and row.origin == "file"]
    return [row for row in of_file if row.id not in kept]


def match(
    rows: Sequence[SourceRow], declared: Sequence[SourceSettings]
) -> tuple[Found, list[SourceSettings]]:
    """Returns which row each source is, and those that have none, in the file's order."""
    found = _match_names(rows, declared)
    taken = {row.id for row, _ in found}
    named = {settings.name for _, settings in found}
    addressed = _by_address(row for row in rows if row.id not in taken)
    fresh = []
    for settings in declared:
        if settings.name in named:
            continue
        row = addressed.pop(settings.address, None)
        if row is None:
            fresh.append(settings)
        else:
            found.append((row, settings))
    return found, fresh


def _match_names(rows: Sequence[SourceRow], declared: Sequence[SourceSettings]) -> Found:
    named = {row.name: row for row in rows if row.retired is None}
    found = [(named[one.name], one) for one in declared if one.name in named]
    for row, settings in found:
        if row.origin != "file" and row.address != settings.address:
            raise ConfigError(
                f"the source {settings.name!r} in the file has the same name as one that was added "
                f"by the page or the API, {row.address}; rename one of them"
            )
    return found


def _by_address(rows: Iterable[SourceRow]) -> dict[str, SourceRow]:
    """Returns, of those with one address, the one that is followed, else the last that was."""
    never = datetime.min.replace(tzinfo=UTC)
    order = sorted(rows, key=lambda row: (row.retired is None, row.retired or never))
    return {row.address: row for row in order}
