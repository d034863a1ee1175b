"""run, start, stop: the daemon in the foreground and in the background."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import typer

from feeder.cli import local
from feeder.cli.common import ConfigOption, config_file, fail, say, sentences, settings_of
from feeder.config.outline import outline

if TYPE_CHECKING:
    from feeder.config import Settings

_START = 30.0  # seconds until a start counts as failed
_STOP = 15.0  # seconds until a stop does; the daemon needs less than ten


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(start)
    app.command()(stop)


def run(ctx: typer.Context, config: ConfigOption = None) -> None:
    """Run the daemon in the foreground: schedule, publish, serve.

    SIGTERM and SIGINT stop it, SIGHUP reads the configuration again, SIGUSR1 refreshes all sources.
    """
    with sentences():
        settings = outline(config_file(ctx, config)) or settings_of(ctx, config)
        from feeder import daemon, log  # noqa: PLC0415 -- slow to import

        log.to_stderr()
        _greet(settings)
        daemon.run(settings)


def start(ctx: typer.Context, config: ConfigOption = None) -> None:
    """Start the daemon in the background; its log is beside the store."""
    with sentences():
        settings = settings_of(ctx, config)
        if running(settings):
            fail(f"it runs already (process {running(settings)}); `feeder stop` stops it", 1)
        from feeder.daemon import token_of  # noqa: PLC0415 -- slow to import

        token_of(settings)  # said here, where a person sees it, and not in the log
        file, log = config_file(ctx, config).absolute(), settings.beside_store(".log")
        with log.open("ab") as stream:
            process = subprocess.Popen(  # noqa: S603 -- ourselves
                [sys.executable, "-m", "feeder", "run", "--config", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                cwd="/",
            )
        _await_health(process, settings)
        _greet(settings)
        say(f"Started as process {process.pid}; the log is {log}")


def stop(ctx: typer.Context, config: ConfigOption = None) -> None:
    """Stop the daemon that runs in the background."""
    with sentences():
        settings = settings_of(ctx, config)
        pid = running(settings)
        if not pid:
            fail("it does not run", 1)
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP
        while running(settings):
            if time.monotonic() > deadline:
                fail(f"process {pid} has not ended after {_STOP:g} s; its log is {settings.beside_store('.log')}", 1)
            time.sleep(0.05)
        say("Stopped")


def running(settings: Settings) -> int:
    """The process id of the daemon on this store, which holds its file; 0: none runs."""
    try:
        with settings.beside_store(".pid").open(encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0)
    except FileNotFoundError:
        pass
    return 0


def _await_health(process: subprocess.Popen[bytes], settings: Settings) -> None:
    deadline = time.monotonic() + _START
    log = settings.beside_store(".log")
    while not (running(settings) == process.pid and local.healthy(settings)):
        if process.poll() is not None:
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            fail(f"it has not started: {last[0] if last else f'see {log}'}", 1)
        if time.monotonic() > deadline:
            fail(f"it is not healthy after {_START:g} s; see {log}", 1)
        time.sleep(0.1)


def _greet(settings: Settings) -> None:
    """Where to subscribe."""
    base = f"{settings.base_url}/feeds"
    say(f"feeder serves {base}/index.html")
    for source in settings.source[:10]:
        say(f"  subscribe to {base}/{source.name}.atom")
    if len(settings.source) > 10:
        say(f"  … and {len(settings.source) - 10} more; all of them for a reader: {base}/feeds.opml")
