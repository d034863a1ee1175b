"""What a bad moment does to a read: the rows of the table of faults, by number, as far as reading goes.

Whatever happens, the answer is a whole document, "nothing new", or a `ReadError` with a state and a sentence.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import resource
import ssl
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import trustme
from loopback import (
    Answer,
    Site,
    answer,
    chunked,
    head,
    packed,
    page,
    raw,
    redirect,
    reset,
    short,
    site,
    stall,
    status,
    streamed,
    trickle,
    validated,
)

from feeder.config import Fetch, Source, SourceSettings
from feeder.errors import ConfigError, ReadError
from feeder.model import Document, Validators
from feeder.read import Fetcher, Reading, look, read

PAGE = b"<article>" + b"<p>Twelve boats are back in the harbour.</p>" * 50 + b"</article>"
GZIP = {"content_encoding": "gzip", "content_type": "text/html"}


def source(url: str = "", **settings: object) -> Source:
    return Source(1, "c6a8d6a1-9f3c-4ad1-8f2f-1d7f0e6f9a11", SourceSettings(name="a", url=url, **settings))


def fetch(**changes: object) -> Fetch:
    return Fetch(**({"allow_private": True, "respect_robots": False, "host_interval": "0s", "timeout": "5s"} | changes))


def reading(what: Source, since: Validators = Validators(), **changes: object) -> Reading | ReadError:  # noqa: B008
    async def main() -> Reading | ReadError:
        async with Fetcher(fetch(**changes)) as fetcher:
            try:
                return await read(what, since, fetcher)
            except ReadError as error:
                return error

    return asyncio.run(main())


def whole(result: Reading | ReadError) -> Document:
    assert isinstance(result, Reading), result
    assert result.document is not None
    return result.document


def failed(result: Reading | ReadError, *words: str, state: str = "failing") -> ReadError:
    assert isinstance(result, ReadError), result
    assert result.state == state, str(result)
    for word in words:
        assert word in str(result)
    return result


def of(there: Site, *answers: Answer, since: Validators = Validators(), **changes: object) -> Reading | ReadError:  # noqa: B008
    """A read of a page that gives these answers."""
    there.serve("/live", *answers)
    return reading(source(there.url("/live")), since, **changes)


@pytest.fixture
def there() -> Iterator[Site]:
    with site() as here:
        yield here


# -------------------------------------------------------------------------------------------------------- row 1


def test_row_1_a_name_that_does_not_exist() -> None:
    failed(reading(source("http://harbour.invalid/live")), "harbour.invalid", "was not found")


def test_row_1_a_port_at_which_nobody_listens() -> None:
    with site() as gone:
        url = gone.url("/live")
    failed(reading(source(url)), "cannot be reached")


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
def test_row_1_a_connection_that_breaks_or_speaks_something_else(there: Site, broken: Answer) -> None:
    failed(of(there, broken))


@pytest.mark.parametrize(
    "slow",
    [stall(), stall(head(200, {"content-length": "9"})), stall(b"HTTP/1.1 100 Continue\r\n\r\n"), trickle(PAGE, 0.05)],
)
def test_row_1_a_stall_and_one_byte_at_a_time_end_at_the_time_limit_of_the_whole_read(
    there: Site, slow: Answer
) -> None:
    failed(of(there, slow, timeout="300ms"), "took longer than 0.3 s")


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


def test_what_is_told_is_told_once_also_over_a_connection_that_the_server_has_closed(there: Site) -> None:
    there.serve("/hook", status(204), raw())

    async def main() -> None:
        async with Fetcher(fetch()) as fetcher:
            await fetcher.post(there.url("/hook"), b"{}", headers={"content-type": "application/json"}, trusted=True)
            with pytest.raises(ReadError):
                await fetcher.post(there.url("/hook"), b"{}", trusted=True)

    asyncio.run(main())
    assert [(asked.method, asked.body) for asked in there.asked] == [("POST", b"{}")] * 2
    assert there.asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "127.0.0.1:1", "http://"])
def test_a_proxy_that_is_none_is_an_error_of_the_configuration(proxy: str) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.proxy"):
        Fetcher(fetch(proxy=proxy))


def test_a_file_of_authorities_that_is_none_is_an_error_of_the_configuration(tmp_path: Path) -> None:
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
        "/live", raw(head(200, {"content-length": "1"}) + b"x" + head(408, {"content-length": "0"})), page(PAGE)
    )

    async def main() -> None:
        async with Fetcher(fetch()) as fetcher:
            await fetcher.get(there.url("/live"), trusted=True)
            assert (await fetcher.get(there.url("/live"), trusted=True)).wire == PAGE

    asyncio.run(main())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


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


def test_row_1_plain_http_at_a_port_that_speaks_tls_and_the_other_way_round(authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with site(tls=context) as there:
        failed(reading(source(there.url("/live").replace("https:", "http:"))))
    with site() as there:
        failed(reading(source(there.url("/live").replace("http:", "https:"))), "secure connection")


def test_an_address_that_does_not_answer_is_no_fault_where_the_name_has_another(there: Site) -> None:
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


# -------------------------------------------------------------------------------------------------------- row 2

PACKED = gzip.compress(PAGE, mtime=0)


@pytest.mark.parametrize(
    "cut",
    [
        short(PAGE, 1),
        short(PAGE, len(PAGE)),
        short(PACKED, 5, **GZIP),
        chunked(PAGE[:100], PAGE[100:], end=b""),
        chunked(PAGE[:100], end=b"5\r\nab"),
        page(PACKED[:-1], **GZIP),
        page(PACKED[:-8], **GZIP),
        page(PACKED[: len(PACKED) // 2], **GZIP),
        page(PACKED[:5], **GZIP),
        page(b"", **GZIP),
        page(PACKED[:-8] + b"\0" * 8, **GZIP),  # a wrong sum
        page(PACKED[:20] + b"\xff" + PACKED[21:], **GZIP),
        page(PAGE, **GZIP),  # not gzip at all
        page(PACKED + PACKED[:-3], **GZIP),
        chunked(PACKED[:40], PACKED[40:-4], **GZIP),
    ],
)
def test_row_2_fewer_bytes_than_promised_are_discarded_whole(there: Site, cut: Answer) -> None:
    failed(of(there, cut), "discarded")


@pytest.mark.parametrize(
    "right",
    [
        page(PAGE),
        packed(PAGE),
        chunked(PAGE[:100], PAGE[100:]),
        chunked(PACKED[:9], PACKED[9:], **GZIP),
        raw(head(200, {"connection": "close"}) + PAGE),
        raw(b"HTTP/1.0 200 OK\r\n\r\n" + PAGE),
        page(PACKED, content_encoding="X-GZip"),
        page(PAGE, content_encoding="identity"),
        page(gzip.compress(PAGE[:50]) + gzip.compress(PAGE[50:]), **GZIP),
        page(PACKED + b"\0\0\0", **GZIP),
        raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + head(200, {"content-length": str(len(PAGE))}) + PAGE),
    ],
)
def test_row_2_every_whole_answer_is_taken_however_it_came(there: Site, right: Answer) -> None:
    assert whole(of(there, right)).body == PAGE


@pytest.mark.parametrize("large", [page(PAGE), packed(PAGE), chunked(PAGE), raw(b"HTTP/1.0 200 OK\r\n\r\n" + PAGE)])
def test_row_2_what_is_larger_than_max_bytes_is_discarded_whole(there: Site, large: Answer) -> None:
    failed(of(there, large, max_bytes=len(PAGE) - 1), "larger than", "max_bytes")
    assert whole(of(there, large, max_bytes=len(PAGE))).body == PAGE


def endless() -> Iterator[bytes]:
    while True:
        yield b"<p>and so on</p>" * 1000


def zeros(gigabytes: float) -> Iterator[bytes]:
    """A gzip file of zeros, made while it is sent: the same piece over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    packer.compress(bytes(1 << 20))
    packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(int(gigabytes * 1024)):
        yield piece


