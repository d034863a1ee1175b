"""The machines that share a store, for `feeder status`, the API, the page and the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.store import Store


@dataclass(frozen=True, slots=True)
class MachineStatus:
    name: str  # HOST/PROCESS
    kind: str  # "run" schedules, publishes and serves; "worker" reads alone
    version: str
    started: datetime
    last_seen: datetime
    gone: bool  # it has not been seen for so long that others do its work
    reading: int  # sources that it reads just now


@dataclass(frozen=True, slots=True)
class InstallationStatus:
    """All machines; none where the store is not shared."""

    machines: tuple[MachineStatus, ...] = ()
    queue: int = 0  # jobs that no worker has begun; a job reads one source or some
    late: float = 0.0  # seconds since the most overdue source was due

    @property
    def gone(self) -> tuple[MachineStatus, ...]:
        return tuple(machine for machine in self.machines if machine.gone)


def installation_status(store: Store) -> InstallationStatus:
    """Returns how the machines that share a store are doing."""
    if not store.shared:
        return InstallationStatus()
    from feeder.store import claims, machines  # noqa: PLC0415 -- PostgreSQL's alone

    with store.database.reading() as connection:
        now = claims.clock(connection)
        found = machines.every(connection)
        queue, due = machines.backlog(connection)
    return InstallationStatus(
        machines=tuple(
            MachineStatus(
                one.name,
                one.kind,
                one.version,
                one.started,
                one.heartbeat,
                one.is_gone(now),
                one.running,
            )
            for one in found
        ),
        queue=queue,
        late=max(0.0, (now - (due or now)).total_seconds()),
    )


def describe(installation: InstallationStatus) -> str:
    """Returns a sentence about machines, queue and lateness; "" where there is one machine."""
    there = [one for one in installation.machines if not one.gone]
    if len(installation.machines) < 2:
        return ""
    runs = sum(one.kind == "run" for one in there)
    reading = sum(one.reading for one in there)
    return (
        f"{len(there)} machines, {runs} of which schedule and serve; reads under way: {reading}, "
        f"jobs waiting: {installation.queue}, latest read: {installation.late:.1f} s overdue"
    )
