"""Who may come in: hosts that are ours, tokens that are right, and headers that keep browsers safe."""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from feeder.web.problem import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from feeder.config import Settings

_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


class Door:
    """The outermost application: strips the proxy's prefix, checks Host, and asks for the token where reading needs it.

    Host is checked because a page elsewhere could let a name of its own point here (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings], token: str) -> None:
        """`settings` are those in force: `base_url` may change while the daemon runs."""
        self._app = app
        self._settings = settings
        self._token = token
        self._closed = settings().serve.read == "token"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _safe(send)
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _LOOKED_AT}
        base, own = self._settings().base_url, self._settings().serve.host
        if _host(headers.get(b"host", "")) not in _hosts(base, own):
            await problem(421, "this server does not answer for that host name")(scope, receive, send)
            return
        scope = _without_prefix(scope, _prefix(base))
        if (refused := _body_refused(scope, headers)) is not None:
            await refused(scope, receive, send)
            return
        if self._closed and scope["path"] not in _ALWAYS_OPEN and not self._may_read(headers):
            ask = {"www-authenticate": 'Basic realm="feeder", charset="UTF-8", Bearer'}
            answer = problem(401, "reading needs the token: Bearer, or Basic with any user name", ask)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_read(self, headers: dict[bytes, str]) -> bool:
        return token_in(headers.get(b"authorization", ""), self._token)


_LOOKED_AT = frozenset({b"host", b"authorization", b"content-length", b"transfer-encoding"})
_MOST = 1 << 20  # bytes of a request's body; it is read before the token is asked for
# Not the hub: whoever may subscribe is sent the feeds.
_ALWAYS_OPEN = frozenset({"/healthz"})


def token_in(authorization: str, token: str) -> bool:
    """Whether an Authorization header holds the token, as Bearer (RFC 6750) or as Basic's password (RFC 7617)."""
    scheme, _, value = authorization.partition(" ")
    given = value.strip()
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.encode(), token.encode())


def _body_refused(scope: Scope, headers: dict[bytes, str]) -> ASGIApp | None:
    """Why the body of a request to the API is not read; None: it may be. The hub has a limit of its own."""
    if not scope["path"].startswith("/api"):
        return None
    if b"transfer-encoding" in headers:
        return problem(411, "a body needs a Content-Length here")
    length = headers.get(b"content-length", "0")
    return None if length.isdecimal() and int(length) <= _MOST else problem(413, f"at most {_MOST} bytes are taken")


def _without_prefix(scope: Scope, prefix: str) -> Scope:
    path = scope["path"]
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        path = path[len(prefix) :] or "/"
        return {**scope, "path": path, "raw_path": path.encode()}
    return scope


@lru_cache(maxsize=4)
def _prefix(base: str) -> str:
    return urlsplit(base).path.rstrip("/")


@lru_cache(maxsize=4)
def _hosts(base: str, listening: str) -> frozenset[str]:
    own = {(urlsplit(base).hostname or "").lower(), listening.lower()}
    if own & {"127.0.0.1", "::1", "localhost", "0.0.0.0", "::"}:  # noqa: S104 -- compared, not bound
        own |= {"127.0.0.1", "::1", "localhost"}
    return frozenset(own)


@lru_cache(maxsize=256)
def _host(value: str) -> str:
    try:
        return (urlsplit(f"//{value}").hostname or "").lower()
    except ValueError:
        return ""


def _safe(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            have = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in _SAFE if pair[0] not in have)]
        await send(message)

    return sending
