"""What one machine hears of the others, where they share a store in PostgreSQL.

Whoever changes a feed sends a notice. A machine that hears it publishes what is new into its folder
and wakes its own listeners. A notice only says that there is something: what that is stands in the
store, so that one that is lost costs a moment.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg

from feeder.errors import StoreError
from feeder.notify.trouble import Trouble
from feeder.scale.jobs import connection_string
from feeder.store.numbering import CHANNEL, SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.pipeline.turn import Works

logger = logging.getLogger("feeder.scale.listener")

LOOK = 2.0  # seconds between two looks into the store without a notice
AGAIN = 1.0  # seconds until a lost connection is made again
QUIET = 30.0  # seconds without a notice, after which the connection is tried


class Listener:
    """Keeps this machine's feeds and its listeners up to date with what any machine has stored."""

    def __init__(
        self,
        works: Callable[[], Works],
        heard: Callable[[str], object],
        may_tell: Callable[[], object],
    ) -> None:
        """Takes what is called with each notice, and when messages are no longer held."""
        self._works, self._heard, self._may_tell = works, heard, may_tell
        self._news = asyncio.Event()
        self._trouble = Trouble(logger)

    @property
    def trouble(self) -> str:
        """Why the folder cannot be brought up to date; "" where it can."""
        return self._trouble.reason

    async def run(self) -> None:
        """Listens and publishes until cancelled."""
        await asyncio.gather(self._listen(), self._follow())

    async def stop(self) -> None:
        """Publishes the last that was stored; then nobody waits for this machine any more."""
        await self.catch_up()
        with suppress(StoreError):
            await asyncio.to_thread(self._works().publisher.leave)

    async def catch_up(self) -> None:
        """Publishes what any machine has stored until now."""
        try:
            freed = await asyncio.to_thread(self._works().publisher.catch_up)
            self._trouble.note("")
        except StoreError as error:
            self._trouble.note(str(error))
            return
        if freed:
            self._may_tell()

    async def _follow(self) -> None:
        while True:
            self._news.clear()
            await self.catch_up()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._news.wait()

    async def _listen(self) -> None:
        while True:
            with suppress(psycopg.Error):  # the schedule says that the store is away
                await self._hear()
            await asyncio.sleep(AGAIN)

    async def _hear(self) -> None:
        address = connection_string(self._works().store.database)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._hear_of(SOURCES)  # and of what was missed
            while True:
                async for notice in connection.notifies(timeout=QUIET):
                    self._hear_of(notice.payload)
                await connection.execute("SELECT 1")

    def _hear_of(self, what: str) -> None:
        self._news.set()
        self._heard(what)
