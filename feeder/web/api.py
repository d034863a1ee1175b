"""The HTTP API: JSON in and out, described at /openapi.json.

Every change needs the token, from loopback too.
"""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict

from feeder import __version__
from feeder.config import Source, name_for, source_settings
from feeder.errors import ConfigError
from feeder.model import Change, Entry, SourceState
from feeder.operations.preview import Preview, PreviewOptions, look_at
from feeder.operations.status import Status, all_statuses, one_status
from feeder.web.access import client_of
from feeder.web.problem import PROBLEMS, handle_problems, problem
from feeder.web.session import is_same_origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.web.protocols import Served
    from feeder.web.token_check import TokenCheck


class Follow(BaseModel):
    """A source to follow. Local paths, headers and private addresses are for the file alone."""

    model_config = ConfigDict(extra="forbid")

    url: str
    name: str = ""
    title: str = ""
    every: str = "adaptive"
    timezone: str = ""
    extract: str = "auto"
    keep: int = 200
    content: str = "full"
    edits: str = "inplace"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    older_pages: int = 0
    follow_successor: bool = True
    digest: str = ""


class Look(BaseModel):
    """A page to look at."""

    model_config = ConfigDict(extra="forbid")

    url: str
    timezone: str = ""
    extract: str = "auto"


class Refreshed(BaseModel):
    source: str
    outcome: Literal["changed", "unchanged", "held", "failed", "deferred"]
    added: int
    edited: int
    removed: int
    reason: str
    until: datetime | None


class Updates(BaseModel):
    updates: list[Entry]


class History(BaseModel):
    source: str
    entry: Entry
    revisions: list[Change]


def api(daemon: Served, tokens: TokenCheck) -> FastAPI:
    """The API of a running daemon; what changes something needs the token."""
    app = FastAPI(
        title="feeder", version=__version__, docs_url=None, redoc_url=None, responses=PROBLEMS
    )
    handle_problems(app)
    app.include_router(_operations(daemon))
    app.include_router(_reading(daemon))
    app.include_router(_updates(daemon))
    for router in (_refreshing(daemon), _following(daemon)):
        app.include_router(router, dependencies=[Depends(_authorized(tokens)), Depends(_bearer)])
    return app


_bearer = HTTPBearer(auto_error=False)  # says in /openapi.json what `_authorized` asks for


def _operations(daemon: Served) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    async def healthz() -> Response:
        """200 when scheduler and store advance, else 503 with why."""
        sick = daemon.sickness()
        if sick:
            return problem(503, sick)
        return Response('{"status": "ok"}', media_type="application/json")

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus text."""
        return Response(
            await asyncio.to_thread(daemon.metrics),
            media_type="text/plain; version=0.0.4; charset=utf-8",
        )

    return router


def _reading(daemon: Served) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["reading"])

    @router.get("/sources")
    def sources() -> list[Status]:
        """All sources: state and reason, last and next read, entries, latency."""
        return all_statuses(daemon.works.store, daemon.works.settings)

    @router.get("/sources/{name}")
    def source(name: str) -> Status:
        """One source."""
        found = one_status(daemon.works.store, daemon.works.settings, name)
        if found is None:
            raise _unknown(name)
        return found

    return router


def _updates(daemon: Served) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["reading"])

    @router.get("/sources/{name}/updates")
    def updates(
        name: str, since: datetime | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> Updates:
        """Its entries, the newest first; `since` is an instant of arrival (RFC 3339)."""
        one, _ = _found(daemon, name)
        arrived = since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
        entries = daemon.works.store.entries(one.id, arrived, limit)
        return Updates(updates=[entry for entry in entries if not entry.hidden])

    @router.get("/updates/{key}")
    def update(key: uuid.UUID) -> History:
        """One entry with all its revisions, by the UUID of its id."""
        store = daemon.works.store
        found = store.entry(key.urn)
        one = store.source(found[0]) if found else None
        if found is None or one is None:
            raise HTTPException(404, f"there is no update {key}")
        return History(source=one[0].name, entry=found[1], revisions=store.revisions(key.urn))

    return router


def _authorized(tokens: TokenCheck) -> Callable[[Request], Awaitable[None]]:
    async def authorized(request: Request) -> None:
        given = request.headers.get("authorization", "")
        cookies = request.headers.get("cookie", "")
        if not given and is_same_origin(request.headers) and tokens.is_session(cookies):
            return
        needed = "this needs the header Authorization: Bearer TOKEN"
        tokens.require(client_of(request.scope), given, "Bearer", needed)

    return authorized


def _refreshing(daemon: Served) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["refreshing"])

    @router.post("/sources/{name}/refresh")
    async def refresh(name: str) -> Refreshed:
        """Reads the source now and waits for what comes of it. Concurrent calls share one read."""
        return await _refreshed(daemon, name, accept=False)

    @router.post("/sources/{name}/accept")
    async def accept(name: str) -> Refreshed:
        """Takes a page that is held as it is read now."""
        return await _refreshed(daemon, name, accept=True)

    @router.post("/refresh", status_code=202)
    async def refresh_all() -> dict[str, str]:
        """All sources are due now."""
        await asyncio.to_thread(daemon.works.store.make_due, None, datetime.now(UTC))
        daemon.schedule.wake()
        return {"status": "all sources are due now"}

    return router


def _following(daemon: Served) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["following"])

    @router.post("/preview")
    async def preview(look: Look) -> Preview:
        """What would be read from a page; nothing is stored."""
        works = daemon.works
        options = PreviewOptions(timezone=look.timezone, extract=look.extract)
        return await look_at(look.url, works.fetcher, works.extract, options)

    @router.post("/sources", status_code=201)
    async def follow(wanted: Follow, response: Response) -> Status:
        """Follows one more page."""
        status = await asyncio.to_thread(_follow, daemon, wanted)
        daemon.schedule.wake()
        response.headers["Location"] = f"{daemon.works.settings.base_url}/api/sources/{status.name}"
        return status

    @router.delete("/sources/{name}", status_code=204)
    async def unfollow(name: str) -> None:
        """Stops following a source that was added here. Its feed stays as it is."""
        await asyncio.to_thread(_unfollow, daemon, name)

    return router


async def _refreshed(daemon: Served, name: str, *, accept: bool) -> Refreshed:
    source, source_state = await asyncio.to_thread(_found, daemon, name)
    outcome = await daemon.schedule.refresh(source, source_state, accept=accept)
    return Refreshed.model_validate({key: getattr(outcome, key) for key in Refreshed.model_fields})


def _follow(daemon: Served, wanted: Follow) -> Status:
    store = daemon.works.store
    taken = set(store.names())
    name = wanted.name or name_for(wanted.url, taken)
    settings = source_settings({**wanted.model_dump(exclude_defaults=True), "name": name})
    store.add(settings, "api", datetime.now(UTC))
    daemon.works.publisher.publish_lists()
    status = one_status(store, daemon.works.settings, name)
    assert status is not None
    return status


def _unfollow(daemon: Served, name: str) -> None:
    source, _ = _found(daemon, name)
    if source.origin == "file":
        raise ConfigError(
            f"{name} stands in the configuration file: `feeder remove {name}` takes it out"
        )
    daemon.works.store.retire(name, datetime.now(UTC))
    daemon.works.publisher.publish_lists()


def _found(daemon: Served, name: str) -> tuple[Source, SourceState]:
    found = daemon.works.store.source(name)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> HTTPException:
    return HTTPException(404, f"there is no source {name!r}")
