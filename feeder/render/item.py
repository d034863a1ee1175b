"""An entry made ready for all formats: legal characters, absolute addresses, always a title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from feeder.model import Image, Media
from feeder.render import urls
from feeder.render.xml_text import excerpt, language, legal, line, uri

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Content, Entry, Feed

Mode = Literal["full", "excerpt", "link"]
_MEDIA_TYPE = re.compile(r"[!-.0-~]*/[!-.0-~]*")


@dataclass(frozen=True, slots=True)
class Origin:
    """The feed that an item of a bundle comes from."""

    id: str
    title: str
    page: str
    atom: str  # the addresses of its documents
    rss: str
    json: str
    language: str


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    title: str  # plain text on one line, never empty
    link: str  # "" where neither the entry nor its page has an address
    published: datetime
    updated: datetime
    html: str  # the body; "" in the modes that leave it out, or where there is none
    summary: str  # plain text, on one line; "" in "link", or where there is none
    authors: tuple[str, ...]
    images: tuple[Image, ...]
    media: tuple[Media, ...]
    categories: tuple[str, ...]
    language: str  # "": the feed's
    edit_of: str = ""  # the id of the first entry of which this is a later version
    origin: Origin | None = None  # of a bundle's items


def item(entry: Entry, feed_link: str, mode: Mode) -> Item:
    content = entry.content
    return Item(
        id=entry.id,
        title=_title(entry),
        link=uri(entry.url) or uri(feed_link),
        published=entry.published.replace(microsecond=0),
        updated=max(entry.published, entry.updated).replace(microsecond=0),
        html=legal(content.html) if mode == "full" else "",
        summary=excerpt(content.text) if mode != "link" else "",
        authors=_distinct(content.authors),
        images=_images(content),
        media=tuple(_medium(one) for one in content.media if uri(one.url)),
        categories=_distinct(content.categories),
        language=language(content.language),
        edit_of=entry.edit_of or "",
    )


def origin(feed: Feed) -> Origin:
    title = line(feed.title) or feed.name
    return Origin(
        feed.id,
        title,
        urls.page(feed),
        urls.subscription(feed, "atom"),
        urls.subscription(feed, "rss"),
        urls.subscription(feed, "json"),
        language(feed.language),
    )


def paragraph(text: str) -> str:
    """`text` as HTML."""
    return f"<p>{escape(text, quote=False)}</p>"


def _title(entry: Entry) -> str:
    """Returns the title, which Atom needs: that of a picture alone is its caption, or its time."""
    content = entry.content
    if title := line(content.title) or excerpt(content.text, 100):
        return title
    named = [image.caption for image in content.images]
    named += [medium.title for medium in content.media]
    return next(filter(None, map(line, named)), f"{entry.published:%Y-%m-%d %H:%M} UTC")


def _images(content: Content) -> tuple[Image, ...]:
    images = {uri(image.url): image for image in reversed(content.images)}  # of doubles the first
    return tuple(
        Image(url, line(image.caption), line(image.credit), _size(image.width), _size(image.height))
        for url, image in reversed(images.items())
        if url
    )


def _size(pixels: int | None) -> int | None:
    return pixels if pixels and pixels > 0 else None


def _medium(medium: Media) -> Media:
    kind = medium.type.strip().lower()
    if not _MEDIA_TYPE.fullmatch(kind):
        kind = "application/octet-stream"
    length = max(medium.length or 0, 0) or None
    return Media(uri(medium.url), kind, length, line(medium.title))


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(line, names))))
