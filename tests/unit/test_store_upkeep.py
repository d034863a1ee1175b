"""The store as a file: made, migrated, locked, copied; and what it remembers of hosts."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from storing import MINUTE, NOW, commit, entry, source

import feeder.store
from feeder.errors import ConfigError, StoreError
from feeder.model import SourceState
from feeder.read.manners import HostState
from feeder.store import Store
from feeder.store.migrate import VERSION
from feeder.store.schema import metadata


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'feeder.db'}"


def tables(folder: Path) -> dict[str, list[str]]:
    """Returns the columns of each table and the SQL of each index, as SQLite has them."""
    with closing(sqlite3.connect(folder / "feeder.db")) as raw:
        names = raw.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
        found = {name: [sql] for kind, name, sql in names if kind == "index"}
        for kind, name, _ in names:
            if kind == "table":
                columns = raw.execute("SELECT * FROM pragma_table_info(?)", (name,)).fetchall()
                found[name] = sorted(f"{column[1:4]} {column[5]}" for column in columns)
    return found


@pytest.mark.row("32")
def test_a_migrated_store_has_exactly_the_tables_of_a_new_one(tmp_path: Path) -> None:
    with tarfile.open(Path(__file__).parents[1] / "golden/first.tar.xz") as tar:
        tar.extract("feeder.db", tmp_path, filter="data")
    with Store.open(url(tmp_path)) as store, store.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    migrated = tables(tmp_path)
    (tmp_path / "feeder.db").unlink()
    Store.open(url(tmp_path)).close()
    assert tables(tmp_path) == migrated


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    folder = Path(feeder.store.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == VERSION


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    with Store.open(url(tmp_path)) as store:
        source(store)
    before = (tmp_path / "feeder.db").read_bytes()
    with Store.open(url(tmp_path)) as store:
        assert [s.name for s, _ in store.sources()] == ["harbour"]
    assert (tmp_path / "feeder.db").read_bytes() == before


def test_a_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    with Store.open(url(tmp_path)) as store:
        source(store)
        assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {
            "feeder.db": 0o600,
            "feeder.db-wal": 0o600,
            "feeder.db-shm": 0o600,
        }


def test_a_sound_store_is_opened_without_the_migration_machinery(tmp_path: Path) -> None:
    Store.open(url(tmp_path)).close()
    program = (
        "import sys; from feeder.store import Store\n"
        "Store.open(sys.argv[1]).close()\n"
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, url(tmp_path)], check=True)


def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    problems: list[Exception] = []

    def open_it() -> None:
        try:
            Store.open(url(tmp_path)).close()
        except Exception as problem:  # noqa: BLE001 -- told by the main thread
            problems.append(problem)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


@pytest.mark.row("32")
def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Store.open(url(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "feeder.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"store feeder\.db was written by a newer version"):
        Store.open(url(tmp_path))


@pytest.mark.parametrize("address", ["nonsense", "oracle://x/y"])
def test_an_address_of_no_known_database_is_an_error_of_configuration(address: str) -> None:
    with pytest.raises(ConfigError, match="store ="):
        Store.open(address)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written or made"):
        Store.open(url(tmp_path / "missing"))


def test_threads_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    with Store.open(url(tmp_path)) as store:
        keys = [source(store, f"s{n}") for n in range(4)]

        def work(key: int) -> None:
            for n in range(1, 21):
                store.commit(commit(key, entry(n, id=f"urn:{key}:{n}")))
                store.mark([(key, SourceState(last_read=NOW + n * MINUTE))])

        threads = [threading.Thread(target=work, args=(key,)) for key in keys]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.counts() == dict.fromkeys(keys, 20)
        assert len({event.seq for event in store.events(0, 1000)}) == 80


def test_a_copy_is_made_while_others_write(tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "feeder.db"
    copy.parent.mkdir()
    with Store.open(url(tmp_path)) as store:
        key = source(store)
        store.commit(commit(key, *(entry(n) for n in range(1, 50))))
        store.backup(copy)
        store.commit(commit(key, entry(50)))
    assert [file.name for file in copy.parent.iterdir()] == ["feeder.db"]
    assert copy.stat().st_mode & 0o777 == 0o600
    with Store.open(url(copy.parent)) as store:
        assert store.counts() == {key: 49}


def test_a_copy_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with Store.open(url(tmp_path)) as store, pytest.raises(StoreError, match="cannot be written"):
        store.backup(tmp_path / "missing" / "copy.db")


def test_one_daemon_for_a_store_and_a_folder(tmp_path: Path) -> None:
    with (
        Store.open(url(tmp_path)) as store,
        Store.open(f"sqlite:///{tmp_path / 'other.db'}") as other,
    ):
        with store.lock(tmp_path / "a"):
            with pytest.raises(
                StoreError,
                match=r"the store feeder\.db is in use by another feeder \(process \d+\)",
            ):
                store.lock(tmp_path / "b").__enter__()
            with pytest.raises(
                StoreError, match=r"the output folder .*/a is in use by another feeder"
            ):
                other.lock(tmp_path / "a").__enter__()
            with other.lock(tmp_path / "b"):
                pass
        with store.lock(tmp_path / "a"):
            pass


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib; from feeder.store import Store\n"
        "store = Store.open(sys.argv[1])\n"
        "store.lock(pathlib.Path(sys.argv[2])).__enter__()\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, url(tmp_path), str(tmp_path / "out")], check=False
    )
    assert done.returncode == -9
    with Store.open(url(tmp_path)) as store, store.lock(tmp_path / "out"):
        pass


def test_hosts_are_remembered_over_a_restart(tmp_path: Path) -> None:
    asked = HostState(until=NOW + timedelta(hours=1), robots="User-agent: *", robots_until=NOW)
    with Store.open(url(tmp_path)) as store:
        assert store.hosts.load("a.example") is None
        store.hosts.save("a.example", asked)
        with Store.open(url(tmp_path)) as beside:  # as after a crash: at once
            assert beside.hosts.load("a.example") == asked
        for number in range(70):
            store.hosts.save(f"{number}.example", HostState(robots=""))
    with Store.open(url(tmp_path)) as store:
        assert store.hosts.load("69.example") == HostState(robots="")
        assert store.hosts.load("a.example") == asked


def test_what_is_stored_of_settings_is_what_a_person_would_write(tmp_path: Path) -> None:
    from storing import settings

    with Store.open(url(tmp_path)) as store:
        store.add(settings("a", every="5m"), "api", NOW)
    with closing(sqlite3.connect(tmp_path / "feeder.db")) as raw:
        (text,) = raw.execute("SELECT settings FROM sources").fetchone()
    assert json.loads(text) == {"name": "a", "url": "https://example.org/a", "every": "300s"}
