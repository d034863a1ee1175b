"""Edits the configuration file: sources come, go and are renamed; comments and order stay."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from feeder.config import duration_text, parse, sources_file
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from feeder.config import Settings, Source

_SOURCE = re.compile(r"^[ \t]*\[\[[ \t]*source[ \t]*\]\]", re.MULTILINE)
# The header of what follows a source; and from a blank line on, only comments.
_OTHER = re.compile(r"^[ \t]*\[(?![ \t]*source[ \t]*\.)", re.MULTILINE)
_TRAIL = re.compile(r"^[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*\Z", re.MULTILINE)


class Texts(NamedTuple):
    """The two files that hold the configuration."""

    main: str  # config.toml
    added: str  # sources.toml: what commands add


def edit(file: Path, change: Callable[[Texts], Texts]) -> tuple[Settings, tuple[Path, ...]]:
    """Writes what `change` made of the files beside each other, if together they are sound.

    Returns the settings, and the files that were written, each in one step.

    Raises:
        ConfigError: a file cannot be read or written, or would be unsound; then it is as it was.
    """
    files = (file, sources_file(file))
    try:
        before = Texts._make(_text_of(one) for one in files)
        after = change(before)
        settings = parse(after.main.encode(), file, after.added.encode())
        changed = {
            one: new for one, old, new in zip(files, before, after, strict=True) if old != new
        }
        for one, text in changed.items():
            _replace(one, text)
    except OSError as error:
        where = error.filename or file
        raise ConfigError(f"{where}: cannot be edited: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8; save it in this encoding") from error
    except TOMLKitError as error:
        raise ConfigError(f"{file}: is not TOML: {error}") from error
    return settings, tuple(changed)


def _text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def with_sources(text: str, added: Iterable[Mapping[str, Any]]) -> str:
    """Returns the text with a [[source]] table at its end for each new source."""
    parts = [text.rstrip("\n")]
    parts += [tomlkit.dumps({"source": [dict(source)]}).strip("\n") for source in added]
    return "\n\n".join(filter(None, parts)) + "\n"


def as_toml(sources: Iterable[Source]) -> str:
    """Returns [[source]] tables that say what these sources are."""
    tables = [source.settings.model_dump(exclude_defaults=True) for source in sources]
    return with_sources("", [_in_words(table) for table in tables]) if tables else ""


def _in_words(value: Any) -> Any:
    """Returns the table with its durations as the file has them, such as "5m"."""
    if isinstance(value, dict):
        return {key: _in_words(part) for key, part in value.items()}
    return duration_text(value) if isinstance(value, timedelta) else value


def without_source(text: str, name: str) -> str:
    """Returns the text without a [[source]], and without its name in bundles.

    Comments after a blank line belong to what follows and stay.
    """
    document = tomlkit.parse(text)
    position = _position(document, name)
    if position is None:
        return _without_in_bundles(text, document, name, None)
    sources: Any = document["source"]
    del sources[position]
    if not sources:
        document.remove("source")
    cut = _without_table(text, position)  # tomlkit itself would take those comments away
    with suppress(tomllib.TOMLDecodeError):
        document = tomlkit.parse(cut) if tomllib.loads(cut) == document.unwrap() else document
    return _without_in_bundles("", document, name, None)


def with_renamed(text: str, old: str, new: str) -> str:
    """Returns the text with a source renamed, in its table and in bundles."""
    document = tomlkit.parse(text)
    position = _position(document, old)
    if position is None:
        return _without_in_bundles(text, document, old, new)
    sources: Any = document["source"]
    sources[position]["name"] = new
    return _without_in_bundles("", document, old, new)


def _position(document: tomlkit.TOMLDocument, name: str) -> int | None:
    sources = document.get("source")
    names = [source.get("name") for source in sources] if isinstance(sources, AoT) else []
    return names.index(name) if name in names else None


def _without_table(text: str, position: int) -> str:
    """Returns the text without the lines of a [[source]].

    Wrong where a string of several lines looks like a table: the caller compares.
    """
    headers = [found.start() for found in _SOURCE.finditer(text)]
    start = headers[position] if position < len(headers) else len(text)
    following = _OTHER.search(text, start + 1)
    end = following.start() if following else len(text)
    rest = _TRAIL.search(text, start, end)
    return text[:start] + (text[rest.start() : end].lstrip("\n") if rest else "") + text[end:]


def _without_in_bundles(
    text: str, document: tomlkit.TOMLDocument, old: str, new: str | None
) -> str:
    """Returns the document's text, with `old` replaced or removed where bundles name it.

    `text` is returned where it is given and no bundle does.
    """
    named = False
    for bundle in document.get("bundle", []):
        names = list(bundle.get("sources", []))
        if old in names:
            named = True
            bundle["sources"] = [
                new if name == old else name for name in names if name != old or new
            ]
    return text if text and not named else tomlkit.dumps(document).rstrip("\n") + "\n"


def _replace(file: Path, text: str) -> None:
    file = file.resolve()  # a link stays one
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)  # noqa: PTH105 -- a string, not a Path
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108 -- as above
        raise
