"""The rows of sources. Only a purge deletes one: it keeps its feed's identity."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
from pydantic import ValidationError
from sqlalchemy import bindparam, delete, insert, select, update

from feeder.config import Source, SourceSettings, duration, valid_name
from feeder.config.problems import plain_sentence
from feeder.errors import ConfigError, DeclaredError, StoreError, TakenError
from feeder.store import numbering
from feeder.store.engine import execute_each, upsert
from feeder.store.schema import profiles, renames, sources, standings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection, Row

Origin = Literal["file", "api"]
SourceRow: TypeAlias = "Row[*tuple[Any, ...]]"
Found = list[tuple[SourceRow, SourceSettings]]

# Shared by all: checking its defaults anew for every source would take ten times as long.
_DEFAULTS = SourceSettings(name="defaults", path="/").model_copy(update={"path": ""})
_PLAIN = frozenset(key for key, value in _DEFAULTS if isinstance(value, str | int | bool))

# What a row must tell for its Source to be made.
COLUMNS = (sources.c.id, sources.c.feed_id, sources.c.origin, sources.c.version, sources.c.settings)


class Sources:
    """Makes Sources of rows, and remembers the last ones: reading settings costs most of it."""

    REMEMBERED = 20_000  # about 2 KB each

    def __init__(self) -> None:
        self._made: dict[int, tuple[int, str, Source]] = {}

    def make(
        self, key: int, feed_id: str, origin: Origin, version: int, settings: str, moved_to: str
    ) -> Source:
        made = self._made.get(key)
        if made and made[0] == version and made[1] == moved_to:
            return made[2]
        source = Source(key, feed_id, decode(settings), origin, moved_to)
        if len(self._made) >= self.REMEMBERED:
            self._made.clear()
        self._made[key] = (version, moved_to, source)
        return source


# What decides what a page is read as.
_READING = {"extract", "select", "api", "timezone", "language", "date_order", "request"}
_UNKNOWN = {"etag": None, "last_modified": None, "digest": None}  # what a page is recognised by
_KEYED = update(sources).where(sources.c.id == bindparam("key"))
_STANDING = update(standings).where(standings.c.source_id == bindparam("key"))


def encode(settings: SourceSettings) -> str:
    """Returns what differs from the defaults, as JSON with the durations of config.toml."""
    other = settings.model_dump(exclude_defaults=True)
    return json.dumps(other, default=_duration, ensure_ascii=False, sort_keys=True)


def decode(text: str) -> SourceSettings:
    """Returns the settings that `encode` wrote; plain values were checked then."""
    values = msgspec.json.decode(text)
    if values.keys() <= _PLAIN:
        if (every := values.get("every")) not in {None, "adaptive"}:
            values["every"] = duration(every)
        return _DEFAULTS.model_copy(update=values)
    try:
        return SourceSettings.model_validate_json(text)
    except ValidationError as error:
        said = f"the settings of a source in the store are no longer valid: {plain_sentence(error)}"
        raise StoreError(said) from error


def add(connection: Connection, settings: SourceSettings, origin: Origin, now: datetime) -> None:
    """Follows a source, or one that was retired again. Raises TakenError: another has its name."""
    rows = connection.execute(select(sources).where(sources.c.address == settings.address)).all()
    _check_free(connection, settings.name)
    back = next((row for row in rows if row.retired is not None), None)
    if back is not None:
        rewrite(connection, [(back, settings)], origin, now)
    else:
        insert_new(connection, [settings], origin, now, rows)


def revise(connection: Connection, settings: SourceSettings, now: datetime) -> None:
    """Gives a source that the page or the API added other settings; its name stays.

    Raises:
        ConfigError: there is no such source, or a file declares it.
    """
    named = select(sources).where(sources.c.name == settings.name, sources.c.retired.is_(None))
    row = connection.execute(named).first()
    if row is None:
        raise ConfigError(f"there is no source {settings.name!r}")
    if row.origin == "file":
        raise DeclaredError(f"{settings.name} stands in a configuration file: change it there")
    rewrite(connection, [(row, settings)], row.origin, now)


def retire(connection: Connection, name: str, now: datetime, *, purge: bool = False) -> bool:
    """Stops following a source; False: there is none of that name.

    `purge` erases all that is known of it, also of one that was retired before.
    """
    named = select(sources.c.id).where(sources.c.name == name)
    if not purge:
        named = named.where(sources.c.retired.is_(None))
    source_id = connection.execute(named.order_by(sources.c.retired.is_not(None))).scalar()
    if source_id is None:
        return False
    if purge:
        connection.execute(delete(sources).where(sources.c.id == source_id))
        numbering.tell(connection, f"{numbering.PURGED}{name}")
    else:
        retire_rows(connection, [source_id], now)
    return True


def rename(connection: Connection, old: str, new: str) -> None:
    """Gives a source another name; the old one is remembered for those who still ask for it.

    Raises:
        ConfigError: there is no such source, or the new name is taken or not valid.
    """
    named = select(sources).where(sources.c.name == old, sources.c.retired.is_(None))
    row = connection.execute(named).first()
    if row is None:
        raise ConfigError(f"there is no source {old!r}")
    _check_free(connection, new)
    try:
        settings = decode(row.settings).model_copy(update={"name": valid_name(new)})
    except ValueError as error:
        raise ConfigError(f"the name {new!r} {error}") from error
    rewrite(connection, [(row, settings)], row.origin, None)


def renamed(connection: Connection, name: str) -> str | None:
    """Returns the present name of what was once called `name`; None: nothing was."""
    present = select(sources.c.name).join(renames).where(renames.c.old == name)
    return connection.execute(present.where(sources.c.retired.is_(None))).scalar()


def followed_as(connection: Connection, address: str) -> str | None:
    """Returns the name of the source that follows an address; None: none does."""
    same = select(sources.c.name).where(sources.c.address == address, sources.c.retired.is_(None))
    return connection.execute(same.limit(1)).scalar()


def _check_free(connection: Connection, name: str) -> None:
    taken = select(sources.c.id).where(sources.c.name == name, sources.c.retired.is_(None))
    if connection.execute(taken).first():
        raise TakenError(f"there is already a source {name!r}; choose another name")


def rewrite(
    connection: Connection, found: Found, origin: Origin, now: datetime | None
) -> tuple[str, ...]:
    """Writes the settings that differ; returns the names of their sources.

    They are due at `now`; None: the schedule is left alone.
    """
    changed = [(row, settings) for row, settings in found if _differs(row, settings, origin)]
    if not changed:
        return ()
    rows = [{"key": row.id} | _columns(settings, origin) for row, settings in changed]
    connection.execute(_KEYED.values(version=sources.c.version + 1, retired=None), rows)
    ids = [row.id for row, _ in changed]
    if now is not None:
        _begin_again(connection, ids, now)
    old = [
        {"old": row.name, "source_id": row.id}
        for row, settings in changed
        if row.name != settings.name
    ]
    upsert(connection, renames, old, "old")
    names = tuple(settings.name for _, settings in changed)
    _forget_names(connection, names)
    _forget_validators(connection, changed)
    numbering.renew(connection, ids)
    numbering.tell(connection, numbering.SOURCES)
    return names


def _differs(row: SourceRow, settings: SourceSettings, origin: Origin) -> bool:
    return row.retired is not None or row.origin != origin or decode(row.settings) != settings


def _columns(settings: SourceSettings, origin: Origin) -> dict[str, str]:
    return {
        "name": settings.name,
        "origin": origin,
        "settings": encode(settings),
        "digest": settings.digest,
    }


def _forget_validators(connection: Connection, changed: Found) -> None:
    """Has a page read whole that is another one now, or may show something else."""
    moved, otherwise = [], []
    for row, settings in changed:
        before = decode(row.settings)
        if before.address != settings.address:
            moved.append({"key": row.id})
        elif before.model_dump(include=_READING) != settings.model_dump(include=_READING):
            otherwise.append({"key": row.id})
    afresh = _STANDING.values(_UNKNOWN)
    execute_each(connection, afresh.values(moved_to=""), moved)
    execute_each(connection, afresh, otherwise)


def _begin_again(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Makes sources due whose settings have changed, and their files ones to be written again."""
    keys = [{"key": key} for key in ids]
    connection.execute(_STANDING.values(next_due=now, retired=False), keys)
    fed = standings.c.source_id.in_(select(profiles.c.source_id).where(profiles.c.next_number > 1))
    connection.execute(_STANDING.where(fed).values(unpublished=True), keys)


