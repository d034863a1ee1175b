"""Times as pages print them, one by one and in series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feeder.when import Context, Stamp, leading, lenient, machine, read, resolve, trailing, whole

NOW = datetime(2022, 3, 2, 14, 0, tzinfo=UTC)
BERLIN, LONDON, NEW_YORK, KOLKATA = map(
    ZoneInfo, ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata")
)


def one(text: str, *, now: datetime = NOW, zone: str = "UTC", **known: object) -> str | None:
    stamp = machine(text) or whole(text)
    got = read(stamp, Context(now, ZoneInfo(zone), **known)) if stamp else None  # type: ignore[arg-type]
    return got.at.strftime("%Y-%m-%dT%H:%M") if got and got.at else None


def series(
    texts: list[str], headings: tuple[tuple[int, str], ...] = (), **known: object
) -> list[str | None]:
    stamps = [whole(t) for t in texts]
    assert None not in stamps
    context = Context(**{"now": NOW, **known})  # type: ignore[arg-type]
    got = resolve(
        [s for s in stamps if s], context, [(i, s) for i, t in headings if (s := whole(t))]
    )
    return [r.at.strftime("%m-%d %H:%M") if r.at else None for r in got]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-03-02T13:04:00Z", "2022-03-02T13:04"),
        ("2022-03-02T13:04:00.123456789+05:30", "2022-03-02T07:34"),
        ("2022-03-02 13:04", "2022-03-02T13:04"),
        ("20220302", "2022-03-02T00:00"),
        ("20220302130405", "2022-03-02T13:04"),
        ("1646226240", "2022-03-02T13:04"),
        ("1646226240123", "2022-03-02T13:04"),
        ("Wed, 02 Mar 2022 14:04:05 +0100", "2022-03-02T13:04"),
        ("Wed Mar 02 2022 13:04:54 GMT+0000", "2022-03-02T13:04"),
    ],
)
def test_times_for_machines(text: str, instant: str) -> None:
    assert one(text) == instant


@pytest.mark.parametrize(
    "text", ["", "2022-13-40T00:00:00Z", "12345678901", "9" * 70, "0000-00-00", "99999999"]
)
def test_what_is_no_time_for_machines(text: str) -> None:
    assert machine(text) is None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Mar 02, 2022, 8:04 AM EST", "2022-03-02T13:04"),
        ("8:04 AM EST", "2022-03-02T13:04"),
        ("8.04am GMT", "2022-03-02T08:04"),
        ("12:03 p.m. ET, March 2, 2022", "2022-03-02T17:03"),
        ("Updated 12:03 PM GMT", "2022-03-02T12:03"),
        ("2. März 2022, 14:04 Uhr", "2022-03-02T14:04"),
        ("Posted at 14:05 2 Mar", "2022-03-02T14:05"),
        ("2d ago / 5:52 AM UTC", "2022-02-28T05:52"),
        ("21m ago", "2022-03-02T13:39"),
        ("21 mins ago", "2022-03-02T13:39"),
        ("1 hour, 20 minutes ago", "2022-03-02T12:40"),
        ("Just now", "2022-03-02T14:00"),
        ("Dec 31, 13:28 CET", "2021-12-31T12:28"),
        ("heute, 13:00 Uhr", "2022-03-02T13:00"),
        ("gestern, 14:05 Uhr", "2022-03-01T14:05"),
        ("10 p.m.", "2022-03-01T22:00"),
        ("Noon", "2022-03-02T12:00"),
        ("vor 5 Minuten", "2022-03-02T13:55"),
        ("vor einer Stunde", "2022-03-02T13:00"),
        ("il y a 3 heures", "2022-03-02T11:00"),
        ("Mis à jour le 2 mars 2022 à 14h05", "2022-03-02T14:05"),
        ("Aujourd’hui à 13 h 05", "2022-03-02T13:05"),
        ("hier, 14h05", "2022-03-01T14:05"),
        ("hace 2 horas", "2022-03-02T12:00"),
        ("14:59 horas", "2022-03-01T14:59"),
        ("mar 2 marzo, 14:05", "2022-03-02T14:05"),
        ("5 minuti fa", "2022-03-02T13:55"),
        ("oggi alle 13:30", "2022-03-02T13:30"),
        ("ore 13.30", "2022-03-02T13:30"),
        ("há 5 minutos", "2022-03-02T13:55"),
        ("2 set 2021", "2021-09-02T00:00"),
        ("5 minuten geleden", "2022-03-02T13:55"),
        ("2 maart 2022 13.30 uur", "2022-03-02T13:30"),
        ("2 marca 2022, godz. 13:30", "2022-03-02T13:30"),
        ("5 minut temu", "2022-03-02T13:55"),
        ("i går kl. 14.05", "2022-03-01T14:05"),
        ("for 5 minutter siden", "2022-03-02T13:55"),
        ("för 5 minuter sedan", "2022-03-02T13:55"),
        ("17 февраля 2022", "2022-02-17T00:00"),
        ("сегодня, 13:05 мск", "2022-03-02T10:05"),
        ("5 минут назад", "2022-03-02T13:55"),
        ("2022年3月2日(水) 13時30分", "2022-03-02T13:30"),
        ("午後1時30分", "2022-03-02T13:30"),
        ("5分前", "2022-03-02T13:55"),
        ("昨日 14:30", "2022-03-01T14:30"),
        ("5분 전", "2022-03-02T13:55"),
        ("3 tuntia sitten", "2022-03-02T11:00"),
        ("5 dakika önce", "2022-03-02T13:55"),
        ("před 5 minutami", "2022-03-02T13:55"),
        ("24.02.2022 • 11:31 Uhr", "2022-02-24T11:31"),
        ("24.02.", "2022-02-24T00:00"),
        ("8/10/2021 9:57 AM PT", "2021-08-10T16:57"),
        ("March 2nd, 2022 at 1pm", "2022-03-02T13:00"),
        ("13:05 GMT+2", "2022-03-02T11:05"),
        ("published at 13:05 Central European Time 2 March", "2022-03-02T12:05"),
        ("8:05 AM Eastern Standard Time", "2022-03-02T13:05"),
        ("13:05 Greenwich Mean Time", "2022-03-02T13:05"),
        ("28. Feb. 2022", "2022-02-28T00:00"),
    ],
)
def test_printed_times(text: str, instant: str) -> None:
    assert one(text) == instant


@pytest.mark.parametrize(
    "text",
    ["Version 3.40.1", "No injuries were reported.", "1.2k views", "12 Pro", "25:00", "10:00 - 11:00", "2022", "March",
     "40%", "It is 5:30 in the morning there", "", "   ", "31.02.2022", "\ud800", "1" * 5000, "3:2", "Live"],
)  # fmt: skip
def test_what_is_no_printed_time(text: str) -> None:
    assert whole(text) is None


@pytest.mark.parametrize(
    ("text", "stamp", "rest"),
    [
        ("11.04 Uhr: Etwas geschah", Stamp(hour=11, minute=4), ": Etwas geschah"),
        ("17.00 We begin", Stamp(hour=17, weak=True), " We begin"),
        ("8:04 AM EST Harbour opens", Stamp(hour=8, minute=4, zone="EST"), " Harbour opens"),
        ("95' Goal", None, ""),
        ("Yesterday we went", None, ""),
        ("May 2 was a fine day", None, ""),
        ("10:00 - 11:00 News", Stamp(hour=10), " - 11:00 News"),
    ],
)
def test_a_time_at_the_start(text: str, stamp: Stamp | None, rest: str) -> None:
    found = leading(text)
    assert (found.stamp if found else None) == stamp
    assert not found or found.rest == rest


def test_a_time_at_the_end() -> None:
    found = trailing("By Ann Example, 12:03 PM ET")
    assert found is not None
    assert (found.stamp, found.rest) == (Stamp(hour=12, minute=3, zone="ET"), "By Ann Example, ")
    assert trailing("Footage from Feb. 28, 2022 & earlier could not be verified.") is None


def test_an_abbreviation_means_what_the_pages_zone_means_by_it() -> None:
    assert one("2 Oct 2021 19:02 (IST)", zone="Asia/Kolkata") == "2021-10-02T13:32"
    assert one("2 Oct 2021 19:02 (IST)", zone="Europe/Dublin") == "2021-10-02T18:02"
    assert one("2 Oct 2021 19:02 IST") == "2021-10-02T13:32"
    assert one("2 Jan 2022 19:02 CST", zone="Asia/Shanghai") == "2022-01-02T11:02"
    assert one("2 Jul 2021 19:02 ET") == "2021-07-02T23:02"


def test_a_clock_alone_falls_on_the_last_day_it_can() -> None:
    assert one("8:04 AM", zone="America/New_York") == "2022-03-02T13:04"
    assert one("23:58") == "2022-03-01T23:58"


@pytest.mark.parametrize(
    ("texts", "instants"),
    [
        (
            ["13:10", "00:10", "23:58", "22:00"],
            ["03-02 13:10", "03-02 00:10", "03-01 23:58", "03-01 22:00"],
        ),
        (
            ["22:00", "23:58", "00:10", "12:50"],
            ["03-01 22:00", "03-01 23:58", "03-02 00:10", "03-02 12:50"],
        ),
        (
            ["10:05", "10:07", "10:01", "9:00"],
            ["03-02 10:05", "03-02 10:07", "03-02 10:01", "03-02 09:00"],
        ),
        (
            ["8:00", "13:40", "13:30", "13:00"],
            ["03-02 08:00", "03-02 13:40", "03-02 13:30", "03-02 13:00"],
        ),
    ],
)
def test_clocks_cross_midnight_with_their_neighbours(texts: list[str], instants: list[str]) -> None:
    assert series(texts) == instants


def test_a_long_page_of_clocks_goes_back_day_by_day() -> None:
    texts = ["12:00", "06:00", "23:00", "11:00", "01:00", "22:00", "10:00"]
    assert series(texts)[::3] == ["03-02 12:00", "03-01 11:00", "02-28 10:00"]


@pytest.mark.parametrize(
    "headings", [((0, "2 March 2022"), (3, "1 March")), ((3, "2 March 2022"), (5, "1 March"))]
)
def test_day_headings_stand_above_or_below(headings: tuple[tuple[int, str], ...]) -> None:
    expected = ["03-02 12:31", "03-02 11:39", "03-02 02:02", "03-01 23:00", "03-01 22:00"]
    assert series(["12:31", "11:39", "02:02", "23:00", "22:00"], headings) == expected


def test_one_heading_below_all() -> None:
    got = series(
        ["12.31 Uhr", "11.39 Uhr", "02.02 Uhr"], ((3, "Dienstag, 1. März 2022"),), zone=BERLIN
    )
    assert got == ["03-01 11:31", "03-01 10:39", "03-01 01:02"]


def test_the_pages_own_dates_give_the_day() -> None:
    dates = (datetime(2014, 12, 31, 17, 10, tzinfo=UTC),)
    got = series(
        ["17.00", "16.06", "02.10", "02.10", "23.45"],
        dates=dates,
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert got == ["12-31 17:00", "12-31 16:06", "12-31 02:10", "12-31 02:10", "12-30 23:45"]


@pytest.mark.row("20")
def test_the_hour_that_comes_twice_is_told_by_neighbours() -> None:
    now = datetime(2021, 10, 31, 12, tzinfo=UTC)
    down = series(["03:10", "02:40", "02:10", "02:50", "02:20", "01:50"], zone=BERLIN, now=now)
    assert down == [
        "10-31 02:10",
        "10-31 01:40",
        "10-31 01:10",
        "10-31 00:50",
        "10-31 00:20",
        "10-30 23:50",
    ]
    assert (
        series(["01:50", "02:20", "02:50", "02:10", "02:40", "03:10"], zone=BERLIN, now=now)
        == down[::-1]
    )


@pytest.mark.row("20")
def test_the_hour_that_never_comes_is_still_an_instant() -> None:
    now = datetime(2022, 3, 27, 12, tzinfo=UTC)
    assert series(["03:10", "02:30", "01:50"], zone=BERLIN, now=now)[1] in {
        "03-27 01:30",
        "03-27 00:30",
    }


def test_the_year_comes_from_context() -> None:
    now = datetime(2022, 1, 1, 10, tzinfo=UTC)
    got = resolve(
        [s for t in ("Jan 1, 02:00 CET", "Dec 31, 13:28 CET") if (s := whole(t))], Context(now)
    )
    assert [r.at for r in got] == [
        datetime(2022, 1, 1, 1, tzinfo=UTC),
        datetime(2021, 12, 31, 12, 28, tzinfo=UTC),
    ]
    assert {r.stated for r in got} == {"clock"}


def test_terse_hours_are_what_their_neighbours_are() -> None:
    assert series(["14h30", "14 h", "13h20"], now=NOW + timedelta(hours=4))[1] == "03-02 14:00"
    assert series(["5m", "2h", "14h"]) == ["03-02 13:55", "03-02 12:00", "03-02 00:00"]


def test_a_zone_that_most_state_holds_for_all() -> None:
    assert series(["8:04 AM EST", "7:41 AM", "6:18 AM EST"]) == [
        "03-02 13:04",
        "03-02 12:41",
        "03-02 11:18",
    ]


def test_day_and_month_are_told_by_the_series() -> None:
    assert (
        series(["3/4/2022 10:00", "2/28/2022 9:00"], language="en-US", now=NOW + timedelta(days=5))[
            0
        ]
        == "03-04 10:00"
    )
    assert series(["2/3/2022 10:00", "1/3/2022 9:00"], zone=LONDON, language="en-GB") == [
        "03-02 10:00",
        "03-01 09:00",
    ]
    assert series(["1/3/2022 10:00", "28/2/2022 9:00"]) == [
        "03-01 10:00",
        "02-28 09:00",
    ]  # by what stands beside it


@pytest.mark.parametrize(
    ("language", "zone", "day"),
    [
        ("pt-BR", "America/Sao_Paulo", "02-03"),
        ("es", "America/Mexico_City", "02-03"),
        ("en", "America/Chicago", "03-02"),
        ("", "America/Chicago", "03-02"),
        ("en-US", "Europe/London", "03-02"),
        ("en_GB", "Europe/London", "02-03"),
        ("de", "UTC", "02-03"),
    ],
)
def test_day_and_month_are_as_the_language_has_them(language: str, zone: str, day: str) -> None:
    known = {"language": language, "zone": ZoneInfo(zone), "now": NOW + timedelta(days=9)}
    assert [at and at[:5] for at in series(["3/2/2022 12:00"], **known)] == [day]


def test_how_much_is_stated() -> None:
    cases = {
        "Mar 2, 2022, 8:04 AM EST": "instant",
        "8:04 AM EST": "clock",
        "Mar 2": "day",
        "5 min ago": "relative",
    }
    for text, stated in cases.items():
        stamp = whole(text)
        assert stamp is not None
        assert resolve([stamp], Context(NOW))[0].stated == stated


def test_minutes_of_a_match_are_no_instant() -> None:
    stamp = whole("90'+3")
    assert stamp == Stamp(played=90, weak=True)
    assert resolve([stamp], Context(NOW))[0].at is None


def test_other_notations_are_left_to_dateutil() -> None:
    assert lenient("Wednesday, 02-Mar-22 13:04:05 UTC") == Stamp(
        at=datetime(2022, 3, 2, 13, 4, 5, tzinfo=UTC)
    )
    assert lenient("Mars 13") is None
    assert lenient("x" * 500) is None
