"""Reads config.toml into frozen settings; a mistake is told with file, line and key."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ValidationError

from feeder.config.problems import (
    Written,
    check_keys,
    check_whole,
    plain_sentence,
    sentences,
    unknown_source,
)
from feeder.config.settings import (
    BundleSettings,
    Fetch,
    Keep,
    Kind,
    LogSettings,
    Push,
    RequestSettings,
    Settings,
    SourceSettings,
)
from feeder.config.toml_mistakes import not_toml
from feeder.config.values import duration, duration_text, name_for, valid_name, valid_page
from feeder.errors import ConfigError

__all__ = [
    "KINDS",
    "BundleSettings",
    "Fetch",
    "Keep",
    "LogSettings",
    "Push",
    "RequestSettings",
    "Settings",
    "Source",
    "SourceSettings",
    "duration",
    "duration_text",
    "load",
    "load_for_daemon",
    "name_for",
    "parse",
    "resolve_secret",
    "source_settings",
    "sources_file",
    "unknown_source",
    "valid_name",
    "valid_page",
]

LARGE = 256 << 10  # bytes of a configuration file: about 3,000 sources, a tenth of a second
_SQLITE = "sqlite:///"
_STORE_LINE = re.compile(r"""^[ \t]*store[ \t]*=[ \t]*(["'])(.+?)\1""", re.MULTILINE)

KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Source:
    """A source as the store knows it."""

    id: int
    feed_id: str  # UUID text, made of the address that it was created with
    settings: SourceSettings
    origin: Literal["file", "api"] = "file"
    # where permanent redirects have led, or the page of the same event that coverage went on to
    moved_to: str = ""

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def url(self) -> str:
        """The address to read now; "" for a file."""
        return "" if self.settings.path else self.moved_to or self.settings.url


def resolve_secret(reference: str) -> str:
    """Returns the value behind "env:NAME" or "file:PATH"; any other text is its own value.

    Raises:
        ConfigError: the variable is not set, or the file cannot be read.
    """
    kind, colon, name = reference.partition(":")
    if colon and kind == "env":
        value = os.environ.get(name)
        if value is None:
            raise ConfigError(
                f"the environment variable {name} is not set, but the configuration names it"
            )
        return value.strip()
    if colon and kind == "file":
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            said = f"the secret file {name} cannot be read: {error.strerror}"
            raise ConfigError(said) from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"the secret file {name} is not UTF-8") from error
    return reference


def load(file: Path, *, sources: bool = True) -> Settings:
    """Returns the settings in a file, with the sources of the sources.toml beside it.

    Args:
        file: config.toml; it may be absent where there is a sources.toml.
        sources: False where they are looked up in the store: those of a large file are then left
            out, unchecked. 100,000 take three seconds, and at most starts none has changed.

    Raises:
        ConfigError: the file cannot be read, or something in it is wrong.
    """
    added = _bytes_of(sources_file(file))
    data = _bytes_of(file)
    if data is None and added is None:
        raise ConfigError(f"{file}: there is no such file; --config names another one")
    small = len(data or b"") + len(added or b"") < LARGE
    return parse(data or b"", file, added or b"", sources=sources or small)


def load_for_daemon(file: Path) -> Settings:
    """Returns what leads to the daemon that was started with a file that is unsound by now.

    That is the store, beside which the daemon's own files are; all else is as by default.
    """
    text = (_bytes_of(file) or b"").decode(errors="replace")
    found = _STORE_LINE.search(text)
    raw = {"store": found[2]} if found else {}
    whole = file.absolute()
    settings = Settings.model_validate(_with_defaults(raw, whole.parent))
    return settings.model_copy(update={"file": whole})


def sources_file(file: Path) -> Path:
    """Returns the file that commands write the sources into that they add."""
    return file.parent / "sources.toml"


