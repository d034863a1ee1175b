"""Feeds as sources, item by item: declared types, spoiled characters, the newest end, other labels."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from feeder.errors import ReadError
from feeder.extract import extract
from feeder.extract.stated.feed import mend_ampersands, mend_references
from feeder.model import Document, Rules, Snapshot
from feeder.read.decode import decoded

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><title>Quay</title>{}</feed>"
RSS = "<rss version='2.0'><channel><title>Quay</title>{}</channel></rss>"


def read(body: str | bytes, type_: str = "application/xml", charset: str | None = None) -> Snapshot:
    raw = body.encode() if isinstance(body, str) else body
    document = Document("https://quay.example/feed", raw, type_, charset)
    return extract(document, Rules(NOW, timezone="UTC"))


def item(number: int, title: str = "", text: str = "Words.") -> str:
    return (
        f"<item><title>{title or f'Gauge {number}'}</title><guid isPermaLink='false'>g{number}</guid>"
        f"<description>{text}</description>"
        f"<pubDate>Mon, 02 Mar 2026 {number // 60:02}:{number % 60:02}:00 GMT</pubDate></item>"
    )


@pytest.mark.parametrize(
    ("entry", "title", "text"),
    [
        ("<title>Close &lt;/b&gt; &amp;amp; go</title><content type='text'>A &lt;td&gt; is missing</content>",
         "Close </b> &amp; go", "A <td> is missing"),
        (("<title type='html'>&lt;i&gt;Soft&lt;/i&gt; &amp;lt;b&amp;gt;</title>"
          "<content type='html'>&lt;p&gt;Two &lt;b&gt;bold&lt;/b&gt; words&lt;/p&gt;</content>"),
         "Soft <b>", "Two bold words"),
        (("<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Soft <i>rain</i></div></title>"
          "<summary>Rain &amp; wind</summary>"), "Soft rain", "Rain & wind"),
    ],
)  # fmt: skip
def test_what_atom_declares_is_believed(entry: str, title: str, text: str) -> None:
    [one] = read(ATOM.format(f"<entry><id>urn:x:1</id>{entry}</entry>")).updates
    assert (one.content.title, one.content.text) == (title, text)


def test_titles_and_text_of_a_json_feed_are_text_and_its_keys_are_in_any_order() -> None:
    feed = {
        "items": [
            {"content_text": "Use <hr> or <br>.", "id": "1", "title": "The <hr> tag"},
            None,
            {"content_html": "<p>Use <b>it</b></p>", "id": "2", "title": "A & B"},
        ],
        "title": "Tags " * 600,
        "version": "https://jsonfeed.org/version/1.1",
    }
    found = read(json.dumps(feed), "application/json")
    assert found.strategy == "feed"
    assert [(u.content.title, u.content.text) for u in found.updates] == [
        ("The <hr> tag", "Use <hr> or <br>."),
        ("A & B", "Use it"),
    ]
    assert any("1 of them cannot be read" in note.text for note in found.notes)


def test_an_api_that_only_speaks_of_a_json_feed_is_none() -> None:
    entries = [
        {"at": 1772445600 + n, "text": f"The pump of basin {n} runs at full power again.",
         "made_by": "https://jsonfeed.org/version/1"} for n in range(3)
    ]  # fmt: skip
    assert read(json.dumps({"items": entries}), "application/json").strategy == "api"


@pytest.mark.parametrize(
    ("given", "mended"),
    [
        ("a&#xD83D;&#xDE00;b", "a&#128512;b"),
        ("a&#55357;&#56832;b", "a&#128512;b"),
        ("a&#xD83D;b", "ab"),
        ("&#x110000;&#38;", "&#38;"),
        ("&#0;&#8;&#9;", "&#9;"),
        ("&#38;&amp;&#228;", "&#38;&amp;&#228;"),
    ],
)
def test_references_name_characters_or_go(given: str, mended: str) -> None:
    assert mend_references(given) == mended


def test_an_ampersand_of_its_own_is_one_and_in_cdata_it_stays() -> None:
    given = "A & B &amp; C&D;<![CDATA[x & y]]> & z<![CDATA[ & open"
    assert mend_ampersands(given) == "A &amp; B &amp; C&D;<![CDATA[x & y]]> &amp; z<![CDATA[ & open"
    [one] = read(RSS.format(item(1, "Fish & chips", "AT&T and others"))).updates
    assert (one.content.title, one.content.text) == ("Fish & chips", "AT&T and others")


@pytest.mark.row("36")
def test_one_spoiled_item_costs_itself_alone() -> None:
    found = read(RSS.format(item(1, text="Half &#xD83D; a face") + item(2)))
    assert [u.content.text for u in found.updates] == ["Half a face", "Words."]


@pytest.mark.row("37")
def test_the_newest_end_of_a_long_feed_is_read_whichever_it_is() -> None:
    items = [item(n) for n in range(520)]
    for listed in (items, items[::-1]):
        found = read(RSS.format("".join(listed)))
        assert {u.native_id for u in found.updates} == {f"g{n}" for n in range(20, 520)}
        assert any("newest 500" in note.text for note in found.notes)


def test_a_header_that_bytes_contradict_yields_to_the_label_inside() -> None:
    words = "Паром стоит у причала, потому что волна высокая"
    body = "<?xml version='1.0' encoding='koi8-r'?>" + RSS.format(item(1, text=words))
    found = read(body.encode("koi8-r"), charset="utf-8")
    assert found.updates[0].content.text == words


@pytest.mark.parametrize("coding", ["utf-8", "none", "aws-chunked", "UTF8", "", "identity"])
def test_a_coding_that_is_none_is_ignored(coding: str) -> None:
    assert decoded(b"words", coding, 100) == b"words"


@pytest.mark.row("54")
@pytest.mark.parametrize("coding", ["br", "gzip, br", "deflate", "zstd"])
def test_a_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(ReadError, match="only gzip was asked for"):
        decoded(b"words", coding, 100)
