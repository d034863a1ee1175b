"""A page read over HTTP: asked for what is new only, taken whole or not at all."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import xxhash

from feeder.config import resolve_secret
from feeder.errors import ConfigError, DeadAddressError, ReadError
from feeder.model import Document, Reading, Validators
from feeder.read.address import parse
from feeder.read.decode import decoded
from feeder.read.fetcher import own_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.config import RequestSettings, Source
    from feeder.errors import Failing
    from feeder.read.fetcher import Answer, Fetcher

_MEDIA_TYPE = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)\s*(?:;|$)")
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([\w.:+-]{1,40})""", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)
_FRESH_AT_MOST = timedelta(days=1)  # no promise of a server silences us for longer

# What a person can do about it. 202 and 405 are how some firewalls challenge.
_ADVICE: dict[int, str] = {
    401: "it asks for a password, which can be given under [source.request]",
    402: "it asks for money",
    403: (
        "it refuses us; perhaps it allows this page to be read under [source.request], "
        "or its owner can be asked"
    ),
    404: "there is no such page; check the address",
    410: "the page is gone for good",
    429: "it is read too often; a longer interval helps",
    451: "it is withheld for legal reasons",
}
_DEAD: dict[int, Failing] = {404: "failing", 410: "gone"}
_BLOCKED = frozenset({401, 402, 403, 407, 429, 451})


async def read_page(source: Source, since: Validators, fetcher: Fetcher) -> Reading:
    """Reads a source's page; from its configured address where the one it has moved to is dead.

    Raises:
        ReadError: there was no clean read.
    """
    try:
        return await _read_at(source, source.url, since, fetcher)
    except DeadAddressError as error:
        if not source.moved_to:
            raise
        dead = error
    try:
        reading = await _read_at(source, source.settings.url, Validators(), fetcher)
    except ReadError:
        raise dead from None
    return replace(reading, moved_to=reading.moved_to or "")


async def _read_at(source: Source, url: str, since: Validators, fetcher: Fetcher) -> Reading:
    own = _own(source, url)
    now = fetcher.now()
    asked = _conditions(since, now)
    answer = await _get(source, url, fetcher, own, asked)
    if answer.status == 304 and asked:
        return _reading(answer, None, since, now)
    if answer.status in {412, 304}:
        # A condition that no GET has, or nothing is stored that could be unchanged: once more,
        # without conditions and around caches (RFC 9111 §5.2.1.4).
        answer = await _get(source, url, fetcher, own, {"cache-control": "no-cache"})
    check(answer)
    found = Validators(
        answer.headers.get("etag"), answer.headers.get("last-modified"), digest(answer.wire)
    )
    if found.digest == since.digest:
        return _reading(answer, None, found, now)
    return _reading(answer, document(answer, fetcher.max_bytes), found, now)


async def look(
    url: str, fetcher: Fetcher, source: Source | None = None, *, trusted: bool = False
) -> Document:
    """Returns a page that is no source, as for `preview`, or another page of `source`.

    Raises:
        ReadError: there was no clean read.
    """
    if source is None:
        answer = await fetcher.get(url, trusted=trusted)
    else:
        answer = await _get(source, url, fetcher, _own(source, url), {})
    check(answer)
    return document(answer, fetcher.max_bytes)


def document(answer: Answer, max_bytes: int) -> Document:
    """Returns what an answer holds, unpacked."""
    stated = answer.headers.get("content-type", "")
    media_type, charset = _MEDIA_TYPE.match(stated), _CHARSET.search(stated)
    return Document(
        url=answer.url,
        body=decoded(answer.wire, answer.headers.get("content-encoding", ""), max_bytes),
        media_type=media_type[1].lower() if media_type else None,
        charset=charset[1].lower() if charset else None,
        language=answer.headers.get("content-language") or None,
        served=_date(answer.headers.get("date")),
    )


def digest(wire: bytes) -> str:
    return xxhash.xxh3_128_hexdigest(wire)


def check(answer: Answer) -> None:
    """Raises a ReadError for every answer that is no page."""
    status, headers = answer.status, answer.headers
    if "challenge" in (headers.get("cf-mitigated"), headers.get("x-amzn-waf-action")):
        raise ReadError(
            "the site sent a challenge for browsers instead of the page",
            state="blocked",
            until=answer.until,
            status=status,
        )
    if status in {200, 203}:
        return
    advice = _ADVICE.get(status, "it is tried again" if status >= 500 else "no page came with it")
    said = f"the site answers {status} {_phrase(status)}: {advice}"
    if status in _DEAD:
        raise DeadAddressError(said, state=_DEAD[status], until=answer.until, status=status)
    state: Failing = "blocked" if status in _BLOCKED else "failing"
    raise ReadError(said, state=state, until=answer.until, status=status)


def private_headers(request: RequestSettings) -> dict[str, str]:
    """Returns what a source sends to its own origin, secrets looked up."""
    try:
        headers = {name: resolve_secret(value) for name, value in request.headers.items()}
        cookies = "; ".join(
            f"{name}={resolve_secret(value)}" for name, value in request.cookies.items()
        )
        auth = resolve_secret(request.auth) if request.auth else ""
    except ConfigError as error:
        raise ReadError(str(error)) from error
    if cookies:
        headers["cookie"] = cookies
    if auth:
        headers["authorization"] = f"Basic {base64.b64encode(auth.encode()).decode()}"  # RFC 7617
    return own_headers(headers)


def _own(source: Source, url: str) -> dict[str, str]:
    """Returns the source's own headers, if `url` is of the origin that they were written for."""
    named = source.settings.url
    return (
        private_headers(source.settings.request)
        if named and parse(url).origin == parse(named).origin
        else {}
    )


async def _get(
    source: Source, url: str, fetcher: Fetcher, own: Mapping[str, str], asked: Mapping[str, str]
) -> Answer:
    # What pages and redirects lead to was written by strangers: the file vouches for the host that
    # it names, no other.
    named = source.settings.url
    trusted = source.origin == "file" and bool(named) and parse(url).host == parse(named).host
    robots = source.settings.respect_robots
    return await fetcher.get(url, headers=asked, own=own, trusted=trusted, robots=robots)


def _conditions(since: Validators, now: datetime) -> dict[str, str]:
    """Returns both validators as they came (RFC 9110 §13.1), but no future date (§8.8.2.1)."""
    asked = {"if-none-match": since.etag, "if-modified-since": since.last_modified}
    modified = _date(since.last_modified)
    if modified and modified > now:
        del asked["if-modified-since"]
    return {name: value for name, value in asked.items() if value}


def _reading(
    answer: Answer, page: Document | None, validators: Validators, now: datetime
) -> Reading:
    fresh = fresh_until(answer.headers, now)
    return Reading(
        page, validators, answer.url, answer.moved_to, fresh, answer.status, len(answer.wire)
    )


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Returns until when the answer is fresh (RFC 9111 §4.2); None: unsaid, or not at all."""
    control = headers.get("cache-control", "")
    if "no-cache" in control or "no-store" in control:
        return None
    if stated := _MAX_AGE.search(control):
        age = headers.get("age", "0")
        left = timedelta(
            seconds=int(stated[1]) - (int(age) if age.isdecimal() and len(age) < 10 else 0)
        )
    elif (expires := _date(headers.get("expires"))) is not None:
        left = expires - (_date(headers.get("date")) or now)
    else:
        return None
    return now + min(left, _FRESH_AT_MOST) if left > timedelta(0) else None


def _date(value: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
