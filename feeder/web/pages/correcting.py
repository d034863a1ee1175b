"""A source beside its page of now, and its past read again: looked at first, then corrected."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from feeder.errors import SourceError
from feeder.model import Change, Validators
from feeder.operations.preview import preview_of
from feeder.operations.rebuild import rebuild
from feeder.pipeline.rules import rules_of
from feeder.read.source import read
from feeder.reconcile.last_read import recall
from feeder.reconcile.word_diff import steps
from feeder.web.changing import adjust_source
from feeder.web.pages.site import only
from feeder.web.pages.stream import told_parts
from feeder.web.pages.wording import plural

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from feeder.config import Source
    from feeder.model import Entry
    from feeder.operations.preview import PreviewUpdate
    from feeder.operations.rebuild import Rebuilt
    from feeder.reconcile.word_diff import Step
    from feeder.store import Store
    from feeder.web.pages.site import Form, Site

SETTINGS = ("every", "title", "timezone", "language", "date_order")
_SIDE = 60  # entries of either side


def routes(site: Site) -> list[Route]:
    corrector = Corrector(site)
    return [
        site.change("/sources/{name}/compare", corrector.compare),
        site.change("/sources/{name}/rebuild", corrector.rebuild),
        site.change("/sources/{name}/settings", corrector.change_settings),
    ]


@dataclass(frozen=True, slots=True)
class Side:
    """One line of a comparison."""

    title: str
    at: datetime | None
    differs: bool  # it is missing on the other side


@dataclass(frozen=True, slots=True)
class Corrector:
    site: Site

    async def compare(self, request: Request, form: Form) -> Response:
        """Shows what the feed holds and what the page has now, side by side; nothing is kept."""
        only(form)
        works = self.site.daemon.works
        source, _ = await asyncio.to_thread(self.site.source, request.path_params["name"])
        try:
            reading = await read(source, Validators(), works.fetcher)
            assert reading.document is not None  # nothing was known that it could equal
            rules = rules_of(source, datetime.now(UTC))
            shown = preview_of(await works.extract(reading.document, rules))
        except SourceError as error:
            raise HTTPException(502, str(error)) from error
        entries, missing = await asyncio.to_thread(_kept, works.store, source)
        values = {
            "name": source.name,
            "old": _old_side(entries, missing),
            "new": _new_side(shown.updates, entries),
        }
        return self.site.page(request, "compare.html", values)

    async def rebuild(self, request: Request, form: Form) -> Response:
        """Shows what reading the kept pages again would change, and changes it once confirmed."""
        really = only(form, "really").get("really") == "yes"
        works = self.site.daemon.works
        source, stands = await asyncio.to_thread(self.site.source, request.path_params["name"])
        found = await rebuild(source, stands, works, dry_run=not really)
        if really:
            self.site.daemon.bell.ring()
            corrected = plural(len(found.changes), "update")
            return self.site.lead_to(f"/sources/{source.name}", f"Corrected: {corrected}.")
        values = {
            "name": source.name,
            "found": found,
            "steps": await asyncio.to_thread(_differences, works.store, found),
            "told_parts": told_parts,
        }
        return self.site.page(request, "rebuild.html", values)

    async def change_settings(self, request: Request, form: Form) -> Response:
        """Gives a source that was added here other settings."""
        given, name = only(form, *SETTINGS), request.path_params["name"]
        await asyncio.to_thread(adjust_source, self.site.daemon, name, given)
        self.site.daemon.schedule.wake()
        return self.site.lead_to(f"/sources/{name}", "The settings were changed.")


def _kept(store: Store, source: Source) -> tuple[list[Entry], frozenset[str]]:
    """Returns the newest entries that are published, and the ids of those that are missing."""
    entries = store.entries(source.id, None, _SIDE)
    hold = recall(store.known(source.id).memory).hold
    missing = frozenset(hold.missing) if hold else frozenset()
    return [one for one in entries if not (one.removed or one.hidden)], missing


def _old_side(entries: list[Entry], missing: frozenset[str]) -> list[Side]:
    return [Side(one.content.title, one.published, one.id in missing) for one in entries]


def _new_side(updates: tuple[PreviewUpdate, ...], entries: list[Entry]) -> list[Side]:
    known = {one.content.title for one in entries}
    return [Side(one.title, one.published, one.title not in known) for one in updates[:_SIDE]]


def _differences(store: Store, found: Rebuilt) -> list[Step]:
    """Returns each change against the entry as it is."""
    shown = []
    for change in found.changes:
        before = store.entry(change.entry.id)
        past = [Change("added", change.at, before[1])] if before else []
        shown.append(steps([*past, change])[-1])
    return shown
