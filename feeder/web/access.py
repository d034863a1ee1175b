"""Who may come in: the hosts we answer for, the token, and headers that keep browsers safe."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from feeder.web.problem import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from feeder.config import Settings
    from feeder.config.settings import Serve
    from feeder.web.token_check import TokenCheck

_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"cache-control", b"no-store"),  # of a moment, and perhaps for the token's bearer alone
)


class Door:
    """The outermost application: checks Host, strips a prefix, asks for the token where it must.

    Host is checked because a page elsewhere could let a name of its own point here (DNS rebinding).
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Callable[[], Settings],
        tokens: TokenCheck,
    ) -> None:
        """Takes a function for the settings in force: `base_url` may change at a reload."""
        self._app = app
        self._settings = settings
        self._tokens = tokens
        self._closed = settings().serve.read == "token"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, settings = dict(scope["headers"]), self._settings()
        base = settings.base_url
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        refused: ASGIApp | None
        if len(hosts) != 1:  # RFC 9112 §3.2
            refused = problem(400, "a request names one host")
        elif not _is_ours(hosts[0], base, settings.serve):
            refused = problem(421, "this server does not answer for that host name")
        else:
            scope = _without_prefix(scope, prefix_of(base))
            refused = self._refused(scope, headers)
        await (safe(refused) if refused else self._app)(scope, receive, send)

    def _refused(self, scope: Scope, headers: dict[bytes, bytes]) -> ASGIApp | None:
        path = scope["path"]
        if not path.startswith(_NO_BODIES) and (refused := _body_refused(headers)) is not None:
            return refused
        if not self._closed or path.startswith(_ALWAYS_OPEN):
            return None
        if self._tokens.is_session(headers.get(b"cookie", b"").decode("latin-1")):
            return None
        if headers.get(b"sec-fetch-mode") == b"navigate" and not path.startswith("/feeds"):
            return RedirectResponse(f"{prefix_of(self._settings().base_url)}/login", 303)
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        try:
            self._tokens.require(client_of(scope), authorization, _SCHEMES, _ASK)
        except HTTPException as error:
            return problem(error.status_code, error.detail, dict(error.headers or {}))
        return None


_MOST = 1 << 20  # bytes of a request's body; it is read before the token is asked for
_SCHEMES = 'Basic realm="feeder", charset="UTF-8", Bearer'
_ASK = "reading needs the token: Bearer, or Basic with any user name"
# Not the hub: whoever may subscribe is sent the feeds.
OPENED = "/feeds/~"  # what opens these is in the address (`web.secret`)
_ALWAYS_OPEN = (OPENED, "/healthz", "/login", "/static/")
_LOOPBACK = {"127.0.0.1", "::1"}
_NO_BODIES = ("/feeds", "/hub")  # these read none, or look at its length themselves


def client_of(scope: Scope) -> str:
    """Returns the address that a request came from; "" where it is not known.

    A proxy on this machine names it at the end of X-Forwarded-For.
    """
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    if peer not in _LOOPBACK:
        return peer
    named = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(named).decode("latin-1").rpartition(",")[2].strip() or peer


def _body_refused(headers: dict[bytes, bytes]) -> ASGIApp | None:
    """Refuses a request to the API whose body is too large; None: it may be read."""
    if b"transfer-encoding" in headers:
        return problem(411, "a body needs a Content-Length here")
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) <= _MOST:
        return None
    return problem(413, f"at most {_MOST} bytes are taken")


def _without_prefix(scope: Scope, prefix: str) -> Scope:
    path = scope["path"]
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        path = path[len(prefix) :] or "/"
        return {**scope, "path": path, "raw_path": path.encode()}
    return scope


@lru_cache(maxsize=4)
def prefix_of(base: str) -> str:
    """Returns the path of `base`, without its final slash: a proxy may leave it before ours."""
    return urlsplit(base).path.rstrip("/")


@lru_cache(maxsize=4)
def _hosts(base: str, serve: Serve) -> frozenset[str]:
    own = {(urlsplit(base).hostname or "").lower(), serve.host.lower()}
    own |= {host.lower() for host in serve.hosts}
    loopback = _LOOPBACK | {"localhost"}
    if own & (loopback | {"0.0.0.0", "::"}):  # noqa: S104 -- compared, not bound
        own |= loopback
    return frozenset(own)


@lru_cache(maxsize=256)
def _is_ours(host: bytes, base: str, serve: Serve) -> bool:
    """Returns whether `host`, as it is asked for, is a name of this server."""
    try:
        name = (urlsplit(f"//{host.decode('latin-1')}").hostname or "").lower()
    except ValueError:
        return False
    return name in _hosts(base, serve)


def safe(app: ASGIApp) -> ASGIApp:
    """Returns `app` with headers that keep browsers safe on all that it answers."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                have = {name for name, _ in message["headers"]}
                more = [pair for pair in _SAFE if pair[0] not in have]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await app(scope, receive, sending)

    return guarded
