"""Entries and feeds for tests of what is published: a plain one, and one of everything that can go wrong with words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from feeder.model import Content, Entry, Feed, Image, Media, Rendered
from feeder.render import render_all

START = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
SPACE = UUID("9f6d2b1e-6a62-4c5f-9e0e-3f9d1c1b7a10")
PAGE = "https://harbour.example/live"
BASE = "https://feeds.example/feeds/"
FEED_ID = str(SPACE)


def entry(number: int = 1, **fields: Any) -> Entry:
    """`content` may be given field by field: title, text, html, authors, images, media, categories, language."""
    at = START + timedelta(minutes=4 * number)
    words = {name: fields.pop(name) for name in Content.__dataclass_fields__ if name in fields}
    plain = {"title": f"Update {number}", "text": f"The bridge closed at gate {number}."}
    plain["html"] = f"<p>{plain['text']}</p>"
    known = {
        "id": uuid5(SPACE, str(number)).urn,
        "number": number,
        "published": at,
        "updated": at,
        "first_seen": at,
        "content": Content(**{**plain, **words}),
        "digest": str(number),
        "url": f"{PAGE}#block-{number}",
    }
    return Entry(**{**known, **fields})


def feed(*items: Rendered, **fields: Any) -> Feed:
    """Of `items`, in any order, the newest first, and the tombstones among them where they belong."""
    newest = sorted(items, key=lambda one: (one.published, one.number), reverse=True)
    known = {
        "id": f"urn:uuid:{FEED_ID}",
        "name": "harbour",
        "title": "A day at the harbour",
        "link": PAGE,
        "base": BASE,
        "updated": max((one.removed or one.updated for one in items), default=START),
        "items": tuple(one for one in newest if not one.removed),
        "deleted": tuple(one for one in newest if one.removed),
    }
    return Feed(**{**known, **fields})


def rendered(*entries: Entry, content: Any = "full") -> list[Rendered]:
    return render_all(entries, feed_link=PAGE, content=content)


def nasty() -> list[Entry]:
    """What pages have been seen to hold, and what they might."""
    long = "river harbour council " * 5000
    words: list[dict[str, Any]] = [
        {"title": "Bell\x07 and\x00 escape\x1b[31m, next line\x85 and\x9f C1"},
        {"title": "\u200fעדכון חי\u200f: \u202eabc\u202c and \u2067isolate\u2069"},
        {"title": long},
        {
            "title": "A lone \ud83d surrogate and \udcff another",
            "text": "\ud800",
            "html": "<p>\ud800\udfff</p>",
        },
        {
            "title": "Emoji 👩‍👩‍👧 and 𝔘nicode",
            "html": "<p>ends ]]> here, <code>a[b[0]]&gt;1</code></p>",
        },
        {"title": "No text at all", "text": "", "html": ""},
        {
            "title": "",
            "text": "",
            "html": "",
            "images": (Image("https://img.example/1.jpg", "A crane at dusk"),),
        },
        {"title": "", "text": "", "html": "", "url": None},
        {
            "title": "Noncharacters \ufffe\uffff and \x0b\x0c",
            "text": "a\r\nb\rc",
            "html": "<p>a\r\nb\rc</p>",
        },
        {
            "title": "Later than now",
            "published": datetime(2126, 3, 2, tzinfo=UTC),
            "updated": datetime(2126, 3, 2, tzinfo=UTC),
        },
        {"title": "From 1900", "published": datetime(1900, 1, 1, tzinfo=UTC)},
        {"title": "A later version", "edit_of": entry(1).id},
        {"title": "Older than updated says", "updated": START - timedelta(days=9)},
        {"title": "Fractions", "published": START + timedelta(microseconds=123456)},
        {"title": "R&D: 1 < 2 & 3 > 2; AT&amp;T <3 \"quoted\" 'so'"},
        {
            "title": "Fix </div> &amp; &eacute; <b>x</b> &#65; <script>alert(1)</script>",
            "authors": ("AT&T </b> &amp;",),
            "categories": ("</i> &lt;",),
            "images": (Image("https://img.example/m.jpg", "The </p> tag &amp;", "</em> &nbsp;"),),
            "media": (Media("https://img.example/m.mp3", "audio/mpeg", 9, "The </p> sound &amp;"),),
        },
        {"title": "Address of no kind", "url": "javascript:alert(1)"},
        {"title": "Address with blanks", "url": "https://harbour.example/a b/ü?q=[1]&x=%zz#a#b"},
        {"title": "Two\nlines\tand  blanks "},
        {"title": "People", "authors": ("Ann Å", "", " ", "Ann Å", "Bob & Co <sea>")},
        {"title": "Topics", "categories": ("a&b", "<c>", "", "a&b"), "language": "de_ch"},
        {"title": "No such tongue", "language": "?!"},
        {
            "title": "Pictures",
            "images": (
                Image("https://img.example/2.jpg?w=1&h=2", "Cap & <b>", "Photo: <i>", 640, 480),
                Image("/relative.jpg"),
                Image("https://img.example/2.jpg?w=1&h=2", "Twice"),
                Image("https://img.example/ 3.jpg", width=0, height=-1),
            ),
        },
        {
            "title": "Sound",
            "media": (
                Media("https://img.example/a.mp3", "audio/mpeg", 12345, "Siren & wind"),
                Media("https://img.example/b.mp4", "", None),
                Media("https://img.example/c.mp4", "not a type", -1),
                Media("data:video/mp4;base64,AAAA", "video/mp4"),
            ),
        },
    ]
    return [entry(number, **fields) for number, fields in enumerate(words, 1)]
