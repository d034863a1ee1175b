"""Which list of a JSON value are the updates, and what its items call their time, text, id and author.

A list counts by what its items say, as long as nearly all of them hold a time. Names of keys only
decide between fields that could both be meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from feeder.when import machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feeder.when import Stamp

_DEEP = 16
_MANY = 60_000  # values looked at
_OTHER = re.compile(
    r"comment|related|recommend|trend|most|popular|navigation|menu|^tags?$|teaser|sponsor|promo|^ads?$|breaking|author"
    r"|contributor|image|video|playlist|gallery|carousel|search|footer|header|more",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"live|update|post|block|entr(?:y|ies)|event|ticker|stream|timeline|item|message", re.IGNORECASE
)
# Names of the fields, the best first. A name counts where it is the last part of a path, or a word
# in it.
_NAMES = {
    "time": ("firstpublished", "published", "publish", "publication", "posted", "datetime", "timestamp", "date", "time",
             "created", "start", "sort"),
    "modified": ("lastupdated", "updated", "modified", "edited", "lastmodified", "update"),
    "headline": ("headline", "title", "heading", "name", "header"),
    "body": ("html", "body", "bodyhtml", "articlebody", "content", "text", "elements", "blocks", "components",
             "message", "description", "summary", "paragraphs", "rendered"),
    "id": ("id", "uuid", "guid", "urn", "postid", "key", "slug", "uri"),
    "url": ("url", "link", "permalink", "href", "weburl", "canonical", "shareurl"),
    "author": ("author", "authors", "byline", "contributors", "contributor", "creator", "writer", "reporter"),
}  # fmt: skip
_TALK = re.compile(r"(?:^|\.)(?:comments|replies|responses|answers|reviews)$", re.IGNORECASE)
_BEGINS = re.compile(r"start|begin|air|broadcast", re.IGNORECASE)
_ENDS = re.compile(r"(?:^|[a-z_])(?:end|stop|until)|^(?:end|stop|duration)", re.IGNORECASE)
_PROGRAMME = re.compile(r"program|epg|schedul|listing|channel|broadcast|slots|shows", re.IGNORECASE)
_LATER = ("updat", "modif", "edit", "expir", "end", "until", "delet")


@dataclass(frozen=True, slots=True)
class Items:
    place: str  # the path of keys, "data.posts"
    items: tuple[dict[str, Any], ...]
    paths: dict[
        str, str
    ]  # field → dotted path inside an item; with "=" before it, a JMESPath expression
    weight: float = 0.0


def guess(document: Any, *, strict: bool = True, live: bool = False) -> Items | None:
    """The list that says most; with `live`, only one that cannot be anything but updates."""
    best: Items | None = None
    for place, items in _lists(document):
        found = _items(place, items, strict=strict, live=live)
        if found and (best is None or found.weight > best.weight):
            best = found
    return best


def _lists(document: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every list of objects, and every object whose values are alike, with its path; outer ones first."""
    level, seen = [("", document)], 0
    for _ in range(_DEEP):
        inner: list[tuple[str, Any]] = []
        for path, value in level:
            seen += 1
            children = list(value.items()) if isinstance(value, dict) else [("", v) for v in value]
            objects = [v for _, v in children if isinstance(v, dict)]
            if (
                len(objects) > 1
                and len(objects) > 0.6 * len(children)
                and (isinstance(value, list) or _alike(objects))
            ):
                yield path, objects
            inner += [
                (f"{path}.{k}".strip("."), v) for k, v in children if isinstance(v, (dict, list))
            ]
        level = inner
        if seen > _MANY:
            return


def _alike(objects: list[dict[str, Any]]) -> bool:
    first = set(objects[0])
    return len(objects) > 2 and all(
        len(first & set(o)) > 0.6 * len(first | set(o)) for o in objects[1:6]
    )


def _items(place: str, items: list[dict[str, Any]], *, strict: bool, live: bool) -> Items | None:
    paths = _paths(items[:12])
    if ("body" not in paths and "headline" not in paths) or (strict and _TALK.search(place)):
        return None
    timed = sum(machine_time(value_of(i, paths.get("time", ""))) for i in items)
    if strict and (timed < 0.8 * len(items) or _announced(place, items, paths)):
        return None
    sizes = [
        _size(value_of(i, paths.get("body", "")))
        + _size(value_of(i, paths.get("headline", ""))) / 4
        for i in items
    ]
    last = place.rpartition(".")[2]
    weight = (
        sum(sizes) * (0.1 if _OTHER.search(place) else 1.0) * (1.5 if _LIVE.search(last) else 1.0)
    )
    if live and not _surely(items, paths, place, sizes):
        return None
    return Items(place, tuple(items), paths, weight)


def announced(document: Any) -> list[str]:
    """Where a JSON value has lists that are left out because they say what is to come."""
    lists = ((place, items, _paths(items[:12])) for place, items in _lists(document))
    return list(
        dict.fromkeys(place for place, items, paths in lists if _announced(place, items, paths))
    )


