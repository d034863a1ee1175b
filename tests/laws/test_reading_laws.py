"""What holds for every address, every answer and every header that a hostile site can think of."""

from __future__ import annotations

import gzip
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeder.errors import ReadError
from feeder.read.address import BAD_PORTS, join, parse
from feeder.read.decode import decoded
from feeder.read.http import fresh_until
from feeder.read.manners import retry_after

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE = parse("https://harbour.example/live/")

# Text that is nearly an address: pieces that parsers read differently, in any order.
PIECES = st.sampled_from(
    ["http://", "https://", "HTTP:", "//", "/", "\\", "@", ":", "::", "[", "]", "%", "%00", "%2f", "?", "#", ".", "..",
     "127", "0x7f", "0177", "1", "localhost", "a.example", "xn--", "-", "_", "。", "①", "ß", "\u00ad", "\u202e", "\t",
     "\r\n", " ", "\0", "80", "65536", "user", "é", "\ud800", "file", "javascript:", "&", "=", "+", "*", "|", "~"]
)  # fmt: skip
NEARLY = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=10).map("".join))
HEADER = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.sampled_from(["max-age=", "max-age=1", "no-store"]),
)


@given(st.one_of(NEARLY, NEARLY.map("http://".__add__)))
@example("http://[::ffff:1.2.3.4]:0080/..//../%2e%2e/?#")
def test_a_text_is_an_address_in_one_way_or_none(text: str) -> None:
    with suppress(ReadError):
        found = parse(text)
        assert found.scheme in {"http", "https"}
        assert found.port not in BAD_PORTS
        assert found.url.raw_host.decode() == found.host
        assert not set(found.host) & set("@/\\?#%[] \t\r\n\0")
        assert found.host == found.host.lower()
        assert found.host.isascii()
        assert not found.url.userinfo
        assert parse(str(found)) == found
        if found.host.rpartition(".")[2].isdigit() or ":" in found.host:
            own = ip_address(
                found.host
            )  # from Python 3.13 on it writes a mapped one as "::ffff:1.2.3.4"
            assert str(own) == found.host or getattr(own, "ipv4_mapped", None)


@given(NEARLY)
def test_a_redirect_leads_to_an_address_or_is_refused(location: str) -> None:
    with suppress(ReadError):
        there = join(BASE, location)
        assert parse(str(there)) == there


@given(st.binary(max_size=2000), st.integers(0, 10))
def test_what_was_packed_is_unpacked(body: bytes, level: int) -> None:
    assert decoded(gzip.compress(body, min(level, 9)), "gzip", 2000) == body


@given(st.binary(max_size=2000), st.data())
def test_what_is_cut_short_is_no_answer(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body)
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(ReadError):
        decoded(packed[:cut], "gzip", 2000)


@pytest.mark.row("54")
@given(
    st.one_of(
        st.binary(max_size=500), st.binary(max_size=500).map(b"\x1f\x8b\x08\0\0\0\0\0\0\3".__add__)
    ),
    st.text(),
)
def test_any_bytes_in_any_packing_are_unpacked_within_the_limit_or_refused(
    wire: bytes, encoding: str
) -> None:
    for named in ("gzip", "", encoding):
        with suppress(ReadError):
            assert len(decoded(wire, named, 1000)) <= 1000


@given(st.dictionaries(st.sampled_from(["cache-control", "age", "expires", "date"]), HEADER))
def test_no_server_silences_us_by_freshness_for_longer_than_a_day(headers: dict[str, str]) -> None:
    until = fresh_until(headers, NOW)
    assert until is None or NOW < until <= NOW + timedelta(days=1)


@given(HEADER)
def test_no_server_silences_us_by_retry_after_for_much_longer_than_a_day(value: str) -> None:
    until = retry_after(value, NOW)
    assert until is None or NOW < until <= NOW + timedelta(days=1.1)
