"""Each explicit kind of evidence, on pages of our own: what it reads, and what it leaves alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from feeder.errors import ExtractError
from feeder.extract import extract, extractors
from feeder.extract.stated.json_body import rendered
from feeder.model import Document, Image, Media, Rules, Snapshot

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
URL = "https://news.example/live"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def read(
    body: str, kind: str = "auto", type_: str = "text/html", **rules: dict[str, str]
) -> Snapshot:
    return extract(
        Document(URL, body.encode(), type_), Rules(NOW, timezone="UTC", extract=kind, **rules)
    )  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------- hfeed

ENTRY = """<article class="h-entry" id="{id}"><h2 class="p-name">{name}</h2>
<a class="u-url" href="/p/{id}"><time class="dt-published" datetime="2026-03-02T1{id}:00:00Z">x</time></a>
<div class="e-content"><p>Words of number {id} that are many enough.</p></div>{more}</article>"""


def entries(*more: str) -> str:
    return "".join(ENTRY.format(id=n, name=f"Name {n}", more=m) for n, m in enumerate(more))


def test_entries_of_a_feed() -> None:
    author = '<a class="p-author h-card" href="/a"><img alt="" src="/a.jpg"><span class="p-name">Ana Lind</span></a>'
    snapshot = read(
        f'<div class="h-feed"><h1 class="p-name">Harbour</h1>{entries(author, "")}</div>', "hfeed"
    )
    first, second = snapshot.updates
    assert (snapshot.title, first.content.title, first.published) == ("Harbour", "Name 0", at(10))
    assert (first.native_id, first.url) == ("https://news.example/p/0", "https://news.example/p/0")
    assert (first.content.authors, second.content.authors) == (("Ana Lind",), ())


def test_what_an_entry_quotes_is_no_entry_and_not_its_time() -> None:
    cite = (
        '<div class="u-in-reply-to h-cite"><time class="dt-published" datetime="2020-01-01">old</time>'
        '<p class="p-name">x</p></div>'
    )
    comment = '<div class="p-comment h-entry"><p class="e-content">I say no</p></div>'
    snapshot = read(entries(cite, comment, ""), "hfeed")
    assert [u.published for u in snapshot.updates] == [at(10), at(11), at(12)]


def test_a_note_has_no_headline() -> None:
    note = (
        '<div class="h-entry"><p class="p-name e-content">A note {0} of a few words</p>'
        '<a class="u-url p-name" href="/{0}">'
    )
    note += '<time class="dt-published" datetime="2026-03-02T1{0}:00Z">1{0}:00</time></a></div>'
    snapshot = read("".join(note.format(n) for n in range(3)), "hfeed")
    assert [(u.content.title, u.content.derived) for u in snapshot.updates[:1]] == [
        ("A note 0 of a few words", True)
    ]


def test_classic_hatom() -> None:
    post = '<div class="hentry"><h2 class="entry-title"><a rel="bookmark" href="/{0}">Title {0}</a></h2>'
    post += (
        '<abbr class="published" title="2026-03-02T1{0}:00:00Z">x</abbr><div class="entry-content">'
        "<p>Some words {0}</p></div>"
    )
    post += '<span class="author vcard"><span class="fn">Ana Lind</span></span></div>'
    first = read("".join(post.format(n) for n in range(3)), "hfeed").updates[0]
    assert (first.content.title, first.published, first.url) == (
        "Title 0",
        at(10),
        "https://news.example/0",
    )
    assert first.content.authors == ("Ana Lind",)


def test_one_entry_among_teasers_is_an_article() -> None:
    main = (
        '<div class="h-entry"><p class="e-content">'
        + "many words of an article " * 50
        + "</p></div>"
    )
    assert read(main + entries("", ""), "hfeed").updates == ()


# ---------------------------------------------------------------------------------------- microdata

LIVE = """<div itemscope itemtype="https://schema.org/LiveBlogPosting"><meta itemprop="headline" content="Harbour">
<meta itemprop="coverageEndTime" content="2026-03-02T17:00:00Z">{}</div>"""
POST = """<div itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting" id="u{0}">
<meta itemprop="datePublished" content="2026-03-02T1{0}:00:00Z"><h2 itemprop="headline">Head {0}</h2>
<div itemprop="articleBody"><p>Body {0}</p></div><span itemprop="author" itemscope itemtype="https://schema.org/Person">
<meta itemprop="name" content="Ana Lind"></span><meta itemprop="url" content="{1}#u{0}"></div>"""


def test_live_updates_in_microdata() -> None:
    snapshot = read(LIVE.format("".join(POST.format(n, URL) for n in range(3))), "microdata")
    first = snapshot.updates[0]
    assert (snapshot.title, snapshot.ended, first.native_id, first.published) == (
        "Harbour",
        True,
        "u0",
        at(10),
    )
    assert (first.content.title, first.content.text, first.content.authors) == (
        "Head 0",
        "Body 0",
        ("Ana Lind",),
    )


def test_an_article_with_teasers_and_comments_in_microdata_has_no_updates() -> None:
    article = (
        '<article itemscope itemtype="http://schema.org/NewsArticle">'
        '<time itemprop="datePublished" datetime="2026-03-02">x</time>'
    )
    article += f'<div itemprop="articleBody">{"<p>A paragraph of the story, as long as they are.</p>" * 20}</div>'
    comment = (
        '<div itemprop="comment" itemscope itemtype="http://schema.org/Comment">'
        '<time itemprop="dateCreated" datetime="2026-03-02T1{}:00Z">'
    )
    comments = "".join(
        comment.format(n) + "</time><p itemprop=text>I say so too</p></div>" for n in range(9)
    )
    teaser = (
        '<aside><div itemscope itemtype="http://schema.org/NewsArticle"><a itemprop=headline>Other story</a>'
        "</div></aside>"
    )
    assert read(f"{article}{comments}</article>{teaser * 5}", "microdata").updates == ()


# ---------------------------------------------------------------------------------------------- amp


def test_an_amp_live_list_with_its_edits_and_tombstones() -> None:
    item = (
        '<div id="{0}" data-sort-time="{1}" {2}><h4>Head {0}</h4><p class=date>10:00</p>'
        "<p class=byline>By Ana Lind</p><p>Body {0}</p></div>"
    )
    items = item.format("p1", 1772445600, 'data-update-time="1772445900"') + item.format(
        "p2", 1772445000, "data-tombstone"
    )
    items += item.format("p3", "20260302093000", "")
    snapshot = read(
        f"<amp-live-list id=l><button update>New</button><div items>{items}</div></amp-live-list>",
        "amp",
    )
    first, third = snapshot.updates
    assert (first.native_id, first.published, first.modified, first.url) == (
        "p1",
        at(10),
        at(10, 5),
        f"{URL}#p1",
    )
    assert (first.content.title, first.content.text, first.content.authors) == (
        "Head p1",
        "Body p1",
        ("Ana Lind",),
    )
    assert (third.published, snapshot.deleted) == (at(9, 30), frozenset({"p2"}))


# --------------------------------------------------------------------------------------------- feed

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour</title><language>en-us</language><item>
<title>A &amp;amp; B</title><guid isPermaLink="false">g1</guid><link>https://news.example/1</link>
<pubDate>Mon, 02 Mar 2026 05:00:00 EST</pubDate><author>desk@news.example (Ana Lind)</author>
<description>&lt;p&gt;Body &lt;a href="/x"&gt;link&lt;/a&gt;&lt;script&gt;x&lt;/script&gt;&lt;/p&gt;</description>
<enclosure url="/a.mp3" type="audio/mpeg" length="1"/></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>Harbour</title>
<link rel="next" href="/feed?page=2"/><at:deleted-entry ref="urn:gone" when="2026-03-02T10:00:00Z"/>
<entry><id>urn:1</id>
<title type="html">A &lt;b&gt;b&lt;/b&gt;</title>
<published>2026-03-02T10:00:00Z</published>
<updated>2026-03-02T11:00:00Z</updated><author><name>Ana Lind</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Body</p></div></content></entry></feed>"""


