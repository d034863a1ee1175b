"""/docs: the HTTP API for people, made of what /openapi.json says. It asks no other server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from feeder.web.pages.site import Site

_BOUNDS = {
    "format": "{}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {}",
    "pattern": "must match {}",
}
_MOST_NAMED = 12  # values of an enumeration; there are hundreds of time zones


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or of an answer."""

    name: str
    kind: str  # its type in words, with its bounds
    default: str  # "": there is none
    required: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API."""

    method: str
    path: str
    tag: str
    text: str
    needs_token: bool
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: tuple[Field, ...]
    status: str  # of the answer


def routes(site: Site) -> list[Route]:
    @cache
    def calls() -> list[Call]:
        from feeder.web.api import api  # noqa: PLC0415 -- slow to import

        return list(read_calls(api(site.daemon, site.tokens).openapi()))

    async def show(request: Request) -> Response:
        return site.page(request, "api.html", {"calls": await asyncio.to_thread(calls)})

    return [Route("/docs", show)]


def read_calls(openapi: Mapping[str, Any]) -> Iterator[Call]:
    """Yields the calls that an OpenAPI document describes, in its order."""
    models = openapi.get("components", {}).get("schemas", {})
    for path, methods in openapi["paths"].items():
        for method, told in methods.items():
            status = next(iter(told["responses"]))
            yield Call(
                method=method.upper(),
                path=path,
                tag=told["tags"][0],
                text=told.get("description", ""),
                needs_token="security" in told,
                parameters=tuple(_parameter(one, models) for one in told.get("parameters", ())),
                body=_fields(told.get("requestBody", {}), models),
                answer=_fields(told["responses"][status], models),
                status=status,
            )


def _parameter(told: Mapping[str, Any], models: Mapping[str, Any]) -> Field:
    schema = told["schema"]
    return Field(told["name"], _kind(schema, models), _default(schema), told.get("required", False))


def _fields(content: Mapping[str, Any], models: Mapping[str, Any]) -> tuple[Field, ...]:
    """Returns the fields of the object, or of each object of the list, that is sent."""
    schema = content.get("content", {}).get("application/json", {}).get("schema", {})
    model = _resolved(schema.get("items", schema), models)
    needed = model.get("required", ())
    return tuple(
        Field(name, _kind(each, models), _default(each), name in needed)
        for name, each in model.get("properties", {}).items()
    )


def _resolved(schema: Mapping[str, Any], models: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = models.get(name, schema)
    return found


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    return "" if value in (None, "", []) else str(value)


def _kind(schema: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    """Returns the type of a value in words, such as "integer, at least 1, at most 1000"."""
    if "$ref" in schema:
        return f"object ({', '.join(_resolved(schema, models).get('properties', ()))})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one, models) for one in schema["anyOf"]))
    if "enum" in schema:
        return _choice(schema["enum"])
    if schema.get("type") == "array" and "items" in schema:
        return f"list of {_kind(schema['items'], models)}"
    if "const" in schema:
        return f'"{schema["const"]}"'
    told = [words.format(schema[key]) for key, words in _BOUNDS.items() if key in schema]
    return ", ".join([schema.get("type", "any value"), *told])


def _choice(values: list[Any]) -> str:
    """Returns the values that are allowed, or only the first of very many."""
    named = " | ".join(f'"{value}"' for value in values[:_MOST_NAMED])
    return named if len(values) <= _MOST_NAMED else f"{named} … ({len(values)} values)"
