"""A store is copied into another database, with all that is in it: rows, ids, counters, published bytes."""

from __future__ import annotations

import itertools
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from storing import MINUTE, NOW, commit, entry, source
from typer.testing import CliRunner

from feeder.cli import app
from feeder.config import Settings
from feeder.errors import StoreError
from feeder.publish.publisher import Publisher
from feeder.store import Store
from feeder.store.copying import COPIED, ROWS
from feeder.store.instant import Instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Column

GOLDEN = Path(__file__).parents[1] / "golden/first.tar.xz"


def fill(store: Store, rows: int) -> None:
    """Puts rows into every table, with something in every column."""
    with store.database.writing() as connection:
        for table in COPIED:
            made = [
                {column.name: value(column, number) for column in table.columns}
                for number in range(1, rows + 1)
            ]
            connection.execute(sa.insert(table), made)


def value(column: Column[Any], number: int) -> object:
    if column.foreign_keys or isinstance(column.type, sa.Integer):
        return number
    kinds = {
        Instant: NOW + number * timedelta(microseconds=1),
        sa.Boolean: number % 2 == 0,
        sa.LargeBinary: bytes(range(256)) + str(number).encode(),
    }
    return kinds.get(type(column.type), f"{column.name} ä \u202e {number} 'quoted' \\ 😀")


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.database.reading() as connection:
        tables = {one.name: connection.execute(sa.select(one)) for one in COPIED}
        return {
            name: sorted((tuple(row) for row in rows), key=repr) for name, rows in tables.items()
        }


@pytest.mark.parametrize(("first", "second"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_every_row_of_every_table_is_in_the_copy_and_in_the_copy_of_the_copy(
    first: str, second: str, tmp_path: Path, new_store: Callable[[str], str]
) -> None:
    addresses = [new_store(kind) for kind in (first, second, first)]
    with Store.open(addresses[0]) as store:
        fill(store, ROWS + 1)
        before = dump(store)
    for source_address, target in itertools.pairwise(addresses):
        done = CliRunner().invoke(app, ["copy-store", source_address, target])
        assert done.exit_code == 0, done.output
        with Store.open(target) as store:
            assert dump(store) == before
    assert all(len(rows) == ROWS + 1 for rows in before.values())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_gives_no_number_a_second_time(
    store: Store, kind: str, tmp_path: Path, new_store: Callable[[str], str]
) -> None:
    key = source(store)
    store.commit(commit(key, entry(1), entry(2), entry(3)))
    store.prune(key, NOW + 4 * MINUTE, spare=1)
    with store.database.writing() as connection:
        connection.execute(sa.text("DELETE FROM revisions"))
    with Store.open(new_store(kind)) as copy:
        store.copy_to(copy)
        given = []
        for one in (store, copy):
            one.commit(commit(key, entry(4)))
            given.append([event.seq for event in one.events(0)])
            assert source(one, "another") == key + 1
        assert given[0] == given[1] > [3]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_publishes_the_same_bytes(
    kind: str, tmp_path: Path, new_store: Callable[[str], str]
) -> None:
    with tarfile.open(GOLDEN) as tar:
        tar.extract("feeder.db", tmp_path, filter="data")
    published = []
    with (
        Store.open(f"sqlite:///{tmp_path / 'feeder.db'}") as store,
        Store.open(new_store(kind)) as copy,
    ):
        store.copy_to(copy)
        for number, one in enumerate((store, copy)):
            folder = tmp_path / str(number)
            Publisher(Settings(output=folder), one).publish_missing(NOW, whole=True)
            files = (file for file in folder.rglob("[!.]*") if file.is_file())
            published.append({file.relative_to(folder): file.read_bytes() for file in files})
    assert len(published[0]) > 20
    assert published[1] == published[0]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_that_is_not_empty_is_left_as_it_is(
    store: Store, kind: str, tmp_path: Path, new_store: Callable[[str], str]
) -> None:
    source(store, "mine")
    with Store.open(new_store(kind)) as other:
        source(other, "theirs")
        before = dump(other)
        with pytest.raises(StoreError, match="is not empty: it has rows in sources"):
            store.copy_to(other)
        assert dump(other) == before


def test_what_is_changed_while_it_is_copied_is_not_in_the_copy(
    store: Store, tmp_path: Path
) -> None:
    key = source(store)
    store.commit(commit(key, entry(1)))
    changed: list[str] = []

    def change(_: str) -> None:
        if not changed:
            changed.append("once")
            store.commit(commit(key, entry(2)))

    with Store.open(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        store.copy_to(copy, change)
        assert [one.number for one in copy.entries(key)] == [1]
        assert [one.number for one in store.entries(key)] == [2, 1]


def test_a_copy_says_what_it_cannot_do(tmp_path: Path) -> None:
    there, missing = tmp_path / "there.db", tmp_path / "missing.db"
    Store.open(f"sqlite:///{there}").close()
    cases = {
        (str(missing), str(there)): "there is no store",
        (str(there), str(there)): "into itself",
        (str(there), "oracle://x/y"): "must be",
    }
    for arguments, words in cases.items():
        done = CliRunner().invoke(app, ["copy-store", *arguments])
        assert (done.exit_code, words in done.output) == (2, True), done.output
    assert not missing.exists()


def test_a_copy_of_a_store_in_use_says_what_it_lacks(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'there.db'}") as store, store.lock(tmp_path):
        done = CliRunner().invoke(
            app, ["copy-store", str(tmp_path / "there.db"), str(tmp_path / "c.db")]
        )
    assert (done.exit_code, "A daemon is using FROM" in done.output) == (0, True), done.output
