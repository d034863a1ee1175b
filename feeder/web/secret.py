"""Secret addresses, `/feeds/~SECRET/NAME.atom`, for readers that cannot send a token.

A secret opens one feed with its archive, and is taken back without touching the token or another
feed. What is served there leads to where it is served.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from typing import TYPE_CHECKING

from feeder.web.access import OPENED, safe
from feeder.web.problem import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from feeder.store import Store

_ADDRESS = re.compile(
    rf"{OPENED}(?P<secret>[A-Za-z0-9_-]{{20,64}})"
    r"(?P<rest>/(?P<name>[a-z0-9-]{1,64})[./][a-z0-9.]+(?<!\.gz))"
)
_LEADING = frozenset({b"link", b"location"})  # headers that name addresses


def secret_of(store: Store, name: str) -> str:
    """Returns the secret of the feed called `name`; one is made where it has none."""
    known = store.get(_key(store, name))
    if known:
        return known
    made = secrets.token_urlsafe(24)
    store.put(_key(store, name), made)
    return made


def revoke(store: Store, name: str) -> None:
    """Makes the secret address of the feed called `name` stop working."""
    store.put(_key(store, name), "")


def app(feeds: ASGIApp, store: Store, base: Callable[[], str]) -> ASGIApp:
    """Serves what `feeds` does to whoever knows a feed's secret.

    `base` is the public address of the feeds, with its slash.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked = _ADDRESS.fullmatch(scope["path"])
        if asked is None or not await asyncio.to_thread(
            _is_right, store, asked["name"], asked["secret"]
        ):
            await safe(problem(404, "There is no feed at this address."))(scope, receive, send)
            return
        # Not compressed: what lies ready compressed leads elsewhere.
        headers = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        inside = {**scope, "path": f"/feeds{asked['rest']}", "headers": headers}
        await feeds(inside, receive, _led(send, scope["method"], base(), asked["secret"]))

    return answer


def _led(send: Send, method: str, base: str, secret: str) -> Send:
    """Sends an answer whose addresses of feeds are secret ones. Its body comes in one piece."""
    public, own = base.encode(), f"{base}~{secret}/".encode()
    begun: list[Message] = []

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
            return
        body = message.get("body", b"").replace(public, own)
        headers = [
            _header(header, public, own)
            for header in begun[0]["headers"]
            if header[0] != b"content-length"
        ]
        if method != "HEAD" and begun[0]["status"] != 304:
            headers.append((b"content-length", b"%d" % len(body)))
        await send({**begun[0], "headers": headers})
        await send({**message, "body": body})

    return sending


def _header(header: tuple[bytes, bytes], public: bytes, own: bytes) -> tuple[bytes, bytes]:
    name, value = header
    if name == b"cache-control":
        return name, b"private, " + value  # RFC 9111 §5.2.2.7
    return (name, value.replace(public, own)) if name in _LEADING else header


def _is_right(store: Store, name: str, given: str) -> bool:
    known = store.get(_key(store, name))
    return hmac.compare_digest(known.encode(), given.encode()) if known else False


def _key(store: Store, name: str) -> str:
    """Returns the key of a feed's secret, which the feed of a source keeps when it is renamed."""
    found = store.source(store.renamed(name) or name)
    return f"secret:{found[0].feed_id if found else name}"
