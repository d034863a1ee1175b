"""Sending one request to a hub, webhook or subscriber, and how long to wait after a failure."""

from __future__ import annotations

import hashlib
import hmac
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta
    from pathlib import Path

    from feeder.read.fetcher import Fetcher
    from feeder.store import Store

_TOPIC = re.compile(r"([a-z0-9-]{1,80})\.(atom|rss|json)")


@dataclass(frozen=True, slots=True)
class FeedLocation:
    """Where our feeds are: by address and in the file system."""

    feeds: str  # the public address of their folder, with its slash
    hub: str  # the built-in hub's address
    folder: Path  # that they are published into

    def file(self, topic: str) -> Path | None:
        """Returns the file published at this address; None: it is not a feed of ours."""
        name = topic.removeprefix(self.feeds)
        if name == topic or not _TOPIC.fullmatch(name):
            return None
        file = self.folder / name
        return file if file.is_file() else None


@dataclass(frozen=True, slots=True)
class Means:
    """What sending takes: the store, the one way out, our own addresses, the clock, our name."""

    store: Store
    fetcher: Fetcher
    place: FeedLocation
    now: Callable[[], datetime]
    machine: str = ""  # as in the store's table of machines; "": the store is not shared


@dataclass(frozen=True, slots=True)
class DeliveryProblem:
    """Why a message did not arrive."""

    error: str
    status: int = 0  # of the answer; 0: there was none
    until: datetime | None = None  # not before: Retry-After

    @property
    def refused(self) -> bool:
        """Returns whether the receiver rejects the message itself: another attempt hardly helps."""
        return 400 <= self.status < 500 and self.status not in {408, 425, 429}


async def post(
    means: Means, url: str, body: bytes, headers: Mapping[str, str], *, trusted: bool
) -> DeliveryProblem | None:
    """Sends a body; returns None where it arrived.

    Redirects are not followed: they are a problem like any other (WebSub §7).

    Args:
        means: what sending takes.
        url: where to.
        body: as it is sent.
        headers: beside those that the fetcher adds.
        trusted: whether `allow_private` counts for this address.
    """
    try:
        answer = await means.fetcher.post(url, body, headers=headers, trusted=trusted)
    except ReadError as error:
        return DeliveryProblem(str(error), until=error.until)
    if 200 <= answer.status < 300:
        return None
    return DeliveryProblem(f"it answered {answer.status}", answer.status, answer.until)


def pause(failures: int, first: timedelta, most: timedelta) -> timedelta:
    """Returns how long to wait: twice as long after each failure.

    A random part is taken off, so that those who failed together come back apart.
    """
    whole: timedelta = min(most, first * 2 ** min(failures, 30))
    return whole * random.uniform(0.5, 1.0)  # noqa: S311 -- nothing is secret in it


def signature(secret: str, body: bytes) -> str:
    """Returns a body's HMAC as hubs and webhooks send it (WebSub §7.1)."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
