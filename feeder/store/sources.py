"""The rows of sources. Only a purge deletes one: it keeps its feed's identity."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from pydantic import ValidationError
from sqlalchemy import bindparam, delete, insert, select, update

from feeder.config import Source, SourceSettings, duration, valid_name
from feeder.errors import ConfigError, StoreError
from feeder.store.engine import upsert
from feeder.store.records import Synced
from feeder.store.schema import profiles, renames, sources, standings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

Origin = Literal["file", "api"]
_Found = list[tuple["Row[*tuple[Any, ...]]", SourceSettings]]

# Shared by all: checking its defaults anew for every source would take ten times as long as all
# else.
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


_READING = (
    "extract",
    "select",
    "api",
    "timezone",
    "language",
    "date_order",
    "request",
)  # what decides what a page is read as
_UNKNOWN = {"etag": None, "last_modified": None, "digest": None}  # what a page is recognised by


def encode(settings: SourceSettings) -> str:
    """Returns what differs from the defaults, as JSON with the durations of config.toml."""
    return json.dumps(
        settings.model_dump(exclude_defaults=True),
        default=_duration,
        ensure_ascii=False,
        sort_keys=True,
    )


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
        raise StoreError(
            f"the settings of a source in the store are no longer valid: {error}"
        ) from error


def sync(connection: Connection, declared: Sequence[SourceSettings], now: datetime) -> Synced:
    """Makes the file's declarations rows; returns the names that this touched.

    A source is found by its name, else by its address: it was renamed, or is back again.

    Raises:
        ConfigError: a name is that of a source which the page or the API has added.
    """
    rows = connection.execute(select(sources)).all()
    found, fresh = _match(rows, declared)
    kept = {row.id for row, _ in found}
    gone = [
        row for row in rows if row.retired is None and row.origin == "file" and row.id not in kept
    ]
    changed = _rewrite(connection, found, "file", now)
    _retire(connection, [row.id for row in gone], now)
    _insert(connection, fresh, "file", now, {row.feed_id for row in rows})
    back = {settings.name for row, settings in found if row.retired is not None}
    return Synced(
        added=(*(settings.name for settings in fresh), *(name for name in changed if name in back)),
        changed=tuple(name for name in changed if name not in back),
        retired=tuple(row.name for row in gone),
    )


def _match(
    rows: Sequence[Row[*tuple[Any, ...]]], declared: Sequence[SourceSettings]
) -> tuple[_Found, list[SourceSettings]]:
    named = {row.name: row for row in rows if row.retired is None}
    found: _Found = []
    rest = []
    for settings in declared:
        row = named.get(settings.name)
        if row is None:
            rest.append(settings)
            continue
        if row.origin != "file" and row.address != settings.address:
            raise ConfigError(
                f"the source {settings.name!r} in the file has the same name as one that was added "
                f"by the page or the API, {row.address}; rename one of them"
            )
        found.append((row, settings))
    taken = {row.id for row, _ in found}
    # Of several rows of one address the one that is followed, else the one that was followed last.
    order = sorted(
        rows, key=lambda row: (row.retired is None, row.retired or datetime.min.replace(tzinfo=UTC))
    )
    addressed = {row.address: row for row in order if row.id not in taken}
    fresh = [settings for settings in rest if settings.address not in addressed]
    found += [(addressed.pop(s.address), s) for s in rest if s.address in addressed]
    return found, fresh


def add(connection: Connection, settings: SourceSettings, origin: Origin, now: datetime) -> None:
    """Follows a source, or one that was retired again. Raises ConfigError: the name is taken."""
    rows = connection.execute(select(sources).where(sources.c.address == settings.address)).all()
    _check_free(connection, settings.name)
    back = next((row for row in rows if row.retired is not None), None)
    if back is not None:
        _rewrite(connection, [(back, settings)], origin, now)
    else:
        _insert(connection, [settings], origin, now, {row.feed_id for row in rows})


def retire(connection: Connection, name: str, now: datetime, *, purge: bool = False) -> bool:
    """Stops following a source; False: there is none of that name.

    `purge` erases all that is known of it, also of one that was retired before.
    """
    order = (
        select(sources.c.id).where(sources.c.name == name).order_by(sources.c.retired.is_not(None))
    )
    source_id = connection.execute(
        order if purge else order.where(sources.c.retired.is_(None))
    ).scalar()
    if source_id is None:
        return False
    if purge:
        connection.execute(delete(sources).where(sources.c.id == source_id))
    else:
        _retire(connection, [source_id], now)
    return True


def rename(connection: Connection, old: str, new: str) -> None:
    """Gives a source another name; the old one is remembered for those who still ask for it.

    Raises:
        ConfigError: there is no such source, or the new name is taken or not valid.
    """
    row = connection.execute(
        select(sources).where(sources.c.name == old, sources.c.retired.is_(None))
    ).first()
    if row is None:
        raise ConfigError(f"there is no source {old!r}")
    _check_free(connection, new)
    try:
        settings = decode(row.settings).model_copy(update={"name": valid_name(new)})
    except ValueError as error:
        raise ConfigError(f"the name {new!r} {error}") from error
    _rewrite(connection, [(row, settings)], row.origin, None)


def renamed(connection: Connection, name: str) -> str | None:
    """Returns the present name of what was once called `name`; None: nothing was."""
    found = (
        select(sources.c.name)
        .join(renames)
        .where(renames.c.old == name, sources.c.retired.is_(None))
    )
    return connection.execute(found).scalar()


def _check_free(connection: Connection, name: str) -> None:
    taken = select(sources.c.id).where(sources.c.name == name, sources.c.retired.is_(None))
    if connection.execute(taken).first():
        raise ConfigError(f"there is already a source {name!r}; choose another name")


def _rewrite(
    connection: Connection,
    found: Iterable[tuple[Row[*tuple[Any, ...]], SourceSettings]],
    origin: Origin,
    now: datetime | None,
) -> tuple[str, ...]:
    """Writes the settings that differ; returns the names of their sources.

    They are due at `now`; None: the schedule is left alone.
    """
    rows, old, moved, otherwise = [], [], [], []
    for row, settings in found:
        before = decode(row.settings)
        if before == settings and row.retired is None and row.origin == origin:
            continue
        text = encode(settings)
        columns = {"name": settings.name, "settings": text, "digest": settings.digest}
        rows.append({"key": row.id, "origin": origin} | columns)
        if row.name != settings.name:
            old.append({"old": row.name, "source_id": row.id})
        if before.address != settings.address:
            moved.append({"key": row.id})
        elif any(getattr(before, key) != getattr(settings, key) for key in _READING):
            otherwise.append({"key": row.id})
    if not rows:
        return ()
    counted = (
        update(sources)
        .where(sources.c.id == bindparam("key"))
        .values(version=sources.c.version + 1, retired=None)
    )
    connection.execute(counted, rows)
    if now is not None:
        _begin_again(connection, [{"key": row["key"]} for row in rows], now)
    upsert(connection, renames, old, "old")
    _forget_names(connection, [row["name"] for row in rows])
    afresh = update(standings).where(standings.c.source_id == bindparam("key")).values(_UNKNOWN)
    if (
        moved
    ):  # another page at the same name: what the old one was recognised by says nothing of it
        connection.execute(afresh.values(moved_to=""), moved)
    if otherwise:  # the same page may show something else
        connection.execute(afresh, otherwise)
    return tuple(row["name"] for row in rows)


def _begin_again(connection: Connection, keys: Sequence[dict[str, int]], now: datetime) -> None:
    """They are due, and their files are of other settings."""
    mine = update(standings).where(standings.c.source_id == bindparam("key"))
    connection.execute(mine.values(next_due=now, retired=False), keys)
    fed = select(profiles.c.source_id).where(profiles.c.next_number > 1)
    connection.execute(mine.where(standings.c.source_id.in_(fed)).values(unpublished=True), keys)


def _retire(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    if ids:
        keys = [{"key": key} for key in ids]
        connection.execute(
            update(sources).where(sources.c.id == bindparam("key")).values(retired=now), keys
        )
        stop = update(standings).where(standings.c.source_id == bindparam("key"))
        connection.execute(stop.values(next_due=None, retired=True), keys)


def _insert(
    connection: Connection,
    fresh: Sequence[SourceSettings],
    origin: Origin,
    now: datetime,
    taken: set[str],
) -> None:
    if not fresh:
        return
    rows = []
    for settings in fresh:
        feed_id = str(uuid.uuid5(uuid.NAMESPACE_URL, settings.address))
        if feed_id in taken:  # the same page followed twice: the name tells the feeds apart
            feed_id = str(uuid.uuid5(uuid.UUID(feed_id), settings.name))
        taken.add(feed_id)
        row = {
            "feed_id": feed_id,
            "name": settings.name,
            "address": settings.address,
            "origin": origin,
        }
        rows.append(row | {"settings": encode(settings), "digest": settings.digest})
    connection.execute(insert(sources), rows)
    new = select(sources.c.id).where(
        ~select(standings.c.source_id).where(standings.c.source_id == sources.c.id).exists()
    )
    ids = [{"source_id": key} for key in connection.execute(new).scalars()]
    connection.execute(insert(standings).values(next_due=now), ids)
    connection.execute(insert(profiles), ids)
    _forget_names(connection, [row["name"] for row in rows])


def _forget_names(connection: Connection, names: Sequence[str]) -> None:
    """A name in use again leads nowhere else any more."""
    if connection.execute(select(renames.c.old).limit(1)).first():
        connection.execute(
            delete(renames).where(renames.c.old == bindparam("name")), [{"name": n} for n in names]
        )


def _duration(value: object) -> str:
    assert isinstance(value, timedelta), value
    return f"{value / timedelta(seconds=1):.6f}".rstrip("0").rstrip(".") + "s"
