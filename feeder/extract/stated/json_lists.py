"""The lists of objects in a JSON value, with the objects that each item stands in.

Lists at one path are one series, whichever parent they stand under: the updates of all incidents,
the entries of all days. So are lists of one shape under several keys ("open", "past").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feeder.when import machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.extract.page.scripts import JsonObject

_DEEP = 16  # levels
_MANY = 60_000  # values looked at
_ALIKE = 0.75  # share of their keys that objects of one kind have in common
_KEYED = 0.6  # the same for the values of one object, which then is a list with names
_LETTERS = [f"column {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
_HEAD = 24  # characters of a column's name
_SAMPLE = 12  # items by which a list is known
# Lists that stand beside the updates: what belongs to one of them, or leads elsewhere.
OTHER = re.compile(
    r"comment|related|recommend|trend|most|popular|navigation|menu|\btags?\b|teaser|sponsor|promo"
    r"|\bads?\b|breaking"
    r"|author|contributor|image|video|playlist|gallery|carousel|search|footer|header|more|asset"
    r"|attachment|reaction"
    r"|categor|mention|emoji",
    re.IGNORECASE,
)
TALK = re.compile(r"(?:^|[.\]])(?:comments|replies|responses|answers|reviews)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JsonItem:
    """One object of a list.

    `parents` are the items of other lists that it stands in, the nearest first.
    """

    value: JsonObject
    parents: tuple[JsonObject, ...] = ()
    holder: JsonObject | None = None  # the nearest object around its list


@dataclass(frozen=True, slots=True)
class JsonList:
    place: str  # keys from the top, "incidents[].incident_updates"; "" is the document itself
    items: tuple[JsonItem, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A value on the way down."""

    path: str
    value: Any
    parents: tuple[JsonObject, ...] = ()
    holder: JsonObject | None = None


def find_lists(document: Any) -> list[JsonList]:
    """Returns every list of two objects or more, the outer ones first."""
    found: dict[str, list[JsonItem]] = {}
    level, seen = [_Place("", document)], 0
    for _ in range(_DEEP):
        inner: list[_Place] = []
        for place in level:
            seen += 1
            objects = _objects(place.value, place.holder)
            items = [JsonItem(o, place.parents, place.holder) for o in objects]
            if items:
                found.setdefault(place.path, []).extend(items)
            inner += _inside(place, listed=bool(items))
        level = inner
        if not level or seen > _MANY:
            break
    lists = [JsonList(path, tuple(items)) for path, items in found.items()]
    return [each for each in _joined(lists) if len(each.items) > 1]


def _objects(value: Any, holder: JsonObject | None) -> list[JsonObject]:
    """Returns the objects that a list, or an object whose values are alike, consists of."""
    if isinstance(value, list):
        return _mostly_objects(value) or _rows(value, holder)
    if by_day := _by_day(value):
        return by_day
    objects = _mostly_objects(list(value.values()))
    keyed = len(objects) > 2 and all(_shared(objects[0], o) > _KEYED for o in objects[1:6])
    return objects if keyed else []


def _mostly_objects(values: list[Any]) -> list[JsonObject]:
    """Returns the objects among values; none where many are none."""
    objects = [one for one in values if isinstance(one, dict)]
    return objects if len(objects) > _KEYED * len(values) else []


def _by_day(value: JsonObject) -> list[JsonObject]:
    """Returns the objects of lists that stand under days, each with its day."""
    if not all(map(_is_day, value)):
        return []
    lists = [(day, each) for day, each in value.items() if isinstance(each, list)]
    return [{"date": day, **one} for day, each in lists for one in each if isinstance(one, dict)]


def _is_day(key: str) -> bool:
    found = machine(key)
    return found is not None and found.dated and found.hour is None


def _rows(value: list[Any], holder: JsonObject | None) -> list[JsonObject]:
    """Returns the rows of a table, lists of one length, as objects.

    A list of words beside them names the columns.
    """
    width = _width(value)
    if width < 2 or len(value) < 2:
        return []
    fitting = (each for each in (holder or {}).values() if _are_words(each, width))
    names = next(fitting, None)
    if names is None and _are_words(value[0], width):  # the head of a sheet
        names, *value = value
    return [dict(zip(names or _LETTERS, row, strict=False)) for row in value]


def _width(rows: list[Any]) -> int:
    """Returns how long the lists of a list are; 0 where they differ or are none."""
    widths = {len(row) if isinstance(row, list) else 0 for row in rows}
    return widths.pop() if len(widths) == 1 else 0


def _are_words(value: Any, count: int) -> bool:
    if not isinstance(value, list) or len(value) != count:
        return False
    return all(isinstance(one, str) and 0 < len(one) <= _HEAD for one in value)


def _inside(place: _Place, *, listed: bool) -> Iterator[_Place]:
    value = place.value
    if isinstance(value, dict) and not listed:
        for key, one in value.items():
            if isinstance(one, (dict, list)):
                yield _Place(f"{place.path}.{key}".lstrip("."), one, place.parents, value)
        return
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, dict):
            yield from _inside(
                _Place(f"{place.path}[]", one, (one, *place.parents), one), listed=False
            )
        elif isinstance(one, list):
            yield _Place(f"{place.path}[]", one, place.parents, place.holder)


def _shared(one: Iterable[str], two: Iterable[str]) -> float:
    """Returns the share of keys that two objects have in common."""
    first, second = set(one), set(two)
    return len(first & second) / len(first | second) if first or second else 0.0


def _joined(lists: list[JsonList]) -> list[JsonList]:
    """Lists of one shape at one depth as one list, the longest part first."""
    groups: list[list[JsonList]] = []
    for each in sorted(lists, key=lambda one: -len(one.items)):
        group = next((g for g in groups if _one_kind(g[0], each)), None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return [
        JsonList(", ".join(one.place for one in g), tuple(i for one in g for i in one.items))
        for g in groups
    ]


def _one_kind(one: JsonList, two: JsonList) -> bool:
    if OTHER.search(one.place) or OTHER.search(two.place):
        return False
    if one.place.count("[]") != two.place.count("[]") or _ids(one) & _ids(two):
        return False
    first, second = _usual_keys(one), _usual_keys(two)
    return len(first & second) > 2 and _shared(first, second) >= _ALIKE


def _ids(each: JsonList) -> set[str]:
    """Returns the ids of its items; what repeats some of another list are its highlights."""
    found = (item.value.get(key) for item in each.items for key in ("id", "_id", "uuid", "guid"))
    return {str(value) for value in found if isinstance(value, (str, int))}


def _usual_keys(each: JsonList) -> set[str]:
    """Returns the keys that most of its items have."""
    sample = [item.value for item in each.items[:_SAMPLE]]
    keys = {key for value in sample for key in value}
    return {key for key in keys if sum(key in value for value in sample) > len(sample) / 2}
