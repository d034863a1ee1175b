"""What the file declares becomes the store's rows: at a start, on SIGHUP, before a command that looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.config import load

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.config import Settings
    from feeder.store import Store
    from feeder.store.records import Synced


def synchronise(store: Store, settings: Settings, now: datetime) -> Synced:
    """The sources of a large file were left out until now (config.load): perhaps none has changed.

    Raises:
        ConfigError: the file has a mistake, or a name of it is another source's in the store.
    """
    if not settings.source and settings.file and store.get("configuration") != settings.fingerprint:
        settings = load(settings.file)
    return store.sync(settings.source, settings.fingerprint, now)
