"""The doors to the web: feeds as plain files, the API, the hub, events. One ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.web.api import api
from feeder.web.guard import Door

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from feeder.web.daemon import Daemon

__all__ = ["application"]


def application(daemon: Daemon) -> ASGIApp:
    """Everything that is served. What is asked for most takes the shortest way."""
    rest = api(daemon)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await rest(scope, receive, send)

    return Door(dispatch, daemon.works.settings, daemon.token)
