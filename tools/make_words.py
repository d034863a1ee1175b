"""Writes feeder/when/words.json: the words that dates and times are printed with, in all languages.

Months, weekdays, day periods, units, relative phrases and the words between them are those of
Unicode's CLDR, read through Babel; what CLDR has no place for stands in own_words.toml. Run
`python tools/make_words.py` after either has changed.

The table maps a folded word or phrase to its senses, each a letter (see `SENSES`) and a number.
"""

from __future__ import annotations

import json
import pickle
import re
import sys
import tomllib
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel import Locale, localedata
from babel.core import get_global
from babel.languages import get_territory_language_info

from feeder.when.folding import fold
from feeder.when.lexicon import UNSPACED
from feeder.when.tokens import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(__file__).parent
TARGET = HERE.parent / "feeder" / "when" / "words.json"
UNITS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 2592000,
    "year": 31536000,
}
AMOUNTS = {"one": 1, "two": 2}
PARTS = (
    "months", "date_fields", "unit_patterns", "days", "day_periods", "day_period_rules",
    "list_patterns", "date_formats", "time_formats", "datetime_formats", "datetime_skeletons",
)  # fmt: skip
BEGINS = {"unit_patterns": "duration-"}  # of two hundred units, those of time
OWN = {"months", "days", "day_periods", "date_fields"}  # why another locale of a language is read
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Where a word means different months in two languages, the one that stands first here is meant
# unless the page is in the other; then the one that more languages share.
FIRST = [
    "own", "en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "cs", "tr", "ar", "fa", "he",
    "hi", "zh", "ja", "ko", "id", "vi", "sv", "da", "nb", "fi", "el", "hu", "ro",
]  # fmt: skip
SENSES = {
    "M": "month",
    "W": "weekday, Monday is 0; -1: may be another word too",
    "U": "unit, seconds",
    "V": "so many seconds: units that need no number",
    "A": "ago, after what it counts",
    "a": "so many seconds ago, in one word",
    "B": "ago, before it",
    "R": "day from today",
    "X": "now",
    "P": "part of the day: hours from and before, as 100 * from + before",
    "F": "not yet: before a duration that lies ahead",
    "G": "may stand between the parts of a time",
    "m": "after the number of a month",
    "v": "before the number of a month",
}


def plain(data: Any, begins: str = "") -> Any:
    """A locale's data as dictionaries; of the outermost, only keys that begin so."""
    if not hasattr(data, "items"):
        return data
    return {key: plain(data[key]) for key in data if not begins or key.startswith(begins)}


class Gatherer:
    """The senses of each word, with the languages that give it."""

    def __init__(self) -> None:
        self.senses: dict[str, dict[str, dict[int, set[str]]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(set))
        )

    def add(self, text: str, sense: str, value: int, language: str) -> None:
        key = " ".join(words_of(text))
        said = self.senses[key][sense] if any(c.isalpha() for c in key) else None
        if said is not None and not any(language in ones for ones in said.values()):
            said[value].add(language)  # what a language says is said by its first locale


def locales() -> Iterator[tuple[str, Any]]:
    """The locales of those languages whose months, units and relative phrases CLDR has."""
    full: set[str] = set()
    for name in sorted(localedata.locale_identifiers(), key=lambda n: (n.count("_"), n)):
        with Path(localedata.resolve_locale_filename(name)).open("rb") as file:
            stated = pickle.load(file)  # noqa: S301 -- of Babel's own; its `load` would cache it
        if "_" not in name and all(stated.get(part) for part in PARTS[:3]):
            full.add(name)
        if name.split("_")[0] in full:
            yield name, stated


def languages() -> Iterator[tuple[str, Any]]:
    """The data of every locale that has words of its own, with its language."""
    for name, stated in locales():
        if "_" not in name or not stated.keys().isdisjoint(OWN):
            known = Locale.parse(name)._data  # noqa: SLF001 -- there is no other way to the patterns
            parts = {p: plain(known[p], BEGINS.get(p, "")) for p in PARTS if p in known}
            yield name.split("_")[0], parts


