"""The doors to the web: feeds as plain files, the API, the hub, events. One ASGI application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from feeder.notify.delivery import Means
from feeder.notify.subscribers import confirm_now
from feeder.publish import compose
from feeder.web import events, health, hub, secret, time_travel
from feeder.web.access import OPENED, Door, safe
from feeder.web.feeds import Feeds, Surroundings
from feeder.web.index_now import index_now
from feeder.web.server import most_connections
from feeder.web.token_check import TokenCheck

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from feeder.model import Feed
    from feeder.store.hub_subscriptions import Intent
    from feeder.web.protocols import Served
    from feeder.web.time_travel import Moment

__all__ = ["PLACES", "application"]

LIVE_AGE = 60  # seconds for which a feed may be kept by caches while its source is live …
QUIET_AGE = 300  # … and when it is not

# The first parts of the paths that people open in a browser.
PLACES = ("/", "add", "docs", "point", "sources", "entries", "login", "logout", "refresh", "static")
_FOR_PROGRAMS = ("", "api", "openapi.json")


def application(daemon: Served) -> ASGIApp:
    """Returns the application that serves everything, behind the door."""
    tokens = TokenCheck(daemon.token)
    doors = _doors(daemon, tokens)

    def make_api() -> ASGIApp:
        from feeder.web.api import api  # noqa: PLC0415 -- slow to import

        return api(daemon, tokens)

    rest = safe(with_heads(made_when_asked(make_api)))

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        name = _door_of(scope)
        if name == "hub" and "self" not in daemon.works.settings.push.hubs:
            name = ""
        if name not in {*doors, *_FOR_PROGRAMS} and _is_from_a_browser(scope):
            name = "/"  # whose application says to a person that nothing is there
        await doors.get(name, rest)(scope, receive, send)

    return Door(dispatch, lambda: daemon.works.settings, tokens)


def _doors(daemon: Served, tokens: TokenCheck) -> dict[str, ASGIApp]:
    """Returns the applications beside the API, by what `_door_of` calls them."""
    store = daemon.works.store
    feeds = Feeds(daemon.works.settings.output, _surroundings(daemon))

    async def confirm(intent: Intent) -> bool:
        means = Means(store, daemon.works.fetcher, daemon.place, daemon.works.now)
        return await confirm_now(means, intent)

    own_hub = hub.Hub(store, lambda: daemon.place, daemon.schedule.tell, confirm)

    def make_pages() -> ASGIApp:
        from feeder.web.pages import pages  # noqa: PLC0415 -- slow to import

        return pages(daemon, tokens)

    return {
        **dict.fromkeys(PLACES, safe(made_when_asked(make_pages))),
        **dict.fromkeys(health.PATHS, safe(with_heads(health.app(daemon)))),
        "feeds": feeds,
        "~": secret.app(feeds, store, lambda: compose.feeds_url(daemon.works.settings)),
        "events": safe(events.app(store, daemon.bell, most=most_connections() // 2)),
        "hub": safe(hub.app(own_hub)),
    }


def with_heads(app: ASGIApp) -> ASGIApp:
    """Returns `app` answering HEAD as GET, without the body (RFC 9110 §9.3.2)."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_head(message: Message) -> None:
            body = {"body": b""} if message["type"] == "http.response.body" else {}
            await send({**message, **body})

        if scope["method"] == "HEAD":
            await app({**scope, "method": "GET"}, receive, send_head)
        else:
            await app(scope, receive, send)

    return answer


def made_when_asked(make: Callable[[], ASGIApp]) -> ASGIApp:
    """Returns an application that is made at its first request.

    What it imports takes a quarter of a second and 12 MB, which those who only follow feeds save.
    """
    made: list[ASGIApp] = []
    making = asyncio.Lock()

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        async with making:
            if not made:
                made.append(await asyncio.to_thread(make))
        await made[0](scope, receive, send)

    return ask


def _door_of(scope: Scope) -> str:
    """Returns what a request is for: mostly the first part of its path.

    It is "~" for a secret address, "/" for the root, "" for what the API answers.
    """
    if scope["type"] != "http":
        return ""
    path: str = scope["path"]
    if path.startswith(OPENED):
        return "~"
    if path == "/" and scope["method"] in {"GET", "HEAD"}:
        return "/"
    if path in health.PATHS:
        return path if scope["method"] in {"GET", "HEAD"} else ""
    return path.split("/", 2)[1]


def _is_from_a_browser(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _surroundings(daemon: Served) -> Surroundings:
    async def renamed(name: str) -> str | None:
        own = name.removesuffix("-digest")  # it goes by its source's name
        new = await asyncio.to_thread(daemon.works.store.renamed, own)
        return f"{new}{name[len(own) :]}" if new else None

    async def feed_at(name: str, moment: Moment) -> Feed | None:
        return await asyncio.to_thread(time_travel.feed_at, daemon.works.publisher, name, moment)

    async def index() -> bytes | None:
        return await asyncio.to_thread(index_now, daemon.works.publisher)

    return Surroundings(
        base=lambda: compose.feeds_url(daemon.works.settings),
        hubs=lambda: compose.hubs_of(daemon.works.settings),
        max_age=lambda name: LIVE_AGE if daemon.states.get(name, "live") == "live" else QUIET_AGE,
        renamed=renamed,
        feed_at=feed_at,
        index=index,
    )
