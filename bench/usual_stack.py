"""The yardstick: a large live page, and what a refresh of it costs as it is usually written.

The page has 200 updates, each as a block of HTML and as a post of its JSON-LD, in about 650 KB. The
usual way parses it with BeautifulSoup, cleans each body with bleach, compares row by row in SQLite,
builds the feeds from scratch with feedgen, writes them and compresses them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import sqlite3
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from feedgen.feed import FeedGenerator

UPDATES = 200
SMALL = 40  # updates of the small page
ADDRESS = "https://news.example/live"
TITLE = "Storm over the estuary"
BEGAN = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
EDITED = 120  # the update that is another one a moment later
NETWORKS = ("mail", "chat", "board")
# What the page is made of; none of them is a word of a time or of a page's furniture.
WORDS = [
    "barge",
    "beacon",
    "bollard",
    "breakwater",
    "causeway",
    "channel",
    "crane",
    "crew",
    "current",
    "dredger",
    "dyke",
    "engineer",
    "ferry",
    "flood",
    "gale",
    "gauge",
    "harbour",
    "islander",
    "jetty",
    "keeper",
    "lantern",
    "levee",
    "lifeboat",
    "lock",
    "mooring",
    "officer",
    "pilot",
    "pump",
    "quay",
    "rescue",
    "river",
    "sailor",
    "sandbag",
    "shelter",
    "sluice",
    "spillway",
    "storm",
    "tide",
    "trawler",
    "village",
    "volunteer",
    "warden",
    "watch",
    "water",
    "weir",
    "wharf",
    "wind",
    "winter",
]


@dataclass(frozen=True)
class Block:
    key: str
    time: str  # ISO 8601
    headline: str
    author: str
    body: str  # HTML


def page(*, edited: bool = False) -> bytes:
    """The page; `edited` is the page a moment later, with one update more and one edited."""
    blocks = _make_blocks(edited=edited)
    blog = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": TITLE,
        "liveBlogUpdate": [_as_posting(block) for block in blocks],
    }
    stated = json.dumps(blog).replace("</", "<\\/")
    shown = "".join(_as_html(block) for block in blocks)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{TITLE}</title>"
        f"<script type='application/ld+json'>{stated}</script></head>"
        f"<body><main><h1>{TITLE}</h1>{shown}</main></body></html>"
    ).encode()


def small_page(version: int, nonce: int = 0) -> bytes:
    """Returns a page of 40 updates in 20 KB; each version has one more and one edited.

    A page with another `nonce` has other bytes and shows the same.
    """
    newest = SMALL + version
    shown = []
    for number in range(newest - 1, newest - 1 - SMALL, -1):
        block = _make_block(random.Random(number), number)
        edited = SMALL - 8 <= number < newest - 8
        words = f"<p>{_write(random.Random(number + 1000 * edited), 2)}</p>"
        shown.append(_as_short_html(replace(block, body=words)))
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{TITLE}</title></head>"
        f"<body><!-- {nonce} --><main><h1>{TITLE}</h1>{''.join(shown)}</main></body></html>"
    ).encode()


def _as_short_html(block: Block) -> str:
    return (
        f"<article class='block' id='{block.key}'>"
        f"<time datetime='{block.time}'>{block.time[11:16]} GMT</time>"
        f"<h2>{block.headline}</h2><p class='block__author'>{block.author}</p>"
        f"<div class='block__body'>{block.body}</div></article>"
    )


def _make_blocks(*, edited: bool) -> list[Block]:
    """The updates of the page, the newest first."""
    rng = random.Random(20)
    blocks = [_make_block(rng, number) for number in range(UPDATES + 1)]
    if not edited:
        return blocks[UPDATES - 1 :: -1]
    before = blocks[EDITED]
    body = f"<p>{_write(random.Random(21), 7)}</p>"
    blocks[EDITED] = Block(before.key, before.time, before.headline, before.author, body)
    return blocks[::-1]


def _make_block(rng: random.Random, number: int) -> Block:
    headline = _write(rng, 1)[:64].rsplit(" ", 1)[0]
    link = f"<a href='/topic/{number}'>{rng.choice(WORDS)}</a>"
    body = "".join(f"<p>{_write(rng, 2)} {link}</p>" for _ in range(3))
    if number % 4 == 0:
        image = f"<img src='/pictures/{number}.jpg' alt='{rng.choice(WORDS)}'>"
        body += f"<figure>{image}<figcaption>{_write(rng, 1)}</figcaption></figure>"
    time = (BEGAN + timedelta(minutes=5 * number)).isoformat()
    return Block(f"post-{number:04d}", time, headline, f"Writer {number % 8}", body)


def _write(rng: random.Random, sentences: int) -> str:
    made = (" ".join(rng.choices(WORDS, k=rng.randint(10, 23))) for _ in range(sentences))
    return " ".join(f"{sentence.capitalize()}." for sentence in made)


def _as_posting(block: Block) -> dict[str, object]:
    return {
        "@type": "BlogPosting",
        "@id": f"{ADDRESS}#{block.key}",
        "url": f"{ADDRESS}#{block.key}",
        "headline": block.headline,
        "datePublished": block.time,
        "author": {"@type": "Person", "name": block.author},
        "articleBody": block.body,
    }


def _as_html(block: Block) -> str:
    share = "".join(
        f"<li class='share__item'><a class='share__link share__link--{name}'"
        f" href='https://{name}.example/share?post={block.key}'><svg width='16' height='16'"
        f" aria-hidden='true'><use href='#icon-{name}'></use></svg>"
        f"<span>Share by {name}</span></a></li>"
        for name in NETWORKS
    )
    return (
        f"<article class='block block--live' id='{block.key}'><header class='block__header'>"
        f"<p class='block__time'><a href='?post={block.key}#{block.key}'>"
        f"<time datetime='{block.time}'>{block.time[11:16]} GMT</time></a></p>"
        f"<h2 class='block__title'>{block.headline}</h2>"
        f"<p class='block__author'>{block.author}</p></header>"
        f"<div class='block__body'>{block.body}</div><ul class='share'>{share}</ul></article>"
    )


class Usual:
    """A program that keeps feeds of the page in a folder, in the usual way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = sqlite3.connect(folder / "usual.db")
        self.db.execute(
            "create table entry (key text primary key, time, headline, author, body, digest)"
        )

    def refresh(self, gzipped: bytes) -> int:
        """Brings the feeds up to date; returns how many updates were new or edited."""
        changed = sum(self._keep(block) for block in self._read(gzipped))
        self.db.commit()
        self._publish()
        return changed

    @staticmethod
    def _read(gzipped: bytes) -> list[Block]:
        import bleach
        from bs4 import BeautifulSoup

        soup = BeautifulSoup(gzip.decompress(gzipped), "html.parser")
        allowed = {"a": ["href"], "img": ["src", "alt"]}
        tags = {"p", "a", "figure", "figcaption", "img"}
        blocks = []
        for found in soup.select("article.block"):
            body = found.select_one(".block__body").decode_contents()
            blocks.append(
                Block(
                    found["id"],
                    found.select_one("time")["datetime"],
                    found.select_one("h2").get_text(),
                    found.select_one(".block__author").get_text(),
                    bleach.clean(body, tags=tags, attributes=allowed, strip=True),
                )
            )
        return blocks

    def _keep(self, block: Block) -> bool:
        digest = hashlib.sha256("\n".join(astuple(block)).encode()).hexdigest()
        known = self.db.execute("select digest from entry where key = ?", (block.key,)).fetchone()
        if known == (digest,):
            return False
        row = (*astuple(block), digest)
        self.db.execute("insert or replace into entry values (?, ?, ?, ?, ?, ?)", row)
        return True

    def _publish(self) -> None:
        query = "select key, time, headline, author, body from entry order by time"
        blocks = [Block(*row) for row in self.db.execute(query)]
        feed = self._build(blocks)
        items = [
            {
                "id": block.key,
                "title": block.headline,
                "content_html": block.body,
                "date_published": block.time,
            }
            for block in blocks
        ]
        whole = {"version": "https://jsonfeed.org/version/1.1", "title": TITLE, "items": items}
        files = {
            "live.atom": feed.atom_str(pretty=True),
            "live.rss": feed.rss_str(pretty=True),
            "live.json": json.dumps(whole).encode(),
        }
        for name, data in files.items():
            (self.folder / name).write_bytes(data)
            (self.folder / f"{name}.gz").write_bytes(gzip.compress(data))

    @staticmethod
    def _build(blocks: list[Block]) -> FeedGenerator:
        from feedgen.feed import FeedGenerator

        feed = FeedGenerator()
        feed.load_extension("dc")
        feed.id(ADDRESS)
        feed.title(TITLE)
        feed.description(TITLE)
        feed.link(href=ADDRESS, rel="alternate")
        for block in blocks:
            entry = feed.add_entry()
            entry.id(f"{ADDRESS}#{block.key}")
            entry.title(block.headline)
            entry.link(href=f"{ADDRESS}#{block.key}")
            entry.published(block.time)
            entry.updated(block.time)
            entry.author(name=block.author)
            entry.description(block.headline)
            entry.content(block.body, type="html")
            entry.dc.dc_creator(block.author)
        return feed
