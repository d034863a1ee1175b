"""The log of reads: bounded, written together, there again after a start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from feeder.config import SourceSettings
from feeder.errors import StoreError
from feeder.store import PastRead, Store
from feeder.store.read_log import MOST_READS, SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/feeder.db"


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with Store.open(address) as opened:
        opened.add(SourceSettings(name="harbour", url="https://pages.example/"), "api", NOON)
        yield opened


def read(minutes: float, outcome: str = "unchanged", **more: str | float) -> PastRead:
    return PastRead(NOON + timedelta(minutes=minutes), outcome, **more)  # type: ignore[arg-type]


def test_reads_are_known_at_once_and_after_a_start(store: Store, address: str) -> None:
    failed = read(1, "failed", reason="the site answers 500", status=500, size=12, seconds=0.25)
    store.read_log.note(1, read(0, "changed"))
    store.read_log.note(1, failed)
    known = store.read_log.read(1)
    assert known.reads == (read(0, "changed"), failed)
    assert set(known.outcomes()) == {(NOON, "changed"), (NOON, "failed")}
    store.close()
    with Store.open(address) as again:
        assert again.read_log.read(1) == known
        again.read_log.note(1, read(5))
        again.read_log.write()
        assert set(again.read_log.read(1).outcomes()) == {
            (NOON, "changed"),
            (NOON, "failed"),
            (NOON + FIVE, "unchanged"),
        }


def test_a_source_takes_two_kilobytes_however_often_it_is_read(store: Store) -> None:
    for number in range(3000):
        store.read_log.note(1, read(number))
        if number % 7 == 0:
            store.read_log.write()
    known = store.read_log.read(1)
    assert (len(known.reads), len(known.slots)) == (MOST_READS, SLOTS)
    day = [at for at, _ in known.outcomes()]
    assert (max(day) - min(day), len(day)) == (FIVE * (SLOTS - 1), SLOTS)


def test_a_gap_and_a_clock_that_was_set_back_leave_times_as_they_were(store: Store) -> None:
    for minutes in (0, 60, 30, 10_000):
        store.read_log.note(1, read(minutes))
    known = store.read_log.read(1)
    assert [at for at, _ in known.outcomes()] == [NOON + timedelta(minutes=10_000)]
    assert len(known.slots) <= SLOTS


def test_a_machine_whose_clock_starts_in_1970_keeps_a_log(store: Store) -> None:
    first = PastRead(datetime.fromtimestamp(0, UTC), "changed")
    store.read_log.note(1, first)
    assert list(store.read_log.read(1).outcomes()) == [(first.at, "changed")]


def test_what_the_store_did_not_take_is_written_later(store: Store) -> None:
    store.read_log.note(1, read(0))
    with store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE read_logs RENAME TO away")
    with pytest.raises(StoreError):
        store.read_log.write()
    store.read_log.note(1, read(1))
    with store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO read_logs")
    store.read_log.write()
    assert store.read_log.read(1).reads == (read(0), read(1))


def test_a_source_that_was_purged_while_it_was_read_is_passed_over(store: Store) -> None:
    store.read_log.note(99, read(0))
    store.read_log.note(1, read(0))
    store.read_log.write()
    assert (store.read_log.read(99).reads, store.read_log.read(1).reads) == ((), (read(0),))
