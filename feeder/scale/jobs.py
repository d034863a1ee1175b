"""The queue of procrastinate: its tables, what is put in, and who takes it out."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from procrastinate import App, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException, ProcrastinateException
from procrastinate.schema import SchemaManager
from psycopg import OperationalError
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from feeder.errors import StoreError
from feeder.store import meta

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from psycopg import Connection as Session
    from sqlalchemy import Connection

    from feeder.store.engine import Database

QUEUE = "reads"
TASK = "read"
URGENT = 10  # the priority of what a person waits for

AT_ONCE = 16  # jobs of one worker
STALLED = 20.0  # seconds without a heartbeat, after which a worker's jobs are put back
_MANNER: Any = {
    "concurrency": AT_ONCE,
    "fetch_job_polling_interval": 1.0,  # where no notice has come
    "update_heartbeat_interval": STALLED / 4,
    "stalled_worker_timeout": STALLED,
    "shutdown_graceful_timeout": 5.0,  # for jobs under way
    "delete_jobs": "always",
    "install_signal_handlers": False,
}

for _name in ("procrastinate", "psycopg.pool"):  # what they meet is told by us, in one line
    logging.getLogger(_name).setLevel(logging.CRITICAL)

# A job that could not begin is tried again; what a page or its server does is `refresh`'s affair.
_RETRY = RetryStrategy(max_attempts=3, wait=1, retry_exceptions={StoreError})
_APP = App(connector=SyncPsycopgConnector())  # never opened: it uses the store's connections
_ALONE = text("SELECT pg_advisory_xact_lock(0x66656566)")


def prepare(database: Database) -> None:
    """Makes procrastinate's tables, or brings them to the version that is installed.

    Raises:
        StoreError: the database refused.
    """
    migrations = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    with database.writing() as connection:
        connection.execute(_ALONE)
        known = meta.get(connection, "procrastinate")
        if known is None:
            _session(connection).execute(SchemaManager.get_schema())
        for file in migrations:
            if known is not None and file.stem > known:
                _session(connection).execute(file.read_bytes())
        if known is None or migrations[-1].stem > known:
            meta.put(connection, "procrastinate", migrations[-1].stem)


def count_waiting(connection: Connection) -> int:
    """Returns how many jobs nobody has taken yet."""
    query = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
    return int(connection.execute(query).scalar() or 0)


def defer(
    connection: Connection, jobs: Sequence[Mapping[str, Any]], *, urgent: bool = False
) -> None:
    """Puts jobs into the queue, as part of a transaction of the store."""
    if not jobs:
        return
    task = _APP.configure_task(
        TASK, queue=QUEUE, priority=URGENT if urgent else 0, connection=_session(connection)
    )
    try:
        task.batch_defer(*(dict(job) for job in jobs))
    except ConnectorException as error:
        raise error.__cause__ or error from None


def _session(connection: Connection) -> Session[Any]:
    session: Any = connection.connection.driver_connection
    return session  # type: ignore[no-any-return]


def connection_string(database: Database) -> str:
    """Returns the store's address as libpq reads it, whatever characters its password has."""
    engine = database.engine
    _, parameters = engine.dialect.create_connect_args(engine.url)
    parameters.pop("context", None)  # how types are adapted, which is psycopg's own
    return make_conninfo(**parameters)


async def work(database: Database, name: str, do: Callable[..., Awaitable[None]]) -> None:
    """Calls `do` with what is in each job, until cancelled.

    Raises:
        ConnectorException: the database is gone, also for jobs under way.
    """
    address = connection_string(database)
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=4, timeout=10.0))
    app.task(name=TASK, queue=QUEUE, retry=_RETRY)(do)
    async with app.open_async():
        putting_back = asyncio.create_task(_put_back(app))
        try:
            await app.run_worker_async(queues=[QUEUE], name=name, **_MANNER)
        finally:
            putting_back.cancel()
            await asyncio.gather(putting_back, return_exceptions=True)  # before its pool is closed


async def _put_back(app: App) -> None:
    """Gives the jobs of workers that are gone to those that are there, until cancelled."""
    while True:
        # Another was quicker; or the database is away, of which the worker itself speaks.
        with suppress(ProcrastinateException, OperationalError):
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
                await app.job_manager.retry_job(job)
        await asyncio.sleep(STALLED / 4)
