"""Style sheet, scripts and mark: files of the package, whose addresses change with their bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from feeder.publish.files import compress
from feeder.web.conditional import accepts_gzip

if TYPE_CHECKING:
    from starlette.requests import Request

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_FOREVER = "public, max-age=31536000, immutable"
_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class StaticFile:
    data: bytes
    packed: bytes
    type: str
    version: str


def address(name: str) -> str:
    """Returns the path of a file, with its version."""
    return f"/static/{name}?v={_load(name).version}"


async def serve(request: Request) -> Response:
    name = request.path_params["name"]
    try:
        found = _load(name)
    except (FileNotFoundError, KeyError):
        raise HTTPException(404, "There is no such file.") from None
    headers = {
        "cache-control": _FOREVER,
        "content-security-policy": _POLICY,
        "cross-origin-resource-policy": "same-origin",
        "vary": "Accept-Encoding",
    }
    if accepts_gzip(request.headers.get("accept-encoding", "").encode()):
        headers["content-encoding"] = "gzip"
        return Response(found.packed, media_type=found.type, headers=headers)
    return Response(found.data, media_type=found.type, headers=headers)


@cache
def _load(name: str) -> StaticFile:
    kind = _TYPES[name.rpartition(".")[2]]
    if "/" in name or name.startswith("."):
        raise FileNotFoundError(name)
    data = files("feeder.web.pages").joinpath("static", name).read_bytes()
    version = hashlib.sha256(data).hexdigest()[:12]
    return StaticFile(data, compress(data), kind, version)
