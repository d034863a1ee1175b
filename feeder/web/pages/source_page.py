"""The page of a source: its stream, what is held and why, what can be done, and its history."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from feeder.config import duration_text
from feeder.config.edit import as_toml
from feeder.operations.preview_sentences import name_evidence
from feeder.reconcile.last_read import as_hold, recall
from feeder.web.changing import rename_source, unfollow
from feeder.web.pages.chart import WINDOW, timeline
from feeder.web.pages.site import only
from feeder.web.pages.source_rows import source_row
from feeder.web.pages.stream import as_then, days_of, stream_item, told_parts
from feeder.web.rate_limit import RateLimit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from feeder.config import Source
    from feeder.model import Entry, Hold, SourceState
    from feeder.pipeline.turn import Outcome
    from feeder.store import Store
    from feeder.web.pages.site import Form, Site
    from feeder.web.pages.stream import StreamItem

_SHOWN = 40  # entries at first
_MOST_SHOWN = 1000
_READS = 30  # of the log
_MOST_REFRESHES = 60  # of a source, in a minute


def routes(site: Site) -> list[Route]:
    async def show(request: Request) -> Response:
        try:
            return await _show(site, request)
        except HTTPException:
            renamed = site.daemon.works.store.renamed
            new = await asyncio.to_thread(renamed, request.path_params["name"])
            if new is None:
                raise
            return site.move_to(f"/sources/{new}")

    async def row(request: Request) -> Response:
        return await _row(site, request)

    return [
        Route("/sources/{name}", show),
        Route("/sources/{name}/row", row),
        *_changes(site),
    ]


async def _show(site: Site, request: Request) -> Response:
    name = request.path_params["name"]
    at, shown = _moment(request.query_params), _number(request.query_params)
    logged_in = site.is_logged_in(request)
    values = await asyncio.to_thread(_values, site, name, at, shown, logged_in=logged_in)
    return site.page(request, "source.html", values)


async def _row(site: Site, request: Request) -> Response:
    """Answers with one line of the overview, for a script that brings it up to date."""
    row = await asyncio.to_thread(row_of, site, request.path_params["name"])
    return site.page(request, "_row.html", {"row": row})


def row_of(site: Site, name: str) -> object:
    works, now = site.daemon.works, datetime.now(UTC)
    source, stands = site.source(name)
    active = works.store.activities([source.id], now - WINDOW)[source.id]
    return source_row(source, stands, active, works.settings, now)


def _values(
    site: Site, name: str, at: datetime | None, shown: int, *, logged_in: bool
) -> dict[str, object]:
    store, now = site.daemon.works.store, datetime.now(UTC)
    source, stands = site.source(name)
    history, seen = store.read_log.read(source.id), store.last_event()
    if at is None:
        items = _items_now(store, source, shown, logged_in=logged_in)
    else:
        items = _items_then(store, source, at, shown, logged_in=logged_in)
    return {
        "row": row_of(site, name),
        "stands": stands,
        "profile": stands.profile,
        "evidence": name_evidence(stands.profile.strategy),
        "days": days_of(items[:shown], now),
        "more": shown + _SHOWN if len(items) > shown else 0,
        "at": at,
        "history": store.history_span(source.id),
        "hold": _hold(store, source, stands),
        "seen": seen,
        "reads": history.reads[: -_READS - 1 : -1],
        "timeline": timeline(history, now),
        "every": settings_text(source.settings.every),
        "settings": source.settings,
        "toml": as_toml([source]) if logged_in else "",
        "told_parts": told_parts,
    }


def settings_text(every: timedelta | str) -> str:
    return every if isinstance(every, str) else duration_text(every)


def _items_now(store: Store, source: Source, shown: int, *, logged_in: bool) -> list[StreamItem]:
    entries = [one for one in store.entries(source.id, None, shown + 1) if not one.hidden]
    return [
        stream_item(one, store.revisions(one.id) if one.revision > 1 else (), logged_in=logged_in)
        for one in entries
    ]


def _items_then(
    store: Store, source: Source, at: datetime, shown: int, *, logged_in: bool
) -> list[StreamItem]:
    found = as_then(store.changes(source.id, at))[: shown + 1]
    return [stream_item(entry, own, logged_in=logged_in) for entry, own in found]


def _hold(store: Store, source: Source, stands: SourceState) -> tuple[Hold, list[Entry]] | None:
    """Returns the hold with the entries that are missing on the page; None: nothing is held."""
    if stands.state != "held":
        return None
    hold = as_hold(recall(store.known(source.id).memory).hold)
    if hold is None:
        return None
    found = [store.entry(key) for key in hold.data["missing"]]
    missing = [one[1] for one in found if one is not None]
    return hold, sorted(missing, key=lambda entry: entry.published, reverse=True)


def _moment(query: Mapping[str, str]) -> datetime | None:
    """Returns `?at=`, an RFC 3339 instant or seconds of the epoch; None: now is asked for."""
    given = query.get("at", "").strip()
    if not given:
        return None
    try:
        if given.isdecimal():
            return datetime.fromtimestamp(int(given), UTC)
        at = datetime.fromisoformat(given.replace(" ", "+"))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        detail = "at must be an instant, such as 2026-03-02T13:04:00Z."
        raise HTTPException(400, detail) from None


def _number(query: Mapping[str, str]) -> int:
    given = query.get("show", "")
    return min(int(given), _MOST_SHOWN) if given.isdecimal() and len(given) < 7 else _SHOWN


def _changes(site: Site) -> list[Route]:
    limit = RateLimit(_MOST_REFRESHES, "reads of a source can be asked for")

    async def refresh(request: Request, form: Form) -> Response:
        return await _read(site, request, form, limit, accept=False)

    async def accept(request: Request, form: Form) -> Response:
        return await _read(site, request, form, limit, accept=True)

    async def remove(request: Request, form: Form) -> Response:
        only(form)
        name = request.path_params["name"]
        await asyncio.to_thread(unfollow, site.daemon, name)
        return site.lead_to("/", f"{name} is no longer followed. Its feed stays as it is.")

    async def rename(request: Request, form: Form) -> Response:
        old, new = request.path_params["name"], only(form, "name").get("name", "")
        await asyncio.to_thread(rename_source, site.daemon, old, new)
        said = f"{old} is called {new} now. Its old address leads to the new one."
        return site.lead_to(f"/sources/{new}", said)

    return [
        site.change("/sources/{name}/refresh", refresh),
        site.change("/sources/{name}/accept", accept),
        site.change("/sources/{name}/remove", remove),
        site.change("/sources/{name}/rename", rename),
    ]


async def _read(
    site: Site, request: Request, form: Form, limit: RateLimit, *, accept: bool
) -> Response:
    """Reads a source now. A script gets its line of the overview, others its page."""
    only(form)
    name = request.path_params["name"]
    source, stands = await asyncio.to_thread(site.source, name)
    if not site.daemon.schedule.is_reading(source.id):  # else the read under way is shared
        limit.take(name)
    outcome = await site.daemon.refresh(source, stands, accept=accept)
    if "hx-request" in request.headers:
        return await _row(site, request)
    return site.lead_to(f"/sources/{name}", told(outcome))


def told(outcome: Outcome) -> str:
    """Returns a sentence for what came of a read."""
    if outcome.outcome == "unchanged":
        return "Read just now: nothing has changed."
    if outcome.outcome == "changed":
        kinds = ((outcome.added, "new"), (outcome.edited, "edited"), (outcome.removed, "removed"))
        counted = [f"{number} {kind}" for number, kind in kinds if number]
        return f"Read just now: {', '.join(counted) or 'changed'}."
    return f"Read just now: {outcome.outcome}. {outcome.reason}"
