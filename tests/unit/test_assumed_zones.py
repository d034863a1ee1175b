"""What a page leaves open of its times, from a served page to the feed, the status and a preview."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from loopback import Answer, Site, page
from pipeline import Pipeline

from feeder.config import Fetch
from feeder.operations.oneshot import extract_here
from feeder.operations.preview import Preview, PreviewOptions, look_at
from feeder.operations.status import Status, one_status
from feeder.polling.source_state import zone_of
from feeder.read.fetcher import Fetcher
from feeder.when import named

BEFORE = (5, 38, 64, 131, 187)  # minutes
SAYS = (
    "The north gate opened after the inspection of its hinges.",
    "Two pilots came aboard the grain ship at the outer buoy.",
    "Divers found the lost anchor in eleven metres of water.",
    "The harbour office moved its counter to the old customs house.",
    "A crane on the east quay was stopped because of gusts.",
)
IN_WORDS = "%-d %B %Y, %H:%M"
JSON = {"Content-Type": "application/json"}


def true_times() -> list[datetime]:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return [now - timedelta(minutes=minutes) for minutes in BEFORE]


def clocks(zone: str, form: str) -> list[tuple[str, str]]:
    """The true times as clocks of a zone show them, each with what happened then."""
    tz = named(zone)
    assert tz is not None
    return [
        (at.astimezone(tz).strftime(form), said)
        for at, said in zip(true_times(), SAYS, strict=True)
    ]


def blocks(zone: str, head: str = "", lang: str = "en", first: int = 0, **headers: str) -> Answer:
    posts = "".join(
        f"<article><time>{clock}</time><p>{said}</p></article>"
        for clock, said in clocks(zone, IN_WORDS)[first:]
    )
    html = f"<html lang='{lang}'><head>{head}</head><body><main><h1>Harbour live</h1>{posts}"
    return page(f"<!doctype html>{html}</main></body></html>".encode(), **headers)


def feed(zone: str, language: str = "") -> Answer:
    items = "".join(
        f"<item><title>{said[:30]}</title><description>{said}</description><pubDate>{clock}</pubDate></item>"
        for clock, said in clocks(zone, "%a, %d %b %Y %H:%M:00")
    )
    said = f"<language>{language}</language>" if language else ""
    text = f"<rss version='2.0'><channel><title>Harbour</title>{said}{items}</channel></rss>"
    return page(text.encode(), content_type="application/rss+xml")


def api(zone: str) -> Answer:
    items = [
        {"id": number, "created_at": clock, "text": said}
        for number, (clock, said) in enumerate(clocks(zone, "%Y-%m-%d %H:%M:00"))
    ]
    return page(json.dumps(items).encode(), content_type="application/json")


def jsonld(zone: str, lang: str = "en") -> Answer:
    posts = [
        {"@type": "BlogPosting", "@id": f"#p{number}", "datePublished": clock, "articleBody": said}
        for number, (clock, said) in enumerate(clocks(zone, "%Y-%m-%dT%H:%M:00"))
    ]
    blog = {"@type": "LiveBlogPosting", "headline": "Harbour", "liveBlogUpdate": posts}
    script = f"<script type='application/ld+json'>{json.dumps(blog)}</script>"
    html = f"<html lang='{lang}'><head>{script}</head><body></body></html>"
    return page(f"<!doctype html>{html}".encode())


def published_in(offset: str) -> str:
    """A meta tag with the page's own date."""
    day = datetime.now(UTC) - timedelta(days=1)
    return f"<meta property='article:published_time' content='{day:%Y-%m-%dT%H:%M:%S}{offset}'>"


@dataclass
class Rung:
    """Why a zone is assumed, the served page, the zone as status tells it."""

    served: Callable[[], Answer]
    timezone: str
    why: str  # a part of the reason; "": nothing was assumed
    settings: tuple[str, ...] = ()


SELECT = ('extract = "select"', "[source.select]", 'update = "article"', 'time = "time"')
TOKYO, AHEAD = partial(blocks, "Asia/Tokyo"), "ahead of now"
BUILT = "<script>{'built': '2026-11-20T10:00:00-03:00'}</script>"
RUNGS = {
    "setting": Rung(TOKYO, "Asia/Tokyo", "", ('timezone = "Asia/Tokyo"',)),
    "setting before page": Rung(
        partial(TOKYO, published_in("+02:00"), "fi"), "Asia/Tokyo", "", ('timezone = "Asia/Tokyo"',)
    ),
    "page's date": Rung(partial(TOKYO, published_in("+09:00")), "+09:00", "its own times"),
    "page's date and language": Rung(
        partial(TOKYO, published_in("+0900"), "ja"), "Asia/Tokyo", "its own times"
    ),
    "stamp elsewhere": Rung(partial(blocks, "-03:00", BUILT), "-03:00", "its own times"),
    "language": Rung(
        partial(blocks, "Europe/Helsinki", "", "fi"), "Europe/Helsinki", "language, fi"
    ),
    "country": Rung(partial(blocks, "Europe/Vienna", "", "de-AT"), "Europe/Vienna", "de-AT"),
    "language as set": Rung(
        partial(blocks, "Europe/Helsinki"), "Europe/Helsinki", "language, fi", ('language = "fi"',)
    ),
    "newest update": Rung(TOKYO, "+09:00", AHEAD),
    "newest update against language": Rung(partial(TOKYO, "", "fi"), "+09:00", AHEAD),
    "nothing": Rung(partial(blocks, "UTC"), "UTC", "nothing on the page"),
    "language of a feed": Rung(
        partial(feed, "Europe/Helsinki", "fi"), "Europe/Helsinki", "language, fi"
    ),
    "newest item of a feed": Rung(partial(feed, "Asia/Tokyo"), "+09:00", AHEAD),
    "newest item of an API": Rung(partial(api, "Asia/Tokyo"), "+09:00", AHEAD),
    "language of structured data": Rung(
        partial(jsonld, "Europe/Helsinki", "fi"), "Europe/Helsinki", "language, fi"
    ),
    "newest update of structured data": Rung(partial(jsonld, "Asia/Tokyo"), "+09:00", AHEAD),
    "newest of what selectors name": Rung(TOKYO, "+09:00", AHEAD, SELECT),
}


