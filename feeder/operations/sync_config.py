"""The sources that the file declares become rows of the store."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from feeder.config import load
from feeder.store.syncing import key_of

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
    file = declaring_file(store, settings)
    if not settings.source and settings.file and not is_in_force(store, settings):
        settings = load(settings.file)
    return store.sync(settings.source, settings.fingerprint, now, file)


def is_in_force(store: Store, settings: Settings) -> bool:
    """Returns whether the store has taken the file as it is."""
    return store.get(key_of(declaring_file(store, settings))) == settings.fingerprint


def declaring_file(store: Store, settings: Settings) -> str:
    """Returns how the file is told from those of other machines; "": the store is not shared."""
    return "" if store.database.sqlite else f"{platform.node()}:{settings.file or ''}"
