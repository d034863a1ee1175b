"""The daemon: schedule, press, outbox and web server in one process, from its start to a clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import resource
import secrets
import signal
import socket
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvicorn

from feeder import notify, publish
from feeder.config import load
from feeder.errors import ConfigError, FeederError
from feeder.notify import Teller
from feeder.operations.sync_config import synchronise
from feeder.publish import compose
from feeder.publish.publisher import Publisher
from feeder.read import Fetcher
from feeder.refresh import Works
from feeder.runtime import systemd
from feeder.runtime.maintenance import Care
from feeder.runtime.metrics import Meters
from feeder.runtime.sandbox import Sandbox
from feeder.runtime.scheduler import Schedule
from feeder.store import Store
from feeder.web import application
from feeder.web.events import Bell
from feeder.web.server import server_config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from feeder.config import Settings
    from feeder.model import State
    from feeder.notify import Place
    from feeder.refresh import Outcome

logger = logging.getLogger("feeder.runtime.daemon")

PATIENCE = (
    5.0  # seconds that reads under way are given at the end; a clean stop takes less than ten
)
TELLING = 2.0  # seconds for what is still to be told then; the rest waits in the outbox
SICK_AFTER = 15.0  # seconds without a tick that reached the store


class Daemon:
    """A running daemon, as its doors see it."""

    def __init__(self, works: Works, token: str) -> None:
        self.works = works
        self.token = token
        self.meters = Meters()
        self.bell = Bell()
        self.states: dict[str, State] = {}
        self.stopping = asyncio.Event()
        self.care = Care(lambda: self.works)
        self.teller = Teller(works.store, works.fetcher, lambda: self.place, _now)
        self.schedule = Schedule(works, self.meters, self.teller.tell, self.seen)

    @property
    def place(self) -> Place:
        return compose.place_of(self.works.settings)

    def sickness(self) -> str:
        silent = time.monotonic() - self.schedule.ticked
        if silent > SICK_AFTER:
            return f"the schedule has not reached the store for {silent:.0f} s; the log says why"
        return self.care.trouble

    def seen(self, outcome: Outcome) -> None:
        """Whoever waits for changes is told of them."""
        self.states[outcome.source] = outcome.state
        if outcome.outcome == "changed":
            self.bell.ring()
            self.schedule.tell()

    def metrics(self) -> bytes:
        return self.meters.text(self.works.store)

    async def reload(self) -> None:
        """The configuration file again: a bad one changes nothing."""
        file, before = self.works.settings.file, self.works.settings
        assert file is not None
        try:
            settings = await asyncio.to_thread(load, file)
            await asyncio.to_thread(_synchronise, self.works.store, settings)
        except FeederError as error:
            logger.error("the configuration stays as it was: %s", error)  # noqa: TRY400 -- a sentence, no bug
            await asyncio.to_thread(self.works.store.put, "configuration_error", str(error))
            return
        fixed = {
            "store": before.store,
            "output": before.output,
            "serve": before.serve,
            "fetch": before.fetch,
        }
        if changed := [key for key, value in fixed.items() if getattr(settings, key) != value]:
            logger.warning("changes of %s are taken at the next start", ", ".join(changed))
        settings = settings.model_copy(update=fixed)
        self.works.publisher.settings = settings
        self.works = replace(self.works, settings=settings)
        self.schedule.use(self.works)
        await asyncio.to_thread(_settle_receivers, self.works.store, settings)
        self.care.soon()
        self.schedule.wake()

    async def refresh_all(self) -> None:
        await asyncio.to_thread(self.works.store.make_due, None, _now())
        self.schedule.wake()


def run(settings: Settings, ready: Callable[[], object]) -> None:
    """Until SIGTERM or SIGINT. `ready` is called when the address is ours and readers can connect.

    Raises:
        ConfigError: the address to listen at is taken.
        StoreError: the store cannot be opened, or another daemon holds it or the folder.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (most, most)
    )  # the usual 1024 are for who still uses select(2)
    asyncio.run(_run(settings, ready))


