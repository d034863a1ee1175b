"""Work without a daemon: this process reads, publishes and tells."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeder import publish
from feeder.config import unknown_source
from feeder.extract import extract
from feeder.notify.notifier import notify, recover, retire
from feeder.operations.sync_config import synchronise
from feeder.pipeline.turn import Outcome, Works
from feeder.publish import compose
from feeder.publish.publisher import Publisher
from feeder.read.fetcher import Fetcher
from feeder.refresh import refresh
from feeder.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from feeder.config import Settings, Source
    from feeder.model import Document, Rules, Snapshot, SourceState

AT_ONCE = 20  # reads under way


@asynccontextmanager
async def works_here(settings: Settings) -> AsyncIterator[Works]:
    """Opens the store, locked against a daemon; at the end, publishes and tells what is left.

    Raises:
        ConfigError: a daemon holds the store or the folder.
    """
    async with AsyncExitStack() as stack:
        store = stack.enter_context(Store.open(settings.store))
        stack.enter_context(store.lock(settings.output))
        synchronise(store, settings, _now())
        fetcher = await stack.enter_async_context(Fetcher(settings.fetch, store.hosts))
        publish.sweep(settings.output)
        publisher = Publisher(settings, store)
        publisher.heal(_now())
        recover(store, _now())
        retire(store, (*settings.push.hubs, *settings.push.webhooks))
        yield Works(settings, store, fetcher, extract_here, publisher)
        store.marks.write()
        publisher.heal(_now())
        publisher.leave()
        publisher.publish_missing(_now())
        publisher.publish_digests(_now())
        await notify(store, fetcher, compose.place_of(settings), _now)


async def refresh_here(
    settings: Settings,
    names: Sequence[str],
    *,
    accept: bool = False,
    step: Callable[[str], object] = id,
) -> list[Outcome]:
    """Reads sources now, all where none is named; calls `step` with the name of each.

    Raises:
        ConfigError: there is no source of that name, or a daemon holds the store.
    """
    async with works_here(settings) as works:
        chosen = _choose_sources(works.store, names)
        room = asyncio.Semaphore(AT_ONCE)

        async def read_one(source: Source, source_state: SourceState) -> Outcome:
            async with room:
                outcome = await refresh(source, source_state, works, accept=accept)
            step(source.name)
            return outcome

        return list(await asyncio.gather(*(read_one(*pair) for pair in chosen)))


def _choose_sources(store: Store, names: Sequence[str]) -> list[tuple[Source, SourceState]]:
    known = {source.name: (source, source_state) for source, source_state in store.sources()}
    for name in names:
        if name not in known:
            raise unknown_source(name, known)
    return [known[name] for name in names or known]


async def extract_here(document: Document, rules: Rules) -> Snapshot:
    return await asyncio.to_thread(extract, document, rules)


def _now() -> datetime:
    return datetime.now(UTC)
