"""Reads what is due, on time, and never twice at once.

The store is the schedule: each source's row says when it is due. One APScheduler job ticks: a tick
takes the sources that have been due for longest, gives each host the pause it is owed, and starts
the reads. A refresh that a person asks for joins the one that is under way. Marks of reads that
changed nothing are stored together at the next tick.

Where several machines share the store, a tick puts what is due into their queue instead, and what
this process reads comes from there (feeder.scale).
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
from feeder.notify.trouble import Trouble
from feeder.pipeline.turn import Outcome
from feeder.polling.source_state import put_off
from feeder.refresh import refresh
from feeder.runtime.clock import Pulse, watch_clock
from feeder.store import LockLostError, PastRead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.config import Source
    from feeder.model import SourceState
    from feeder.pipeline.turn import Works
    from feeder.runtime.metrics import Metrics
    from feeder.scale import Installation

logger = logging.getLogger("feeder.runtime.scheduler")

TICK = timedelta(seconds=0.25)
TELL = timedelta(seconds=5)  # between two looks into the outbox …
SOON = 0.05  # seconds … and after a change: others of the same moment are told with it
MOST_AT_ONCE = 1000  # reads under way; each waits for its server most of the time
MOST_OF_A_HOST = 16  # of those, begun at one tick: more could only wait for their turn
MOST_PAGES = 100  # read and not yet done with: more would only lie in memory
MOST_OF_A_TICK = 250  # begun at once: when all are due, the loop still answers others in between
RETRY_STORE = timedelta(seconds=5)  # after a read whose changes the store did not take
MOST_REASON = 300  # characters of a reason that are kept in the log of reads
BUG = "this is a bug in feeder; its log has the details"


class Schedule:
    """The reads that are due or under way, by source."""

    def __init__(
        self,
        works: Works,
        metrics: Metrics,
        tell: Callable[[], Awaitable[object]],
        seen: Callable[[Outcome], object],
        give_up: Callable[[LockLostError], object] = id,
        follow_clock: Callable[[timedelta], object] = id,
        *,
        shared: Installation | None = None,
        schedules: bool = True,
    ) -> None:
        """Takes what is called: `tell` now and then and after a change, `seen` with each outcome.

        `give_up` is called when another process has the store, `follow_clock` with the difference
        when the wall clock was set. `shared`: the installation with which the store is shared;
        there, a worker `schedules` nothing.
        """
        self._shared = shared
        self._schedules = schedules
        self._works = works
        self._metrics = metrics
        self._tell = tell
        self._seen = seen
        self._give_up = give_up
        self._follow_clock = follow_clock
        self._running: dict[int, asyncio.Task[Outcome]] = {}
        self._hosts: Counter[str] = Counter()
        self._telling: asyncio.TimerHandle | None = None
        # A thread of its own: a tick must not wait until those that parse, write and wait for the
        # disk are free.
        self._thread = ThreadPoolExecutor(1, "schedule")
        self._jobs = AsyncIOScheduler(timezone=UTC)
        self._watch: asyncio.Task[None] | None = None
        self._trouble = Trouble(logger)
        self.ticked = time.monotonic()  # when a tick last reached the store
        self._ticked_at: datetime | None = None  # the same instant by the wall clock

    def start(self) -> None:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._add_job("tick", self.tick, TICK)
        self._add_job("tell", self._tell, TELL)
        self._jobs.start()
        self._watch = asyncio.create_task(watch_clock(self._clock_was_set), name="watch clock")

    def _add_job(self, name: str, work: Callable[[], Awaitable[object]], every: timedelta) -> None:
        self._jobs.add_job(
            work,
            Pulse(every),
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def _clock_was_set(self, by: timedelta) -> None:
        """Jobs that wait for an instant of the old time are due now."""
        way = "forward" if by > timedelta() else "back"
        logger.warning("the clock was set %s by %s", way, abs(by))
        self._follow_clock(by)
        self._soon("tick")
        self._soon("tell")

    async def stop(self, patience: float) -> None:
        """Starts no more reads, gives the others `patience` seconds, and stores their marks."""
        if self._watch is not None:
            self._watch.cancel()
        if self._jobs.running:
            # a tick that is cut short is no error
            logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)
            self._jobs.shutdown(wait=False)
        if self._running:
            _, late = await asyncio.wait(list(self._running.values()), timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with suppress(StoreError):
            await asyncio.to_thread(self._works.store.marks.write)
        self._thread.shutdown(wait=False)

    def use(self, works: Works) -> None:
        """Takes these from the next read on: the configuration was read again."""
        self._works = works

    def wake(self) -> None:
        """Ticks now."""
        self._soon("tick")

    def tell(self) -> None:
        """Looks into the outbox soon, once for all changes of the same moment."""
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(SOON, self._tell_now)

    def _tell_now(self) -> None:
        self._telling = None
        self._soon("tell")

    def _soon(self, job: str) -> None:
        if self._jobs.running:
            self._jobs.modify_job(job, next_run_time=datetime.now(UTC))

    async def tick(self) -> None:
        """Stores the marks of the last reads and begins the reads that are due."""
        now = datetime.now(UTC)
        turned_back = self._ticked_at is None or now < self._ticked_at
        try:
            advance = partial(self._advance, now, turned_back=turned_back)
            due = await asyncio.get_running_loop().run_in_executor(self._thread, advance)
        except StoreError as error:
            self._trouble.note(str(error))
            if isinstance(error, LockLostError):
                self._give_up(error)
            return
        self._trouble.note("")
        self.ticked, self._ticked_at = time.monotonic(), now
        self._begin_due(due, now)

    def _begin_due(self, due: list[tuple[Source, SourceState]], now: datetime) -> None:
        """Begins the reads, or puts them off where the host is owed a pause."""
        ahead: Counter[str] = Counter()  # of a host, reads that were put off before
        for source, source_state in due:
            if source.id in self._running or source.id in self._works.store.marks:
                continue
            host = _host_of(source.url)
            wait = self._find_wait(source.url, ahead[host])
            if wait > TICK:
                waiting = put_off(source_state, now + wait, host, now)
                self._works.store.marks.put(source.id, waiting)
                ahead[host] += 1
            else:
                self._metrics.count_lateness(now - (source_state.next_due or now))
                self._begin(source, source_state)

    async def refresh(
        self, source: Source, source_state: SourceState, *, accept: bool = False
    ) -> Outcome:
        """Reads the source now, or joins the read under way; returns what came of it."""
        if self._shared is not None:
            return await self._shared.refresh(source, source_state, accept=accept)
        task = self._running.get(source.id)
        if task is None or accept:
            if task is not None:
                await asyncio.wait([task])
            stood = self._works.store.marks.take(source.id)
            task = self._begin(source, stood or source_state, accept=accept)
        outcome = await asyncio.shield(task)
        if source.id in self._works.store.marks:  # whoever asked finds the outcome in the status
            with suppress(StoreError):  # a later tick writes it
                await asyncio.to_thread(self._works.store.marks.write, source.id)
        return outcome

    def is_reading(self, source_id: int) -> bool:
        """Returns whether a read of this source is under way, which `refresh` would join."""
        return source_id in self._running

    async def read(
        self,
        source: Source,
        source_state: SourceState,
        due: datetime,
        accept: bool,
    ) -> Outcome:
        """Reads what the queue has given to this process, and what was due at an instant."""
        while task := self._running.get(source.id):  # under a claim that it has lost by now
            await asyncio.wait([task])
        while self._works.unfinished.pages > MOST_PAGES and not accept:  # noqa: ASYNC110 -- rare
            await asyncio.sleep(TICK.total_seconds())
        self._metrics.count_lateness(self._works.now() - due)
        return await self._begin(source, source_state, accept=accept)

    async def refresh_all(self) -> None:
        """Has every source read now; one that is being read, once more when that has ended."""
        under_way = list(self._running.values())
        await self.make_due()
        if under_way:
            await asyncio.wait(under_way)
            ended = [task.result().source for task in under_way if not task.cancelled()]
            await self.make_due(ended)

    async def make_due(self, names: list[str] | None = None) -> None:
        """Makes all sources due, or those that are named, and has them read.

        The marks that would put them off again are written first.
        """
        store = self._works.store
        await asyncio.to_thread(store.marks.write)
        await asyncio.to_thread(store.make_due, names, self._works.now())
        self.wake()

    def _advance(self, now: datetime, *, turned_back: bool) -> list[tuple[Source, SourceState]]:
        store = self._works.store
        store.keep_lock()
        store.marks.write()
        if self._shared is not None:
            if self._schedules:
                self._shared.defer_due()
            return []
        if turned_back and (count := store.set_back(now)):
            logger.warning("sources read again because the clock was set back: %d", count)
        room = min(MOST_AT_ONCE - len(self._running), MOST_OF_A_TICK)
        if self._works.unfinished.pages > MOST_PAGES:
            return []
        return store.due(now, room, frozenset(self._running)) if room > 0 else []

    def _find_wait(self, url: str, ahead: int) -> timedelta:
        """Returns the wait until the host can be read, after those that wait and `ahead` more."""
        if not url:
            return timedelta()
        wait = timedelta(seconds=self._works.fetcher.ready_in(url, ahead))
        if self._hosts[_host_of(url)] < MOST_OF_A_HOST:
            return wait
        return max(wait, (2 + ahead / MOST_OF_A_HOST) * TICK)

    def _begin(
        self, source: Source, source_state: SourceState, *, accept: bool = False
    ) -> asyncio.Task[Outcome]:
        task = asyncio.create_task(
            self._read(source, source_state, accept=accept), name=f"refresh {source.name}"
        )
        self._running[source.id] = task
        host = _host_of(source.url)
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
            outcome = self._fail(source, source_state, str(error))
        except Exception:  # one source's bug is not the others' end
            logger.exception("%s: %s; please report it with these lines", source.name, BUG)
            outcome = self._fail(source, source_state, BUG)
        self._note(source, outcome, time.perf_counter() - started)
        self._seen(outcome)
        return outcome

    def _note(self, source: Source, outcome: Outcome, seconds: float) -> None:
        self._metrics.count_read(outcome, seconds)
        read = PastRead(
            datetime.now(UTC),
            outcome.outcome,
            outcome.reason[:MOST_REASON],
            outcome.status,
            outcome.size,
            seconds,
        )
        self._works.store.read_log.note(source.id, read)

    def _fail(self, source: Source, source_state: SourceState, reason: str) -> Outcome:
        self._put_off(source, source_state)
        return Outcome(source.name, "failed", source_state.state, reason=reason)

    def _put_off(self, source: Source, source_state: SourceState) -> None:
        """Has a source read again soon, but not at every tick, where its read was not stored."""
        again = self._works.now() + RETRY_STORE * min(2**source_state.failures, 64)
        waiting = replace(source_state, next_due=again, failures=source_state.failures + 1)
        self._works.store.marks.put(source.id, waiting)


def _host_of(url: str) -> str:
    return url.split("/", 3)[2].lower() if "://" in url else ""
