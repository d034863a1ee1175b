"""Tells what is wrong in a configuration file: pydantic's errors with file, line and key."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from feeder.config.settings import (
    Adaptive,
    Api,
    BundleSettings,
    Fetch,
    Keep,
    LogSettings,
    Push,
    RequestSettings,
    Select,
    Serve,
    Settings,
    SourceOptions,
    SourceSettings,
)
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from pydantic import BaseModel, ValidationError

# Keys and positions from the top of the file to a value, such as ("source", 0, "every").
Location = tuple[str | int, ...]
_Mistake = tuple[Location, str]  # the end of a sentence

# What pydantic says of a value, in the words of the file; _ALLOWED is followed by the value.
_SAID = {
    "missing": "is missing",
    "string_too_short": "must not be empty",
    "value_error": "{error}",
    "json_invalid": "is not JSON: {error}",
}
_ALLOWED = {
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "string_type": "must be text in quotes",
    "path_type": "must be text in quotes",
    "string_too_long": "must have at most {max_length} characters",
    "uuid_parsing": "must be a UUID",
    "tuple_type": "must be a list in brackets",
    "list_type": "must be a list in brackets",
    "too_long": "must have at most {max_length} parts",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}
_TABLES: dict[str, type[BaseModel]] = {
    "serve": Serve,
    "fetch": Fetch,
    "log": LogSettings,
    "push": Push,
    "keep": Keep,
    "defaults": SourceOptions,
    "source": SourceSettings,
    "bundle": BundleSettings,
    "adaptive": Adaptive,
    "request": RequestSettings,
    "select": Select,
    "api": Api,
}
_ARRAYS = ("source", "bundle")  # tables that begin with two brackets
_VALUE_LENGTH = 60  # characters of a wrong value that are told
_MOST_NAMES = 10  # told one by one
_MOST_MISTAKES = 10  # told at once


@dataclass(frozen=True, slots=True)
class Written:
    """A configuration file as its author wrote it: what a mistake in it is told with."""

    file: Path
    text: str
    raw: dict[str, Any]  # as TOML has it
    added: Written | None = None  # sources.toml, whose sources come after this file's own

    def at(self, location: Location, said: str) -> str:
        """Returns a sentence with file, line and key: `config.toml:7: keep.pages is missing`."""
        if self.added and location[:1] == ("source",) and len(location) > 1:
            beyond = int(location[1]) - len(self.raw.get("source", ()))
            if beyond >= 0:
                return self.added.at(("source", beyond, *location[2:]), said)
        line = find_line(self.text, location)
        return f"{self.file}:{line}: {self._subject(location)} {said}"

    def _subject(self, location: Location) -> str:
        if len(location) < 2 or location[0] not in _ARRAYS:
            return dotted(location)
        kind, place, *rest = location
        table = self.raw[kind][place]  # type: ignore[index]
        name = table.get("name") if isinstance(table, dict) else None
        subject = f"{kind} {name!r}" if isinstance(name, str) else f"[[{kind}]] {int(place) + 1}"
        return f"{subject}: {dotted(tuple(rest))}" if rest else subject

    def is_from_defaults(self, location: Location) -> bool:
        """Returns whether a source has this value from [defaults], of which it is told already."""
        if len(location) < 3 or location[0] != "source":
            return False
        sources = [
            *self.raw.get("source", ()),
            *(self.added.raw.get("source", ()) if self.added else ()),
        ]
        table, key = sources[int(location[1])], location[2]
        return isinstance(table, dict) and key not in table and key in self.raw.get("defaults", ())


def check_keys(written: Written) -> None:
    """Checks what pydantic does not: keys that are ours alone, and the character NUL.

    Raises:
        ConfigError: the first mistake.
    """
    for key in ("fingerprint", "file"):
        if key in written.raw:
            raise ConfigError(written.at((key,), f"is not a known key{_nearest(key, Settings)}"))
    if written.added:
        for key in written.added.raw.keys() - {"source"}:
            said = f"belongs in {written.file.name}; this file holds [[source]] tables alone"
            raise ConfigError(written.added.at((key,), said))
        if not isinstance(written.added.raw.get("source", []), list):
            said = "must be tables that begin with [[source]]"
            raise ConfigError(written.added.at(("source",), said))
        check_keys(written.added)
    defaults = written.raw.get("defaults")
    for key in ("name", "url", "path"):
        if isinstance(defaults, dict) and key in defaults:
            said = "belongs in each [[source]], not in [defaults]"
            raise ConfigError(written.at(("defaults", key), said))
    for location in _with_nul(written.raw):
        raise ConfigError(written.at(location, "must not contain the character NUL"))


def _with_nul(value: Any, location: Location = ()) -> Iterator[Location]:
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in parts:
            yield from _with_nul(part, (*location, key))
    elif isinstance(value, str) and "\0" in value:
        yield location


def check_whole(settings: Settings, written: Written) -> None:
    """Checks that names are unique, settings agree, and bundles name sources that exist.

    Raises:
        ConfigError: the first mistake.
    """
    found = chain(_double_names(settings), _conflicts(settings), _unknown_members(settings))
    for location, said in found:
        raise ConfigError(written.at(location, said))


def _double_names(settings: Settings) -> Iterator[_Mistake]:
    names = [("source", place, one.name) for place, one in enumerate(settings.source)]
    names += [("bundle", place, one.name) for place, one in enumerate(settings.bundle)]
    seen: set[str] = set()
    for kind, place, name in names:
        if name in seen:
            yield (kind, place, "name"), "is used twice; choose another"
        seen.add(name)


def _conflicts(settings: Settings) -> Iterator[_Mistake]:
    if settings.defaults.cron and settings.defaults.conflict:
        yield ("defaults",), settings.defaults.conflict
    for place, source in enumerate(settings.source):
        if source.conflict:
            yield ("source", place), source.conflict


def _unknown_members(settings: Settings) -> Iterator[_Mistake]:
    names = {source.name for source in settings.source}
    for place, bundle in enumerate(settings.bundle):
        for name in bundle.sources:
            if name != "*" and name not in names:
                said = f"names a source that does not exist, {name!r}{_did_you_mean(name, names)}"
                yield ("bundle", place, "sources"), said


def unknown_source(name: str, known: Collection[str]) -> ConfigError:
    """Returns the error for a name that no source has, with the nearest names that there are."""
    hint = _did_you_mean(name, known)
    if not hint and len(known) > _MOST_NAMES:
        hint = f"; `feeder list` shows the {len(known)} that there are"
    if not hint and len(known) == 1:
        hint = f"; the only one is {min(known)!r}"
    if not hint:
        hint = f"; there are {', '.join(sorted(known))}" if known else "; there are none yet"
    return ConfigError(f"there is no source {name!r}{hint}")


def plain_sentence(error: ValidationError) -> str:
    """Returns the mistakes in the values of a source that stands in no file."""
    return "; ".join(
        f"{dotted(location) or 'the source'} {said}"
        for location, said in mistakes(error.errors(include_url=False), SourceSettings)
    )


def sentences(error: ValidationError, written: Written) -> str:
    """Returns the first mistakes in a file, one a line."""
    lines = [
        written.at(location, said)
        for location, said in mistakes(error.errors(include_url=False), Settings)
        if not written.is_from_defaults(location)
    ]
    return "\n".join(lines[:_MOST_MISTAKES])


def dotted(location: Location) -> str:
    """Returns a location as people write it, such as `push.hubs[1]`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def mistakes(errors: Sequence[Any], top: type[BaseModel] | None = None) -> list[_Mistake]:
    """Returns where pydantic's errors are and what they are in our words, by the keys of `top`.

    Unknown keys come first: one of them may be a missing key, misspelt.
    """
    found: dict[Location, list[str]] = {}
    for problem in sorted(errors, key=lambda one: one["type"] != "extra_forbidden"):
        # Pydantic tells the reason of every member of a union, each at a location of its own.
        location = tuple(part for part in problem["loc"] if not _is_of_union(part))
        of_union = location != problem["loc"]
        found.setdefault(location, []).append(_reason(problem, location, top, of_union=of_union))
    return [(location, _joined(said)) for location, said in found.items()]


