"""Pointing at an update on a still of its page: selectors are made of it, counted and shown.

The still lies in a frame that runs no script and loads nothing. What lies over it is ours: it asks
the frame which element is where, and sends the numbers of those that were pointed at.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from feeder.config import name_for
from feeder.errors import ConfigError, ExtractError
from feeder.extract import ParsedPage
from feeder.extract.configured.pointing import Pointed, matched, point, still
from feeder.model import Rules
from feeder.operations.first_look import look_again
from feeder.operations.preview import PreviewOptions
from feeder.web.pages import static
from feeder.web.pages.adding import SELECT_FIELDS, SHOWN, select_of
from feeder.web.pages.site import only

if TYPE_CHECKING:
    from starlette.requests import Request

    from feeder.model import Document
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
    async def show(request: Request) -> Response:
        _require(site, request)
        key = request.path_params["look"]
        url, _ = looks.get(key)
        return site.page(request, "point.html", {"look": key, "url": url})

    async def frame(request: Request) -> Response:
        _require(site, request)
        _, look = looks.get(request.path_params["look"])
        body = await asyncio.to_thread(lambda: still(_parsed(look.document)))
        sheet = f"{site.root}{static.address('still.css')}"
        head = f'<!doctype html><title>Still</title><link rel="stylesheet" href="{sheet}">'
        return HTMLResponse(f"{head}<body>{body}", headers=_STILL_HEADERS)

    async def choose(request: Request, form: Form) -> Response:
        only(form, *_PICKED, "mode", *SELECT_FIELDS)
        key = request.path_params["look"]
        url, look = looks.get(key)
        values: dict[str, object] = {"look": key, "url": url, "shown": SHOWN, "problem": ""}
        try:
            found = await asyncio.to_thread(_pointed, look.document, form)
            options = PreviewOptions(select=dict(found.selectors))
            again = await look_again(look.document, url, site.daemon.works, options)
            values |= {"found": found, "preview": again.preview, "problem": again.problem}
        except (ConfigError, ExtractError) as error:
            values |= {"found": Pointed(select_of(form), {}), "preview": None}
            values["problem"] = str(error)
        values["name"] = name_for(url, site.daemon.works.store.names())
        return site.page(request, "_pointed.html", values)

    return [
        Route("/point/{look}", show),
        Route("/point/{look}/still", frame),
        site.change("/point/{look}/selectors", choose),
    ]


def _require(site: Site, request: Request) -> None:
    if not site.is_logged_in(request):
        raise HTTPException(401, "Only who has logged in can point at a page.")


def _parsed(document: Document) -> ParsedPage:
    return ParsedPage(document, Rules(datetime.now(UTC)))


def _pointed(document: Document, form: Form) -> Pointed:
    """Returns selectors made of what was pointed at, else those that were typed.

    Raises:
        ConfigError: a selector is none.
    """
    page = _parsed(document)
    picked = {key: int(form[key]) for key in _PICKED if form.get(key, "").isdecimal()}
    if picked:
        return point(page, picked)
    selectors = select_of(form)
    if "update" not in selectors:
        return Pointed({}, {})
    PreviewOptions(select=selectors).rules(url="http://still.invalid/")  # they are selectors
    return Pointed(selectors, matched(page, selectors))
