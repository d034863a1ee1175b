"""Bundles, digests, status, other moments; the page and the list of all feeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree, html
from making_feeds import BASE, FEED_ID, PAGE, SPACE, START, entry, feed, rendered

from feeder.model import Change
from feeder.publish import publish_index, publish_status
from feeder.render import (
    StateTurn,
    arrived_after,
    bundle,
    composed,
    digest,
    digest_id,
    known_at,
    xml,
)
from feeder.render.digest import period
from feeder.render.status_feed import status_entry

if TYPE_CHECKING:
    from pathlib import Path

A = "{http://www.w3.org/2005/Atom}"
NIGHT = START.replace(hour=23)


def test_a_bundle_has_the_newest_of_all(tmp_path: Path) -> None:
    one = feed(
        *rendered(entry(1), entry(3), entry(5)), name="one", title="One & all", language="de"
    )
    two = feed(
        *rendered(entry(2), entry(4, language="fr"), entry(6, removed=START)),
        name="two",
        id=SPACE.urn,
    )
    made = bundle(feed(name="everything", link=""), [one, two], keep=4)
    document = etree.fromstring(xml.atom(made))
    entries = document.findall(f"{A}entry")
    assert [found.findtext(f"{A}id") for found in entries] == [
        entry(number).id for number in (5, 4, 3, 2)
    ]
    assert [grave.id for grave in made.deleted] == [entry(6).id]
    source = entries[0].find(f"{A}source")
    assert [source.findtext(f"{A}{name}") for name in ("id", "title")] == [one.id, "One & all"]
    assert [link.get("href") for link in source.findall(f"{A}link")] == [f"{BASE}one.atom", PAGE]
    assert [found.get("{http://www.w3.org/XML/1998/namespace}lang") for found in entries] == [
        "de",
        "fr",
        "de",
        None,
    ]
    item = etree.fromstring(xml.rss(made)).find("channel/item")
    assert (item.find("source").get("url"), item.findtext("source")) == (
        f"{BASE}one.rss",
        "One & all",
    )


def test_a_bundle_does_not_depend_on_the_order_of_its_sources() -> None:
    one, two = (
        feed(*rendered(entry(1)), name="one"),
        feed(*rendered(entry(2, published=entry(1).published)), name="two"),
    )
    whole = feed(name="everything")
    assert bundle(whole, [one, two], 9) == bundle(whole, [two, one], 9)


def test_an_entry_of_a_bundle_changes_only_with_its_own() -> None:
    """A source's `updated` would move all of them at each change of one."""
    before = bundle(feed(), [feed(*rendered(entry(1)))], 9)
    after = bundle(feed(), [feed(*rendered(entry(1), entry(2)))], 9)
    assert after.items[1] == before.items[0]


def digested(
    *entries: Any, every: timedelta = timedelta(hours=1), zone: str | None = None, now: datetime
) -> Any:
    return digest(entries, FEED_ID, every, zone, now)


def test_a_digest_has_an_entry_for_each_hour_that_is_over() -> None:
    entries = [
        entry(number, published=START + timedelta(minutes=40 * number)) for number in range(3)
    ]
    made = digested(*entries, now=START.replace(hour=15, minute=0))
    assert [one.content.title for one in made] == [
        "2026-03-02, 14:00–15:00: 1 update",
        "2026-03-02, 13:00–14:00: 2 updates",
    ]
    assert made[0].published == START.replace(hour=15, minute=0)
    assert made[0].content.html.startswith(
        f'<h2><a href="{PAGE}#block-2">Update 2</a></h2>\n<p>14:24</p>\n<p>'
    )


def test_an_hour_that_goes_on_is_not_told_yet() -> None:
    assert digested(entry(1), now=START.replace(minute=59)) == []


def test_days_are_those_of_the_sources_zone() -> None:
    late, early = entry(1, published=NIGHT), entry(2, published=NIGHT - timedelta(hours=4))
    made = digested(
        late, early, every=timedelta(days=1), zone="Europe/Berlin", now=NIGHT + timedelta(days=2)
    )
    assert [one.content.title for one in made] == ["2026-03-03: 1 update", "2026-03-02: 1 update"]
    assert made[0].published == datetime(2026, 3, 3, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)]
)
def test_a_day_of_a_clock_change_is_shorter_or_longer(
    day: tuple[int, int, int], hours: int
) -> None:
    over = period(datetime(*day, 12, tzinfo=UTC), timedelta(days=1), "Europe/Berlin")
    assert over.end.astimezone(UTC) - over.start.astimezone(UTC) == timedelta(hours=hours)


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    zone = "Europe/Berlin"
    first, second = (
        period(datetime(2026, 10, 25, hour, 30, tzinfo=UTC), timedelta(hours=1), zone)
        for hour in (0, 1)
    )
    assert first.end.astimezone(UTC) == second.start.astimezone(UTC)
    ids = {
        one.id
        for one in digested(
            entry(1, published=first.start),
            entry(2, published=second.start),
            zone="Europe/Berlin",
            now=second.end,
        )
    }
    assert len(ids) == 2


def test_a_digest_keeps_its_ids_and_moves_with_an_edit() -> None:
    now = START + timedelta(days=1)
    [before], [after] = (
        digested(entry(1), now=now),
        digested(entry(1, updated=now), entry(2), now=now),
    )
    assert (after.id, after.published, after.updated) == (before.id, before.published, now)
    assert digested(entry(1, removed=now), entry(2, hidden=True), now=now) == []
    assert digest_id(FEED_ID) != f"urn:uuid:{FEED_ID}"


