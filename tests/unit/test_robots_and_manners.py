"""robots.txt by RFC 9309, and whose turn it is at a host."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from loopback import Answer, Site, answer, page, redirect, reset, site, status

from feeder.config import Fetch
from feeder.errors import ReadError
from feeder.read.fetcher import Fetcher
from feeder.read.manners import Forgetful, HostState, Manners, asked_to_wait, retry_after

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    """The wall's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def settings(**changes: Any) -> Fetch:
    return Fetch(**({"allow_private": True, "host_interval": "0s"} | changes))


async def tried(fetcher: Fetcher, url: str) -> str:
    """What came of a read: "read", or the state it left."""
    try:
        await fetcher.get(url, trusted=True)
    except ReadError as error:
        return error.state
    return "read"


def reads(
    there: Site, *steps: tuple[timedelta, str], memory: Forgetful | None = None, **changes: Any
) -> list[str]:
    """What came of reads of paths, each so much later than the one before."""

    async def main() -> list[str]:
        clock, outcomes = Clock(), []
        async with Fetcher(settings(**changes), memory, now=clock) as fetcher:
            for later, path in steps:
                clock.now += later
                outcomes.append(await tried(fetcher, there.url(path)))
        return outcomes

    return asyncio.run(main())


AT_ONCE = timedelta(0)


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (status(404), "read"),  # §2.3.1.3: unavailable, so everything may be read
        (status(401), "read"),
        (status(403), "read"),
        (status(410), "read"),
        (status(500), "failing"),  # §2.3.1.4: unreachable, so nothing may be
        (status(503), "failing"),
        (status(429), "failing"),
        (page(b""), "read"),
        (page(b"User-agent: *\nDisallow: /"), "blocked"),
        (page(b"User-agent: *\nDisallow: /live"), "blocked"),
        (
            page(b"User-agent: *\nDisallow: /live\nAllow: /live$"),
            "read",
        ),  # §2.2.2: the longest match
        (page(b"User-agent: *\nDisallow: /other"), "read"),
        (page(b"User-agent: feeder\nDisallow: /live\n\nUser-agent: *\nAllow: /"), "blocked"),
        (page(b"User-agent: FEEDER\nAllow: /\n\nUser-agent: *\nDisallow: /"), "read"),
        (page(b"\xef\xbb\xbfUser-agent: *\nDisallow: /"), "blocked"),
        (page(b"\xff\xfe rubbish \x00\nUser-agent: *\nDisallow: /"), "blocked"),
        (page(b"<html><body>no robots here</body></html>"), "read"),
        (redirect("/robots2.txt"), "blocked"),
        (redirect("/robots.txt"), "read"),  # §2.3.1.2: more than five redirects are as none
        (
            page(b"#" * (500 * 1024) + b"\nUser-agent: *\nDisallow: /"),
            "read",
        ),  # §2.5: what lies beyond is not read
        (page(b"#" * 1000 + b"\nUser-agent: *\nDisallow: /"), "blocked"),
    ],
)
def test_what_robots_txt_says_is_done(robots: Answer, outcome: str) -> None:
    with site() as there:
        there.serve("/robots.txt", robots)
        there.serve("/robots2.txt", page(b"User-agent: *\nDisallow: /live"))
        there.serve("/live", page(b"<p>x"))
        assert reads(there, (AT_ONCE, "/live")) == [outcome]
        assert len(there.of("/live")) == (outcome == "read")


@pytest.mark.row("50")
def test_robots_txt_leads_to_no_other_host_inside() -> None:
    with site(("127.0.0.1", "127.0.0.2")) as there:
        there.serve("/robots.txt", redirect(there.url("/inside", "127.0.0.2")))
        there.serve("/live", page(b"<p>x"))
        assert reads(there, (AT_ONCE, "/live")) == ["failing"]
        assert not there.of("/inside")


def test_robots_txt_is_asked_for_once_a_day() -> None:
    with site() as there:
        there.serve("/robots.txt", page(b"User-agent: *\nDisallow: /no"))
        there.serve("/live", page(b"<p>x"))
        hours = [timedelta(hours=n) for n in (0, 1, 22, 2, 23)]
        assert reads(there, *((later, "/live") for later in hours)) == ["read"] * 5
        assert len(there.of("/robots.txt")) == 2


