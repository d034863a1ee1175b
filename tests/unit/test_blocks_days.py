"""Which day a clock is of, by what the page says of itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeder.extract import extract
from feeder.model import Document, Rules

PUBLISHED = '<meta property="{}article:published_time" content="2026-03-02T07:00:00Z">'
MODIFIED = '<meta property="article:modified_time" content="{}">'
LONG_DAY = "10:00 9:30 9:00 8:50 8:30 8:20 7:00 23:10 18:00 8:05"
SECOND_DAY = ("03 09:00", "02 07:05")  # UTC
FIRST_DAY = ("02 16:00", "02 07:05")


def read(
    clocks: str,
    now: str,
    *,
    head: str = "",
    line: str = "",
    url: str = "https://kreis.example/live",
) -> list[str]:
    posts = "".join(
        f"<article><span>{clock} Uhr</span><h2>Meldung {number} von der Elbe</h2><p>Der Pegel ist um {number + 3} "
        "Zentimeter gestiegen, und die Feuerwehr pumpt weiter Keller leer, teilt der Landkreis mit.</p></article>"
        for number, clock in enumerate(clocks.split())
    )
    page = f"<html lang=de><head>{head}</head><body><main><h1>Hochwasser im Liveticker</h1>{line}{posts}</main></body>"
    rules = Rules(now=datetime.fromisoformat(now).replace(tzinfo=UTC), timezone="Europe/Berlin")
    updates = extract(Document(url, page.encode(), "text/html", "utf-8"), rules).updates
    assert len(updates) == len(clocks.split())
    return [f"{update.published:%d %H:%M}" for update in updates if update.published]


@pytest.mark.parametrize("place", [0, 1])
def test_a_day_in_a_cell_of_several_rows_is_that_of_all_of_them(place: int) -> None:
    """A day that has one row alone stands in the same column and spans none."""
    nights = {18: ("21:40", "20:15", "18:02"), 17: ("23:55",), 16: ("22:10", "19:31")}
    rows = ""
    for day, clocks in nights.items():
        span = f' rowspan="{len(clocks)}"' if len(clocks) > 1 else ""
        cell = f"<td{span}>2026-02-{day}</td>"
        for number, clock in enumerate(clocks):
            cells = ["<td>Dome</td>", f"<td>{clock}</td>", f"<td>Entry {clock} of the log.</td>"]
            cells.insert(place, "" if number else cell)
            rows += f"<tr>{''.join(cells)}</tr>"
    page = f"<html lang=en><body><main><h1>Log</h1><table>{rows}</table></main></body>"
    document = Document("https://dome.example/log", page.encode(), "text/html", "utf-8")
    updates = extract(
        document, Rules(now=datetime(2026, 3, 2, 12, tzinfo=UTC), timezone="UTC")
    ).updates
    told = [f"{day} {clock}" for day, clocks in nights.items() for clock in clocks]
    assert [f"{update.published:%d %H:%M}" for update in updates if update.published] == told


def test_a_time_for_those_who_hear_the_page_is_no_part_of_the_headline() -> None:
    posts = "".join(
        f"<article><h3><span>Gate {n} opens</span><span>published at {9 - n}:15 Greenwich Mean Time 2 March"
        f"</span></h3><b>0{9 - n}:15</b><p>The crew of the lock lets the ships in, one after another.</p>"
        "</article>"
        for n in range(4)
    )
    page = f"<html lang=en><body><main><h1>Live: the lock</h1>{posts}</main></body>"
    document = Document("https://lock.example/live", page.encode(), "text/html", "utf-8")
    updates = extract(document, Rules(now=datetime(2026, 3, 2, 12, tzinfo=UTC))).updates
    assert [update.content.title for update in updates] == [f"Gate {n} opens" for n in range(4)]
    assert [update.published.hour for update in updates if update.published] == [9, 8, 7, 6]


@pytest.mark.parametrize(
    ("clocks", "now", "given", "ends"),
    [
        # a page that says when it was published, and not that it goes on
        (LONG_DAY, "2026-03-03T09:05", {"head": PUBLISHED.format("")}, SECOND_DAY),
        (
            "10:00 9:30 0:40 23:10 18:00 8:05",
            "2026-03-03T09:05",
            {"head": PUBLISHED.format("")},
            SECOND_DAY,
        ),
        ("17:00 12:30 8:05", "2026-03-02T17:00", {"head": PUBLISHED.format("")}, FIRST_DAY),
        ("17:00 12:30 8:05", "2026-03-03T17:00", {"head": PUBLISHED.format("")}, FIRST_DAY),
        ("17:00 12:30 8:05", "2026-05-03T17:00", {"head": PUBLISHED.format("og:")}, FIRST_DAY),
        # one whose last change is never set anew
        (
            LONG_DAY,
            "2026-03-03T09:05",
            {"head": PUBLISHED.format("") + MODIFIED.format("2026-03-02T07:01Z")},
            SECOND_DAY,
        ),
        (
            LONG_DAY,
            "2026-03-05T09:05",
            {"head": PUBLISHED.format("") + MODIFIED.format("2026-03-03T09:01Z")},
            SECOND_DAY,
        ),
        # one that was modified, it says, long before it was published
        (
            LONG_DAY,
            "2026-03-03T09:05",
            {"head": PUBLISHED.format("") + MODIFIED.format("2015-01-01T09:01Z")},
            SECOND_DAY,
        ),
        # what it prints above, and how it is addressed
        (
            LONG_DAY,
            "2026-06-09T12:00",
            {"line": "<p>Aktualisiert am 3. März 2026, 10:02 Uhr</p>"},
            SECOND_DAY,
        ),
        (
            "17:00 12:30 8:05",
            "2026-06-09T12:00",
            {"line": "<p>2. März 2026, 8:00 Uhr</p>"},
            FIRST_DAY,
        ),
        (
            "17:00 12:30 8:05",
            "2026-03-03T17:00",
            {"line": "<p>2. März 2026, 8:00 Uhr</p>"},
            FIRST_DAY,
        ),
        (LONG_DAY, "2026-03-03T09:05", {"line": "<p>2. März 2026, 8:00 Uhr</p>"}, SECOND_DAY),
        (
            "17:00 12:30 8:05",
            "2026-06-09T12:00",
            {"url": "https://kreis.example/2026/03/02/live.html"},
            FIRST_DAY,
        ),
        (
            "17:00 12:30 8:05",
            "2026-06-09T12:00",
            {"url": "https://kreis.example/live-20260302"},
            FIRST_DAY,
        ),
        (
            LONG_DAY,
            "2026-03-03T09:05",
            {"url": "https://kreis.example/2026-03-02/live"},
            SECOND_DAY,
        ),
        (
            LONG_DAY,
            "2026-03-03T09:05",
            {"url": "https://kreis.example/2026-13-40/live"},
            SECOND_DAY,
        ),
    ],
)
def test_the_day_of_the_clocks(
    clocks: str, now: str, given: dict[str, str], ends: tuple[str, str]
) -> None:
    found = read(clocks, now, **given)
    assert (found[0], found[-1]) == ends
