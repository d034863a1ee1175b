"""Errors over HTTP, RFC 9457."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from feeder.errors import ConfigError, DeclaredError, FeederError, SourceError, TakenError

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, **members: Any
) -> JSONResponse:
    """Returns an answer that tells of an error; `members` extend it (RFC 9457 §3.2)."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def status_of_error(error: FeederError) -> int:
    if isinstance(error, (DeclaredError, TakenError)):
        return 409
    if isinstance(error, ConfigError):
        return 422
    return 502 if isinstance(error, SourceError) else 503