def test_robots_txt_is_kept_over_a_restart() -> None:
    with site() as there:
        there.serve("/robots.txt", page(b"User-agent: *\nDisallow: /no"))
        there.serve("/live", page(b"<p>x"))
        memory = Forgetful()
        for path, outcome in (("/live", "read"), ("/no", "blocked")):
            assert reads(there, (AT_ONCE, path), memory=memory) == [outcome]
        assert len(there.of("/robots.txt")) == 1


def test_a_server_error_at_robots_txt_is_tried_again_after_a_while_and_an_old_copy_is_better_than_none() -> (
    None
):
    with site() as there:
        there.serve("/robots.txt", status(500), page(b"User-agent: *\nDisallow: /no"), status(502))
        there.serve("/live", page(b"<p>x"))
        day = timedelta(hours=25)
        steps = [
            (AT_ONCE, "/live"),
            (timedelta(minutes=9), "/live"),
            (timedelta(minutes=2), "/live"),
            (day, "/no"),
        ]
        assert reads(there, *steps) == ["failing", "failing", "read", "blocked"]
        assert len(there.of("/robots.txt")) == 3


def test_a_source_may_be_read_without_robots_txt_where_its_owner_permits_it() -> None:
    with site() as there:
        there.serve("/robots.txt", page(b"User-agent: *\nDisallow: /"))
        there.serve("/live", page(b"<p>x"))
        assert reads(there, (AT_ONCE, "/live"), respect_robots=False) == ["read"]
        assert not there.of("/robots.txt")


def test_a_redirect_leads_to_what_robots_txt_forbids() -> None:
    with site() as there:
        there.serve("/robots.txt", page(b"User-agent: *\nDisallow: /no"))
        there.serve("/live", redirect("/no"))
        assert reads(there, (AT_ONCE, "/live")) == ["blocked"]
        assert not there.of("/no")


def test_a_connection_that_breaks_at_robots_txt_is_no_permission() -> None:
    with site() as there:
        there.serve("/robots.txt", reset())
        there.serve("/live", page(b"<p>x"))
        assert reads(there, (AT_ONCE, "/live")) == ["failing"]
        assert not there.of("/live")


# -------------------------------------------------------------------------------------- Retry-After


