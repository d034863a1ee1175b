"""Following one more page: its address, a preview of what would be published, and its settings."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.routing import Route

from feeder.config import name_for, source_settings
from feeder.errors import ConfigError, ReadError
from feeder.operations.first_look import FirstLook, first_look, look_again
from feeder.operations.preview import PreviewOptions
from feeder.web.pages.site import only
from feeder.web.pages.wording import sentence
from feeder.web.rate_limit import RateLimit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from feeder.web.pages.site import Form, Site

SELECTORS = ("update", "time", "headline", "body", "author", "url", "image", "remove")
SELECT_FIELDS = tuple(f"select.{key}" for key in SELECTORS)
_PLAIN = ("url", "name", "title", "every", "timezone", "language")
FIELDS = ("look", *_PLAIN, *SELECT_FIELDS)
SHOWN = 12  # updates of a preview
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?([/?#]|$)")
_KEPT = 16  # previews; those of one page share its document, of `max_bytes` at most
_MOST_LOOKS = 20  # in a minute


class Looks:
    """Pages that were looked at, for a while: whoever changes a setting asks no server again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Form, FirstLook]] = OrderedDict()
        self.limit = RateLimit(_MOST_LOOKS, "pages can be looked at")

    def keep(self, form: Form, look: FirstLook) -> str:
        """Returns the key of a page that was looked at as a form asked."""
        key = secrets.token_urlsafe(9)
        self._kept[key] = form, look
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return key

    def get(self, key: str) -> tuple[Form, FirstLook]:
        """Returns the form and what the page showed. Raises HTTPException: it is gone."""
        found = self._kept.get(key)
        if found is None:
            raise HTTPException(404, "This preview is too old. Look at the page again.")
        self._kept.move_to_end(key)
        return found


@dataclass(frozen=True, slots=True)
class Adder:
    """The form and what it leads to."""

    site: Site
    looks: Looks

    async def show(self, request: Request) -> Response:
        key = request.query_params.get("look", "")
        if key and self.site.is_logged_in(request):
            form, look = self.looks.get(key)
            return await self._answer(request, {**form, "look": key}, look=look)
        return await self._answer(request, {"url": request.query_params.get("url", "")})

    async def preview(self, request: Request, form: Form) -> Response:
        form = {**only(form, *FIELDS), "url": _with_scheme(form.get("url", ""))}
        try:
            look = await self._look(form)
        except (ConfigError, ReadError) as error:
            status = 422 if isinstance(error, ConfigError) else 502
            return await self._answer(request, form, problem=sentence(str(error)), status=status)
        key = self.looks.keep(form, look)
        return self.site.lead_to(f"/add?look={key}")  # so that one can come back to it

    async def follow(self, request: Request, form: Form) -> Response:
        try:
            name = await asyncio.to_thread(self._follow, only(form, *FIELDS))
        except ConfigError as error:
            look = self.looks.get(form["look"])[1] if form.get("look") else None
            problem = sentence(str(error))
            return await self._answer(request, form, problem=problem, look=look, status=422)
        self.site.daemon.schedule.wake()
        return self.site.lead_to(f"/sources/{name}", "This page is followed now.")

    async def follow_list(self, request: Request, form: Form) -> Response:
        from feeder.web.importing import import_list  # noqa: PLC0415 -- slow to import

        listed, daemon = only(form, "list").get("list", ""), self.site.daemon
        if not listed:
            raise HTTPException(422, "Paste addresses, one a line, or OPML.")
        imported = await asyncio.to_thread(import_list, daemon, listed.encode())
        daemon.schedule.wake()
        return self.site.page(request, "list.html", {"imported": imported})

    async def _look(self, form: Form) -> FirstLook:
        works, options = self.site.daemon.works, options_of(form)
        if form.get("look"):
            before = self.looks.get(form["look"])[1]
            return await look_again(before.document, form.get("url", ""), works, options)
        self.looks.limit.take()
        return await first_look(form.get("url", ""), works, options)

    def _follow(self, form: Form) -> str:
        works = self.site.daemon.works
        settings = source_settings(source_of(form, works.store.names()))
        if works.store.followed_as(settings.url) == settings.name:
            works.store.revise(settings, datetime.now(UTC))
        else:
            works.store.add(settings, "api", datetime.now(UTC))
        works.publisher.publish_lists()
        return settings.name

    async def _answer(self, request: Request, form: Form, **shown: Any) -> Response:
        return await asyncio.to_thread(self._page, request, form, **shown)

    def _page(
        self,
        request: Request,
        form: Form,
        *,
        look: FirstLook | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        values = dict.fromkeys(FIELDS, "") | dict(form)
        if look is not None:
            taken = self.site.daemon.works.store.names()
            known = _where(self.site, values["url"])
            values["name"] = values["name"] or known or name_for(values["url"], taken)
        shown = {
            "form": values,
            "look": look,
            "problem": problem or (look.problem if look else ""),
            "select_fields": [name for name in SELECT_FIELDS if values[name]],
            "shown": SHOWN,
            "where": _where(self.site, values["url"]),
        }
        return self.site.page(request, "add.html", shown, status)


def routes(site: Site, looks: Looks) -> list[Route]:
    adder = Adder(site, looks)
    return [
        Route("/add", adder.show, methods=["GET"]),
        site.change("/add", adder.follow),
        site.change("/add/preview", adder.preview),
        site.change("/add/list", adder.follow_list),
    ]


def options_of(form: Form) -> PreviewOptions:
    return PreviewOptions(
        timezone=form.get("timezone", ""),
        language=form.get("language", ""),
        select=select_of(form),
    )


def select_of(form: Form) -> Mapping[str, str]:
    given = {key: form.get(f"select.{key}", "") for key in SELECTORS}
    return {key: selector for key, selector in given.items() if selector}


def source_of(form: Form, taken: list[str]) -> dict[str, Any]:
    """Returns the keys of [[source]] that a form gives."""
    values: dict[str, Any] = {key: form[key] for key in _PLAIN if form.get(key)}
    values.setdefault("name", name_for(values.get("url", ""), taken))
    if select := select_of(form):
        values |= {"extract": "select", "select": dict(select)}
    return values


def _with_scheme(typed: str) -> str:
    """Returns an address as a browser takes it: "example.org/live" is one too."""
    return f"https://{typed}" if _HOST.match(typed) else typed


def _where(site: Site, url: str) -> str:
    """Returns the name of the source that follows this address already; "" where none does."""
    if not url:
        return ""
    return site.daemon.works.store.followed_as(url) or ""
