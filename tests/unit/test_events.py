"""Server-sent events: each change once, in order, resumed where a reader was cut off."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from feeder.config import SourceSettings
from feeder.model import Change, Content, Entry, SourceState
from feeder.store import Commit, Store
from feeder.web.events import Bell, app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MOST = 3  # listeners


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as opened:
        for name in ("harbour", "market"):
            opened.add(SourceSettings(name=name, url=f"https://pages.example/{name}"), "api", NOON)
        yield opened


def commit(store: Store, name: str, number: int, *, hidden: bool = False) -> None:
    found = store.source(name)
    assert found
    entry = Entry(
        id=f"urn:uuid:{name}-{number}",
        number=number,
        published=NOON,
        updated=NOON,
        first_seen=NOON,
        content=Content(title=f"{name} {number}", text="", html=""),
        digest=str(number),
        hidden=hidden,
    )
    store.commit(Commit(found[0].id, NOON, SourceState(), (Change("added", NOON, entry),)))


@dataclass
class Listener:
    """A reader of the stream: what it was sent, taken apart at the blank lines."""

    messages: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            for block in message["body"].decode().split("\n\n")[:-1]:
                await self.messages.put(
                    dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
                )

    async def receive(self) -> Any:
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def over(self) -> None:
        """The server ends it, not the reader."""
        assert self.task
        await asyncio.wait_for(asyncio.shield(self.task), 60)

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.messages.get(), 60)


@asynccontextmanager
async def listening(
    store: Store,
    bell: Bell,
    *,
    query: str = "",
    last: str | None = None,
    heartbeat: float = 60,
    method: str = "GET",
) -> AsyncIterator[Listener]:
    listener = Listener()
    headers = [] if last is None else [(b"last-event-id", last.encode())]
    scope = {
        "type": "http",
        "method": method,
        "query_string": query.encode(),
        "headers": headers,
        "path": "/events",
    }
    listener.task = asyncio.ensure_future(
        app(store, bell, most=MOST, heartbeat=heartbeat)(scope, listener.receive, listener.send)
    )
    try:
        yield listener
    finally:
        listener.leave.set()
        await listener.over()


def told(block: dict[str, Any]) -> tuple[str, str, str]:
    data = json.loads(block["data"])
    return block["event"], data["source"], data["title"]


def test_a_new_reader_gets_what_changes_from_now_on(store: Store) -> None:
    async def play() -> None:
        commit(store, "harbour", 1)
        bell = Bell()
        async with listening(store, bell) as listener:
            hello = await listener.next()
            assert (listener.status, hello["retry"], hello["id"]) == (
                200,
                "3000",
                str(store.last_event()),
            )
            assert listener.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
            commit(store, "market", 1)
            bell.ring()
            block = await listener.next()
            assert told(block) == ("added", "market", "market 1")
            assert block["id"] == str(store.last_event())
        assert bell.listeners == 0

    asyncio.run(play())


def test_a_reader_that_was_cut_off_gets_all_that_it_missed_in_order(store: Store) -> None:
    async def play() -> None:
        commit(store, "harbour", 1)
        last = str(store.last_event())
        for number in range(2, 130):
            commit(store, "harbour", number)
        async with listening(store, Bell(), last=last) as listener:
            await listener.next()
            titles = [told(await listener.next())[2] for _ in range(2, 130)]
        assert titles == [f"harbour {number}" for number in range(2, 130)]

    asyncio.run(play())


def test_one_source_can_be_asked_for_and_what_is_not_published_is_not_told(store: Store) -> None:
    async def play() -> None:
        bell = Bell()
        async with listening(store, bell, query="source=market", last="0") as listener:
            await listener.next()
            commit(store, "harbour", 1)
            commit(store, "market", 1, hidden=True)
            commit(store, "market", 2)
            bell.ring()
            hidden = await listener.next()
            assert list(hidden) == ["id"]
            assert told(await listener.next()) == ("added", "market", "market 2")

    asyncio.run(play())


def test_a_silent_stream_is_kept_alive_and_sees_what_another_process_wrote(store: Store) -> None:
    async def play() -> None:
        async with listening(store, Bell(), heartbeat=0.01) as listener:
            await listener.next()
            assert await listener.next() == {}
            commit(store, "harbour", 1)
            block: dict[str, Any] = {}
            while not block:
                block = await listener.next()
            assert told(block) == ("added", "harbour", "harbour 1")

    asyncio.run(play())


@pytest.mark.parametrize("last", ["", "x", "-1", "9" * 30, "²"])
def test_a_nonsensical_last_event_id_is_none(store: Store, last: str) -> None:
    async def play() -> None:
        commit(store, "harbour", 1)
        async with listening(store, Bell(), last=last) as listener:
            assert (await listener.next())["id"] == str(store.last_event())

    asyncio.run(play())


def test_a_last_event_id_of_another_store_does_not_silence_the_stream(store: Store) -> None:
    async def play() -> None:
        bell = Bell()
        async with listening(store, bell, last="999999") as listener:
            await listener.next()
            commit(store, "harbour", 1)
            bell.ring()
            assert told(await listener.next()) == ("added", "harbour", "harbour 1")

    asyncio.run(play())


def test_closing_ends_every_stream_and_lets_nobody_in(store: Store) -> None:
    async def play() -> None:
        bell = Bell()
        async with listening(store, bell) as listener:
            await listener.next()
            bell.close()
            await listener.over()
        async with listening(store, bell) as listener:
            await listener.over()
            assert listener.status == 503

    asyncio.run(play())


@pytest.mark.parametrize(
    ("method", "query", "crowd", "status"),
    [("GET", "source=nobody", 0, 404), ("GET", "", MOST, 503), ("POST", "", 0, 405)],
)
def test_refusals_are_problems(
    store: Store, method: str, query: str, crowd: int, status: int
) -> None:
    async def play() -> None:
        bell = Bell()
        bell.listeners = crowd
        async with listening(store, bell, query=query, method=method) as listener:
            await listener.over()
            assert listener.status == status
            assert listener.headers[b"content-type"] == b"application/problem+json"

    asyncio.run(play())


@pytest.mark.row("73")
def test_no_more_listen_than_may_also_where_all_come_at_once(store: Store) -> None:
    async def play() -> None:
        bell = Bell()
        async with AsyncExitStack() as stack:
            everybody = [
                await stack.enter_async_context(listening(store, bell, query="source=harbour"))
                for _ in range(MOST + 5)
            ]
            for listener in everybody[MOST:]:
                await listener.over()
            for listener in everybody[:MOST]:
                await listener.next()
            assert [one.status for one in everybody] == [200] * MOST + [503] * 5
        assert bell.listeners == 0

    asyncio.run(play())
