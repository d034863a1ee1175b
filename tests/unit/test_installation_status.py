"""What is said of the machines that share a store in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storing import source

from feeder.cli.machines_table import say_machines
from feeder.operations.installation_status import (
    InstallationStatus,
    describe,
    installation_status,
)
from feeder.runtime.metrics import Metrics
from feeder.store import Store, claims, machines
from feeder.store.machines import Machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_a_machine_that_is_gone_is_said_and_the_others_are_counted(
    new_store: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(new_store("postgresql")) as store:
        source(store)
        with store.database.writing() as connection:
            now = claims.clock(connection)
            for number, kind in enumerate(("run", "run", "worker"), 1):
                machines.beat(
                    connection, Machine(f"m/{number}", "m", kind, "1", "", now, now, number)
                )
            away = machines.machines.update().where(machines.machines.c.name == "m/3")
            connection.execute(away.values(heartbeat=now - timedelta(minutes=5)))
        found = installation_status(store)
        text = Metrics().text(store).decode()
    assert [(one.name, one.gone, one.reading) for one in found.machines] == [
        ("m/1", False, 1),
        ("m/2", False, 2),
        ("m/3", True, 3),
    ]
    assert found.late > 1000  # the source has been due since the date of the tests
    assert describe(found).startswith(
        "2 machines, 2 of which schedule and serve; reads under way: 3"
    )
    say_machines(found, now)
    assert "m/3 (worker) was last seen 5 min ago" in capsys.readouterr().out
    assert 'feeder_machines{kind="worker",state="gone"} 1.0' in text
    assert "feeder_queue_jobs 0.0" in text


def test_of_one_machine_nothing_is_said(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feeder.db'}") as store:
        found = installation_status(store)
        assert b"feeder_machines" not in Metrics().text(store)
    assert (found, describe(found)) == (InstallationStatus(), "")
