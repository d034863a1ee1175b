"""Tokens: whether a request carries the right one, and a brake on clients that guess."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, NamedTuple

from starlette.exceptions import HTTPException

from feeder.web import session

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_GUESSES = 10  # different wrong tokens of one client in `WINDOW` …
MOST_WRONG = 60  # … or wrong ones at all: a program with an old token asks with the same again
WINDOW = 60.0  # seconds; no further token is looked at until the oldest guess is this old
_MOST_CLIENTS = 10_000  # remembered; the first to have guessed is forgotten first


class _Guess(NamedTuple):
    at: float
    token: int  # its hash: wrong tokens are not kept


class TokenCheck:
    """Lets the bearer of one token in, and counts the wrong tokens of every client.

    A client is an IPv4 address or an IPv6 network of 64 bits. Where a proxy stands in front, all
    that it passes on is one client: no header is believed, as anybody can send one.
    """

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = token
        self._clock = clock
        self._wrong: dict[str, list[_Guess]] = {}  # by client, the oldest first

    def require(self, client: str, authorization: str, schemes: str, detail: str) -> None:
        """Returns where `authorization`, the header, holds the token.

        Raises:
            HTTPException: 401 with the challenge `schemes`, which `detail` explains; 429 with
                Retry-After where the client has guessed too often (RFC 6585 §4).
        """
        client, now = _network(client), self._clock()
        wrong = [guess for guess in self._wrong.get(client, ()) if now < guess.at + WINDOW]
        different = {guess.token for guess in wrong}
        if authorization and (len(different) >= MOST_GUESSES or len(wrong) >= MOST_WRONG):
            wait = int(wrong[0].at + WINDOW - now) + 1
            raise HTTPException(
                429, "too many wrong tokens; try again later", {"Retry-After": str(wait)}
            )
        if _holds(authorization, self._token):
            return
        if authorization:
            self._remember(client, [*wrong, _Guess(now, hash(authorization))])
        raise HTTPException(401, detail, {"WWW-Authenticate": schemes})

    def is_session(self, cookies: str) -> bool:
        """Returns whether the Cookie holds the session of a browser that has had the token."""
        return session.is_valid(self._token, cookies)

    def _remember(self, client: str, wrong: list[_Guess]) -> None:
        self._wrong.pop(client, None)
        self._wrong[client] = wrong
        if len(self._wrong) > _MOST_CLIENTS:
            del self._wrong[next(iter(self._wrong))]


def _holds(authorization: str, token: str) -> bool:
    """Returns whether the header holds the token: Bearer (RFC 6750) or Basic (RFC 7617)."""
    scheme, _, value = authorization.partition(" ")
    given = value.strip()
    match scheme.lower():
        case "bearer":
            pass
        case "basic":
            given = _password(given)
        case _:
            return False
    return hmac.compare_digest(given.encode(), token.encode())


def _password(credentials: str) -> str:
    """Returns the password of Basic credentials; "" where they are malformed."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _network(client: str) -> str:
    if ":" not in client:
        return client
    try:
        address = IPv6Address(client)
    except ValueError:
        return client
    return str(address.ipv4_mapped or int(address) >> 64)
