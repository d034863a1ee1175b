"""The values of config.toml: each takes what the person wrote and returns it as the program uses it.

All raise ValueError with the end of a sentence that says what is allowed.
"""

from __future__ import annotations

import difflib
import re
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection

NAME = re.compile(r"[a-z0-9-]{1,64}\Z")
RESERVED = frozenset({"index", "feeds", "status"})

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\Z")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)\Z", re.IGNORECASE)
_BYTES = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}


def duration(value: object) -> timedelta:
    """'500ms', '30s', '5m', '2h' or '1d'."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a duration such as "500ms", "30s", "5m", "2h" or "1d"')
    try:
        return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
    except OverflowError:
        raise ValueError('must be a duration of at most "1000000d"') from None


def duration_text(value: timedelta) -> str:
    """A duration as the file has it."""
    milliseconds = round(value / timedelta(milliseconds=1))
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % length == 0:
            return f"{milliseconds // length}{unit}"
    return f"{milliseconds}ms"


def size(value: object) -> int:
    """'512KB', '10MB' or '2GB', in bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _SIZE.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a size such as "512KB", "10MB" or "2GB"')
    return int(float(found[1]) * _BYTES[found[2].lower()])


def http(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError('must be an address that begins with "http://" or "https://"')
    if re.search(r"[\x00-\x20\x7f]", value):
        raise ValueError("must not hold blanks or control characters")
    return value


def base(value: str) -> str:
    """What paths are appended to."""
    parts = urlsplit(http(value))
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError('must be no more than "https://host/path": no user, no "?" and no "#"')
    return value.rstrip("/")


def page(value: str) -> str:
    if urlsplit(http(value)).username is not None:
        raise ValueError('must not hold a password; use auth = "env:NAME" under [source.request]')
    return value


@lru_cache(maxsize=1024)
def zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(value, _zones(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f'must be an IANA time zone such as "America/New_York"{hint}') from None
    return value


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    from zoneinfo import available_timezones  # noqa: PLC0415 -- walks a folder; only for an error

    return tuple(sorted(available_timezones()))


def pattern(value: str) -> str:
    import re2  # noqa: PLC0415 -- only where patterns are used

    options = re2.Options()
    options.log_errors = False  # they are told once, by us
    try:
        re2.compile(value, options)
    except re2.error as error:
        said = error.args[0] if error.args else error
        raise ValueError(
            f"is no pattern: {said.decode() if isinstance(said, bytes) else said}"
        ) from None
    return value


def selector(value: str) -> str:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # noqa: PLC0415 -- only where selectors are used

    try:
        _ = value and LexborHTMLParser("").css(value)
    except SelectolaxError:
        raise ValueError(f"must be a CSS selector, not {value!r}") from None
    return value


def crontab(value: str) -> str:
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 -- only where cron is used

    try:
        CronTrigger.from_crontab(value, timezone="UTC")
    except ValueError as error:
        raise ValueError(f'must be five cron fields such as "*/10 6-23 * * *": {error}') from None
    return value


def valid_name(value: str) -> str:
    if not NAME.match(value):
        raise ValueError("must be 1 to 64 of the characters a-z, 0-9 and -")
    if value in RESERVED or value.endswith("-digest"):
        raise ValueError(
            "is reserved: index, feeds, status and names that end in -digest are taken"
        )
    return value


def name_for(url: str, taken: Collection[str]) -> str:
    """A name from an address: its host and last path segments, made unique."""
    parts = urlsplit(url)
    host = (parts.hostname or "source").removeprefix("www.")
    segments = [re.sub(r"\.[a-z]{2,5}$", "", s) for s in parts.path.split("/") if s]
    words = (
        re.sub(r"[^a-z0-9]+", "-", "-".join([host, *segments[-1:]]).lower())
        .strip("-")[:56]
        .strip("-")
        or "source"
    )
    if words in RESERVED or words.endswith("-digest"):
        words += "-feed"
    name, number = words, 2
    while name in taken:
        name, number = f"{words}-{number}", number + 1
    return name
