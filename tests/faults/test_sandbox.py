"""A page that hangs, bloats or kills its parser costs a worker, and nobody else anything."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.model import Document, Rules, Snapshot
from feeder.runtime.sandbox import Sandbox

RULES = Rules(now=datetime(2026, 3, 2, 12, tzinfo=UTC), timezone="Europe/Berlin")
POSTS = [
    {
        "@type": "BlogPosting",
        "@id": f"https://harbour.example/live#p{n}",
        "datePublished": f"2026-03-02T{9 + n // 60:02}:{n % 60:02}:00Z",
        "headline": f"Boat {n} is back",
        "articleBody": f"Boat number {n} came into the harbour with all its crew.",
    }
    for n in range(600)
]


def page(posts: int) -> Document:
    live = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "liveBlogUpdate": POSTS[:posts],
    }
    body = (
        f'<html><script type="application/ld+json">{json.dumps(live)}</script><p>Boats</p></html>'
    )
    return Document("https://harbour.example/live", body.encode(), "text/html", "utf-8")


PAGE, LARGE = page(20), page(600)
HUGE = Document(PAGE.url, LARGE.body + b"<div><p>A boat</div>" * 2_000_000, "text/html", "utf-8")


def test_a_sandbox_gives_the_same_snapshot() -> None:
    async def main() -> Snapshot:
        async with Sandbox() as sandbox:
            return await sandbox.extract(PAGE, RULES)

    assert asyncio.run(main()) == extract(PAGE, RULES)


def test_why_there_is_no_snapshot_comes_through() -> None:
    empty = Document("https://harbour.example/live", b"", "text/html")

    async def main() -> None:
        async with Sandbox() as sandbox:
            with pytest.raises(ExtractError) as caught:
                await sandbox.extract(empty, RULES)
            with pytest.raises(ExtractError) as direct:
                extract(empty, RULES)
            assert (str(caught.value), caught.value.state) == (
                str(direct.value),
                direct.value.state,
            )
            assert len((await sandbox.extract(PAGE, RULES)).updates) == 20

    asyncio.run(main())


@pytest.mark.row("55")
@pytest.mark.parametrize("limits", [{"seconds": 0.05}, {"memory": 200 << 20}])
def test_a_page_that_takes_too_much_is_given_up_and_the_next_one_is_read(
    limits: dict[str, float],
) -> None:
    async def main() -> None:
        async with Sandbox(workers=1, **limits) as sandbox:  # type: ignore[arg-type]
            with pytest.raises(ExtractError, match=r"the page (took|ended)"):
                await sandbox.extract(HUGE, RULES)
            assert (await sandbox.extract(PAGE, RULES)).updates

    asyncio.run(main())


@pytest.mark.row("55")
def test_a_worker_that_does_not_move_is_given_up_by_the_clock() -> None:
    """Stopped, so that it uses no processor time at all."""

    async def main() -> None:
        async with Sandbox(workers=1, seconds=0.5) as sandbox:
            await sandbox.extract(PAGE, RULES)
            os.kill(sandbox._idle[0]._process.pid, signal.SIGSTOP)
            with pytest.raises(ExtractError, match="given up"):
                await sandbox.extract(PAGE, RULES)
            assert (await sandbox.extract(PAGE, RULES)).updates

    asyncio.run(main())


def test_a_worker_that_was_killed_while_idle_is_a_crash_once_and_forgotten() -> None:
    async def main() -> None:
        async with Sandbox(workers=1) as sandbox:
            await sandbox.extract(PAGE, RULES)
            os.kill(sandbox._idle[0]._process.pid, signal.SIGKILL)
            with pytest.raises(ExtractError, match="SIGKILL"):
                await sandbox.extract(PAGE, RULES)
            assert (await sandbox.extract(PAGE, RULES)).updates

    asyncio.run(main())


def test_a_worker_that_has_ended_in_peace_is_replaced_without_a_word() -> None:
    async def main() -> None:
        async with Sandbox(workers=1) as sandbox:
            await sandbox.extract(PAGE, RULES)
            worker = sandbox._idle[0]
            worker._to.close()
            worker._process.wait()
            assert (await sandbox.extract(PAGE, RULES)).updates

    asyncio.run(main())


def test_a_reading_that_is_given_up_leaves_no_worker_in_the_middle_of_it() -> None:
    async def main() -> None:
        async with Sandbox(workers=1) as sandbox:
            await sandbox.extract(PAGE, RULES)
            task = asyncio.create_task(sandbox.extract(LARGE, RULES))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len((await sandbox.extract(PAGE, RULES)).updates) == 20

    asyncio.run(main())


def test_a_reading_that_is_given_up_while_its_worker_starts_leaves_that_to_the_next() -> None:
    async def main() -> None:
        async with Sandbox(workers=1) as sandbox:
            for _ in range(3):
                task = asyncio.create_task(sandbox.extract(PAGE, RULES))
                await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert len(sandbox._starting) == 1
            assert (await sandbox.extract(PAGE, RULES)).updates
            assert (len(sandbox._idle), sandbox._starting) == (1, [])

    asyncio.run(main())


LARGE_DAEMON = """
import asyncio
from feeder.runtime.sandbox import Sandbox
from test_sandbox import PAGE, RULES

