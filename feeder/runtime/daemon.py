"""The daemon: schedule, publisher, outbox and web server in one process, from start to stop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import resource
import signal
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feeder import publish
from feeder.config import load
from feeder.errors import FeederError
from feeder.notify.notifier import Teller, recover, retire, signing_key
from feeder.operations.sync_config import synchronise
from feeder.pipeline.turn import Works
from feeder.publish import compose
from feeder.publish.publisher import Publisher
from feeder.read.fetcher import Fetcher
from feeder.runtime import reloading, systemd
from feeder.runtime.access_token import announce_secret, token_of
from feeder.runtime.http_server import UnsignalledServer, bound_socket
from feeder.runtime.maintenance import Maintenance
from feeder.runtime.metrics import Metrics
from feeder.runtime.sandbox import Sandbox
from feeder.runtime.scheduler import Schedule
from feeder.store import LockLostError, Store, numbering
from feeder.web import application
from feeder.web.events import Bell
from feeder.web.server import server_config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

    from feeder.config import Settings, Source
    from feeder.model import SourceState, State
    from feeder.notify.delivery import FeedLocation
    from feeder.pipeline.turn import Outcome
    from feeder.scale import Installation
    from feeder.scale.listener import Listener

logger = logging.getLogger("feeder.runtime.daemon")

# Seconds at the end for reads under way, and then for what is still to be told; the rest waits in
# the outbox. A clean stop takes less than ten.
PATIENCE = 5.0
TELLING = 2.0
LEFT = 600.0  # seconds after which another machine no longer writes what it has begun
SICK_AFTER = 15.0  # seconds without a tick that reached the store


class Daemon:
    """A running daemon, as the web sees it."""

    def __init__(
        self,
        works: Works,
        token: str,
        shared: Installation | None = None,
        *,
        schedules: bool = True,
    ) -> None:
        """Takes the installation that shares the store, if one does; there, some only read."""
        self.works = works
        self.shared = shared
        self._tells = schedules
        self.token = token
        self.figures = Metrics()
        self.bell = Bell()
        self.states: dict[str, State] = {}
        self.stopping = asyncio.Event()
        self.lost: LockLostError | None = None  # why it has to stop although nobody asked
        self.maintenance = Maintenance(lambda: self.works)
        machine = shared.name if shared else ""
        self.teller = Teller(works.store, works.fetcher, lambda: self.place, works.now, machine)
        self.schedule = Schedule(
            works,
            self.figures,
            self.teller.tell if schedules else _leave_to_others,
            self.seen,
            self.give_up,
            self.teller.follow_clock if shared is None else id,
            shared=shared,
            schedules=schedules,
        )
        self.listener = _listener(self) if shared and schedules else None

    @property
    def place(self) -> FeedLocation:
        return compose.place_of(self.works.settings)

    def sickness(self) -> str:
        """Returns why schedule or store do not advance, "" where they do."""
        silent = time.monotonic() - self.schedule.ticked
        if silent > SICK_AFTER:
            return f"the schedule has not reached the store for {silent:.0f} s; the log says why"
        behind = self.listener.trouble if self.listener else ""
        return self.works.store.database.trouble or self.maintenance.trouble or behind

    async def refresh(
        self, source: Source, source_state: SourceState, *, accept: bool = False
    ) -> Outcome:
        """Has a source read now; when this returns, the feeds of this machine show it."""
        outcome = await self.schedule.refresh(source, source_state, accept=accept)
        if self.listener:
            await self.listener.catch_up()
        return outcome

    def seen(self, outcome: Outcome) -> None:
        """Wakes whoever waits for changes."""
        self.states[outcome.source] = outcome.state
        if outcome.outcome == "changed":
            self.bell.ring()
            self.schedule.tell()

    def hear(self, what: str) -> None:
        """Wakes whoever waits for what another machine has done."""
        self.bell.ring()
        if what == numbering.SOURCES:
            self.schedule.wake()
            self.maintenance.look_at_lists()
        if what.startswith(numbering.PURGED):
            self.maintenance.purge(what.removeprefix(numbering.PURGED))

    def give_up(self, error: LockLostError) -> None:
        """Stops: another process has the store."""
        self.lost = error
        self.stopping.set()

    def metrics(self) -> bytes:
        return self.figures.text(self.works.store)

    async def reload(self) -> None:
        """Reads the configuration file again; one with a mistake changes nothing."""
        before, store = self.works.settings, self.works.store
        assert before.file is not None
        try:
            read = await asyncio.to_thread(load, before.file)
            settings = reloading.keep_fixed(before, read)
            waiting = await asyncio.to_thread(reloading.note_changes, store, before, read, settings)
            await asyncio.to_thread(_synchronise, store, settings, self.works.now())
        except FeederError as error:
            logger.error("the old settings stay in force: %s", error)  # noqa: TRY400 -- no bug
            await asyncio.to_thread(store.put, "configuration_error", str(error))
            return
        if waiting:
            logger.warning("changes of %s take effect at the next start", waiting)
        self.works.publisher.settings = settings
        self.works = replace(self.works, settings=settings)
        self.schedule.use(self.works)
        await asyncio.to_thread(_settle_receivers, store, settings)
        self.maintenance.make_due()
        self.schedule.wake()

    async def refresh_all(self) -> None:
        await self.schedule.refresh_all()

    async def live(self, *, reads: bool) -> None:
        """Has its part in a shared installation, if it is one, until cancelled."""
        if self.shared is not None:
            await self.shared.live(self.schedule.read if reads else None)

    async def stop(self) -> None:
        """Ends what waits for changes, the reads and the telling, in this order."""
        self.bell.close()
        await self.schedule.stop(0.0 if self.lost else PATIENCE)
        if self.listener:
            await self.listener.stop()
        if self._tells:
            await self.teller.stop(TELLING)


async def _leave_to_others() -> None:
    """A worker tells nobody: what it publishes is told where the files are served."""


def run(settings: Settings, ready: Callable[[], object], *, reads: bool = True) -> None:
    """Runs until SIGTERM or SIGINT; calls `ready`, in a thread, once readers can connect.

    Where the store is shared and it does not `read`, that is left to others.

    Raises:
        ConfigError: the address to listen at is taken.
        StoreError: the store cannot be opened, or another daemon holds it or the folder, or has
            taken it since.
    """
    allow_many_files()
    asyncio.run(_run(settings, ready, reads=reads))


def allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # the usual 1024 are for programs that still use select(2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _run(settings: Settings, ready: Callable[[], object], *, reads: bool) -> None:
    async with open_daemon(settings, "run") as daemon:
        with bound_socket(settings) as listener, _pid_file(settings):
            server = UnsignalledServer(server_config(application(daemon)))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            works = [daemon.live(reads=reads), daemon.maintenance.run()]
            if daemon.listener:
                works.append(daemon.listener.run())
            await run_until_stopped(daemon, ready, *works)
            server.should_exit = True
            await serving
            if daemon.lost:
                raise daemon.lost


async def run_until_stopped(
    daemon: Daemon, ready: Callable[[], object], *works: Coroutine[Any, Any, None]
) -> None:
    """Starts the schedule, calls `ready`, and does `works` until a signal or a lost store."""
    _handle_signals(daemon)
    daemon.schedule.start()
    systemd.notify("READY=1")
    threading.Thread(target=ready, daemon=True).start()  # it may wait for the first reads
    tasks = [asyncio.create_task(work) for work in (_feed_watchdog(daemon), *works)]
    await daemon.stopping.wait()
    systemd.notify("STOPPING=1")
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await daemon.stop()


@contextlib.asynccontextmanager
async def open_daemon(settings: Settings, kind: str) -> AsyncIterator[Daemon]:
    """Yields a daemon that has not started. `kind` is "run", or "worker" for one that only reads.

    Raises:
        StoreError: the store cannot be opened, or another daemon holds it or the folder.
    """
    async with contextlib.AsyncExitStack() as stack:
        store = stack.enter_context(Store.open(settings.store))
        stack.enter_context(store.lock(settings.output, shared=True))
        shared = _join(store, settings, kind)
        now = shared.now if shared else _now
        if kind == "run":
            reloading.forget_changes(store)
            await asyncio.to_thread(_synchronise, store, settings, now())
        fetcher = await stack.enter_async_context(Fetcher(settings.fetch, store.hosts, now=now))
        sandbox = await stack.enter_async_context(Sandbox(settings.workers))
        publisher = Publisher(settings, store)
        works = Works(settings, store, fetcher, sandbox.extract, publisher, now=now)
        daemon = Daemon(works, token_of(settings), shared, schedules=kind == "run")
        if kind == "run":
            await asyncio.to_thread(publish.sweep, settings.output, LEFT if store.shared else 0.0)
            await asyncio.to_thread(recover, store, now())
            await asyncio.to_thread(_settle_receivers, store, settings)
        # What is there now stays: a quarter of a million objects that need no looking at.
        gc.freeze()
        yield daemon


def _join(store: Store, settings: Settings, kind: str) -> Installation | None:
    if store.database.sqlite:
        return None
    from feeder.scale import Installation  # noqa: PLC0415 -- PostgreSQL's alone

    return Installation(store, settings, kind)


def _listener(daemon: Daemon) -> Listener:
    from feeder.scale.listener import Listener  # noqa: PLC0415 -- PostgreSQL's alone

    return Listener(lambda: daemon.works, daemon.hear, daemon.schedule.tell)


def _synchronise(store: Store, settings: Settings, now: datetime) -> None:
    synced = synchronise(store, settings, now)
    store.put("configuration_error", "")
    for what in ("added", "changed", "retired"):
        if names := getattr(synced, what):
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            logger.info("configuration: %s %s%s", what, ", ".join(names[:10]), more)
    for name, file in synced.differing:
        logger.warning("%s is declared differently in %s, whose settings hold", name, file)


def _settle_receivers(store: Store, settings: Settings) -> None:
    """Drops receivers that are no longer configured, and makes the secret that signs webhooks."""
    retire(store, (*settings.push.hubs, *settings.push.webhooks))
    if settings.push.webhooks and store.get("webhook_secret") is None:
        announce_secret(
            "A secret that signs webhooks was made",
            signing_key(store),
            "It is kept in the store, in its table meta",
        )


def _handle_signals(daemon: Daemon) -> None:
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def later(action: asyncio.Task[None]) -> None:
        tasks.add(action)
        action.add_done_callback(tasks.discard)

    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, daemon.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: later(asyncio.ensure_future(daemon.reload())))
    loop.add_signal_handler(
        signal.SIGUSR1, lambda: later(asyncio.ensure_future(daemon.refresh_all()))
    )


async def _feed_watchdog(daemon: Daemon) -> None:
    """Feeds the service manager's watchdog as long as schedule and store advance."""
    while every := systemd.watchdog():
        if not daemon.sickness():
            systemd.notify("WATCHDOG=1")
        await asyncio.sleep(every / 3)


@contextlib.contextmanager
def _pid_file(settings: Settings) -> Iterator[None]:
    """Holds the lock on the file, which says that we run: it ends with us, however we end."""
    file: Path = settings.beside_store(".pid")
    with file.open("w", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        print(os.getpid(), file=held, flush=True)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def _now() -> datetime:
    return datetime.now(UTC)
