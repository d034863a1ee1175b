"""What is due is read, on time, and never twice at once.

The store is the schedule: each source's row says when it is due. One APScheduler job ticks; a tick
takes the most overdue, leaves to each host the pause that it is owed, and starts the reads. A
refresh that a person asks for joins the one that is under way. Marks of reads that changed nothing
are stored together at the next tick.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from feeder.errors import StoreError
from feeder.polling.source_state import put_off
from feeder.refresh import Outcome, refresh

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.config import Source
    from feeder.model import SourceState
    from feeder.refresh import Works
    from feeder.runtime.metrics import Meters

logger = logging.getLogger("feeder.runtime.scheduler")

TICK = 0.25  # seconds
TELL = 5.0  # seconds between two looks into the outbox …
SOON = 0.05  # … and after a change: others of the same moment are told with it
MOST_AT_ONCE = 1000  # reads under way; each waits for its server most of the time
MOST_OF_A_HOST = 4  # of those: more could only wait for their turn
MOST_PAGES = 100  # read and not yet done with: more would only lie in memory
MOST_OF_A_TICK = 250  # begun at once: when all are due, the loop still answers others in between
RETRY_STORE = timedelta(seconds=5)  # after a read whose changes the store did not take


class Schedule:
    """Reads under way, by source."""

    def __init__(
        self,
        works: Works,
        meters: Meters,
        tell: Callable[[], Awaitable[object]],
        seen: Callable[[Outcome], object],
    ) -> None:
        """`tell` is called now and then, and when something has changed; `seen` with each outcome."""
        self._works = works
        self._meters = meters
        self._tell = tell
        self._seen = seen
        self._running: dict[int, asyncio.Task[Outcome]] = {}
        self._hosts: Counter[str] = Counter()
        self._marks: dict[int, SourceState] = {}
        self._telling: asyncio.TimerHandle | None = None
        # A thread of its own: a tick must not wait until those that parse, write and wait for the
        # disk are free.
        self._thread = ThreadPoolExecutor(1, "schedule")
        self._clock = AsyncIOScheduler(timezone=UTC)
        self.ticked = time.monotonic()  # of the last tick that reached the store
        self._ticked_at: datetime | None = None  # the same by the clock on the wall

    def start(self) -> None:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._clock.add_job(
            self.tick, "interval", seconds=TICK, id="tick", coalesce=True, max_instances=1, misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )  # fmt: skip
        self._clock.add_job(
            self._tell,
            "interval",
            seconds=TELL,
            id="tell",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._clock.start()

    async def stop(self, patience: float) -> None:
        """No new reads; those under way get `patience` seconds to end, and what they found is stored."""
        if self._clock.running:
            logging.getLogger("apscheduler.executors").setLevel(
                logging.CRITICAL
            )  # a tick that is cut short is no error
            self._clock.shutdown(wait=False)
        if self._running:
            _, late = await asyncio.wait(list(self._running.values()), timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with suppress(StoreError):
            await asyncio.to_thread(self._works.store.mark, list(self._marks.items()))
        self._thread.shutdown(wait=False)

    def use(self, works: Works) -> None:
        """From the next read on: the configuration was read again."""
        self._works = works

    def wake(self) -> None:
        """A tick now."""
        self._soon("tick")

    def tell(self) -> None:
        """A look into the outbox at once, but one for all that change together."""
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(SOON, self._tell_now)

    def _tell_now(self) -> None:
        self._telling = None
        self._soon("tell")

    def _soon(self, job: str) -> None:
        if self._clock.running:
            self._clock.modify_job(job, next_run_time=datetime.now(UTC))

    async def tick(self) -> None:
        now = datetime.now(UTC)
        marks, self._marks = self._marks, {}
        turned_back = self._ticked_at is None or now < self._ticked_at
        try:
            advance = partial(self._advance, marks, now, turned_back=turned_back)
            due = await asyncio.get_running_loop().run_in_executor(self._thread, advance)
        except StoreError as error:
            self._marks = marks | self._marks
            logger.error("%s", error)  # noqa: TRY400 -- a sentence, no bug
            return
        self.ticked, self._ticked_at = time.monotonic(), now
        ahead: Counter[str] = Counter()  # of a host, reads that were put off before
        for source, source_state in due:
            if source.id in self._running or source.id in self._marks:
                continue
            host = _host(source.url)
            if (wait := self._turn_in(source.url, ahead[host])) > TICK:
                self._marks[source.id] = put_off(
                    source_state, now + timedelta(seconds=wait), host, now
                )
                ahead[host] += 1
            else:
                self._meters.late(now - (source_state.next_due or now))
                self._begin(source, source_state)

    async def refresh(
        self, source: Source, source_state: SourceState, *, accept: bool = False
    ) -> Outcome:
        """A read now, or the one that is under way: what came of it."""
        task = self._running.get(source.id)
        if task is None or accept:
            if task is not None:
                await asyncio.wait([task])
            stood = self._marks.pop(source.id, None)
            task = self._begin(source, stood or source_state, accept=accept)
        outcome = await asyncio.shield(task)
        await self._store_mark(source.id)
        return outcome

    def _advance(
        self, marks: dict[int, SourceState], now: datetime, *, turned_back: bool
    ) -> list[tuple[Source, SourceState]]:
        store = self._works.store
        if marks:
            store.mark(list(marks.items()))
        if turned_back and (count := store.set_back(now)):
            logger.warning(
                "the clock was set back: %d sources are read now, as no one knows when they were due",
                count,
            )
        room = min(MOST_AT_ONCE - len(self._running), MOST_OF_A_TICK)
        if self._works.unfinished.pages > MOST_PAGES:
            return []
        return store.due(now, room, frozenset(self._running)) if room > 0 else []

    async def _store_mark(self, source_id: int) -> None:
        """A person who asked for a refresh finds its outcome in the status at once."""
        mark = self._marks.pop(source_id, None)
        if mark is not None:
            await asyncio.to_thread(self._works.store.mark, [(source_id, mark)])

    def _turn_in(self, url: str, ahead: int) -> float:
        """Seconds until a read of the host could begin, those that wait for it counted, and `ahead` more."""
        if not url:
            return 0.0
        wait = self._works.fetcher.ready_in(url, ahead)
        if self._hosts[_host(url)] < MOST_OF_A_HOST:
            return wait
        return max(wait, (2 + ahead / MOST_OF_A_HOST) * TICK)

    def _begin(
        self, source: Source, source_state: SourceState, *, accept: bool = False
    ) -> asyncio.Task[Outcome]:
        task = asyncio.create_task(
            self._read(source, source_state, accept=accept), name=f"refresh {source.name}"
        )
        self._running[source.id] = task
        host = _host(source.url)
        self._hosts[host] += 1

        def ended(_: asyncio.Task[Outcome]) -> None:
            del self._running[source.id]
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]

        task.add_done_callback(ended)
        return task

    async def _read(self, source: Source, source_state: SourceState, *, accept: bool) -> Outcome:
        started = time.perf_counter()
        try:
            outcome = await refresh(source, source_state, self._works, accept=accept)
        except StoreError as error:
            outcome = Outcome(source.name, "failed", source_state.state, reason=str(error))
            self._put_off(source, source_state)
        except Exception:  # one source's bug is not the others' end
            logger.exception(
                "refresh of %s: a bug in feeder; please report it with these lines", source.name
            )
            outcome = Outcome(
                source.name,
                "failed",
                source_state.state,
                reason="a bug in feeder: its log has the details",
            )
            self._put_off(source, source_state)
        if outcome.mark is not None:
            self._marks[source.id] = outcome.mark[1]
        self._meters.read(outcome, time.perf_counter() - started)
        self._seen(outcome)
        return outcome

    def _put_off(self, source: Source, source_state: SourceState) -> None:
        """The store has not taken what was read: it is read again soon, and not at every tick."""
        again = datetime.now(UTC) + RETRY_STORE * min(2**source_state.failures, 64)
        self._marks[source.id] = replace(
            source_state, next_due=again, failures=source_state.failures + 1
        )


def _host(url: str) -> str:
    return url.split("/", 3)[2].lower() if "://" in url else ""
