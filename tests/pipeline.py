"""The whole pipeline in this process: a loopback page, a real store, published files. No schedule, no server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
from lxml import etree

from feeder.config import Settings, parse
from feeder.model import SourceState
from feeder.operations.oneshot import extract_here
from feeder.publish.publisher import Publisher
from feeder.read.fetcher import Fetcher
from feeder.refresh import Outcome, Works, refresh
from feeder.store import Store

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def post(number: int, text: str = "", **more: Any) -> dict[str, Any]:
    """One update of a live blog's structured data; `number` is its id and its minute."""
    body = (
        text
        or f"Crews at gate {number} of the harbour counted {number * 7 + 100} sandbags before the tide came in."
    )
    stamp = (START + timedelta(minutes=number)).isoformat()
    own = {
        "@type": "BlogPosting",
        "@id": f"#u{number}",
        "headline": f"Gate {number} is closed",
        "articleBody": body,
    }
    return own | {"datePublished": stamp} | more


def live(
    *posts: dict[str, Any],
    title: str = "A day at the harbour",
    head: str = "",
    body: str = "",
    **more: Any,
) -> bytes:
    """A page whose structured data has these updates, in this order."""
    blog = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": title,
        "liveBlogUpdate": posts,
    }
    script = json.dumps(blog | more)
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{head}"
        f"<script type='application/ld+json'>{script}</script></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    ).encode()


@dataclass
class Pipeline:
    """One source, refreshed when asked."""

    folder: Path
    store: Store
    settings: Settings
    ahead: timedelta = timedelta()  # how far the clock of its reads is ahead

    def configured(self, url: str, *lines: str, top: str = "") -> None:
        """The configuration, again: `lines` belong to the source."""
        fetch = "" if "[fetch]" in top else "[fetch]\n"
        head = f'output = "{self.folder}/feeds"\n{top}\n{fetch}allow_private = true\nhost_interval = "0s"\n'
        text = head + "\n".join(
            ["respect_robots = false", "[[source]]", 'name = "harbour"', f'url = "{url}"', *lines]
        )
        self.settings = parse(text.encode(), self.folder / "config.toml")
        self.store.sync(self.settings.source, self.settings.fingerprint, datetime.now(UTC))

    def refresh(self, *, accept: bool = False) -> Outcome:
        return asyncio.run(self._refresh(accept=accept))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def _refresh(self, *, accept: bool) -> Outcome:
        source, source_state = self._found()
        async with Fetcher(self.settings.fetch, self.store.hosts, now=self.now) as fetcher:
            works = Works(
                self.settings,
                self.store,
                fetcher,
                extract_here,
                Publisher(self.settings, self.store),
                now=self.now,
            )
            outcome = await refresh(source, source_state, works, accept=accept)
        self.store.marks.write()
        return outcome

    def _found(self) -> tuple[Any, SourceState]:
        found = self.store.source("harbour")
        assert found is not None
        return found

    @property
    def source_state(self) -> SourceState:
        return self._found()[1]

    def feed(self, kind: str = "atom") -> Any:
        return feedparser.parse((self.settings.output / f"harbour.{kind}").read_bytes())

    def deleted(self) -> list[str]:
        """The ids that are told to be gone."""
        atom = etree.parse(self.settings.output / "harbour.atom")
        return [
            str(one.get("ref"))
            for one in atom.iter("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
        ]

    def feed_of_states(self) -> Any:
        return feedparser.parse((self.settings.output / "status.atom").read_bytes())

    def reopen(self) -> None:
        """The store after a restart."""
        self.store.close()
        self.store = Store.open(self.settings.store)

    def titles(self) -> list[str]:
        return [entry.title for entry in self.feed().entries]

    def ids(self) -> dict[str, str]:
        return {entry.title: entry.id for entry in self.feed().entries}

    def heal(self) -> None:
        Publisher(self.settings, self.store).heal(datetime.now(UTC))
