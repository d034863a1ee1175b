"""The pages for people: an overview, a page for each source and entry, and how to follow more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from feeder.errors import FeederError
from feeder.web.pages import (
    adding,
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
    from starlette.requests import Request
    from starlette.responses import Response

    from feeder.web.protocols import Served
    from feeder.web.token_check import TokenCheck

# The first parts of the paths that are ours.
PLACES = ("/", "add", "point", "sources", "entries", "login", "logout", "refresh", "static")

_HEADINGS = {
    401: "You are not logged in",
    403: "This came from somewhere else",
    404: "There is nothing here",
    405: "This cannot be asked for",
    422: "That did not work",
    429: "Too much at once",
    502: "The page cannot be read",
    503: "Not just now",
}


def pages(daemon: Served, tokens: TokenCheck) -> Starlette:
    """The application behind the addresses that begin with one of PLACES."""
    site = Site(daemon, tokens)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _told(request, error.status_code, str(error.detail))

    async def failed(request: Request, error: Exception) -> Response:
        assert isinstance(error, FeederError)
        return _told(request, status_of_error(error), str(error))

    def _told(request: Request, status: int, detail: str) -> Response:
        heading = _HEADINGS.get(status, "That did not work")
        values = {"heading": heading, "detail": detail, "status": status}
        return site.page(request, "error.html", values, status)

    routes = [Route("/static/{name}", static.serve)]
    for module in (overview_page, source_page, entry_page, login):
        routes += module.routes(site)
    looks = adding.Looks()
    routes += [*adding.routes(site, looks), *pointing_page.routes(site, looks)]
    return Starlette(
        routes=routes,
        middleware=[Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)],
        exception_handlers={HTTPException: refused, FeederError: failed},
    )
