"""The HTTP API: JSON in and out, described at /openapi.json.

Every change needs the token, from loopback too.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, BeforeValidator

from feeder import __version__, render
from feeder.operations.installation_status import InstallationStatus, installation_status
from feeder.operations.status import Status, all_statuses, one_status
from feeder.operations.update_view import UpdateHistory, UpdateView, view_history, view_update
from feeder.web import health
from feeder.web.access import client_of
from feeder.web.api_problems import PROBLEMS, handle_problems
from feeder.web.beside import beside
from feeder.web.changing import found_source, unknown
from feeder.web.following import following
from feeder.web.importing import importing
from feeder.web.rate_limit import RateLimit
from feeder.web.session import is_same_origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from feeder.model import Entry
    from feeder.store import Store
    from feeder.web.protocols import Served
    from feeder.web.token_check import TokenCheck


def _instant_text(value: object) -> object:
    """Refuses the bare numbers that pydantic would take for seconds since 1970."""
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\d", value):
        raise ValueError('must be an instant as RFC 3339 has it, such as "2026-03-02T13:04:00Z"')
    return value


MOST_REFRESHES = 6000  # of a source, in a minute: more than any program waits for one by one
Instant = Annotated[datetime, BeforeValidator(_instant_text)]


class Refreshed(BaseModel):
    source: str
    outcome: Literal["changed", "unchanged", "held", "failed", "deferred"]
    added: int
    edited: int
    removed: int
    reason: str
    until: datetime | None


class Updates(BaseModel):
    updates: list[UpdateView]


def api(daemon: Served, tokens: TokenCheck) -> FastAPI:
    """Returns the API of a running daemon; what changes something needs the token."""
    app = FastAPI(
        title="feeder", version=__version__, docs_url=None, redoc_url=None, responses=PROBLEMS
    )
    handle_problems(app)
    app.include_router(_operations(daemon))
    app.include_router(_machines(daemon))
    app.include_router(_reading(daemon))
    app.include_router(_updates(daemon))
    parts = (_refreshing(daemon), following(daemon), importing(daemon), beside(daemon))
    for router in parts:
        app.include_router(router, dependencies=[Depends(_authorized(tokens)), Depends(_bearer)])
    return app


_bearer = HTTPBearer(auto_error=False)  # says in /openapi.json what `_authorized` asks for


def _operations(daemon: Served) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    async def healthz() -> Response:
        """Answers 200 where scheduler and store advance, else 503 with why."""
        return health.health(daemon)

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus text."""
        return await health.metrics(daemon)

    return router


def _reading(daemon: Served) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["reading"])

    @router.get("/sources")
    def sources() -> list[Status]:
        """Lists all sources: state and reason, last and next read, entries, latency."""
        return all_statuses(daemon.works.store, daemon.works.settings)

    @router.get("/sources/{name}")
    def source(name: str) -> Status:
        """Shows one source."""
        found = one_status(daemon.works.store, daemon.works.settings, name)
        if found is None:
            raise unknown(name)
        return found

    return router


def _machines(daemon: Served) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["operations"])

    @router.get("/machines")
    def machines() -> InstallationStatus:
        """Lists the machines that share the store, the jobs that wait, and how late reads are."""
        return installation_status(daemon.works.store)

    return router


def _updates(daemon: Served) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["reading"])

    @router.get("/sources/{name}/updates")
    def updates(
        name: str,
        since: Instant | None = None,
        at: Instant | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> Updates:
        """Lists its entries, the newest first: what arrived after `since`, as known `at` then."""
        one, _ = found_source(daemon, name)
        entries = _known_entries(daemon.works.store, one.id, since, at, limit)
        shown = [view_update(entry) for entry in entries if not entry.hidden]
        return Updates(updates=shown[:limit])

    @router.get("/updates/{key}")
    def update(key: uuid.UUID, at: Instant | None = None) -> UpdateHistory:
        """Shows one entry with all its revisions, by the UUID of its id; `at`: as known then."""
        return _history(daemon.works.store, key, _aware(at))

    return router


def _known_entries(
    store: Store, source_id: int, since: datetime | None, at: datetime | None, limit: int
) -> Sequence[Entry]:
    arrived, moment = _aware(since), _aware(at)
    if moment is None:
        return store.entries(source_id, arrived, limit)
    known = render.known_at(store.changes(source_id, moment), moment)
    return render.arrived_after(known, arrived) if arrived else known


def _history(store: Store, key: uuid.UUID, moment: datetime | None) -> UpdateHistory:
    found = store.entry(key.urn)
    one = store.source(found[0]) if found else None
    revisions = store.revisions(key.urn)
    known = [change for change in revisions if moment is None or change.at <= moment]
    if found is None or one is None or not known:
        raise HTTPException(404, f"there is no update {key}")
    entry = found[1] if moment is None else known[-1].entry
    return view_history(one[0].name, entry, known)


def _aware(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant and instant.tzinfo is None else instant


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
    limit = RateLimit(MOST_REFRESHES, "reads of a source can be asked for")

    @router.post("/sources/{name}/refresh")
    async def refresh(name: str) -> Refreshed:
        """Reads the source now and waits for what comes of it. Concurrent calls share one read."""
        return await _refreshed(daemon, name, limit, accept=False)

    @router.post("/sources/{name}/accept")
    async def accept(name: str) -> Refreshed:
        """Takes a page that is held as it is read now."""
        return await _refreshed(daemon, name, limit, accept=True)

    @router.post("/refresh", status_code=202)
    async def refresh_all() -> dict[str, str]:
        """Makes all sources due now."""
        await daemon.schedule.make_due()
        return {"status": "all sources are due now"}

    return router


async def _refreshed(daemon: Served, name: str, limit: RateLimit, *, accept: bool) -> Refreshed:
    source, source_state = await asyncio.to_thread(found_source, daemon, name)
    if not daemon.schedule.is_reading(source.id):  # else the read under way is shared
        limit.take(name)
    outcome = await daemon.refresh(source, source_state, accept=accept)
    return Refreshed.model_validate({key: getattr(outcome, key) for key in Refreshed.model_fields})
