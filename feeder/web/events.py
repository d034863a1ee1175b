"""Changes as they happen: server-sent events (https://html.spec.whatwg.org/#server-sent-events).

An event's id is the change's place in the order of all changes, so `Last-Event-ID` resumes where a
reader was cut off, over restarts of ours too.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from feeder.notify.messages import told
from feeder.web.problem import problem

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import ASGIApp, Receive, Scope, Send

    from feeder.store import Event, Store

# A line now and then keeps proxies from closing a silent connection; changes that another process
# made are seen then.
HEARTBEAT = 15.0  # seconds
_BATCH = 100
_RETRY = 3000  # milliseconds after which a browser comes back


class Bell:
    """Wakes every stream when something has changed, so that it looks in the store."""

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self.closed = False
        self.listeners = 0

    @property
    def next(self) -> asyncio.Event:
        """Set at the next ring. Take it before looking, so that no ring in between is missed."""
        return self._next

    def ring(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    def close(self) -> None:
        self.closed = True
        self.ring()


def app(store: Store, bell: Bell, *, most: int, heartbeat: float = HEARTBEAT) -> ASGIApp:
    """Serves GET /events?source=NAME to at most `most` listeners; without `source`, all changes."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        name = asked.get("source", [""])[-1]
        bell.listeners += 1  # before anything is waited for: many may come at once
        try:
            refusal = _refusal(bell, scope["method"], most) or await _unknown(store, name)
            if refusal:
                await refusal(scope, receive, send)
                return
            stream = _Stream(store, bell, send, name or None, heartbeat)
            await _until_gone(receive, stream.run(_resumed(scope, asked.get("after", [""])[-1])))
        finally:
            bell.listeners -= 1

    return answer


def _refusal(bell: Bell, method: str, most: int) -> ASGIApp | None:
    if method != "GET":
        return problem(405, "only GET", {"allow": "GET"})
    if bell.closed or bell.listeners > most:
        detail = "too many listeners, or shutting down; come back later"
        return problem(503, detail, {"retry-after": "60"})
    return None


async def _unknown(store: Store, name: str) -> ASGIApp | None:
    if name and await asyncio.to_thread(store.source, name) is None:
        return problem(404, f"there is no source {name!r}")
    return None


def _resumed(scope: Scope, after: str = "") -> int | None:
    """Returns the last event that the reader has, by header or `after`; None: it is new here.

    A page that was made before it listens says what it shows already.
    """
    value = dict(scope["headers"]).get(b"last-event-id", after.encode()).strip()
    return int(value) if value.isdigit() and len(value) < 19 else None


async def _until_gone(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Ends the work when the reader goes away."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in (task, gone):
            one.cancel()
        results = await asyncio.gather(task, gone, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass(frozen=True, slots=True)
class _Stream:
    store: Store
    bell: Bell
    send: Send
    name: str | None
    heartbeat: float

    async def run(self, after: int | None) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),  # nginx would hold the events back
        ]
        last = await asyncio.to_thread(self.store.last_event)
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._write(f"retry: {_RETRY}\nid: {last if after is None else after}\n\n")
        # A number from the future is of another store, such as one that was restored from a copy.
        after = last if after is None else min(after, last)
        while not self.bell.closed:
            ring = self.bell.next
            after = await self._catch_up(after)
            try:
                # Not wait_for: before Python 3.12 it loses a cancellation that comes with the ring.
                async with asyncio.timeout(self.heartbeat):
                    await ring.wait()
            except TimeoutError:
                await self._write(":\n\n")
        await self.send({"type": "http.response.body", "body": b""})

    async def _catch_up(self, after: int) -> int:
        """Sends what is in the store and the reader does not have; the number of the last one."""
        while events := await asyncio.to_thread(self.store.events, after, _BATCH, self.name):
            await self._write("".join(_block(event) for event in events))
            after = events[-1].seq
        return after

    async def _write(self, text: str) -> None:
        await self.send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def _block(event: Event) -> str:
    """Returns an event's three lines: JSON has no line breaks. What is unpublished is not told."""
    if event.change.entry.hidden:
        return f"id: {event.seq}\n\n"
    data = {"source": event.name, "at": event.change.at} | told(event.change)
    text = msgspec.json.encode(data).decode()
    return f"id: {event.seq}\nevent: {event.change.kind}\ndata: {text}\n\n"