async def _run(settings: Settings, ready: Callable[[], object]) -> None:
    async with _daemon(settings) as daemon:
        with _listening(settings) as listener, _pid_file(settings):
            server = _Server(server_config(application(daemon)))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            _handle_signals(daemon)
            daemon.schedule.start()
            ready()
            systemd.notify("READY=1")
            tasks = [
                asyncio.create_task(_feed_watchdog(daemon)),
                asyncio.create_task(daemon.care.run()),
            ]
            await daemon.stopping.wait()
            systemd.notify("STOPPING=1")
            for task in tasks:
                task.cancel()
            daemon.bell.close()
            await daemon.schedule.stop(PATIENCE)
            await daemon.teller.stop(TELLING)
            server.should_exit = True
            await serving


@contextlib.asynccontextmanager
async def _daemon(settings: Settings) -> AsyncIterator[Daemon]:
    async with contextlib.AsyncExitStack() as stack:
        store = stack.enter_context(Store.open(settings.store))
        stack.enter_context(store.lock(settings.output))
        await asyncio.to_thread(_synchronise, store, settings)
        fetcher = await stack.enter_async_context(Fetcher(settings.fetch, store.hosts))
        sandbox = await stack.enter_async_context(Sandbox())
        publisher = Publisher(settings, store)
        works = Works(settings, store, fetcher, sandbox.extract, publisher)
        daemon = Daemon(works, token_of(settings))
        await asyncio.to_thread(publish.sweep, settings.output)
        await asyncio.to_thread(notify.recover, store, _now())
        await asyncio.to_thread(_settle_receivers, store, settings)
        # what is there now stays: a quarter of a million objects that no collection has to look at
        gc.freeze()
        yield daemon


def _synchronise(store: Store, settings: Settings) -> None:
    synced = synchronise(store, settings, _now())
    store.put("configuration_error", "")
    for what, names in (
        ("added", synced.added),
        ("changed", synced.changed),
        ("retired", synced.retired),
    ):
        if names:
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            logger.info("configuration: %s %s%s", what, ", ".join(names[:10]), more)


def _settle_receivers(store: Store, settings: Settings) -> None:
    """Who is no longer configured is told nothing more; who gets webhooks has to know what signs them."""
    notify.retire(store, (*settings.push.hubs, *settings.push.webhooks))
    if settings.push.webhooks and store.get("webhook_secret") is None:
        made = notify.secret(store)
        said = f": {made}" if sys.stdout.isatty() else ""  # a person may see it, a log may not
        said = f"A secret that signs webhooks was made{said}\nIt is kept in the store, in its table meta"
        print(said, flush=True)  # noqa: T201 -- once


def token_of(settings: Settings) -> str:
    """FEEDER_TOKEN, else the configured one, else the one beside the store, made where there is none (mode 0600).

    Raises:
        ConfigError: its file cannot be read or made.
    """
    given = os.environ.get("FEEDER_TOKEN") or settings.serve.token
    if given:
        return given
    file = settings.beside_store(".token")
    try:
        return file.read_text(encoding="ascii").strip() if file.exists() else _made_token(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the token for changes by HTTP cannot be kept in {file}: {error}"
        ) from error


def _made_token(file: Path) -> str:
    made = secrets.token_urlsafe(24)
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as stream:
        stream.write(made + "\n")
    said = f": {made}" if sys.stdout.isatty() else ""  # a person may see it, a log may not
    print(f"A token for changes by HTTP was made{said}\nIt is kept in {file}", flush=True)  # noqa: T201 -- once
    return made


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    config = uvicorn.Config(lambda: None, settings.serve.host, settings.serve.port, log_config=None)
    try:
        bound = config.bind_socket()
    except SystemExit:
        raise ConfigError(
            f"cannot listen at {settings.serve.listen}: the address is taken or not allowed; "
            "choose another one as listen under [serve]"
        ) from None
    # asyncio sets this only where the socket names its protocol. Without it, the body of an answer
    # waits 40 ms for the client to acknowledge the head.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.closing(bound):
        yield bound


class _Server(uvicorn.Server):
    """Signals are the daemon's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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
    """The service manager restarts us when this stops: only while schedule and store advance is it fed."""
    while every := systemd.watchdog():
        if not daemon.sickness():
            systemd.notify("WATCHDOG=1")
        await asyncio.sleep(every / 3)


@contextlib.contextmanager
def _pid_file(settings: Settings) -> Iterator[None]:
    """Its lock, not its being there, says that we run: it ends with us, however we end."""
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
