"""What befalls the store (rows 21, 22, 24, 25 of docs/reliability.md): nothing is kept by halves; it says what is wrong."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from feeder.config import SourceSettings
from feeder.errors import StoreError
from feeder.model import Change, Content, Entry, Memory, Rendered, SourceState, fold
from feeder.read.manners import HostState
from feeder.store import Commit, Store, engine, hosts

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'feeder.db'}"


def entry(number: int, revision: int = 1) -> Entry:
    text = f"Update {number}, revision {revision}. " * 40
    moment = NOW + timedelta(minutes=number)
    content = Content(f"Update {number}", text, f"<p>{text}</p>")
    made = uuid.uuid5(uuid.NAMESPACE_URL, str(number)).urn
    return Entry(
        made,
        number,
        moment,
        moment,
        moment,
        content,
        f"{number}-{revision}",
        native_id=str(number),
        revision=revision,
    )


def step(source_id: int, number: int) -> Commit:
    """One new update, and an edit of the one before it."""
    changes = [Change("added", NOW, entry(number))]
    if number > 1:
        changes.append(Change("edited", NOW, entry(number - 1, 2), ("text",)))
    rendered = [
        Rendered(c.entry.id, c.entry.number, c.entry.published, c.entry.updated, b"x" * 3000)
        for c in changes
    ]
    return Commit(
        source_id, NOW, SourceState(state="live", last_read=NOW), tuple(changes), rendered=tuple(rendered), renderer="1",
        memory=Memory(str(number).encode() * 500),
    )  # fmt: skip


def followed(store: Store) -> int:
    return store.add(SourceSettings(name="harbour", url="https://example.org/"), "api", NOW).id


def steps_kept(store: Store) -> int:
    """How many steps are in the store, each of them whole: entries, revisions, bytes and memory agree."""
    found = store.source("harbour")
    assert found is not None
    key = found[0].id
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    entries = sorted(store.entries(key, limit=10_000), key=lambda e: e.number)
    count = len(entries)
    assert entries == [entry(n, 2 if n < count else 1) for n in range(1, count + 1)]
    assert sorted(fold(store.changes(key)).values(), key=lambda e: e.number) == entries
    assert [item.number for item in store.feed(key, 10_000).items] == list(range(count, 0, -1))
    known = store.known(key, remembered=False)
    assert (known.next_number, known.memory) == (
        count + 1,
        str(count).encode() * 500 if count else b"",
    )
    return count


FULL_DISK = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_store_faults import StoreError, Store, followed, step, steps_kept, url

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Path(sys.argv[1])
with Store.open(url(folder)) as store:
    key = followed(store)
    store.commit(step(key, 1))
    room = max(file.stat().st_size for file in folder.iterdir()) + 8192
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    number = 2
    try:
        while True:
            store.commit(step(key, number))
            number += 1
    except StoreError as error:
        assert "the disk is full or fails" in str(error), error
    assert steps_kept(store) == number - 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for n in range(number, number + 5):
        store.commit(step(key, n))
    assert steps_kept(store) == number + 4
"""


@pytest.mark.row("21")
def test_a_full_disk_keeps_what_was_and_heals_by_itself(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        FULL_DISK,
        str(tmp_path),
        str(Path(__file__).parent),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY", 0.05)


@pytest.fixture
def blocked(tmp_path: Path, impatient: None) -> Iterator[tuple[Store, sqlite3.Connection]]:
    """A store that another process is writing into."""
    with (
        Store.open(url(tmp_path)) as store,
        closing(sqlite3.connect(tmp_path / "feeder.db")) as other,
    ):
        store.commit(step(followed(store), 1))
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        yield store, other


@pytest.mark.row("22")
def test_a_locked_store_is_read_on_and_says_so_when_written(
    blocked: tuple[Store, sqlite3.Connection],
) -> None:
    store, other = blocked
    with pytest.raises(StoreError, match=r"store feeder\.db: locked by another process"):
        store.commit(step(1, 2))
    with pytest.raises(StoreError, match="locked"):
        store.mark([(1, SourceState())])
    assert steps_kept(store) == 1
    other.execute("ROLLBACK")
    store.commit(step(1, 2))
    assert steps_kept(store) == 2


@pytest.mark.row("10", "41")
def test_what_a_locked_store_refuses_of_a_host_and_a_source_is_kept_for_later(
    blocked: tuple[Store, sqlite3.Connection],
) -> None:
    """Row 10: a host that asked to be left alone for an hour is left alone, whatever befalls the store."""
    store, other = blocked
    asked = HostState(until=NOW + timedelta(hours=1))
    store.hosts.save("example.org", asked)  # no read fails for it
    stood = SourceState(state="blocked", last_read=NOW)
    store.marks.put(1, stood)
    with pytest.raises(StoreError, match="locked"):
        store.commit(step(1, 2))
    with pytest.raises(StoreError, match="locked"):
        store.marks.write()
    assert "locked" in store.database.trouble
    other.execute("ROLLBACK")
    store.marks.write()
    store.hosts.save("example.com", HostState())
    assert store.database.trouble == ""
    with store.database.reading() as connection:
        assert hosts.read(connection)["example.org"] == asked
    found = store.source("harbour")
    assert found is not None
    assert (found[1].state, found[1].last_read) == ("blocked", NOW)


@pytest.mark.row("22")
def test_a_store_whose_file_is_gone_is_not_written_and_no_other_is_made(tmp_path: Path) -> None:
    file, aside = tmp_path / "feeder.db", tmp_path / "aside.db"
    with Store.open(url(tmp_path)) as store:
        key = followed(store)
        file.rename(aside)
        for refused in (lambda: store.commit(step(key, 1)), lambda: store.source("harbour")):
            with pytest.raises(StoreError, match="deleted or replaced while feeder runs"):
                refused()
        assert not file.exists()
        aside.rename(file)
        store.commit(step(key, 1))
        assert steps_kept(store) == 1


@pytest.mark.row("22")
def test_a_store_that_is_locked_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    with (
        Store.open(url(tmp_path)) as store,
        closing(sqlite3.connect(tmp_path / "feeder.db")) as other,
    ):
        key = followed(store)
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=store.commit, args=(step(key, 1),))
        writer.start()
        assert writer.is_alive()
        other.execute("ROLLBACK")
        writer.join()
        assert steps_kept(store) == 1


