"""The part of the API for commands that are given while a daemon runs: forget, preview NAME."""

from __future__ import annotations

import asyncio
import uuid  # noqa: TC003 -- pydantic resolves the annotations
from datetime import datetime  # noqa: TC003 -- as above
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from feeder.operations.preview import Preview, PreviewOptions, look_at_source
from feeder.operations.rebuild import forget
from feeder.web.changing import found_source

if TYPE_CHECKING:
    from feeder.web.protocols import Served


class ReadingRules(BaseModel):
    """How the page of a source is to be read this once; what is empty is as configured."""

    model_config = ConfigDict(extra="forbid")

    timezone: str = ""
    extract: str = ""
    select: dict[str, str] = {}
    language: str = ""
    date_order: str = ""
    at: datetime | None = None


def beside(daemon: Served) -> APIRouter:
    """Returns the calls that commands leave to a running daemon."""
    router = APIRouter(prefix="/api", tags=["following"])

    @router.post("/sources/{name}/preview")
    async def preview_source(name: str, rules: ReadingRules) -> Preview:
        """Shows what would be read from a source's page now; nothing is stored."""
        source, _ = await asyncio.to_thread(found_source, daemon, name)
        works, options = daemon.works, PreviewOptions(**rules.model_dump())
        return await look_at_source(source.settings, works.fetcher, works.extract, options)

    @router.delete("/updates/{key}", status_code=204)
    async def forget_update(key: uuid.UUID) -> None:
        """Erases an update's text everywhere, for ever; its id and a tombstone stay."""
        if await asyncio.to_thread(forget, key.urn, daemon.works.publisher) is None:
            raise HTTPException(404, f"there is no update {key}")
        daemon.bell.ring()

    return router