def _announced(place: str, items: list[dict[str, Any]], paths: dict[str, str]) -> bool:
    """Whether they are what is to come, a programme or appointments: each begins and ends, one after the other."""
    times = [at.timestamp() for i in items if (at := _instant(value_of(i, paths.get("time", ""))))]
    rising = len(times) > 1 and sum(a < b for a, b in pairwise(times)) >= 0.9 * (len(times) - 1)
    if _BEGINS.search(paths.get("time", "").rpartition(".")[2]):
        keys = {
            key
            for item in items[:12]
            for value in (item, *item.values())
            if isinstance(value, dict)
            for key in value
        }
        return rising or any(map(_ENDS.search, keys))
    return rising and _PROGRAMME.search(place) is not None


def _surely(
    items: list[dict[str, Any]], paths: dict[str, str], place: str, sizes: list[float]
) -> bool:
    """Not teasers, which lead to pages of their own and say little; not comments; not the parts of one article."""
    times = [str(value_of(i, paths.get("time", "")))[:16] for i in items]
    if len(set(times)) < 0.5 * len(items):
        return False
    addresses = {value_of(i, paths["url"]) for i in items} if "url" in paths else set()
    pages = {a.partition("#")[0].partition("?")[0] for a in addresses if isinstance(a, str)}
    return (
        "body" in paths
        and median(sizes) > 60
        and len(pages) < 0.5 * len(items) + 1
        and not _OTHER.search(place)
    )


def machine_time(value: Any) -> bool:
    """Whether it is a time that stands for itself."""
    return _stamp(value) is not None


def _stamp(value: Any) -> Stamp | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(int(value)) if 0 <= value < 1e20 else ""
    return machine(value) if isinstance(value, str) else None


def _instant(value: Any) -> datetime | None:
    stamp = _stamp(value)
    if stamp is None or stamp.at is not None or not stamp.dated:
        return stamp.at if stamp else None
    return datetime(
        stamp.year or 1970,
        stamp.month or 1,
        stamp.day or 1,
        stamp.hour or 0,
        stamp.minute,
        tzinfo=UTC,
    )


def _paths(sample: list[dict[str, Any]]) -> dict[str, str]:
    """The best path for each field, by its name and by what is found there."""
    fields = _fields(sample)
    found: dict[str, str] = {}
    for what, names in _NAMES.items():
        ranked = [
            (score, path)
            for path, values in fields.items()
            if (score := _fit(what, names, path, values, len(sample))) > 0
        ]
        if ranked:
            found[what] = max(ranked)[1]
    if found.get("created", found.get("modified")) == found.get("time"):
        found.pop("modified", None)
    return found


def _fields(sample: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Values by path, two levels into an item."""
    fields: dict[str, list[Any]] = {}
    for item in sample:
        for key, value in item.items():
            fields.setdefault(key, []).append(value)
            for inner, deeper in value.items() if isinstance(value, dict) else ():
                fields.setdefault(f"{key}.{inner}", []).append(deeper)
    return fields


def _fit(what: str, names: tuple[str, ...], path: str, values: list[Any], count: int) -> float:
    last = re.sub(r"[^a-z]", "", path.rpartition(".")[2].lower())
    rank = _rank(last, names, parts=what in ("time", "modified"))
    if not rank or not _CHECKS[what](values):
        return 0
    if what == "time" and any(word in last for word in _LATER):
        rank *= 0.3
    return rank * (len(values) / count) * (0.8 if "." in path else 1.0)


def _rank(name: str, names: tuple[str, ...], *, parts: bool) -> float:
    """The earlier the better; the whole name better than a word in it."""
    for at, each in enumerate(names):
        if each == name:
            return 2.0 * len(names) - at
        if parts and each in name:
            return float(len(names) - at)
    return 0.0


def _share(values: list[Any], test: Callable[[Any], bool]) -> bool:
    return sum(map(test, values)) >= 0.8 * len(values)


_CHECKS: dict[str, Callable[[list[Any]], bool]] = {
    "time": lambda values: _share(values, machine_time),
    "modified": lambda values: _share(values, machine_time),
    "headline": lambda values: any(isinstance(v, str) and len(v) > 2 for v in values),
    "body": lambda values: any(
        (isinstance(v, str) and len(v) > 20) or (isinstance(v, (list, dict)) and _size(v) > 20)
        for v in values
    ),
    "id": lambda values: _share(values, _names_one),
    "url": lambda values: any(
        isinstance(v, str) and v.startswith(("http", "/", "#", "?")) for v in values
    ),
    "author": lambda values: any(isinstance(v, (str, dict, list)) and v for v in values),
}


def _names_one(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def _size(value: Any, depth: int = 8) -> float:
    """Characters of text; markup, addresses and keys count for nothing."""
    if isinstance(value, str):
        return (
            0
            if value.startswith(("http", "/")) or " " not in value
            else len(re.sub(r"<[^<>]*+>", "", value))
        )
    if depth < 0:
        return 0
    if isinstance(value, dict):
        return sum(_size(v, depth - 1) for v in value.values())
    return sum(_size(v, depth - 1) for v in value) if isinstance(value, list) else 0


def value_of(item: Any, path: str) -> Any:
    for key in path.split(".") if path else ():
        item = item.get(key) if isinstance(item, dict) else None
    return item if path else None
