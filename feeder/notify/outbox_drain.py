"""Drains the outbox: each target in order, all targets at once, each message at least once."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from feeder.notify.delivery import pause, post, signature
from feeder.read.address import shown
from feeder.store import hub_subscriptions, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.notify.delivery import DeliveryProblem, Means
    from feeder.store.outbox import Failure, Parcel

logger = logging.getLogger("feeder.notify")

# Longer than any one request takes (timeout under [fetch] is at most ten minutes): nobody else
# talks to the target.
CLAIM = timedelta(minutes=11)
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(hours=2)
# A target that is down gets its messages for three days; one that answers "no" to a message gets it
# for about ten minutes, then the next one has its turn.
MOST_AGE = timedelta(days=3)
MOST_REFUSALS = 8


async def drain(means: Means) -> int:
    """Sends what is due; returns how many messages arrived."""
    due = await asyncio.to_thread(_due, means)
    return sum(await asyncio.gather(*(_tell(means, target) for target in due)))


def _due(means: Means) -> tuple[str, ...]:
    with means.store.database.reading() as connection:
        return outbox.due(connection, means.now())


async def _tell(means: Means, target: str) -> int:
    count = 0
    while parcels := await asyncio.to_thread(_next, means, target, first=not count):
        for parcel in parcels:
            problem = await _send(means, parcel)
            await asyncio.to_thread(_settle, means, parcel, problem)
            if problem:
                return count
            count += 1
    return count


def _next(means: Means, target: str, *, first: bool) -> tuple[Parcel, ...]:
    """Returns what is to be sent next; nothing where another drain talks to the target.

    When all is sent, the target is free again.
    """
    now = means.now()
    with means.store.database.writing() as connection:
        if first and not outbox.claim(connection, target, now, now + CLAIM, means.machine):
            return ()
        parcels = outbox.parcels(connection, target)
        if not parcels:
            outbox.rest(connection, target, now)
        return parcels


def _settle(means: Means, parcel: Parcel, problem: DeliveryProblem | None) -> None:
    now = means.now()
    with means.store.database.writing() as connection:
        if problem is None:
            outbox.told(connection, parcel, now, now + CLAIM)
        else:
            failure, target = _failure(parcel, problem, now), parcel.message.target
            outbox.failed(connection, parcel, failure)
            dropped = failure.dropped + outbox.expire(connection, target, now - MOST_AGE)
            if dropped:
                said = "%d messages to %s are given up: %s"
                logger.warning(said, dropped, shown(target), problem.error)


def _failure(parcel: Parcel, problem: DeliveryProblem, now: datetime) -> Failure:
    if problem.refused and parcel.tries + 1 >= MOST_REFUSALS:
        return outbox.Failure(problem.error, now, failures=0, dropped=True)
    wait = now + pause(parcel.failures, FIRST_PAUSE, LONGEST_PAUSE)
    return outbox.Failure(problem.error, max(wait, problem.until or wait), parcel.failures + 1)


async def _send(means: Means, parcel: Parcel) -> DeliveryProblem | None:
    message = parcel.message
    if message.kind == "websub" and message.target == "self":
        await asyncio.to_thread(_publish, means, message.topic)
        return None
    content, headers = await asyncio.to_thread(_request, means, parcel)
    return await post(means, message.target, content, headers, trusted=True)  # the file names it


def _publish(means: Means, topic: str) -> None:
    with means.store.database.writing() as connection:
        hub_subscriptions.want(connection, topic, means.now())


def _request(means: Means, parcel: Parcel) -> tuple[bytes, dict[str, str]]:
    message = parcel.message
    if message.kind == "websub":
        # Some hubs read hub.url (PubSubHubbub 0.4), others hub.topic; the Recommendation leaves it
        # open.
        form = {"hub.mode": "publish", "hub.url": message.topic, "hub.topic": message.topic}
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    with means.store.database.writing() as connection:
        secret = outbox.signing_key(connection)
    return message.payload, {
        "Content-Type": "application/json",
        "X-Feeder-Delivery": str(parcel.ids[0]),
        "X-Hub-Signature-256": signature(secret, message.payload),
    }