def test_rss() -> None:
    snapshot = read(RSS, type_="application/rss+xml")
    (one,) = snapshot.updates
    assert (snapshot.strategy, snapshot.title, snapshot.language) == ("feed", "Harbour", "en-US")
    assert (one.native_id, one.url, one.published) == ("g1", "https://news.example/1", at(10))
    assert (one.content.title, one.content.html) == (
        "A & B",
        '<p>Body <a href="https://news.example/x">link</a></p>',
    )
    assert one.content.media == (Media("https://news.example/a.mp3", "audio/mpeg"),)


def test_atom_with_tombstones_and_a_next_page() -> None:
    snapshot = read(ATOM, type_="application/atom+xml")
    (one,) = snapshot.updates
    assert (one.native_id, one.published, one.modified) == ("urn:1", at(10), at(11))
    assert (one.content.title, one.content.text, one.content.authors) == (
        "A b",
        "Body",
        ("Ana Lind",),
    )
    assert (snapshot.deleted, snapshot.older) == (
        frozenset({"urn:gone"}),
        "https://news.example/feed?page=2",
    )


def test_json_feed() -> None:
    item = {
        "id": 7,
        "content_text": "5 < 6",
        "date_published": "2026-03-02T10:00:00Z",
        "image": "/i.jpg",
        "tags": ["t"],
    }
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour",
        "items": [item],
        "next_url": "/2",
    }
    snapshot = read(json.dumps(feed), type_="application/feed+json")
    (one,) = snapshot.updates
    assert (one.native_id, one.content.text, one.content.categories) == ("7", "5 < 6", ("t",))
    assert (one.content.images, snapshot.older) == (
        (Image("https://news.example/i.jpg"),),
        "https://news.example/2",
    )


