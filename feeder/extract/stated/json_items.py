"""Which list of a JSON value are the updates.

A list counts by what its items say, as long as nearly all of them hold a time. What is to come (a
programme, appointments) and what is in stock (products, people, settings) are no updates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from feeder.extract.stated.json_columns import columns, instant, name_words, stamp, value_at
from feeder.extract.stated.json_fields import (
    choose_fields,
    choose_label,
    is_rising,
    score_group,
    score_time,
    score_url,
)
from feeder.extract.stated.json_hints import has_stem
from feeder.extract.stated.json_lists import OTHER, TALK, JsonItem, JsonList, find_lists
from feeder.extract.stated.newest import newest_end

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.extract.stated.json_columns import Column, Path

_TIMED = 0.8  # share of items that hold a time
_LIVE = re.compile(
    r"live|update|post|block|entr(?:y|ies)|event|ticker|stream|timeline|item|message", re.IGNORECASE
)
_BEGINS = ("start", "begin", "air", "broadcast", "onset")
_ENDS = ("end", "stop", "until", "duration", "finish")
_PROGRAMME = re.compile(r"program|epg|schedul|listing|channel|broadcast|slots|shows", re.IGNORECASE)
_GOODS = frozenset({"price", "prices", "sku", "currency", "inventory"})
# Keys of goods, accounts, measurements, settings and people, beside which a time is no publication.
_STOCK = frozenset(
    [
        "price",
        "prices",
        "currency",
        "sku",
        "stock",
        "quantity",
        "qty",
        "amount",
        "balance",
        "rate",
        "rates",
        "bid",
        "ask",
        "volume",
        "iban",
        "email",
        "phone",
        "birthday",
        "password",
        "salary",
        "enabled",
        "forks",
        "stargazers",
        "value",
        "default",
        "followers",
    ]
)
_BEGINNINGS = ("join", "born", "birth", "hired", "regist", "member", "founded")
_SAMPLE = 12  # items whose keys are looked at
_LEAST_BODY = 25  # characters that an item says on average …
_LEAST_HEADLINE = 12  # … or its headline alone


@dataclass(frozen=True, slots=True)
class JsonSeries:
    """A list of updates, and where each field stands in its items and in the groups around them."""

    place: str
    items: tuple[JsonItem, ...]
    paths: dict[str, Path]
    group: dict[str, Path] = field(default_factory=dict)  # "name" and "url" in the parent
    weight: float = 0.0
    columns: tuple[Column, ...] = ()

    def column(self, key: str) -> Column | None:
        """Returns what stands in the items under one of the fields."""
        path = self.paths.get(key)
        return next((c for c in self.columns if c.path == path), None)


def choose_series(document: Any, now: datetime, *, live: bool = False) -> JsonSeries | None:
    """The list that says most; with `live`, only one that cannot be anything but updates."""
    lists = ((each, columns_of(each)) for each in find_lists(document))
    read = (describe(each, cols) for each, cols in lists if any(map(score_time, cols)))
    series = [s for s in read if _is_series(s, now) and (not live or _is_surely_live(s))]
    return max(series, key=lambda s: s.weight, default=None)


def columns_of(found: JsonList) -> list[Column]:
    return columns([item.value for item in found.items])


def describe(found: JsonList, cols: Sequence[Column]) -> JsonSeries:
    """Returns a list with its fields and what it says, whether or not these are updates."""
    items = found.items
    paths = choose_fields(cols)
    label = choose_label(cols) if "headline" not in paths else None
    if label and not items[0].parents and has_stem(label.name, ("stat", "stage", "phase")):
        items = tuple(replace(i, parents=(i.holder,) if i.holder else ()) for i in items)
    group = _group_fields(items)
    if group and label:
        paths["headline"] = label.path
    series = JsonSeries(found.place, items, paths, group, columns=tuple(cols))
    return replace(series, weight=_weigh(series))


def _weigh(series: JsonSeries) -> float:
    """How much the items say, at how many times, and whether the list is called like updates."""
    body, headline, time = map(series.column, ("body", "headline", "time"))
    weight = body.size * body.distinct if body else 0.0
    weight += headline.size * headline.distinct / 4 if headline else 0.0
    weight *= len(series.items)
    weight *= 0.1 if OTHER.search(series.place) else 1.0
    weight *= 1.5 if _LIVE.search(series.place.rpartition(".")[2]) else 1.0
    weight *= time.distinct**0.5 if time else 0.0
    parents = {id(item.parents[0]) for item in series.items if item.parents}
    return weight * (2.0 if series.group and len(parents) > 1 else 1.0)


def _group_fields(items: Sequence[JsonItem]) -> dict[str, Path]:
    """Returns where the objects that the items stand in have their name and their link."""
    parents = {id(i.parents[0]): i.parents[0] for i in items if i.parents}
    if not parents or sum(bool(i.parents) for i in items) < len(items):
        return {}
    cols = columns(list(parents.values()))
    if not cols:
        return {}
    name, link = max(cols, key=score_group), max(cols, key=score_url)
    if score_group(name) <= 0:
        return {}
    return {"name": name.path} | ({"url": link.path} if score_url(link) > 0 else {})


# -------------------------------------------------------------------------------- updates, or not


def _is_series(series: JsonSeries, now: datetime) -> bool:
    if TALK.search(series.place) or "time" not in series.paths:
        return False
    times = _values(series, "time")
    if sum(stamp(value) is not None for value in times) < _TIMED * len(times):
        return False
    if not _says_something(series):
        return False
    return not (_is_stock(series) or is_announced(series, now))


def _says_something(series: JsonSeries) -> bool:
    body, headline = series.column("body"), series.column("headline")
    varied = max(column.distinct if column else 0.0 for column in (body, headline))
    if body and body.size >= _LEAST_BODY and varied >= 0.3:
        return True
    if headline is None:
        return False
    telling = headline.size >= _LEAST_HEADLINE or headline.versions > 0.5
    return telling and headline.distinct >= 0.5


def _is_stock(series: JsonSeries) -> bool:
    """Whether its items are goods, accounts, settings or measurements rather than news of them."""
    if any(column.names[-1] & _GOODS for column in series.columns):
        return True
    time = series.column("time")
    if time is None or has_stem(time.name, ("publish", "posted")):
        return False
    if has_stem(time.name, _BEGINNINGS):
        return True
    return not _STOCK.isdisjoint(_key_words(series))


def _key_words(series: JsonSeries) -> set[str]:
    """Returns the words of the keys that the items have themselves."""
    depth = min(len(column.path) for column in series.columns)
    names = [column.names[-1] for column in series.columns if len(column.path) == depth]
    keys = {key for item in series.items[:_SAMPLE] for key in item.value}
    return set().union(*names, *map(name_words, keys))


def is_announced(series: JsonSeries, now: datetime) -> bool:
    """Returns whether these are to come, a programme or appointments.

    Each begins and ends, one after the other.
    """
    time = series.column("time")
    if time is None or len(time.filled) < 2:
        return False
    if not has_stem(time.name, _BEGINS):
        return is_rising(time) and all(map(_PROGRAMME.search, series.place.split(", ")))
    if 0 in time.path:  # a list of periods for which a notice is in force
        return False
    ends = any(has_stem(c.name, _ENDS) for c in series.columns)
    coming = sum(at > now for at in time.instants)
    return ends or is_rising(time) or coming > len(time.filled) / 2


def announced_places(document: Any, now: datetime) -> list[str]:
    """Returns where a JSON value has lists that are left out because they say what is to come."""
    read = (describe(each, columns_of(each)) for each in find_lists(document))
    return list(dict.fromkeys(s.place for s in read if is_announced(s, now)))


def _is_surely_live(series: JsonSeries) -> bool:
    """Not teasers, which lead to pages of their own and say little; not comments.

    Not the parts of one article.
    """
    body, half = series.column("body"), 0.5 * len(series.items)
    if body is None or OTHER.search(series.place):
        return False
    if not body.texts or median(map(len, body.texts)) <= 60:
        return False
    times = {str(value)[:16] for value in _values(series, "time")}
    addresses = {value for value in _values(series, "url") if isinstance(value, str)}
    pages = {address.partition("#")[0].partition("?")[0] for address in addresses}
    return len(times) >= half and len(pages) < half + 1


def _values(series: JsonSeries, key: str) -> list[Any]:
    path = series.paths.get(key)
    return [value_at(item.value, path) for item in series.items] if path else []


def newest_part(series: JsonSeries, most: int) -> JsonSeries:
    """Returns the series with the `most` newest of its items, in their order, where it has more."""
    path = series.paths.get("time", ())
    items = newest_end(series.items, most, lambda item: instant(value_at(item.value, path)))
    return replace(series, items=tuple(items))