@pytest.mark.row("22")
@pytest.mark.parametrize(
    "damage", [b"", b"<html>not a database at all</html>" * 500], ids=["cut", "another file"]
)
def test_a_damaged_file_is_said_at_the_start(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "feeder.db"
    with Store.open(url(tmp_path)) as store:
        key = followed(store)
        for number in range(1, 30):
            store.commit(step(key, number))
    file.write_bytes(damage or file.read_bytes()[:6000])
    with pytest.raises(StoreError, match=r"store feeder\.db: the file is damaged .*feeder backup"):
        Store.open(url(tmp_path))


@pytest.mark.row("22")
def test_damage_under_a_running_store_is_said_and_nothing_more_is_written(tmp_path: Path) -> None:
    file = tmp_path / "feeder.db"
    with Store.open(url(tmp_path)) as store:
        key = followed(store)
        for number in range(1, 30):
            store.commit(step(key, number))
    whole = file.read_bytes()
    with Store.open(url(tmp_path)) as store:
        file.write_bytes(whole[:8192] + b"\x99" * (len(whole) - 8192))
        with pytest.raises(StoreError, match="the file is damaged"):
            store.changes(key)
        with pytest.raises(StoreError, match="the file is damaged"):
            store.commit(step(key, 30))
    assert file.read_bytes()[8192:] == b"\x99" * (len(whole) - 8192)


def write_until_killed(folder: str, first: int, acknowledge: Connection) -> None:
    with Store.open(url(Path(folder))) as store:
        found = store.source("harbour")
        assert found is not None
        for number in range(first, first + 10_000):
            store.commit(step(found[0].id, number))
            acknowledge.send(number)


@pytest.mark.row("24")
def test_killed_at_any_moment_it_has_all_that_it_said_it_had(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["feeder.store", "test_store_faults"])
    chance = random.Random(24)
    with Store.open(url(tmp_path)) as store:
        followed(store)
    count = 0
    for _ in range(20):
        mine, theirs = processes.Pipe(duplex=False)
        writer = processes.Process(
            target=write_until_killed, args=(str(tmp_path), count + 1, theirs)
        )
        writer.start()
        theirs.close()
        said = count
        for _ in range(chance.randrange(1, 8)):
            said = mine.recv()
        for _ in range(chance.randrange(20_000)):  # somewhere within the next commit
            pass
        writer.kill()
        writer.join()
        mine.close()
        with Store.open(url(tmp_path)) as store:
            count = steps_kept(store)
        assert count >= said


@pytest.mark.row("25")
def test_a_log_cut_off_by_a_power_cut_loses_whole_commits_only(tmp_path: Path) -> None:
    chance = random.Random(25)
    with Store.open(url(tmp_path)) as store:
        key = followed(store)
        for number in range(1, 9):
            store.commit(step(key, number))
        size = (tmp_path / "feeder.db-wal").stat().st_size
        copies = [tmp_path / str(number) for number in range(12)]
        for copy in copies:
            copy.mkdir()
            for suffix in ("", "-wal"):
                shutil.copy(tmp_path / f"feeder.db{suffix}", copy / f"feeder.db{suffix}")
    kept = set()
    for copy in copies:
        with (copy / "feeder.db-wal").open("r+b") as log:
            log.truncate(chance.randrange(size // 2, size))
        with Store.open(url(copy)) as store:
            count = steps_kept(store)
            kept.add(count)
            store.commit(step(key, count + 1))  # mints the same again
            assert store.entries(key, limit=1)[0].id == entry(count + 1).id
    assert len(kept) > 1


@pytest.mark.row("24")
def test_a_commit_that_fails_in_the_middle_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    with Store.open(url(tmp_path)) as store:
        key = followed(store)
        store.commit(step(key, 1))
        bad = replace(step(key, 2), rendered=(Rendered("x", 2, NOW, NOW, None),))  # type: ignore[arg-type]
        with pytest.raises(StoreError):
            store.commit(bad)
        assert steps_kept(store) == 1
