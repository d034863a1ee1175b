"""How hubs and webhooks fare, for those who ask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.store import outbox

if TYPE_CHECKING:
    from feeder.store import Store
    from feeder.store.outbox import Target


def targets_status(store: Store) -> tuple[Target, ...]:
    """Returns the state of each hub and webhook; what may be secret is cut from the addresses."""
    with store.database.reading() as connection:
        targets = outbox.targets_status(connection)
    if not targets:
        return ()
    from feeder.read.address import shown  # noqa: PLC0415 -- slow to import, and few have targets

    return tuple(replace(target, target=shown(target.target)) for target in targets)
