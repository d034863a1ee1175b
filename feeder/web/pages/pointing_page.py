"""Pointing at an update on a still of its page: selectors are made of it, counted and shown.

The still lies in a frame that runs no script and loads nothing. What lies over it is ours: it asks
the frame which element is where, and sends the numbers of those that were pointed at.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from feeder import extract
from feeder.errors import ConfigError, ExtractError
from feeder.model import Rules
from feeder.operations.first_look import look_again
from feeder.operations.preview import PreviewOptions
from feeder.web.pages import static
from feeder.web.pages.adding import SELECT_FIELDS, SHOWN, select_of
from feeder.web.pages.site import only

if TYPE_CHECKING:
    from starlette.requests import Request

    from feeder.extract import ParsedPage
    from feeder.extract.configured.pointing import Pointed
    from feeder.model import Document
    from feeder.operations.first_look import FirstLook
    from feeder.web.pages.adding import Looks
    from feeder.web.pages.site import Form, Site

_PICKED = ("update", "headline", "time")
_STILL_HEADERS = {
    "content-security-policy": (
        "sandbox allow-same-origin; default-src 'none'; style-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def routes(site: Site, looks: Looks) -> list[Route]:
    pointer = Pointer(site, looks)
    return [
        Route("/point/{look}", pointer.show),
        Route("/point/{look}/still", pointer.frame),
        site.change("/point/{look}/selectors", pointer.choose),
    ]


@dataclass(frozen=True, slots=True)
class Pointer:
    site: Site
    looks: Looks

    async def show(self, request: Request) -> Response:
        form, _ = self._looked_at(request)
        values = {"look": request.path_params["look"], "url": form["url"]}
        return self.site.page(request, "point.html", values)

    async def frame(self, request: Request) -> Response:
        """Answers with the still itself."""
        from feeder.extract.configured import pointing  # noqa: PLC0415 -- slow to import

        _, look = self._looked_at(request)
        body = await asyncio.to_thread(lambda: pointing.still(_parsed(look.document)))
        sheet = f"{self.site.root}{static.address('still.css')}"
        head = f'<!doctype html><title>Still</title><link rel="stylesheet" href="{sheet}">'
        return HTMLResponse(f"{head}<body>{body}", headers=_STILL_HEADERS)

    async def choose(self, request: Request, form: Form) -> Response:
        """Shows what the selectors match that were made or typed."""
        from feeder.extract.configured import pointing  # noqa: PLC0415 -- slow to import

        only(form, *_PICKED, "mode", *SELECT_FIELDS)
        asked, look = self._looked_at(request)
        preview, problem = None, ""
        try:
            found = await asyncio.to_thread(_pointed, look.document, form)
            options = PreviewOptions(select=dict(found.selectors))
            again = await look_again(look.document, asked["url"], self.site.daemon.works, options)
            preview, problem = again.preview, again.problem
        except (ConfigError, ExtractError) as error:
            found, problem = pointing.Pointed(select_of(form), {}), str(error)
        values = {
            "look": request.path_params["look"],
            "url": asked["url"],
            "found": found,
            "preview": preview,
            "problem": problem,
            "shown": SHOWN,
        }
        return self.site.page(request, "_pointed.html", values)

    def _looked_at(self, request: Request) -> tuple[Form, FirstLook]:
        if not self.site.is_logged_in(request):
            raise HTTPException(401, "Only who has logged in can point at a page.")
        return self.looks.get(request.path_params["look"])


def _parsed(document: Document) -> ParsedPage:
    return extract.ParsedPage(document, Rules(datetime.now(UTC)))


def _pointed(document: Document, form: Form) -> Pointed:
    """Returns selectors made of what was pointed at, else those that were typed.

    Raises:
        ConfigError: a selector is none.
    """
    from feeder.extract.configured import pointing  # noqa: PLC0415 -- slow to import

    page = _parsed(document)
    picked = {key: int(form[key]) for key in _PICKED if form.get(key, "").isdecimal()}
    if picked:
        return pointing.point(page, picked)
    selectors = select_of(form)
    if "update" not in selectors:
        return pointing.Pointed({}, {})
    PreviewOptions(select=selectors).rules(url="http://still.invalid/")  # they are selectors
    return pointing.Pointed(selectors, pointing.matched(page, selectors))