@pytest.mark.row("53")
@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (
            "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><rss>&a;</rss>",
            "DOCTYPE",
        ),
        ("<?xml version='1.0'?><!-- <rss> --><!DOCTYPE rss><rss/>", "DOCTYPE"),
        ("<?xml version='1.0'?><other/>", "neither Atom nor RSS"),
    ],
)
def test_xml_that_is_refused(xml: str, words: str) -> None:
    with pytest.raises(ExtractError, match=words):
        read(xml, type_="application/xml")


# ---------------------------------------------------------------------------------------------- api

ITEMS = [{"uid": n, "when": f"2026-03-02T1{n}:00:00Z", "name": f"Head {n}", "txt": f"Words of number {n} that are read",
          "by": {"name": "Ana Lind"}, "to": f"/p/{n}"} for n in range(3)]  # fmt: skip
RULES = {
    "items": "data.list",
    "id": "uid",
    "time": "when",
    "headline": "name",
    "body": "txt",
    "author": "by.name",
    "url": "to",
}


def test_jmespath_names_the_items_and_their_fields() -> None:
    snapshot = read(json.dumps({"data": {"list": ITEMS}}), "api", "application/json", api=RULES)
    first = snapshot.updates[0]
    assert (first.native_id, first.published, first.url) == (
        "0",
        at(10),
        "https://news.example/p/0",
    )
    assert (first.content.title, first.content.authors) == ("Head 0", ("Ana Lind",))


@pytest.mark.parametrize(
    ("rules", "words"),
    [({"items": "data.none"}, "names no list"), ({"items": "data.[["}, "cannot be used")],
)
def test_a_wrong_expression_is_told(rules: dict[str, str], words: str) -> None:
    with pytest.raises(ExtractError, match=words):
        read(json.dumps({"data": {"list": ITEMS}}), "api", "application/json", api=rules)


def test_in_auto_the_list_that_has_times_and_says_most_is_taken() -> None:
    posts = [
        {
            "id": n,
            "published_at": 1772445600 + n,
            "updated_at": 1772449200 + n,
            "title": f"Head {n}",
            "body": "<p>Many words of a post that is read</p>" * 3,
        }
        for n in range(4)
    ]
    menu = [{"title": "Home", "url": "/"}, {"title": "World", "url": "/world"}]
    related = [
        {"title": "A story", "date": "2026-03-01", "summary": "Words of a teaser"} for _ in range(9)
    ]
    snapshot = read(
        json.dumps({"menu": menu, "related": related, "blog": {"posts": posts}}),
        type_="application/json",
    )
    assert [(u.native_id, u.content.title) for u in snapshot.updates] == [
        (str(n), f"Head {n}") for n in range(4)
    ]
    assert snapshot.updates[0].published == at(10)
    assert snapshot.updates[0].modified == at(11)


def test_json_without_updates_has_none() -> None:
    assert read('{"a": [{"b": 1}, {"b": 2}]}', type_="application/json").updates == ()
    with pytest.raises(ExtractError, match="no valid JSON"):
        read('{"a": [', "api", "application/json")


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("<p>a</p>", "<p>a</p>"),
        ([{"type": "paragraph", "text": "a"}, {"type": "heading", "text": "b"}], "<p>a</p><h3>b</h3>"),
        ({"content": [{"type": "paragraph",
                       "content": [{"type": "text", "text": "a & "}, {"type": "text", "text": "b"}]}]},
         "<p>a &amp; b</p>"),
        ([{"_type": "x.TextElement", "html": "<p>a</p>"}, {"_type": "x.AdvertElement", "html": "buy"}], "<p>a</p>"),
        ({"type": "image", "media": [{"url": "https://c.example/s.jpg", "width": 9},
                                     {"url": "https://c.example/l.jpg", "width": 90}],
          "caption": "A dam", "credit": "Ana"},
         ('<figure><img src="https://c.example/l.jpg" alt="">'
         '<figcaption>A dam <small>Ana</small></figcaption></figure>')),
        ({"type": "embed", "url": "https://v.example/1", "title": "A <film>"},
         '<p><a href="https://v.example/1">A &lt;film&gt;</a></p>'),
        (None, ""),
        (7, ""),
    ],
)  # fmt: skip
def test_bodies_that_are_trees_of_elements(value: object, html: str) -> None:
    assert rendered(value) == html


# ------------------------------------------------------------------------------------------- select

