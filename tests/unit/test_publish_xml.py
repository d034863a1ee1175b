"""Atom and RSS: what feedgen does otherwise than the formats ask, each told apart by a test."""

from __future__ import annotations

import json
import locale
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from lxml import etree
from making_feeds import BASE, FEED_ID, PAGE, START, entry, feed, nasty, rendered

from feeder.model import Image, Media
from feeder.render import render, xml

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def atom(*entries: Any, **fields: Any) -> Any:
    return etree.fromstring(xml.atom(feed(*rendered(*entries), **fields)))


def rss(*entries: Any, **fields: Any) -> Any:
    return etree.fromstring(xml.rss(feed(*rendered(*entries), **fields)))[0]


def texts(node: Any, path: str) -> list[str]:
    return [getattr(found, "text", found) for found in node.xpath(path, namespaces=NS)]


def test_nothing_depends_on_the_clock() -> None:
    """feedgen's `updated` and `lastBuildDate` are the clock's unless both are set."""
    assert texts(atom(), "a:updated") == ["2026-03-02T13:04:00+00:00"]
    assert texts(rss(), "lastBuildDate") == ["Mon, 02 Mar 2026 13:04:00 +0000"]


def test_entries_keep_their_order() -> None:
    """feedgen prepends."""
    three = [entry(number) for number in (1, 2, 3)]
    newest_first = [one.id for one in reversed(three)]
    assert texts(atom(*three), "a:entry/a:id") == newest_first
    assert texts(rss(*three), "item/guid") == newest_first


def test_every_nasty_entry_is_rendered() -> None:
    """feedgen raises on control characters, lone surrogates and empty titles."""
    entries = nasty()
    for document in (atom(*entries), rss(*entries)):
        found = texts(document, "a:entry/a:title | item/title")
        assert len(found) == len(entries)
        assert all(title and title == " ".join(title.split()) for title in found)


def test_a_title_is_made_where_there_is_none() -> None:
    caption = entry(1, title=" ", text="", images=(Image("https://img.example/1.jpg", "A crane"),))
    assert texts(atom(caption), "a:entry/a:title") == ["A crane"]
    assert texts(atom(entry(1, title="", text="", html="")), "a:entry/a:title") == [
        "2026-03-02 13:08 UTC"
    ]
    assert texts(atom(entry(1, title="", text="The water rises.")), "a:entry/a:title") == [
        "The water rises."
    ]


def test_titles_are_plain_text() -> None:
    """One level of escapes in both formats; numeric ones, which the RSS Best Practices Profile reads as plain text."""
    one = entry(1, title='AT&amp;T <b> & "x"')
    assert (
        texts(atom(one), "a:entry/a:title")
        == texts(rss(one), "item/title")
        == ['AT&amp;T <b> & "x"']
    )
    assert b"<title>AT&#x26;amp;T &#x3C;b&gt; &#x26;" in xml.rss(feed(*rendered(one)))
    assert atom(one).find("a:entry/a:title", NS).get("type") is None


def test_each_document_names_itself() -> None:
    """feedgen's RSS takes the Atom document's `self`, and the last link of all for the channel's."""
    assert texts(atom(), "a:link[@rel='self']/@href") == [f"{BASE}harbour.atom"]
    assert texts(rss(), "a:link[@rel='self']/@href") == [f"{BASE}harbour.rss"]
    assert texts(rss(), "link") == texts(atom(), "a:link[@rel='alternate']/@href") == [PAGE]


def test_hubs_are_named_in_both() -> None:
    """feedgen writes no link of RSS but `self`."""
    hubs = ("https://hub.example/", "https://other.example/hub")
    assert texts(atom(hubs=hubs), "a:link[@rel='hub']/@href") == list(hubs)
    assert texts(rss(hubs=hubs), "a:link[@rel='hub']/@href") == list(hubs)


def test_a_page_without_address_is_spoken_for_by_the_index() -> None:
    """A channel must have a link."""
    assert texts(rss(link=""), "link") == [f"{BASE}index.html"]


