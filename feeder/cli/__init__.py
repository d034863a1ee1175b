"""The commands: each reads the configuration, calls what does the work, and prints the result.

What a command needs is imported when it runs: `feeder preview` does not wait for a web server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from feeder import __version__
from feeder.cli.add_command import register as register_add
from feeder.cli.background import register as register_background
from feeder.cli.demo_command import register as register_demo
from feeder.cli.follow import register as register_sources
from feeder.cli.history import register as register_history
from feeder.cli.init_command import register as register_init
from feeder.cli.past import register as register_past
from feeder.cli.preview_command import register as register_preview
from feeder.cli.recovery import register as register_recovery
from feeder.cli.refresh_command import register as register_reading
from feeder.cli.upkeep import register as register_upkeep

app = typer.Typer(
    name="feeder",
    help="Turn pages that change into feeds with one item per update.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes longer to import than all else that --help needs
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"feeder {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The configuration file; by default config.toml in this folder."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The options that stand before a command; `config` is found again by `common.config_file`."""


for _register in (
    register_init,
    register_demo,
    register_background,
    register_reading,
    register_preview,
    register_add,
    register_sources,
    register_history,
    register_past,
    register_upkeep,
    register_recovery,
):
    _register(app)