ROWS = "".join(
    f"<div class=row id=r{n}><i class=when>1{n}:00</i><b class=head>Head {n}</b><p>Body {n}</p>"
    "<u class=by>By Ana Lind</u></div>"
    for n in range(3)
)
SELECT = {"update": "#list .row", "time": ".when", "headline": ".head", "author": ".by"}


def test_selectors_name_the_records_and_what_is_in_them() -> None:
    snapshot = read(f"<p>2026</p><div id=list>{ROWS}</div>", "select", select=SELECT)
    first = snapshot.updates[0]
    assert (first.native_id, first.published, first.content.title) == ("r0", at(10), "Head 0")
    assert (first.content.text, first.content.authors) == ("Body 0", ("Ana Lind",))


@pytest.mark.parametrize(
    ("body", "select", "words"),
    [
        ("<p>x</p>", SELECT, "container '#list' of the selector update was not found"),
        ("<div id=list></div>", SELECT, "no items in it"),
        ("<p>x</p>", {"update": ".row"}, "container not found"),
        ("<p>x</p>", {"update": "div["}, "not valid CSS"),
        ("<p>x</p>", {}, "needs"),
    ],
)
def test_the_error_tells_a_container_that_is_gone_from_one_that_is_empty(
    body: str, select: dict[str, str], words: str
) -> None:
    with pytest.raises(ExtractError, match=words):
        read(body, "select", select=select)


def test_an_unknown_kind_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ExtractError, match="There is no extractor 'magic'; there are amp, api"):
        read("<p>x</p>", "magic")
    assert {
        "jsonld",
        "microdata",
        "hfeed",
        "amp",
        "feed",
        "blocks",
        "text",
        "select",
        "api",
    } <= set(extractors())


def test_keywords_and_the_section_of_a_post_are_its_categories_and_a_caption_is_words() -> None:
    def post(number: int, **more: Any) -> dict[str, object]:
        words = f"Words of post {number} that are many enough to be one."
        at = f"2026-03-02T1{number}:00:00Z"
        return {
            "@type": "BlogPosting",
            "@id": f"#{number}",
            "datePublished": at,
            "articleBody": words,
            **more,
        }

    picture = {
        "@type": "ImageObject",
        "url": "/1.jpg",
        "caption": "A <b>crane</b> &amp; dusk",
        "width": "80px",
    }
    told = [
        post(1, keywords="ferry, R&amp;D, ferry", articleSection="Weather", image=picture),
        post(2, keywords=["port", {"@type": "DefinedTerm", "name": "Fog, dense"}, 7, "x" * 81]),
        post(3),
    ]
    blog = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "liveBlogUpdate": told}
    script = json.dumps(blog).replace("<", "\\u003c")
    made = [
        one.content
        for one in read(f'<script type="application/ld+json">{script}</script>', "jsonld").updates
    ]
    assert [one.categories for one in made] == [
        ("Weather", "ferry", "R&D"),
        ("port", "Fog, dense"),
        (),
    ]
    assert made[0].images == (Image("https://news.example/1.jpg", "A crane & dusk", "", 80, None),)


ARTICLE = (
    '<article id="a{0}"{1}><time datetime="2026-03-02T1{0}:00:00Z">1{0}:00</time><h2>{2}</h2>'
    '<div class="body"><p>{3}</p></div></article>'
)
SPOKEN = (
    (
        "",
        "Support &lt;video&gt; &amp; &lt;/b&gt;",
        "The crews report that the water is falling again this morning.",
    ),
    (
        ' lang="de"',
        "Zwei",
        "Am Tor zwei melden die Leute, dass das Wasser heute Morgen wieder gefallen ist.",
    ),
    ("", "Three", "The council says that the bridge will be open for everybody in the evening."),
)


@pytest.mark.parametrize("kind", ["blocks", "select", "hfeed"])
def test_an_element_states_its_language_and_its_headline_may_speak_of_markup(kind: str) -> None:
    articles = "".join(ARTICLE.format(number, *one) for number, one in enumerate(SPOKEN))
    page = f'<html lang="en"><body><main><h1>Harbour</h1>{articles}</main></body></html>'
    if kind == "hfeed":
        marks = {
            "<article": "h-entry",
            "<h2": "p-name",
            "<time": "dt-published",
            "<div": "e-content",
        }
        page = page.replace(' class="body"', "")
        for tag, name in marks.items():
            page = page.replace(tag, f'{tag} class="{name}"')
    rules = {"update": "article", "time": "time", "headline": "h2", "body": ".body"}
    snapshot = read(page, kind, **({"select": rules} if kind == "select" else {}))
    found = sorted(snapshot.updates, key=lambda one: str(one.published))
    assert [one.content.language for one in found] == [None, "de", None]
    assert found[0].content.title == "Support <video> & </b>"
