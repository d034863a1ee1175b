"""The part of the API that follows many pages at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from feeder.config import source_settings
from feeder.errors import ConfigError
from feeder.operations.lists import choose_new, read_list

if TYPE_CHECKING:
    from feeder.web.protocols import Served

_TEXT = {"schema": {"type": "string"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "OPML, newsboat's urls, or one address per line",
        "content": {"text/plain": _TEXT, "text/x-opml": _TEXT, "application/xml": _TEXT},
    }
}


class Imported(BaseModel):
    """What came of a list: the names under which its pages are followed from now on."""

    added: list[str]
    known: int  # addresses that are followed already
    problems: list[str]  # a sentence for each line that was not taken


def importing(daemon: Served) -> APIRouter:
    """Returns the call that follows the pages of a list."""
    router = APIRouter(prefix="/api", tags=["following"])

    @router.post("/import", openapi_extra=_BODY)
    async def import_sources(request: Request) -> Imported:
        """Follows the pages of a list: what is bad is told by its own line, the rest is taken."""
        imported = await asyncio.to_thread(import_list, daemon, await request.body())
        daemon.schedule.wake()
        return imported

    return router


def import_list(daemon: Served, data: bytes) -> Imported:
    """Follows the pages of a list that are not followed yet.

    Raises:
        ConfigError: it is neither OPML nor a list of addresses.
    """
    store = daemon.works.store
    found, problems = read_list(data, "the list")
    known = {source.settings.url for source, _ in store.sources()}
    new = choose_new(found, known, store.names())
    added = []
    for one in new:
        try:
            store.add(source_settings(one), "api", datetime.now(UTC))
        except ConfigError as error:
            problems.append(f"{one['url']}: {error}")
        else:
            added.append(one["name"])
    if added:
        daemon.works.publisher.publish_lists()
    return Imported(added=added, known=len(found) - len(new), problems=problems)
