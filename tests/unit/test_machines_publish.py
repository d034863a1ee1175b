"""Several machines publish from one store in PostgreSQL: the same bytes, nothing missed, everything told once."""

from __future__ import annotations

import ast
import itertools
import os
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from storing import MINUTE, NOW, commit, create_database, drop_database, entry, source

import feeder.store
from feeder.config import Settings
from feeder.errors import StoreError
from feeder.model import Entry, SourceState
from feeder.publish.publisher import Publisher
from feeder.store import Message, Store, claims, machines, outbox
from feeder.store.machines import Machine
from feeder.store.outbox import GONE_AFTER
from feeder.store.schema import folders, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PING = Message("websub", "https://hub.example/", "https://example.org/harbour.atom", b"", NOW)


@pytest.fixture
def store(new_store: Callable[[str], str]) -> Iterator[Store]:
    with Store.open(new_store("postgresql")) as store:
        yield store


def publishers(store: Store, folder: Path, count: int = 2) -> list[Publisher]:
    """Machines with a folder each, that have caught up."""
    made = [Publisher(Settings(output=folder / f"feeds{n}"), store) for n in range(count)]
    for one in made:
        one.catch_up()
    return made


def files(publisher: Publisher) -> dict[Path, tuple[bytes, float]]:
    """What a machine publishes, with its dates."""
    folder = publisher.settings.output
    there = (file for file in folder.rglob("*") if file.is_file() and file.name[0] != ".")
    return {file.relative_to(folder): (file.read_bytes(), file.stat().st_mtime) for file in there}


def waiting(store: Store) -> list[bool]:
    """Of each message in the outbox, whether it is held."""
    with store.database.reading() as connection:
        return list(connection.execute(sa.text("SELECT held FROM outbox ORDER BY id")).scalars())


def entries(first: int, last: int) -> list[Entry]:
    return [entry(number) for number in range(first, last + 1)]


def test_every_machine_publishes_the_same_bytes_under_the_same_dates(
    store: Store, tmp_path: Path
) -> None:
    one, other = publishers(store, tmp_path)
    harbour, council = source(store, "harbour"), source(store, "council")
    for first in (1, 101, 201):
        store.commit(commit(harbour, *entries(first, first + 99)))
        one.catch_up()
    store.commit(commit(council, entry(301)))
    store.commit(commit(harbour, entry(250, revision=2)))
    one.catch_up()
    other.catch_up()
    assert len(files(one)) == 2 * (3 + 3 + 2 + 2 + 2)
    assert {name: data for name, (data, _) in files(one).items()} == {
        name: data for name, (data, _) in files(other).items()
    }
    dates = [
        {name: date for name, (_, date) in files(m).items() if len(name.parts) == 1}
        for m in (one, other)
    ]
    assert dates[0] == dates[1]


def test_a_later_version_has_a_later_date_whatever_the_machines_clocks_say(
    store: Store, tmp_path: Path
) -> None:
    (one,) = publishers(store, tmp_path, 1)
    harbour, file = source(store), tmp_path / "feeds0/harbour.atom"
    dates = []
    for number in range(1, 5):
        store.commit(commit(harbour, entry(number)))
        one.catch_up()
        dates.append(file.stat().st_mtime)
    assert [later - date for date, later in itertools.pairwise(dates)] == [1, 1, 1]


def test_nothing_is_missed_of_what_many_write_at_once(store: Store, tmp_path: Path) -> None:
    (machine,) = publishers(store, tmp_path, 1)
    keys = [source(store, f"source-{n}") for n in range(6)]
    heard: list[int] = []
    done = threading.Event()

    def write(place: int, key: int) -> None:
        for number in range(10):
            store.commit(commit(key, entry(100 * place + number + 1)))

    def follow() -> None:
        last = False
        while not last:
            last = done.is_set()
            while events := store.events(heard[-1] if heard else 0, 3):
                heard.extend(event.seq for event in events)
            machine.catch_up()

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=pair) for pair in enumerate(keys)]
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join()
    assert heard == [event.seq for event in store.events(0, 1000)]
    assert len(heard) == 60
    shown = files(machine)
    (other,) = publishers(store, tmp_path / "afresh", 1)
    other.publish_missing(NOW, whole=True)
    for key in range(6):
        name = Path(f"source-{key}.atom")
        assert shown[name][0] == files(other)[name][0]