def _is_of_union(part: str | int) -> bool:
    return str(part).startswith(("literal[", "function-"))


def _joined(reasons: list[str]) -> str:
    first, *others = reasons
    return " or ".join([first, *(reason.removeprefix("must be ") for reason in others)])


def _reason(
    problem: Any, location: Location, top: type[BaseModel] | None, *, of_union: bool
) -> str:
    kind, context = problem["type"], problem.get("ctx") or {}
    if kind == "extra_forbidden":
        hint = _nearest(str(location[-1]), _table(location[:-1], top)) if top else ""
        return f"is not a known key{hint}"
    if kind == "literal_error":
        allowed = f"must be {context['expected']}"
        return allowed if of_union else f"{allowed}, not {_as_written(problem['input'])}"
    if kind == "tuple_type" and location[-1] in _ARRAYS:
        return f"must be tables that begin with [[{location[-1]}]]"
    if kind in _SAID:
        return _SAID[kind].format(**context)
    allowed = _ALLOWED.get(kind, problem["msg"]).format(**context)
    return f"{allowed}, not {_as_written(problem['input'])}"


def _as_written(value: Any) -> str:
    """Returns a value nearly as it stands in the file."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _VALUE_LENGTH else f"{text[:_VALUE_LENGTH]}…"


def _table(location: Location, top: type[BaseModel]) -> type[BaseModel]:
    """Returns the table that a location names; `top` where it names none."""
    words = [part for part in location if isinstance(part, str)]
    return _TABLES.get(words[-1], top) if words else top


def _nearest(key: str, table: type[BaseModel]) -> str:
    known = sorted(set(table.model_fields) - {"fingerprint", "file"})
    return _did_you_mean(key.lower(), known) or f"; known keys are {', '.join(known)}"


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def find_line(text: str, location: Location) -> int:
    """Returns the line, from 1, of a key, or of the last part of its location that is found."""
    lines = text.splitlines()
    at, end = 0, len(lines)
    if len(location) > 1 and location[0] in _ARRAYS:
        at, end = _table_lines(lines, str(location[0]), int(location[1]))
        location = location[2:]
    words = [part for part in location if isinstance(part, str)]
    for place, word in enumerate(words):
        is_table = place < len(words) - 1 or not at
        at = _line_of(word, lines, at, end, is_table=is_table)
    return at + 1


def _table_lines(lines: list[str], kind: str, number: int) -> tuple[int, int]:
    """Returns where a [[source]] or [[bundle]] begins and the next one does; else all lines."""
    header = rf"\s*\[\[\s*{kind}\s*\]\]"
    starts = [at for at, line in enumerate(lines) if re.match(header, line)]
    start = starts[number] if len(starts) > number else 0
    return start, _first(lines, r"\s*\[\[", start + 1, len(lines)) or len(lines)


def _line_of(word: str, lines: list[str], at: int, end: int, *, is_table: bool) -> int:
    """Returns the line from `at` on that is the word's table or gives its value; else `at`."""
    header = rf"\s*\[(\w+\.)*{re.escape(word)}\s*\]"
    key = rf'\s*"?{re.escape(word)}"?\s*[.=]'
    found = _first(lines, header, at, end) if is_table else None
    if found is None:
        found = _first(lines, key, at, end)
    return at if found is None else found


def _first(lines: list[str], pattern: str, start: int, end: int) -> int | None:
    numbers = (number for number in range(start, end) if re.match(pattern, lines[number]))
    return next(numbers, None)
