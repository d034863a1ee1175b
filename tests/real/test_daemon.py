"""The daemon as a process: it is reloaded, asked by many at once, stopped, doubled and killed."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from loopback import Answer, Asked, site, stall
from loopback import page as html
from lxml import etree
from running import PATIENCE, TOKEN, Daemon, Page, free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator

TORTURE = bool(os.environ.get("FEEDER_TORTURE"))
ATOM = "{http://www.w3.org/2005/Atom}"
HARBOUR = '[[source]]\nname = "harbour"\npath = "live.txt"\nevery = "{every}"\n'
MARKET = '[[source]]\nname = "market"\npath = "market.txt"\nevery = "1h"\n'


def titles(feed: bytes) -> dict[str, str]:
    """Ids by title; a title that stands twice is a mistake."""
    entries = [
        (entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}id"))
        for entry in etree.fromstring(feed).iter(f"{ATOM}entry")
    ]
    found = {str(title): str(identity) for title, identity in entries}
    assert len(found) == len(entries)
    return found


def shown(daemon: Daemon, name: str = "harbour") -> set[str]:
    answer = daemon.get(f"/feeds/{name}.atom")
    return set(titles(answer.content)) if answer.is_success else set()


# ------------------------------------------------------------------------------------------ signals


@pytest.mark.row("30")
def test_sighup_takes_what_the_file_says_now_and_nothing_of_a_file_with_a_mistake(
    daemon: Daemon, page: Page
) -> None:
    """Row 30 of docs/reliability.md."""
    market = Page(daemon.folder / "market.txt")
    daemon.configure(HARBOUR.format(every="1h"))
    daemon.start()
    until(lambda: "The wind turns" in shown(daemon), "no first read")

    daemon.configure(HARBOUR.format(every="1s") + MARKET)
    daemon.send(signal.SIGHUP)
    until(lambda: "The wind turns" in shown(daemon, "market"), "the new source is not read")
    page.add("Gate one is shut")
    until(
        lambda: "Gate one is shut" in shown(daemon), "the changed source is not read as it says now"
    )

    before = daemon.get("/feeds/harbour.atom").content
    daemon.configure(HARBOUR.format(every="1s") + MARKET + "evry = 3\n")
    daemon.send(signal.SIGHUP)
    until(lambda: "evry" in daemon.log, "the mistake is not said")
    assert daemon.get("/feeds/harbour.atom").content == before
    page.add("Gate two is shut")
    until(lambda: "Gate two is shut" in shown(daemon), "a mistake in the file stopped a source")
    after = titles(daemon.get("/feeds/harbour.atom").content)
    assert after.items() > titles(before).items()
    assert {one["name"] for one in daemon.get("/api/sources").json()} == {"harbour", "market"}

    market.add("The fish is sold")
    daemon.send(signal.SIGUSR1)
    until(lambda: "The fish is sold" in shown(daemon, "market"), "SIGUSR1 does not read all")

    daemon.configure(HARBOUR.format(every="1s"))
    daemon.send(signal.SIGHUP)
    until(lambda: len(daemon.get("/api/sources").json()) == 1, "the source is not retired")
    assert "The fish is sold" in shown(daemon, "market"), "its feed stays"
    assert daemon.stop() == 0


@pytest.mark.row("26")
def test_a_second_daemon_says_so_and_the_first_stops_in_time_whatever_hangs(
    daemon: Daemon, page: Page
) -> None:
    """Row 26 of docs/reliability.md."""
    with site() as there, ExitStack() as listeners:
        there.serve("/live", stall())
        there.serve("/hook", stall())
        daemon.configure(
            f'[push]\nwebhooks = ["{there.url("/hook")}"]\n' + HARBOUR.format(every="1s")
            + f'[[source]]\nname = "stalled"\nurl = "{there.url("/live")}"\nrespect_robots = false\n'
        )  # fmt: skip
        daemon.start()
        until(lambda: there.of("/hook") and there.of("/live"), "nobody is asked")
        for port in (daemon.port, free_port()):
            second = Daemon(daemon.folder, port)
            second.configure(HARBOUR.format(every="1s"))
            before = len(daemon.log)
            assert second.run("run").wait(PATIENCE) == 1, daemon.log[before:]
            assert "in use by another feeder" in daemon.log[before:]
            assert "Traceback" not in daemon.log[before:]
        assert daemon.healthy()

        events = httpx.stream(
            "GET", f"{daemon.base}/events", timeout=PATIENCE, trust_env=False, verify=False
        )
        assert listeners.enter_context(events).status_code == 200
        daemon.send(signal.SIGTERM)
        assert daemon.process
        assert daemon.process.wait(10) == 0
        assert "Traceback" not in daemon.log


# ---------------------------------------------------------------------------- asked by many at once


def gated(body: bytes, gate: threading.Event) -> Answer:
    """A page that is not sent before the gate opens."""

    async def say(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.to_thread(gate.wait, PATIENCE)
        await html(body, content_type="text/plain; charset=utf-8")(asked, writer)

    return say


@pytest.mark.row("28")
def test_a_hundred_refreshes_at_once_are_one_read_and_only_the_token_may_ask(
    daemon: Daemon, page: Page
) -> None:
    """Row 28 of docs/reliability.md."""
    gate = threading.Event()
    with site() as there, ExitStack() as connections:
        there.serve("/live", html(page.file.read_bytes(), content_type="text/plain; charset=utf-8"))
        daemon.configure(
            f'[[source]]\nname = "harbour"\nurl = "{there.url("/live")}"\nevery = "1h"\n'
        )
        daemon.start()
        until(lambda: shown(daemon), "no first read")
        assert [
            daemon.post("/api/sources/harbour/refresh", token).status_code
            for token in ("", "wrong")
        ] == [401, 401]
        assert len(there.of("/live")) == 1
        before = daemon.get("/feeds/harbour.atom").content

        page.add("Gate one is shut")
        there.serve("/live", gated(page.file.read_bytes(), gate))
        asking = [connections.enter_context(closing(_ask(daemon))) for _ in range(100)]
        for _ in range(3):  # answered after all that came before
            assert daemon.post("/api/refresh").status_code == 202
        assert daemon.get("/feeds/harbour.atom").content == before
        gate.set()
        answers = [_answer(one) for one in asking]
        assert len(there.of("/live")) == 2
        after = titles(daemon.get("/feeds/harbour.atom").content)
    assert [(one["outcome"], one["added"]) for one in answers] == [("changed", 1)] * 100
    assert after.items() > titles(before).items()
    assert after.keys() - titles(before).keys() == {"Gate one is shut"}


def _ask(daemon: Daemon) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", daemon.port), PATIENCE)
    made.sendall(
        f"POST /api/sources/harbour/refresh HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\nContent-Length: 0\r\n"
        f"Authorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n".encode()
    )
    return made


def _answer(connection: socket.socket) -> dict[str, object]:
    with connection.makefile("rb") as stream:
        head, _, body = stream.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    answer: dict[str, object] = json.loads(body)
    return answer


# ------------------------------------------------------------------------------------------ kill -9

# Forks a refresh for every line that it reads, so that 50 of them cost one start of Python.
BREEDER = """
import os, sys
import feeder.operations.oneshot, feeder.cli.refresh_command
from feeder.cli import app
for _ in sys.stdin:
    child = os.fork()
    if not child:
        try:
            app(["--config", sys.argv[1], "refresh"])
        finally:
            os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("over", flush=True)
