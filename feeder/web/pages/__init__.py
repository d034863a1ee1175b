"""The pages for people: an overview, a page for each source and entry, and how to follow more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.routing import Route

from feeder.errors import FeederError
from feeder.web.bugs import BUG, TellBugs
from feeder.web.pages import (
    adding,
    api_page,
    correcting,
    entry_page,
    login,
    overview_page,
    pointing_page,
    source_page,
    static,
)
from feeder.web.pages.site import Site
from feeder.web.problem import status_of_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from feeder.web.protocols import Served
    from feeder.web.token_check import TokenCheck

_HEADINGS = {
    401: "You are not logged in",
    403: "This came from somewhere else",
    404: "There is nothing here",
    405: "This cannot be asked for",
    409: "That did not work",
    422: "That did not work",
    429: "Too much at once",
    500: "Something went wrong here",
    502: "The page cannot be read",
    503: "Not just now",
}


def pages(daemon: Served, tokens: TokenCheck) -> Starlette:
    """Returns the application behind the addresses that people open in a browser."""
    site = Site(daemon, tokens)

    async def failed(request: Request, error: Exception) -> Response:
        return _tell_error(site, request, error)

    return Starlette(
        routes=_routes(site),
        middleware=[
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6),
            Middleware(TellBugs, answer=lambda scope: _tell(site, Request(scope), 500, BUG)),
        ],
        exception_handlers={HTTPException: failed, FeederError: failed},
    )


def _routes(site: Site) -> list[Route]:
    looks = adding.Looks()
    return [
        Route("/static/{name}", static.serve),
        *overview_page.routes(site),
        *source_page.routes(site),
        *correcting.routes(site),
        *entry_page.routes(site),
        *login.routes(site),
        *api_page.routes(site),
        *adding.routes(site, looks),
        *pointing_page.routes(site, looks),
    ]


def _tell_error(site: Site, request: Request, error: Exception) -> Response:
    """Says what went wrong, with the status that goes with it."""
    if isinstance(error, HTTPException):
        return _tell(site, request, error.status_code, error.detail, error.headers)
    assert isinstance(error, FeederError)
    return _tell(site, request, status_of_error(error), str(error))


def _tell(
    site: Site,
    request: Request,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    heading = _HEADINGS.get(status, "That did not work")
    values = {"heading": heading, "detail": detail, "status": status}
    response = site.page(request, "error.html", values, status)
    response.headers.update(headers or {})
    return response
