"""What stands under one path in all items of a JSON list, and what the values look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from feeder.extract.page.kind import weight
from feeder.extract.page.times import written
from feeder.extract.record.people import stated_people
from feeder.extract.stated.json_body import rendered
from feeder.sanitize.clean import plain
from feeder.when import machine, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.extract.page.scripts import JsonObject
    from feeder.when import Stamp

Path = tuple[str | int, ...]

_DEEP = 5  # keys into an item
_MOST = 400  # paths of an item
_SAMPLE = 40  # items
_CLOCK = 40  # characters of a printed time
_CHARACTERS = 3_000  # of a text
_EPOCH = (631_152_000, 4_102_444_800)  # 1990 and 2100
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_A-Za-z]+")
_ADDRESS = re.compile(r"(?:https?:)?//\S+|[/#?]\S*")
_TOKEN = re.compile(r"[\w.:/@#+=-]+")
_VERSION = re.compile(r"v?\d+\.\d+\S*", re.IGNORECASE)
_CLOCKED = re.compile(r"\d{1,2}[:.]\d\d|\d{4}|\d{1,2}\. ?\d{1,2}\.")


@dataclass(frozen=True)
class Column:
    """The values under one path.

    `values` has one for each item of the sample, None where there is none.
    """

    path: Path
    values: tuple[Any, ...]

    @cached_property
    def names(self) -> tuple[frozenset[str], ...]:
        """The words of each key on the path, in small letters: {"published", "at"}."""
        return tuple(name_words(key) for key in self.path if isinstance(key, str))

    @property
    def name(self) -> frozenset[str]:
        """The words of the last key that says something.

        "rendered" of "title.rendered" does not.
        """
        telling = [words for words in self.names if not words <= WRAPPERS]
        return telling[-1] if telling else self.names[-1]

    @cached_property
    def filled(self) -> tuple[Any, ...]:
        return tuple(v for v in self.values if v not in (None, "", [], {}))

    @property
    def coverage(self) -> float:
        return len(self.filled) / len(self.values)

    @cached_property
    def distinct(self) -> float:
        """The share of different values among those that there are."""
        return len({str(v)[:_CHARACTERS] for v in self.filled}) / len(self.filled)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The words that a person reads, for each value that has some."""
        texts = (_words_of(value) for value in self.filled)
        return tuple(text for text in texts if text)

    @cached_property
    def size(self) -> float:
        """Characters that an item says here, on average; those of Chinese and Japanese say more."""
        return sum(map(weight, self.texts)) / len(self.values)

    @cached_property
    def marked_up(self) -> float:
        """The share of values that are HTML."""
        return self._share(lambda v: isinstance(v, str) and "</" in v)

    @cached_property
    def timed(self) -> float:
        """The share of items whose value is a time."""
        return sum(1 for v in self.values if stamp(v) is not None) / len(self.values)

    @cached_property
    def stamps(self) -> tuple[Stamp, ...]:
        """What the values state of times with their days."""
        return tuple(found for value in self.filled if (found := stamp(value)))

    @property
    def clocks(self) -> float:
        """The share of values that are a time of day and no more."""
        return self._share(_is_clock)

    @cached_property
    def instants(self) -> tuple[datetime, ...]:
        """The times among the values, to compare them by."""
        return tuple(at for value in self.filled if (at := instant(value)))

    @property
    def alike(self) -> bool:
        """Whether these are several values, and all the same."""
        return len(self.filled) > 2 and self.distinct * len(self.filled) < 2

    @cached_property
    def addresses(self) -> float:
        return self._share(lambda v: isinstance(v, str) and bool(_ADDRESS.fullmatch(v.strip())))

    @cached_property
    def tokens(self) -> float:
        """The share of values that may be ids: a number, or letters and digits without a space."""
        return self._share(_is_token)

    @cached_property
    def versions(self) -> float:
        return self._share(lambda v: isinstance(v, str) and bool(_VERSION.fullmatch(v.strip())))

    @cached_property
    def people(self) -> float:
        """The share of values that name people."""
        return self._share(lambda v: bool(stated_people(v)))

    def _share(self, test: Any) -> float:
        return sum(1 for value in self.filled if test(value)) / max(len(self.filled), 1)