def test_machines_that_share_a_folder_leave_in_it_what_the_store_says(
    store: Store, tmp_path: Path
) -> None:
    sharing = [Publisher(Settings(output=tmp_path / "shared"), store) for _ in range(3)]
    harbour = source(store)
    done = threading.Event()

    def follow(machine: Publisher) -> None:
        while not done.is_set():
            machine.catch_up()
        machine.catch_up()

    threads = [threading.Thread(target=follow, args=(machine,)) for machine in sharing]
    for thread in threads:
        thread.start()
    for number in range(1, 31):
        store.commit(commit(harbour, entry(number)))
    done.set()
    for thread in threads:
        thread.join()
    (other,) = publishers(store, tmp_path, 1)
    other.publish_missing(NOW, whole=True)
    names = [Path(f"harbour.{form}{gz}") for form in ("atom", "rss", "json") for gz in ("", ".gz")]
    assert [files(sharing[0])[n][0] for n in names] == [files(other)[n][0] for n in names]
    assert not list((tmp_path / "shared").glob(".tmp*"))


def test_messages_wait_until_every_machine_that_lives_shows_what_they_tell_of(
    store: Store, tmp_path: Path
) -> None:
    one, other, silent, stopped = publishers(store, tmp_path, 4)
    stopped.leave()
    with store.database.writing() as connection:
        mine = folders.c.folder.endswith("feeds2")
        past = sa.type_coerce(folders.c.seen, sa.BigInteger) - 60_000_000
        connection.execute(sa.update(folders).where(mine).values(seen=past))
    store.commit(commit(source(store), entry(1), outbox=(PING,)))
    assert (one.catch_up(), waiting(store)) == (False, [True])
    assert (other.catch_up(), waiting(store)) == (True, [False])
    assert silent.catch_up() is False
    assert files(silent) == files(one)


def test_a_renamed_feed_and_a_shortened_archive_are_so_on_every_machine(
    store: Store, tmp_path: Path
) -> None:
    one, other = publishers(store, tmp_path)
    harbour = source(store)
    store.commit(commit(harbour, *entries(1, 250)))
    other.catch_up()
    store.rename("harbour", "port")
    store.prune(harbour, NOW + 150 * MINUTE, spare=10)
    for machine in (one, other):
        machine.catch_up()
        assert {str(name) for name in files(machine) if name.suffix == ".atom"} == {
            "port.atom",
            "port/0002.atom",
        }


def test_a_machine_that_was_away_publishes_what_it_missed(store: Store, tmp_path: Path) -> None:
    one, other = publishers(store, tmp_path)
    harbour = source(store)
    store.commit(commit(harbour, entry(1)))
    other.catch_up()
    other.leave()
    store.commit(commit(harbour, entry(2)))
    one.catch_up()
    back = Publisher(other.settings, store)
    back.catch_up()
    assert b"Update 2" in files(back)[Path("harbour.atom")][0]
    assert files(back) == files(one)


def test_how_late_a_feed_is_counts_once(store: Store, tmp_path: Path) -> None:
    harbour = source(store)
    store.commit(commit(harbour, entry(1)))
    both = publishers(store, tmp_path)
    store.commit(commit(harbour, entry(2, stated="instant"), entry(3, stated="instant")))
    for machine in both:
        machine.catch_up()
    assert len(store.latencies()[harbour].published) == 2


