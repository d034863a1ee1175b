"""The store's version: made, brought up to date, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from feeder.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from feeder.store.engine import Database

# The newest revision in migrations/versions; a test holds the two together.
VERSION = "0003"


def migrate(database: Database) -> None:
    """Brings the tables to this version of the program. Costs one look where they are.

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
        if _version(connection) != VERSION:  # another process was faster
            _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    # Only here: the import takes longer than opening a store.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
