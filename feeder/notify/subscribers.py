"""The built-in hub's work: subscribers are asked whether they meant it, and sent what changed.

W3C WebSub, https://www.w3.org/TR/websub/. Which requests are taken in the first place is
`feeder.web.hub`'s to say.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from feeder.errors import ReadError
from feeder.notify.delivery import DeliveryProblem, pause, post, signature
from feeder.read.address import parse
from feeder.read.decode import decoded
from feeder.render.urls import CONTENT_TYPES
from feeder.store import hub_subscriptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from feeder.notify.delivery import Means
    from feeder.store.hub_subscriptions import Delivery, Intent

# What one round takes from the store, and how much of it is begun at once: in all, and to one
# callback host.
ROUND = 500
AT_ONCE = 32
AT_ONCE_PER_HOST = 4
# Seconds for which one that does not answer takes a place: then another one is begun beside it.
PATIENCE = 2.0
# Longer than a round can last, which is begun after ROUND / AT_ONCE times PATIENCE.
CLAIM = timedelta(minutes=15)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
# A change is offered for about three hours; a subscriber that was down for longer gets the next
# one.
MOST_DELIVERIES = 14
MOST_QUESTIONS = 3
_ECHO = 10_000  # bytes, of which a challenge takes 43


async def serve(means: Means) -> int:
    """Asks and sends what is due; returns how many subscribers confirmed or were sent a feed."""
    intents, deliveries = await asyncio.to_thread(_take, means)
    gate = _Gate()
    asked = (gate.through(intent.host, partial(_ask, means, intent)) for intent in intents)
    sent = (
        gate.through(delivery.host, partial(_deliver, means, delivery)) for delivery in deliveries
    )
    return sum(await asyncio.gather(*asked, *sent))


async def confirm_now(means: Means, intent: Intent) -> bool:
    """Asks a subscriber once, while it waits; returns whether it meant its request.

    It asks with hub.verify=sync, which WebSub no longer has: PubSubHubbub 0.3, §6.1.
    """
    if await _ask(means, intent):
        return True
    await asyncio.to_thread(_conclude, means, intent, meant=False)
    return False


class _Gate:
    """Lets through so many at once, and fewer to one host: the slow do not hold up the others."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(AT_ONCE)
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(AT_ONCE_PER_HOST)
        )

    async def through(self, host: str, work: Callable[[], Awaitable[bool]]) -> bool:
        async with self._hosts[host]:
            await self._all.acquire()
            place = asyncio.get_running_loop().call_later(
                PATIENCE, self._give_up, freed := asyncio.Event()
            )
            try:
                return await work()
            finally:
                place.cancel()
                self._give_up(freed)

    def _give_up(self, freed: asyncio.Event) -> None:
        """Frees the place, once."""
        if not freed.is_set():
            freed.set()
            self._all.release()


def _take(means: Means) -> tuple[tuple[Intent, ...], tuple[Delivery, ...]]:
    now = means.now()
    with means.store.database.writing() as connection:
        hub_subscriptions.expire(connection, now)
        until = now + CLAIM
        taken = connection, now, until, ROUND, means.machine
        intents = hub_subscriptions.take_intents(*taken)
        return intents, hub_subscriptions.take_deliveries(*taken)


async def _ask(means: Means, intent: Intent) -> bool:
    """Asks a subscriber whether it meant its request; returns whether it did (§5.3).

    Of a denial it is told, and nothing is expected (§5.2).
    """
    if intent.mode == "subscribe" and means.place.file(intent.topic) is None:
        intent = replace(intent, mode="denied", reason="no such feed")
    challenge = secrets.token_urlsafe(32)
    asked = question(intent, challenge)
    try:
        answer = await means.fetcher.get(asked, trusted=intent.inside, robots=False)
        echoed = decoded(answer.wire, answer.headers.get("content-encoding", ""), _ECHO)
    except ReadError as error:
        await asyncio.to_thread(_unsure, means, intent, error.until)
        return False
    # An answer from elsewhere, after a redirect, is none (§5.3: any other status code is a failed
    # verification).
    here = answer.url == str(parse(asked))
    meant = here and 200 <= answer.status < 300 and echoed == challenge.encode()
    await asyncio.to_thread(_conclude, means, intent, meant=meant)
    return meant


