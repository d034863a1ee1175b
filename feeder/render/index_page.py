"""Pages for people: what there is to subscribe to, and how. The template engine escapes it all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from jinja2 import Environment, PackageLoader

from feeder.render import urls
from feeder.render.xml_text import language, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from feeder.model import Feed

_LABELS: dict[urls.Format, str] = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}
_NEWEST = 30


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
    return _render("index.html", title="Feeds", feeds=offers, news=news)


def feed_page(name: str, json_feed: bytes) -> bytes:
    """Returns the page of one feed, of its JSON Feed."""
    feed = msgspec.json.decode(json_feed, type=PageFeed)
    base = feed.feed_url.removesuffix(f"{name}.json")
    offer = Offer(
        name, feed.title, feed.description, feed.language, feed.home_page_url, _formats(base, name)
    )
    return _render("feed.html", title=feed.title, feed=offer, items=feed.items[:_NEWEST])


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


def _render(template: str, **values: object) -> bytes:
    return _environment().get_template(template).render(values).encode()


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("feeder.render"), autoescape=True, keep_trailing_newline=True
    )