@pytest.mark.parametrize("rung", RUNGS.values(), ids=RUNGS.keys())
def test_the_zone_of_times_without_one_is_inferred_and_told(
    line: Pipeline, there: Site, rung: Rung
) -> None:
    line.configured(there.url("/live"), *rung.settings)
    there.serve("/live", rung.served())
    true = true_times()
    line.refresh()
    assert times(line) == true
    status = status_of(line)
    why = status.assumed.why if status.assumed else ""
    assert (status.timezone, rung.why in why, bool(why)) == (rung.timezone, True, bool(rung.why))
    assert not rung.why or rung.timezone in why


@pytest.mark.parametrize("name", ["newest update", "language of a feed", "newest item of an API"])
def test_a_preview_says_the_zone_that_it_assumed(there: Site, name: str) -> None:
    there.serve("/live", RUNGS[name].served())
    true = true_times()
    seen = look(there)
    assert seen.assumed is not None
    assert (seen.assumed.timezone, seen.unread) == (RUNGS[name].timezone, 0)
    assert seen.assumed.why in seen.sentences
    assert [update.published for update in seen.updates] == true


def test_a_zone_that_was_inferred_holds_for_later_reads_and_for_cron_lines(
    line: Pipeline, there: Site
) -> None:
    """The newest update goes; the others alone would allow a zone further west."""
    line.configured(there.url("/live"), 'cron = "0 3 * * *"')
    there.serve("/live", TOKYO(), TOKYO(first=2))
    line.refresh()
    assert line.source_state.next_due is not None
    assert line.source_state.next_due.astimezone(ZoneInfo("Asia/Tokyo")).hour == 3
    before = times(line)
    line.refresh()
    assert (status_of(line).timezone, times(line)) == ("+09:00", before)


def test_days_of_a_digest_are_those_of_the_inferred_zone(line: Pipeline, there: Site) -> None:
    line.configured(there.url("/live"), 'digest = "1d"')
    there.serve("/live", TOKYO())
    line.refresh()
    source, source_state = line.store.source("harbour") or pytest.fail("the source is gone")
    assert zone_of(source, source_state.profile) == "+09:00"


def test_the_servers_clock_tells_the_zone_where_ours_is_fast(line: Pipeline, there: Site) -> None:
    """It answers as if it were six hours ago: nothing that it shows is newer than that."""
    sent = datetime.now(UTC) - timedelta(hours=6)
    there.serve("/live", blocks("+03:00", date=format_datetime(sent, usegmt=True)))
    line.refresh()
    assert status_of(line).timezone == "+09:00"


@pytest.mark.parametrize(
    ("form", "setting", "month"),
    [
        ("0{day}/10/2025 14:05", 'date_order = "dmy"', 10),
        ("10/0{day}/2025 14:05", 'date_order = "mdy"', 10),
        ("25/10/0{day} 14:05", 'date_order = "ymd"', 10),
        ("{day}. listopada 2025 14:05", 'language = "hr"', 10),
        ("{day}. listopadu 2025 14:05", 'language = "cs"', 11),
    ],
)
def test_language_and_date_order_are_the_way_out(
    line: Pipeline, there: Site, form: str, setting: str, month: int
) -> None:
    days = (8, 7, 5, 4, 2)
    posts = "".join(
        f"<article><time>{form.format(day=day)}</time><p>{said}</p></article>"
        for day, said in zip(days, SAYS, strict=True)
    )
    html = f"<!doctype html><html><body><main>{posts}</main></body></html>"
    there.serve("/live", page(html.encode()))
    line.configured(there.url("/live"), setting, 'timezone = "UTC"')
    line.refresh()
    assert times(line) == [datetime(2025, month, day, 14, 5, tzinfo=UTC) for day in days]


def test_times_that_are_not_understood_are_counted_and_told(line: Pipeline, there: Site) -> None:
    items = [
        {"id": number, "created_at": clock, "text": said}
        for number, (clock, said) in enumerate(clocks("UTC", "%Y-%m-%dT%H:%M:00Z"))
    ]
    items[3]["created_at"] = "the day before the fair"
    there.serve("/live", page(json.dumps(items).encode(), content_type="application/json"))
    line.refresh()
    assert (status_of(line).unread, look(there).unread) == (1, 1)


def times(line: Pipeline) -> list[datetime]:
    """The times of the feed, newest first."""
    return [datetime.fromisoformat(entry.published) for entry in line.feed().entries]


def status_of(line: Pipeline) -> Status:
    status = one_status(line.store, line.settings, "harbour")
    assert status is not None
    return status


def look(there: Site) -> Preview:
    async def look_once() -> Preview:
        settings = Fetch(allow_private=True, respect_robots=False)
        async with Fetcher(settings) as fetcher:
            options = PreviewOptions()
            return await look_at(there.url("/live"), fetcher, extract_here, options, trusted=True)

    return asyncio.run(look_once())