def test_hubs_hear_of_a_change_of_state_from_one_machine_alone(
    store: Store, tmp_path: Path
) -> None:
    push = {"hubs": ["https://hub.example/"]}
    both = [
        Publisher(Settings.model_validate({"output": tmp_path / str(n), "push": push}), store)
        for n in range(2)
    ]
    store.commit(commit(source(store), entry(1)))
    for machine in (*both, *both):
        machine.publish_states(NOW + timedelta(days=1))
    assert len(waiting(store)) == 1


def test_what_a_dead_machine_was_telling_is_told_by_another(store: Store) -> None:
    key, hub, minute = source(store), PING.target, timedelta(minutes=1)
    with store.database.writing() as connection:
        now = claims.clock(connection)
        for name in ("one", "other"):
            machines.beat(connection, Machine(name, name, "run", "1", "", now, now))
        outbox.put(connection, key, [replace(PING, held=False)])
        assert outbox.claim(connection, hub, now, now + minute, "one")
        outbox.recover(connection, now)
        assert outbox.due(connection, now) == ()
        outbox.recover(connection, now + 2 * GONE_AFTER)
        assert outbox.due(connection, now + 2 * GONE_AFTER) == (hub,)
        machines.leave(connection, "one")
        outbox.recover(connection, now)
        assert outbox.claim(connection, hub, now, now + minute, "other")


def test_a_file_that_another_machine_writes_is_not_swept_away(tmp_path: Path) -> None:
    from feeder import publish

    fresh, old = tmp_path / ".tmp-fresh", tmp_path / ".tmp-old"
    for file in (fresh, old):
        file.touch()
    os.utime(old, (1, 1))
    publish.sweep(tmp_path, older_than=600)
    assert (fresh.exists(), old.exists()) == (True, False)


def test_machines_that_start_together_make_the_tables_once(postgresql: str) -> None:
    name = f"together_{os.getpid()}"
    create_database(postgresql, name, "template0")
    problems: list[Exception] = []

    def open_it() -> None:
        try:
            Store.open(postgresql.format(name)).close()
        except Exception as problem:  # noqa: BLE001 -- told by the main thread
            problems.append(problem)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drop_database(postgresql, name)
    assert problems == []


def test_a_process_that_is_running_goes_on_while_a_newer_one_adds_columns_and_tables(
    store: Store, tmp_path: Path
) -> None:
    (machine,) = publishers(store, tmp_path, 1)
    key = source(store)
    store.commit(commit(key, entry(1)))
    with store.database.writing() as connection:
        for table in metadata.sorted_tables:
            connection.execute(
                sa.text(f"ALTER TABLE {table.name} ADD later TEXT NOT NULL DEFAULT 'x'")
            )
        connection.execute(sa.text("CREATE TABLE later (id INTEGER PRIMARY KEY)"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.commit(commit(key, entry(2), entry(1, revision=2), outbox=(PING,)))
    store.mark([(key, SourceState(state="live", last_read=NOW, next_due=NOW))])
    assert [source.name for source, _ in store.due(NOW + MINUTE)] == ["harbour"]
    machine.catch_up()
    machine.publish_missing(NOW)
    assert b"Update 2" in files(machine)[Path("harbour.atom")][0]
    assert waiting(store) == [False]
    assert source(store, "another") > key
    with pytest.raises(StoreError, match="newer version"):
        Store.open(store.database.engine.url.render_as_string(hide_password=False))


def test_migrations_only_add() -> None:
    """So that the version before goes on beside the new one; see docs/scale.md."""
    folder = Path(feeder.store.__file__).parent / "migrations/versions"
    for file in sorted(folder.glob("v*.py")):
        calls = [
            node
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.Call)
        ]
        done = {call.func.attr for call in calls if ast.unparse(call.func).startswith("op.")}  # type: ignore[attr-defined]
        assert done <= {"add_column", "create_table", "create_index", "get_bind"}, file.name