# Keys that wrap a value and say nothing of it.
WRAPPERS = frozenset({
    "rendered", "text", "value", "html", "attributes", "data", "node", "fields", "translation",
    "en", "de", "fr", "es", "it", "nl", "pt", "ru", "ja", "zh",
})  # fmt: skip


def name_words(key: str) -> frozenset[str]:
    """Returns the words of a key: "firstPublishedAt" and "first_published_at" have the same."""
    return frozenset(word.lower() for word in _WORDS.findall(key))


def columns(items: Sequence[JsonObject]) -> list[Column]:
    """Returns the columns of a list, in the order of their first appearance."""
    sample = items[:_SAMPLE]
    found: dict[Path, list[Any]] = {}
    for number, item in enumerate(sample):
        for path, value in list(_leaves(item))[:_MOST]:
            values = found.setdefault(path, [])
            values += [None] * (number - len(values))
            values.append(value)
    every = (
        Column(path, (*values, *[None] * (len(sample) - len(values))))
        for path, values in found.items()
    )
    return [column for column in every if column.filled]


def _leaves(item: JsonObject, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    for key, value in item.items():
        here = (*path, key)
        if isinstance(value, dict) and len(here) < _DEEP:
            yield from _leaves(value, here)
        elif isinstance(value, list):
            yield from _listed(value, here)
        elif not isinstance(value, (dict, bool)):
            yield here, value


def _listed(value: list[Any], path: Path) -> Iterator[tuple[Path, Any]]:
    """The list itself, and what its first object or only value holds.

    Not a list of updates inside an item.
    """
    first = value[0] if value and isinstance(value[0], dict) else {}
    if _is_update(first):
        return
    yield path, value
    if len(value) == 1 and isinstance(value[0], str):
        yield (*path, 0), value[0]
    elif len(path) + 1 < _DEEP:
        yield from _leaves(first, (*path, 0))


def _is_update(element: JsonObject) -> bool:
    """Returns whether an object holds both a time and words."""
    spaced = [one for one in element.values() if isinstance(one, str) and " " in one]
    if all(stamp(one) is not None for one in spaced):
        return False
    return any(stamp(one) is not None for one in element.values())


def value_at(item: Any, path: Path) -> Any:
    """Returns the value under a path; None where it leads nowhere."""
    for key in path:
        if isinstance(item, dict):
            item = item.get(key)
        elif isinstance(item, list) and isinstance(key, int) and key < len(item):
            item = item[key]
        else:
            return None
    return item


def _words_of(value: Any) -> str:
    if isinstance(value, str):
        text = value[:_CHARACTERS]
        if _ADDRESS.fullmatch(text.strip()) or _is_time(text):
            return ""
        return plain(text) if "<" in text or "&" in text else text
    if isinstance(value, list) and any(isinstance(one, (dict, str)) for one in value):
        return plain(rendered(value)[:_CHARACTERS])
    return ""


def _is_time(text: str) -> bool:
    """Returns whether a text is nothing but a time, be it a clock alone."""
    return stamp(text) is not None or (len(text) <= _CLOCK and whole(text) is not None)


def _is_clock(value: Any) -> bool:
    found = whole(value) if isinstance(value, str) and len(value) <= _CLOCK else None
    return found is not None and found.shape == "clock" and found.hour is not None


def _is_token(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, str) and bool(_TOKEN.fullmatch(value.strip()))


def stamp(value: Any) -> Stamp | None:
    """Returns the time that a value states by itself, with its day."""
    text = written(value)
    if not 8 <= len(text) <= 80 or not _CLOCKED.search(text):
        return None
    found = machine(text) or whole(text)
    if found is None or found.weak:
        return None
    return found if found.at is not None or found.dated else None


def instant(value: Any) -> datetime | None:
    """Returns the instant to compare a value with others by; without a zone it is taken for UTC."""
    found = stamp(value)
    if found is None or found.at is not None:
        return found.at if found else None
    year, month, day = found.year or 1970, found.month or 1, found.day or 1
    try:
        return datetime(year, month, day, found.hour or 0, found.minute, tzinfo=UTC)
    except ValueError:
        return None
