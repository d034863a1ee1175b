"""What is due is read: the most overdue first, a crowd at one host in its turns, the others meanwhile."""

from __future__ import annotations

import asyncio
from asyncio import StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback import Asked, Site, page, site
from pipeline import live, post

from feeder.config import parse
from feeder.model import Document, Rules, Snapshot, SourceState
from feeder.operations.oneshot import extract_here
from feeder.publish.publisher import Publisher
from feeder.read.fetcher import Fetcher
from feeder.refresh import Outcome, Works
from feeder.runtime.metrics import Metrics
from feeder.runtime.scheduler import BUG, MOST_OF_A_HOST, MOST_OF_A_TICK, Schedule
from feeder.store import Store

Extract = Callable[[Document, Rules], Awaitable[Snapshot]]
CROWD = 1000
OTHERS = tuple(f"127.0.0.{n}" for n in range(2, 7))
FETCH = '[fetch]\nallow_private = true\nhost_interval = "10ms"\nrespect_robots = false\n'


@asynccontextmanager
async def schedule(
    folder: Path, urls: dict[str, str], seen: list[Outcome], extract: Extract = extract_here
) -> AsyncIterator[Schedule]:
    """Of these sources, by name; the first has been due for longest. Its ticks are the test's."""
    tables = "".join(
        f'[[source]]\nname = "{name}"\nurl = "{url}"\nevery = "1d"\n' for name, url in urls.items()
    )
    settings = parse((FETCH + tables).encode(), folder / "config.toml")
    now = datetime.now(UTC)
    with Store.open(settings.store) as store:
        store.sync(settings.source, settings.fingerprint, now)
        ids = [source.id for source, _ in sorted(store.sources(), key=lambda pair: pair[0].id)]
        store.mark(
            [
                (key, SourceState(next_due=now - timedelta(hours=1, seconds=-place)))
                for place, key in enumerate(ids)
            ]
        )
        async with Fetcher(settings.fetch, store.hosts) as fetcher:

            async def nothing() -> None: ...

            made = Schedule(
                Works(settings, store, fetcher, extract, Publisher(settings, store)),
                Metrics(),
                nothing,
                seen.append,
            )
            yield made
            await made.stop(10)


def crowded(there: Site) -> tuple[dict[str, str], list[int]]:
    """Sources at one host and then one at each of others; how many reads of the one were under way at each of them."""
    urls = {f"crowd-{n}": there.url(f"/{n}") for n in range(CROWD)}
    urls |= {f"other-{n}": there.url("/live", host) for n, host in enumerate(OTHERS)}
    under_way, most = [0], list[int]()

    async def slowly(asked: Asked, writer: StreamWriter) -> None:
        under_way[0] += 1
        most.append(under_way[0])
        await asyncio.sleep(0.01)
        under_way[0] -= 1
        await page(live(post(1)))(asked, writer)

    for n in range(CROWD):
        there.serve(f"/{n}", slowly)
    there.serve("/live", page(live(post(1))))
    return urls, most


def test_a_thousand_sources_of_one_host_are_read_one_at_a_time_and_hold_up_no_other(
    tmp_path: Path,
) -> None:
    with site(("127.0.0.1", *OTHERS)) as there:
        urls, most = crowded(there)
        seen: list[Outcome] = []

        async def main() -> None:
            async with schedule(tmp_path, urls, seen) as ours:
                for _ in range(CROWD // MOST_OF_A_TICK + 1):  # each looks at the next most overdue
                    await ours.tick()

        asyncio.run(main())
        assert set(most) == {1}
        assert len(most) <= MOST_OF_A_HOST * (CROWD // MOST_OF_A_TICK + 1)
        assert {outcome.outcome for outcome in seen} == {"changed"}
        assert {outcome.source for outcome in seen} >= {f"other-{n}" for n in range(len(OTHERS))}


def test_of_a_crowd_each_has_its_own_turn_in_the_order_of_being_due(tmp_path: Path) -> None:
    """None is put off again and again while others go before it."""
    with site() as there:
        urls, _ = crowded(there)
        urls = {name: url for name, url in urls.items() if name.startswith("crowd")}

        async def main() -> list[datetime]:
            async with schedule(tmp_path, urls, []) as ours:
                for _ in range(2):
                    await ours.tick()
                found = ours._works.store.sources()
                waiting = sorted(
                    (source.id, source_state.next_due)
                    for source, source_state in found
                    if source_state.next_due
                )
                return [due for key, due in waiting if MOST_OF_A_HOST < key <= MOST_OF_A_TICK]

        turns = asyncio.run(main())
        assert turns == sorted(turns)
        assert len(set(turns)) == len(turns)


@pytest.mark.row("43")
def test_a_bug_at_one_source_costs_that_source_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def spoiled(document: Document, rules: Rules) -> Snapshot:
        if document.url.endswith("/0"):
            raise RuntimeError("a bug of ours")
        return await extract_here(document, rules)

    with site() as there:
        for n in range(3):
            there.serve(f"/{n}", page(live(post(1))))
        urls = {f"page-{n}": there.url(f"/{n}") for n in range(3)}
        seen: list[Outcome] = []

        async def main() -> list[str]:
            async with schedule(tmp_path, urls, seen, spoiled) as ours:
                await ours.tick()
                await asyncio.gather(*ours._running.values())
                await ours.tick()  # the one that failed waits, and is not tried at every tick
                due = ours._works.store.due(datetime.now(UTC))
                return [source.name for source, _ in due]

        assert asyncio.run(main()) == []
    outcomes = {outcome.source: (outcome.outcome, outcome.reason) for outcome in seen}
    assert outcomes["page-0"] == ("failed", BUG)
    assert {outcomes["page-1"][0], outcomes["page-2"][0]} == {"changed"}
    assert "please report it" in caplog.text


def test_all_are_read_again_when_asked_also_those_whose_next_read_is_not_written_yet(
    tmp_path: Path,
) -> None:
    with site() as there:
        there.serve("/live", page(live(post(1))))

        async def main() -> list[str]:
            seen: list[Outcome] = []
            async with schedule(tmp_path, {"harbour": there.url("/live")}, seen) as ours:
                for _ in range(2):  # the second finds the same bytes: only a mark is left of it
                    (found,) = ours._works.store.sources()
                    await ours._begin(*found, accept=False)
                assert found[0].id in ours._works.store.marks
                await ours.refresh_all()
                await ours.tick()
                await asyncio.gather(*ours._running.values())
            return [outcome.outcome for outcome in seen]

        assert asyncio.run(main()) == ["changed", "unchanged", "unchanged"]


def test_a_source_that_is_being_read_when_all_are_asked_for_is_read_once_more(
    tmp_path: Path,
) -> None:
    with site() as there:
        there.serve("/live", page(live(post(1))))

        async def main() -> list[str]:
            seen: list[Outcome] = []
            async with schedule(tmp_path, {"harbour": there.url("/live")}, seen) as ours:
                (found,) = ours._works.store.sources()
                ours._begin(*found, accept=False)
                await ours.refresh_all()
                await ours.tick()
                await asyncio.gather(*ours._running.values())
            return [outcome.outcome for outcome in seen]

        assert asyncio.run(main()) == ["changed", "unchanged"]
