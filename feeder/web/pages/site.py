"""What all pages share: how they are rendered, who is logged in, how changes and errors are met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from feeder.web import session
from feeder.web.access import prefix_of
from feeder.web.changing import found_source
from feeder.web.pages import static, wording

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from feeder.config import Source
    from feeder.model import SourceState
    from feeder.web.protocols import Served
    from feeder.web.token_check import TokenCheck

    Form = Mapping[str, str]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "same-origin",  # with no-referrer, a form's Origin would be "null"
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
    "vary": "Cookie, HX-Request",
}
_NOTICE = "feeder_notice"
_NOTICE_LASTS = 20  # seconds: long enough to be led to the next page
_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one daemon."""

    daemon: Served
    tokens: TokenCheck

    @property
    def root(self) -> str:
        """The path that all addresses begin with; "" where there is none."""
        return prefix_of(self.daemon.works.settings.base_url)

    def is_logged_in(self, request: Request) -> bool:
        return self.tokens.is_session(request.headers.get("cookie", ""))

    def page(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object],
        status: int = 200,
    ) -> HTMLResponse:
        """Renders a template; the notice of the page before is shown once."""
        notice = unquote(request.cookies.get(_NOTICE, ""))
        shared = {
            "root": self.root,
            "base": self.daemon.works.settings.base_url,
            "logged_in": self.is_logged_in(request),
            "now": datetime.now(UTC),
            "notice": notice,
            "here": request.url.path,
        }
        text = _environment().get_template(template).render(shared | {**values})
        response = HTMLResponse(text, status, _HEADERS)
        if notice:
            response.delete_cookie(_NOTICE, path=f"{self.root}/")
        return response

    def move_to(self, path: str) -> Response:
        """Says that a page of ours has another address for good."""
        return RedirectResponse(f"{self.root}{path}", 301, _HEADERS)

    def lead_to(self, path: str, notice: str = "") -> Response:
        """Leads to another page of ours after a change, and says there what was done."""
        response = RedirectResponse(f"{self.root}{path}", 303, _HEADERS)
        if notice:
            response.set_cookie(
                _NOTICE,
                quote(notice),
                max_age=_NOTICE_LASTS,
                path=f"{self.root}/",
                httponly=True,
                samesite="strict",
            )
        return response

    def change(self, path: str, handler: Callable[[Request, Form], Awaitable[Response]]) -> Route:
        """Returns a route that changes something: for sessions, and from our own pages alone."""

        async def guarded(request: Request) -> Response:
            if not session.is_same_origin(request.headers):
                raise HTTPException(403, "Changes are taken from the pages of this server alone.")
            if not self.is_logged_in(request):
                raise HTTPException(401, "Only who has logged in can change anything.")
            return await handler(request, await form_of(request))

        return Route(path, guarded, methods=["POST"])

    def source(self, name: str) -> tuple[Source, SourceState]:
        """Returns a source that is followed. Raises HTTPException: there is none of that name."""
        return found_source(self.daemon, name)


async def form_of(request: Request) -> dict[str, str]:
    """Returns the fields of a form. Raises HTTPException where it is none."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind not in {"", "application/x-www-form-urlencoded"}:
        raise HTTPException(415, "A form is expected.")
    try:
        body = (await request.body()).decode()
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400, "The form cannot be read.") from error
    return {name: value.strip() for name, value in pairs}


def only(form: Form, *names: str) -> Form:
    """Returns the form. Raises HTTPException: it has a field that is not known."""
    unknown = sorted(form.keys() - set(names))
    if unknown:
        raise HTTPException(422, f"There is no field {', '.join(unknown)}.")
    return form


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("feeder.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = ("ago", "until", "stamp", "iso", "took", "size", "plural", "span", "day_of", "sentence")
    environment.filters |= {name: getattr(wording, name) for name in words}
    environment.globals |= {"file": static.address, "CHANGES": wording.CHANGES}
    return environment
