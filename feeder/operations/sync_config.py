"""The sources that the file declares become rows of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.config import load

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.config import Settings
    from feeder.store import Store
    from feeder.store.records import Synced


def synchronise(store: Store, settings: Settings, now: datetime) -> Synced:
    """Brings the store up to date with the file, which is loaded if its sources were left out.

    Raises:
        ConfigError: the file has a mistake, or a name of it is another source's in the store.
    """
    if not settings.source and settings.file and store.get("configuration") != settings.fingerprint:
        settings = load(settings.file)
    return store.sync(settings.source, settings.fingerprint, now)
