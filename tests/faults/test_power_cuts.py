"""Rows 25 and 29 of docs/reliability.md: what is on disk when, and that nobody is told of what is not in place yet."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from loopback import page
from pipeline import live, post

from feeder.store import outbox

if TYPE_CHECKING:
    from loopback import Site
    from pipeline import Pipeline

HUB = '[push]\nhubs = ["https://hub.example/"]'


@dataclass
class Disk:
    """What a disk holds that may be gone after a power cut: contents by inode, names by folder."""

    contents: set[int] = field(default_factory=set)
    names: set[int] = field(default_factory=set)
    replaced: int = 0


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Every call goes on to the system; it is noted on its way."""
    here, write, sync, replace = Disk(), os.write, os.fsync, os.replace

    def noted_write(handle: int, data: bytes) -> int:
        here.contents.add(os.fstat(handle).st_ino)
        return write(handle, data)

    def noted_sync(handle: int) -> None:
        sync(handle)
        here.contents.discard(os.fstat(handle).st_ino)
        here.names.discard(os.fstat(handle).st_ino)

    def noted_replace(old: str, new: Path) -> None:
        assert Path(old).stat().st_ino not in here.contents, f"{new} may be empty after a power cut"
        replace(old, new)
        here.names.add(new.parent.stat().st_ino)
        here.replaced += 1

    monkeypatch.setattr(os, "write", noted_write)
    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    return here


def told(line: Pipeline, now: datetime) -> tuple[str, ...]:
    with line.store.database.reading() as connection:
        return outbox.due(connection, now)


@pytest.mark.row("25")
def test_row_25_a_file_is_on_disk_before_it_takes_its_place_and_its_folder_after(
    line: Pipeline, there: Site, disk: Disk
) -> None:
    there.serve("/live", page(live(post(1))), page(live(post(2), post(1))))
    for _ in range(2):
        assert line.refresh().added == 1
        assert not disk.names, "after a power cut the old file may be there again"
    assert disk.replaced > 6


@pytest.mark.row("25")
def test_row_25_a_commit_is_on_disk_when_it_ends(line: Pipeline) -> None:
    with line.store.database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.row("29")
def test_row_29_a_hub_is_not_told_before_the_files_are_in_place(
    line: Pipeline, there: Site
) -> None:
    line.configured(there.url("/live"), top=HUB)
    there.serve("/live", page(live(post(1))), page(live(post(2), post(1))))
    file = line.settings.output / "harbour.atom"
    file.mkdir(parents=True)  # refuses to be replaced, for root too
    later = datetime.now(UTC) + timedelta(days=1)
    assert line.refresh().outcome == "failed"
    assert not told(line, later)
    file.rmdir()
    line.heal()
    assert line.titles() == ["Gate 1 is closed"]
    assert told(line, later) == ("https://hub.example/",)
