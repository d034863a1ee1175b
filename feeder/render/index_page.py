"""Pages for people: what there is to subscribe to, and how.

What is put into a template is escaped by `_fill`. A template engine would do so too, but every
start would wait a tenth of a second for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from markupsafe import Markup, escape

from feeder.render import urls
from feeder.render.xml_text import language, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from feeder.model import Feed

_LABELS: dict[urls.Format, str] = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}
_NEWEST = 30

_BASE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="index.css">{head}
</head>
<body>
<header><svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">\
<path d="M11 28V13.5C11 8.2 14 5 19.5 5"/><path d="M5.5 15h14M11 21.5h9"/>\
<circle cx="25.5" cy="5.5" r="3.5"/></svg></header>
<main>
{main}
</main>
</body>
</html>
"""
_LINK = '\n<link rel="alternate" type="{2}" title="{title} ({0})" href="{1}">'
_PARAGRAPH = "\n<p{}>{}</p>"

_INDEX = Markup("""\
<h1>Feeds</h1>
<p>To follow a page, copy the address of its Atom feed into a feed reader. RSS and JSON Feed say \
the same.
<a href="feeds.opml">All feeds as OPML</a> can be imported into a reader at once, and
<a href="status.atom">a feed of its own</a> tells of pages that cannot be read.</p>
""")
_FEEDS = '<ul class="feeds">{}\n</ul>'
_NO_FEEDS = Markup("<p>No page is followed yet.</p>")
_LISTED = """
<li id="{name}"{lang}>
<h2><a href="{link}">{title}</a></h2>{description}{doing}{formats}
</li>"""
_DOING = '\n<p lang="en">{state}{entries}{last}{reason}</p>'
_LAST = ' · last update <time datetime="{}">{} UTC</time>'
_FORMATS = '\n<p class="formats">{}{}\n</p>'
_FORMAT = '\n<a href="{1}" type="{2}" lang="en">{0}</a>'
_FOLLOWED = '\n<a href="{}" lang="en">The page it follows</a>'

_FEED = """\
<p><a href="./">All feeds</a></p>
<h1{lang}>{title}</h1>{description}
<p>From <a href="{page}">{page}</a>. To follow it, copy one of these addresses into a feed \
reader:</p>
<dl class="formats">{formats}
</dl>
<h2>Newest updates</h2>
<ol class="updates"{lang}>{items}
</ol>"""
_ADDRESS = '\n<dt>{0}</dt><dd><a href="{1}" type="{2}">{1}</a></dd>'
_ITEM = '\n<li><time datetime="{}">{} UTC</time>\n{}</li>'
_LINKED = '<a href="{}">{}</a>'


@dataclass(frozen=True, slots=True)
class FeedNews:
    """How a feed is doing, for the page that is made when someone asks for it."""

    state: str  # in words
    reason: str
    last_update: datetime | None
    entries: int
    published: bool  # False: there is nothing at its addresses yet


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed as the pages show it."""

    name: str
    title: str
    description: str
    language: str
    page: str
    formats: tuple[tuple[str, str, str], ...]  # label, address, media type


class PageItem(msgspec.Struct):
    """What a page shows of an item of a JSON feed."""

    title: str = ""
    url: str = ""
    date_published: str = ""


class PageFeed(msgspec.Struct):
    """What a page shows of a JSON feed."""

    title: str
    home_page_url: str
    feed_url: str
    description: str = ""
    language: str = ""
    items: list[PageItem] = []


def index(feeds: Sequence[Feed], news: Mapping[str, FeedNews] | None = None) -> bytes:
    """Returns the page of all feeds; None for `news`: the file, in which nothing is volatile."""
    offers = [_offer(feed) for feed in sorted(feeds, key=lambda feed: feed.name)]
    head = _joined(_links(offer) for offer in offers)
    listed = _joined(_listed(offer, news) for offer in offers)
    main = _fill(_FEEDS, listed) if offers else _NO_FEEDS
    return _page("Feeds", head, _INDEX + main)


def _listed(offer: Offer, news: Mapping[str, FeedNews] | None) -> Markup:
    """Returns a feed in the list of all, with how it is doing where that is told."""
    doing = news.get(offer.name) if news else None
    waits = doing is not None and not doing.published
    return _fill(
        _LISTED,
        name=offer.name,
        lang=_lang(offer),
        link=offer.page if waits or news is None else offer.name,
        title=offer.title,
        description=_fill(_PARAGRAPH, "", offer.description) if offer.description else "",
        doing=_doing(doing) if doing else "",
        formats="" if waits else _formats_of(offer, followed=news is not None),
    )


def _doing(news: FeedNews) -> Markup:
    many = "1 entry" if news.entries == 1 else f"{news.entries} entries"
    last = news.last_update
    return _fill(
        _DOING,
        state=news.state,
        entries=f" · {many}" if news.published else ": nothing is published yet",
        last=_fill(_LAST, last.isoformat(), f"{last:%Y-%m-%d %H:%M}") if last else "",
        reason=_fill("<br>{}", news.reason) if news.reason else "",
    )


def _formats_of(offer: Offer, *, followed: bool) -> Markup:
    formats = _joined(_fill(_FORMAT, *one) for one in offer.formats)
    page = _fill(_FOLLOWED, offer.page) if followed else ""
    return _fill(_FORMATS, formats, page)


def feed_page(name: str, json_feed: bytes) -> bytes:
    """Returns the page of one feed, of its JSON Feed."""
    feed = msgspec.json.decode(json_feed, type=PageFeed)
    base = feed.feed_url.removesuffix(f"{name}.json")
    offer = Offer(
        name, feed.title, feed.description, feed.language, feed.home_page_url, _formats(base, name)
    )
    return _page(feed.title, _links(offer), _updates(offer, feed.items[:_NEWEST]))


def _updates(offer: Offer, items: Iterable[PageItem]) -> Markup:
    lang = _lang(offer)
    return _fill(
        _FEED,
        lang=lang,
        title=offer.title,
        description=_fill(_PARAGRAPH, lang, offer.description) if offer.description else "",
        page=offer.page,
        formats=_joined(_fill(_ADDRESS, *one) for one in offer.formats),
        items=_joined(map(_item, items)),
    )


def _item(item: PageItem) -> Markup:
    at = item.date_published
    title = _fill(_LINKED, item.url, item.title) if item.url else item.title
    return _fill(_ITEM, at, at[:16].replace("T", " "), title)


def stylesheet() -> bytes:
    return files(__package__).joinpath("templates", "index.css").read_bytes()


def _offer(feed: Feed) -> Offer:
    return Offer(
        feed.name,
        line(feed.title) or feed.name,
        line(feed.description),
        language(feed.language),
        urls.page(feed),
        _formats(feed.base, feed.name),
    )


def _formats(base: str, name: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (label, f"{base}{name}.{form}", urls.MEDIA_TYPES[form]) for form, label in _LABELS.items()
    )


def _page(title: str, head: Markup, main: Markup) -> bytes:
    return _fill(_BASE, title=title, head=head, main=main).encode()


def _links(offer: Offer) -> Markup:
    return _joined(_fill(_LINK, *one, title=offer.title) for one in offer.formats)


def _lang(offer: Offer) -> Markup:
    return _fill(' lang="{}"', offer.language) if offer.language else Markup("")


def _fill(template: str, *values: str, **named: str) -> Markup:
    """Returns a template with the values in it, escaped.

    `Markup.format` does so in four times the time.
    """
    texts = {key: escape(value) for key, value in named.items()}
    return Markup(template.format(*map(escape, values), **texts))  # noqa: S704 -- all is escaped


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