def question(intent: Intent, challenge: str) -> str:
    """Returns the callback's address with our parameters added to its own query."""
    asked = {"hub.mode": intent.mode, "hub.topic": intent.topic}
    if intent.mode == "denied":
        asked["hub.reason"] = intent.reason
    else:
        asked["hub.challenge"] = challenge
    if intent.mode == "subscribe":
        asked["hub.lease_seconds"] = str(intent.lease)
    parts = urlsplit(intent.callback)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(asked))))))


def _conclude(means: Means, intent: Intent, *, meant: bool) -> None:
    with means.store.database.writing() as connection:
        if meant and intent.mode != "denied":
            expires = means.now() + timedelta(seconds=intent.lease)
            hub_subscriptions.confirm(connection, intent, expires)
        else:
            hub_subscriptions.drop(connection, intent)


def _unsure(means: Means, intent: Intent, until: datetime | None) -> None:
    with means.store.database.writing() as connection:
        if intent.tries >= MOST_QUESTIONS:
            hub_subscriptions.drop(connection, intent)
        else:
            hub_subscriptions.postpone(connection, intent, _later(means, intent.tries, until))


def _later(means: Means, failures: int, until: datetime | None) -> datetime:
    wait = means.now() + pause(failures, FIRST_PAUSE, LONGEST_PAUSE)
    return max(wait, until or wait)


async def _deliver(means: Means, delivery: Delivery) -> bool:
    """Sends a subscriber the whole feed as it is now (§7); returns whether it arrived."""
    problem = await _send(means, delivery)
    await asyncio.to_thread(_settle, means, delivery, problem)
    return problem is None


async def _send(means: Means, delivery: Delivery) -> DeliveryProblem | None:
    file = means.place.file(delivery.topic)
    if file is None:
        return DeliveryProblem("the feed is no longer published")
    try:
        body = await asyncio.to_thread(_body, file)
    except OSError as error:
        return DeliveryProblem(f"the feed cannot be read: {error.strerror}")
    made = headers(means, delivery, body)
    return await post(means, delivery.callback, body, made, trusted=delivery.inside)


def _body(file: Path) -> bytes:
    """Returns a file's bytes: one copy, however many slow subscribers hold it."""
    facts = file.stat()
    return _read(file, facts.st_ino, facts.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, _inode: int, _written: int) -> bytes:
    return file.read_bytes()


def headers(means: Means, delivery: Delivery, body: bytes) -> dict[str, str]:
    """Returns the headers of a delivery (§7), signed where there is a secret (§7.1)."""
    made = {
        "Content-Type": CONTENT_TYPES[delivery.topic.rpartition(".")[2]],
        "Link": f'<{means.place.hub}>; rel="hub", <{delivery.topic}>; rel="self"',
    }
    if delivery.secret:
        made["X-Hub-Signature"] = signature(delivery.secret, body)
    return made


def _settle(means: Means, delivery: Delivery, problem: DeliveryProblem | None) -> None:
    given_up = delivery.failures + 1 >= MOST_DELIVERIES
    with means.store.database.writing() as connection:
        if problem and problem.status == 410:  # §7: the subscriber wants no more of it
            hub_subscriptions.end(connection, delivery)
        elif problem and not given_up:
            hub_subscriptions.undelivered(
                connection, delivery, _later(means, delivery.failures, problem.until)
            )
        elif problem and means.place.file(delivery.topic) is None:
            _withdraw(connection, delivery, problem.error, means.now())
        else:
            hub_subscriptions.delivered(connection, delivery, means.now())


def _withdraw(connection: Connection, delivery: Delivery, reason: str, now: datetime) -> None:
    """Ends a subscription; its subscriber is told why (§5.2)."""
    hub_subscriptions.end(connection, delivery)
    denial = hub_subscriptions.Intent(
        "denied", delivery.callback, delivery.topic, delivery.host, delivery.inside, reason=reason
    )
    hub_subscriptions.ask(connection, denial, now)
