"""A phrase of tokens, read: the stamp that it states, or none where no calendar has it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from feeder.when.calendars import PERSIAN, century, gregorian, possible
from feeder.when.durations import is_counted, seconds_ago
from feeder.when.lexicon import has_sense, lexicon, senses
from feeder.when.machine import machine
from feeder.when.stamp import Stamp
from feeder.when.zones import SPELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.when.grammar import PhrasePart
    from feeder.when.stamp import Slashed
    from feeder.when.tokens import Token

FARTHEST = 40 * 366 * 86400  # seconds; what is said to be longer ago is no update
_NOON, _MIDNIGHT = 12, 24
_THAI = re.compile("[\u0e00-\u0e7f]")  # beside these months years are Buddhist
_BUDDHIST_CENTURY = 2500


class _NoTimeError(Exception):
    """No calendar or clock has what is printed."""


def stamp_of(parts: Sequence[PhrasePart], tokens: list[Token], label: str) -> Stamp | None:
    """The time that the parts of a phrase state together; None where there is no such time."""
    stamp = Stamp(label=_label(label))
    kinds = {part.kind for part in parts}
    try:
        for part in parts:
            stamp = _READERS[part.kind](stamp, part, tokens)
    except _NoTimeError:
        return _never(stamp, kinds, parts)
    if "date" in kinds and kinds & {"relative", "days", "now"}:
        stamp = stamp._replace(ago=None, days=None)
    if "now" in kinds and "clock" in kinds:
        stamp = stamp._replace(ago=None)
    if stamp.at is not None:
        return Stamp(at=stamp.at, label=stamp.label)
    if _is_common_word(stamp, parts, tokens):
        return None
    return stamp._replace(weak=_weak(stamp, parts, tokens))


def _never(stamp: Stamp, kinds: set[str], parts: Sequence[PhrasePart]) -> Stamp | None:
    """Returns what a full date that is in no calendar leaves: the place of a time, and none."""
    full = any({"m", "y"} <= part.fields.keys() for part in parts if part.kind == "date")
    if not full:
        return None
    return Stamp(label=stamp.label, unread="instant" if "clock" in kinds else "day")


def _label(key: str) -> str:
    return "" if not key else "updated" if senses(key).get("L") else "posted"


def _weak(stamp: Stamp, parts: Sequence[PhrasePart], tokens: list[Token]) -> bool:
    """Returns whether it may be no time at all."""
    kinds = {part.kind for part in parts}
    if "duration" in kinds or "played" in kinds:
        return True
    if stamp.dated:
        return _weak_date(stamp, parts, tokens)
    if stamp.ago is not None:
        return stamp.hour is None and not is_counted(parts, tokens)
    if stamp.hour is not None:
        return stamp.days is None and _weak_clock(stamp, parts, tokens)
    return True


def _is_common_word(stamp: Stamp, parts: Sequence[PhrasePart], tokens: list[Token]) -> bool:
    """Returns whether a month that stands without a year ("12 Pro") is more often another word."""
    if not stamp.dated or stamp.year is not None:
        return False
    months = [tokens[p.fields["m"]].text for p in parts if "m" in p.fields]
    return any(senses(month).get("q") for month in months)


def _weak_date(stamp: Stamp, parts: Sequence[PhrasePart], tokens: list[Token]) -> bool:
    if stamp.year is not None or stamp.hour is not None:
        return False
    months = [tokens[p.fields["m"]].text for p in parts if "m" in p.fields]
    return not stamp.weekday or any(has_sense(month, "q") for month in months)


def _weak_clock(stamp: Stamp, parts: Sequence[PhrasePart], tokens: list[Token]) -> bool:
    part = next(p for p in parts if p.kind == "clock")
    if stamp.zone or "k" in part.fields or "p" in part.fields or "h" in part.fields:
        return False
    before = tokens[part.start - 1].text if part.start else ""
    return tokens[part.fields["c"]].kind == "c" and not senses(before).get("k")


# ------------------------------------------------------------------------------------------- dates


def _read_date(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    fields = part.fields
    if "x" in fields:
        token = tokens[fields["x"]]
        return _with_clock(_COMPLETE[token.kind](stamp, token.text), part, tokens)
    day = int(tokens[fields["d"]].text)
    key = tokens[fields["m"]].text if "m" in fields else ""
    month = senses(key)["M"] if key else int(tokens[fields["n"]].text)
    year = _year(part, tokens) if "y" in fields else stamp.year
    stamp = _dated(stamp, year, month, day)
    if "w" in fields:
        stamp = _read_weekday(stamp, part, tokens)
    return stamp._replace(word=key if f"M{key}" in lexicon().several else "")


def _with_clock(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    """Returns an ISO time, with the half of the day or the zone that stands behind it."""
    if stamp.hour is None:
        return stamp
    if "p" in part.fields:
        period = senses(tokens[part.fields["p"]].text)["P"]
        stamp = stamp._replace(hour=_in_period(stamp.hour, period))
    if "z" in part.fields:
        stamp = stamp._replace(zone=_zone(tokens[part.fields["z"] : part.end]))
    return stamp


def _year(part: PhrasePart, tokens: list[Token]) -> int:
    text = tokens[part.fields["y"]].text
    named = senses(text).get("J")
    number = named if named is not None else int(re.sub(r"\D", "", text))
    if "e" in part.fields:
        return senses(tokens[part.fields["e"]].text)["e"] + number
    if number < 100 and "m" in part.fields and _THAI.match(tokens[part.fields["m"]].text):
        return _BUDDHIST_CENTURY + number
    return century(number) if number < 100 else number


def _dated(stamp: Stamp, year: int | None, month: int, day: int) -> Stamp:
    if year is None:
        if not possible(month, day):
            raise _NoTimeError
        return stamp._replace(month=month, day=day)
    found = gregorian(year, month, day)
    if found is None:
        raise _NoTimeError
    return stamp._replace(year=found.year, month=found.month, day=found.day)


def _read_iso(stamp: Stamp, text: str) -> Stamp:
    read = machine(text)
    if read is None:
        raise _NoTimeError
    return read._replace(label=stamp.label)


def _read_numbers(stamp: Stamp, text: str) -> Stamp:
    """2.3.2022, 2022/3/2, 3/2/22, 26. 11. 29."""
    first, second, third = re.findall(r"\d+", text)
    a, b, c = int(first), int(second), int(third)
    if len(first) >= 3:
        return _year_first(stamp, text)
    short = len(third) < 4
    slash = "/" in text or "-" in text
    month, day, slashed = _order(a, b, slash=slash)
    try:
        stamp = _dated(stamp, century(c) if short else c, month, day)
    except _NoTimeError:
        return _dated(stamp, century(a), b, c)
    if c in PERSIAN:
        return stamp
    numbers = (a, b, c) if short or slash else None
    return stamp._replace(slashed=slashed, numbers=numbers)


def _year_first(stamp: Stamp, text: str) -> Stamp:
    """2022/3/2, 115/3/2 of the Republic of China; 115.3.2 is a version."""
    year, month, day = re.findall(r"\d+", text)
    if len(year) == 3 and "/" not in text:
        raise _NoTimeError
    return _dated(stamp, int(year), int(month), int(day))


def _order(first: int, second: int, *, slash: bool) -> tuple[int, int, Slashed]:
    """The month and the day that two numbers mean, and what leads where a slash is between."""
    if not slash:
        return second, first, ""
    if first > _NOON:
        return second, first, "day"
    return first, second, "month" if second > _NOON else "either"


def _read_two(stamp: Stamp, text: str) -> Stamp:
    """2.3. and 8/10, without a year."""
    a, b = map(int, re.findall(r"\d+", text))
    month, day, slashed = _order(a, b, slash="/" in text)
    return _dated(stamp, None, month, day)._replace(slashed=slashed)


_COMPLETE = {"I": _read_iso, "D": _read_numbers, "E": _read_two, "S": _read_two}


# ------------------------------------------------------------------------------------------ clocks


def _read_clock(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    fields = part.fields
    hour, minute, second = _clock_of(part, tokens)
    if "p" in fields:
        hour = _in_period(hour, senses(tokens[fields["p"]].text)["P"])
    if hour > _MIDNIGHT or minute > 59 or second > 60 or (hour == _MIDNIGHT and minute):
        raise _NoTimeError
    if stamp.at is not None:
        return stamp
    zone = _zone(tokens[fields["z"] : part.end]) if "z" in fields else None
    return stamp._replace(hour=hour, minute=minute, second=min(second, 59), zone=zone)


def _clock_of(part: PhrasePart, tokens: list[Token]) -> tuple[int, int, int]:
    fields = part.fields
    if "c" in fields:
        return _read_figures(tokens[fields["c"]])
    hour, minute, second = (
        int(tokens[fields[name]].text) if name in fields else 0 for name in "his"
    )
    return hour, minute, second


def _read_figures(token: Token) -> tuple[int, int, int]:
    """Returns the clock that one token is: "13.05", "1:05 pm", "noon"."""
    named = senses(token.text).get("c")
    if named is not None:
        return named, 0, 0
    numbers = [int(n) for n in re.findall(r"\d+", token.text)[:3]]
    hour, minute, second = (*numbers, 0, 0)[:3]
    half = re.search(r"([AaPp])\.?\s?[Mm]", token.text)
    if half and 1 <= hour <= _NOON:
        hour = hour % _NOON + (_NOON if half[1] in "pP" else 0)
    return hour, minute, second


def _in_period(hour: int, period: int) -> int:
    """Returns the hour of the day that an hour means in a part of it."""
    start, end = divmod(period, 100)
    hours = (hour % _NOON, hour % _NOON + _NOON)
    inside = [h for h in hours if start <= h < end or start <= h + 24 < end]
    return inside[0] if hour <= _NOON and inside else hour


def _zone(tokens: list[Token]) -> str | None:
    """Returns the offset, where one is stated, else the name."""
    offsets = [token.text for token in tokens if token.kind == "O"]
    if not offsets:
        return next((lexicon_zone(t.text) for t in tokens if t.kind not in ",t"), None)
    sign = "+" if "+" in offsets[0] else "-"
    digits = re.sub(r"\D", "", offsets[0])
    digits = digits.zfill(2) + "00" if len(digits) <= 2 else digits.zfill(4)
    if int(digits[:2]) > 14 or int(digits[2:]) > 59:
        raise _NoTimeError
    return sign + digits


def lexicon_zone(text: str) -> str:
    return SPELLED.get(text, text)


# ---------------------------------------------------------------------------------------- relative


def _read_relative(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    seconds = seconds_ago(part, tokens)
    if seconds >= FARTHEST:
        raise _NoTimeError
    return stamp._replace(ago=timedelta(seconds=seconds))


def _read_duration(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    """So long ago, as 21m may say, or an hour of the day, as 14 h may."""
    read = _read_relative(stamp, part, tokens)
    if part.end - part.start == 2 and has_sense(tokens[part.end - 1].text, "K"):
        hour = int(tokens[part.start].text)
        return read._replace(hour=hour % _MIDNIGHT) if hour <= _MIDNIGHT else read
    return read


def _read_now(stamp: Stamp, _: PhrasePart, __: list[Token]) -> Stamp:
    return stamp._replace(ago=timedelta())


def _read_days(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    return stamp._replace(days=senses(tokens[part.fields["w"]].text)["R"])


def _read_weekday(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    day = senses(tokens[part.fields["w"]].text)["W"]
    return stamp._replace(weekday=day) if day >= 0 else stamp


def _read_year(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    year = int(tokens[part.fields["y"]].text)
    turned = "" if year in PERSIAN else stamp.slashed
    return _dated(stamp, year, stamp.month or 0, stamp.day or 0)._replace(slashed=turned)


def _read_played(stamp: Stamp, part: PhrasePart, tokens: list[Token]) -> Stamp:
    return stamp._replace(played=int(re.findall(r"\d+", tokens[part.start].text)[0]))


_READERS = {
    "date": _read_date,
    "clock": _read_clock,
    "relative": _read_relative,
    "duration": _read_duration,
    "now": _read_now,
    "days": _read_days,
    "weekday": _read_weekday,
    "year": _read_year,
    "played": _read_played,
}