@pytest.mark.parametrize(
    ("value", "least"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Mon, 02 Mar 2026 12:02:00 GMT", 120),
        (
            "Monday, 02-Mar-26 12:02:00 GMT",
            120,
        ),  # RFC 850, which RFC 9110 §5.6.7 still wants understood
        ("Mon Mar  2 12:02:00 2026", 120),
        ("999999999", 86400),
        ("Sat, 01 Jan 2050 00:00:00 GMT", 86400),
        ("0", None),
        ("-5", None),
        ("Mon, 02 Mar 2026 11:59:00 GMT", None),
        ("soon", None),
        ("99999999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_until_when_retry_after_asks_to_wait(value: str | None, least: int | None) -> None:
    until = retry_after(value, NOW)
    if least is None:
        assert until is None
    else:
        assert until is not None
        assert least <= (until - NOW).total_seconds() <= least * 1.1


@pytest.mark.parametrize(
    ("code", "value", "waits"),
    [
        (429, "60", True),
        (429, None, True),
        (503, "60", True),
        (503, None, False),
        (500, "60", False),
    ],
)
def test_which_answers_ask_to_wait(code: int, value: str | None, waits: bool) -> None:
    assert (asked_to_wait(code, value, NOW) is not None) is waits


@pytest.mark.row("10")
@pytest.mark.parametrize("code", [429, 503])
def test_row_10_the_whole_host_waits_also_after_a_restart(code: int) -> None:
    with site() as there:
        there.serve("/busy", status(code, retry_after="600"))
        there.serve("/live", page(b"<p>x"))
        memory = Forgetful()
        steps = [(AT_ONCE, "/busy"), (timedelta(minutes=9), "/live")]
        assert reads(there, *steps, memory=memory, respect_robots=False) == ["read", "deferred"]
        assert reads(
            there, (timedelta(minutes=9), "/live"), memory=memory, respect_robots=False
        ) == ["deferred"]
        assert reads(
            there, (timedelta(minutes=12), "/live"), memory=memory, respect_robots=False
        ) == ["read"]
        assert len(there.of("/live")) == 1


@pytest.mark.row("27")
def test_row_27_a_clock_that_was_set_back_does_not_silence_a_host_for_years() -> None:
    with site() as there:
        there.serve("/live", page(b"<p>x"))
        memory = Forgetful()
        memory.save("127.0.0.1", HostState(until=NOW + timedelta(days=400)))
        assert reads(there, (AT_ONCE, "/live"), memory=memory) == ["read"]


# ---------------------------------------------------------------------------- one at a time, spaced


def test_one_request_at_a_time_and_a_pause_between_two_reads_over_all_sources_of_a_host() -> None:
    with site(("127.0.0.1", "127.0.0.2")) as there:
        paths = [f"/{n}" for n in range(8)]
        under_way, most = [], []

        async def slowly(asked, writer) -> None:  # noqa: ANN001
            under_way.append(asked)
            most.append(sum(other.host == asked.host for other in under_way))
            await asyncio.sleep(0.01)
            under_way.remove(asked)
            await page(b"<p>x")(asked, writer)

        for path in paths:
            there.serve(path, slowly)

        async def main() -> None:
            async with Fetcher(settings(host_interval="50ms", respect_robots=False)) as fetcher:
                urls = [
                    there.url(path, host) for path in paths for host in ("127.0.0.1", "127.0.0.2")
                ]
                await asyncio.gather(*(fetcher.get(url, trusted=True) for url in urls))

        asyncio.run(main())
        assert set(most) == {1}
        for host in ("127.0.0.1", "127.0.0.2"):
            at = [asked.at for asked in there.asked if asked.host == host]
            assert len(at) == 8
            assert all(later - sooner >= 0.05 for sooner, later in pairwise(at))


def test_the_pause_that_robots_txt_asks_for_is_kept_or_said() -> None:
    with site() as there:
        there.serve("/robots.txt", page(b"User-agent: *\nCrawl-delay: 120"))
        there.serve("/live", page(b"<p>x"))
        assert reads(there, (AT_ONCE, "/live"), (AT_ONCE, "/live")) == ["read", "deferred"]


def test_a_read_that_is_put_off_does_not_put_off_the_next_one() -> None:
    async def main() -> None:
        manners = Manners(timedelta(seconds=60), Forgetful(), Clock())
        async with manners.turn("a.example"):
            pass
        before = manners.ready_in("a.example")
        for _ in range(3):
            with pytest.raises(ReadError) as caught:
                async with manners.turn("a.example"):
                    pytest.fail("it is not its turn")
            assert caught.value.state == "deferred"
            assert caught.value.until is not None
            assert caught.value.until <= NOW + timedelta(seconds=60)
        assert manners.ready_in("a.example") <= before

    asyncio.run(main())


def test_a_read_that_is_given_up_while_it_waits_leaves_the_turn_to_others() -> None:
    async def main() -> int:
        manners = Manners(timedelta(0), Forgetful(), Clock())
        entered = 0

        async def visit() -> None:
            nonlocal entered
            async with manners.turn("a.example"):
                entered += 1
                await asyncio.sleep(0)

        async with manners.turn("a.example"):
            waiting = [asyncio.create_task(visit()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[1].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert manners.ready_in("a.example") == 0
        return entered

    assert asyncio.run(main()) == 2


def test_how_long_until_a_turn_counts_the_pause_the_queue_and_what_the_host_asked_for() -> None:
    async def main() -> None:
        clock = Clock()
        manners = Manners(timedelta(seconds=10), Forgetful(), clock)
        assert manners.ready_in("a.example") == 0
        async with manners.turn("a.example"):
            assert manners.ready_in("a.example") == pytest.approx(10, abs=1)
        assert manners.ready_in("a.example") == pytest.approx(10, abs=1)
        manners.silence("a.example", NOW + timedelta(minutes=5))
        assert manners.ready_in("a.example") == 300
        assert manners.ready_in("b.example") == 0

    asyncio.run(main())


def test_the_memory_of_hosts_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeder.read.manners._CROWD", 10)

    async def main() -> int:
        manners = Manners(timedelta(0), Forgetful(), Clock())
        for n in range(100):
            async with manners.turn(f"{n}.example"):
                pass
            await asyncio.sleep(0)
        return len(manners._hosts)

    assert asyncio.run(main()) <= 12


def test_who_we_say_we_are() -> None:
    """Name, version and address; and nothing else that we were not told to send."""
    with site() as there:
        there.serve("/live", answer(200, b"<p>x", set_cookie="a=b"))
        reads(there, (AT_ONCE, "/live"), (AT_ONCE, "/live"), respect_robots=False)
        for asked in there.asked:
            assert asked.headers["user-agent"].startswith("feeder/")
            assert "(+http" in asked.headers["user-agent"]
            assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding"}
