"""backup: the store is looked after."""

from __future__ import annotations

from pathlib import Path

import typer

from feeder.cli.common import ConfigOption, say, sentences, settings_of


def register(app: typer.Typer) -> None:
    app.command()(backup)


def backup(ctx: typer.Context, file: Path, config: ConfigOption = None) -> None:
    """Make a consistent copy of the store, while a daemon runs."""
    with sentences():
        from feeder.store import Store  # noqa: PLC0415 -- slow to import

        with Store.open(settings_of(ctx, config).store) as store:
            store.backup(file)
    say(f"The store was copied to {file}")
