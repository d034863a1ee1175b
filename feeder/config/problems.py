"""What is wrong in a configuration file, and where: pydantic's errors as sentences with file, line and key."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from feeder.config.settings import (
    Adaptive,
    Api,
    BundleSettings,
    Fetch,
    Keep,
    Push,
    Request,
    Select,
    Serve,
    Settings,
    SourceOptions,
    SourceSettings,
)
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from pydantic import BaseModel, ValidationError


# What pydantic says of a type, in the words of the file; after _ALLOWED comes the value that was
# found.
_SAID = {"missing": "is missing", "string_too_short": "must not be empty", "value_error": "{error}"}
_ALLOWED = {
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "string_type": "must be text in quotes",
    "path_type": "must be text in quotes",
    "tuple_type": "must be a list in brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}
_SHOWN = 60  # characters of a wrong value
_LISTED = 10  # names


def check_keys(raw: dict[str, Any], file: Path, text: str) -> None:
    """What pydantic would not find. `fingerprint` and `file` are not for the file; no text may hold a NUL."""
    for key in ("fingerprint", "file"):
        if key in raw:
            raise ConfigError(
                f"{file}:{_line(text, (key,))}: {key}: is no known key{_nearest(key, Settings)}"
            )
    defaults = raw.get("defaults")
    for key in ("name", "url", "path"):
        if isinstance(defaults, dict) and key in defaults:
            where = _line(text, ("defaults", key))
            raise ConfigError(
                f"{file}:{where}: defaults.{key}: belongs to each [[source]], not to [defaults]"
            )
    for location in _with_nul(raw):
        raise ConfigError(
            f"{file}:{_line(text, location)}: {_named(location)}: must not hold the character NUL"
        )


def _with_nul(value: Any, location: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _with_nul(part, (*location, key))
    elif isinstance(value, str) and "\0" in value:
        yield location


def check_names(settings: Settings, file: Path, text: str) -> None:
    seen: set[str] = set()
    sources = [("source", index, source.name) for index, source in enumerate(settings.source)]
    bundles = [("bundle", index, bundle.name) for index, bundle in enumerate(settings.bundle)]
    for table, index, name in sources + bundles:
        if name in seen:
            where = _line(text, (table, index, "name"))
            raise ConfigError(
                f"{file}:{where}: {table}[{index}].name: {name!r} is used twice; give it another"
            )
        seen.add(name)
    names = {source.name for source in settings.source}
    for index, bundle in enumerate(settings.bundle):
        for name in bundle.sources:
            if name != "*" and name not in names:
                near = difflib.get_close_matches(name, names, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                where = _line(text, ("bundle", index, "sources"))
                raise ConfigError(
                    f"{file}:{where}: bundle[{index}].sources: there is no source {name!r}{hint}"
                )


def unknown_source(name: str, known: Collection[str]) -> ConfigError:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return ConfigError(f"there is no source {name!r}; did you mean {near[0]!r}?")
    if len(known) > _LISTED:
        return ConfigError(
            f"there is no source {name!r}; `feeder list` shows the {len(known)} that there are"
        )
    return ConfigError(
        f"there is no source {name!r}; there are {', '.join(sorted(known)) or 'none'}"
    )


def plain_sentence(error: ValidationError) -> str:
    """The mistakes in values of a source that stand in no file."""
    return "; ".join(
        f"{_named(where) or 'source'}: {said}" for where, said in _problems(error, SourceSettings)
    )


def sentence(error: ValidationError, file: Path, text: str) -> str:
    """The first mistakes as lines for a person."""
    lines = [
        f"{file}:{_line(text, where)}: {_named(where)}: {said}"
        for where, said in _problems(error, Settings)
    ]
    return "\n".join(lines[:10])


def _problems(
    error: ValidationError, top: type[BaseModel]
) -> list[tuple[tuple[str | int, ...], str]]:
    """Where and what; unknown keys first, as a key that is missing may be one of them, misspelt."""
    found: dict[tuple[str | int, ...], list[str]] = {}
    for problem in sorted(
        error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden"
    ):
        # Of a union pydantic tells every member's reason, each at a place of its own.
        where = tuple(
            part for part in problem["loc"] if not str(part).startswith(("literal[", "function-"))
        )
        found.setdefault(where, []).append(
            _reason(problem, where, top, one_of=where != problem["loc"])
        )
    return [
        (where, " or ".join([said[0], *(s.removeprefix("must be ") for s in said[1:])]))
        for where, said in found.items()
    ]


def _named(where: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(
        "."
    )


def _reason(
    problem: Any, location: tuple[str | int, ...], top: type[BaseModel], *, one_of: bool
) -> str:
    kind, context = problem["type"], problem.get("ctx") or {}
    if kind == "extra_forbidden":
        return f"is no known key{_nearest(str(location[-1]), _table(location[:-1], top))}"
    if kind == "literal_error":
        allowed = f"must be {context['expected']}"
        return allowed if one_of else f"{allowed}, not {problem['input']!r}"
    if kind == "tuple_type" and location[-1] in {"source", "bundle"}:
        return f"must be tables that begin with [[{location[-1]}]]"
    if kind in _SAID:
        return _SAID[kind].format(**context)
    allowed = _ALLOWED.get(kind, problem["msg"]).format(**context)
    return f"{allowed}, not {_as_written(problem['input'])}"


def _as_written(value: Any) -> str:
    """Nearly as it stands in the file."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _table(location: tuple[str | int, ...], top: type[BaseModel]) -> type[BaseModel]:
    """The table that a location names; `top` where it names none."""
    named: dict[str, type[BaseModel]] = {
        "serve": Serve, "fetch": Fetch, "push": Push, "keep": Keep, "defaults": SourceOptions, "source": SourceSettings,
        "bundle": BundleSettings, "adaptive": Adaptive, "request": Request, "select": Select, "api": Api,
    }  # fmt: skip
    words = [part for part in location if isinstance(part, str)]
    return named.get(words[-1], top) if words else top


def _nearest(key: str, table: type[BaseModel]) -> str:
    known = sorted(set(table.model_fields) - {"fingerprint", "file"})
    near = difflib.get_close_matches(key, known, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def _line(text: str, location: tuple[str | int, ...]) -> int:
    """The line, from 1, on which a key stands, or the last part of `location` that can be found."""
    lines, at = text.splitlines(), 0
    words = list(location)
    while words:
        word = words.pop(0)
        if (
            isinstance(word, str)
            and words
            and isinstance(words[0], int)
            and word in {"source", "bundle"}
        ):
            at = _find(lines, rf"\s*\[\[\s*{word}\s*\]\]", 0, int(words.pop(0)))
        elif isinstance(word, str):
            header = (
                _find(lines, rf"\s*\[(\w+\.)*{re.escape(word)}\s*\]", at, 0, or_else=-1)
                if words or not at
                else -1
            )
            at = (
                header
                if header >= 0
                else _find(lines, rf'\s*"?{re.escape(word)}"?\s*[.=]', at, 0, or_else=at)
            )
    return min(at, len(lines) - 1) + 1 if lines else 1


def _find(lines: list[str], pattern: str, start: int, skip: int, or_else: int = 0) -> int:
    found = [n for n in range(start, len(lines)) if re.match(pattern, lines[n])]
    return found[skip] if len(found) > skip else or_else
