"""What a page of the overview shows: some sources, chosen and sorted, with what they did lately."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Text, bindparam, case, cast, func, or_, select

from feeder.store import entries as entry_rows
from feeder.store import latencies
from feeder.store.schema import entries, profiles, revisions, sources, standings
from feeder.store.source_states import FOLLOWED, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from feeder.config import Source
    from feeder.model import Entry, SourceState
    from feeder.store.records import Latency
    from feeder.store.sources import Sources

Order = Literal["attention", "newest", "name", "next"]

# What a person has to look at, the most pressing first.
TROUBLED = ("gone", "blocked", "failing", "held")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sources are wanted, and in which order."""

    words: str = ""  # in name, title or address
    states: tuple[str, ...] = ()  # empty: all
    order: Order = "attention"
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Activity:
    """What a source did lately."""

    entries: int = 0  # in all, tombstones left out
    recent: tuple[datetime, ...] = ()  # times of the entries since the instant that was asked for
    newest: Entry | None = None
    latency: Latency | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    rows: tuple[tuple[Source, SourceState, Activity], ...]
    total: int  # sources that are wanted, on this page and on others


def choose(connection: Connection, made: Sources, wanted: Wanted, since: datetime) -> Overview:
    """Returns the sources that are wanted, each with its activity since an instant."""
    chosen = FOLLOWED.where(*_conditions(connection, wanted))
    total = connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    query = chosen.order_by(*_order(wanted.order)).limit(wanted.limit).offset(wanted.offset)
    found = pairs(connection, made, query)
    active = activities(connection, [source.id for source, _ in found], since)
    return Overview(tuple((source, stands, active[source.id]) for source, stands in found), total)


def activities(connection: Connection, ids: Sequence[int], since: datetime) -> dict[int, Activity]:
    """Returns what each of these sources did since an instant."""
    recent = defaultdict(list)
    for key, published in connection.execute(_RECENT, {"ids": ids, "since": since}):
        recent[key].append(published)
    return {key: _activity(connection, key, recent[key]) for key in ids}


def _activity(connection: Connection, key: int, recent: list[datetime]) -> Activity:
    newest = entry_rows.newest(connection, key, limit=_LOOKED_AT)
    return Activity(
        entries=entry_rows.counts(connection, key).get(key, 0),
        recent=tuple(recent),
        newest=next((entry for entry in newest if not (entry.removed or entry.hidden)), None),
        latency=latencies.read(connection, key).get(key),
    )


_LOOKED_AT = 5  # of the newest entries: a few may be tombstones
_RECENT = select(entries.c.source_id, entries.c.published).where(
    entries.c.source_id.in_(bindparam("ids", expanding=True)),
    entries.c.published > bindparam("since"),
    entries.c.removed.is_(None),
    ~entries.c.hidden,
)


def _conditions(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(standings.c.state.in_(wanted.states))
    profile = _as_text(connection)
    for word in wanted.words.lower().split():
        searched = (sources.c.name, sources.c.address, sources.c.settings, profile)
        conditions.append(or_(*(column.icontains(word, autoescape=True) for column in searched)))
    return conditions


def _as_text(connection: Connection) -> ColumnElement[Any]:
    """Returns the profile, which has the page's own title."""
    if connection.dialect.name == "sqlite":
        return cast(profiles.c.profile, Text)
    return func.convert_from(profiles.c.profile, "UTF8")


def _order(order: Order) -> tuple[ColumnElement[Any], ...]:
    newest = standings.c.last_change.desc().nulls_last()
    if order == "newest":
        return newest, sources.c.name
    if order == "next":
        return standings.c.next_due.asc().nulls_last(), sources.c.name
    if order == "name":
        return (sources.c.name,)
    ranks = {state: rank for rank, state in enumerate(TROUBLED)}
    trouble = case(ranks, value=standings.c.state, else_=len(ranks))
    return trouble, newest, sources.c.name


def history_span(connection: Connection, source_id: int) -> tuple[datetime, datetime] | None:
    """Returns when a source's first and last change were; None: it has none."""
    at = revisions.c.at
    row = connection.execute(
        select(func.min(at), func.max(at)).where(revisions.c.source_id == source_id)
    ).one()
    return (row[0], row[1]) if row[0] is not None else None