def gather_names(found: Gatherer, language: str, data: Any) -> None:
    """Months and weekdays in all widths, as they stand in dates and alone."""
    patterns = _patterns(data)
    affixes = _affixes("[ML]{3,4}", patterns)
    for context in data.get("months", {}).values():
        for width in ("wide", "abbreviated"):
            for month, name in context.get(width, {}).items():
                _add_month(found, name, month, language)
                for before, after in affixes:
                    _add_month(found, before + name + after, month, language)
    affixes = _affixes("[Ec]{3,4}", patterns)
    for context in data.get("days", {}).values():
        for width in ("wide", "abbreviated", "short"):
            for day, name in context.get(width, {}).items():
                if len(fold(name)) > 1 or not name.isascii():
                    found.add(name, "W", day, language)
                    for before, after in affixes:
                        found.add(before + name + after, "W", day, language)


def _add_month(found: Gatherer, name: str, month: int, language: str) -> None:
    number = re.search(r"\d+", name)
    if number is None:
        # "2021 ME 14" is the number of a file: no widely read language has months of two letters.
        if len(fold(name)) > 2 or not fold(name).isascii():
            found.add(name, "M", month, language)
    elif int(number[0]) == month:
        found.add(name[: number.start()], "v", 0, language)
        found.add(name[number.end() :], "m", 0, language)


def _patterns(data: Any) -> list[str]:
    """The locale's patterns of dates and times, but those of weeks and quarters."""
    kinds = ("date_formats", "time_formats", "datetime_formats", "datetime_skeletons")
    found = {str(pattern) for kind in kinds for pattern in data.get(kind, {}).values()}
    return sorted(p for p in found if not re.search("[wWQq]", re.sub("'[^']*'", "", p)))


def _literals(pattern: str) -> list[tuple[str, bool]]:
    """The pieces of a pattern, each with whether it is a field."""
    pieces = re.findall(r"'([^']*)'|([A-Za-z]+)|([^'A-Za-z]+)", pattern)
    return [(quoted or field or bare, bool(field)) for quoted, field, bare in pieces]


def _affixes(field: str, patterns: Iterable[str]) -> set[tuple[str, str]]:
    """The letters that patterns write on to the words of a field, before and after them."""
    made = set()
    for pattern in patterns:
        pieces = [("", False), *_literals(pattern), ("", False)]
        for at in range(1, len(pieces) - 1):
            piece, is_field = pieces[at]
            if not is_field or not re.fullmatch(field, piece):
                continue
            before, after = ("" if pieces[n][1] else pieces[n][0] for n in (at - 1, at + 1))
            affix = re.findall(r"[^\W\d_]*$", before)[0], re.findall(r"^[^\W\d_]*", after)[0]
            if any(affix) and not UNSPACED.search("".join(affix)):
                made.add(affix)
    return made


def gather_periods(found: Gatherer, language: str, data: Any) -> None:
    """Parts of the day, with the hours that they last."""
    rules = data.get("day_period_rules", {}).get(None, {})
    hours = {"am": 12, "pm": 1224}
    for name, spans in rules.items():
        span = spans[0]
        if "from" in span and "before" in span:
            start, end = span["from"] // 3600, span["before"] // 3600
            hours[name] = start * 100 + (end if end > start else end + 24)
    for context in data.get("day_periods", {}).values():
        for width in ("abbreviated", "wide"):
            for name, word in context.get(width, {}).items():
                if name in hours and len(fold(word)) > 1:
                    found.add(word, "P", hours[name], language)


def gather_relative(found: Gatherer, language: str, data: Any) -> None:
    """Units and the words that make them lie in the past."""
    fields = data.get("date_fields", {})
    for width in ("", "-short", "-narrow"):
        past, future = [], []
        for unit, seconds in UNITS.items():
            field = fields.get(unit + width, {})
            past += [(seconds, n, _lean(p)) for n, p in field.get("past", {}).items()]
            future += [(seconds, n, _lean(p)) for n, p in field.get("future", {}).items()]
        _add_phrases(found, language, past, ("B", "A"))
        _add_phrases(found, language, future, ("F", ""))
    for unit, seconds in UNITS.items():
        for width in data.get("unit_patterns", {}).get(f"duration-{unit}", {}).values():
            for count, pattern in width.items():
                if count != "per":
                    _add_unit(found, language, seconds, count, pattern)
    for day, word in fields.get("day", {}).get("relative", {}).items():
        if day <= 0:
            found.add(word, "R", day, language)
    found.add(fields.get("second", {}).get("relative", {}).get(0, ""), "X", 0, language)
    for number, day in enumerate(DAYS):
        found.add(fields.get(day, {}).get("relative", {}).get(-1, ""), "W", number, language)


