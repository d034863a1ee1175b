"""Lines of crontab(5): when they fire, beside a slow oracle that reads each field on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.config.values import crontab
from feeder.polling.next_read import next_cron

MINUTE = timedelta(minutes=1)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def numbers(field: str, place: int) -> set[int]:
    """What a field names, by the words of crontab(5)."""
    low, high = LIMITS[place]
    words = {3: MONTHS, 4: DAYS}.get(place, [])
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        ends = (str(low), str(high)) if first == "*" else (first, last or first)
        start, end = (words.index(e) + (place == 3) if e in words else int(e) for e in ends)
        found.update(range(start, end + 1, int(step or 1)))
    return found | {0} if place == 4 and 7 in found else found


@lru_cache(maxsize=4)
def read_fields(line: str) -> list[set[int]]:
    return [numbers(field, place) for place, field in enumerate(line.split())]


def fires_on(line: str, at: datetime) -> bool:
    _, _, day, month, weekday = read_fields(line)
    of_month, of_week = at.day in day, at.isoweekday() % 7 in weekday
    _, _, written, _, weekdays = line.split()
    both = written.startswith("*") or weekdays.startswith("*")
    return at.month in month and (of_month and of_week if both else of_month or of_week)


def fires(line: str, at: datetime) -> bool:
    minute, hour, *_ = read_fields(line)
    return at.minute in minute and at.hour in hour and fires_on(line, at)


def first_after(line: str, now: datetime) -> datetime:
    at = now.replace(second=0, microsecond=0) + MINUTE
    while not fires(line, at):
        at += (
            MINUTE
            if fires_on(line, at)
            else timedelta(days=1) - (at - at.replace(hour=0, minute=0))
        )
    return at


MONDAY = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "0 9 * * 0",
        "0 9 * * 1",
        "0 9 * * 2",
        "0 9 * * 3",
        "0 9 * * 4",
        "0 9 * * 5",
        "0 9 * * 6",
        "0 9 * * 7",
        "0 9 * * sun",
        "0 9 * * MON",
        "0 9 * * Tue",
        "0 9 * * wed",
        "0 9 * * thu",
        "0 9 * * FRI",
        "0 9 * * sat",
        "0 9 * * 1-5",
        "0 9 * * MON-FRI",
        "0 9 * * 5-7",
        "0 9 * * 6,0",
        "0 9 * * 7,2",
        "0 9 * * 1,3-5",
        "0 9 * * */2",
        "0 9 * * */3",
        "0 9 * * 1-5/2",
        "0 9 13 * *",
        "0 9 13 * 5",
        "0 9 1,15 * wed",
        "0 9 */10 * 2",
        "0 9 13 * */2",
        "*/10 * * * *",
        "5-50/15 6-23 * * *",
        "0,30 */8 * * *",
        "59 23 31 * *",
        "0 0 1 jan *",
        "0 12 * APR-jun *",
        "7 4 29 2 *",
        "* * * * *",
        "10 10 * * *",
        "0 10 * * 1",
    ],
)
def test_a_line_fires_when_the_manual_says(line: str) -> None:
    now = MONDAY
    assert crontab(line) == line
    for _ in range(4):
        expected = first_after(line, now)
        assert next_cron(line, "UTC", now) == expected
        now = expected


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@Midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ],
)
def test_the_words_stand_for_lines(word: str, line: str) -> None:
    assert crontab(word) == line


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.integers(1, 9).map(lambda every: f"*/{every}")
    part = st.one_of(number.map(str), span)
    return st.one_of(st.just("*"), step, st.lists(part, min_size=1, max_size=3).map(",".join))


@given(
    st.tuples(field(0, 59), field(0, 23), field(1, 28), st.just("*"), field(0, 7)).map(" ".join),
    st.integers(0, 200_000_000).map(lambda seconds: MONDAY + timedelta(seconds=seconds)),
)
def test_any_line_fires_when_the_oracle_says(line: str, now: datetime) -> None:
    assert next_cron(line, "UTC", now) == first_after(line, now)


# Berlin: 2026-03-29 02:00 is followed by 03:00, 2026-10-25 03:00 by 02:00.
@pytest.mark.parametrize(
    ("line", "zone", "now", "expected"),
    [
        # an hour later by UTC from the day on which summer time ends
        ("0 9 * * *", "Europe/Berlin", "2026-10-24T08:00+00:00", "2026-10-25T08:00+00:00"),
        ("0 9 * * *", "Europe/Berlin", "2026-03-28T09:00+00:00", "2026-03-29T07:00+00:00"),
        # a time that is skipped comes right after the gap, on that day still
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+00:00", "2026-03-29T01:00+00:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00+00:00", "2026-03-30T00:30+00:00"),
        # a time that comes twice counts once
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+00:00", "2026-10-25T00:30+00:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30+00:00", "2026-10-26T01:30+00:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10+00:00", "2026-10-26T01:30+00:00"),
        # what is regular stays regular in both
        ("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:30+00:00", "2026-10-25T01:00+00:00"),
        ("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:30+00:00", "2026-03-29T01:00+00:00"),
        # the day of the week is the zone's
        ("30 0 * * 1", "Asia/Kathmandu", "2026-03-01T12:00+00:00", "2026-03-01T18:45+00:00"),
        ("30 23 * * 0", "America/New_York", "2026-03-02T00:00+00:00", "2026-03-02T04:30+00:00"),
        ("0 9 * * *", "", "2026-10-24T08:00+00:00", "2026-10-24T09:00+00:00"),
    ],
)
def test_a_line_is_read_in_the_source_s_zone(line: str, zone: str, now: str, expected: str) -> None:
    found = next_cron(line, zone, datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(expected)


def test_a_line_that_is_none_any_more_never_fires() -> None:
    """A store may hold lines that an older version took."""
    assert next_cron("0 0 30 2 *", "", MONDAY) is None
    assert next_cron("0 0 last * *", "", MONDAY) is None