def retire_rows(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    keys = [{"key": key} for key in ids]
    execute_each(connection, _KEYED.values(retired=now), keys)
    execute_each(connection, _STANDING.values(next_due=None, retired=True), keys)
    numbering.tell(connection, numbering.SOURCES)


def insert_new(
    connection: Connection,
    fresh: Sequence[SourceSettings],
    origin: Origin,
    now: datetime,
    others: Iterable[SourceRow],
) -> None:
    """Follows sources that are in no row; `others` may have the address of one of them."""
    if not fresh:
        return
    taken = {row.feed_id for row in others}
    rows = []
    for settings in fresh:
        row = {"feed_id": _feed_id(settings, taken), "address": settings.address}
        taken.add(row["feed_id"])
        rows.append(row | _columns(settings, origin))
    connection.execute(insert(sources), rows)
    known = select(standings.c.source_id).where(standings.c.source_id == sources.c.id)
    new = connection.execute(select(sources.c.id).where(~known.exists())).scalars()
    ids = [{"source_id": key} for key in new]
    connection.execute(insert(standings).values(next_due=now), ids)
    connection.execute(insert(profiles), ids)
    _forget_names(connection, [settings.name for settings in fresh])
    numbering.tell(connection, numbering.SOURCES)


def _feed_id(settings: SourceSettings, taken: Collection[str]) -> str:
    """Returns the UUID that the address gives; where a page is followed twice, its name too."""
    feed_id = uuid.uuid5(uuid.NAMESPACE_URL, settings.address)
    return str(uuid.uuid5(feed_id, settings.name) if str(feed_id) in taken else feed_id)


def _forget_names(connection: Connection, names: Sequence[str]) -> None:
    """Forgets where names lead that are in use again."""
    if connection.execute(select(renames.c.old).limit(1)).first():
        again = delete(renames).where(renames.c.old == bindparam("name"))
        connection.execute(again, [{"name": name} for name in names])


def _duration(value: object) -> str:
    assert isinstance(value, timedelta), value
    return f"{value / timedelta(seconds=1):.6f}".rstrip("0").rstrip(".") + "s"
