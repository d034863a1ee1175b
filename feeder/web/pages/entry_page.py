"""The permanent page of an entry: its revisions with their differences, and where it came from."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from feeder.notify.topics import topics
from feeder.web.pages.stream import stream_item, told_parts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from feeder.web.pages.site import Site


def routes(site: Site) -> list[Route]:
    async def show(request: Request) -> Response:
        key, logged_in = request.path_params["key"], site.is_logged_in(request)
        values = await asyncio.to_thread(_values, site, key, logged_in=logged_in)
        return site.page(request, "entry.html", values)

    return [Route("/entries/{key}", show)]


def _values(site: Site, key: str, *, logged_in: bool) -> dict[str, object]:
    works, entry_id = site.daemon.works, _urn(key)
    found = works.store.entry(entry_id)
    owner = works.store.source(found[0]) if found else None
    if found is None or owner is None or found[1].hidden:
        raise _unknown()
    source, stands = owner
    name = source.name
    changes = works.store.revisions(entry_id)
    return {
        "item": stream_item(found[1], changes, logged_in=logged_in),
        "first_seen": changes[0].at if changes else found[1].first_seen,
        "name": name,
        "title": source.settings.title or stands.profile.title or name,
        "gone": stands.state == "gone",
        "feeds": topics(f"{works.settings.base_url}/feeds/", name),
        "told_parts": told_parts,
    }


def _urn(key: str) -> str:
    try:
        return uuid.UUID(key).urn
    except ValueError:
        raise _unknown() from None


def _unknown() -> HTTPException:
    return HTTPException(404, "No update has this address.")
