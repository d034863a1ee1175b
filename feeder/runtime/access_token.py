"""The token that lets its bearer change things over HTTP."""

from __future__ import annotations

import os
import secrets
import sys
from typing import TYPE_CHECKING

from feeder.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.config import Settings


def token_of(settings: Settings) -> str:
    """Returns FEEDER_TOKEN, or else the configured token, or else the one beside the store.

    Where there is none, one is made and kept there with mode 0600.

    Raises:
        ConfigError: its file cannot be read or made.
    """
    given = os.environ.get("FEEDER_TOKEN") or settings.serve.token
    if given:
        return given
    file = settings.beside_store(".token")
    try:
        return file.read_text(encoding="ascii").strip() if file.exists() else _make_token(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the token for changes by HTTP cannot be kept in {file}: {error}"
        ) from error


def _make_token(file: Path) -> str:
    made = secrets.token_urlsafe(24)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(made + "\n")
    announce_secret("A token for changes by HTTP was made", made, f"It is kept in {file}")
    return made


def announce_secret(what: str, made: str, where: str) -> None:
    """Prints that a secret was made, and shows it only to a person, never to a log."""
    shown = f": {made}" if sys.stdout.isatty() else ""
    print(f"{what}{shown}\n{where}", flush=True)  # noqa: T201 -- once