def _lean(pattern: str) -> str:
    return " ".join(pattern.replace("({0})", "").split())


def _add_phrases(
    found: Gatherer,
    language: str,
    phrases: list[tuple[int, str, str]],
    sides: tuple[str, str],
) -> None:
    """What all phrases of a language share is the marker, what is left of each is the unit."""
    counted = [(unit, p.partition("{0}")) for unit, _, p in phrases if "{0}" in p]
    befores = _markers([(unit, before) for unit, (before, _, _) in counted], -1)
    afters = _markers([(unit, after) for unit, (_, _, after) in counted], 1)
    for seconds, count, pattern in phrases:
        before = max((b for b in befores if pattern.startswith(b)), key=len, default="")
        after = max((a for a in afters if pattern.endswith(a)), key=len, default="")
        inner = pattern[len(before) : len(pattern) - len(after)].strip()
        for marker, sense in zip((before, after), sides, strict=True):
            if before and after:  # "for 5 minutter siden": the ending alone says it
                found.add(marker, "j" if marker is before else sense or "j", 0, language)
            elif sense:
                found.add(marker, sense, 0, language)
        if sides[1] and (before or after):
            _add_unit(found, language, seconds, count, inner)
        elif sides[1] and pattern.startswith("{0}"):
            found.add(pattern[3:], "a", seconds, language)


def _markers(texts: list[tuple[int, str]], end: int) -> list[str]:
    """The beginnings (end -1) or endings (1) that several units share, whole words of them."""
    seen: dict[str, set[int]] = defaultdict(set)
    for unit, text in texts:
        for part in _parts(text, end):
            seen[part].add(unit)
    least = 4 if any(UNSPACED.search(text) for _, text in texts) else 3
    kept = [p for p, units in seen.items() if len(units) >= least and any(map(str.isalpha, p))]
    return [part for part in kept if not any(_longer(part, other, end, seen) for other in kept)]


def _longer(short: str, other: str, end: int, seen: dict[str, set[int]]) -> bool:
    grown = other.startswith(short) if end < 0 else other.endswith(short)
    return grown and len(other) > len(short) and seen[other] == seen[short]


def _parts(text: str, end: int) -> Iterator[str]:
    unspaced = UNSPACED.search(text)
    for at in range(1, len(text) + 1):
        part = text[:at] if end < 0 else text[-at:]
        rest = text[at:] if end < 0 else text[:-at]
        edge = rest[:1] if end < 0 else rest[-1:]
        inside = part[-1:] if end < 0 else part[:1]
        if unspaced or not rest or edge == " " or inside == " ":
            yield part


def _add_unit(found: Gatherer, language: str, seconds: int, count: str, text: str) -> None:
    if "{0}" in text:
        for part in text.split("{0}"):
            if not re.search(r"\d|/", part):
                found.add(part, "U", seconds, language)
    elif count in AMOUNTS:
        found.add(text, "V", AMOUNTS[count] * seconds, language)


def gather_between(found: Gatherer, language: str, data: Any) -> None:
    """Words that stand between the parts of a date."""
    for pattern in _patterns(data):
        for piece, is_field in _literals(pattern):
            for word in () if is_field else words_of(re.sub(r"\{\d\}", " ", piece)):
                found.add(word, "G", 0, language)
    both = str(data.get("list_patterns", {}).get("standard", {}).get("2", ""))
    for word in words_of(re.sub(r"\{\d\}", " ", both)):
        found.add(word, "G", 0, language)


def orders() -> dict[str, str]:
    """How each locale orders day, month and year, where that is not day, month, year."""
    made: dict[str, str] = {}
    for name, _ in locales():
        known = localedata.load(name).get("date_formats") or {}
        pattern = str(known.get("short", ""))
        order = "".join(dict.fromkeys(c.lower() for c in pattern if c in "dMLy")).replace("l", "m")
        made[name.replace("_", "-").lower()] = order if order in {"mdy", "ymd"} else "dmy"
    return {n: o for n, o in made.items() if o != made.get(n.rpartition("-")[0], "dmy")}


