"""A machine's folder follows the store that it shares with others in PostgreSQL."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from feeder.errors import StoreError
from feeder.publish import compose, unpublish
from feeder.store import editions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.publish.publisher import Publisher

logger = logging.getLogger("feeder.publish")

BEAT = 3.0  # seconds between two signs of life; a silent machine is waited for three times as long


class CatchUp:
    """Publishes what any machine has stored. One run at a time: see Publisher.catch_up."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self.folder = f"{os.uname().nodename}:{publisher.settings.output}"
        self._number: int | None = None  # all up to this edition is published; None: not known
        self._shown = float("-inf")  # monotonic: when the store was last told so

    def run(self) -> bool:
        """Publishes what is new; returns whether any message may be sent from now on."""
        database, freed = self._publisher.store.database, False
        number = self._number
        if number is None:
            with database.reading() as connection:
                number = editions.arrive(connection, self.folder)
        while new := self._find_new(number):
            self._publish(new)
            with database.writing(durable=False) as connection:
                for edition in new:
                    editions.settle(connection, edition, number)
                number = new[-1].number
                ids = [one.source_id for one in new]
                freed |= editions.show(connection, self.folder, number, ids)
            self._shown = time.monotonic()
        if time.monotonic() > self._shown + BEAT:
            with database.writing(durable=False) as connection:
                freed |= editions.show(connection, self.folder, number)
            self._shown = time.monotonic()
        self._number = number
        return freed

    def leave(self) -> None:
        """Has nobody wait for this machine any more."""
        with self._publisher.store.database.writing(durable=False) as connection:
            editions.leave(connection, self.folder)

    def is_news(self, topic: str, what: str) -> bool:
        """Returns whether this machine is the first to have this to tell of a feed."""
        with self._publisher.store.database.writing() as connection:
            return editions.is_news(connection, topic, what)

    def _find_new(self, number: int) -> list[editions.Edition]:
        with self._publisher.store.database.reading() as connection:
            return editions.after(connection, number)

    def _publish(self, new: Sequence[editions.Edition]) -> None:
        publisher = self._publisher
        bundles = {}
        for edition in new:
            found = publisher.store.source(edition.source_id)
            if found is None:
                continue
            source, _ = found
            try:
                publisher.publish_alone(*found, edition.touched)
            except StoreError:
                raise
            except Exception:  # one source's bug is not the others' end
                logger.exception(
                    "%s: a bug in feeder; please report it with these lines", source.name
                )
            for bundle in compose.bundles_with(source.name, publisher.settings):
                bundles[bundle.name] = bundle
            if edition.touched is None:
                self._unpublish_old(source.id)
        for bundle in bundles.values():
            publisher.publish_bundle(bundle)

    def _unpublish_old(self, source_id: int) -> None:
        """Removes the feed from where it was before its source was renamed."""
        with self._publisher.store.database.reading() as connection:
            names = editions.old_names(connection, source_id)
        for name in names:
            unpublish(name, self._publisher.settings.output)
