"""A store from a backup: put in its place, then brought up to date from the published files."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from feeder.errors import ConfigError, StoreError
from feeder.publish.publisher import Publisher
from feeder.publish.relearn import Learned, relearn
from feeder.store import Store
from feeder.store.lock import store_file_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from feeder.config import Settings


def restore(
    settings: Settings,
    backup: Path,
    now: datetime,
    step: Callable[[str], object] = id,
) -> dict[str, Learned]:
    """Puts a backup in the store's place; what was learned, by source, where anything was.

    The store that was there is kept beside it as NAME.before-restore. `step` is told each source.

    Raises:
        ConfigError: the store is not a file, the backup is none, or a daemon holds the store.
        StoreError: the backup cannot be read, or the store cannot be written.
    """
    file = settings.store_file
    if file is None:
        raise ConfigError("only an SQLite store is restored here; for PostgreSQL use pg_restore")
    _check(backup)
    with store_file_lock(file):
        _put(backup, file)
        with Store.open(settings.store) as store:
            learned = _relearn_all(store, settings, now, step)
            publisher = Publisher(settings, store)
            publisher.heal(now)
            publisher.publish_missing(now, whole=True)
    return learned


def _relearn_all(
    store: Store, settings: Settings, now: datetime, step: Callable[[str], object]
) -> dict[str, Learned]:
    learned = {}
    for source, source_state in store.each():
        found = relearn(source, source_state, store, settings.output, now)
        if found:
            learned[source.name] = found
        step(source.name)
    return learned


def _check(backup: Path) -> None:
    if not backup.is_file():
        raise ConfigError(f"there is no file {backup}")
    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            [(verdict,)] = opened.execute("PRAGMA quick_check(1)").fetchall()
            opened.execute("SELECT count(*) FROM sources").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise StoreError(f"{backup} is no backup of a feeder store: {error}") from error
    if verdict != "ok":
        raise StoreError(f"the backup {backup} is damaged: {verdict}")


def _put(backup: Path, file: Path) -> None:
    """Moves the present store aside, so that a wrong backup costs nothing."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        shutil.copyfile(backup, partial)
        partial.chmod(0o600)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        if file.exists():
            file.replace(file.with_name(f"{file.name}.before-restore"))
        for log in (f"{file.name}-wal", f"{file.name}-shm"):
            file.with_name(log).unlink(missing_ok=True)
        partial.replace(file)
    except OSError as error:
        raise StoreError(f"the store {file} cannot be replaced: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
