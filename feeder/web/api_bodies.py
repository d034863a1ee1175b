"""The bodies that the API takes, so that /openapi.json says all that is asked of them.

What is checked here is as narrow as its schema: what a program makes by the schema is taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from feeder.config import values

if TYPE_CHECKING:
    from collections.abc import Callable

_DURATION = (
    r"adaptive"  # between 1 s and 31 d
    r"|[1-9][0-9]{3,8}ms|[1-9][0-9]{0,5}(\.[0-9]{1,3})?s|[1-9][0-9]{0,3}(\.[0-9]{1,3})?m"
    r"|([1-9][0-9]?|[1-6][0-9]{2})(\.[0-9]{1,3})?h|([1-9]|[12][0-9])(\.[0-9]{1,3})?d|3[01]d"
)
# Beyond ASCII only ranges in which no character stands for one of "/?#@:" (NFKC).
_HOST = r"[A-Za-z0-9._\u00a1-\u1fff\u3041-\ud7ff-]+"
_PORT = r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
_REST = r"([/?#][!-~\u00a1-\ud7ff\ue000-\ufffd]*)?"
_ADDRESS = rf"https?://{_HOST}{_PORT}{_REST}"
_LANGUAGE = r"([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?"
_RESERVED = {"anyOf": [{"enum": sorted(values.RESERVED)}, {"pattern": "-digest$"}]}


def _zone_schema(schema: dict[str, Any]) -> None:
    schema["enum"] = ["", *sorted(available_timezones())]


def _pattern(text: str) -> str:
    """Returns a pattern as it is, and any other text as one that looks for this very text."""
    try:
        return values.pattern(text)
    except ValueError:
        import re2  # noqa: PLC0415 -- only where patterns are used

        return str(re2.escape(text))


def _whole(value: object) -> object:
    """Returns 5.0 as 5, which is an integer in JSON Schema."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _in_schema(pattern: str, **more: Any) -> dict[str, Any]:
    return {"pattern": f"^({pattern})$", **more}


def _matching(pattern: str, allowed: str) -> Callable[[str], str]:
    """Returns a check that tells what is allowed in words: nobody wants to read a pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {allowed}, not {value[:100]!r}")
        return value

    return check


Address = Annotated[
    str,
    Field(max_length=2048, json_schema_extra=_in_schema(_ADDRESS)),
    AfterValidator(_matching(_ADDRESS, 'an address that begins with "http://" or "https://"')),
]
SourceName = Annotated[
    str,
    Field(json_schema_extra=_in_schema(values.NAME_PATTERN, **{"not": _RESERVED})),
    AfterValidator(values.valid_name),
]
Patterns = Annotated[
    list[
        Annotated[
            str,
            Field(max_length=1000, description="RE2 syntax; any other text is looked for as it is"),
            AfterValidator(_pattern),
        ]
    ],
    Field(max_length=100),
]
Zone = Annotated[str, Field(json_schema_extra=_zone_schema), AfterValidator(values.zone)]
Every = Annotated[
    str,
    Field(json_schema_extra=_in_schema(_DURATION)),
    AfterValidator(_matching(_DURATION, '"adaptive" or an interval from "1s" to "31d"')),
]
Language = Annotated[
    str,
    Field(max_length=64, json_schema_extra=_in_schema(_LANGUAGE)),
    AfterValidator(_matching(_LANGUAGE, 'a language tag such as "de" or "pt-BR"')),
]
StatedKind = Literal["auto", "jsonld", "microdata", "hfeed", "amp", "feed", "blocks", "text"]


class Adjust(BaseModel):
    """Settings of a source. Local paths, headers and private addresses are for the file alone."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(max_length=1000)] = ""
    every: Every = "adaptive"
    timezone: Zone = ""
    language: Language = ""
    date_order: Literal["", "dmy", "mdy", "ymd"] = ""
    extract: StatedKind = "auto"
    keep: Annotated[int, Field(ge=1, le=10_000), BeforeValidator(_whole)] = 200
    content: Literal["full", "excerpt", "link"] = "full"
    edits: Literal["inplace", "new", "off"] = "inplace"
    include: Patterns = []
    exclude: Patterns = []
    older_pages: Annotated[int, Field(ge=0, le=1000), BeforeValidator(_whole)] = 0
    follow_successor: bool = True
    digest: Literal["", "1h", "1d"] = ""


class Follow(Adjust):
    """A source to follow; without a name, one is made of its address."""

    url: Address
    name: SourceName | Literal[""] = ""


class Look(BaseModel):
    """A page to look at."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: Address
    timezone: Zone = ""
    extract: StatedKind = "auto"


class Renaming(BaseModel):
    """The name that a source shall have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: SourceName
