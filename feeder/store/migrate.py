"""The store's version: a new store is made of the schema, an older one migrated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from feeder.errors import StoreError
from feeder.store.schema import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from feeder.store.engine import Database

# The newest revision in migrations/versions; a test holds the two together.
VERSION = "0006"

_ALONE = text("SELECT pg_advisory_xact_lock(0x66656568)")  # SQLite has one writer anyway


def migrate(database: Database) -> None:
    """Makes the tables, or brings them to this version of the program.

    Raises:
        StoreError: they are of a newer version, or the file is damaged.
    """
    with database.reading() as connection:
        version = _version(connection)
    if version == VERSION:
        return
    if version is not None and version > VERSION:
        raise StoreError(
            f"{database.name} was written by a newer version of feeder ({version}); "
            f"this one knows {VERSION}"
        )
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(_ALONE)
        now = _version(connection)
        if now is None:
            _make(connection)
        elif now != VERSION:  # else another process was faster
            _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _make(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(
        text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": VERSION})


def _upgrade(connection: Connection) -> None:
    # Only here: the import takes longer than opening a store.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
