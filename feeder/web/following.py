"""The part of the API that changes which pages are followed, and how."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from pydantic import BaseModel

from feeder.config import name_for, source_settings
from feeder.model import ChangeKind  # noqa: TC001 -- pydantic resolves the annotations
from feeder.operations.preview import Preview, PreviewOptions, look_at
from feeder.operations.rebuild import rebuild
from feeder.operations.status import Status, one_status
from feeder.web.api_bodies import Adjust, Follow, Look, Renaming  # noqa: TC001 -- as above
from feeder.web.changing import adjust_source, found_source, rename_source, unfollow, unknown
from feeder.web.rate_limit import RateLimit

if TYPE_CHECKING:
    from feeder.web.protocols import Served

MOST_LOOKS = 1200  # in a minute


class Correction(BaseModel):
    """One change that a rebuild made, or would make."""

    change: ChangeKind
    what: tuple[str, ...]
    id: str
    title: str
    published: datetime


class Corrections(BaseModel):
    """What a rebuild changed, or would change."""

    pages: int
    problems: tuple[str, ...]
    changes: list[Correction]


def following(daemon: Served) -> APIRouter:
    """Returns the calls that follow, change and unfollow sources."""
    router = APIRouter(prefix="/api", tags=["following"])
    looks = RateLimit(MOST_LOOKS, "pages can be looked at")

    @router.post("/preview")
    async def preview(look: Look) -> Preview:
        """Shows what would be read from a page; nothing is stored."""
        looks.take()
        works = daemon.works
        options = PreviewOptions(timezone=look.timezone, extract=look.extract)
        return await look_at(look.url, works.fetcher, works.extract, options)

    @router.post("/sources", status_code=201)
    async def follow(wanted: Follow, response: Response) -> Status:
        """Follows one more page."""
        status = await asyncio.to_thread(_follow, daemon, wanted)
        daemon.schedule.wake()
        response.headers["Location"] = _address(daemon, status.name)
        return status

    @router.patch("/sources/{name}")
    async def adjust(name: str, wanted: Adjust) -> Status:
        """Gives a source that was added here other settings; what is left out stays as it is."""
        given = wanted.model_dump(exclude_unset=True)
        await asyncio.to_thread(adjust_source, daemon, name, given)
        daemon.schedule.wake()
        return await asyncio.to_thread(_status, daemon, name)

    @router.delete("/sources/{name}", status_code=204)
    async def remove(name: str) -> None:
        """Stops following a source that was added here. Its feed stays as it is."""
        await asyncio.to_thread(unfollow, daemon, name)

    _add_corrections(router, daemon)
    return router


def _add_corrections(router: APIRouter, daemon: Served) -> None:
    @router.post("/sources/{name}/rename")
    async def rename(name: str, wanted: Renaming, response: Response) -> Status:
        """Renames a source that was added here. Ids stay; the old address leads to the new one."""
        await asyncio.to_thread(rename_source, daemon, name, wanted.name)
        response.headers["Location"] = _address(daemon, wanted.name)
        return await asyncio.to_thread(_status, daemon, wanted.name)

    @router.post("/sources/{name}/rebuild")
    async def correct(name: str, dry_run: bool = False) -> Corrections:
        """Reads the kept pages again by the present settings and corrects what they give."""
        source, source_state = await asyncio.to_thread(found_source, daemon, name)
        found = await rebuild(source, source_state, daemon.works, dry_run=dry_run)
        if found.changes and not dry_run:
            daemon.bell.ring()
        changes = [
            Correction(
                change=c.kind,
                what=c.what,
                id=c.entry.id,
                title=c.entry.content.title,
                published=c.entry.published,
            )
            for c in found.changes
        ]
        return Corrections(pages=found.pages, problems=found.problems, changes=changes)


def _follow(daemon: Served, wanted: Follow) -> Status:
    store = daemon.works.store
    name = wanted.name or name_for(wanted.url, set(store.names()))
    settings = source_settings({**wanted.model_dump(exclude_defaults=True), "name": name})
    store.add(settings, "api", datetime.now(UTC))
    daemon.works.publisher.publish_lists()
    return _status(daemon, name)


def _status(daemon: Served, name: str) -> Status:
    status = one_status(daemon.works.store, daemon.works.settings, name)
    if status is None:  # removed by someone else meanwhile
        raise unknown(name)
    return status


def _address(daemon: Served, name: str) -> str:
    return f"{daemon.works.settings.base_url}/api/sources/{name}"
