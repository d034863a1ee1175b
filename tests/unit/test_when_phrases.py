"""Whole phrases: what is one, what only looks like one, which of two counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feeder.when import Context, Stamp, assume, leading, maybe_time, read, resolve, trailing, whole

NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)


def instant(text: str, language: str = "") -> str | None:
    stamp = whole(text)
    found = read(stamp, Context(NOW, language=language)) if stamp else None
    return found.at.strftime("%Y-%m-%dT%H:%M") if found and found.at else None


INSTANTS = """
17 Nov 24, 10:30 | 2024-11-17T10:30
17 Dec '24 10:30 | 2024-12-17T10:30
17.11.24, 10:30 Uhr | 2024-11-17T10:30
Thurs 26 Nov 2026, 10.30am | 2026-11-26T10:30
Weds. 25 Nov 2026 10:10 | 2026-11-25T10:10
ma 12 okt 2026 10:09 | 2026-10-12T10:09
Пн, 30 ноя 2026 10:30 | 2026-11-30T10:30
po 30. 11. 2026 10:30 | 2026-11-30T10:30
niedz., 29 lis 2026, 10:10 | 2026-11-29T10:10
29-Nov-2026 | 2026-11-29T00:00
Nov-29-2026 17:42 | 2026-11-29T17:42
29 Nov 2026 17:42 -0330 | 2026-11-29T21:12
2026-11-29 11:30 PM | 2026-11-29T23:30
2026-11-29 12:05:00 AM | 2026-11-29T00:05
24 Nov 2026, 24:00 | 2026-11-25T00:00
2026-11-29 19:00:00 +0100 CET | 2026-11-29T18:00
Nov 29, 2026 14:00 (America/New_York) | 2026-11-29T19:00
Sun Nov 29 19:00:00 CET 2026 | 2026-11-29T18:00
令和8年11月30日 | 2026-11-30T00:00
令和6年3月2日 14時05分 | 2024-03-02T14:05
民國113年3月2日 | 2024-03-02T00:00
29 พ.ย. 2569 17:42 | 2026-11-29T17:42
٢٩ نوفمبر ٢٠٢٦ ١٧:٤٢ | 2026-11-29T17:42
1405/09/09 | 2026-11-30T00:00
2026 m. lapkričio 29 d. 17:42 | 2026-11-29T17:42
10 days ago, Nov 20, 2026 17:42 | 2026-11-20T17:42
Nov 20, 2026 17:42 (10 days ago) | 2026-11-20T17:42
an hour ago | 2026-11-30T19:00
about 2 hours ago | 2026-11-30T18:00
1 hour and 10 minutes ago | 2026-11-30T18:50
1h 10m ago | 2026-11-30T18:50
vor etwa einer Stunde | 2026-11-30T19:00
vor 2 Std. 5 Min. | 2026-11-30T17:55
il y a 1 h 10 min | 2026-11-30T18:50
hace 1 hora y 40 minutos | 2026-11-30T18:20
час назад | 2026-11-30T19:00
bir saat önce | 2026-11-30T19:00
1小时10分钟前 | 2026-11-30T18:50
3日前 | 2026-11-27T20:00
yesterday at 5pm | 2026-11-29T17:00
"""


@pytest.mark.parametrize(
    ("text", "expected"), [line.split(" | ") for line in INSTANTS.strip().splitlines()]
)
def test_a_phrase_is_read_whole(text: str, expected: str) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Line 4", "#9 Nov 30", "12 Pro", "5 min read", "6 Min. Lesezeit", "31 April 2026", "32 Dec 2019",
     "0001-01-01T00:00:00Z", "9999-12-31", "Thu, 01 Jan 1970 00:00:00 GMT", "Version 12.30", "v2.11.2026"],
)  # fmt: skip
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert instant(text) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Version 1.9.0 (November 30, 2026)", "Version 1.9.0 ("),
        ("v1.9.0 — November 30, 2026", "v1.9.0 — "),
        ("Atlas 18.2 - 30 November 2026", "Atlas 18.2 - "),
        ("#9 November 30, 2026", "#9 "),
        ("Build 24 November 30, 2026", "Build 24 "),
    ],
)
def test_a_number_before_a_date_is_no_part_of_it(text: str, rest: str) -> None:
    found = trailing(text)
    assert found is not None
    assert (found.stamp, found.rest) == (Stamp(year=2026, month=11, day=30), rest)


def test_how_long_a_text_takes_to_read_is_no_part_of_its_date() -> None:
    found = leading("Nov 20, 2026 · 5 min read")
    assert found is not None
    assert found.stamp == Stamp(year=2026, month=11, day=20)


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [("3 listopada 2026", "pl", 11), ("3. listopada 2026.", "hr", 10), ("26/03/02", "eu", 3)],
)
def test_an_ambiguous_word_or_order_is_as_the_pages_language_has_it(
    text: str, language: str, day: int
) -> None:
    assert (instant(text, language) or "")[5:7] == f"{day:02}"


def test_a_clock_under_a_printed_day_is_of_that_day_though_it_lies_ahead() -> None:
    day, clock = whole("30 November 2026"), whole("20:58")
    assert day
    assert clock
    found = resolve([clock], Context(NOW), [(0, day)])
    assert found[0].at == datetime(2026, 11, 30, 20, 58, tzinfo=UTC)


def test_a_clock_ahead_of_now_makes_the_zone_doubtful_where_it_was_assumed() -> None:
    stamps = [s for t in ("20:58", "20:31", "19:40", "18:02", "17:15") if (s := whole(t))]
    day = whole("30 November 2026")
    assert day is not None
    context = Context(NOW, zone_why="nothing says another")
    found = resolve(stamps, context, [(0, day)])
    assert found[0].at == datetime(2026, 11, 30, 19, 58, tzinfo=UTC)
    assumed = assume(stamps, context, [(0, day)])
    assert assumed is not None
    assert (assumed.timezone, assumed.days) == ("+01:00", 0)


@pytest.mark.parametrize(
    ("order", "offset"),
    [(1, 9), (-1, 0)],
    ids=["the newest first", "a programme"],
)
def test_all_clocks_may_lie_ahead_of_now_where_the_newest_comes_first(
    order: int, offset: int
) -> None:
    """One of twenty stands out of its order, as on real pages."""
    ahead = [NOW + timedelta(hours=9, minutes=-7 * n) for n in range(20)]
    ahead[4], ahead[5] = ahead[5], ahead[4]
    texts = [f"{at:%d %B %Y %H:%M}" for at in ahead[::order]]
    stamps = [stamp for text in texts if (stamp := whole(text))]
    found = resolve(stamps, Context(NOW, zone_why="nothing says another"))
    assert [one.at for one in found] == [at - timedelta(hours=offset) for at in ahead[::order]]


def test_todays_heading_over_one_update_keeps_it() -> None:
    texts = [s for t in ("19:50", "08:10", "07:45") if (s := whole(t))]
    days = [(i, s) for i, t in ((0, "30 Nov 2026"), (1, "28 Nov 2026")) if (s := whole(t))]
    found = resolve(texts, Context(NOW), days)
    assert [r.at and r.at.day for r in found] == [30, 28, 28]


def test_what_was_assumed_is_told() -> None:
    stamps = [s for t in ("19:50", "18:10") if (s := whole(t))]
    berlin = Context(NOW, ZoneInfo("Europe/Berlin"), zone_why="its language has no other")
    assumed = assume(stamps, berlin)
    assert assumed is not None
    assert (assumed.timezone, assumed.days, assumed.years) == ("Europe/Berlin", 2, 0)
    assert "Europe/Berlin" in assumed.why
    assert assume([Stamp(year=2026, month=11, day=30)], berlin) is None


@pytest.mark.parametrize("text", ["30 Nvbr 2026 17:42 Uhrzeit", "Brumaire 9 2026"])
def test_what_could_be_a_time_and_was_not_understood_is_known_as_such(text: str) -> None:
    assert maybe_time(text)


@pytest.mark.parametrize("text", ["30 Nov 2026 17:42", "No 5", "A goal in the second half"])
def test_what_is_understood_or_no_time_at_all_is_not(text: str) -> None:
    assert not maybe_time(text)


def test_the_longest_text_is_read_in_no_time() -> None:
    assert whole("5 " * 5000 + "ago") is None
    assert timedelta(0) == (whole("now") or Stamp()).ago
