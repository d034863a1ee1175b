"""The table of words that times are printed with (words.json), and what each of them can mean.

`tools/make_words.py` makes the table of Unicode's CLDR; the letters of the senses are explained
there. A word can have several senses; each set of senses that occurs has a character of its own, so
that a text becomes a string on which the grammar's patterns match.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from feeder.when.folding import fold
from feeder.when.zones import SPELLED

# Scripts that are written without spaces, or hang their words on to each other.
UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\uffef]")
_SENSE = re.compile(r"([A-Za-z])(-?\d*)")
_FIRST = 0xE000  # the first character for private use


class Lexicon(NamedTuple):
    """The table, as it is looked up."""

    words: dict[str, str]  # senses by folded word or phrase: "M3W1"
    # by sense and word, what a month or a unit means in each language, where they differ
    several: dict[str, dict[str, int]]
    spoken: dict[str, str]  # the languages that say a word for "ago"
    orders: dict[str, str]  # "mdy" or "ymd" by locale
    zones: dict[str, str]  # IANA names by language, and by country ("-at"), that have one only
    reach: dict[str, int]  # how many words the longest phrase has that begins with this one
    codes: dict[str, str]  # the character of each set of senses
    members: dict[str, str]  # the characters of the sets that a sense is in


class _Table(msgspec.Struct):
    words: dict[str, str]
    several: dict[str, dict[str, int]]
    spoken: dict[str, str]
    orders: dict[str, str]
    zones: dict[str, str]
    kinds: list[str]


@cache
def lexicon() -> Lexicon:
    """Returns the whole table, read once."""
    data = files("feeder.when").joinpath("words.json").read_bytes()
    table = msgspec.json.decode(data, type=_Table)
    words = table.words | dict.fromkeys(SPELLED, "Z")
    kinds = [*table.kinds, "Z"]
    codes = {kind: chr(_FIRST + number) for number, kind in enumerate(kinds)}
    letters = sorted(set("".join(kinds)))
    members = {s: "".join(codes[kind] for kind in kinds if s in kind) for s in letters}
    reach = _measure_phrases(words)
    return Lexicon(
        words, table.several, table.spoken, table.orders, table.zones, reach, codes, members
    )


def _measure_phrases(words: dict[str, str]) -> dict[str, int]:
    """Returns how many words the longest phrase has, by its first one."""
    reach: dict[str, int] = {}
    for phrase in words:
        first, space, _ = phrase.partition(" ")
        if space:
            reach[first] = max(reach.get(first, 1), phrase.count(" ") + 1)
    return reach


@lru_cache(maxsize=4096)
def senses(key: str) -> dict[str, int]:
    """Returns what a folded word or phrase can mean, by the letter of the sense."""
    found = _SENSE.findall(lexicon().words.get(key, ""))
    return {letter: int(value or 0) for letter, value in found}


@lru_cache(maxsize=4096)
def code(key: str) -> str:
    """Returns the character of a folded word's set of senses; "" where it has none."""
    known = lexicon()
    return known.codes.get("".join(senses(key)), "") if key in known.words else ""


def month_in(key: str, language: str) -> int | None:
    """The month that an ambiguous word means in a language; None where it means only one."""
    meant = lexicon().several.get(f"M{key}", {})
    return meant.get(language.lower().replace("_", "-").partition("-")[0])


def unit_beside(key: str, markers: list[str]) -> int | None:
    """Returns the seconds of a unit in the languages whose words for "ago" stand by it."""
    known = lexicon()
    meant = known.several.get(f"U{key}")
    if meant is None or not markers:
        return senses(key).get("U")
    languages = set.intersection(*(set(known.spoken.get(m, "").split()) for m in markers))
    values = {meant[one] for one in languages if one in meant}
    return values.pop() if len(values) == 1 else senses(key).get("U")


def date_order(language: str) -> str:
    """Returns how a locale orders the fields of a date: "dmy", "mdy" or "ymd"."""
    orders, name = lexicon().orders, language.lower().replace("_", "-")
    while name:
        if name in orders:
            return orders[name]
        name = name.rpartition("-")[0]
    return "dmy"


def home_zone(language: str) -> str | None:
    """Returns the zone of a locale's country, else of its language; None where it has several."""
    name, _, region = language.lower().replace("_", "-").partition("-")
    country = region.rpartition("-")[2]
    known = lexicon().zones
    return known.get(f"-{country}") if len(country) == 2 else known.get(name)


def has_sense(key: str, wanted: str) -> bool:
    """Returns whether a folded word has one of these senses."""
    known = lexicon().words.get(key)
    return known is not None and not set(wanted).isdisjoint(known)


def weekday(text: str) -> int | None:
    """The weekday that a text is, Monday 0; None where it is none or may be another word."""
    key = " ".join(fold(word) for word in text.split())
    day = senses(key).get("W", -1)
    return day if day >= 0 and (len(key) > 3 or not key.isascii()) else None
