"""Logging in with the token, or once with a link, and out again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from feeder.web import session
from feeder.web.access import client_of
from feeder.web.pages.site import form_of, only

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from feeder.web.pages.site import Form, Site


def routes(site: Site) -> list[Route]:
    async def ask(request: Request) -> Response:
        once = request.query_params.get("once", "")
        if not once:
            return site.page(request, "login.html", {"wrong": ""})
        store, token = site.daemon.works.store, site.daemon.token
        if await asyncio.to_thread(session.redeem, token, once, store):
            return _logged_in(site)
        wrong = "This link was used already, or is too old. The token always works."
        return site.page(request, "login.html", {"wrong": wrong}, 401)

    async def enter(request: Request) -> Response:
        if not session.is_same_origin(request.headers):
            raise HTTPException(403, "Log in on the pages of this server.")
        given = only(await form_of(request), "token")["token"]
        try:
            site.tokens.require(client_of(request.scope), f"Bearer {given}", "Bearer", "")
        except HTTPException as error:
            wrong = "This is not the token." if error.status_code == 401 else error.detail
            return site.page(request, "login.html", {"wrong": wrong}, error.status_code)
        return _logged_in(site)

    async def leave(_: Request, __: Form) -> Response:
        response = site.lead_to("/", "You have logged out.")
        response.delete_cookie(session.COOKIE, path=f"{site.root}/")
        return response

    return [
        Route("/login", ask, methods=["GET"]),
        Route("/login", enter, methods=["POST"]),
        site.change("/logout", leave),
    ]


def _logged_in(site: Site) -> Response:
    response = site.lead_to("/", "You are logged in on this browser.")
    response.set_cookie(
        session.COOKIE,
        session.issue(site.daemon.token),
        max_age=session.LASTS,
        path=f"{site.root}/",
        secure=site.daemon.works.settings.base_url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )
    return response
