"""What monitors ask: whether the daemon advances, and its figures. Answered without the API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from feeder.web.problem import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from feeder.web.protocols import Served

PATHS = ("/healthz", "/metrics")


def app(daemon: Served) -> ASGIApp:
    """Returns the application behind PATHS."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        found = health(daemon) if scope["path"] == "/healthz" else await metrics(daemon)
        await found(scope, receive, send)

    return answer


def health(daemon: Served) -> Response:
    """Answers 200 where scheduler and store advance, else 503 with why."""
    sick = daemon.sickness()
    if sick:
        return problem(503, sick)
    return Response('{"status": "ok"}', media_type="application/json")


async def metrics(daemon: Served) -> Response:
    """Prometheus text."""
    text = await asyncio.to_thread(daemon.metrics)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
