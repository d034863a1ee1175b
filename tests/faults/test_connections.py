"""A connection that breaks, stalls, lies about who it is or closes in between: row 1 of the table of faults."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from loopback import (
    Answer,
    Site,
    head,
    page,
    raw,
    redirect,
    reset,
    short,
    site,
    stall,
    status,
    trickle,
)
from reads import PAGE, failed, fetch, of, reading, source, whole

from feeder.config import parse
from feeder.errors import ConfigError, ReadError
from feeder.model import Validators
from feeder.read.fetcher import Fetcher
from feeder.read.source import read

# -------------------------------------------------------------------------------------------- row 1


@pytest.mark.row("1")
def test_row_1_a_name_that_does_not_exist() -> None:
    failed(reading(source("http://harbour.invalid/live")), "harbour.invalid", "was not found")


@pytest.mark.row("1")
def test_row_1_a_port_at_which_nobody_listens() -> None:
    with site() as gone:
        url = gone.url("/live")
    failed(reading(source(url)), "cannot be reached")


@pytest.mark.row("1")
@pytest.mark.parametrize(
    "broken",
    [
        reset(),
        raw(),
        raw(b"HTTP/1.1 200"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
        raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        raw(b"\x00" * 1000),
        raw(b"HTTP/1.1 abc OK\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nabcdefghi"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"),
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 100_000 + b"\r\n"),
        raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    ],
)
def test_row_1_a_connection_that_breaks_or_speaks_something_else(
    there: Site, broken: Answer
) -> None:
    failed(of(there, broken))


@pytest.mark.row("1")
@pytest.mark.parametrize(
    "slow",
    [
        stall(),
        stall(head(200, {"content-length": "9"})),
        stall(b"HTTP/1.1 100 Continue\r\n\r\n"),
        trickle(PAGE, 0.05),
    ],
)
def test_row_1_a_stall_and_one_byte_at_a_time_end_at_the_time_limit_of_the_whole_read(
    there: Site, slow: Answer
) -> None:
    failed(of(there, slow, timeout="300ms"), "took longer than 0.3 s")


@pytest.mark.row("1")
def test_row_1_the_time_limit_is_for_all_hops_together(there: Site) -> None:
    async def hop(asked, writer) -> None:  # noqa: ANN001
        await asyncio.sleep(0.2)
        await redirect(f"/live?{len(there.asked)}")(asked, writer)

    failed(of(there, hop, timeout="500ms"), "took longer")
    assert len(there.asked) <= 4


def test_one_connection_serves_many_reads_and_is_given_up_after_a_bad_one(there: Site) -> None:
    there.serve("/live", page(PAGE), page(PAGE), short(PAGE, 3), page(PAGE))

    async def main() -> None:
        async with Fetcher(fetch()) as fetcher:
            for _ in range(4):
                with contextlib.suppress(ReadError):
                    await fetcher.get(there.url("/live"), trusted=True)

    asyncio.run(main())
    one, two, three, four = (asked.peer for asked in there.asked)
    assert one == two == three != four


def test_what_is_told_is_told_once_also_over_a_connection_that_the_server_has_closed(
    there: Site,
) -> None:
    there.serve("/hook", status(204), raw())

    async def main() -> None:
        async with Fetcher(fetch()) as fetcher:
            await fetcher.post(
                there.url("/hook"),
                b"{}",
                headers={"content-type": "application/json"},
                trusted=True,
            )
            with pytest.raises(ReadError):
                await fetcher.post(there.url("/hook"), b"{}", trusted=True)

    asyncio.run(main())
    assert [(asked.method, asked.body) for asked in there.asked] == [("POST", b"{}")] * 2
    assert there.asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "127.0.0.1:1", "http://"])
def test_a_proxy_that_is_none_is_an_error_of_the_configuration(proxy: str) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.proxy must be an address"):
        parse(f'[fetch]\nproxy = "{proxy}"\n'.encode(), Path("config.toml"))


def test_a_file_of_authorities_that_is_none_is_an_error_of_the_configuration(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.ca_file"):
        Fetcher(fetch(ca_file=str(tmp_path / "none.pem")))


def test_a_kept_connection_that_the_server_has_closed_is_no_fault(there: Site) -> None:
    there.serve("/live", page(PAGE), raw(), page(PAGE + b"new"))

    async def main() -> None:
        async with Fetcher(fetch()) as fetcher:
            first = await read(source(there.url("/live")), Validators(), fetcher)
            again = await read(source(there.url("/live")), first.validators, fetcher)
            assert whole(again).body == PAGE + b"new"

    asyncio.run(main())


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one(there: Site) -> None:
    """Some servers say 408 on an idle connection before they close it."""
    there.serve(
        "/live",
        raw(head(200, {"content-length": "1"}) + b"x" + head(408, {"content-length": "0"})),
        page(PAGE),
    )

    async def main() -> None:
        async with Fetcher(fetch()) as fetcher:
            await fetcher.get(there.url("/live"), trusted=True)
            assert (await fetcher.get(there.url("/live"), trusted=True)).wire == PAGE

    asyncio.run(main())


@pytest.mark.row("1")
@pytest.mark.parametrize(
    ("trusts", "name", "days", "words"),
    [
        (True, "127.0.0.1", 365, None),
        (False, "127.0.0.1", 365, "is not to be trusted"),
        (True, "other.example", 365, "is not to be trusted"),
        (True, "127.0.0.1", -1, "expired"),
    ],
)
def test_row_1_tls_fails_closed(
    authority: trustme.CA, tmp_path: Path, trusts: bool, name: str, days: int, words: str | None
) -> None:
    expires = datetime.now(UTC) + timedelta(days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=expires).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with site(tls=context) as there:
        result = of(there, page(PAGE), ca_file=str(tmp_path / "ca.pem") if trusts else "")
        if words is None:
            assert whole(result).body == PAGE
        else:
            failed(result, "certificate", words)
            assert not there.asked


@pytest.mark.row("1")
def test_row_1_plain_http_at_a_port_that_speaks_tls_and_the_other_way_round(
    authority: trustme.CA,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with site(tls=context) as there:
        failed(reading(source(there.url("/live").replace("https:", "http:"))))
    with site() as there:
        failed(reading(source(there.url("/live").replace("http:", "https:"))), "secure connection")


def test_an_address_that_does_not_answer_is_no_fault_where_the_name_has_another(
    there: Site,
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.99", "127.0.0.1"]

    async def main() -> bytes:
        async with Fetcher(fetch(), resolve=resolve) as fetcher:
            return (await fetcher.get(there.url("/live", "two.example"), trusted=True)).wire

    there.serve("/live", page(PAGE))
    assert asyncio.run(main()) == PAGE


def test_a_large_page_comes_whole_however_fast_it_is_sent(there: Site) -> None:
    large = bytes(range(256)) * 20_000
    assert whole(of(there, page(large))).body == large


def test_how_long_until_a_read_of_what_is_no_address_is_for_the_read_to_say() -> None:
    async def main() -> float:
        async with Fetcher(fetch()) as fetcher:
            return fetcher.ready_in("file:///etc/passwd")

    assert asyncio.run(main()) == 0