def zones() -> dict[str, str]:
    """The zone of each country, and of each language, that has only one.

    Zones count as one where their clocks agree all year.
    """
    countries: dict[str, str] = {}
    spoken: dict[str, set[str]] = defaultdict(set)
    for country, names in get_global("territory_zones").items():
        offsets = {_offsets(name) for name in names} - {()}
        if len(offsets) == 1 and len(country) == 2 and country not in {"ZZ", "001"}:
            countries[country.lower()] = next(name for name in names if _offsets(name))
        for language, told in get_territory_language_info(country).items():
            if told["official_status"] in {"official", "de_facto_official"}:
                spoken[language].add(country.lower())
    made = {f"-{country}": zone for country, zone in countries.items()}
    for language, where in spoken.items():
        home = get_global("likely_subtags").get(language, "").rpartition("_")[2].lower()
        clocks = {_offsets(countries[c]) if c in countries else () for c in where}
        if home in countries and len(clocks) == 1 and "_" not in language:
            made[language] = countries[home]
    known = tomllib.loads((HERE / "own_words.toml").read_text("utf-8"))["zones"]
    return made | known


def _offsets(name: str) -> tuple[object, ...]:
    """How far a zone is from UTC in winter and in summer; () for one that is not known."""
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError):
        return ()
    return tuple(datetime(2026, month, 15, tzinfo=zone).utcoffset() for month in (1, 7))


def own(found: Gatherer) -> None:
    """The words that are no part of CLDR."""
    for sense, words in tomllib.loads((HERE / "own_words.toml").read_text("utf-8")).items():
        for value, phrases in words.items() if len(sense) == 1 else ():
            for phrase in phrases.split("|"):
                key = " ".join(words_of(phrase))
                if sense in "WRXV":
                    found.senses[key].pop(sense, None)
                if key:
                    found.senses[key][sense][int(value)].add("own")


def shorten(found: Gatherer) -> None:
    """Beginnings of months' names that pages make of them, where only one month has them.

    They are words of other kinds too often to be believed without a year.
    """
    made: dict[str, set[int]] = defaultdict(set)
    for key, senses in list(found.senses.items()):
        for month, spoken in senses.get("M", {}).items():
            if not spoken.isdisjoint(FIRST) and " " not in key and not UNSPACED.search(key):
                made[key[:3]].add(month)
                made[key[:4]].add(month)
    for key, months in made.items():
        if len(months) == 1 and len(key) > 2 and key not in found.senses:
            found.senses[key]["M"][months.pop()].add("own")
            found.senses[key]["q"][1].add("own")


def table() -> dict[str, Any]:
    """The whole table, as it is written."""
    found = Gatherer()
    for language, data in languages():
        gather_names(found, language, data)
        gather_periods(found, language, data)
        gather_relative(found, language, data)
        gather_between(found, language, data)
    own(found)
    shorten(found)
    words: dict[str, str] = {}
    several: dict[str, dict[str, int]] = {}
    spoken: dict[str, str] = {}
    for key, senses in sorted(found.senses.items()):
        for sense in "MU":
            if len(senses.get(sense, ())) > 1:
                several[sense + key] = _by_language(senses[sense])
        for sense in "AB":
            if sense in senses:
                spoken[key] = " ".join(sorted(senses[sense][0]))
        words[key] = "".join(f"{s}{_value(s, v, senses)}" for s, v in sorted(senses.items()))
    kinds = sorted({re.sub(r"[-\d]", "", value) for value in words.values()})
    tables = {
        "zones": zones(),
        "words": words,
        "several": several,
        "spoken": spoken,
        "orders": orders(),
    }
    return {**tables, "kinds": kinds}


def _by_language(values: dict[int, set[str]]) -> dict[str, int]:
    pairs = [(one, value) for value, ones in values.items() for one in ones]
    return {one: value for one, value in sorted(pairs) if one != "own"}


def _value(sense: str, values: dict[int, set[str]], senses: dict[str, Any]) -> int | str:
    if sense == "W" and (len(values) > 1 or "G" in senses):
        return -1
    ranked = sorted(values.items(), key=lambda item: (_rank(item[1]), -len(item[1]), item[0]))
    return ranked[0][0] or ""


def _rank(spoken: set[str]) -> int:
    return min((FIRST.index(one) for one in spoken if one in FIRST), default=len(FIRST))


def written() -> str:
    """The table as a file holds it."""
    return json.dumps(table(), ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    TARGET.write_text(written(), "utf-8")
    sys.stdout.write(f"{TARGET.name}: {TARGET.stat().st_size} bytes\n")
