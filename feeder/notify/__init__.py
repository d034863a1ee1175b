"""The world is told: hubs, webhooks, and the subscribers of the built-in hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.notify.drain import drain
from feeder.notify.means import Means, Place
from feeder.notify.news import News, advertised, messages, told, topics
from feeder.notify.subscribers import serve
from feeder.store import hub, outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from feeder.read import Fetcher
    from feeder.store import Store

__all__ = ["News", "Place", "advertised", "anything", "messages", "notify", "recover", "told", "topics"]


async def notify(store: Store, fetcher: Fetcher, place: Place, now: Callable[[], datetime]) -> int:
    """Tells what is to be told now, each at least once; how many were told.

    Several may run at once: none waits for what another is at.
    """
    means = Means(store, fetcher, place, now)
    count = await drain(means)
    return count + await serve(means)


def anything(store: Store, now: datetime) -> bool:
    """Whether `notify` would find something to do: cheap enough for every tick."""
    with store.database.reading() as connection:
        return bool(outbox.due(connection, now)) or hub.anything(connection, now)


def recover(store: Store, now: datetime) -> None:
    """At a start, before the first `notify`: what an ended process was at is taken up at once."""
    with store.database.writing() as connection:
        outbox.recover(connection, now)
        hub.recover(connection, now)
