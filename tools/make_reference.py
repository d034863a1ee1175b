"""Makes docs/settings.md of feeder/config, and docs/options.md of the commands themselves."""

from __future__ import annotations

import tomllib
import types
import typing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import typer

from feeder.cli import app
from feeder.config import settings
from feeder.config.values import duration_text

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "docs" / "settings.md"
OPTIONS = ROOT / "docs" / "options.md"
WORDS = ROOT / "tools" / "settings_words.toml"
TABLES: dict[str, tuple[str, type[BaseModel]]] = {
    "top": ("At the top", settings.Settings),
    "serve": ("[serve]", settings.Serve),
    "fetch": ("[fetch]", settings.Fetch),
    "log": ("[log]", settings.LogSettings),
    "push": ("[push]", settings.Push),
    "keep": ("[keep]", settings.Keep),
    "source": ("[[source]] and [defaults]", settings.SourceSettings),
    "request": ("[source.request]", settings.RequestSettings),
    "select": ("[source.select]", settings.Select),
    "api": ("[source.api]", settings.Api),
    "bundle": ("[[bundle]]", settings.BundleSettings),
}
ABOUT = {
    "source": "Each key but `name`, `url` and `path` may also stand under `[defaults]`.",
    "select": (
        'For `extract = "select"`: CSS, each `SELECTOR` or `SELECTOR@attribute`; '
        "all but `update` are looked for inside an update."
    ),
    "api": 'For `extract = "api"`: JMESPath expressions on the JSON that the address answers with.',
    "bundle": "Several sources in one feed.",
}
HEAD = """\
# Settings

Every key of `config.toml`. Relative paths are relative to the file. Durations are written `500ms`,
`30s`, `5m`, `2h` or `1d`, sizes `512KB`, `10MB` or `2GB`. An unknown key or a bad value is told
with file, line and what is allowed; `feeder check` looks at all of them. The file that
[ships with feeder](../config.toml) has them with their defaults.

This page is made from the code by `make reference`.
"""
OPTIONS_HEAD = """\
# Options of the commands

What `feeder COMMAND --help` says of each. What they print for programs stands in
[Commands](commands.md).

This page is made from the code by `make reference`.
"""
_NO_KEYS = {"fingerprint", "file"}
_BOUNDS = {"ge": "at least {}", "le": "at most {}", "min_length": "not empty"}


def words() -> dict[str, dict[str, str]]:
    """Returns a sentence for each key, by its table."""
    found: dict[str, dict[str, str]] = tomllib.loads(WORDS.read_text("utf-8"))
    return found


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Returns the keys that a table takes, but other tables of the file."""
    return {
        name: field
        for name, field in model.model_fields.items()
        if name not in _NO_KEYS and not _is_table(name, field.annotation)
    }


def _is_table(name: str, annotation: Any) -> bool:
    inner = [one for one in (annotation, *get_args(annotation)) if isinstance(one, type)]
    return name != "adaptive" and any(issubclass(one, settings.Table) for one in inner)


def render_settings() -> str:
    """Returns docs/settings.md."""
    said, parts = words(), [HEAD]
    for key, (title, model) in TABLES.items():
        parts.append(f"\n## {title}\n\n")
        parts.append(f"{ABOUT[key]}\n\n" if key in ABOUT else "")
        parts.append("| key | value | default | |\n|---|---|---|---|\n")
        for name, field in keys_of(model).items():
            row = (f"`{name}`", value_of(field), default_of(field), said[key][name])
            parts.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |\n")
    return "".join(parts)


def value_of(field: FieldInfo) -> str:
    """Returns what a key takes, in words, with the bounds that its type has."""
    is_size = field.annotation is int and isinstance(field.default, str)
    kind = "size" if is_size else _kind(field.annotation)
    bounds = [
        text.format(getattr(rule, key))
        for rule in field.metadata
        for key, text in _BOUNDS.items()
        if getattr(rule, key, None) is not None and not is_size
    ]
    return ", ".join([kind, *bounds])


def _kind(annotation: Any) -> str:
    names = {str: "text", int: "number", bool: "`true` or `false`", timedelta: "duration"}
    if annotation in names:
        return names[annotation]
    if get_origin(annotation) is Literal:
        return " ".join(f"`{value}`" if value else "empty" for value in get_args(annotation))
    if get_origin(annotation) in (types.UnionType, typing.Union):
        return ", or ".join(_kind(one) for one in get_args(annotation) if one is not type(None))
    if get_origin(annotation) is tuple:
        return "list of texts"
    if get_origin(annotation) is typing.Annotated:
        return _kind(get_args(annotation)[0])
    return "table" if get_origin(annotation) is dict or annotation is settings.Adaptive else "path"


def default_of(field: FieldInfo) -> str:
    """Returns the default as the file writes it."""
    if field.is_required():
        return "none"
    value = field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, timedelta):
        return f'`"{duration_text(value)}"`'
    if isinstance(value, settings.Adaptive):
        return '`{ min = "30s", max = "6h" }`'
    if isinstance(value, (str, Path)):
        return f'`"{value}"`' if str(value) else "empty"
    return f"`{value}`" if isinstance(value, int) else "empty"


def render_options() -> str:
    """Returns docs/options.md."""
    root: Any = typer.main.get_command(app)
    parts = [OPTIONS_HEAD]
    for name, command in sorted(root.commands.items()):
        given = [one for one in command.params if not getattr(one, "hidden", False)]
        arguments = [one for one in given if one.param_type_name == "argument"]
        usage = " ".join([f"feeder {name}", *map(_usage, arguments)])
        parts.append(f"\n## {name}\n\n`{usage}`\n\n{_plain(command.help or '')}\n")
        parts.extend(_options(given))
    return "".join(parts)


def _usage(argument: Any) -> str:
    named = str(argument.metavar or argument.name.upper())
    more = f"{named}…" if argument.nargs == -1 and not named.endswith("…") else named
    return more if argument.required or more.startswith("[") else f"[{more}]"


def _options(given: list[Any]) -> list[str]:
    rows = [
        f"| {_named(one)} | {(one.help or '').replace('|', '&#124;')} |\n"
        for one in given
        if one.help and "--help" not in one.opts
    ]
    return ["\n| | |\n|---|---|\n", *rows] if rows else []


def _named(one: Any) -> str:
    if one.param_type_name == "argument":
        return f"`{(one.metavar or one.name.upper())}`".replace("|", "&#124;")
    return " ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))


def _plain(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def main() -> None:
    """Writes both pages."""
    SETTINGS.write_text(render_settings(), "utf-8")
    OPTIONS.write_text(render_options(), "utf-8")


if __name__ == "__main__":
    main()
