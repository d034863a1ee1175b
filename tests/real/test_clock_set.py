"""Row 27 of docs/reliability.md: the clock of the machine is set while the daemon runs, again and again."""

from __future__ import annotations

import os
import re
import signal
import struct
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from injecting import AWAY, build
from loopback import answer, site
from loopback import page as html
from running import Daemon, Page, until
from test_daemon import HARBOUR, shown, titles

if TYPE_CHECKING:
    from pathlib import Path

    from loopback import Site

DAY = timedelta(days=1)


class WallClock:
    """The clock of every process that is started with it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._file = folder / "clock"
        self.set(timedelta())
        monkeypatch.setenv("LD_PRELOAD", str(build(folder, "clock.c")))
        monkeypatch.setenv("CLOCK_SHIFT", str(self._file))

    def set(self, shift: timedelta) -> None:
        """The difference to the true time, from now on."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            os.write(file.fileno(), struct.pack("q", int(shift.total_seconds()) * 10**9))


@pytest.mark.row("27", "29")
@pytest.mark.skipif(AWAY, reason="no C compiler, or no Linux")
def test_whatever_the_clock_is_set_to_updates_come_hubs_hear_of_them_and_no_date_goes_back(
    daemon: Daemon, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = WallClock(tmp_path, monkeypatch)
    started_in_1970 = datetime(1970, 1, 2, tzinfo=UTC) - datetime.now(UTC)
    clock.set(started_in_1970)
    with site() as there:
        there.serve("/hook", answer(500), answer(204))
        daemon.configure(
            f'[push]\nwebhooks = ["{there.url("/hook")}"]\n' + HARBOUR.format(every="1s")
        )
        daemon.start()
        until(lambda: "The watch begins" in shown(daemon), "nothing is published")
        # NTP; two weeks too far, a day too little, a leap day's last minute, and right again
        shifts = (
            0 * DAY,
            14 * DAY,
            -DAY,
            datetime(2028, 2, 29, 23, 59, tzinfo=UTC) - datetime.now(UTC),
        )
        newest = ""
        for number, shift in enumerate((*shifts, 0 * DAY)):
            clock.set(shift)
            until(partial(is_noticed, daemon, number), "not noticed")
            page.add(f"Gate {number} is shut")
            until(partial(is_shown, daemon, number), f"not shown, the clock set by {shift}")
            until(partial(is_told, there, number), f"not told, the clock set by {shift}")
            assert daemon.healthy()
            before, newest = newest, first_update(daemon)
            assert newest >= before, "a date of the feed went back"
        assert "Traceback" not in daemon.log
        assert daemon.stop() == 0


@pytest.mark.row("27")
@pytest.mark.skipif(AWAY, reason="no C compiler, or no Linux")
def test_after_a_suspend_there_is_one_read_and_the_feed_goes_on(
    daemon: Daemon, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is stopped, nine hours pass on the wall and none on the monotonic clock."""
    clock = WallClock(tmp_path, monkeypatch)
    with site() as there:
        where = f'[[source]]\nname = "harbour"\nurl = "{there.url("/live")}"\nevery = "1h"\n'
        daemon.configure(f"{where}respect_robots = false\n")
        plain = "text/plain; charset=utf-8"
        there.serve("/live", html(page.file.read_bytes(), content_type=plain))
        daemon.start()
        until(lambda: "The watch begins" in shown(daemon), "nothing is published")
        before = titles(daemon.get("/feeds/harbour.atom").content)
        reads = len(there.of("/live"))
        page.add("Gate one is shut")
        there.serve("/live", html(page.file.read_bytes(), content_type=plain))
        daemon.send(signal.SIGSTOP)
        clock.set(9 * DAY / 24)
        daemon.send(signal.SIGCONT)
        until(partial(is_noticed, daemon, 0), "not noticed")
        until(lambda: "Gate one is shut" in shown(daemon), "not read although it was due")
        status = daemon.get("/api/sources/harbour").json()
        assert datetime.fromisoformat(status["next_read"]) > datetime.fromisoformat(
            status["last_read"]
        ) + timedelta(minutes=50)
        after = titles(daemon.get("/feeds/harbour.atom").content)
        assert daemon.stop() == 0
    assert after.items() > before.items()
    assert "Traceback" not in daemon.log
    assert len(there.of("/live")) - reads == 1


def is_noticed(daemon: Daemon, number: int) -> bool:
    return (
        daemon.log.count("the clock was set forward")
        + daemon.log.count("the clock was set back by")
        > number
    )


def is_shown(daemon: Daemon, number: int) -> bool:
    return f"Gate {number} is shut" in shown(daemon)


def is_told(there: Site, number: int) -> bool:
    return any(f"Gate {number} is shut".encode() in asked.body for asked in there.of("/hook"))


def first_update(daemon: Daemon) -> str:
    """When the feed says that the first update was updated."""
    feed = daemon.get("/feeds/harbour.atom").text
    entry = next(one for one in feed.split("<entry>") if "The watch begins" in one)
    found = re.search("<updated>(.*?)</updated>", entry)
    assert found
    return found[1]
