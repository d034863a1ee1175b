"""init: an installation of one's own, outside the repository."""

from __future__ import annotations

import shlex
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from feeder.cli.common import say, sentences
from feeder.errors import ConfigError

_SAMPLE = "live.txt"


def register(app: typer.Typer) -> None:
    app.command()(init)


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where; by default this folder.")
    ] = Path(),
) -> None:
    """Write a commented configuration and a sample into a folder.

    The configuration follows the sample until it is told to follow something else.
    """
    with sentences():
        for file in _write(folder):
            say(f"Wrote {file}")
    option = "" if folder == Path() else f"--config {shlex.quote(str(folder / 'config.toml'))} "
    say(f"Start it with: feeder {option}run")


def _write(folder: Path) -> list[Path]:
    """Writes the files, none of which may be there, and returns them.

    Raises:
        ConfigError: one of them is there already, or the folder refuses; what was there stays.
    """
    shipped = files("feeder") / "sample"
    config = (shipped / "config.toml").read_text(encoding="utf-8")
    texts = {
        folder / _SAMPLE: (shipped / _SAMPLE).read_text(encoding="utf-8"),
        folder / "config.toml": config.replace(f"feeder/sample/{_SAMPLE}", _SAMPLE),
    }
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file; name a folder")
    for file in texts:
        if file.exists():
            raise ConfigError(
                f"{file} is there already; nothing was written, choose another folder"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            with file.open("x", encoding="utf-8") as target:
                target.write(text)
    except OSError as error:
        raise ConfigError(f"cannot write into {folder}: {error.strerror}") from error
    return list(texts)
