"""The machines that share a store, for `feeder status`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from feeder.cli.common import ago, looked_into, print_json, print_table, say

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.config import Settings
    from feeder.operations.glance import Glance
    from feeder.operations.installation_status import InstallationStatus, MachineStatus
    from feeder.store import Store

_COLUMNS = ("machine", "kind", "version", "started", "last seen", "reading")


def print_machines(settings: Settings, now: datetime, *, json: bool) -> None:
    """Prints a table on a terminal, and lines in a pipe."""
    with looked_into(settings) as store:
        found = find_installation(store)
    if json:
        print_json(asdict(found))
        return
    print_table(_COLUMNS, [_row(one, now) for one in found.machines])
    say_machines(found, now)


def find_installation(store: Store | Glance) -> InstallationStatus:
    """Returns how the machines are doing, of which there are none where the store is a file."""
    from feeder.operations.glance import Glance  # noqa: PLC0415
    from feeder.operations.installation_status import (  # noqa: PLC0415 -- with its user
        InstallationStatus,
        installation_status,
    )

    return InstallationStatus() if isinstance(store, Glance) else installation_status(store)


def say_machines(found: InstallationStatus, now: datetime) -> None:
    """Says how several machines are doing, and which of them are gone."""
    from feeder.operations.installation_status import describe  # noqa: PLC0415 -- with its user

    if said := describe(found):
        say(said)
    for one in found.gone:
        say(f"{one.name} ({one.kind}) was last seen {ago(one.last_seen, now)}")


def _row(one: MachineStatus, now: datetime) -> tuple[str, ...]:
    seen = ago(one.last_seen, now)
    return (
        one.name,
        one.kind,
        one.version,
        ago(one.started, now),
        f"gone, {seen}" if one.gone else seen,
        str(one.reading),
    )
