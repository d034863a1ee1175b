"""A store of every schema that was ever in use is brought to this one, in both databases, with all that is in it."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql as dialect
from storing import create_database

import feeder.store
from feeder.store import Store
from feeder.store.schema import metadata

if TYPE_CHECKING:
    from feeder.model import Entry

GOLDEN = Path(__file__).parents[1] / "golden/first.tar.xz"
MIGRATIONS = Path(feeder.store.__file__).parent / "migrations"
REVISIONS = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def old_store(folder: Path, revision: str) -> sa.Engine:
    """The golden store of the first version, brought to a revision and no further."""
    with tarfile.open(GOLDEN) as tar:
        tar.extract("feeder.db", folder, filter="data")
        tar.extract("ids.json", folder, filter="data")
    engine = sa.create_engine(f"sqlite:///{folder / 'feeder.db'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return engine


def copied(engine: sa.Engine, url: str) -> None:
    """Tables, indexes and rows in another database, as that version would have made them there."""
    old = sa.MetaData()
    old.reflect(engine)
    for table in old.tables.values():
        for column in table.columns:
            kind = (
                metadata.tables[table.name].c[column.name].type
                if table.name in metadata.tables
                else None
            )
            if isinstance(column.type, sa.BLOB):
                column.type = sa.LargeBinary()
            elif kind is not None and kind.compile(dialect.dialect()) == "BIGINT":
                column.type = sa.BigInteger()  # numbers of rows are shorter in SQLite
    other = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as before, other.begin() as after:
        old.create_all(after)
        for table in old.sorted_tables:
            rows = [dict(row) for row in before.execute(sa.select(table)).mappings()]
            if rows:
                after.execute(sa.insert(table), rows)
    other.dispose()


def differences(store: Store) -> list[object]:
    with store.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def contents(store: Store) -> dict[str, list[Entry]]:
    return {source.name: store.entries(source.id) for source, _ in store.sources()}


@pytest.mark.row("32")
@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_each_schema_is_brought_to_this_one_in_both_databases(
    tmp_path: Path, revision: str, postgresql: str
) -> None:
    engine = old_store(tmp_path, revision)
    name = f"upgrade_{revision}"
    create_database(postgresql, name, "template0")
    copied(engine, postgresql.format(name))
    engine.dispose()
    with Store.open(f"sqlite:///{tmp_path / 'feeder.db'}") as store:
        assert differences(store) == []
        found = contents(store)
    with Store.open(postgresql.format(name)) as store:
        assert differences(store) == []
        assert contents(store) == found
        assert store.check() == []
    expected = json.loads((tmp_path / "ids.json").read_text("utf-8"))
    ids = {name: {entry.id for entry in entries} for name, entries in found.items()}
    assert all(ids[name] <= set(expected[name]) for name in expected)
    assert sum(map(len, ids.values())) > 100
