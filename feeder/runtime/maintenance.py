"""Work between refreshes: mends published files, publishes states, lets old things go."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeder import publish
from feeder.errors import FeederError
from feeder.notify.notifier import recover
from feeder.notify.trouble import Trouble
from feeder.runtime.memory import give_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.pipeline.turn import Works

logger = logging.getLogger("feeder.runtime.maintenance")

ROUND = 5.0  # seconds between two rounds
DIGESTS = 60.0  # seconds between two looks for hours and days that are over
READS = 60.0  # seconds between two writings of the log of reads
PROBE = 10.0  # seconds between two looks at whether the store can be written
MISSING = 60.0  # seconds between two looks for files that are missing
UPKEEP = 600.0  # seconds between two rounds of what takes longer
# The lists of so many sources take seconds to write, which waits until the first are read.
MANY = 10_000
CALM = 20.0  # seconds after a start


class Maintenance:
    """Looks after one installation."""

    def __init__(self, works: Callable[[], Works]) -> None:
        self._works = works
        self._published_state = -1  # the newest change of state in status.atom
        self._upkeep_due: float | None = None  # monotonic; None: decided in the first round
        self._digests_due = self._probe_due = float("-inf")
        self._reads_due = time.monotonic() + READS
        self._missing_due = time.monotonic() + MISSING
        self._purged: list[str] = []  # names of feeds that are to be removed
        self._many = False  # whether the lists are so long that they are written seldom
        self._trouble = Trouble(logger)

    @property
    def trouble(self) -> str:
        """Why the files cannot be brought up to date; "" where they can."""
        return self._trouble.reason

    async def run(self) -> None:
        """Does round after round until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.do_round)
                self._trouble.note("")
            except FeederError as error:
                self._trouble.note(str(error))
            except Exception:
                logger.exception("a bug in feeder; please report it with these lines")
            await asyncio.sleep(ROUND)

    def do_round(self) -> None:
        """Brings everything up to date that is due.

        Raises:
            StoreError: the store or the output folder refused.
        """
        works, now = self._works(), datetime.now(UTC)
        if works.store.database.trouble or time.monotonic() >= self._probe_due:
            self._probe(works, now)
        if time.monotonic() >= self._reads_due:
            works.store.read_log.write()
            self._reads_due = time.monotonic() + READS
        if self._upkeep_due is None:
            self._many = sum(works.store.by_state().values()) > MANY
            self._upkeep_due = time.monotonic() + (CALM if self._many else 0.0)
        works.publisher.heal(now)
        self._unpublish_purged(works)
        if not self._many:
            works.publisher.publish_retitled()
        self._publish_states(works, now)
        if time.monotonic() >= self._digests_due:
            works.publisher.publish_digests(now)
            self._digests_due = time.monotonic() + DIGESTS
        if time.monotonic() >= self._upkeep_due:
            works.publisher.upkeep(now)
            self._upkeep_due = time.monotonic() + UPKEEP
        elif time.monotonic() >= self._missing_due:
            works.publisher.publish_missing(now)
            self._missing_due = time.monotonic() + MISSING
            give_back()

    def make_due(self) -> None:
        """Has the next round do everything: the configuration has changed."""
        self._upkeep_due = float("-inf")

    def look_at_lists(self) -> None:
        """Has the next round look whether the lists of feeds are still right."""
        self._missing_due = float("-inf")

    def purge(self, name: str) -> None:
        """Has the next round remove a feed that another machine has erased."""
        self._purged.append(name)
        self.look_at_lists()

    def _probe(self, works: Works, now: datetime) -> None:
        works.store.probe(now)
        if works.store.shared:
            recover(works.store, works.now())
        self._probe_due = time.monotonic() + PROBE

    def _unpublish_purged(self, works: Works) -> None:
        while self._purged:
            if works.store.source(self._purged[0]) is None:
                publish.unpublish(self._purged[0], works.settings.output)
            self._purged.pop(0)

    def _publish_states(self, works: Works, now: datetime) -> None:
        newest = next((change.id for change in works.store.state_changes(1)), 0)
        if newest != self._published_state:
            works.publisher.publish_states(now)
            self._published_state = newest
