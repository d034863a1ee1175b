"""What came over the wire, unpacked: gzip alone, piece by piece, never more than is allowed.

809 bytes of brotli are 1 GiB in one piece, so no encoding is taken that was not asked for (RFC 9110
§12.5.3).
"""

from __future__ import annotations

import zlib

from feeder.errors import ReadError

_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"
_PIECE = 1 << 18  # bytes unpacked at a time
# A page of one repeated row packs about 100 to 1, deflate's bound is 1032 to 1. Small ones can do
# no harm.
_RATIO = 300
_SMALL = 1 << 20
_GZIPS = frozenset({"gzip", "x-gzip"})
# Codings that exist (IANA HTTP Content Coding Registry). What is none of them ("utf-8", "none",
# "aws-chunked") packs nothing, and is ignored as in browsers (Fetch, "handle content codings").
_REFUSED = frozenset({"br", "zstd", "deflate", "compress", "x-compress", "dcb", "dcz", "exi"})
_MEMBERS = 100  # RFC 1952 §2.2 allows many in a row; real ones have one


def decoded(wire: bytes, encoding: str, most: int) -> bytes:
    """Returns the body, given the Content-Encoding that the server stated.

    Raises:
        ReadError: another encoding than gzip, broken or cut short, or more than `most` bytes.
    """
    codings = [each for name in encoding.split(",") if (each := name.strip().lower())]
    packed = sum(coding in _GZIPS for coding in codings)
    if packed > 1 or not _REFUSED.isdisjoint(codings):
        raise ReadError(
            f"the answer is packed as {encoding[:40]!r}, though only gzip was asked for; "
            "it was discarded"
        )
    body = _gunzip(wire, most) if packed else wire
    if len(body) > most:
        raise too_large(most)
    return body


def too_large(most: int) -> ReadError:
    return ReadError(
        f"the answer is larger than {most:,} bytes and was discarded; "
        "max_bytes under [fetch] permits more"
    )


def _gunzip(wire: bytes, most: int) -> bytes:
    pieces: list[bytes] = []
    size, rest = 0, wire
    for _ in range(_MEMBERS):
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            piece = _piece(member, rest)
            rest = member.unused_data if member.eof else member.unconsumed_tail
            size += len(piece)
            _check(size, len(wire), most)
            pieces.append(piece)
        if not rest.startswith(
            _MAGIC
        ):  # padding and rubbish after the last member are ignored, as browsers do
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    raise ReadError("the answer is packed in too many pieces and was discarded")


def _piece(member: zlib._Decompress, data: bytes) -> bytes:
    try:
        piece = member.decompress(data, _PIECE)
    except zlib.error as error:
        raise ReadError(f"the answer is broken gzip and was discarded ({error})") from error
    if not piece and not member.eof and not member.unconsumed_tail:
        raise ReadError("the answer breaks off inside its gzip data and was discarded")
    return piece


def _check(size: int, packed: int, most: int) -> None:
    if size > most:
        raise too_large(most)
    if size > _SMALL and size > packed * _RATIO:
        raise ReadError(
            f"the answer unpacks to more than {_RATIO} times its size, which no page does; "
            "it was discarded"
        )
