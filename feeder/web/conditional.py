"""Content coding and conditional requests (RFC 9110 §12, §13)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from functools import lru_cache


@lru_cache(maxsize=512)
def accepts_gzip(accept_encoding: bytes) -> bool:
    """Returns whether the client accepts gzip: its weight, or that of `*`, is not 0.

    RFC 9110 §12.5.3.
    """
    weights: dict[str, float] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        coding, _, parameter = part.partition(";")
        weights[coding.strip().removeprefix("x-")] = _weight(parameter)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def not_modified(headers: dict[bytes, bytes], etag: bytes, modified: int | None) -> bool:
    """Returns whether the client has what it would get.

    If-None-Match, where there is one, decides alone (RFC 9110 §13.2.2). `modified` is in seconds
    since 1970; None: it is not known.
    """
    known = headers.get(b"if-none-match")
    if known is not None:
        return known == etag or _names(known, etag)
    since = headers.get(b"if-modified-since")
    if since is None or modified is None:
        return False
    at = _seconds(since)
    return at is not None and modified <= at


def _names(known: bytes, etag: bytes) -> bool:
    """Compares weakly (§8.8.3.2). None of our tags holds a comma."""
    tags = [tag.strip().removeprefix(b"W/") for tag in known.split(b",")]
    return etag in tags or tags == [b"*"]


@lru_cache(maxsize=512)
def _seconds(date: bytes) -> float | None:
    try:
        return parsedate_to_datetime(date.decode("latin-1")).timestamp()
    except (ValueError, OverflowError):
        return None
