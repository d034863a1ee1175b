"""Where the documents of a feed are, and what they link to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from feeder.render.xml_text import uri

if TYPE_CHECKING:
    from feeder.model import Feed

Format = Literal["atom", "rss", "json"]

MEDIA_TYPES: dict[Format, str] = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}

# With the charset that XML needs over HTTP; JSON has none (RFC 8259 §11).
CONTENT_TYPES: dict[str, str] = {
    "atom": f"{MEDIA_TYPES['atom']}; charset=utf-8",
    "rss": f"{MEDIA_TYPES['rss']}; charset=utf-8",
    "json": MEDIA_TYPES["json"],
}


def page(feed: Feed) -> str:
    """The address of the feed's page, or of our own index where the page is a file without one."""
    return uri(feed.link) or f"{feed.base}index.html"


def subscription(feed: Feed, form: Format) -> str:
    return f"{feed.base}{feed.name}.{form}"


def archive(feed: Feed, form: Format, number: int) -> str:
    return feed.base + archive_name(feed.name, form, number)


def archive_name(name: str, form: Format, number: int) -> str:
    return f"{name}/{number:04d}.{form}"


def previous(feed: Feed, form: Format, number: int | None = None) -> str | None:
    """The archive document before the one of `number`, or before the subscription document."""
    before = feed.sealed if number is None else number - 1
    return archive(feed, form, before) if before >= feed.first else None


def links(feed: Feed, form: Format, number: int | None = None) -> list[dict[str, str]]:
    """A feed's links as feedgen takes them; the page comes last, and is the channel's link in RSS.

    RFC 5005 §4: an archive document links both neighbours. The one after the newest is linked
    before it exists, so that a sealed document never changes for it; over HTTP that address leads
    to the subscription document until then.
    """
    alternate = {"rel": "alternate", "href": page(feed), "type": "text/html"}
    before = previous(feed, form, number)
    prev = [{"rel": "prev-archive", "href": before}] if before and form == "atom" else []
    if number is None:
        own = {"rel": "self", "href": subscription(feed, form), "type": MEDIA_TYPES[form]}
        return [own, *({"rel": "hub", "href": hub} for hub in feed.hubs), *prev, alternate]
    own = {"rel": "self", "href": archive(feed, form, number), "type": MEDIA_TYPES[form]}
    current = {"rel": "current", "href": subscription(feed, form)}
    following = {"rel": "next-archive", "href": archive(feed, form, number + 1)}
    return [own, current, *prev, following, alternate]
