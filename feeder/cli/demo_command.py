"""demo: a live blog that is played on loopback, and followed live."""

from __future__ import annotations

import secrets
import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeder.cli.common import now, say, sentences
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from feeder.config import Settings
    from feeder.demo.live_page import LivePage
    from feeder.model import Change
    from feeder.store import Store

_PAUSE = 6.0  # seconds between two things that happen on the page
_LOOK = 0.1  # seconds between two looks at what became of it
_PATIENCE = 60.0  # seconds until the next thing happens although nothing became of the last one
_CONFIG = """\
[serve]
listen = "127.0.0.1:{port}"
token = "{token}"
[fetch]
allow_private = true
host_interval = "0s"
respect_robots = false
[[source]]
name = "demo"
url = "{url}"
every = "1s"
"""


def _speed(text: str) -> float:
    with suppress(ValueError):
        if 0.1 <= (speed := float(text)) <= 100:
            return speed
    raise typer.BadParameter(f"{text!r} must be a number from 0.1 to 100")


def _port(text: str) -> int:
    with suppress(ValueError):
        if 0 <= (port := int(text)) <= 65535:
            return port
    raise typer.BadParameter(f"{text!r} must be a whole number from 0 to 65535")


SpeedOption = Annotated[
    float, typer.Option(parser=_speed, metavar="N", help="How many times as fast as usual.")
]
PortOption = Annotated[
    int,
    typer.Option(
        parser=_port,
        metavar="PORT",
        show_default=False,
        help="The port of the page; by default a free one.",
    ),
]


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    speed: SpeedOption = 1.0,
    port: PortOption = 0,
) -> None:
    """Play a live blog on this machine, and follow it.

    The page and its feed are shown side by side, and each change is told as it comes. This
    needs no configuration and leaves nothing behind. Ctrl-C ends it.
    """
    from feeder.config import LogSettings, load  # noqa: PLC0415 -- slow to import
    from feeder.demo import live_page, loopback  # noqa: PLC0415
    from feeder.runtime import daemon, logs  # noqa: PLC0415

    page, own_port = live_page.LivePage(now), loopback.free_port()
    live_page.begin(page)
    with sentences(), ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="feeder-demo-")))
        try:
            base = stack.enter_context(loopback.serve(page, f"http://127.0.0.1:{own_port}", port))
        except OSError as error:
            raise ConfigError(f"--port {port}: {error.strerror}; choose another one") from None
        file = folder / "config.toml"
        values = {"port": own_port, "token": secrets.token_urlsafe(), "url": f"{base}/live"}
        file.write_text(_CONFIG.format(**values), encoding="utf-8")
        settings = load(file)
        logs.set_up(LogSettings(level="error"))
        player = Player(page, base, settings, _PAUSE / speed)
        stack.callback(player.stop)
        daemon.run(settings, ready=player.start)
    say("\nThe demonstration has ended; nothing is left of it")


class Player(threading.Thread):
    """Has things happen on the page, and prints what the feed makes of each."""

    def __init__(self, page: LivePage, base: str, settings: Settings, pause: float) -> None:
        super().__init__(name="demo", daemon=True)
        self._page = page
        self._base = base
        self._settings = settings
        self._pause = pause
        self._ended = threading.Event()
        self._seen = 0  # the number of the last change that was printed
        self._failing = False

    def stop(self) -> None:
        self._ended.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        from feeder.demo.live_page import happenings  # noqa: PLC0415 -- with its user
        from feeder.store import Store  # noqa: PLC0415

        with Store.open(self._settings.store) as store:
            self._await_answer(store)
            say(f"\nThe page and its feed, side by side: {self._base}/")
            say(f"Subscribe to {self._settings.base_url}/feeds/demo.atom")
            say("Ctrl-C ends it\n")
            for happens in happenings(self._page):
                if self._ended.wait(self._pause):
                    return
                typer.secho(f"The page: {happens}", dim=True)
                if self._failing and not self._page.broken:
                    store.make_due(
                        ["demo"], now()
                    )  # do not wait for as long as a real failure does
                self._await_answer(store)

    def _await_answer(self, store: Store) -> None:
        """Waits until the feed has followed the page, and prints what came of it."""
        waited = 0.0
        while not self._print_news(store) and waited < _PATIENCE:
            if self._ended.wait(_LOOK):
                return
            waited += _LOOK

    def _print_news(self, store: Store) -> bool:
        """Prints what has changed since the last look; returns whether there was anything."""
        from feeder.operations.status import one_status  # noqa: PLC0415 -- with its user

        events = store.events(self._seen)
        for event in events:
            self._seen = event.seq
            print_change(event.change)
        status = one_status(store, self._settings, "demo")
        failing = status is not None and status.state == "failing"
        failed = failing and not self._failing
        if status and failed:
            reason = status.reason.partition(":")[0]
            typer.secho(f"! {reason}; the feed stays as it was", fg="magenta")
        self._failing = failing
        return bool(events) or failed


_SAID = {
    "added": ("+", "", "green"),
    "edited": ("~", "edited: ", "yellow"),
    "removed": ("−", "removed: ", "red"),
}


def print_change(change: Change) -> None:
    """Prints a change as a line, in colour on a terminal."""
    sign, verb, colour = _SAID.get(change.kind, ("~", f"{change.kind}: ", "yellow"))
    if change.kind == "edited" and change.entry.updated < change.at:
        verb = "mended, without a word to readers: "
    clock = change.entry.published.astimezone()
    typer.secho(f"{sign} {clock:%H:%M} {verb}{change.entry.content.title}", fg=colour)
