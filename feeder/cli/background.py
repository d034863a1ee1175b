"""run, start, stop, reload: the daemon in the foreground and in the background."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from feeder.cli import local
from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    config_file,
    fail,
    outline_of,
    say,
    sentences,
    settings_for_daemon,
)
from feeder.cli.local import running
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.config import Settings, SourceSettings
    from feeder.store import Store

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
logger = logging.getLogger(__name__)

_GREETED = 10  # feeds
_START = 30.0  # seconds until a start counts as failed
_FIRST_READ = 10.0  # seconds that a greeting waits for the first reads
_STOP = 15.0  # seconds until a stop does; the daemon needs less than ten


LogOption = Annotated[
    Path | None,
    typer.Option("--log", metavar="FILE", help="Log into this file, and rotate it."),
]


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(worker)
    app.command()(start)
    app.command()(stop)
    app.command()(reload)


def run(
    ctx: typer.Context,
    config: ConfigOption = None,
    log: LogOption = None,
    worker: Annotated[
        bool, typer.Option(help="Also read pages; with --no-worker, `feeder worker` has to.")
    ] = True,
) -> None:
    """Run the daemon in the foreground: schedule, publish, serve.

    SIGTERM and SIGINT stop it, SIGHUP reads the configuration again, SIGUSR1 refreshes all sources.
    """
    with sentences():
        settings = outline_of(ctx, config)
        from feeder.runtime import daemon, logs  # noqa: PLC0415 -- slow to import

        logs.set_up(settings.log, log)
        _warn(settings)
        if settings.store_file and not worker:
            raise ConfigError("without a worker, nobody reads: --no-worker needs PostgreSQL")
        daemon.run(settings, ready=lambda: _greet(settings), reads=worker)


def worker(ctx: typer.Context, config: ConfigOption = None, log: LogOption = None) -> None:
    """Read pages for daemons that share a store in PostgreSQL.

    SIGTERM and SIGINT stop it.
    """
    with sentences():
        settings = outline_of(ctx, config)
        from feeder.runtime import logs, worker  # noqa: PLC0415 -- slow to import

        logs.set_up(settings.log, log)
        worker.run(settings, ready=lambda: say("Reading what is due"))


def _warn(settings: Settings) -> None:
    """Logs what cannot be right in the configuration; the daemon runs all the same."""
    from feeder.operations.check_settings import check_settings  # noqa: PLC0415 -- with its user

    for problem in check_settings(settings, settings.source):
        logger.warning("%s: %s", problem.where, problem.text)


def start(ctx: typer.Context, config: ConfigOption = None) -> None:
    """Start the daemon in the background.

    Its log stands beside the store, and is rotated.
    """
    with sentences():
        settings = outline_of(ctx, config)
        if pid := running(settings):
            fail(f"already running as process {pid}; `feeder stop` stops it", SOME_FAILED)
        from feeder.runtime.access_token import token_of  # noqa: PLC0415 -- slow to import

        token_of(settings)  # said here, where a person sees it, and not in the log
        log = settings.beside_store(".log")
        with _open_log(log) as stream:
            begin = stream.tell()
            process = _start_process(config_file(ctx, config).absolute(), log, stream)
        _await_health(process, settings, begin)
        _greet(settings)
        say(f"Started as process {process.pid}; the log is {log}")


def stop(ctx: typer.Context, config: ConfigOption = None) -> None:
    """Stop the daemon.

    This works even where the configuration has a mistake by now.
    """
    with sentences():
        settings, _ = settings_for_daemon(ctx, config)
        pid = running(settings)
        if not pid:
            fail("not running; there is nothing to stop", SOME_FAILED)
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP
        while running(settings):
            if time.monotonic() > deadline:
                log = settings.beside_store(".log")
                fail(f"process {pid} is still running after {_STOP:g} s; see {log}", SOME_FAILED)
            time.sleep(0.05)
        say("Stopped")


def reload(ctx: typer.Context, config: ConfigOption = None) -> None:
    """Have the daemon read its configuration again.

    It says what changed. Where the file has a mistake, it says which, and the old settings stay.
    """
    with sentences():
        settings, mistake = settings_for_daemon(ctx, config)
        pid = running(settings)
        if not pid:
            fail("not running; `feeder start` reads the configuration", SOME_FAILED)
        if mistake:
            os.kill(pid, signal.SIGHUP)  # so that status and the pages tell of it too
            raise ConfigError(f"{mistake}\nThe daemon keeps the old settings")
        said = _await_settings(settings, pid)
    say("\n".join(said) or "Read again; nothing has changed")


def _await_settings(settings: Settings, pid: int) -> list[str]:
    """Has the daemon read the file, waits until it has, and returns which sources changed."""
    from feeder.operations.sync_config import is_in_force  # noqa: PLC0415 -- slow to import
    from feeder.store import Store  # noqa: PLC0415

    with Store.open(settings.store) as store:
        before = _file_sources(store)
        os.kill(pid, signal.SIGHUP)
        deadline = time.monotonic() + _START
        while not is_in_force(store, settings):
            if time.monotonic() > deadline:
                fail(f"process {pid} has not taken the file; see `feeder status`", SOME_FAILED)
            time.sleep(0.05)
        after = _file_sources(store)
        changed, waiting = store.get("settings_changed"), store.get("settings_of_next_start")
    common = before.keys() & after.keys()
    kinds = {
        "Added": after.keys() - before.keys(),
        "Changed": {name for name in common if before[name] != after[name]},
        "Removed": before.keys() - after.keys(),
    }
    said = [f"{kind}: {', '.join(sorted(names))}" for kind, names in kinds.items() if names]
    if changed:
        said.append(f"Changed settings: {changed}")
    if waiting:
        later = "takes effect at the next start: `feeder stop`, then `feeder start`"
        said.append(f"What changed in {waiting} {later}")
    return said


def _file_sources(store: Store) -> dict[str, SourceSettings]:
    sources = (source for source, _ in store.sources())
    return {one.name: one.settings for one in sources if one.origin == "file"}


def _start_process(file: Path, log: Path, stream: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- ourselves
        [sys.executable, "-m", "feeder", "run", "--config", str(file), "--log", str(log)],
        stdin=subprocess.DEVNULL,
        stdout=stream,
        stderr=stream,  # what no logger says: why a start failed
        start_new_session=True,
        cwd="/",
    )


def _open_log(log: Path) -> BinaryIO:
    try:
        return log.open("ab")
    except OSError as error:
        raise ConfigError(f"the log {log} cannot be written: {error.strerror}") from error


def _await_health(process: subprocess.Popen[bytes], settings: Settings, begin: int) -> None:
    """Waits until the daemon answers, or fails with what its log says from `begin` on."""
    deadline = time.monotonic() + _START
    log = settings.beside_store(".log")
    while not (running(settings) == process.pid and local.healthy(settings)):
        if process.poll() is not None:
            logged = log.read_bytes()[begin:].decode(errors="replace")
            reason = logged.strip().rpartition("feeder: ")[2] or f"see {log}"
            fail(f"the daemon did not start: {reason}", process.returncode or SOME_FAILED)
        if time.monotonic() > deadline:
            fail(f"the daemon is not healthy after {_START:g} s; see {log}", SOME_FAILED)
        time.sleep(0.1)


def _greet(settings: Settings) -> None:
    """Says where to subscribe, as soon as there is something to subscribe to."""
    from feeder.runtime.access_token import token_of  # noqa: PLC0415 -- slow to import
    from feeder.web.session import login_link  # noqa: PLC0415

    base = f"{settings.base_url}/feeds"
    names = _feed_names(settings)
    waiting = _await_feeds(settings, names[:_GREETED])
    say(f"feeder serves {settings.base_url}/")
    for name in names[:_GREETED]:
        later = " (nothing is published there yet)" if name in waiting else ""
        say(f"  subscribe to {base}/{name}.atom{later}")
    if len(names) > _GREETED:
        say(f"  … and {len(names) - _GREETED} more")
    if sys.stdout.isatty() and settings.serve.host in _LOOPBACK:
        link = login_link(settings.base_url, token_of(settings))
        say(f"  log in on this machine, once and within a quarter of an hour: {link}")
    if len(names) != 1:
        say(f"  all of them for a reader: {base}/feeds.opml")


def _feed_names(settings: Settings) -> list[str]:
    """Returns the names of all feeds that the files declare."""
    names = [bundle.name for bundle in settings.bundle]
    for source in settings.source:
        names += [source.name, f"{source.name}-digest"] if source.digest else [source.name]
    return names


def _await_feeds(settings: Settings, names: Sequence[str]) -> set[str]:
    """Waits for feeds whose pages are yet to be read; returns those of which there is no file."""
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    deadline = time.monotonic() + _FIRST_READ
    with Store.open(settings.store) as store:
        while (missing := _missing(settings, names)) and time.monotonic() < deadline:
            unread = _is_one_unread(store, missing)
            time.sleep(0.1)
            if not unread:  # a file comes just after the read
                return _missing(settings, names)
    return missing


def _missing(settings: Settings, names: Sequence[str]) -> set[str]:
    return {name for name in names if not (settings.output / f"{name}.atom").exists()}


def _is_one_unread(store: Store, names: Iterable[str]) -> bool:
    """Returns whether one of these sources has not been read yet."""
    found = map(store.source, names)
    return any(pair is not None and pair[1].state == "new" for pair in found)