BOMBS: dict[str, Answer] = {
    "gzip of a gigabyte": streamed(lambda: zeros(1), **GZIP),
    "gzip, twice": page(gzip.compress(gzip.compress(bytes(1 << 20))), content_encoding="gzip, gzip"),
    "gzip, header twice": raw(head(200, {"content-encoding": "gzip\r\nContent-Encoding: gzip"}) + PACKED),
    "brotli": page(b"\x1b" * 809, content_encoding="br"),
    "zstd": page(b"\x28\xb5\x2f\xfd" * 100, content_encoding="zstd"),
    "deflate": page(zlib.compress(PAGE), content_encoding="deflate"),
    "compress": page(b"\x1f\x9d", content_encoding="compress"),
    "a page without end": streamed(endless),
    "a length of an exabyte": raw(head(200, {"content-length": str(10**18)}), close=False),
    "a length that is no number to Python": raw(head(200, {"content-length": "9" * 5000}), close=False),
    "a million members": page(gzip.compress(b"") * 1000, **GZIP),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_at_once_and_cost_little_memory(there: Site, bomb: Answer) -> None:
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    failed(of(there, bomb))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
    assert time.process_time() - begun < 2  # of work, the site's included


def test_a_small_page_that_unpacks_to_a_large_one_is_refused_by_its_ratio(there: Site) -> None:
    failed(of(there, packed(bytes(5 << 20))), "times its size")


# -------------------------------------------------------------------------------------------------- rows 3, 4, 5


@pytest.mark.parametrize(
    "code", [400, 404, 405, 406, 408, 418, 500, 502, 503, 504, 520, 599, 201, 202, 204, 206, 300, 305]
)
def test_row_3_an_error_page_is_no_page(there: Site, code: int) -> None:
    failed(of(there, status(code)), str(code))


@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02binary\xff", b"<h1>Error</h1>"])
def test_row_3_what_comes_with_200_is_for_the_extraction_to_judge(there: Site, body: bytes) -> None:
    assert whole(of(there, page(body))).body == body


@pytest.mark.parametrize(
    "refusal",
    [
        status(401, www_authenticate='Basic realm="x"'),
        status(402),
        status(403),
        status(429),
        status(451),
        status(403, cf_mitigated="challenge"),
        status(503, cf_mitigated="challenge"),
        answer(200, b"<script>", cf_mitigated="challenge"),
        status(202, x_amzn_waf_action="challenge"),
    ],
)
def test_row_4_a_refusal_or_challenge_is_blocked_with_the_reason(there: Site, refusal: Answer) -> None:
    assert len(str(failed(of(there, refusal), state="blocked"))) > 40


def test_row_5_a_page_that_is_gone_for_good(there: Site) -> None:
    failed(of(there, status(410)), "gone", state="gone")


# -------------------------------------------------------------------------------------------------------- row 6


@pytest.mark.parametrize(
    ("codes", "moved"),
    [((301,), True), ((308,), True), ((301, 308, 301), True), ((302,), False), ((307,), False), ((303,), False),
     ((301, 302), False), ((302, 301), False)],
)  # fmt: skip
def test_row_6_a_permanent_move_is_followed_and_remembered_a_passing_one_only_followed(
    there: Site, codes: tuple[int, ...], moved: bool
) -> None:
    for hop, code in enumerate(codes[1:], 1):
        there.serve(f"/{hop}", redirect(f"/{hop + 1}" if hop + 1 < len(codes) else "/new", code))
    there.serve("/new", page(PAGE))
    result = of(there, redirect("/1" if len(codes) > 1 else "/new", codes[0]))
    assert isinstance(result, Reading)
    assert whole(result).url == result.url == there.url("/new")
    assert result.moved_to == (there.url("/new") if moved else None)


@pytest.mark.parametrize("to", ["/live", "/live#other", "/back"])
def test_row_6_redirects_in_a_circle_are_refused(there: Site, to: str) -> None:
    there.serve("/back", redirect("/live"))
    failed(of(there, redirect(to, 301)), "circle")
    assert len(there.asked) <= 2


def test_row_6_redirects_without_end_are_refused(there: Site) -> None:
    async def on_and_on(asked, writer) -> None:  # noqa: ANN001
        await redirect(f"/live?{len(there.asked)}", 301)(asked, writer)

    failed(of(there, on_and_on), "redirects more than")
    assert len(there.asked) == 11


@pytest.mark.parametrize(
    "to",
    ["http://169.254.169.254/", "http://[::ffff:127.0.0.1]/", "http://168.63.129.16/", "file:///etc/passwd", "//a@b/",
     "\\\\127.0.0.1\\x", "gopher://127.0.0.1/", "http://127.0.0.1:22/", "javascript:alert(1)", "http://0/", ""],
)  # fmt: skip
def test_row_6_a_redirect_to_where_nobody_may_go_is_refused(there: Site, to: str) -> None:
    failed(of(there, redirect(to, 301)))
    assert len(there.asked) == 1


def test_row_6_a_downgrade_from_https_to_http_is_refused(authority: trustme.CA, tmp_path: Path, there: Site) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    there.serve("/new", page(PAGE))
    with site(tls=context) as secure:
        failed(of(secure, redirect(there.url("/new"), 301), ca_file=str(tmp_path / "ca.pem")), "from https to http")
    assert not there.asked


# --------------------------------------------------------------------------------------------- rows 7, 8, 9, 13, 14


def test_row_7_a_redirect_to_the_home_page_is_reported_with_where_it_led(there: Site) -> None:
    there.serve("/", page(PAGE))
    assert whole(of(there, redirect("/"))).url == there.url("/")


def test_row_8_304_with_nothing_stored_is_read_once_more_without_conditions(there: Site) -> None:
    assert whole(of(there, status(304), page(PAGE))).body == PAGE
    assert len(there.asked) == 2
    assert not {"if-none-match", "if-modified-since"} & set(there.asked[1].headers)


def test_row_8_and_if_it_insists_that_is_a_failure(there: Site) -> None:
    failed(of(there, status(304)), "304")
    assert len(there.asked) == 2


def test_row_9_the_same_bytes_are_no_document(there: Site) -> None:
    first = of(there, page(PAGE))
    assert isinstance(first, Reading)
    again = of(there, page(PAGE, etag='"new"'), since=first.validators)
    assert again == Reading(
        None, Validators('"new"', None, first.validators.digest), there.url("/live"), None, None, 200, len(PAGE)
    )


ODD = [
    ('"abc"', "Mon, 02 Mar 2026 12:00:00 GMT"),
    ('W/"abc--gzip"', ""),
    ("unquoted", ""),
    ('"a b, c"', "02.03.2026 12:00 Uhr"),
    ("", "Mon, 02 Mar 2026 12:00:00 +0000"),
    ('"ü"', "never"),
    ('""', "0"),
]


@pytest.mark.parametrize(("etag", "modified"), ODD)
def test_validators_are_sent_back_as_they_came_and_304_costs_one_request(there: Site, etag: str, modified: str) -> None:
    first = of(there, validated(PAGE, etag, modified))
    assert isinstance(first, Reading)
    again = of(there, validated(PAGE, etag, modified), since=first.validators)
    assert again == Reading(None, first.validators, there.url("/live"), None, None, 304, 0)
    assert there.asked[1].headers.get("if-none-match", "") == etag
    assert there.asked[1].headers.get("if-modified-since", "") == modified


@pytest.mark.parametrize("row", [13, 14])
def test_rows_13_and_14_an_older_copy_or_another_variant_comes_whole_with_its_own_validators(
    there: Site, row: int
) -> None:
    one, two = validated(PAGE, '"1"'), validated(PAGE[:99], '"2"')
    since = Validators()
    for body, variant in ((PAGE, one), (PAGE[:99], two), (PAGE, one)):
        result = of(there, variant, since=since)
        assert isinstance(result, Reading)
        assert whole(result).body == body
        since = result.validators


# ------------------------------------------------------------------------------------------------- what is stated


@pytest.mark.parametrize(
    ("content_type", "media_type", "charset"),
    [
        ("text/html", "text/html", None),
        ("Text/HTML; Charset=UTF-8", "text/html", "utf-8"),
        ('text/html;charset="windows-1252"', "text/html", "windows-1252"),
        ("text/html; charset='utf-8'", "text/html", "utf-8"),
        ("application/ld+json ; a=b; charset = latin1", "application/ld+json", "latin1"),
        ("text/html; charset=", "text/html", None),
        ("html", None, None),
        ("", None, None),
        ("text/html, text/plain", None, None),
    ],
)
def test_media_type_and_charset(there: Site, content_type: str, media_type: str | None, charset: str | None) -> None:
    found = whole(of(there, answer(200, PAGE, content_type=content_type, content_language="de-AT")))
    assert (found.media_type, found.charset, found.language) == (media_type, charset, "de-AT")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache_control": "public, max-age=60"}, 60),
        ({"cache_control": "max-age=60", "age": "20"}, 40),
        ({"cache_control": "max-age=60", "age": "90"}, None),
        ({"cache_control": "s-maxage=60"}, None),
        ({"cache_control": "no-cache, max-age=60"}, None),
        ({"cache_control": "max-age=999999999"}, 86400),
        ({"cache_control": "max-age=x"}, None),
        ({"date": "Mon, 02 Mar 2026 12:00:00 GMT", "expires": "Mon, 02 Mar 2026 12:05:00 GMT"}, 300),
        ({"expires": "0"}, None),
        ({}, None),
    ],
)
def test_how_long_the_answer_stays_fresh(there: Site, headers: dict[str, str], seconds: int | None) -> None:
    result = of(there, page(PAGE, **headers))
    assert isinstance(result, Reading)
    if seconds is None:
        assert result.fresh_until is None
    else:
        assert result.fresh_until is not None
        left = result.fresh_until - datetime.now(UTC)
        assert seconds - 10 < left.total_seconds() <= seconds


