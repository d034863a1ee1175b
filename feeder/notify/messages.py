"""What a refresh has to tell, and the messages that tell it; they are stored with its changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from feeder.notify.topics import topics
from feeder.store import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from feeder.model import Change

# Changes in one webhook: a page's worth, about 400 bytes each. A longer list goes out in several,
# in order; of a first read only the newest are told, and how many more there are: the feed and the
# API have them all.
BATCH = 500


@dataclass(frozen=True, slots=True)
class News:
    """One refresh, as far as others are told of it."""

    source: str  # its name
    page: str  # its address
    feeds: str  # the address of the folder that feeds are served from, with its slash
    at: datetime
    changes: Sequence[Change] = ()
    # the first read of this source: all that is there is new, and nobody is flooded with it
    first: bool = False
    also: Sequence[str] = ()  # names of other feeds that change with it: bundles, a digest
    state: str = ""  # the state that the source is in from now on
    was: str = ""  # its state before; an equal one is not told
    reason: str = ""


def messages(news: News, hubs: Sequence[str], webhooks: Sequence[str]) -> tuple[Message, ...]:
    """Returns the messages that go into the outbox. A hub "self" is the built-in one."""
    pings = [
        Message("websub", hub, topic, b"", news.at)
        for hub in dict.fromkeys(hubs)
        for name in (news.source, *news.also)
        for topic in topics(news.feeds, name)
        if news.changes
    ]
    payloads = [msgspec.json.encode(payload) for payload in _payloads(news)]
    calls = [
        Message("webhook", target, news.source, payload, news.at, held=bool(news.changes))
        for target in dict.fromkeys(webhooks)
        for payload in payloads
    ]
    return (*pings, *calls)


def advertised(hubs: Sequence[str], own: str) -> tuple[str, ...]:
    """Returns the hubs' addresses as a feed links them; `own` is the built-in hub's."""
    return tuple(dict.fromkeys(own if hub == "self" else hub for hub in hubs))


def _payloads(news: News) -> Iterator[dict[str, Any]]:
    """Yields the changes, then the change of state; a first read tells both at once."""
    changed = news.state != news.was
    state = {"state": news.state, "was": news.was, "reason": news.reason} if changed else {}
    at_once = state if news.first else {}
    chosen = news.changes[-BATCH:] if news.first else news.changes
    for start in range(0, len(chosen), BATCH):
        batch = [told(change) for change in chosen[start : start + BATCH]]
        yield (
            _head("changes", news)
            | at_once
            | {"first": news.first, "total": len(news.changes), "changes": batch}
        )
    if state and not (at_once and news.changes):
        yield _head("state", news) | state


def _head(event: str, news: News) -> dict[str, Any]:
    return {
        "event": event,
        "source": news.source,
        "page": news.page,
        "feed": topics(news.feeds, news.source)[0],
        "at": news.at,
    }


def told(change: Change) -> dict[str, Any]:
    """Returns a change as programs are told of it: what it was, without the words of the feed."""
    entry = change.entry
    return {
        "change": change.kind,
        "what": change.what,
        "id": entry.id,
        "title": entry.content.title,
        "url": entry.url,
        "authors": entry.content.authors,
        "published": entry.published,
        "updated": entry.updated,
        "removed": entry.removed,
        "edit_of": entry.edit_of,
    }
