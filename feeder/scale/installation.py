"""What one process does in an installation of many: it lives, schedules, reads, asks."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from procrastinate.exceptions import ConnectorException, ProcrastinateException
from psycopg import OperationalError

from feeder import __version__
from feeder.errors import StoreError
from feeder.notify.trouble import Trouble
from feeder.operations.sync_config import declaring_file
from feeder.scale import jobs
from feeder.scale.asking import refresh_elsewhere
from feeder.scale.reader import Worker
from feeder.store import claims, machines
from feeder.store.machines import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.config import Settings, Source
    from feeder.model import SourceState
    from feeder.pipeline.turn import Outcome
    from feeder.scale.reader import Read
    from feeder.store import Store
    from feeder.store.claims import Claimed

logger = logging.getLogger("feeder.scale")

BEAT = 3.0  # seconds between two signs of life; several fit into a claim
SET_BACK = timedelta(seconds=10)  # more than an answer of the database takes
AGAIN = 1.0  # seconds after the queue could not be had
WAITING = 100  # jobs in the queue, beyond which what is due waits in the store
OF_A_TICK = 1000  # sources that are claimed at once
OF_A_JOB = 20  # sources: one transaction begins and ends them all
SHARES = 16  # … but no more than this share of what a tick claims, so that all workers get some


class Installation:
    """This process's part. `now` is the database's clock, which all go by."""

    def __init__(self, store: Store, settings: Settings, kind: str) -> None:
        """Takes the kind, "run" or "worker". Raises StoreError where the database refuses."""
        jobs.prepare(store.database)
        host = platform.node()
        self._store = store
        self._interval = settings.fetch.host_interval
        # of the database's clock, to the monotonic one; before the first look it is to be behind
        self._offset = timedelta.max
        now = self._look_at_clock()
        file = declaring_file(store, settings)
        name = f"{host}/{os.getpid()}"
        self._me = Machine(name, host, kind, __version__, file, now, now)
        self._worker: Worker | None = None
        self._trouble = Trouble(logger)
        with store.database.writing() as connection:
            machines.arrive(connection, self._me)

    @property
    def name(self) -> str:
        """The name of this process, as no other has it."""
        return self._me.name

    def now(self) -> datetime:
        return _monotonic() + self._offset

    def _look_at_clock(self) -> datetime:
        """Follows the database's clock; set back, it would have sources wait for the old time."""
        with self._store.database.reading() as connection:
            now = claims.clock(connection)
        before, self._offset = self._offset, now - _monotonic()
        if self._offset < before - SET_BACK and (count := self._store.set_back(now)):
            logger.warning(
                "sources read again because the clock of the database was set back: %d", count
            )
        return now

    # ------------------------------------------------------------------------- to schedule

    def defer_due(self) -> None:
        """Claims what is due and puts it into the queue, unless enough waits there.

        Raises:
            StoreError: nothing was claimed.
        """
        # Not waited for: with what is claimed, its jobs would be lost.
        with self._store.database.writing(durable=False) as connection:
            room = WAITING - jobs.count_waiting(connection)
            if room <= 0:
                return
            claim = claims.new_claim()
            most = min(room * OF_A_JOB, OF_A_TICK)
            taken = claims.take(connection, claim, most, self._interval)
            parts = _share_out(taken)
            jobs.defer(connection, [{"claim": claim, "reads": part} for part in parts])

    # ------------------------------------------------------------------------------ to ask

    async def refresh(self, source: Source, source_state: SourceState, *, accept: bool) -> Outcome:
        """Has a source read now, by whoever is free first; returns what came of it."""
        return await refresh_elsewhere(self._store, source, source_state, accept=accept)

    # --------------------------------------------------------------------- to read, to live

    async def live(self, read: Read | None) -> None:
        """Gives signs of life, and has `read` read what the queue holds, until cancelled."""
        tasks = [asyncio.create_task(self._beat())]
        if read is not None:
            self._worker = Worker(self._store, self._me.name, read)
            tasks.append(asyncio.create_task(self._work(self._worker)))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in reversed(tasks):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            with suppress(StoreError):
                await asyncio.to_thread(self._leave)

    async def _beat(self) -> None:
        while True:
            with suppress(StoreError):  # the schedule says it, and the next beat is soon
                await asyncio.to_thread(self._beat_once)
            await asyncio.sleep(BEAT)

    def _beat_once(self) -> None:
        reading = dict(self._worker.reading) if self._worker else {}
        with self._store.database.writing(durable=False) as connection:
            machines.beat(connection, replace(self._me, running=len(reading)))
            if reading:
                claims.renew(connection, reading)
        self._look_at_clock()

    async def _work(self, worker: Worker) -> None:
        while True:
            try:
                await jobs.work(self._store.database, self._me.name, worker.work)
            except (ProcrastinateException, OperationalError) as error:
                cause = error.__cause__ if isinstance(error, ConnectorException) else None
                self._trouble.note(f"the queue of reads cannot be had: {cause or error}")
            await asyncio.sleep(AGAIN)

    def _leave(self) -> None:
        with self._store.database.writing() as connection:
            machines.leave(connection, self._me.name)


def _share_out(taken: list[Claimed]) -> Iterator[list[tuple[int, float]]]:
    """Yields what each job is to read: sources, and since when they were due."""
    size = min(OF_A_JOB, 1 + len(taken) // SHARES)
    for start in range(0, len(taken), size):
        part = taken[start : start + size]
        yield [(one.source_id, one.due.timestamp()) for one in part]


def _monotonic() -> datetime:
    return datetime.fromtimestamp(time.monotonic(), UTC)