"""


@contextmanager
def forking(config: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that forks a refresh whenever it is asked."""
    command = [sys.executable, "-c", BREEDER, str(config)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


@pytest.fixture
def breeder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with forking(tmp_path / "config.toml") as process:
        yield process


def refreshed(breeder: subprocess.Popen[str], after: float | None) -> float:
    """One refresh, killed after so many seconds; how long it lived."""
    assert breeder.stdin
    assert breeder.stdout
    breeder.stdin.write("\n")
    breeder.stdin.flush()
    child, begun = int(next(breeder.stdout)), time.monotonic()
    if after is not None:
        time.sleep(after)
        with suppress(ProcessLookupError):  # it was faster
            os.kill(child, signal.SIGKILL)
    while next(breeder.stdout).strip() != "over":
        pass
    return time.monotonic() - begun


@pytest.mark.row("24")
@pytest.mark.parametrize("seed", range(7, 8 + 19 * TORTURE))  # a thousand kills, or fifty
def test_killed_at_fifty_random_moments_no_update_is_lost_or_doubled_and_no_file_is_half_written(
    daemon: Daemon, page: Page, breeder: subprocess.Popen[str], seed: int
) -> None:
    """Row 24 of docs/reliability.md."""
    daemon.configure(HARBOUR.format(every="1h"))
    life = max(refreshed(breeder, None) for _ in range(2))
    feeds, chance = daemon.folder / "feeds", random.Random(seed)
    known: dict[str, str] = {}
    for number in range(50):
        page.add(f"Gate {number} is shut")
        refreshed(breeder, chance.uniform(0, life))
        now = titles((feeds / "harbour.atom").read_bytes())
        assert {title: now[title] for title in known} == known, (
            "an id changed, or an update is gone"
        )
        known = now
        for file in feeds.iterdir():
            _assert_whole(file)
    refreshed(breeder, None)
    last = titles((feeds / "harbour.atom").read_bytes())
    assert list(last) == list(reversed(page.texts))
    assert {title: last[title] for title in known} == known
    for form in ("atom", "rss", "json"):
        assert (
            gzip.decompress((feeds / f"harbour.{form}.gz").read_bytes())
            == (feeds / f"harbour.{form}").read_bytes()
        )


def _assert_whole(file: Path) -> None:
    name, data = file.name, file.read_bytes()
    if name.endswith(".gz"):
        name, data = name.removesuffix(".gz"), gzip.decompress(data)
    if name.endswith((".atom", ".rss", ".opml")):
        etree.fromstring(data)
    elif name.endswith(".json"):
        json.loads(data)
    elif name.endswith(".html"):
        assert data.rstrip().endswith(b"</html>")
