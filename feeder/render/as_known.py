"""A feed at another moment: as it was known then, or what has arrived since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.model import fold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.model import Change, Entry


def known_at(changes: Iterable[Change], at: datetime) -> tuple[Entry, ...]:
    """The entries as a subscriber had them at `at`, newest first; `changes` come oldest first."""
    return _shown(fold(change for change in changes if change.at <= at).values())


def arrived_after(entries: Iterable[Entry], since: datetime) -> tuple[Entry, ...]:
    """What came later than `since`, newest first, with the tombstones of what went later."""
    return tuple(
        entry
        for entry in sorted(entries, key=_newest, reverse=True)
        if not entry.hidden and (entry.removed or entry.first_seen) > since
    )


def _shown(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(
        sorted(
            (one for one in entries if not (one.removed or one.hidden)), key=_newest, reverse=True
        )
    )


def _newest(entry: Entry) -> tuple[datetime, int]:
    return entry.published, entry.number
