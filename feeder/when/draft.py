"""A time while it is being read: the parts gathered so far, and what each further token does to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date as civil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feeder.when import vocabulary as w
from feeder.when.stamp import Slashed, Stamp, led
from feeder.when.zones import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# What a token does: it is a part of the time, stands between parts, is a part that is there
# already, or ends it.
TAKEN, GLUE, CLASH, STOP = range(4)

_MARKS = frozenset(",.|/·•–—-―()[]@:;~›»<>‹«*+…&（）【】、。，：")
_AFTERNOON = frozenset({"午後", "下午", "晚上", "傍晚", "오후", "저녁"})
_FROM_MIDNIGHT = frozenset({"凌晨", "오전", "새벽"})  # where 12:10 is ten past midnight
_ZONE = re.compile(r"[A-ZМСК]{1,5}|gmt|utc|мск|Eastern|Central|Mountain|Pacific")
_CJK_WEEKDAYS = "月火水木金土日월화수목금토"
FARTHEST = 40 * 366 * 86400  # seconds; what is said to be longer ago is no update


@dataclass(slots=True)
class Draft:
    """The parts so far; None: not yet."""

    start: int = -1
    end: int = -1
    at: datetime | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    hour: int | None = None
    minute: int = 0
    second: int = 0
    zone: str | None = None
    days: int | None = None
    seconds: int | None = None  # of a duration
    ago: bool = False  # a word says that the duration lies back
    now: bool = False
    played: int | None = None
    label: str = ""
    slashed: Slashed = ""
    strict: bool = False  # the clock can be nothing else: a colon, a word for it, a zone
    month_word: str = ""
    half: str = ""  # 午前, 午後
    hour_next: bool = False  # a word has announced an hour
    before: bool = False  # a word has announced a duration
    one: bool = False  # "an" hour
    slash: tuple[int, int] | None = None  # 8/10, a date if a clock stands by
    open_number: int | None = None  # a number whose unit or month is to follow
    open_at: int = -1
    loose: bool = False  # something that is no part of it stood before

    def reach(self, start: int, end: int) -> None:
        """The last token was a part of it."""
        if self.start < 0:
            self.start = start
        self.end = end

    def stamp(self) -> Stamp | None:
        """What it has come to; None where it is no time."""
        if self.at is not None:
            return Stamp(at=self.at, label=self.label)
        if (
            self.seconds is not None
            and not self.ago
            and self.hour is None
            and self.seconds >= FARTHEST
        ):
            return None
        self._settle()
        if self.played is not None and self.hour is None:
            return Stamp(played=self.played, weak=True)
        if not self._says_something():
            return None
        ago = timedelta(seconds=self.seconds or 0) if self.seconds is not None or self.now else None
        return Stamp(
            year=self.year, month=self.month, day=self.day, weekday=self.weekday, hour=self.hour, minute=self.minute,
            second=self.second, zone=self.zone, ago=ago, days=self.days, label=self.label, slashed=self.slashed,
            weak=self._weak(),
        )  # fmt: skip

    def _settle(self) -> None:
        if self.slash and self.month is None and self.hour is not None:
            self.month, self.day = self.slash
            self.slashed = led(*self.slash)
            if self.month > 12:
                self.month, self.day = self.day, self.month
        if self.month is None or self.day is None or not _possible(self.year, self.month, self.day):
            self.year = self.month = self.day = None

    def _says_something(self) -> bool:
        if self.hour is not None or self.month is not None:
            return True
        if self.seconds is not None:
            return self.ago or self.before or self.seconds < 90 * 86400
        return self.now or self.days is not None

    def _weak(self) -> bool:
        if self.seconds is not None:
            return not (self.ago or self.before) and self.month is None
        if self.hour is not None:
            return not self.strict and self.month is None and self.days is None
        if self.month is not None:
            return self.year is None and (self.month_word in w.DOUBTFUL or not self.weekday)
        return True


def _possible(year: int | None, month: int, day: int) -> bool:
    try:
        civil(year or 2024, month, day)
    except ValueError:
        return False
    return year is None or 1970 <= year <= 2100


def complete(draft: Draft, stamp: Stamp | None) -> int:
    """An ISO date, with or without a clock."""
    if stamp is None:
        return STOP
    if draft.at or draft.month or (draft.hour is not None and stamp.hour is not None):
        return CLASH
    draft.at, draft.year, draft.month, draft.day = stamp.at, stamp.year, stamp.month, stamp.day
    if stamp.hour is not None:
        draft.hour, draft.minute, draft.second, draft.strict = (
            stamp.hour,
            stamp.minute,
            stamp.second,
            True,
        )
    return TAKEN


def clock(
    draft: Draft, hour: str, minute: str, second: str | None, half: str | None, colon: str
) -> int:
    """8:04, 8.04am, 14h30, 10 p.m."""
    if (
        draft.hour is not None
        or draft.at is not None
        or (draft.seconds is not None and not draft.ago)
    ):
        return CLASH
    hours, minutes = int(hour), int(minute)
    if hours > 24 or minutes > 59 or int(second or 0) > 60:
        return STOP
    if half and 1 <= hours <= 12:
        hours = hours % 12 + (12 if half.strip()[0] in "pP" else 0)
    draft.hour, draft.minute, draft.second = hours % 24, minutes, min(int(second or 0), 59)
    draft.strict = colon != "." or bool(half) or draft.hour_next
    afternoon(draft)
    draft.open_number, draft.hour_next = None, False
    return TAKEN


def afternoon(draft: Draft) -> None:
    if draft.half in _AFTERNOON and draft.hour is not None and draft.hour < 12:
        draft.hour += 12
    elif draft.half in _FROM_MIDNIGHT and draft.hour == 12:
        draft.hour = 0


def date(draft: Draft, first: str, second: str, third: str | None, separator: str) -> int:
    """2.3.2022, 2022/3/2, 3/2/22; without a year "2.3." and 3/2."""
    if draft.month is not None or draft.at is not None or draft.slash:
        return CLASH
    a, b = int(first), int(second)
    if third is None and separator == "/":
        draft.slash = (a, b)
        return TAKEN if 1 <= a <= 31 and 1 <= b <= 31 and min(a, b) <= 12 else STOP
    if len(first) >= 3:
        year, month, day = a, b, int(third or 0)
    elif third is not None and len(third) == 2 and not 15 <= int(third) <= 40:
        return STOP
    else:
        year = int(third or 0) + (2000 if third and len(third) == 2 else 0)
        month, day = (a, b) if separator == "/" and a <= 12 else (b, a)
    if not _possible(year or None, month, day):
        return STOP
    if separator == "/" and len(first) < 3:
        draft.slashed = led(a, b)
    draft.year, draft.month, draft.day = year or None, month, day
    return TAKEN


def offset(draft: Draft, text: str) -> int:
    """GMT+2, +0530."""
    if draft.hour is None or draft.zone:
        return STOP
    sign = "+" if "+" in text else "-"
    digits = re.sub(r"\D", "", text)
    digits = digits.zfill(2) + "00" if len(digits) <= 2 else digits.zfill(4)
    if int(digits[:2]) > 14 or int(digits[2:]) > 59:
        return STOP
    draft.zone, draft.strict = sign + digits, True
    return TAKEN


def number(draft: Draft, digits: str, at: int) -> int:
    """A bare number: a year, a day, an hour that was announced, or one that waits for its unit."""
    if len(digits) > 4:
        return STOP
    value = int(digits)
    if len(digits) == 4 and 1970 <= value <= 2100 and draft.year is None:
        draft.year = value
        return TAKEN if draft.month is not None else GLUE
    if draft.month is not None and draft.day is None and draft.month_word and 1 <= value <= 31:
        draft.day = value
        return TAKEN
    if draft.played is not None or draft.open_number is not None:
        draft.loose = draft.played is None
        return GLUE
    if draft.hour_next and draft.hour is None and value <= 24:
        draft.hour, draft.hour_next = value % 24, False
        return TAKEN
    draft.open_number, draft.open_at = value, at
    return GLUE


def played(draft: Draft, minute: int) -> int:
    """A minute of added time: 90+3."""
    if draft.played is not None or draft.open_number is not None or draft.hour is not None:
        return STOP
    draft.played = minute
    return TAKEN


def mark(draft: Draft, character: str) -> int:
    if (
        character in "'’′"
        and draft.open_number is not None
        and draft.played is None
        and draft.hour is None
    ):
        draft.played, draft.open_number = draft.open_number, None
        draft.reach(draft.open_at, draft.open_at)
        return TAKEN
    return GLUE if character in _MARKS else STOP


def word(draft: Draft, text: str) -> int:
    """A word, in whatever language."""
    if (
        _ZONE.fullmatch(text)
        and text.upper() in NAMES
        and (draft.hour is not None or draft.open_number is not None)
    ):
        return _zone(draft, text.upper())
    key = w.fold(text)
    for part in _PARTS.get(key, ()):
        verdict = part(draft, key)
        if verdict is not None:
            return verdict
    return GLUE if key in w.GLUE or (len(key) == 1 and key in _CJK_WEEKDAYS) else STOP


def _zone(draft: Draft, name: str) -> int:
    if draft.hour is None:
        return STOP
    if draft.zone is None:
        draft.zone, draft.strict = name, True
    return TAKEN


def _month(draft: Draft, key: str) -> int | None:
    if draft.month is not None:
        if draft.month_word in w.WEEKDAYS and key not in w.WEEKDAYS:
            draft.weekday, draft.day = w.WEEKDAYS[draft.month_word], draft.day or draft.open_number
        else:
            return CLASH
    if draft.seconds is not None:
        return None
    draft.month, draft.month_word = w.MONTHS[key], key
    if draft.day is None and draft.open_number is not None and 1 <= draft.open_number <= 31:
        draft.day = draft.open_number
        draft.reach(draft.open_at, draft.open_at)
    draft.open_number = None
    return TAKEN


def _weekday(draft: Draft, key: str) -> int:
    draft.weekday = w.WEEKDAYS[key]
    return TAKEN


def _unit(draft: Draft, key: str) -> int | None:
    if draft.open_number is None and not (draft.one or draft.before):
        return None
    amount = 1 if draft.open_number is None else draft.open_number
    if draft.open_number is not None:
        draft.reach(draft.open_at, draft.open_at)
    if (
        key in w.HOUR_AFTER
        and draft.hour is None
        and not draft.before
        and draft.seconds is None
        and amount <= 24
    ):
        draft.hour = amount % 24  # "14 h": an hour of the day, unless "ago" follows
    draft.seconds = min((draft.seconds or 0) + amount * w.UNITS[key], FARTHEST)
    draft.open_number, draft.one = None, False
    return TAKEN


def _after(draft: Draft, key: str) -> int | None:
    if draft.seconds is None:
        return _month(draft, key) if key in w.MONTHS and draft.open_number is not None else None
    if draft.hour is not None and draft.minute == 0 and not draft.strict:
        draft.hour = None
    draft.ago = True
    return TAKEN


def _before(draft: Draft, _: str) -> int:
    draft.before = True
    return GLUE


def _one(draft: Draft, _: str) -> int:
    draft.one = True
    return GLUE


def _hour_after(draft: Draft, _: str) -> int | None:
    if draft.hour is None:
        if draft.open_number is None or draft.open_number > 24:
            return None
        draft.hour = draft.open_number % 24
        draft.reach(draft.open_at, draft.open_at)
        draft.open_number = None
    draft.strict = True
    return TAKEN


def _days(draft: Draft, key: str) -> int:
    draft.days = w.DAYS[key]
    return TAKEN


def _now(draft: Draft, _: str) -> int:
    draft.now = True
    return TAKEN


def _label(draft: Draft, key: str) -> int:
    if not draft.label:
        draft.label = "updated" if key in w.UPDATED else "posted"
    return GLUE


def _named_clock(draft: Draft, key: str) -> int:
    if draft.hour is None:
        draft.hour = w.NAMED_CLOCKS[key]
    return TAKEN


def _announced(draft: Draft, key: str) -> int:
    draft.hour_next, draft.strict = True, draft.strict or key in w.HOUR_STRICT
    return GLUE


# In this order: "ago" is a month only where it follows no duration, "mar" a month before it is a
# weekday.
_ORDER: tuple[tuple[Iterable[str], Callable[[Draft, str], int | None]], ...] = (
    (w.AFTER, _after), (w.MONTHS, _month), (w.UNITS, _unit), (w.HOUR_AFTER, _hour_after), (w.BEFORE, _before),
    (w.DAYS, _days), (w.NOW, _now), (w.UPDATED, _label), (w.POSTED, _label), (w.WEEKDAYS, _weekday),
    (w.NAMED_CLOCKS, _named_clock), (w.HOUR_BEFORE, _announced), (w.ONE, _one),
)  # fmt: skip
_PARTS = {
    key: [part for words, part in _ORDER if key in words] for table, _ in _ORDER for key in table
}