def test_bodies_are_html() -> None:
    """`content:encoded` needs a description as well, or feedgen puts the body there; `CDATA` is no type of Atom's."""
    one = entry(1, text="Water & <wind>", html="<p>Water &amp; &lt;wind&gt; ]]&gt;</p>")
    body = atom(one).find("a:entry/a:content", NS)
    assert (body.get("type"), body.text) == ("html", "<p>Water &amp; &lt;wind&gt; ]]&gt;</p>")
    assert texts(rss(one), "item/content:encoded") == [body.text]
    assert texts(rss(one), "item/description") == ["<p>Water &amp; &lt;wind&gt;</p>"]


@pytest.mark.parametrize("mode", ["excerpt", "link"])
def test_shorter_modes_leave_the_body_out(mode: Any) -> None:
    one = entry(1, text="word " * 100)
    made = feed(*rendered(one, content=mode))
    document, channel = etree.fromstring(xml.atom(made)), etree.fromstring(xml.rss(made))[0]
    assert texts(document, "a:entry/a:content") == texts(channel, "item/content:encoded") == []
    summary = f"<p>{'word ' * 56}"[:-1] + "…</p>" if mode == "excerpt" else "<p>Update 1</p>"
    assert texts(document, "a:entry/a:summary[@type='html']") == [summary]
    assert texts(channel, "item/description") == ([summary] if mode == "excerpt" else [])


def test_people_are_named_once() -> None:
    """RSS's own `author` is an e-mail address: feedgen drops one without."""
    one = entry(1, authors=("Ann", "Bob", "Ann", ""))
    assert (
        texts(atom(one), "a:entry/a:author/a:name")
        == texts(rss(one), "item/dc:creator")
        == ["Ann", "Bob"]
    )
    assert texts(rss(one), "item/author") == []


def test_an_entry_without_people_has_the_feeds_author() -> None:
    """RFC 4287 §4.1.1: each entry has an author, or its feed has."""
    assert texts(atom(entry(1)), "a:author/a:name") == ["A day at the harbour"]


def test_instants_are_whole_seconds_in_utc() -> None:
    one = entry(
        1,
        published=START + timedelta(microseconds=9),
        updated=START + timedelta(seconds=5, microseconds=9),
    )
    assert texts(atom(one), "a:entry/a:published") == ["2026-03-02T13:04:00+00:00"]
    assert texts(atom(one), "a:entry/a:updated") == ["2026-03-02T13:04:05+00:00"]
    assert texts(rss(one), "item/pubDate") == ["Mon, 02 Mar 2026 13:04:00 +0000"]
    assert texts(rss(one), "item/a:updated") == ["2026-03-02T13:04:05+00:00"]


def test_updated_is_never_before_published() -> None:
    one = entry(1, updated=START - timedelta(days=1))
    assert texts(atom(one), "a:entry/a:updated") == texts(atom(one), "a:entry/a:published")


@pytest.mark.parametrize("year", [1, 1900, 1969, 2026, 2400, 9999])
def test_years_of_any_kind_survive(year: int) -> None:
    at = datetime(year, 3, 2, 13, 4, tzinfo=UTC)
    one = entry(1, published=at, updated=at)
    assert texts(atom(one), "a:entry/a:published") == [at.isoformat()]
    if year > 1000:  # RFC 822 dates take four digits
        assert parsedate_to_datetime(texts(rss(one), "item/pubDate")[0]) == at


def test_the_locale_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """feedgen sets it around each date, for the whole process."""

    def refuse(*_: object) -> None:
        raise AssertionError("setlocale")

    monkeypatch.setattr(locale, "setlocale", refuse)
    xml.rss(feed(*rendered(entry(1))))


def test_ids_are_guids_that_are_no_addresses() -> None:
    assert texts(rss(entry(1)), "item/guid[@isPermaLink='false']") == texts(
        atom(entry(1)), "a:entry/a:id"
    )