held = b"x" * (400 << 20)

async def main():
    async with Sandbox(workers=1) as sandbox:
        for _ in range(3):
            await sandbox.extract(PAGE, RULES)
            print(sandbox._idle[0]._process.pid)
asyncio.run(main())
"""


def test_a_worker_of_a_large_daemon_is_not_taken_for_a_large_worker() -> None:
    """A new process begins with the peak memory of the one that started it, as getrusage(2) counts."""
    here = Path(__file__).parent
    daemon = subprocess.run(
        [sys.executable, "-c", LARGE_DAEMON], capture_output=True, text=True, check=True, cwd=here
    )
    assert len(set(daemon.stdout.split())) == 1


def test_pages_are_read_side_by_side() -> None:
    async def main() -> None:
        async with Sandbox(workers=2) as sandbox:
            snapshots = await asyncio.gather(*(sandbox.extract(PAGE, RULES) for _ in range(20)))
            assert all(snapshot == snapshots[0] for snapshot in snapshots)
            assert len(sandbox._idle) == 2

    asyncio.run(main())


def test_workers_that_a_burst_needed_are_ended_but_for_one() -> None:
    async def main() -> None:
        async with Sandbox(workers=3, spare=0.0) as sandbox:
            await asyncio.gather(*(sandbox.extract(PAGE, RULES) for _ in range(9)))
            while sandbox._ending is not None:
                await sandbox._ending
            (worker,) = sandbox._idle
            await sandbox.extract(PAGE, RULES)
            assert sandbox._idle == [worker]

    asyncio.run(main())


DAEMON = """
import asyncio, sys
from datetime import datetime, UTC
from feeder.errors import ExtractError
from feeder.model import Document, Rules
from feeder.runtime.sandbox import Sandbox

async def main():
    async with Sandbox(workers=1) as sandbox:
        page = Document("", b"<main><time datetime='2026-03-02'>2 March</time></main>", "text/html")
        try:
            await sandbox.extract(page, Rules(now=datetime.now(UTC)))
        except ExtractError:
            pass
        print(sandbox._idle[0]._process.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def test_no_worker_outlives_a_daemon_that_was_killed() -> None:
    daemon = subprocess.Popen([sys.executable, "-c", DAEMON], stdout=subprocess.PIPE, text=True)
    assert daemon.stdout is not None
    worker = Path(f"/proc/{int(daemon.stdout.readline())}")
    assert worker.exists()
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()
    deadline = time.monotonic() + 10
    while (
        worker.exists() and "Z" not in (worker / "stat").read_text() and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    assert not worker.exists() or "Z" in (worker / "stat").read_text()