# ------------------------------------------------------------------------------------------------ private sources


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


@pytest.mark.parametrize(
    "headers",
    [{"Host": "a"}, {"accept-encoding": "br"}, {"Content-Length": "9"}, {"X": "env:BREAK"}, {"X": "env:NONE"}],
)
def test_what_would_change_the_request_itself_is_refused(
    there: Site, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREAK", "a\r\nHost: b")
    error = failed(reading(source(there.url("/live"), request={"headers": headers})))
    assert "Host: b" not in str(error)
    assert not there.asked


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
        moved = Source(1, "x", SourceSettings(name="a", url=url), moved_to=there.url("/live", "127.0.0.2"))
        failed(reading(moved), "private")
        assert not there.asked
        there.serve("/live", redirect(there.url("/new", "127.0.0.2"), 301))
        there.serve("/new", page(PAGE))
        result = reading(source(url))
        assert isinstance(result, Reading)
        assert result.moved_to is None


def test_another_page_of_a_source_is_read_as_the_source_is(there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older pages and successors: with its own headers, at its own origin only."""
    monkeypatch.setenv("WORD", "s3cret")
    there.serve("/older", page(PAGE))
    what = source(there.url("/live"), request={"headers": {"X-Key": "env:WORD"}})

    async def main() -> None:
        async with Fetcher(fetch()) as fetcher:
            assert (await look(there.url("/older"), fetcher, what)).body == PAGE
            assert (await look(there.url("/older"), fetcher, trusted=True)).body == PAGE
            for stranger in (None, source(path="/tmp/live.txt"), Source(1, "x", what.settings, "api")):
                with pytest.raises(ReadError, match="private"):
                    await look(there.url("/older"), fetcher, stranger)

    asyncio.run(main())
    assert [asked.headers.get("x-key") for asked in there.asked] == ["s3cret", None]


# ----------------------------------------------------------------------------------------------------------- manners


def test_the_score_of_our_manners() -> None:
    """A thousand reads of a site that records them."""
    hosts = tuple(f"127.0.0.{n}" for n in range(1, 21))
    with site(hosts) as there:
        there.serve("/robots.txt", status(404))
        stated = [(f'W/"{n}"', f"Mon, 02 Mar 2026 12:00:0{n} GMT") for n in range(5)]
        versions = [validated(PAGE + etag.encode(), etag, modified, set_cookie="t=1") for etag, modified in stated]
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
            assert all((one.headers["if-none-match"], one.headers["if-modified-since"]) in stated for one in mine[1:])
            assert all(later.at - sooner.at >= 0.01 for sooner, later in pairwise(mine))
        for one in asked:
            assert one.target == "/live"
            assert not {"cookie", "referer", "from", "authorization"} & set(one.headers)
            assert one.headers["accept-encoding"] == "gzip"
        assert len(there.of("/robots.txt")) == len(hosts)


# -------------------------------------------------------------------------------------------------------- files


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