def test_links_are_the_entries_own_or_the_pages() -> None:
    assert (
        texts(atom(entry(1)), "a:entry/a:link/@href")
        == texts(rss(entry(1)), "item/link")
        == [f"{PAGE}#block-1"]
    )
    assert texts(atom(entry(1, url=None)), "a:entry/a:link/@href") == [PAGE]


def test_an_entry_without_any_link_has_content() -> None:
    """RFC 4287 §4.1.2."""
    bare = render(entry(1, url=None, text="", html=""), feed_link="")
    document = etree.fromstring(xml.atom(feed(bare)))
    assert texts(document, "a:entry/a:link") == []
    assert texts(document, "a:entry/a:content") == ["<p>Update 1</p>"]


def test_pictures_stand_alone_with_size_caption_and_credit() -> None:
    """feedgen's own extension puts even one into a media:group."""
    image = Image("https://img.example/1.jpg", "A crane", "Photo: Ann", 640, 480)
    for document in (atom(entry(1, images=(image, image))), rss(entry(1, images=(image, image)))):
        [found] = document.findall(".//media:content", NS)
        assert dict(found.attrib) == {
            "url": image.url,
            "medium": "image",
            "width": "640",
            "height": "480",
        }
        assert texts(found, "media:description | media:credit") == ["A crane", "Photo: Ann"]
        assert document.find(".//media:group", NS) is None


def test_sound_is_an_enclosure() -> None:
    """feedgen forgets the `rel` of an entry's links, and takes the last enclosure for RSS, which has room for one."""
    media = (
        Media("https://img.example/a.mp3", "audio/mpeg", 99, "Wind"),
        Media("https://img.example/b.mp4", ""),
    )
    document, channel = atom(entry(1, media=media)), rss(entry(1, media=media))
    first, second = document.findall("a:entry/a:link[@rel='enclosure']", NS)
    assert dict(first.attrib) == {
        "rel": "enclosure",
        "href": media[0].url,
        "type": "audio/mpeg",
        "length": "99",
        "title": "Wind",
    }
    assert dict(second.attrib) == {
        "rel": "enclosure",
        "href": media[1].url,
        "type": "application/octet-stream",
    }
    [enclosure] = channel.findall("item/enclosure")
    assert dict(enclosure.attrib) == {"url": media[0].url, "length": "99", "type": "audio/mpeg"}
    assert texts(channel, "item/media:content/@url") == [one.url for one in media]


def test_languages_of_feed_and_entry() -> None:
    document, channel = (
        atom(entry(1, language="de_CH"), language="en_US"),
        rss(entry(1, language="de"), language="en_US"),
    )
    assert document.get(LANG) == "en-US"
    assert document.find("a:entry", NS).get(LANG) == "de-CH"
    assert texts(channel, "language") == ["en-US"]
    assert texts(channel, "item/dc:language") == ["de"]
    assert atom(language="?").get(LANG) is None


def test_topics() -> None:
    one = entry(1, categories=("a & b", "c", "c"))
    assert (
        texts(atom(one), "a:entry/a:category/@term")
        == texts(rss(one), "item/category")
        == ["a & b", "c"]
    )


def test_a_later_version_leads_to_the_first() -> None:
    """With `edits = "new"`. RSS has no room for it that readers would not take for the item's address."""
    one = entry(2, edit_of=entry(1).id)
    [link] = atom(one).findall("a:entry/a:link[@rel='related']", NS)
    assert dict(link.attrib) == {"rel": "related", "href": entry(1).id}
    assert not texts(rss(one), "item/atom:link")
    assert json.loads(render(one, feed_link=PAGE).json)["_feeder"]["edit_of"] == entry(1).id