def _bytes_of(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        raise ConfigError(f"{file}: is a folder; name the file in it") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error


def parse(data: bytes, file: Path, added: bytes = b"", *, sources: bool = True) -> Settings:
    """Returns the settings in a file's bytes, and the sources in `added`, those of sources.toml.

    `file` is named in errors, and relative paths are relative to its folder. Raises ConfigError
    where something is wrong.
    """
    written = _read_toml(data, file)
    if added:
        written = replace(written, added=_read_toml(added, sources_file(file)))
    check_keys(written)
    raw = _joined(written)
    whole = file.absolute()
    if not sources and "bundle" not in raw:  # bundles name sources
        raw.pop("source", None)
    try:
        settings = Settings.model_validate(_with_defaults(raw, whole.parent))
    except ValidationError as error:
        raise ConfigError(sentences(error, written)) from None
    check_whole(settings, written)
    fingerprint = _fingerprint(data, added, whole)
    return settings.model_copy(update={"fingerprint": fingerprint, "file": whole})


def _read_toml(data: bytes, file: Path) -> Written:
    try:
        text = data.decode("utf-8-sig")
        return Written(file, text, tomllib.loads(text))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}:{line}: is not UTF-8; save it in this encoding") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(not_toml(file, text, error)) from error


def _joined(written: Written) -> dict[str, Any]:
    """Returns the tables of both files as one."""
    raw, added = dict(written.raw), written.added
    own = raw.get("source", [])
    if added and isinstance(own, list) and isinstance(added.raw.get("source"), list):
        raw["source"] = own + added.raw["source"]
    return raw


def _fingerprint(data: bytes, added: bytes, file: Path) -> str:
    # The folder counts: relative paths are relative to it, so a file that was moved says something
    # else.
    said = b"\0".join(filter(None, (os.fsencode(file.parent), data, added)))
    return hashlib.sha256(said).hexdigest()


def source_settings(values: dict[str, Any]) -> SourceSettings:
    """Returns the settings of a source that does not come from the file.

    Raises:
        ConfigError: with a sentence for each mistake.
    """
    try:
        settings = SourceSettings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(plain_sentence(error)) from None
    if settings.conflict:
        raise ConfigError(f"the source {settings.conflict}")
    return settings


def _with_defaults(raw: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Returns the file's tables with [defaults] in the sources and relative paths made absolute.

    What has the wrong type is left as it is: it is told later, with all other mistakes.
    """
    filled = {"output": "feeds", "store": "sqlite:///feeder.db"} | raw
    defaults, sources, fetch = raw.get("defaults", {}), raw.get("source"), raw.get("fetch")
    if isinstance(sources, list) and isinstance(defaults, dict):
        filled["source"] = [_source_with_defaults(one, defaults, folder) for one in sources]
    if isinstance(fetch, dict) and (authorities := _text(fetch, "ca_file")):
        filled["fetch"] = fetch | {"ca_file": os.path.normpath(folder / authorities)}
    if isinstance(output := filled["output"], str):
        filled["output"] = Path(os.path.normpath(folder / output))
    if (store := _text(filled, "store")).startswith(_SQLITE) and store != _SQLITE:
        filled["store"] = _SQLITE + os.path.realpath(folder / store.removeprefix(_SQLITE))
    return filled


def _source_with_defaults(source: Any, defaults: dict[str, Any], folder: Path) -> Any:
    if not isinstance(source, dict):
        return source
    filled = _defaults_for(source, defaults) | source
    if path := _text(source, "path"):  # a link may lead elsewhere tomorrow: it is not resolved
        filled["path"] = os.path.normpath(folder / path)
    if isinstance(request := filled.get("request"), dict):
        filled["request"] = _absolute_secrets(request, folder)
    return filled


def _defaults_for(source: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Returns those of the defaults that make sense beside what a source says itself."""
    rivals = {"every": "cron", "cron": "every"}
    senseless = {rivals[key] for key in rivals if key in source}
    extract = source.get("extract", defaults.get("extract"))
    senseless |= {kind for kind in ("select", "api") if kind != extract}
    return {key: value for key, value in defaults.items() if key not in senseless}


def _absolute_secrets(value: Any, folder: Path) -> Any:
    """Returns `value`, a table or a text, with each "file:PATH" in it made absolute."""
    if isinstance(value, dict):
        return {key: _absolute_secrets(part, folder) for key, part in value.items()}
    if isinstance(value, str) and value.startswith("file:"):
        return f"file:{folder / value.removeprefix('file:')}"
    return value


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
