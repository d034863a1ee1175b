"""Every error of the API is a problem (RFC 9457), and /openapi.json says so."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from feeder.config.problems import dotted, mistakes
from feeder.errors import FeederError
from feeder.web.bugs import BUG, TellBugs
from feeder.web.problem import MEDIA_TYPE, problem, status_of_error

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from starlette.responses import JSONResponse

_SCHEMA = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
# What any call can answer besides what it is for, as /openapi.json has it.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    for status in (400, 401, 404, 405, 409, 411, 413, 421, 422, 429, 500, 502, 503)
}


def handle_problems(app: FastAPI) -> None:
    """Makes every error of `app` a problem."""

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = _allowed(request)
            detail = f"{request.method} is not for this address; it takes {allowed}"
            return problem(error.status_code, detail, headers | {"Allow": allowed})
        return problem(error.status_code, str(error.detail), headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return _fields_problem(error)

    @app.exception_handler(FeederError)
    async def _ours(_: Request, error: FeederError) -> JSONResponse:
        return problem(status_of_error(error), str(error))

    app.add_middleware(TellBugs, answer=lambda _: problem(500, BUG))


def _allowed(request: Request) -> str:
    """Returns all methods of a path; starlette tells those of its first route alone (RFC 9110)."""
    paths = request.app.openapi()["paths"] | {request.app.openapi_url: ["get"]}
    methods: set[str] = set()
    for template, calls in paths.items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), request.scope["path"]):
            methods |= {method.upper() for method in calls}
    head = {"HEAD"} if "GET" in methods else set()  # see `web.with_heads`
    return ", ".join(sorted(methods | head)) or "GET, HEAD"


def _fields_problem(error: RequestValidationError) -> JSONResponse:
    """Says what is wrong with each field, also by its JSON pointer."""
    found = [
        (location[1:], said.replace("must be a table", "must be an object"))  # as JSON calls it
        for location, said in mistakes(_without_offsets(error))
    ]
    problems = [
        {"pointer": "/".join(["", *map(str, location)]), "detail": said} for location, said in found
    ]
    detail = "; ".join(f"{dotted(location) or 'the body'} {said}" for location, said in found)
    return problem(422, detail, errors=problems)


def _without_offsets(error: RequestValidationError) -> list[Any]:
    """Returns the errors; what is no JSON is located as a whole."""
    return [
        one | {"loc": one["loc"][:1]} if one["type"] == "json_invalid" else one
        for one in error.errors()
    ]