def test_coverage_is_a_period_of_dublin_core() -> None:
    ends = {"coverage_start": START, "coverage_end": START + timedelta(hours=3)}
    wanted = ["start=2026-03-02T13:04:00+00:00; end=2026-03-02T16:04:00+00:00; scheme=W3C-DTF;"]
    assert (
        texts(atom(**ends), "dcterms:temporal") == texts(rss(**ends), "dcterms:temporal") == wanted
    )
    assert texts(atom(coverage_start=START), "dcterms:temporal") == [
        "start=2026-03-02T13:04:00+00:00; scheme=W3C-DTF;"
    ]
    assert b"dcterms" not in xml.atom(feed())


def test_tombstones_stand_before_the_entries() -> None:
    """RFC 6721 §3. RSS has no word for it: the item is absent."""
    gone, there = entry(1, removed=START + timedelta(hours=1)), entry(2)
    document = atom(gone, there)
    [grave] = document.findall("at:deleted-entry", NS)
    assert dict(grave.attrib) == {"ref": gone.id, "when": "2026-03-02T14:04:00+00:00"}
    assert document.index(grave) < document.index(document.find("a:entry", NS))
    assert texts(rss(gone, there), "item/guid") == [there.id]
    assert b"tombstones" not in xml.atom(feed(*rendered(there)))


def test_a_subscription_document_leads_to_the_newest_archive() -> None:
    made = replace(feed(*rendered(entry(1))), sealed=2)
    assert texts(etree.fromstring(xml.atom(made)), "a:link[@rel='prev-archive']/@href") == [
        f"{BASE}harbour/0002.atom"
    ]
    assert texts(atom(sealed=0), "a:link[@rel='prev-archive']") == []
    assert (
        texts(atom(sealed=4, first=5), "a:link[@rel='prev-archive']") == []
    )  # all of it was let go


def test_an_archive_document_knows_its_place() -> None:
    """RFC 5005 §4: fh:archive, current, both neighbours; the same id as the feed."""
    document = etree.fromstring(xml.atom(feed(*rendered(entry(101)), sealed=3), 2))
    links = {link.get("rel"): link.get("href") for link in document.findall("a:link", NS)}
    assert links == {
        "self": f"{BASE}harbour/0002.atom",
        "current": f"{BASE}harbour.atom",
        "prev-archive": f"{BASE}harbour/0001.atom",
        "next-archive": f"{BASE}harbour/0003.atom",
        "alternate": PAGE,
    }
    assert document.find("fh:archive", NS) is not None
    assert texts(document, "a:id") == [f"urn:uuid:{FEED_ID}"]
    first = etree.fromstring(xml.atom(feed(*rendered(entry(1)), sealed=3), 1))
    assert texts(first, "a:link[@rel='prev-archive']") == []


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Fix </div> tags", "Fix <\u2060/div> tags"),
        ("</b></h2>", "<\u2060/b><\u2060/h2>"),
        ("<b> 1 < 2 </ 3 </3> &lt;/b&gt;", "<b> 1 < 2 </ 3 </3> &lt;/b&gt;"),
    ],
)
def test_words_about_markup_are_not_taken_for_it(title: str, told: str) -> None:
    """The W3C validator warns of end tags in plain text, and readers that guess would leave them out."""
    pictured = {"images": (Image("https://i.example/1.jpg", title, title),)}
    heard = {"media": (Media("https://i.example/1.mp3", "audio/mpeg", 1, title),)}
    one = entry(1, title=title, authors=(title,), categories=(title,), **pictured, **heard)
    made = {"title": title, "description": title}
    paths = (
        "a:title",
        "a:subtitle",
        "a:entry/a:title",
        "a:entry/a:author/a:name",
        "a:entry/a:link/@title",
    )
    assert {text for path in paths for text in texts(atom(one, **made), path)} == {told}
    paths = (  # type: ignore[assignment]
        "title",
        "description",
        "item/title",
        "item/category",
        "item/dc:creator",
        "item/media:content/media:*",
    )
    assert {text for path in paths for text in texts(rss(one, **made), path)} == {told}
    assert json.loads(render(one, feed_link=PAGE).json)["title"] == title
