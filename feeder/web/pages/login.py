"""Logging in with the token, or once with a link, and out again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
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
    door = LoginDoor(site)
    return [
        Route("/login", door.ask, methods=["GET"]),
        Route("/login", door.enter, methods=["POST"]),
        site.change("/logout", door.leave),
    ]


@dataclass(frozen=True, slots=True)
class LoginDoor:
    site: Site

    async def ask(self, request: Request) -> Response:
        """Asks for the token; a link that logs in once is redeemed."""
        once = request.query_params.get("once", "")
        if not once:
            return self._asked(request, 200, "")
        daemon = self.site.daemon
        if await asyncio.to_thread(session.redeem, daemon.token, once, daemon.works.store):
            return self._welcome()
        wrong = "This link was used already, or is too old. The token always works."
        return self._asked(request, 401, wrong)

    async def enter(self, request: Request) -> Response:
        if not session.is_same_origin(request.headers):
            raise HTTPException(403, "Log in on the pages of this server.")
        given = only(await form_of(request), "token").get("token", "")
        try:
            self.site.tokens.require(client_of(request.scope), f"Bearer {given}", "Bearer", "")
        except HTTPException as error:
            wrong = "This is not the token." if error.status_code == 401 else error.detail
            return self._asked(request, error.status_code, wrong)
        return self._welcome()

    async def leave(self, _: Request, form: Form) -> Response:
        only(form)
        response = self.site.lead_to("/", "You have logged out.")
        response.delete_cookie(session.COOKIE, path=f"{self.site.root}/")
        return response

    def _asked(self, request: Request, status: int, wrong: str) -> Response:
        return self.site.page(request, "login.html", {"wrong": wrong}, status)

    def _welcome(self) -> Response:
        response = self.site.lead_to("/", "You are logged in on this browser.")
        response.set_cookie(
            session.COOKIE,
            session.issue(self.site.daemon.token),
            max_age=session.LASTS,
            path=f"{self.site.root}/",
            secure=self.site.daemon.works.settings.base_url.startswith("https:"),
            httponly=True,
            samesite="strict",
        )
        return response
