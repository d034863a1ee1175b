"""What is private stays with its origin, and manners towards all; files."""

from __future__ import annotations

import asyncio
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
from loopback import (
    Site,
    page,
    redirect,
    reset,
    site,
    stall,
    status,
    validated,
)
from reads import PAGE, failed, fetch, reading, source, whole

from feeder.config import Source, SourceSettings
from feeder.errors import ReadError
from feeder.model import Document, Reading, Validators
from feeder.read.fetcher import Fetcher
from feeder.read.http import look
from feeder.read.source import read

# ---------------------------------------------------------------------------------- private sources


@pytest.mark.row("60")
def test_what_is_private_goes_to_the_sources_own_origin_only(
    there: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WORD", "s3cret")
    (tmp_path / "login").write_text("me:pass word\n")
    request = {
        "headers": {"X-Key": "env:WORD", "Accept-Language": "de"},
        "cookies": {"sid": "env:WORD"},
        "auth": f"file:{tmp_path / 'login'}",
    }
    private = {"x-key", "accept-language", "cookie", "authorization"}
    with site() as other:
        there.serve("/live", redirect("/inner"))
        there.serve("/inner", redirect(other.url("/away")))
        other.serve("/away", redirect(there.url("/home")))
        there.serve("/home", page(PAGE))
        whole(reading(source(there.url("/live"), request=request)))
        sent = {asked.target: private & set(asked.headers) for asked in there.asked + other.asked}
    assert sent == {"/live": private, "/inner": private, "/away": set(), "/home": private}
    assert there.asked[0].headers["cookie"] == "sid=s3cret"
    assert there.asked[0].headers["authorization"] == "Basic bWU6cGFzcyB3b3Jk"


@pytest.mark.row("60")
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "a"},
        {"accept-encoding": "br"},
        {"Content-Length": "9"},
        {"X": "env:BREAK"},
        {"X": "env:NONE"},
    ],
)
def test_what_would_change_the_request_itself_is_refused(
    there: Site, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREAK", "a\r\nHost: b")
    error = failed(reading(source(there.url("/live"), request={"headers": headers})))
    assert "Host: b" not in str(error)
    assert not there.asked


@pytest.mark.row("60")
def test_no_message_holds_a_secret(there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what is sent nor the query of an address, which often is a key."""
    monkeypatch.setenv("WORD", "s3cret")
    request = {"headers": {"X-Key": "env:WORD"}, "cookies": {"sid": "env:WORD"}}
    for bad in (
        status(403),
        status(500),
        reset(),
        stall(),
        redirect("http://10.0.0.1:22/?key=s3cret"),
        redirect("/live?key=s3cret"),
    ):
        there.serve("/live", bad)
        error = reading(source(there.url("/live?key=s3cret"), request=request), timeout="300ms")
        assert isinstance(error, ReadError)
        assert "s3cret" not in str(error)


def test_what_a_page_links_to_is_not_vouched_for_by_the_file() -> None:
    """A source of the file at 127.0.0.1 that moved to 127.0.0.2: that address is a stranger's word."""
    with site(("127.0.0.1", "127.0.0.2")) as there:
        there.serve("/live", page(PAGE))
        url = there.url("/live")
        moved = Source(
            1, "x", SourceSettings(name="a", url=url), moved_to=there.url("/live", "127.0.0.2")
        )
        failed(reading(moved), "private")
        assert not there.asked
        there.serve("/live", redirect(there.url("/new", "127.0.0.2"), 301))
        there.serve("/new", page(PAGE))
        result = reading(source(url))
        assert isinstance(result, Reading)
        assert result.moved_to is None


def test_another_page_of_a_source_is_read_as_the_source_is(
    there: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older pages and successors: with its own headers, at its own origin only."""
    monkeypatch.setenv("WORD", "s3cret")
    there.serve("/older", page(PAGE))
    what = source(there.url("/live"), request={"headers": {"X-Key": "env:WORD"}})

    async def main() -> None:
        async with Fetcher(fetch()) as fetcher:
            assert (await look(there.url("/older"), fetcher, what)).body == PAGE
            assert (await look(there.url("/older"), fetcher, trusted=True)).body == PAGE
            for stranger in (
                None,
                source(path="/tmp/live.txt"),
                Source(1, "x", what.settings, "api"),
            ):
                with pytest.raises(ReadError, match="private"):
                    await look(there.url("/older"), fetcher, stranger)

    asyncio.run(main())
    assert [asked.headers.get("x-key") for asked in there.asked] == ["s3cret", None]


# ------------------------------------------------------------------------------------------ manners


def test_the_score_of_our_manners() -> None:
    """A thousand reads of a site that records them."""
    hosts = tuple(f"127.0.0.{n}" for n in range(1, 21))
    with site(hosts) as there:
        there.serve("/robots.txt", status(404))
        stated = [(f'W/"{n}"', f"Mon, 02 Mar 2026 12:00:0{n} GMT") for n in range(5)]
        versions = [
            validated(PAGE + etag.encode(), etag, modified, set_cookie="t=1")
            for etag, modified in stated
        ]
        there.serve("/live", *[one for one in versions for _ in range(200)])
        sources = [source(there.url("/live", host)) for host in hosts]

        async def followed(what: Source, fetcher: Fetcher) -> None:
            since = Validators()
            for _ in range(50):
                since = (await read(what, since, fetcher)).validators

        async def main() -> None:
            async with Fetcher(fetch(respect_robots=True, host_interval="10ms")) as fetcher:
                await asyncio.gather(*(followed(what, fetcher) for what in sources))

        asyncio.run(main())
        asked = there.of("/live")
        assert len(asked) == 1000
        for host in hosts:
            mine = [one for one in asked if one.host == host]
            assert "if-none-match" not in mine[0].headers
            assert all(
                (one.headers["if-none-match"], one.headers["if-modified-since"]) in stated
                for one in mine[1:]
            )
            assert all(later.at - sooner.at >= 0.01 for sooner, later in pairwise(mine))
        for one in asked:
            assert one.target == "/live"
            assert not {"cookie", "referer", "from", "authorization"} & set(one.headers)
            assert one.headers["accept-encoding"] == "gzip"
        assert len(there.of("/robots.txt")) == len(hosts)


# -------------------------------------------------------------------------------------------- files


def file(path: Path) -> Source:
    return source("https://harbour.example/live", path=str(path))


def test_a_file_is_read_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    here = tmp_path / "live.txt"
    here.write_bytes(PAGE)
    first = reading(file(here))
    assert isinstance(first, Reading)
    assert first.document == Document("https://harbour.example/live", PAGE, "text/plain")
    again = reading(file(here), first.validators)
    assert isinstance(again, Reading)
    assert again.document is None
    assert again.validators.digest == first.validators.digest


def test_a_file_that_has_settled_is_not_even_opened(tmp_path: Path) -> None:
    here = tmp_path / "live.html"
    here.write_bytes(PAGE)
    long_ago = time.time() - 60
    os.utime(here, (long_ago, long_ago))
    first = reading(file(here))
    assert isinstance(first, Reading)
    here.chmod(0)
    again = reading(file(here), first.validators)
    assert again == Reading(None, first.validators)
    here.chmod(0o600)
    here.write_bytes(PAGE[::-1])
    os.utime(here, (long_ago + 1, long_ago + 1))
    assert whole(reading(file(here), first.validators)).body == PAGE[::-1]


def test_a_file_written_twice_within_one_tick_of_the_clock_is_read_twice(tmp_path: Path) -> None:
    here = tmp_path / "live.txt"
    here.write_bytes(b"one")
    now = time.time()
    os.utime(here, (now, now))
    first = reading(file(here))
    assert isinstance(first, Reading)
    here.write_bytes(b"two")
    os.utime(here, (now, now))
    assert whole(reading(file(here), first.validators)).body == b"two"


def test_a_file_that_is_missing_too_large_or_no_file(tmp_path: Path) -> None:
    failed(reading(file(tmp_path / "none.txt")), "there is no file")
    failed(reading(file(tmp_path)), "cannot be read")
    os.mkfifo(tmp_path / "pipe")
    failed(reading(file(tmp_path / "pipe")), "is no file")
    (tmp_path / "large").write_bytes(PAGE)
    failed(reading(file(tmp_path / "large"), max_bytes=100), "larger than")
    failed(reading(file(Path("/dev/zero"))), "is no file")
