"""What keeps an installation well between refreshes: files healed, states published, old things let go."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeder.errors import FeederError

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.refresh import Works

logger = logging.getLogger("feeder.runtime.maintenance")

ROUND = 5.0  # seconds between two looks
DIGESTS = 60.0  # seconds between two looks for hours and days that are over
UPKEEP = 600.0  # seconds between two rounds of what takes longer
# sources, whose lists take seconds to write: not while the first of them are being read …
MANY = 10_000
CALM = 20.0  # … but so many seconds after a start


class Care:
    """Looks after one installation; `trouble` says why its files cannot be brought up to date, "" where they can."""

    def __init__(self, works: Callable[[], Works]) -> None:
        self._works = works
        self._told = -1  # the last change of state in status.atom
        self._kept_up: float | None = (
            None  # when the last round of upkeep ended; None: not yet known when to begin
        )
        self._digested = float("-inf")
        self.trouble = ""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
                self.trouble = ""
            except FeederError as error:
                if str(error) != self.trouble:
                    logger.error("%s", error)  # noqa: TRY400 -- a sentence, no bug
                self.trouble = str(error)
            except Exception:
                logger.exception("a bug in feeder; please report it with these lines")
            await asyncio.sleep(ROUND)

    def look(self) -> None:
        """One round.

        Raises:
            StoreError: the store or the output folder refused.
        """
        works = self._works()
        publisher, now = works.publisher, datetime.now(UTC)
        if self._kept_up is None:
            many = sum(works.store.by_state().values()) > MANY
            self._kept_up = time.monotonic() - UPKEEP + (CALM if many else 0.0)
        publisher.heal(now)
        newest = next((change.id for change in works.store.state_changes(1)), 0)
        if newest != self._told:
            publisher.publish_states(now)
            self._told = newest
        if time.monotonic() - self._digested >= DIGESTS:
            publisher.publish_digests(now)
            self._digested = time.monotonic()
        if time.monotonic() - self._kept_up >= UPKEEP:
            publisher.upkeep(now)
            self._kept_up = time.monotonic()

    def soon(self) -> None:
        """All of it at the next round: the configuration has changed."""
        self._kept_up = float("-inf")
