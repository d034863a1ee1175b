"""Telling hubs, webhooks and subscribers: at once, and nobody slow keeps the others waiting."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from feeder.errors import StoreError
from feeder.notify.delivery import Means
from feeder.notify.messages import messages
from feeder.notify.outbox_drain import drain
from feeder.notify.subscribers import serve
from feeder.notify.trouble import Trouble
from feeder.store import Message, hub_subscriptions, outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence
    from datetime import datetime, timedelta

    from feeder.notify.delivery import FeedLocation
    from feeder.notify.messages import News
    from feeder.read.fetcher import Fetcher
    from feeder.store import Store

logger = logging.getLogger("feeder.notify")


async def notify(
    store: Store,
    fetcher: Fetcher,
    place: FeedLocation,
    now: Callable[[], datetime],
    machine: str = "",
) -> int:
    """Sends what is to be sent now, each message at least once; returns how many arrived.

    Several may run at once, on several machines: none waits for what another is at.
    """
    means = Means(store, fetcher, place, now, machine)
    count = await drain(means)
    return count + await serve(means)


def anything(store: Store, now: datetime) -> bool:
    """Returns whether `notify` would find something to do: cheap enough for every tick."""
    with store.database.reading() as connection:
        return bool(outbox.due(connection, now)) or hub_subscriptions.anything(connection, now)


def recover(store: Store, now: datetime) -> None:
    """Takes up what an ended process was at.

    Called at a start, before the first `notify`, and where the store is shared again and again.
    """
    with store.database.writing() as connection:
        outbox.recover(connection, now)
        hub_subscriptions.recover(connection, now)


def follow_clock(store: Store, by: timedelta) -> None:
    """Keeps waits and leases as long as they were, the clock having been set by so much."""
    with store.database.writing() as connection:
        outbox.follow_clock(connection, by)


def retire(store: Store, targets: Iterable[str]) -> None:
    """Drops what waits for addresses other than these: they are no longer configured."""
    with store.database.writing() as connection:
        outbox.retire(connection, targets)


def announce(
    store: Store, source_id: int, addresses: Sequence[str], hubs: Sequence[str], now: datetime
) -> None:
    """Tells hubs of feeds that were published without a refresh, such as a digest."""
    pings = [
        Message("websub", hub, topic, b"", now, held=False) for hub in hubs for topic in addresses
    ]
    with store.database.writing() as connection:
        outbox.put(connection, source_id, pings)


def tell_of(
    store: Store, source_id: int, news: News, hubs: Sequence[str], webhooks: Sequence[str]
) -> None:
    """Tells hubs and webhooks of changes that no refresh has made and that the files show."""
    told = [replace(message, held=False) for message in messages(news, hubs, webhooks)]
    with store.database.writing() as connection:
        outbox.put(connection, source_id, told)


def signing_key(store: Store) -> str:
    """Returns what webhooks are signed with: made at the first call, the same ever after."""
    with store.database.writing() as connection:
        return outbox.signing_key(connection)


class Teller:
    """The rounds of telling that are under way."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        place: Callable[[], FeedLocation],
        now: Callable[[], datetime],
        machine: str = "",
    ) -> None:
        self._store, self._fetcher, self._place, self._now = store, fetcher, place, now
        self._machine = machine
        self._rounds: set[asyncio.Task[None]] = set()
        self._trouble = Trouble(logger)

    async def tell(self) -> None:
        """Begins a round where something is due, and returns at once."""
        try:
            due = await asyncio.to_thread(anything, self._store, self._now())
        except StoreError as error:
            self._trouble.note(str(error))
            return
        if due:
            self._begin(self._round())

    def follow_clock(self, by: timedelta) -> None:
        """Keeps waits and leases as long as they were when the clock was set by so much."""
        self._begin(self._follow_clock(by))

    async def stop(self, patience: float) -> None:
        """Begins a last round and waits for it, `patience` seconds at most.

        What was not sent by then stays in the outbox for the next start.
        """
        await self.tell()
        if self._rounds:
            _, late = await asyncio.wait(set(self._rounds), timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)

    async def _follow_clock(self, by: timedelta) -> None:
        try:
            await asyncio.to_thread(follow_clock, self._store, by)
        except StoreError as error:
            self._trouble.note(str(error))

    async def _round(self) -> None:
        try:
            means = self._store, self._fetcher, self._place(), self._now, self._machine
            await notify(*means)
            self._trouble.note("")
        except StoreError as error:
            self._trouble.note(str(error))
        except Exception:  # what one receiver does is not the others' end
            logger.exception(
                "telling hubs and webhooks: a bug in feeder; please report it with these lines"
            )
