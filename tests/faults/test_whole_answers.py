"""What is shorter than promised, broken, too large or a bomb is discarded whole: row 2 of the table of faults."""

from __future__ import annotations

import gzip
import resource
import time
import zlib
from collections.abc import Iterator

import pytest
from loopback import (
    Answer,
    Site,
    chunked,
    head,
    packed,
    page,
    raw,
    short,
    streamed,
)
from reads import GZIP, PAGE, failed, of, whole

# -------------------------------------------------------------------------------------------- row 2

PACKED = gzip.compress(PAGE, mtime=0)


@pytest.mark.row("2")
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


@pytest.mark.row("2")
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
        page(PAGE, content_encoding="none"),
        page(PAGE, content_encoding="UTF-8"),
        page(PACKED, content_encoding="aws-chunked, gzip"),
        page(gzip.compress(PAGE[:50]) + gzip.compress(PAGE[50:]), **GZIP),
        page(PACKED + b"\0\0\0", **GZIP),
        raw(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            + head(200, {"content-length": str(len(PAGE))})
            + PAGE
        ),
    ],
)
def test_row_2_every_whole_answer_is_taken_however_it_came(there: Site, right: Answer) -> None:
    assert whole(of(there, right)).body == PAGE


@pytest.mark.row("2")
@pytest.mark.parametrize(
    "large", [page(PAGE), packed(PAGE), chunked(PAGE), raw(b"HTTP/1.0 200 OK\r\n\r\n" + PAGE)]
)
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
    "gzip, twice": page(
        gzip.compress(gzip.compress(bytes(1 << 20))), content_encoding="gzip, gzip"
    ),
    "gzip, header twice": raw(
        head(200, {"content-encoding": "gzip\r\nContent-Encoding: gzip"}) + PACKED
    ),
    "brotli": page(b"\x1b" * 809, content_encoding="br"),
    "zstd": page(b"\x28\xb5\x2f\xfd" * 100, content_encoding="zstd"),
    "deflate": page(zlib.compress(PAGE), content_encoding="deflate"),
    "compress": page(b"\x1f\x9d", content_encoding="compress"),
    "a page without end": streamed(endless),
    "a length of an exabyte": raw(head(200, {"content-length": str(10**18)}), close=False),
    "a length that is no number to Python": raw(
        head(200, {"content-length": "9" * 5000}), close=False
    ),
    "a million members": page(gzip.compress(b"") * 1000, **GZIP),
}


@pytest.mark.row("54")
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_at_once_and_cost_little_memory(there: Site, bomb: Answer) -> None:
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    failed(of(there, bomb))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
    assert time.process_time() - begun < 2  # of work, the site's included


@pytest.mark.row("54")
def test_a_small_page_that_unpacks_to_a_large_one_is_refused_by_its_ratio(there: Site) -> None:
    failed(of(there, packed(bytes(5 << 20))), "times its size")
