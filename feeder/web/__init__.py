"""The doors to the web: feeds as plain files, the API, the hub, events. One ASGI application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from feeder.publish import compose
from feeder.web import events, hub, secret, time_travel
from feeder.web.access import OPENED, Door, prefix_of, safe
from feeder.web.api import api
from feeder.web.feeds import Feeds, Surroundings
from feeder.web.server import most_connections
from feeder.web.tokens import TokenCheck

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from feeder.model import Feed
    from feeder.web.protocols import Served
    from feeder.web.time_travel import Moment

__all__ = ["application"]

LIVE_AGE = 60  # seconds for which a feed may be kept by caches while its source is live …
QUIET_AGE = 300  # … and when it is not


def application(daemon: Served) -> ASGIApp:
    """Everything that is served. What is asked for most takes the shortest way."""
    tokens = TokenCheck(daemon.token)
    rest = safe(api(daemon, tokens))
    feeds = Feeds(daemon.works.settings.output, _surroundings(daemon))
    rooms: dict[str, ASGIApp] = {
        "/": safe(_to_feeds(daemon)),
        "feeds": feeds,
        "~": secret.app(
            feeds, daemon.works.store, lambda: compose.feeds_url(daemon.works.settings)
        ),
        "events": safe(events.app(daemon.works.store, daemon.bell, most=most_connections() // 2)),
        "hub": safe(
            hub.app(hub.Hub(daemon.works.store, lambda: daemon.place, daemon.schedule.tell))
        ),
    }

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        room = scope["path"].split("/", 2)[1] if scope["type"] == "http" else ""
        path = scope.get("path", "")
        if path == "/" and scope["method"] in {"GET", "HEAD"}:
            room = "/"
        if path.startswith(OPENED):
            room = "~"
        if room == "hub" and "self" not in daemon.works.settings.push.hubs:
            room = ""
        await rooms.get(room, rest)(scope, receive, send)

    return Door(dispatch, lambda: daemon.works.settings, tokens)


def _to_feeds(daemon: Served) -> ASGIApp:
    """Leads from the root to the index of feeds."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        prefix = prefix_of(daemon.works.settings.base_url)
        await RedirectResponse(f"{prefix}/feeds/", 302)(scope, receive, send)

    return answer


def _surroundings(daemon: Served) -> Surroundings:
    async def renamed(name: str) -> str | None:
        own = name.removesuffix("-digest")  # it goes by its source's name
        new = await asyncio.to_thread(daemon.works.store.renamed, own)
        return f"{new}{name[len(own) :]}" if new else None

    async def feed_at(name: str, moment: Moment) -> Feed | None:
        return await asyncio.to_thread(time_travel.feed_at, daemon.works.publisher, name, moment)

    return Surroundings(
        base=lambda: compose.feeds_url(daemon.works.settings),
        hubs=lambda: compose.hubs_of(daemon.works.settings),
        max_age=lambda name: LIVE_AGE if daemon.states.get(name, "live") == "live" else QUIET_AGE,
        renamed=renamed,
        feed_at=feed_at,
    )