def turn(**fields: Any) -> StateTurn:
    return StateTurn(
        **{
            "feed_id": FEED_ID,
            "name": "harbour",
            "at": START,
            "state": "failing",
            "was": "live",
            **fields,
        }
    )


def test_status_tells_each_change_of_state(tmp_path: Path) -> None:
    turns = [
        turn(reason="no answer from <harbour>", page=PAGE),
        turn(at=NIGHT, state="live", was="failing"),
    ]
    publish_status(feed(name="status", title="Status", link=""), turns, tmp_path)
    document = etree.parse(tmp_path / "status.atom")
    titles = [found.text for found in document.iterfind(f"{A}entry/{A}title")]
    assert titles == ["harbour: live (was failing)", "harbour: failing (was live)"]
    assert [found.text for found in document.iterfind(f"{A}entry/{A}content")] == [
        "<p>harbour is live.</p>",
        "<p>no answer from &lt;harbour&gt;</p>",
    ]


def test_what_turns_in_one_second_is_told_apart(tmp_path: Path) -> None:
    turns = [turn(at=START + timedelta(microseconds=after)) for after in (1, 2)]
    publish_status(feed(name="status"), turns, tmp_path)
    times = [
        found.text
        for found in etree.parse(tmp_path / "status.atom").iterfind(f"{A}entry/{A}updated")
    ]
    assert times == ["2026-03-02T13:04:00.000002+00:00", "2026-03-02T13:04:00.000001+00:00"]


def test_a_renamed_source_keeps_what_was_told_of_it() -> None:
    assert status_entry(turn(name="other")).id == status_entry(turn()).id


def changes() -> list[Change]:
    first, second = entry(1), entry(2)
    return [
        Change("added", START, first),
        Change("added", START + timedelta(hours=1), second),
        Change("edited", START + timedelta(hours=2), replace(first, revision=2)),
        Change("added", START + timedelta(hours=2), entry(3, hidden=True)),
        Change(
            "removed",
            START + timedelta(hours=3),
            replace(second, removed=START + timedelta(hours=3)),
        ),
    ]


@pytest.mark.parametrize(
    ("hours", "wanted"),
    [(-1, []), (0, [(1, 1)]), (1, [(2, 1), (1, 1)]), (2, [(2, 1), (1, 2)]), (3, [(1, 2)])],
)
def test_a_feed_as_it_was_known_then(hours: int, wanted: list[tuple[int, int]]) -> None:
    known = known_at(changes(), START + timedelta(hours=hours))
    assert [(one.number, one.revision) for one in known] == wanted


def test_what_has_arrived_since() -> None:
    entries = [
        entry(1, first_seen=START),
        entry(2, first_seen=START + timedelta(hours=1)),
        entry(3, first_seen=START + timedelta(hours=1), hidden=True),
        entry(4, first_seen=START, removed=START + timedelta(hours=2)),
    ]
    assert [one.number for one in arrived_after(entries, START)] == [4, 2]
    assert [one.id for one in composed(feed(), arrived_after(entries, START)).deleted] == [
        entries[3].id
    ]


def test_the_index_shows_how_to_subscribe(tmp_path: Path) -> None:
    hostile = '"><script>alert(1)</script>'
    made = feed(title=hostile, description=hostile, link=f"{PAGE}?{hostile}", language="de")
    publish_index([made, feed(name="another")], tmp_path)
    text = (tmp_path / "index.html").read_text()
    page = html.document_fromstring(text)
    assert "<script" not in text
    assert [link.get("href") for link in page.xpath("//link[@rel='alternate']")] == [
        f"{BASE}{name}.{form}"
        for name in ("another", "harbour")
        for form in ("atom", "rss", "json")
    ]
    assert page.xpath("//li[@id='harbour']/h2/a")[0].text == hostile
    assert page.xpath("//li[@id='harbour']/@lang") == ["de"]
    assert (
        publish_index([made, feed(name="another", updated=NIGHT)], tmp_path) == ()
    )  # nothing volatile in it


def test_the_list_of_feeds_is_opml(tmp_path: Path) -> None:
    publish_index([feed(title="Salt & <sea>"), feed(name="another")], tmp_path)
    root = etree.parse(tmp_path / "feeds.opml").getroot()
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert [dict(outline.attrib) for outline in root.iterfind("body/outline")][1] == {
        "type": "rss",
        "text": "Salt & &lt;sea>",
        "title": "Salt & &lt;sea>",
        "xmlUrl": f"{BASE}harbour.atom",
        "htmlUrl": PAGE,
    }


def test_an_installation_without_feeds_has_its_pages(tmp_path: Path) -> None:
    publish_index([], tmp_path)
    assert "No page is followed yet" in (tmp_path / "index.html").read_text()
    assert len(etree.parse(tmp_path / "feeds.opml").findall("body/outline")) == 1


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("AT&T &amp; <b>", "AT&amp;T &amp;amp; &lt;b>"),
        ("Salt & pepper", "Salt & pepper"),
        ("&#65;", "&amp;#65;"),
    ],
)
def test_a_title_in_the_list_is_no_markup(tmp_path: Path, title: str, told: str) -> None:
    """OPML 2.0 lets `text` hold HTML."""
    publish_index([feed(title=title)], tmp_path)
    [outline] = etree.parse(tmp_path / "feeds.opml").findall("body/outline")
    assert (outline.get("text"), outline.get("title")) == (told, told)
