"""config.toml becomes frozen settings. A mistake raises ConfigError: file, line, key, and what is allowed."""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ValidationError

from feeder.config.problems import check_keys, check_names, plain_sentence, sentence, unknown_source
from feeder.config.settings import (
    BundleSettings,
    Fetch,
    Keep,
    Kind,
    Push,
    Request,
    Settings,
    SourceSettings,
)
from feeder.config.values import duration, duration_text, name_for, valid_name
from feeder.errors import ConfigError

__all__ = [
    "KINDS",
    "BundleSettings",
    "Fetch",
    "Keep",
    "Push",
    "Request",
    "Settings",
    "Source",
    "SourceSettings",
    "duration",
    "duration_text",
    "load",
    "name_for",
    "parse",
    "secret",
    "source_settings",
    "unknown_source",
    "valid_name",
]

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


def secret(reference: str) -> str:
    """The value behind "env:NAME" or "file:PATH"; any other text is its own value.

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
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the secret file {name} cannot be read: {error}") from error
    return reference


def load(file: Path) -> Settings:
    """The settings in a file.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file; --config names another one") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    return parse(data, file)


def parse(data: bytes, file: Path) -> Settings:
    """As `load`, of bytes. `file` is named in errors, and relative paths are relative to its folder."""
    try:
        text = data.decode("utf-8-sig")
        raw = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8: {error}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: is not TOML: {error}") from error
    check_keys(raw, file, text)
    defaults = raw.get("defaults", {})
    try:
        settings = Settings.model_validate(_filled(raw, defaults, file.absolute().parent))
    except ValidationError as error:
        raise ConfigError(sentence(error, file, text)) from None
    check_names(settings, file, text)
    digest = hashlib.sha256(data).hexdigest()
    return settings.model_copy(update={"fingerprint": digest, "file": file.absolute()})


def source_settings(values: dict[str, Any]) -> SourceSettings:
    """A source that does not come from the file.

    Raises:
        ConfigError: with a sentence for each mistake.
    """
    try:
        return SourceSettings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(plain_sentence(error)) from None


def _absolute(value: Any, folder: Path) -> Any:
    """References to files of secrets, made absolute."""
    if isinstance(value, dict):
        return {key: _absolute(part, folder) for key, part in value.items()}
    if isinstance(value, str) and value.startswith("file:"):
        return f"file:{folder / value.removeprefix('file:')}"
    return value


def _filled(raw: dict[str, Any], defaults: Any, folder: Path) -> dict[str, Any]:
    """Defaults filled into the sources, relative paths made absolute."""
    filled = dict(raw)
    if isinstance(raw.get("source"), list) and isinstance(defaults, dict):
        filled["source"] = [defaults | s if isinstance(s, dict) else s for s in raw["source"]]
        for source in filled["source"]:
            if isinstance(source, dict) and isinstance(source.get("path"), str) and source["path"]:
                source["path"] = os.path.normpath(
                    folder / source["path"]
                )  # a link may lead elsewhere tomorrow
            if isinstance(source, dict) and isinstance(source.get("request"), dict):
                source["request"] = _absolute(source["request"], folder)
    fetch = raw.get("fetch")
    if (
        isinstance(fetch, dict)
        and isinstance(authorities := fetch.get("ca_file"), str)
        and authorities
    ):
        filled["fetch"] = fetch | {"ca_file": os.path.normpath(folder / authorities)}
    if isinstance(output := raw.get("output", "feeds"), str):
        filled["output"] = Path(os.path.normpath(folder / output))
    if isinstance(store := raw.get("store", "sqlite:///feeder.db"), str) and store.startswith(
        "sqlite:///"
    ):
        filled["store"] = f"sqlite:///{os.path.realpath(folder / store.removeprefix('sqlite:///'))}"
    return filled
