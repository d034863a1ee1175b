"""The door of the built-in WebSub hub: requests to subscribe to our own feeds.

https://www.w3.org/TR/websub/

Nothing is sent from here. What is asked for is kept; `feeder.notify` asks the subscriber whether it
meant it. Whether the callback may be at a private address hangs on where the request came from: a
stranger must not send us inside.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl

from feeder.errors import ReadError, StoreError
from feeder.read.address import parse
from feeder.store import hub_subscriptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from feeder.notify.delivery import FeedLocation
    from feeder.store import Store

DEFAULT_LEASE = timedelta(days=10)
SHORTEST_LEASE = timedelta(minutes=5)
LONGEST_LEASE = timedelta(days=30)

MOST_BYTES = 16_384  # of a request: two addresses and a secret
MOST_ADDRESS = 2_000  # characters
MOST_SECRET = 199  # bytes: "MUST be less than 200 bytes in length" (§5.1)

# Anybody may ask, so there is an end to what anybody can make us keep and send. One host's: a
# hosted reader with many readers. Waiting ones: each is a request that we make to an address that a
# stranger gave.
MOST_SUBSCRIPTIONS = 10_000
MOST_OF_A_HOST = 1_000
MOST_WAITING = 500
MOST_WAITING_OF_A_HOST = 50

# Forwarded is RFC 7239, Via RFC 9110 §7.6.3. Browsers send Origin with every form of a page (Fetch
# §3.2), and a page of anybody's can have a browser inside post one.
_PASSED_ON = frozenset({b"forwarded", b"via", b"x-real-ip", b"origin", b"sec-fetch-site"})

_WHILE_ASKED = timedelta(minutes=2)  # nobody else asks a subscriber that is being asked already
_FORM = "application/x-www-form-urlencoded"
_ABOUT = (
    "This is a WebSub hub (https://www.w3.org/TR/websub/) for the feeds of this server.\n"
    "POST hub.mode=subscribe, hub.callback and hub.topic here to be sent a feed when it changes.\n"
)


@dataclass(frozen=True, slots=True)
class Hub:
    store: Store
    place: Callable[[], FeedLocation]
    wake: Callable[[], None]  # tells whoever notifies that there is something to do
    # asks a subscriber that waits for it whether it meant its request
    confirm: Callable[[hub_subscriptions.Intent], Awaitable[bool]]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def app(here: Hub) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        match scope["method"]:
            case "GET" | "HEAD":
                await _say(send, 200, _ABOUT, head=scope["method"] == "HEAD")
            case "POST":
                try:
                    await _say(send, *await _take_request(here, scope, receive))
                except _RefusedError as refused:
                    await _say(send, refused.status, f"{refused}\n")
                except StoreError:
                    await _say(send, 503, "This cannot be kept just now; try again later.\n")
            case _:
                await _say(send, 405, "Only GET, HEAD and POST.\n")

    return answer


async def _take_request(here: Hub, scope: Scope, receive: Receive) -> tuple[int, str]:
    """Keeps a request; one that wants to know at once waits until its subscriber has confirmed."""
    form = _form(scope, await _body(receive))
    intent = _intent(form, inside=_inside(scope))
    if form.get("hub.verify") != "sync":
        await asyncio.to_thread(_take, here, intent, here.now())
        here.wake()
        return 202, "Accepted; the callback is asked to confirm.\n"
    kept = await asyncio.to_thread(_take, here, intent, here.now() + _WHILE_ASKED)
    if await here.confirm(kept):
        return 204, ""
    return 409, "The callback did not confirm this.\n"


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            _refuse("the request broke off")
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            _refuse("the request is too large", 413)
        if not message.get("more_body"):
            return bytes(body)


def _form(scope: Scope, body: bytes) -> dict[str, str]:
    stated = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
    if stated.partition(";")[0].strip().lower() != _FORM:
        _refuse(f"the request must be {_FORM}", 415)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        _refuse("the request is no form in UTF-8")
    names = [name for name, _ in pairs]
    for name in names:
        if name.startswith("hub.") and name != "hub.verify" and names.count(name) > 1:
            _refuse(f"{name} is given twice")
    return dict(reversed(pairs))  # of several hub.verify, the first is preferred


def _take(here: Hub, intent: hub_subscriptions.Intent, due: datetime) -> hub_subscriptions.Intent:
    with here.store.database.writing() as connection:
        known = hub_subscriptions.subscribed(connection, intent.callback, intent.topic)
        if here.place().file(intent.topic) is None and not (known and intent.mode == "unsubscribe"):
            _refuse(
                "hub.topic is no feed of this server; it is the address of its rel=self link", 404
            )
        crowd = hub_subscriptions.crowd(connection, intent.host)
        if crowd.waiting >= MOST_WAITING or crowd.waiting_of_host >= MOST_WAITING_OF_A_HOST:
            _refuse(
                "too many requests wait for their subscribers to confirm them; try again later", 429
            )
        full = crowd.subscriptions >= MOST_SUBSCRIPTIONS or crowd.of_host >= MOST_OF_A_HOST
        if full and intent.mode == "subscribe" and not known:
            _refuse("there are too many subscriptions, here or of this callback's host", 429)
        return hub_subscriptions.ask(connection, intent, due)


def _intent(form: dict[str, str], *, inside: bool) -> hub_subscriptions.Intent:
    """Returns the request, checked in itself."""
    mode, topic = form.get("hub.mode", ""), form.get("hub.topic", "")
    callback, host = _callback(form.get("hub.callback", ""))
    if len(topic) > MOST_ADDRESS:
        _refuse("hub.topic is too long")
    secret = form.get("hub.secret", "")
    if len(secret.encode()) > MOST_SECRET:
        _refuse(f"hub.secret is longer than {MOST_SECRET} bytes")
    if mode == "subscribe":
        return hub_subscriptions.Intent(
            "subscribe",
            callback,
            topic,
            host,
            inside,
            _lease(form.get("hub.lease_seconds", "")),
            secret,
        )
    if mode == "unsubscribe":
        return hub_subscriptions.Intent("unsubscribe", callback, topic, host, inside)
    raise _RefusedError(
        400,
        'hub.mode must be "subscribe" or "unsubscribe"; '
        "what is published here is told without being asked",
    )


def _inside(scope: Scope) -> bool:
    """Returns whether a program on this machine or network asked, not a proxy or a browser."""
    if any(name in _PASSED_ON or name.startswith(b"x-forwarded-") for name, _ in scope["headers"]):
        return False
    try:
        peer = ip_address((scope.get("client") or ("", 0))[0])
    except ValueError:
        return False
    peer = getattr(peer, "ipv4_mapped", None) or peer
    return peer.is_private and not peer.is_unspecified


def _callback(text: str) -> tuple[str, str]:
    """Returns the address as given, and its host. The guard checks every connection to it."""
    if not text or len(text) > MOST_ADDRESS or "#" in text:
        _refuse("hub.callback must be an address without fragment")
    try:
        return text, parse(text).host
    except ReadError:
        _refuse("hub.callback must be a plain http:// or https:// address")


def _lease(text: str) -> int:
    """Returns the seconds that are granted (§5.1); whoever subscribes is told at confirmation."""
    if not text:
        return int(DEFAULT_LEASE.total_seconds())
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) == 0:
        _refuse("hub.lease_seconds must be a positive whole number")
    return int(min(max(int(text), SHORTEST_LEASE.total_seconds()), LONGEST_LEASE.total_seconds()))


def _refuse(reason: str, status: int = 400) -> NoReturn:
    raise _RefusedError(status, reason)


async def _say(send: Send, status: int, text: str, *, head: bool = False) -> None:
    body = text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status != 204:  # RFC 9110 §8.6
        headers.append((b"content-length", str(len(body)).encode()))
    headers += [(b"allow", b"GET, HEAD, POST")] * (status == 405) + [(b"retry-after", b"60")] * (
        status in {429, 503}
    )
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
